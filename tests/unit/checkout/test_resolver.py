"""Asking again: at once after a restart, seldom when nothing can have changed, never when known."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout.holds import TerminalHold, holds_changed, holds_of
from checkout.resolver import (
    ABORT_BOUND_S,
    INVESTIGATED_PAUSE_S,
    PAUSES_S,
    SILENCE_S,
    START_BOUND_S,
    WORN_OUT_PAUSE_S,
    Doubt,
    Resolver,
    Working,
    meaning,
)
from contracts.operations import OperationOpen, Phase
from contracts.sales import TenderState

REQUESTED, IN_PROGRESS, IN_DOUBT = (
    TenderState.REQUESTED,
    TenderState.IN_PROGRESS,
    TenderState.IN_DOUBT,
)


@pytest.fixture
def hold(build: Any) -> TerminalHold:
    return holds_of(build.sale(build.tender(REQUESTED)))[build.operation]


def watching(hold: TerminalHold, state: TenderState = REQUESTED) -> Resolver:
    resolver = Resolver()
    resolver.keep(hold, state, 100.0)
    return resolver


def asked(resolver: Resolver, now: float) -> list[tuple[str, int]]:
    return [(hold.operation_id, times) for hold, times in resolver.due(now)]


def test_a_request_is_not_asked_after_before_its_reply_can_have_come(hold: TerminalHold) -> None:
    resolver = watching(hold)
    assert asked(resolver, 100.0 + START_BOUND_S - 0.01) == []
    assert asked(resolver, 100.0 + START_BOUND_S) == [(hold.operation_id, 0)]


def test_pauses_grow_to_a_longest_one(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_DOUBT)
    resolver.ask_soon(hold.operation_id, 200.0)
    now = 200.0
    for times, pause in enumerate((*PAUSES_S, PAUSES_S[-1])):
        assert asked(resolver, now) == [(hold.operation_id, times)]
        assert asked(resolver, now + pause - 0.01) == []
        now += pause
    assert resolver.next_due() == now


def test_signs_of_life_put_the_question_off_except_in_doubt(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_PROGRESS)
    resolver.sign_of_life(hold.operation_id, 150.0)
    assert resolver.next_due() == 150.0 + SILENCE_S
    doubted = watching(hold, IN_DOUBT)
    doubted.sign_of_life(hold.operation_id, 150.0)
    assert doubted.next_due() == 100.0 + START_BOUND_S


def test_the_return_of_a_store_asks_its_operations_at_once(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_DOUBT)
    for now in (200.0, 300.0, 400.0):
        resolver.due(now)
    resolver.ask_store_soon("OTHER", "S001", 400.1)
    resolver.ask_store_soon("DEMO", "S002", 400.1)
    assert asked(resolver, 400.1) == []
    resolver.ask_store_soon("DEMO", "S001", 400.1)
    assert asked(resolver, 400.1) == [(hold.operation_id, 0)]


def test_what_is_known_is_not_asked_after(hold: TerminalHold) -> None:
    resolver = watching(hold)
    resolver.keep(replace(hold, unresolved=False), TenderState.APPROVED, 101.0)
    assert len(resolver) == 0
    assert resolver.next_due() is None
    resolver.sign_of_life(hold.operation_id, 101.0)
    resolver.ask_soon(hold.operation_id, 101.0)
    resolver.ask_seldom(hold.operation_id, 101.0)
    assert resolver.due(1000.0) == []


def test_an_answer_that_decides_nothing_is_not_asked_for_soon_again(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_DOUBT)
    resolver.ask_seldom(hold.operation_id, 200.0)
    assert resolver.next_due() == 200.0 + WORN_OUT_PAUSE_S


def test_an_abort_nobody_acknowledged_is_told_once(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_PROGRESS)
    resolver.abort_sent(hold.operation_id, 200.0)
    resolver.abort_sent(hold.operation_id, 203.0)
    assert resolver.aborts_overdue(200.0 + ABORT_BOUND_S - 0.01) == []
    assert resolver.aborts_overdue(200.0 + ABORT_BOUND_S) == [hold]
    assert resolver.aborts_overdue(900.0) == []
    resolver.abort_sent(hold.operation_id, 900.0)
    resolver.forget(hold.operation_id)
    assert resolver.aborts_overdue(9000.0) == []


def test_a_terminal_is_busy_until_its_operation_lets_it_go(hold: TerminalHold) -> None:
    resolver = watching(hold)
    assert resolver.busy_with("DEMO", "S001", "T1") == hold.operation_id
    for other in (("OTHER", "S001", "T1"), ("DEMO", "S002", "T1"), ("DEMO", "S001", "T2")):
        assert resolver.busy_with(*other) is None
    resolver.keep(replace(hold, holds_terminal=False), IN_DOUBT, 101.0)
    assert resolver.busy_with("DEMO", "S001", "T1") is None
    assert resolver.find(hold.operation_id) is not None


def test_answers_mean_what_they_say(build: Any) -> None:
    assert meaning(None) == Doubt(reason="silence")
    concluded = build.concluded()
    assert meaning(concluded) is concluded
    is_open = OperationOpen(operation_id=build.operation, phase=Phase.READ, in_doubt=False)
    assert meaning(is_open) == Working()
    assert meaning(replace(is_open, in_doubt=True)) == Doubt(reason="link_lost")


def test_an_operation_holds_its_terminal_while_its_end_is_not_known(build: Any) -> None:
    def held(**told: Any) -> tuple[bool, bool]:
        sale = build.sale(build.tender(**told))
        hold = holds_of(sale)[build.operation]
        return hold.holds_terminal, hold.unresolved

    assert held(state=REQUESTED) == (True, True)
    assert held(state=IN_DOUBT) == (True, True)
    assert held(state=IN_DOUBT, released_by="cashier") == (False, True)
    assert held(state=TenderState.APPROVED) == (False, False)
    assert held(state=TenderState.NOT_PERFORMED) == (False, False)


def test_only_operations_that_changed_are_written(build: Any) -> None:
    before = build.sale(build.tender(REQUESTED))
    assert len(holds_changed(None, before)) == 1
    assert holds_changed(before, build.sale(build.tender(IN_PROGRESS))) == ()
    (ended,) = holds_changed(before, build.sale(build.tender(TenderState.APPROVED)))
    assert (ended.holds_terminal, ended.unresolved) == (False, False)
    (gone,) = holds_changed(before, build.sale())
    assert (gone.operation_id, gone.holds_terminal, gone.unresolved) == (
        build.operation,
        False,
        False,
    )


def test_what_is_investigated_for_days_is_asked_once_an_hour(hold: TerminalHold) -> None:
    resolver = watching(replace(hold, investigate_until="2026-12-22"), IN_DOUBT)
    assert asked(resolver, 200.0) == [(hold.operation_id, 0)]
    assert resolver.next_due() == 200.0 + INVESTIGATED_PAUSE_S
    resolver.ask_seldom(hold.operation_id, 300.0)
    assert resolver.next_due() == 300.0 + INVESTIGATED_PAUSE_S
    resolver.ask_store_soon("DEMO", "S001", 400.0)
    assert resolver.next_due() == 400.0


def test_all_questions_are_counted_whatever_made_them(hold: TerminalHold) -> None:
    resolver = watching(hold, IN_DOUBT)
    for _ in range(3):
        resolver.count_question(hold.operation_id)
        resolver.ask_soon(hold.operation_id, 200.0)
    resolver.keep(hold, IN_DOUBT, 300.0)
    watched = resolver.look(hold.operation_id)
    assert watched is not None
    assert (watched.questions, watched.asked) == (3, 0)
    resolver.count_question("another")
    assert resolver.look("another") is None
