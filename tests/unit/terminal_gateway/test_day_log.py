from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import OperationKind
from terminal_gateway import day_log
from terminal_gateway.day_log import NotThere, Taken, Unclear
from terminal_gateway.model import Book, DayLog, Operation, State, Total, Totals

InState = Callable[..., Operation]
DAY, NEXT, LATER = "2026-11-20", "2026-11-21", "2026-11-22"
CARD = ("card", OperationKind.PAYMENT)
CODE = ("code", OperationKind.PAYMENT)
VOID = ("card", OperationKind.VOID)


def log(totals: Totals, **fields: Any) -> DayLog:
    return replace(DayLog(closed=True, complete=True, pending=0, totals=totals), **fields)


def total(operations: int, amount: int) -> Total:
    return Total(operations, Yen(amount))


@pytest.fixture
def parked(in_state: InState) -> Operation:
    """¥165, intended and given up on the same terminal business day."""
    return in_state(State.UNRESOLVED, parked="no_journal", home_day=DAY)


def test_a_day_tells_only_once_it_is_over(parked: Operation) -> None:
    assert day_log.days_of(parked, DAY) == ()
    assert day_log.days_of(parked, NEXT) == (DAY,)
    assert day_log.days_of(parked, None) == ()
    assert day_log.days_of(replace(parked, home_day=None), NEXT) == ()


def test_a_day_closed_in_mid_payment_makes_two_of_which_both_must_be_over(
    parked: Operation,
) -> None:
    across = replace(parked, home_day=NEXT)
    assert day_log.days_of(across, NEXT) == ()
    assert day_log.days_of(across, LATER) == (DAY, NEXT)


def test_a_week_on_the_glass_is_for_people(parked: Operation) -> None:
    assert day_log.days_of(replace(parked, home_day="2026-11-27"), "2026-12-31") == ()


def test_a_copy_is_trusted_only_for_days_that_it_saw_whole(parked: Operation, at: datetime) -> None:
    def trusted(began: str, lost_at: datetime | None = None) -> bool:
        book = Book(serial="CT6100-S001-T1", began=began)
        return day_log.can_be_trusted(parked, book, lost_at)

    assert trusted("2026-11-19")
    assert trusted("")
    assert not trusted(DAY)
    assert not day_log.can_be_trusted(parked, None, None)
    assert not trusted("2026-11-01", at)
    assert not trusted("2026-11-01", at - timedelta(days=1))
    assert trusted("2026-11-01", at - timedelta(days=3))


@pytest.mark.parametrize("totals", [{}, {CARD: total(3, 900), VOID: total(1, 50)}])
def test_equal_totals_prove_that_it_was_not_performed(parked: Operation, totals: Totals) -> None:
    verdict = day_log.judge(parked, {DAY: log(totals)}, {DAY: totals}, others_alike=True)
    assert isinstance(verdict, NotThere)


def test_equal_totals_prove_nothing_where_one_alike_is_nobodys(parked: Operation) -> None:
    totals: Totals = {CARD: total(1, 165)}
    verdict = day_log.judge(
        parked, {DAY: log(totals)}, {DAY: totals}, others_alike=False, foreign_alike=True
    )
    assert isinstance(verdict, Unclear)


@pytest.mark.parametrize(
    ("ours", "line"),
    [({}, CARD), ({CARD: total(2, 300)}, CARD), ({CARD: total(2, 300)}, CODE)],
)
def test_exactly_one_more_of_its_amount_is_it(
    parked: Operation, ours: dict[tuple[str, OperationKind], Total], line: Any
) -> None:
    known = ours.get(line, day_log.NOTHING)
    theirs = {**ours, line: total(known.operations + 1, known.amount + 165)}
    verdict = day_log.judge(parked, {DAY: log(theirs)}, {DAY: ours}, others_alike=False)
    assert isinstance(verdict, Taken)
    assert (verdict.day, verdict.media) == (DAY, line[0])


@pytest.mark.parametrize(
    "theirs",
    [
        {CARD: total(3, 465 + 1)},
        {CARD: total(4, 465)},
        {CARD: total(1, 300 - 165)},
        {CARD: total(2, 465)},
        {CARD: total(3, 465), CODE: total(1, 165)},
        {CARD: total(2, 300), VOID: total(1, 165)},
    ],
    ids=["another amount", "two more", "one less", "none more", "of two media", "another kind"],
)
def test_any_other_difference_tells_nothing(parked: Operation, theirs: Totals) -> None:
    ours: dict[str, Totals] = {DAY: {CARD: total(2, 300)}}
    verdict = day_log.judge(parked, {DAY: log(theirs)}, ours, others_alike=False)
    assert isinstance(verdict, Unclear)


def test_two_doubts_that_are_alike_are_not_told_apart(parked: Operation) -> None:
    theirs = {DAY: log({CARD: total(1, 165)})}
    assert isinstance(day_log.judge(parked, theirs, {}, others_alike=True), Unclear)


@pytest.mark.parametrize("fields", [{"closed": False}, {"complete": False}, {"pending": 1}])
def test_a_day_that_is_not_closed_and_whole_tells_nothing(
    parked: Operation, fields: dict[str, Any]
) -> None:
    verdict = day_log.judge(parked, {DAY: log({}, **fields)}, {DAY: {}}, others_alike=False)
    assert isinstance(verdict, Unclear)


def test_over_two_days_the_one_more_may_be_on_either(parked: Operation) -> None:
    theirs = {DAY: log({}), NEXT: log({CARD: total(1, 165)})}
    verdict = day_log.judge(parked, theirs, {DAY: {}, NEXT: {}}, others_alike=False)
    assert isinstance(verdict, Taken)
    assert verdict.day == NEXT
