"""What a terminal says unasked: its screens, its results, its refusals.

A result is on our disk before the terminal hears so, also one that fits no intent.
"""

import logging

from msgspec.structs import replace

from contracts.operations import OperationConcluded, Phase
from terminal_gateway import decide, decide_word
from terminal_gateway.desk import Desk
from terminal_gateway.errors import LinkDownError, NoRoomError
from terminal_gateway.model import (
    AbortAnswered,
    Change,
    Ended,
    Greeted,
    LinkEvent,
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
            desk.poke.set()


async def _on_progress(desk: Desk, link: TerminalLink, event: Progressed) -> None:
    before = desk.sight or link.greeted.sight
    sight = replace(
        before,
        screen=event.screen,
        phase=event.phase,
        operation_id=event.operation_id,
        sequence=event.sequence,
        seen_at=desk.office.clock.now(),
    )
    async with desk.lock:
        desk.look(sight)
        operation = desk.on_glass(sight)
        if operation is not None and sight.phase is not None and sight.at_work:
            desk.keep_open(decide_word.sight_of(operation, sight.phase))
    if not sight.at_work:
        desk.poke.set()
    await desk.show(sight)


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


async def _on_ended(desk: Desk, link: TerminalLink, result: Ended) -> None:
    async with desk.lock:
        try:
            await _keep_result(desk, link, result)
        except NoRoomError:
            _log.error("no room for a result: the terminal keeps it and sends it again")
            return
        if desk.sight is not None and result.number is not None:
            newest = max(result.number, desk.sight.journal_last or 0)
            desk.sight = replace(desk.sight, journal_last=newest)
    try:
        link.stored(result.receipt)
    except LinkDownError:
        return  # it comes again, and is recognised


async def _keep_result(desk: Desk, link: TerminalLink, result: Ended) -> None:
    office = desk.office
    now = office.clock.now()
    serial = link.greeted.serial
    operation = _operation_of(desk, serial, result)
    if operation is not None:
        await desk.settle(operation, decide_word.conclude_by_result(operation, result, now))
        return
    key = decide_word.repeat_key(result, serial)
    if office.journal.has_seen(key):
        return
    draft = decide_word.foreign(
        result,
        terminal=desk.entry.terminal,
        serial=serial,
        at=now,
        fact_id=office.ids.uuid(),
    )
    _log.warning("a result fits no intent: slip %s", result.slip_number)
    await office.keep(Change(facts=(draft,), seen=(key,)))


def _operation_of(desk: Desk, serial: str, result: Ended) -> Operation | None:
    if result.operation_id is None:
        live = [one for one in desk.open.values() if decide_word.belongs_to(result, one)]
        return live[0] if len(live) == 1 else None
    operation = desk.find(result.operation_id)
    if operation is not None:
        return operation if operation.intent.serial == serial else None
    lost_at = desk.office.journal.standing().lost_at
    if decide.may_have_been_lost(result.operation_id, lost_at, desk.office.clock.now()):
        return desk.adopted(result.operation_id)
    return None


async def _settle_or_wait(desk: Desk, operation: Operation, said: OperationConcluded) -> None:
    try:
        await desk.settle(operation, said)
    except NoRoomError:
        _log.error("no room to conclude %s: it is asked about again", operation.id)
        await desk.lose_sight("no_room")
