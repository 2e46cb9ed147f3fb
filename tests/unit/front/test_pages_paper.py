"""What the register says of paper follows from its print jobs."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from contracts.receipts import Copy, PrintJobView
from front.pages.paper import Paper, paper_of, reason_word

AT = datetime(2026, 5, 25, 15, 45, tzinfo=UTC)


def job(
    state: Literal["queued", "printed", "not_printed"],
    *,
    reason: str = "",
    partly: bool = False,
    copy: Copy | None = Copy.CUSTOMER,
) -> PrintJobView:
    return PrintJobView(
        id="job",
        sale="sale",
        store="0001",
        register="01",
        what="slip",
        state=state,
        requested_at=AT,
        copy=copy,
        reason=reason,
        partly=partly,
    )


def test_nothing_is_said_where_nothing_was_asked_for() -> None:
    assert paper_of([]) == (Paper.NONE, "")


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (job("queued"), (Paper.PRINTING, "")),
        (job("printed"), (Paper.PRINTED, "")),
        (job("not_printed", reason="paper_out"), (Paper.NOT_PRINTED, "paper_out")),
        (job("not_printed", reason="cable", partly=True), (Paper.LOOK, "cable")),
        (job("not_printed", reason="interrupted"), (Paper.LOOK, "interrupted")),
    ],
)
def test_a_job_is_told_as_it_stands(one: PrintJobView, told: tuple[Paper, str]) -> None:
    assert paper_of([one]) == told


def test_what_was_printed_again_puts_right_what_failed_before() -> None:
    jobs = [job("printed"), job("not_printed", reason="off")]
    assert paper_of(jobs) == (Paper.PRINTED, "")


def test_of_two_copies_the_one_that_needs_a_person_is_told() -> None:
    jobs = [
        job("printed", copy=Copy.MERCHANT),
        job("not_printed", reason="paper_out", copy=Copy.CUSTOMER),
    ]
    assert paper_of(jobs) == (Paper.NOT_PRINTED, "paper_out")


def test_a_copy_that_may_be_half_out_comes_before_one_that_is_not_out_at_all() -> None:
    jobs = [
        job("not_printed", reason="off", copy=Copy.MERCHANT),
        job("not_printed", reason="cable", partly=True, copy=Copy.CUSTOMER),
    ]
    assert paper_of(jobs) == (Paper.LOOK, "cable")


def test_a_reason_that_is_not_known_here_still_has_words() -> None:
    assert reason_word("paper_out") == "paper_out"
    assert reason_word("interrupted") == "interrupted"
    assert reason_word("on_fire") == "other"
