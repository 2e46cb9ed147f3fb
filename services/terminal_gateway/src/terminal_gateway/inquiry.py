"""Finding out about operations that we lost sight of: carries out what `resolver` decides."""

import logging
from typing import Final

from msgspec.structs import replace

from contracts.operations import OperationConcluded
from terminal_gateway import decide_word, resolver
from terminal_gateway.desk import Desk
from terminal_gateway.errors import NoRoomError, NotSupportedError
from terminal_gateway.model import JournalAnswer, JournalQuery, NumberedEntry, Operation
from terminal_gateway.ports import TerminalLink

PAGES_MAX: Final = 64
"""Pages of a terminal's journal read for one question: more than a day of a busy terminal."""

_log = logging.getLogger(__name__)


async def ask_about_all(desk: Desk, link: TerminalLink) -> float | None:
    """Ask once about everything that wants it; return when to ask again, None for not at all.

    Raises `LinkDownError`.
    """
    pauses: list[float] = []
    for operation_id in tuple(desk.open):
        operation = desk.open.get(operation_id)
        if operation is None or not desk.wants_word(operation):
            continue
        if operation.intent.serial != link.greeted.serial:
            # This terminal's journal proves nothing about what another one was asked.
            _log.warning("%s was asked of %s, which is gone", operation.id, operation.intent.serial)
            await desk.park(operation.id, "another_terminal")
            continue
        if not await _ask_about(desk, link, operation):
            pauses.append(resolver.pause_s(operation.asked))
    return min(pauses, default=None)


async def _ask_about(  # noqa: C901 - one case a verdict
    desk: Desk, link: TerminalLink, operation: Operation
) -> bool:
    """Return whether nothing more is to be asked for now."""
    await desk.count_question(operation.id)
    findings = resolver.Findings()
    abilities = link.greeted.abilities
    while True:
        # While we waited for an answer its result may have come: it is looked up anew each time.
        current = desk.open.get(operation.id)
        if current is None:
            return True
        match resolver.judge(current, findings, abilities):
            case resolver.AskSight():
                sight = await link.sight()
                await desk.heard(sight)
                findings = resolver.Findings(sight=sight)
            case resolver.AskJournal(query, down_to):
                try:
                    answer = await read_down(link, query, down_to)
                except NotSupportedError:
                    abilities = replace(abilities, journal=False)
                else:
                    findings = replace(findings, answer=answer)
            case resolver.Running(phase):
                await desk.found_running(current.id, phase)
                return True
            case resolver.Found(entry):
                return await _conclude(desk, current, _by_journal(desk, current, entry))
            case resolver.Absent(note):
                return await _conclude(desk, current, _absent(desk, current, note))
            case resolver.Park(reason):
                _log.warning("nothing more to find out about %s here: %s", current.id, reason)
                await desk.park(current.id, reason)
                return True
            case resolver.Wait():
                return False


def _by_journal(desk: Desk, operation: Operation, entry: NumberedEntry) -> OperationConcluded:
    return decide_word.conclude_by_journal(operation, entry, desk.office.clock.now())


def _absent(desk: Desk, operation: Operation, note: str) -> OperationConcluded:
    return decide_word.conclude_not_performed(
        operation, source="journal", note=note, reason="", at=desk.office.clock.now()
    )


async def _conclude(desk: Desk, operation: Operation, said: OperationConcluded) -> bool:
    try:
        await desk.conclude(operation.id, said)
    except NoRoomError:
        _log.error("no room to conclude %s: asked again", operation.id)
        return False
    _log.info("found out: %s is %s", operation.id, said.outcome)
    return True


async def read_down(link: TerminalLink, query: JournalQuery, down_to: int) -> JournalAnswer:
    """Return all pages of a question, down to an entry number, as one answer; bounded."""
    answer = await link.journal(query)
    entries = list(answer.entries)
    for _ in range(PAGES_MAX):
        if not answer.more or not answer.entries or answer.entries[-1].number <= down_to:
            break
        answer = await link.journal(replace(query, before=answer.entries[-1].number))
        entries.extend(answer.entries)
    unread = answer.more and bool(entries) and entries[-1].number > down_to
    return replace(answer, entries=tuple(entries), more=unread)


async def read_back(desk: Desk, link: TerminalLink) -> None:
    """Fill a journal that was lost from the terminal's: what it ended is known here again.

    Once in a process is enough: what ends from now on is written here. Raises `LinkDownError`.
    """
    lost = desk.office.journal.standing().lost_at is not None
    if not lost or desk.read_back or not link.greeted.abilities.journal:
        return
    try:
        answer = await read_down(link, JournalQuery(), 0)
    except NotSupportedError:
        return
    ended = [entry for entry in answer.entries if entry.line.state != resolver.PENDING]
    try:
        known = await desk.remember(list(reversed(ended)))
    except NoRoomError:
        _log.error("no room to read %s back", desk.entry.terminal)
        return
    desk.read_back = True
    if known:
        _log.info("read back %d operations from %s", known, desk.entry.terminal)
