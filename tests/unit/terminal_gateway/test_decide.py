import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import (
    Accepted,
    AlreadyRead,
    Busy,
    ContentDiffers,
    Evidence,
    Fenced,
    NotOpen,
    NotPaired,
    OperationConcluded,
    OperationKind,
    OperationOpen,
    Outcome,
    Phase,
    Recovering,
    Screen,
    StaleCommand,
    StartOperation,
    StorageFull,
    UnknownTerminal,
    Unreachable,
)
from contracts.stores import TerminalEntry
from terminal_gateway import decide
from terminal_gateway.model import OPEN, Ended, Happening, Operation, Sight, State, Tells

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


@pytest.fixture
def circumstances(entry: TerminalEntry, home: Sight) -> decide.Circumstances:
    return decide.Circumstances(
        epoch=3,
        fenced=False,
        heartbeat_age_s=0.5,
        known=None,
        entry=entry,
        linked=True,
        recovered=True,
        open_operation=None,
        sight=home,
        room=True,
    )


# --- the table ---


def test_every_state_and_happening_is_a_transition_or_named_impossible() -> None:
    every = set(itertools.product(State, Happening))
    assert set(decide.TRANSITIONS) | decide.IMPOSSIBLE == every
    assert not set(decide.TRANSITIONS) & decide.IMPOSSIBLE


def test_only_the_word_of_the_terminal_ends_an_operation() -> None:
    ending = {
        happening
        for (state, happening), move in decide.TRANSITIONS.items()
        if state in OPEN and move.state not in OPEN
    }
    assert ending == {Happening.ENDED}


def test_every_end_is_told_and_every_first_doubt() -> None:
    for (state, happening), move in decide.TRANSITIONS.items():
        if state in OPEN and move.state is State.CONCLUDED:
            assert move.tells is Tells.CONCLUDED
        if happening is Happening.LOST_SIGHT and state in OPEN - {State.UNRESOLVED}:
            assert move.tells is Tells.DOUBTED


def test_what_is_over_stays_over() -> None:
    for (state, _), move in decide.TRANSITIONS.items():
        if state not in OPEN:
            assert move.state not in OPEN


def test_an_older_screen_does_not_take_a_read_card_back() -> None:
    assert decide.step(State.READ, Happening.AWAITS_CUSTOMER).state is State.READ


def test_an_impossible_move_is_our_own_bug() -> None:
    with pytest.raises(AssertionError):
        decide.step(State.CONCLUDED, Happening.SENT_OUT)


# --- start ---


def test_a_start_goes_ahead_when_nothing_speaks_against_it(
    command: StartOperation, circumstances: decide.Circumstances
) -> None:
    assert decide.admit(command, circumstances) is None


def test_refusals_come_in_their_order(
    command: StartOperation, circumstances: decide.Circumstances, entry: TerminalEntry, home: Sight
) -> None:
    """Each reason is added to those before it, from the last to the first."""
    menu = replace(home, screen=Screen(name="business"))
    reasons: list[tuple[dict[str, Any], object]] = [
        ({"room": False}, StorageFull()),
        ({"sight": menu}, Busy(operation_id=None, screen="business")),
        ({"open_operation": FACT}, Busy(operation_id=FACT, screen="business")),
        ({"recovered": False}, Recovering()),
        ({"linked": False}, Unreachable()),
        ({"entry": replace(entry, paired_register="R2")}, NotPaired(holder="R2")),
        ({"entry": None}, UnknownTerminal()),
        ({"heartbeat_age_s": 8.1}, StaleCommand()),
        ({"heartbeat_age_s": None}, StaleCommand()),
        ({"fenced": True}, Fenced(epoch=3)),
        ({"fenced": False, "epoch": 4}, Fenced(epoch=4)),
    ]
    for change, answer in reasons:
        circumstances = circumstances._replace(**change)
        assert decide.admit(command, circumstances) == answer


def test_a_start_is_taken_while_the_last_outcome_is_still_on_the_glass(
    command: StartOperation, circumstances: decide.Circumstances, home: Sight
) -> None:
    done = replace(home, screen=Screen(name="approved"), phase=Phase.DONE)
    assert decide.admit(command, circumstances._replace(sight=done)) is None


@pytest.mark.parametrize("state", [state for state in State if state is not State.SWORN_OFF])
def test_the_same_id_again_gets_the_same_answer_whatever_has_become_of_it(
    command: StartOperation,
    circumstances: decide.Circumstances,
    in_state: InState,
    state: State,
) -> None:
    """Also when its stamp is stale or of another epoch: "nothing was started" would be a lie."""
    now = circumstances._replace(
        known=in_state(state), fenced=True, heartbeat_age_s=None, linked=False
    )
    assert decide.admit(command, now) == Accepted(operation_id=command.operation_id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("terminal", "T2"),
        ("register", "R2"),
        ("sale_id", FACT),
        ("tender", 2),
        ("kind", OperationKind.VOID),
        ("amount", Yen(166)),
        ("original_slip_number", "00119"),
        ("original_order_number", "A1"),
    ],
)
def test_the_same_id_with_other_content_names_the_field(
    command: StartOperation,
    circumstances: decide.Circumstances,
    operation: Operation,
    field: str,
    value: object,
) -> None:
    other = replace(command, **{field: value})
    answer = decide.admit(other, circumstances._replace(known=operation))
    assert answer == ContentDiffers(field=field)


def test_an_id_that_was_sworn_off_never_starts(
    command: StartOperation,
    circumstances: decide.Circumstances,
    entry: TerminalEntry,
    at: datetime,
) -> None:
    tombstone = decide.swear_off(command.operation_id, entry=entry, epoch=3, at=at)
    answer = decide.admit(command, circumstances._replace(known=tombstone))
    assert answer == NotOpen(known=True)


# --- abort and inquiry ---


def test_an_abort_is_refused_by_the_state_before_the_link(in_state: InState) -> None:
    refuse = decide.refuse_abort
    concluded, read, shown = map(in_state, (State.CONCLUDED, State.READ, State.SHOWN))
    assert refuse(None, can_abort=True, linked=True) == NotOpen(known=False)
    assert refuse(concluded, can_abort=False, linked=False) == NotOpen(known=True)
    assert refuse(read, can_abort=False, linked=False) == AlreadyRead()
    assert refuse(shown, can_abort=True, linked=False) == Unreachable()
    assert refuse(shown, can_abort=True, linked=True) is None


def test_an_inquiry_tells_phase_and_doubt_of_an_open_operation(in_state: InState) -> None:
    answer = decide.describe(in_state(State.UNRESOLVED, asked=4), None)
    assert answer == OperationOpen(
        operation_id=in_state(State.UNRESOLVED).id,
        phase=Phase.AWAITING_CUSTOMER,
        in_doubt=True,
        asked=4,
    )


def test_a_tombstone_says_not_performed(entry: TerminalEntry, at: datetime) -> None:
    tombstone = decide.swear_off(FACT, entry=entry, epoch=3, at=at)
    said = decide.describe(tombstone, None)
    assert isinstance(said, OperationConcluded)
    assert (said.outcome, said.evidence.source) == (Outcome.NOT_PERFORMED, "tombstone")


def test_an_unknown_id_is_sworn_off_only_when_no_lost_journal_could_have_held_it() -> None:
    made = decide.time_of_id(FACT)
    assert made is not None
    lost = decide.may_have_been_lost
    assert not lost(FACT, None)
    assert lost(FACT, made + timedelta(days=1))
    assert lost(FACT, made - decide.SURE_AGE + timedelta(minutes=1))
    assert not lost(FACT, made - decide.SURE_AGE - timedelta(seconds=1))
    assert lost("e1b1c7a4-57a4-4a5e-9b57-000000000001", made - timedelta(days=900))


# --- the terminal's word ---


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_result_ends_an_operation_in_any_open_state_and_is_told_once(
    in_state: InState, at: datetime, state: State
) -> None:
    said = said_by(in_state(state), Outcome.APPROVED, at)
    first = decide.settle(in_state(state), said, fact_id=FACT)
    assert first.operation.state is State.CONCLUDED
    assert [fact.body for fact in first.facts] == [said]
    assert first.facts[0].trace == {"traceparent": "00-a"}
    again = decide.settle(first.operation, said, fact_id=FACT)
    assert again == decide.Settled(first.operation, ())


@pytest.mark.parametrize(
    "change",
    [{"outcome": Outcome.APPROVED}, {"amount": Yen(166)}, {"kind": OperationKind.VOID}],
)
def test_a_word_that_contradicts_the_one_on_disk_is_told_too(
    in_state: InState, at: datetime, change: dict[str, Any]
) -> None:
    first = said_by(in_state(State.SENT), Outcome.CANCELLED, at)
    concluded = decide.settle(in_state(State.SENT), first, fact_id=FACT).operation
    other = replace(first, **change)
    settled = decide.settle(concluded, other, fact_id=FACT)
    assert settled.operation.conclusion == other
    assert [fact.body for fact in settled.facts] == [other]


def test_a_terminal_that_did_what_was_sworn_off_is_heard(
    entry: TerminalEntry, at: datetime
) -> None:
    tombstone = decide.swear_off(FACT, entry=entry, epoch=3, at=at)
    settled = decide.settle(tombstone, said_by(tombstone, Outcome.APPROVED, at), fact_id=FACT)
    assert settled.operation.state is State.CONCLUDED
    assert len(settled.facts) == 1


def test_what_was_read_back_from_the_terminal_is_told_when_its_result_comes(
    in_state: InState, at: datetime
) -> None:
    said = said_by(in_state(State.SENT), Outcome.APPROVED, at)
    read_back = in_state(State.CONCLUDED, conclusion=said, told=False)
    assert len(decide.settle(read_back, said, fact_id=FACT).facts) == 1


def test_sight_is_lost_once(in_state: InState, at: datetime) -> None:
    lost = decide.lose_sight(in_state(State.READ), reason="link_lost", at=at, fact_id=FACT)
    assert lost.operation.state is State.UNRESOLVED
    assert [fact.name for fact in lost.facts] == ["operation_doubted"]
    again = decide.lose_sight(lost.operation, reason="restart", at=at, fact_id=FACT)
    assert again == decide.Settled(lost.operation, ())


def test_a_screen_brings_an_operation_in_doubt_back_into_sight(in_state: InState) -> None:
    seen = decide.sight_of(in_state(State.UNRESOLVED, parked="no_journal"), Phase.READ)
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
    assert decide.belongs_to(result(at, **fields), in_state(state)) is belongs


def test_a_foreign_result_is_recognised_when_it_comes_again(at: datetime) -> None:
    key = decide.repeat_key(result(at), "CT6100-S001-T1")
    assert key == decide.repeat_key(result(at), "CT6100-S001-T1")
    assert key != decide.repeat_key(result(at, amount=Yen(166)), "CT6100-S001-T1")
    assert key != decide.repeat_key(result(at), "CT6100-S001-T2")


@given(st.lists(st.sampled_from(list(Happening)), max_size=30))
def test_no_order_of_events_ends_an_operation_without_a_fact_or_opens_it_again(
    happenings: list[Happening],
) -> None:
    state, ended, told = State.INTENDED, False, 0
    for happening in happenings:
        if (state, happening) in decide.IMPOSSIBLE:
            continue
        move = decide.step(state, happening)
        told += move.tells is Tells.CONCLUDED
        state = move.state
        ended = ended or state not in OPEN
        assert ended == (state not in OPEN)
        assert ended == (told > 0)
