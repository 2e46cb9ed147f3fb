"""What a case keeps to find the payment again, and what in it makes two cases the same. Pure."""

from typing import Final

from checkout.model import REFUND_STATES, Case, Tender
from contracts.identifiers import SlipNumber
from contracts.money import Yen
from contracts.operations import (
    ForeignResultSeen,
    OperationConcluded,
    OperationKind,
    Outcome,
)
from contracts.sales import TenderState

Told = dict[str, str | int | None]

CIRCUMSTANCES: Final = frozenset({"source", "at", "asked", "note", "voided_by"})
"""How we came to know it: they differ each time that the same thing is told."""


def of_concluded(concluded: OperationConcluded) -> Told:
    """Return what finds the payment again, and how we know of it.

    A code payment has no slip; its number in the terminal's journal tells two of an amount apart.
    """
    slip, evidence = concluded.slip, concluded.evidence
    return {
        "operation": concluded.operation_id,
        "echoed_operation": concluded.echoed_operation_id,
        "outcome": str(concluded.outcome),
        "amount": concluded.amount,
        "terminal": concluded.terminal,
        "serial": concluded.serial,
        "slip_number": evidence.slip_number if slip is None else slip.slip_number,
        "order_number": concluded.order_number,
        "terminal_business_date": concluded.terminal_business_date,
        "voided_by": concluded.voided_by,
        "source": evidence.source,
        "at": evidence.at.isoformat(),
        "asked": evidence.asked,
        "note": evidence.note,
    }


def of_foreign(seen: ForeignResultSeen) -> Told:
    """Return what finds a result again that fits no intent."""
    slip, evidence = seen.slip, seen.evidence
    return {
        "operation": None,
        "echoed_operation": seen.echoed_operation_id,
        "outcome": str(seen.outcome),
        "amount": seen.amount,
        "terminal": seen.terminal,
        "serial": seen.serial,
        "slip_number": evidence.slip_number if slip is None else slip.slip_number,
        "order_number": None if slip is None else slip.order_number,
        "terminal_business_date": evidence.terminal_business_date,
        "source": evidence.source,
        "at": evidence.at.isoformat(),
        "asked": evidence.asked,
        "note": evidence.note,
    }


def of_tender(tender: Tender) -> Told:
    """Return what is known of a tender's payment, in the words of a terminal's own evidence."""
    operation, evidence = tender.payment, tender.payment.evidence
    return {
        "operation": operation.id,
        "echoed_operation": operation.id,
        "outcome": str(tender.state),
        "amount": tender.amount,
        "terminal": operation.terminal,
        "serial": tender.serial,
        "slip_number": tender.slip_number,
        "order_number": tender.order_number,
        "terminal_business_date": tender.terminal_business_date,
        "source": None if evidence is None else evidence.source,
        "at": None if evidence is None else evidence.at.isoformat(),
        "asked": None if evidence is None else evidence.asked,
        "note": None if evidence is None else evidence.note,
    }


def same(one: Told, other: Told) -> bool:
    """Whether both tell of the same thing, whenever and however it was told."""
    return _substance(one) == _substance(other)


ENTRY_KEY: Final = ("serial", "terminal_business_date", "slip_number")
"""What names one entry of all journals (`sale-and-tender.md`); slip numbers alone wrap."""


def same_entry(one: Told, other: Told) -> bool:
    """Whether both tell of one entry of a terminal's journal, whatever they say of it."""
    return all(one.get(field) is not None for field in ENTRY_KEY) and all(
        one.get(field) == other.get(field) for field in ENTRY_KEY
    )


def is_about(case: Case, told: Told) -> bool:
    """Whether the case is about the very charge that is told of: same operation, same slip."""
    known = case.evidence
    if known.get("outcome") not in (str(Outcome.APPROVED), str(Outcome.INCOMPLETE)):
        return False
    return known.get("operation") == told["operation"] and all(
        told[field] is None or known.get(field) is None or told[field] == known.get(field)
        for field in ("slip_number", "order_number", "terminal_business_date")
    )


def is_entry_of(tender: Tender, seen: ForeignResultSeen) -> bool:
    """Whether a result, under whatever id, is the very entry by which this tender was approved.

    All that names it must agree, the terminal's own number and time as well: slip numbers wrap.
    """
    word, said = tender.payment.evidence, seen.evidence
    number = said.slip_number if seen.slip is None else seen.slip.slip_number
    if word is None or None in (number, said.terminal_business_date, tender.serial):
        return False
    known = (tender.journal_number, tender.terminal_business_date, tender.serial, tender.amount)
    return (
        tender.state in _WAS_APPROVED
        and (seen.kind, seen.outcome) == (OperationKind.PAYMENT, Outcome.APPROVED)
        and known == (number, said.terminal_business_date, seen.serial, seen.amount)
        and (word.number, word.terminal_at) == (said.number, said.terminal_at)
    )


_WAS_APPROVED: Final = frozenset({TenderState.APPROVED, *REFUND_STATES, TenderState.REFUNDED})


def is_of_another(concluded: OperationConcluded) -> bool:
    """Whether the terminal answered about another operation than it was asked."""
    return concluded.echoed_operation_id not in (None, concluded.operation_id)


def mismatch(amount: Yen, concluded: OperationConcluded) -> str | None:
    """Return what kind of case it is when the terminal answered about something else."""
    if is_of_another(concluded):
        return "foreign_result"
    if concluded.amount is not None and concluded.amount != amount:
        return "amount_differs"
    if concluded.outcome is Outcome.APPROVED and concluded.amount is None:
        return "amount_differs"
    return None


def slip_of(concluded: OperationConcluded) -> SlipNumber | None:
    """Return the number of the terminal's own entry that it tells of."""
    slip = concluded.slip
    return concluded.evidence.slip_number if slip is None else slip.slip_number


def _substance(told: Told) -> Told:
    return {field: value for field, value in told.items() if field not in CIRCUMSTANCES}
