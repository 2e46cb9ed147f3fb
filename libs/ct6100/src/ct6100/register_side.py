"""What the terminal answers to the messages of the register's box."""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec import structs

from ct6100.acting import Given
from ct6100.acts import step
from ct6100.effects import Beep, KeptEntry
from ct6100.journal import NOT_STORED_MAX
from ct6100.machine import Machine, Work
from ct6100.messages import (
    PROTOCOL_VERSION,
    Abort,
    AbortAnswer,
    AskDayTotals,
    AskJournal,
    AskMerchantNumber,
    AskStatus,
    CloseDay,
    CloseRefused,
    Connect,
    ConnectRefused,
    DayClosed,
    DayTotals,
    Disconnect,
    Hello,
    LinkMessage,
    MerchantNumber,
    NotSupported,
    Ping,
    Pong,
    ResultStored,
    Start,
    Started,
    StartRefused,
    Status,
)
from ct6100.records import EntryState, Kind, Outcome
from ct6100.refund_acts import AMOUNT_MAX
from ct6100.screens import ScreenName
from ct6100.transitions import TABLE, Happening

OPERATION_ID_MAX: Final = 64
"""A UUID takes 36."""


def on_message(  # noqa: C901, PLR0912 - one case for each message
    machine: Machine, message: LinkMessage, now: datetime
) -> None:
    """Answer one message; what a register has no business to send only beeps."""
    if not machine.connected and not isinstance(message, Connect):
        _refuse_stranger(machine, message)
        return
    match message:
        case Connect():
            _on_connect(machine, message, now)
        case Disconnect():
            step(machine, TABLE[machine.screen, Happening.DISCONNECT], Given(now=now))
        case Ping():
            machine.send(Pong(request=message.request))
        case AskStatus():
            machine.send(_status(machine, message.request, now))
        case Start():
            _on_start(machine, message, now)
        case Abort():
            _on_abort(machine, message, now)
        case ResultStored():
            _on_stored(machine, message)
        case AskJournal():
            _on_ask_journal(machine, message, now)
        case AskDayTotals():
            _on_ask_totals(machine, message)
        case CloseDay():
            _on_close_day(machine, message, now)
        case AskMerchantNumber():
            _on_ask_merchant_number(machine, message)
        case _:
            machine.out.append(Beep(reason=f"{type(message).__name__} is the terminal's to send"))


def hello(machine: Machine, now: datetime) -> Hello:
    """Return how the terminal introduces itself."""
    status = _status(machine, 0, now)
    return Hello(
        version=PROTOCOL_VERSION,
        serial=machine.settings.serial,
        model=machine.settings.model,
        abilities=machine.abilities,
        at=now,
        terminal_business_date=status.terminal_business_date,
        screen=status.screen,
        phase=status.phase,
        sequence=status.sequence,
        operation_id=status.operation_id,
        journal_first=status.journal_first,
        journal_last=status.journal_last,
    )


def close_day(machine: Machine, day: str, now: datetime) -> DayClosed | str:
    """Close a terminal business day, or return why not. A closed one gives the same answer."""
    if day > machine.memory.business_date:
        return "not_that_day"
    if day == machine.memory.business_date:
        if machine.screen is not ScreenName.HOME:
            return "not_home"
        if machine.book.pending():
            return "pending"
        return roll_over(machine, now)
    return _closed(machine, day)


def roll_over(machine: Machine, now: datetime) -> DayClosed:
    """Close the open day whatever is under way; that books on the next, once it is concluded."""
    day = machine.memory.business_date
    after = date.fromisoformat(day) + timedelta(days=1)
    following = max(f"{after}", f"{now:%Y-%m-%d}")
    machine.keep(structs.replace(machine.memory, business_date=following))
    return _closed(machine, day)


def _closed(machine: Machine, day: str) -> DayClosed:
    return DayClosed(
        request=0,
        terminal_business_date=day,
        next_business_date=machine.memory.business_date,
        totals=machine.book.totals(day),
    )


def _refuse_stranger(machine: Machine, message: LinkMessage) -> None:
    if isinstance(message, Start):
        machine.connected = True
        _refuse(machine, message, "not_connected")
        machine.connected = False
    else:
        machine.out.append(Beep(reason="no Connect yet"))


def _on_connect(machine: Machine, connect: Connect, now: datetime) -> None:
    machine.connected = True
    if connect.version != PROTOCOL_VERSION:
        machine.send(ConnectRefused(reason="version", version=PROTOCOL_VERSION))
        machine.connected = False
        return
    machine.send(hello(machine, now))
    machine.send_results(now)


def _status(machine: Machine, request: int, now: datetime) -> Status:
    memory, book, work = machine.memory, machine.book, machine.open_work
    return Status(
        request=request,
        at=now,
        terminal_business_date=memory.business_date,
        screen=machine.shown,
        phase=machine.phase,
        sequence=machine.sequence,
        operation_id=machine.echo(work.operation_id) if work else None,
        journal_first=memory.dropped_number + 1 if len(book) else None,
        journal_last=_newest(machine),
        pending=len(book.pending()),
    )


def _newest(machine: Machine) -> int | None:
    return machine.memory.next_number - 1 or None


def _on_start(machine: Machine, start: Start, now: datetime) -> None:
    known = _known(machine, start.operation_id) if machine.abilities.echo else None
    pays = start.kind is Kind.PAYMENT
    row = TABLE.get((machine.screen, Happening.START if pays else Happening.START_REFUND))
    if known is not None:
        _start_again(machine, start, known, now)
    elif not 0 < len(start.operation_id) <= OPERATION_ID_MAX:
        _refuse(machine, start, "bad_id")
    elif not 0 < start.amount <= AMOUNT_MAX:
        _refuse(machine, start, "bad_amount")
    elif row is None:
        work = machine.open_work
        _refuse(machine, start, "not_home" if work is None or work.by_hand else "busy")
    elif machine.book.full() or len(machine.memory.not_stored) >= NOT_STORED_MAX:
        _refuse(machine, start, "journal_full")
    else:
        machine.send(
            Started(operation_id=start.operation_id, at=now, journal_last=_newest(machine))
        )
        step(machine, row, Given(now=now, start=start))


def _known(machine: Machine, operation_id: str) -> Work | KeptEntry | None:
    work = machine.open_work
    if work is not None and work.operation_id == operation_id:
        return work
    return machine.book.of_operation(operation_id)


def _start_again(machine: Machine, start: Start, known: Work | KeptEntry, now: datetime) -> None:
    """Answer an operation that was heard of before: it is never done twice.

    取消 or 返品 is chosen on the terminal, so that either may have become the other.
    """
    pays = known.kind is Kind.PAYMENT, start.kind is Kind.PAYMENT
    if known.amount != start.amount or pays[0] is not pays[1]:
        _refuse(machine, start, "content_differs")
        return
    last = known.number - 1 if known.number else machine.memory.next_number - 1
    machine.send(
        Started(operation_id=start.operation_id, at=now, journal_last=last or None, again=True)
    )
    if isinstance(known, KeptEntry) and known.state is not EntryState.PENDING:
        machine.send(machine.result(known))


def _refuse(machine: Machine, start: Start, reason: str) -> None:
    work = machine.open_work
    machine.send(
        StartRefused(
            operation_id=start.operation_id,
            reason=reason,
            screen=machine.shown,
            open_operation_id=machine.echo(work.operation_id) if work else None,
        )
    )


def _on_abort(machine: Machine, abort: Abort, now: datetime) -> None:
    if not machine.abilities.abort:
        machine.send(NotSupported(ability="abort"))
        return
    work, row = machine.open_work, TABLE.get((machine.screen, Happening.ABORT))
    asked = work is not None and not work.by_hand
    mine = work is not None and asked and abort.operation_id == work.operation_id
    entry = machine.book.of_operation(abort.operation_id) if machine.abilities.echo else None
    if asked and (mine or not machine.abilities.echo):
        answer = "taken" if row is not None else "already_read"
    elif entry is not None:
        answer = "already_read" if entry.state is EntryState.PENDING else "concluded"
    else:
        answer = "not_this"
    machine.send(AbortAnswer(operation_id=abort.operation_id, answer=answer))
    if answer == "taken" and row is not None:
        step(machine, row, Given(now=now))
    elif answer == "concluded" and entry is not None:
        machine.send(machine.result(entry))


def _on_stored(machine: Machine, stored: ResultStored) -> None:
    """Send it no more; an `incomplete` that was stored says nothing of what took its place."""
    memory, entry = machine.memory, machine.book.get(stored.number)
    if stored.number not in memory.not_stored or entry is None:
        return
    if stored.outcome not in {None, Outcome(entry.state)}:
        return
    rest = tuple(other for other in memory.not_stored if other != stored.number)
    machine.keep(structs.replace(memory, not_stored=rest), may_wait=True)
    if not rest:
        machine.results_at = None


def _on_ask_journal(machine: Machine, ask: AskJournal, now: datetime) -> None:
    echo = machine.abilities.echo
    if not machine.abilities.journal:
        machine.send(NotSupported(ability="journal", request=ask.request))
    elif ask.operation_id is not None and not echo:
        machine.send(NotSupported(ability="echo", request=ask.request))
    else:
        machine.send(machine.book.answer(ask, machine.memory, echo=echo, now=now))


def _on_ask_totals(machine: Machine, ask: AskDayTotals) -> None:
    # Without the journal ability too: totals are what a terminal prints at its close.
    day = ask.terminal_business_date
    pending = [e for e in machine.book.pending() if e.terminal_business_date == day]
    machine.send(
        DayTotals(
            request=ask.request,
            terminal_business_date=day,
            closed=day < machine.memory.business_date,
            complete=machine.book.holds_day(day, machine.memory),
            totals=machine.book.totals(day),
            pending=len(pending),
        )
    )


def _on_ask_merchant_number(machine: Machine, ask: AskMerchantNumber) -> None:
    if not machine.settings.tells_merchant_number:
        machine.send(NotSupported(ability="merchant_number", request=ask.request))
        return
    entry, mask = machine.book.get(ask.number), machine.merchant_numbers.get(ask.number)
    told = entry is not None and entry.state is EntryState.APPROVED and mask is not None
    shown = mask.shown if told and mask is not None else ""
    machine.send(MerchantNumber(request=ask.request, number=ask.number, mask=shown))


def _on_close_day(machine: Machine, close: CloseDay, now: datetime) -> None:
    answer = close_day(machine, close.terminal_business_date, now)
    if isinstance(answer, str):
        machine.send(
            CloseRefused(
                request=close.request,
                terminal_business_date=close.terminal_business_date,
                reason=answer,
            )
        )
    else:
        machine.send(structs.replace(answer, request=close.request))
