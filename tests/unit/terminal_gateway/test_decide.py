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
from terminal_gateway.model import OPEN, Happening, Operation, Sight, State, Tells

InState = Callable[..., Operation]
FACT = "019a9fd1-0000-7000-8000-0000000000f1"


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


def test_a_start_that_was_refused_is_refused_when_it_comes_again(
    command: StartOperation, circumstances: decide.Circumstances
) -> None:
    """The centre took the refusal for proof that nothing was started; seed 8 charged it."""
    later = circumstances._replace(refused=Unreachable())
    assert decide.admit(command, later) == Unreachable()


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


def test_an_inquiry_tells_phase_and_doubt_of_an_open_operation(
    in_state: InState, at: datetime
) -> None:
    parked = in_state(State.UNRESOLVED, asked=4, asked_at=at, parked="no_journal")
    assert decide.describe(parked, None, "connected") == OperationOpen(
        operation_id=parked.id,
        phase=Phase.AWAITING_CUSTOMER,
        in_doubt=True,
        asked=4,
        link="connected",
        parked="no_journal",
        last_asked_at=at,
    )


def test_a_tombstone_says_not_performed(entry: TerminalEntry, at: datetime) -> None:
    tombstone = decide.swear_off(FACT, entry=entry, epoch=3, at=at)
    said = decide.describe(tombstone, None)
    assert isinstance(said, OperationConcluded)
    assert (said.outcome, said.evidence.source) == (Outcome.NOT_PERFORMED, "tombstone")


def test_an_unknown_id_is_sworn_off_only_when_no_lost_journal_could_have_held_it() -> None:
    made = decide.time_of_id(FACT)
    assert made is not None
    now = made + timedelta(days=30)

    def lost(operation_id: str, lost_at: datetime | None) -> bool:
        return decide.may_have_been_lost(operation_id, lost_at, now)

    assert not lost(FACT, None)
    assert lost(FACT, made + timedelta(days=1))
    assert lost(FACT, made - decide.SURE_AGE + timedelta(minutes=1))
    assert not lost(FACT, made - decide.SURE_AGE - timedelta(seconds=1))
    assert lost("e1b1c7a4-57a4-4a5e-9b57-000000000001", made - timedelta(days=900))


def test_an_id_from_the_future_shows_that_our_clock_cannot_tell_what_was_lost() -> None:
    made = decide.time_of_id(FACT)
    assert made is not None
    year_1970 = made - timedelta(days=20_000)
    assert decide.may_have_been_lost(FACT, year_1970, year_1970 + timedelta(days=1))


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
