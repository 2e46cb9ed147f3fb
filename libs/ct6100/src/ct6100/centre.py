"""The terminal and its centre: a pending entry first, then the question, until it is answered."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from ct6100.effects import CallCentre, KeptEntry, Touch
from ct6100.machine import Machine, Work
from ct6100.paper import draft_slip, plain
from ct6100.records import MEDIA_CODE, MEDIA_EMONEY, REASON_NOT_AT_CENTRE, EntryState, Kind
from ct6100.screens import ScreenName
from ct6100.stimuli import CentreAnswered
from ct6100.transitions import Happening

ANSWER_WITHIN: Final = timedelta(seconds=30)
"""A centre answers in seconds; then the terminal says that it does not know."""

INQUIRE_EVERY: Final = timedelta(seconds=3)
"""How often a pending entry is asked about, for as long as it is pending."""

OUTCOMES: Final = {
    "approved": Happening.APPROVED,
    "declined": Happening.DECLINED,
    "incomplete": Happening.INCOMPLETE,
    "unknown": Happening.NOT_AT_CENTRE,
    "unreachable": Happening.NO_ANSWER,
}
"""`CentreAnswered.outcome`."""

TOUCHES_MAX: Final = 64
"""E-money whose outcome is open at one terminal: days of bad luck. The oldest is forgotten then:
its card is not known again, and somebody has to ask the centre."""

_STATES: Final = {
    "approved": EntryState.APPROVED,
    "declined": EntryState.DECLINED,
    "incomplete": EntryState.INCOMPLETE,
    "unknown": EntryState.CANCELLED,
}


def call(machine: Machine, work: Work, now: datetime) -> None:
    """Write the pending entry, then ask: whatever happens from here on is in the journal.

    An e-money that broke off here before is at the reader again: what its own memory shows of that
    is asked for, too.
    """
    work.number = machine.memory.next_number
    work.slip_number = f"{machine.memory.next_slip:05}"
    settings = machine.settings
    slip = draft_slip(
        kind=work.kind,
        media=work.media,
        brand=work.brand,
        entry=work.entry,
        masked=work.masked,
        atc=work.atc,
        condition=work.condition,
        amount=work.amount,
        slip_number=work.slip_number,
        merchant_name=settings.merchant_name,
        merchant_phone=settings.merchant_phone,
        signature_required=work.signature,
        at=now,
    )
    entry = machine.write_entry(work, EntryState.PENDING, slip, now)
    broken_off = _broken_off(machine, work.mark)
    memory = machine.take_numbers(concluded=False)
    if work.media == MEDIA_EMONEY:
        touches = (*memory.touches, Touch(number=work.number, mark=work.mark))
        memory = structs.replace(memory, touches=touches[-TOUCHES_MAX:])
    machine.keep(memory, entry)
    if work.merchant_mask is not None:
        machine.keep_merchant_number(work.number, work.merchant_mask)
    machine.answer_by = now + ANSWER_WITHIN
    machine.out.append(_question(entry, work.outcome, inquiry=False))
    machine.out += [_question(old, "", inquiry=True, touched_again=True) for old in broken_off]


def _broken_off(machine: Machine, mark: str) -> list[KeptEntry]:
    known = [touch.number for touch in machine.memory.touches if touch.mark == mark]
    entries = [machine.book.get(number) for number in known]
    return [each for each in entries if each and each.state is EntryState.INCOMPLETE]


def _question(
    entry: KeptEntry, outcome: str, *, inquiry: bool, touched_again: bool = False
) -> CallCentre:
    return CallCentre(
        number=entry.number,
        inquiry=inquiry,
        kind=entry.kind,
        amount=entry.amount,
        media=entry.media,
        brand=entry.brand,
        outcome=outcome,
        touched_again=touched_again,
    )


def inquire(machine: Machine, now: datetime) -> None:
    """Ask the centre what became of every pending entry that nobody waits for on the glass."""
    waits = machine.work.number if machine.work and machine.screen is ScreenName.CENTRE else 0
    pending = [entry for entry in machine.book.pending() if entry.number != waits]
    machine.out += [_question(entry, "", inquiry=True) for entry in pending]
    machine.inquire_at = now + INQUIRE_EVERY if pending else None


def keep_inquiring(machine: Machine, now: datetime) -> None:
    """Stop waiting for the answer, ask for it every `INQUIRE_EVERY` instead."""
    machine.answer_by = None
    machine.inquire_at = machine.inquire_at or now + INQUIRE_EVERY


def settle(machine: Machine, entry: KeptEntry, answer: CentreAnswered, now: datetime) -> None:
    """Complete a pending entry with the centre's answer, whatever the glass shows.

    It books on the business day that is open now: where the centre closed the day in the middle of
    a payment, that is another than when it was asked. An `incomplete` one keeps the day that it
    has. A slip is drawn up for all, and shown and printed when it is approved.
    """
    state = _STATES[answer.outcome]
    approved = state is EntryState.APPROVED
    sold_by_code = entry.media == MEDIA_CODE and entry.kind is Kind.PAYMENT
    reason = REASON_NOT_AT_CENTRE if state is EntryState.CANCELLED else plain(answer.reason)
    emoney = entry.media == MEDIA_EMONEY
    slip = entry.slip if state is EntryState.INCOMPLETE else None
    if approved and entry.slip is not None:
        slip = structs.replace(
            entry.slip,
            approval_code=plain(answer.approval_code),
            processing_number=plain(answer.processing_number),
            arc=plain(answer.arc),
            inquiry_number=plain(answer.inquiry_number) if emoney else "",
        )
    pending = entry.state is EntryState.PENDING
    done = structs.replace(
        entry,
        state=state,
        terminal_business_date=(
            machine.memory.business_date if pending else entry.terminal_business_date
        ),
        reason="" if approved else reason or state,
        order_number=(plain(answer.order_number or "") if sold_by_code else "")
        or entry.order_number,
        slip=slip,
    )
    if machine.work is not None and machine.work.number == entry.number:
        machine.answer_by = None
    machine.conclude(done, now)
