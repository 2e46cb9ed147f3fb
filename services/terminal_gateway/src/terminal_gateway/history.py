"""The rules of our copy of the terminals' journals: which word is newer, what gives back what.

Pure.
"""

from collections.abc import Iterable
from typing import Final

from contracts.identifiers import OperationId, SerialNumber, SlipNumber
from contracts.operations import JournalEntry, OperationKind
from terminal_gateway.model import Ended, Noted, NumberedEntry

APPROVED: Final = "approved"
PENDING: Final = "pending"
"""State of a journal entry whose centre has not answered: proves nothing."""
INCOMPLETE: Final = "incomplete"

UNSETTLED: Final = frozenset({PENDING, INCOMPLETE})
"""States that the terminal may still change: its centre answers, the card is touched again."""

SLIPS: Final = 99_999
"""Slip numbers wrap after so many; a number further away means another entry."""


def may_answer(asked: OperationKind, said: OperationKind) -> bool:
    """Whether a terminal that was asked for one may tell of the other.

    取消 or 返品 is chosen there: either is the answer to both, and neither to a payment.
    """
    return (asked is OperationKind.PAYMENT) is (said is OperationKind.PAYMENT)


def may_undo(asked: SlipNumber | None, told: SlipNumber | None) -> bool:
    """Whether what was asked to be given back is what the terminal says; None: not said."""
    return None in {asked, told} or asked == told


def is_older(state: str, than: str) -> bool:
    """Whether a word on an entry is older than the one we have: what is settled stays so."""
    if than not in UNSETTLED:
        return state in UNSETTLED
    return than == INCOMPLETE and state == PENDING


def noted(result: Ended, serial: SerialNumber, operation_id: OperationId | None) -> Noted | None:
    """Return the entry that a result tells of; None where the terminal does not number them."""
    if result.number is None:
        return None
    line = JournalEntry(
        serial=serial,
        terminal_business_date=result.terminal_business_date,
        slip_number=result.slip_number,
        kind=result.kind,
        state=result.outcome.value,
        amount=result.amount,
        at=result.at,
        media=result.media,
        brand=result.brand,
        operation_id=result.operation_id,
        order_number=result.order_number,
        voids=result.voids,
        slip=result.slip,
        reason=result.reason,
    )
    entry = NumberedEntry(number=result.number, line=line, entry=result.entry)
    return Noted(serial=serial, entry=entry, operation_id=operation_id)


def gives_back(voiding: NumberedEntry, paid: NumberedEntry) -> bool:
    """Whether one entry gives all of another back. A part of it would be another matter."""
    return (
        voiding.line.state == APPROVED
        and voiding.line.kind is not OperationKind.PAYMENT
        and voiding.line.voids == paid.line.slip_number
        and voiding.line.amount == paid.line.amount
        and 0 < voiding.number - paid.number < SLIPS
    )


def given_back_by(paid: NumberedEntry, later: Iterable[NumberedEntry]) -> NumberedEntry | None:
    """Return the later entry that gives an approved payment back."""
    if paid.line.state != APPROVED or paid.line.kind is not OperationKind.PAYMENT:
        return None
    return next((entry for entry in later if gives_back(entry, paid)), None)
