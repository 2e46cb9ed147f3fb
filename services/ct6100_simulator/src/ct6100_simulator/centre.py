"""The acquirer behind the simulated terminals: approves, declines, and never books twice. Pure."""

from binascii import crc32
from datetime import datetime
from typing import Final

from ct6100.effects import CallCentre
from ct6100.records import MEDIA_CARD, MEDIA_CODE, MEDIA_EMONEY, JournalEntry, Kind
from ct6100.stimuli import CentreAnswered
from ct6100_simulator.faults import Faults, breaks_off
from ct6100_simulator.model import Booking

DECLINED: Final = "card_declined"
"""The reason when the customer's card itself is the trouble."""

UNKNOWN: Final = "unknown"

INQUIRY_NUMBER: Final = "000000"
"""問い合わせ番号 on the manual's sample slips of e-money."""

_SAMPLE_BRAND: Final = "AMEX"
"""Its approval codes are those of the manual's sample slips."""

_SAMPLE_APPROVAL: Final = {Kind.PAYMENT: "000000", Kind.VOID: "949477", Kind.RETURN: "949477"}


_NEVER_SOLD: Final = frozenset({"iD", "QUICPay"})
"""A touch of these that broke off took nothing; of the others the next touch shows a sale."""


def book(
    call: CallCentre, faults: Faults, serial: str, now: datetime
) -> tuple[Booking, str | None]:
    """Return what the acquirer decides about a new number, and the fault that made it so."""
    decline = faults.find("decline")
    if decline:
        return Booking(outcome="declined", reason=decline.code or DECLINED), "decline"
    incomplete = breaks_off(faults, call)
    if incomplete:
        return _broken_off(call, incomplete.outcome), "incomplete"
    if call.outcome == "declined":
        return Booking(outcome="declined", reason=DECLINED), None
    if call.outcome == "incomplete":
        return _broken_off(call, None), None
    return _approved(call, serial, now), None


def answer(call: CallCentre, booking: Booking | None) -> CentreAnswered:
    """Return what the terminal hears; without a booking, that nobody knows of this number."""
    if booking is None:
        return CentreAnswered(number=call.number, outcome=UNKNOWN, touched_again=call.touched_again)
    shown = booking.shows if call.touched_again and booking.shows else booking.outcome
    return CentreAnswered(
        number=call.number,
        touched_again=call.touched_again,
        outcome=shown,
        reason=booking.reason,
        approval_code=booking.approval_code,
        processing_number=booking.processing_number,
        arc=booking.arc,
        order_number=booking.order_number,
        inquiry_number=booking.inquiry_number,
    )


def shown_by_hand(entry: JournalEntry, outcome: str) -> CentreAnswered:
    """Return what the card of an incomplete entry shows when somebody says what it does."""
    approved = outcome == "approved"
    return CentreAnswered(
        number=entry.number,
        touched_again=True,
        outcome=outcome,
        inquiry_number=INQUIRY_NUMBER if approved else "",
    )


def latency_s(faults: Faults, usual_s: float) -> float:
    """Return how long it takes to answer."""
    slow = faults.find("slow_centre")
    return slow.seconds if slow and slow.seconds is not None else usual_s


def _approved(call: CallCentre, serial: str, now: datetime) -> Booking:
    if call.media == MEDIA_EMONEY:
        return Booking(outcome="approved", inquiry_number=INQUIRY_NUMBER)
    if call.media == MEDIA_CODE:
        return Booking(outcome="approved", order_number=_order_number(call.number, serial, now))
    code = _approval_code(call, serial)
    refund = call.kind is not Kind.PAYMENT
    return Booking(
        outcome="approved",
        approval_code=code,
        processing_number=code if refund else "",
        arc="" if refund or call.media != MEDIA_CARD else "Y1",
    )


def _broken_off(call: CallCentre, shows: str | None) -> Booking:
    usual = "declined" if call.brand in _NEVER_SOLD else "approved"
    return Booking(outcome="incomplete", shows=shows or usual, inquiry_number=INQUIRY_NUMBER)


def _approval_code(call: CallCentre, serial: str) -> str:
    if call.brand == _SAMPLE_BRAND:
        return _SAMPLE_APPROVAL[call.kind]
    return f"{crc32(f'{serial}/{call.number}'.encode()) % 1_000_000:06d}"


def _order_number(number: int, serial: str, now: datetime) -> str:
    """Digits only, since a person types it on the terminal's pad: day, terminal, number."""
    return f"{now:%y%m%d}{crc32(serial.encode()) % 10_000:04d}{number % 1_000_000:06d}"
