from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome, Phase
from contracts.stores import TerminalEntry
from terminal_gateway import day_log, decide, decide_word
from terminal_gateway.model import OPEN, Ended, Operation, State

InState = Callable[..., Operation]
FACT = "019a9fd1-0000-7000-8000-0000000000f1"


def said_by(
    operation: Operation, outcome: Outcome, at: datetime, **fields: Any
) -> OperationConcluded:
    said = OperationConcluded(
        operation_id=operation.id,
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=outcome,
        amount=Yen(165),
        evidence=Evidence(source="result", at=at),
    )
    return replace(said, **fields)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_result_ends_an_operation_in_any_open_state_and_is_told_once(
    in_state: InState, at: datetime, state: State
) -> None:
    said = said_by(in_state(state), Outcome.APPROVED, at)
    first = decide_word.settle(in_state(state), said, fact_id=FACT)
    assert first.operation.state is State.CONCLUDED
    assert [fact.body for fact in first.facts] == [said]
    assert first.facts[0].trace == {"traceparent": "00-a"}
    again = decide_word.settle(first.operation, said, fact_id=FACT)
    assert again == decide_word.Settled(first.operation, ())


def test_what_broke_off_may_be_finished_later_and_that_is_told_once(
    in_state: InState, at: datetime
) -> None:
    """処理未了: the same entry, with another state."""
    evidence = Evidence(source="result", at=at, number=8)
    broke_off = said_by(in_state(State.READ), Outcome.INCOMPLETE, at, evidence=evidence)
    first = decide_word.settle(in_state(State.READ), broke_off, fact_id=FACT)
    finished = replace(broke_off, outcome=Outcome.APPROVED)
    second = decide_word.settle(first.operation, finished, fact_id=FACT)
    assert [fact.body for fact in second.facts] == [finished]
    late = decide_word.settle(second.operation, broke_off, fact_id=FACT)
    assert late == decide_word.Settled(second.operation, ())
    of_another_entry = replace(broke_off, evidence=replace(evidence, number=9))
    assert decide_word.settle(second.operation, of_another_entry, fact_id=FACT).facts


def test_what_was_given_back_stays_so_when_the_approval_comes_again(
    in_state: InState, at: datetime
) -> None:
    approved = said_by(in_state(State.READ), Outcome.APPROVED, at)
    first = decide_word.settle(in_state(State.READ), approved, fact_id=FACT)
    voided = replace(approved, voided_by="00120")
    second = decide_word.settle(first.operation, voided, fact_id=FACT)
    assert [fact.body for fact in second.facts] == [voided]
    again = decide_word.settle(second.operation, approved, fact_id=FACT)
    assert again == decide_word.Settled(second.operation, ())


def test_a_result_after_the_day_log_is_told_for_its_slip(in_state: InState, at: datetime) -> None:
    taken = day_log.Taken("2026-11-20", "card", OperationKind.PAYMENT, "one more")
    by_log = decide_word.conclude_by_day_log(in_state(State.UNRESOLVED), taken, at)
    assert (by_log.outcome, by_log.amount, by_log.media) == (Outcome.APPROVED, 165, "card")
    first = decide_word.settle(in_state(State.UNRESOLVED), by_log, fact_id=FACT)
    result = said_by(in_state(State.UNRESOLVED), Outcome.APPROVED, at)
    second = decide_word.settle(first.operation, result, fact_id=FACT)
    assert [fact.body for fact in second.facts] == [result]
    again = decide_word.settle(second.operation, by_log, fact_id=FACT)
    assert again == decide_word.Settled(second.operation, ())


@pytest.mark.parametrize(
    "change",
    [{"outcome": Outcome.APPROVED}, {"amount": Yen(166)}, {"kind": OperationKind.VOID}],
)
def test_a_word_that_contradicts_the_one_on_disk_is_told_too(
    in_state: InState, at: datetime, change: dict[str, Any]
) -> None:
    first = said_by(in_state(State.SENT), Outcome.CANCELLED, at)
    concluded = decide_word.settle(in_state(State.SENT), first, fact_id=FACT).operation
    other = replace(first, **change)
    settled = decide_word.settle(concluded, other, fact_id=FACT)
    assert settled.operation.conclusion == other
    assert [fact.body for fact in settled.facts] == [other]


def test_a_terminal_that_did_what_was_sworn_off_is_heard(
    entry: TerminalEntry, at: datetime
) -> None:
    tombstone = decide.swear_off(FACT, entry=entry, epoch=3, at=at)
    settled = decide_word.settle(tombstone, said_by(tombstone, Outcome.APPROVED, at), fact_id=FACT)
    assert settled.operation.state is State.CONCLUDED
    assert len(settled.facts) == 1


def test_what_was_read_back_from_the_terminal_is_told_when_its_result_comes(
    in_state: InState, at: datetime
) -> None:
    said = said_by(in_state(State.SENT), Outcome.APPROVED, at)
    read_back = in_state(State.CONCLUDED, conclusion=said, told=False)
    assert len(decide_word.settle(read_back, said, fact_id=FACT).facts) == 1


def test_sight_is_lost_once(in_state: InState, at: datetime) -> None:
    lost = decide_word.lose_sight(in_state(State.READ), reason="link_lost", at=at, fact_id=FACT)
    assert lost.operation.state is State.UNRESOLVED
    assert [fact.name for fact in lost.facts] == ["operation_doubted"]
    again = decide_word.lose_sight(lost.operation, reason="restart", at=at, fact_id=FACT)
    assert again == decide_word.Settled(lost.operation, ())


def test_a_screen_brings_an_operation_in_doubt_back_into_sight(in_state: InState) -> None:
    seen = decide_word.sight_of(in_state(State.UNRESOLVED, parked="no_journal"), Phase.READ)
    assert (seen.state, seen.phase, seen.parked) == (State.READ, Phase.READ, "")


def result(at: datetime, **fields: Any) -> Ended:
    ended = Ended(
        receipt=8,
        number=8,
        operation_id=None,
        kind=OperationKind.PAYMENT,
        amount=Yen(165),
        outcome=Outcome.APPROVED,
        at=at,
        slip_number="00119",
        terminal_business_date="2026-11-20",
    )
    return replace(ended, **fields)


@pytest.mark.parametrize(
    ("state", "fields", "belongs"),
    [
        (State.SHOWN, {}, True),
        (State.READ, {}, True),
        (State.SENT, {}, False),
        (State.UNRESOLVED, {}, False),
        (State.CONCLUDED, {}, False),
        (State.READ, {"amount": Yen(166)}, False),
        (State.READ, {"kind": OperationKind.VOID}, False),
        (State.READ, {"number": 7}, False),
    ],
)
def test_a_result_without_an_echo_is_taken_only_for_what_this_link_showed(
    in_state: InState, at: datetime, state: State, fields: dict[str, Any], *, belongs: bool
) -> None:
    assert decide_word.belongs_to(result(at, **fields), in_state(state)) is belongs


def test_a_foreign_result_is_recognised_when_it_comes_again(at: datetime) -> None:
    key = decide_word.repeat_key(result(at), "CT6100-S001-T1")
    assert key == decide_word.repeat_key(result(at), "CT6100-S001-T1")
    assert key != decide_word.repeat_key(result(at, amount=Yen(166)), "CT6100-S001-T1")
    assert key != decide_word.repeat_key(result(at), "CT6100-S001-T2")
