"""What register and terminal say of one payment, side by side: 返金済み here, 取消・返品 there."""

from typing import Final

from msgspec import UNSET, Struct

from contracts.operations import JournalEntry, OperationKind
from contracts.sales import TenderState, TenderView

GIVEN_BACK: Final = "given_back"

_ENDED: Final = ("declined", "cancelled", "incomplete")

_AGREE: Final[dict[TenderState, tuple[str, ...]]] = {
    TenderState.APPROVED: ("approved",),
    TenderState.REFUNDED: (GIVEN_BACK,),
    TenderState.DECLINED: _ENDED,
    TenderState.CANCELLED: _ENDED,
    TenderState.NOT_PERFORMED: _ENDED,
}
"""What the terminal has to say where the register is sure; otherwise nothing is compared yet."""


class Sides(Struct, frozen=True, kw_only=True):
    """The words of both, as the catalogues know them; `agree` is None while one is not sure."""

    register: str
    terminal: str
    agree: bool | None


def sides_of(tender: TenderView, entry: JournalEntry) -> Sides:
    """Compare a tender with the terminal's own entry about it."""
    told = standing_of(entry)
    if entry.kind is not OperationKind.PAYMENT:
        told = GIVEN_BACK if entry.state == "approved" else "approved"
    fits = _AGREE.get(tender.state)
    if tender.state is TenderState.REFUNDED and tender.refunded_by == "cash":
        fits = ("approved",)
    return Sides(
        register=f"state.{tender.state}",
        terminal=f"journal_state.{told}",
        agree=None if fits is None or entry.state == "pending" else told in fits,
    )


def standing_of(entry: JournalEntry) -> str:
    """Return how an entry stands: 取消・返品 once a later one gave it back."""
    known = (*_ENDED, "approved", "pending")
    if entry.voided_by is not None:
        return GIVEN_BACK
    return entry.state if entry.state in known else "other"


def is_about(entry: JournalEntry, tender: TenderView) -> bool:
    """Tell whether an entry is the tender's payment, or what gave it back.

    Slip numbers wrap: one is meant on its own day only, and only by the terminal's own list.
    """
    if any(entry.operation_id == one.id for one in tender.operations):
        return True
    if entry.kind is OperationKind.PAYMENT:
        return is_payment_of(entry, tender)
    return UNSET is not tender.voided_by == entry.slip_number and entry.voids == tender.slip_number


def is_payment_of(entry: JournalEntry, tender: TenderView) -> bool:
    """Tell whether an entry is the very payment of a tender."""
    payment = tender.operations[0].id if tender.operations else None
    if entry.operation_id is not None:
        return entry.operation_id == payment
    return (entry.terminal_business_date, entry.slip_number) == (
        tender.terminal_business_date,
        tender.slip_number,
    )
