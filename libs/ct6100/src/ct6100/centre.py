"""The terminal and its centre: a pending entry first, then the question, until it is answered."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import structs

from ct6100.effects import CallCentre
from ct6100.machine import Machine, Work
from ct6100.paper import draft_slip, plain
from ct6100.records import MEDIA_CODE, MEDIA_EMONEY, REASON_NOT_AT_CENTRE, EntryState, JournalEntry
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

_STATES: Final = {
    "approved": EntryState.APPROVED,
    "declined": EntryState.DECLINED,
    "incomplete": EntryState.INCOMPLETE,
    "unknown": EntryState.CANCELLED,
}


def call(machine: Machine, work: Work, now: datetime) -> None:
    """Write the pending entry, then ask: whatever happens from here on is in the journal."""
    work.number = machine.memory.next_number
    work.slip_number = f"{machine.memory.next_slip:05}"
    settings = machine.settings
    slip = draft_slip(
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
    machine.keep(machine.take_numbers(concluded=False), entry)
    machine.answer_by = now + ANSWER_WITHIN
    machine.out.append(_question(entry, work.outcome, inquiry=False))


def _question(entry: JournalEntry, outcome: str, *, inquiry: bool) -> CallCentre:
    return CallCentre(
        number=entry.number,
        inquiry=inquiry,
        kind=entry.kind,
        amount=entry.amount,
        media=entry.media,
        brand=entry.brand,
        outcome=outcome,
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


def settle(machine: Machine, entry: JournalEntry, answer: CentreAnswered, now: datetime) -> None:
    """Complete a pending entry with the centre's answer, whatever the glass shows."""
    state = _STATES[answer.outcome]
    approved, code = state is EntryState.APPROVED, entry.media == MEDIA_CODE
    reason = REASON_NOT_AT_CENTRE if state is EntryState.CANCELLED else plain(answer.reason)
    emoney = entry.media == MEDIA_EMONEY
    slip = None
    if approved and entry.slip is not None:
        slip = structs.replace(
            entry.slip,
            approval_code=plain(answer.approval_code),
            processing_number=plain(answer.processing_number),
            arc=plain(answer.arc),
            inquiry_number=plain(answer.inquiry_number) if emoney else "",
        )
    done = structs.replace(
        entry,
        state=state,
        reason="" if approved else reason or state,
        order_number=plain(answer.order_number or "") or None if code else None,
        slip=slip,
    )
    if machine.work is not None and machine.work.number == entry.number:
        machine.answer_by = None
    machine.conclude(done, now)
