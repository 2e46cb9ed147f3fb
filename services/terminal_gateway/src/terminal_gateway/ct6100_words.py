"""The CT-6100's words put into the gateway's. What a contract could not carry stops here."""

import logging
import re
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from contracts.identifiers import ID_PATTERN, OperationId, OrderNumber
from contracts.money import Yen
from contracts.operations import (
    Abilities,
    JournalEntry,
    OperationKind,
    Outcome,
    Phase,
    Screen,
)
from contracts.slips import Slip
from ct6100 import messages, records
from servicekit.free_text import without_card_numbers
from terminal_gateway.model import (
    AbortAnswered,
    DayEnded,
    DayLog,
    Ended,
    Greeted,
    JournalAnswer,
    LinkEvent,
    NumberedEntry,
    Progressed,
    Shown,
    Sight,
    StartTurnedDown,
    Total,
)

NO_ID_OF_OURS: Final = "00000000-0000-0000-0000-000000000000"
"""Stands for an echoed id that is none: it must neither be taken for ours nor for no echo."""

_PHASES: Final = {
    records.Phase.IDLE: None,
    records.Phase.AWAITING_CUSTOMER: Phase.AWAITING_CUSTOMER,
    records.Phase.READ: Phase.READ,
    records.Phase.DONE: Phase.DONE,
}

_ID: Final = re.compile(ID_PATTERN)
_ORDER: Final = re.compile(r"[0-9A-Za-z-]{1,40}")

MERCHANT_HIDDEN: Final = 3
"""As many of a number's last places are asterisks on the merchant's copy."""

_MERCHANT_MASK: Final = re.compile(r"[0-9A-Za-z ]{5,24}[* ]+")

Told = TypeVar("Told", bound=msgspec.Struct)

_log = logging.getLogger(__name__)


def operation_id(echoed: str | None) -> OperationId | None:
    """Return an echoed id as far as it can be one."""
    if echoed is None or _ID.fullmatch(echoed):
        return echoed
    _log.warning("a terminal echoed an operation id that is none")
    return NO_ID_OF_OURS


def clean(told: Told, what: str) -> Told:
    """Return what a terminal said, card numbers in its free text masked: kept, never refused.

    The line in the log sets it aside for a look: no terminal should tell a whole number.
    """
    masked, places = without_card_numbers(told)
    if places:
        _log.error("a terminal told a whole card number in a %s, masked: %s", what, places)
    return masked


def screen(glass: records.Screen) -> Screen:
    """Return the glass."""
    return clean(Screen(name=glass.name, lines=glass.lines, keys=glass.keys), "screen")


def abilities(told: records.Abilities) -> Abilities:
    """Return what the link can do."""
    return Abilities(abort=told.abort, progress=told.progress, journal=told.journal, echo=told.echo)


def sight(told: messages.Hello | messages.Status, seen_at: datetime) -> Sight:
    """Return what the terminal says of itself."""
    return Sight(
        screen=screen(told.screen),
        phase=_PHASES[told.phase],
        operation_id=operation_id(told.operation_id),
        sequence=told.sequence,
        terminal_at=told.at,
        seen_at=seen_at,
        terminal_business_date=told.terminal_business_date,
        journal_last=told.journal_last,
    )


def greeted(hello: messages.Hello, seen_at: datetime) -> Greeted:
    """Return who answered."""
    return Greeted(
        serial=hello.serial,
        model=hello.model,
        abilities=abilities(hello.abilities),
        sight=sight(hello, seen_at),
    )


def progressed(told: messages.Progress) -> Progressed:
    """Return a change of the glass."""
    return Progressed(
        sequence=told.sequence,
        phase=_PHASES[told.phase],
        screen=screen(told.screen),
        operation_id=operation_id(told.operation_id),
    )


def slip(printed: records.Slip | None) -> Slip | None:
    """Return a slip, or None for one that a contract must not carry (an unmasked number, say)."""
    if printed is None:
        return None
    try:
        return clean(msgspec.convert(printed, Slip, from_attributes=True), "slip")
    except msgspec.ValidationError:
        _log.error("a slip does not have the shape of one: it is not passed on")
        return None


def order_number(told: str | None) -> OrderNumber | None:
    """Return an order number, or None for what a contract could not carry."""
    if not told or _ORDER.fullmatch(told):
        return told or None
    _log.warning("a terminal told an order number that is none")
    return None


def ended(result: messages.Result) -> Ended:
    """Return a result."""
    told = Ended(
        receipt=result.number,
        number=result.number,
        operation_id=operation_id(result.operation_id),
        kind=OperationKind(result.kind.value),
        amount=Yen(result.amount),
        outcome=Outcome(result.outcome.value),
        at=result.at,
        slip_number=result.slip_number,
        terminal_business_date=result.terminal_business_date,
        reason=result.reason,
        media=result.media,
        brand=result.brand,
        entry=result.entry,
        order_number=order_number(result.order_number),
        voids=result.voids,
        slip=slip(result.slip),
    )
    return clean(told, "result")


def stored(result: Ended) -> messages.ResultStored:
    """Return what tells the terminal that a result is on our disk."""
    return messages.ResultStored(
        number=result.receipt, outcome=records.Outcome(result.outcome.value)
    )


def day_log(told: messages.DayTotals) -> DayLog:
    """Return the totals of a terminal business day."""
    return DayLog(
        closed=told.closed,
        complete=told.complete,
        pending=told.pending,
        totals={
            (line.media, OperationKind(line.kind.value)): Total(line.count, Yen(line.amount))
            for line in told.totals
        },
    )


def merchant_number(told: messages.MerchantNumber) -> str:
    """Return a number as the merchant's copy shows it; "" for none, or one that shows too much."""
    masked = told.mask.count("*") == MERCHANT_HIDDEN and _MERCHANT_MASK.fullmatch(told.mask)
    if not told.mask or masked:
        return told.mask
    _log.error("a terminal told a merchant's number that is not masked as one: not kept")
    return ""


def event(told: messages.LinkMessage) -> LinkEvent | None:
    """Return what a terminal says unasked, or None for an answer."""
    match told:
        case messages.Progress():
            said: LinkEvent | None = progressed(told)
        case messages.Result():
            said = ended(told)
        case messages.Started():
            said = Shown(operation_id=told.operation_id, mark=told.journal_last or 0)
        case messages.StartRefused():
            said = StartTurnedDown(
                operation_id=told.operation_id,
                reason=told.reason,
                screen=screen(told.screen),
                open_operation_id=told.open_operation_id,
            )
        case messages.AbortAnswer():
            said = AbortAnswered(operation_id=told.operation_id, answer=told.answer)
        case messages.DayClosed():
            said = DayEnded(
                terminal_business_date=told.terminal_business_date,
                next_business_date=told.next_business_date,
            )
        case _:
            said = None
    return said


def journal_answer(told: messages.Journal, serial: str) -> JournalAnswer:
    """Return a page of the terminal's journal."""
    return JournalAnswer(
        entries=tuple(numbered_entry(entry, serial) for entry in told.entries),
        covers_first=told.covers_first,
        covers_last=told.covers_last,
        covers_from=told.covers_from,
        complete=told.complete,
        more=told.more,
        pending=told.pending,
    )


def numbered_entry(entry: records.JournalEntry, serial: str) -> NumberedEntry:
    """Return one line of the terminal's journal."""
    line = clean(
        JournalEntry(
            serial=serial,
            terminal_business_date=entry.terminal_business_date,
            slip_number=entry.slip_number,
            kind=OperationKind(entry.kind.value),
            state=entry.state.value,
            amount=Yen(entry.amount),
            at=entry.at,
            media=entry.media,
            brand=entry.brand,
            operation_id=operation_id(entry.operation_id),
            order_number=order_number(entry.order_number),
            voids=entry.voids,
            slip=slip(entry.slip),
            reason=entry.reason,
        ),
        "journal entry",
    )
    return NumberedEntry(number=entry.number, line=line, entry=entry.entry)
