"""What a terminal says unasked: its screens, its results, its refusals.

A result is on our disk before the terminal hears so, also one that fits no intent.
"""

import logging
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from contracts.operations import OperationConcluded, Outcome, Phase
from terminal_gateway import decide, decide_word, history, resolver
from terminal_gateway.copying import follow, tell_given_back
from terminal_gateway.desk import Desk
from terminal_gateway.errors import LinkDownError, NoRoomError, NotSupportedError
from terminal_gateway.inquiry import read_down
from terminal_gateway.model import (
    AbortAnswered,
    Change,
    DayEnded,
    Ended,
    Greeted,
    Happening,
    JournalQuery,
    LinkEvent,
    Noted,
    NumberedEntry,
    Operation,
    Progressed,
    Shown,
    StartTurnedDown,
    State,
)
from terminal_gateway.ports import TerminalLink

_log = logging.getLogger(__name__)


async def hear(desk: Desk, link: TerminalLink, event: LinkEvent) -> None:
    """Take what the terminal said. Raises what ends the process: a journal that is broken."""
    match event:
        case Progressed():
            await _on_progress(desk, link, event)
        case Ended():
            await _on_ended(desk, link, event)
            desk.poke.set()
        case Shown():
            await _on_shown(desk, event)
        case StartTurnedDown():
            await _on_turned_down(desk, event)
            desk.poke.set()
        case AbortAnswered():
            _on_abort_answer(desk, event)
        case Greeted():
            desk.look(event.sight)
            async with desk.lock:
                desk.unpark()  # its link may be able to do more now
        case DayEnded():
            _on_day_ended(desk, event)


async def _on_progress(desk: Desk, link: TerminalLink, event: Progressed) -> None:
    before = desk.sight or link.greeted.sight
    now = desk.office.clock.now()
    sight = replace(
        before,
        screen=event.screen,
        phase=event.phase,
        operation_id=event.operation_id,
        sequence=event.sequence,
        terminal_at=_later(before.terminal_at, now - before.seen_at),
        seen_at=now,
    )
    async with desk.lock:
        desk.look(sight)
        operation = desk.on_glass(sight)
        if operation is not None and sight.phase is not None and sight.at_work:
            desk.keep_open(decide_word.sight_of(operation, sight.phase))
    if not sight.at_work:
        desk.poke.set()
    await desk.show(sight)


def _later(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:  # of a clock that nobody has set
        return at


async def _on_shown(desk: Desk, event: Shown) -> None:
    async with desk.lock:
        operation = desk.open.get(event.operation_id)
        if operation is not None and operation.state is State.SENT:
            shown = decide_word.sight_of(operation, Phase.AWAITING_CUSTOMER)
            if event.mark is not None:
                shown = replace(shown, intent=replace(shown.intent, mark=event.mark))
            desk.keep_open(shown)


async def _on_turned_down(desk: Desk, event: StartTurnedDown) -> None:
    async with desk.lock:
        operation = desk.open.get(event.operation_id)
        if operation is None:
            return
        if event.open_operation_id == event.operation_id or event.reason == "content_differs":
            await desk.lose_sight("start_refused")
            return
        await _settle_or_wait(
            desk,
            operation,
            decide_word.conclude_not_performed(
                operation,
                source="status",
                note=f"start refused on {event.screen.name}",
                reason=event.reason,
                at=desk.office.clock.now(),
            ),
        )


def _on_abort_answer(desk: Desk, event: AbortAnswered) -> None:
    for operation_id, answer in desk.abort_answers.items():
        if event.operation_id in {None, operation_id} and not answer.done():
            answer.set_result(event.answer)


def _on_day_ended(desk: Desk, event: DayEnded) -> None:
    if desk.sight is not None:
        desk.sight = replace(desk.sight, terminal_business_date=event.next_business_date)
    desk.look_again()
    desk.poke.set()


async def _on_ended(desk: Desk, link: TerminalLink, result: Ended) -> None:
    if _may_be_looked_for(desk, link, result):
        return  # not stored: it comes again, once the journal has told whose it is
    try:
        journal = await _beside(desk, link, result)
    except LinkDownError:
        return  # not stored: it comes again
    async with desk.lock:
        try:
            await _keep_result(desk, link, result, journal)
        except NoRoomError:
            _log.error("no room for a result: the terminal keeps it and sends it again")
            return
        if desk.sight is not None and result.number is not None:
            newest = max(result.number, desk.sight.journal_last or 0)
            desk.sight = replace(desk.sight, journal_last=newest)
            follow(desk, link.greeted.serial, result.number)
    try:
        link.stored(result)
    except LinkDownError:
        return  # it comes again, and is recognised


def _may_be_looked_for(desk: Desk, link: TerminalLink, result: Ended) -> bool:
    """Whether a result without an id may be of an operation that the journal is asked about.

    Told as foreign now, one charge would be on a sale and in a case that has it given back.
    """
    if not link.greeted.abilities.journal or result.operation_id is not None:
        return False
    if _operation_of(desk, link.greeted.serial, result) is not None:
        return False
    asked = (each for each in desk.open.values() if resolver.wants_finding_out(each))
    return any(
        each.intent.adopted
        or (
            history.may_answer(each.intent.kind, result.kind)
            and each.intent.amount == result.amount
        )
        for each in asked
    )


class _Beside(NamedTuple):
    """What the terminal's journal says beside its result; nothing on the straight way."""

    entry: NumberedEntry | None = None
    later: tuple[NumberedEntry, ...] = ()


async def _beside(desk: Desk, link: TerminalLink, result: Ended) -> _Beside:
    """Ask the journal where a result alone is not enough: it came late, or says otherwise.

    Raises `LinkDownError`.
    """
    number = result.number
    if number is None or not link.greeted.abilities.journal:
        return _Beside()
    wanted = _wanted_beside(desk, link, result, number)
    if wanted is None:
        return _Beside()
    try:
        answer = await read_down(link, JournalQuery(), number)
    except NotSupportedError:
        return _Beside()
    own = next((entry for entry in answer.entries if entry.number == number), None)
    later = tuple(entry for entry in answer.entries if entry.number > number)
    return _Beside(own if wanted is Happening.ENDED_OTHERWISE else None, later)


def _wanted_beside(desk: Desk, link: TerminalLink, result: Ended, number: int) -> Happening | None:
    """Return as what a result needs its journal entry beside it, or None: it speaks for itself."""
    operation = _operation_of(desk, link.greeted.serial, result)
    if operation is None:
        return None
    said = decide_word.conclude_by_result(operation, result, result.at)
    happening = decide_word.happening_of(operation, said)
    if happening is Happening.ENDED_OTHERWISE:
        return happening
    newest = desk.sight.journal_last if desk.sight is not None else None
    first_word_of_approval = operation.conclusion is None and said.outcome is Outcome.APPROVED
    return happening if first_word_of_approval and (newest or 0) > number else None


async def _keep_result(desk: Desk, link: TerminalLink, result: Ended, journal: _Beside) -> None:
    office = desk.office
    now = office.clock.now()
    serial = link.greeted.serial
    operation = _operation_of(desk, serial, result)
    if operation is not None:
        await _take_word(desk, operation, result, journal)
        return
    key = decide_word.repeat_key(result, serial)
    if office.journal.has_seen(key):
        return
    noted = history.noted(result, serial, None)
    if noted is not None and await tell_given_back(desk, noted, seen=key):
        return
    sight = desk.sight or link.greeted.sight
    draft = decide_word.foreign(
        result,
        terminal=desk.entry.terminal,
        serial=serial,
        at=now,
        ahead=sight.terminal_at - sight.seen_at,
        fact_id=office.ids.uuid(),
    )
    _log.warning("a result fits no intent: slip %s", result.slip_number)
    entries = () if noted is None else (noted,)
    await office.keep(Change(facts=(draft,), seen=(key,), noted=entries))


async def _take_word(desk: Desk, operation: Operation, result: Ended, journal: _Beside) -> None:
    now, serial = desk.office.clock.now(), operation.intent.serial
    noted = history.noted(result, serial, operation.id)
    entry = journal.entry
    if entry is not None and entry.line.state != history.PENDING:
        # Of two words on one operation the terminal's own record is the one that counts.
        noted = Noted(serial=serial, entry=entry, operation_id=operation.id)
        by = history.given_back_by(entry, journal.later)
        said = decide_word.conclude_by_journal(operation, entry, now, given_back_by=by)
    else:
        by = history.given_back_by(noted.entry, journal.later) if noted is not None else None
        said = decide_word.conclude_by_result(operation, result, now, given_back_by=by)
        intent = operation.intent
        asked = history.may_answer(intent.kind, result.kind) and intent.amount == result.amount
        if not (asked or intent.adopted) and result.number is not None:
            desk.doubtful.add(result.number)
            desk.look_again()
    await desk.settle(operation, said, noted)


def _operation_of(desk: Desk, serial: str, result: Ended) -> Operation | None:
    if result.operation_id is None:
        if result.number is not None:
            kept = desk.office.journal.history.entry(serial, result.number)
            if kept is not None and kept.operation_id is not None:
                return desk.find(kept.operation_id)
        live = [one for one in desk.open.values() if decide_word.belongs_to(result, one)]
        return live[0] if len(live) == 1 else None
    operation = desk.find(result.operation_id)
    if operation is not None:
        return operation if operation.intent.serial == serial else None
    if _is_anothers(desk, serial, result):
        return None
    lost_at = desk.office.journal.standing().lost_at
    if decide.may_have_been_lost(result.operation_id, lost_at, desk.office.clock.now()):
        return desk.adopted(result.operation_id)
    return None


def _is_anothers(desk: Desk, serial: str, result: Ended) -> bool:
    """Whether its entry is the word of an operation that we asked: no id that we lost, then."""
    if result.number is None:
        return False
    kept = desk.office.journal.history.entry(serial, result.number)
    holder = None if kept is None or kept.operation_id is None else desk.find(kept.operation_id)
    return holder is not None and not holder.intent.adopted


async def _settle_or_wait(desk: Desk, operation: Operation, said: OperationConcluded) -> None:
    try:
        await desk.settle(operation, said)
    except NoRoomError:
        _log.error("no room to conclude %s: it is asked about again", operation.id)
        await desk.lose_sight("no_room")
