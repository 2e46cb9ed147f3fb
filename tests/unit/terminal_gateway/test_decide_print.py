"""The rules of printing, move by move."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from contracts.printing import PrintDiffers, PrintEnded, PrintOutcome, PrintPaper, PrintQueued
from contracts.stores import PrinterEntry
from terminal_gateway import decide_print
from terminal_gateway.print_model import OVER, Job, PrintState

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ENTRY = PrinterEntry(printer="P1", host="192.0.2.1", profile="TM-T88V")
COMMAND = PrintPaper(
    job_id="019a9fd1-0000-7000-8000-000000000001",
    printer="P1",
    paper=b"paper",
    expires_at=NOW + timedelta(minutes=1),
)


def job() -> Job:
    return decide_print.queue(COMMAND, ENTRY, NOW)


def test_a_repeat_is_told_from_another_job_by_printer_and_paper() -> None:
    assert decide_print.differs(job(), COMMAND) is None
    other = replace(COMMAND, paper=b"other")
    assert decide_print.differs(job(), other) == PrintDiffers(field="paper")
    other = replace(COMMAND, printer="P2")
    assert decide_print.differs(job(), other) == PrintDiffers(field="printer")
    later = replace(COMMAND, expires_at=NOW + timedelta(hours=1))
    assert decide_print.differs(job(), later) is None


@pytest.mark.parametrize("state", PrintState)
@pytest.mark.parametrize("to", PrintState)
def test_what_is_over_stays_so_and_what_began_never_waits_again(
    state: PrintState, to: PrintState
) -> None:
    allowed = {
        (PrintState.QUEUED, PrintState.PRINTING),
        (PrintState.QUEUED, PrintState.NOT_PRINTED),
        (PrintState.PRINTING, PrintState.PRINTED),
        (PrintState.PRINTING, PrintState.NOT_PRINTED),
    }
    assert (to in decide_print.NEXT[state]) is ((state, to) in allowed)


def test_how_it_stands_is_described() -> None:
    begun = decide_print.begin(job())
    assert decide_print.describe(job()) == PrintQueued(job_id=COMMAND.job_id)
    assert decide_print.describe(begun) == PrintQueued(job_id=COMMAND.job_id, printing=True)
    done = decide_print.describe(decide_print.printed(begun, NOW))
    assert done == PrintEnded(
        job_id=COMMAND.job_id, printer="P1", outcome=PrintOutcome.PRINTED, at=NOW
    )
    failed = decide_print.describe(decide_print.not_printed(begun, "cable", NOW, partly=True))
    assert failed == PrintEnded(
        job_id=COMMAND.job_id,
        printer="P1",
        outcome=PrintOutcome.NOT_PRINTED,
        at=NOW,
        reason="cable",
        partly=True,
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, ""),
        ({"host": "192.0.2.2"}, "printer_changed"),
        ({"port": 9_101}, "printer_changed"),
        ({"columns": 32}, "printer_changed"),
        ({"profile": "default"}, "printer_changed"),
    ],
)
def test_paper_is_for_one_place(changed: dict[str, object], reason: str) -> None:
    assert decide_print.unfit(job(), replace(ENTRY, **changed), NOW) == reason
    assert decide_print.unfit(job(), None, NOW) == "printer_changed"


def test_paper_that_nobody_waits_for_does_not_come_out() -> None:
    late = COMMAND.expires_at
    assert decide_print.unfit(job(), ENTRY, late) == "expired"
    assert decide_print.unfit(job(), ENTRY, late - timedelta(microseconds=1)) == ""


def test_a_start_ends_what_had_begun_and_leaves_the_rest() -> None:
    assert decide_print.left_over(job(), NOW) == job()
    ended = decide_print.left_over(decide_print.begin(job()), NOW)
    assert ended.state in OVER
    assert (ended.reason, ended.partly) == ("interrupted", True)


def test_a_job_that_never_came_is_sworn_off_and_one_that_may_be_lost_is_doubtful() -> None:
    sworn = decide_print.swear_off(COMMAND.job_id, "P1", NOW, may_have_been_lost=False)
    assert (sworn.state, sworn.reason, sworn.partly) == (
        PrintState.NOT_PRINTED,
        "unknown_job",
        False,
    )
    assert decide_print.differs(sworn, COMMAND) is None
    lost = decide_print.swear_off(COMMAND.job_id, "P1", NOW, may_have_been_lost=True)
    assert (lost.reason, lost.partly) == ("interrupted", True)
