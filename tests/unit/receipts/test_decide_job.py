"""How a job moves: every pair of state and happening, and what the clock does by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from contracts.printing import PrintOutcome
from contracts.receipts import Copy, SlipOf
from receipts.decide_job import (
    ASK_AFTER,
    GIVEN_UP_AFTER,
    MET_OF,
    TRANSITIONS,
    End,
    Met,
    move,
    outward,
    overdue,
    to_be_asked,
    view_of,
)
from receipts.model import OPEN_JOBS, JobState, PrintJob

NOW = datetime(2026, 5, 25, 6, 45, tzinfo=UTC)
JOB = PrintJob(
    id="00000000-0000-7000-8000-000000000001",
    company="DEMO",
    store="S001",
    register="R1",
    sale="00000000-0000-7000-8000-000000000002",
    what="slip",
    state=JobState.WAITING,
    requested_at=NOW,
    expires_at=NOW + timedelta(seconds=60),
    tender=1,
    operation_id="00000000-0000-7000-8000-000000000003",
    operation=SlipOf.PAYMENT,
    copy=Copy.CUSTOMER,
    printer="P1",
)
SENT = replace(JOB, state=JobState.SENT)
END = End(at=NOW, reason="off", partly=True)

MOVES = {
    (JobState.WAITING, Met.SENDING): JobState.SENT,
    (JobState.WAITING, Met.NOT_PRINTED): JobState.NOT_PRINTED,
    (JobState.WAITING, Met.EXPIRED): JobState.NOT_PRINTED,
    (JobState.SENT, Met.PRINTED): JobState.PRINTED,
    (JobState.SENT, Met.NOT_PRINTED): JobState.NOT_PRINTED,
    (JobState.SENT, Met.GIVEN_UP): JobState.NOT_PRINTED,
}
"""Said a second time: a table test that reads the table proves only that it is followed."""


@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize("met", list(Met))
def test_a_job_moves_as_it_should_and_not_otherwise(state: JobState, met: Met) -> None:
    after = move(replace(JOB, state=state), met, END)
    expected = MOVES.get((state, met))
    assert (None if after is None else after.state) == expected


def test_paper_that_may_be_at_the_box_never_expires_here() -> None:
    assert (JobState.SENT, Met.EXPIRED) not in TRANSITIONS


def test_what_ended_once_has_ended() -> None:
    ended = {state for state, _ in TRANSITIONS} - OPEN_JOBS
    assert ended == set()


def test_a_job_that_is_about_to_be_sent_has_not_ended() -> None:
    assert move(JOB, Met.SENDING) == SENT


def test_an_end_says_when_why_and_whether_some_came_out() -> None:
    after = move(SENT, Met.NOT_PRINTED, END)
    assert after is not None
    assert (after.ended_at, after.reason, after.partly) == (NOW, "off", True)


def test_what_was_printed_has_no_reason() -> None:
    after = move(SENT, Met.PRINTED, End(at=NOW, reason="off"))
    assert after is not None
    assert (after.state, after.reason) == (JobState.PRINTED, "")


def test_a_box_says_printed_or_not_and_both_are_known() -> None:
    assert {outcome: MET_OF[outcome] for outcome in PrintOutcome} == {
        PrintOutcome.PRINTED: Met.PRINTED,
        PrintOutcome.NOT_PRINTED: Met.NOT_PRINTED,
    }


def test_paper_that_was_never_sent_expires_on_the_second() -> None:
    assert overdue(JOB, JOB.expires_at - timedelta(microseconds=1)) is None
    after = overdue(JOB, JOB.expires_at)
    assert after is not None
    assert (after.state, after.reason, after.partly) == (JobState.NOT_PRINTED, "expired", False)
    assert after.ended_at == JOB.expires_at


def test_a_box_that_is_away_for_a_day_is_given_up_and_a_person_looks() -> None:
    late = JOB.expires_at + GIVEN_UP_AFTER
    assert overdue(SENT, JOB.expires_at) is None
    assert overdue(SENT, late - timedelta(microseconds=1)) is None
    after = overdue(SENT, late)
    assert after is not None
    assert (after.state, after.reason, after.partly) == (JobState.NOT_PRINTED, "no_answer", True)


@pytest.mark.parametrize("state", [JobState.PRINTED, JobState.NOT_PRINTED])
def test_the_clock_does_nothing_to_what_ended(state: JobState) -> None:
    late = JOB.expires_at + GIVEN_UP_AFTER
    assert overdue(replace(JOB, state=state), late) is None


def test_only_what_was_sent_is_asked_about_and_not_at_once() -> None:
    due = NOW + ASK_AFTER
    assert to_be_asked(SENT, due)
    assert not to_be_asked(SENT, due - timedelta(microseconds=1))
    assert not to_be_asked(JOB, due)
    assert not to_be_asked(replace(JOB, state=JobState.PRINTED), due)


def test_outside_nobody_sees_whether_it_was_sent() -> None:
    assert [outward(state) for state in JobState] == ["queued", "queued", "printed", "not_printed"]


def test_others_see_the_whole_job() -> None:
    ended = move(replace(SENT, by="cashier"), Met.NOT_PRINTED, END)
    assert ended is not None
    view = view_of(ended)
    assert (view.id, view.sale, view.store, view.register) == (
        JOB.id,
        JOB.sale,
        JOB.store,
        JOB.register,
    )
    assert (view.what, view.state, view.tender, view.copy) == (
        "slip",
        "not_printed",
        1,
        Copy.CUSTOMER,
    )
    assert (view.operation_id, view.operation, view.printer) == (
        JOB.operation_id,
        SlipOf.PAYMENT,
        "P1",
    )
    assert (view.reason, view.partly, view.ended_at, view.by) == ("off", True, NOW, "cashier")
    assert view.requested_at == NOW
