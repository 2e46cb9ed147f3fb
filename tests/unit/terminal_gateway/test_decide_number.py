"""会員番号 of the merchant's copy: what is answered, whatever is known."""

from collections.abc import Callable

import pytest

from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, Outcome
from contracts.slips import MerchantNumberPending, NoMerchantNumber, SealedMerchantNumber
from terminal_gateway.decide_number import answer
from terminal_gateway.model import OPEN, KeptNumber, Operation, State

SERIAL = "CT6100-S001-T1"

InState = Callable[..., Operation]


def concluded(operation: Operation, media: str, outcome: Outcome) -> OperationConcluded:
    return OperationConcluded(
        operation_id=operation.id,
        terminal="T1",
        serial=SERIAL,
        kind=operation.intent.kind,
        outcome=outcome,
        amount=Yen(165),
        evidence=Evidence(source="result", at=operation.intent.at),
        media=media,
    )


def test_what_is_kept_is_answered_whatever_else_is_known(operation: Operation) -> None:
    kept = KeptNumber(
        operation_id=operation.id, at=operation.intent.at, key_id="0123456789abcdef", sealed=b"box"
    )
    told = answer(kept, None, serial="another", copied=False)
    assert told == SealedMerchantNumber(
        operation_id=operation.id, key_id="0123456789abcdef", sealed="Ym94"
    )


def test_that_there_is_none_is_answered(operation: Operation) -> None:
    kept = KeptNumber(operation_id=operation.id, at=operation.intent.at)
    assert answer(kept, operation, serial=SERIAL, copied=True) == NoMerchantNumber()


@pytest.mark.parametrize("state", sorted(OPEN))
def test_one_that_is_open_may_come_to_have_one(in_state: InState, state: State) -> None:
    told = answer(None, in_state(state), serial=SERIAL, copied=True)
    assert told == MerchantNumberPending()


@pytest.mark.parametrize(
    ("media", "outcome", "pending"),
    [
        ("emoney", Outcome.APPROVED, True),
        ("emoney", Outcome.DECLINED, False),
        ("emoney", Outcome.CANCELLED, False),
        ("card", Outcome.APPROVED, False),
        ("code", Outcome.APPROVED, False),
    ],
)
def test_only_approved_emoney_has_one(
    in_state: InState, operation: Operation, media: str, outcome: Outcome, *, pending: bool
) -> None:
    ended = in_state(State.CONCLUDED, conclusion=concluded(operation, media, outcome))
    told = answer(None, ended, serial=SERIAL, copied=True)
    assert isinstance(told, MerchantNumberPending if pending else NoMerchantNumber)


def test_what_another_terminal_did_is_not_asked_of_this_one(operation: Operation) -> None:
    assert answer(None, operation, serial="CT6100-S001-T7", copied=True) == NoMerchantNumber()


@pytest.mark.parametrize("copied", [False, True])
def test_one_that_nobody_knows_may_still_be_in_a_journal_that_was_not_read(*, copied: bool) -> None:
    told = answer(None, None, serial=SERIAL, copied=copied)
    assert isinstance(told, NoMerchantNumber if copied else MerchantNumberPending)
