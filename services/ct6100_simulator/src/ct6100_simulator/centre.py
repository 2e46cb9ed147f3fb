"""The acquirer behind the simulated terminals: approves, declines, and never books twice. Pure."""

from binascii import crc32
from datetime import datetime
from typing import Final

from ct6100.effects import CallCentre
from ct6100.records import MEDIA_CARD, MEDIA_CODE, MEDIA_EMONEY, Kind
from ct6100.stimuli import CentreAnswered
from ct6100_simulator.faults import Faults
from ct6100_simulator.model import Booking

DECLINED: Final = "card_declined"
"""The reason when the customer's card itself is the trouble."""

UNKNOWN: Final = "unknown"

_SAMPLE_BRAND: Final = "AMEX"
"""Its approval codes are those of the manual's sample slips."""

_SAMPLE_APPROVAL: Final = {Kind.PAYMENT: "000000", Kind.VOID: "949477", Kind.RETURN: "949477"}


def book(call: CallCentre, faults: Faults, serial: str, now: datetime) -> Booking:
    """Return what the acquirer decides about a number that it hears of for the first time."""
    decline = faults.find("decline")
    if decline:
        return Booking(outcome="declined", reason=decline.code or DECLINED)
    if call.outcome == "declined":
        return Booking(outcome="declined", reason=DECLINED)
    if call.outcome == "incomplete":
        return Booking(outcome="incomplete")
    return _approved(call, serial, now)


def answer(call: CallCentre, booking: Booking | None) -> CentreAnswered:
    """Return what the terminal hears; without a booking, that nobody knows of this number."""
    if booking is None:
        return CentreAnswered(number=call.number, outcome=UNKNOWN)
    return CentreAnswered(
        number=call.number,
        outcome=booking.outcome,
        reason=booking.reason,
        approval_code=booking.approval_code,
        processing_number=booking.processing_number,
        arc=booking.arc,
        order_number=booking.order_number,
        inquiry_number=booking.inquiry_number,
    )


def latency_s(faults: Faults, usual_s: float) -> float:
    """Return how long it takes to answer."""
    slow = faults.find("slow_centre")
    return slow.seconds if slow and slow.seconds is not None else usual_s


def _approved(call: CallCentre, serial: str, now: datetime) -> Booking:
    if call.media == MEDIA_EMONEY:
        return Booking(outcome="approved", inquiry_number="000000")
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


def _approval_code(call: CallCentre, serial: str) -> str:
    if call.brand == _SAMPLE_BRAND:
        return _SAMPLE_APPROVAL[call.kind]
    return f"{crc32(f'{serial}/{call.number}'.encode()) % 1_000_000:06d}"


def _order_number(number: int, serial: str, now: datetime) -> str:
    """Digits only, since a person types it on the terminal's pad: day, terminal, number."""
    return f"{now:%y%m%d}{crc32(serial.encode()) % 10_000:04d}{number % 1_000_000:06d}"
