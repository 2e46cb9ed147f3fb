"""Finding out about operations that we lost sight of: carries out what `resolver` decides."""

import logging
from typing import Final

from msgspec.structs import replace

from contracts.identifiers import BusinessDate
from contracts.operations import OperationConcluded
from terminal_gateway import day_log, decide_word, resolver
from terminal_gateway.desk import Desk
from terminal_gateway.errors import NoRoomError, NotSupportedError
from terminal_gateway.history import PENDING, may_answer
from terminal_gateway.model import (
    IN_SIGHT,
    Change,
    JournalAnswer,
    JournalQuery,
    Noted,
    NumberedEntry,
    Operation,
    State,
)
from terminal_gateway.ports import TerminalLink

PAGES_MAX: Final = 64
"""Pages of a terminal's journal read for one question: more than a day of a busy terminal."""

DAY_MAX: Final = 4096
"""Entries of one day that are looked at: a busy till's has a few hundred."""

WORDLESS_S: Final = 15.0
"""An operation in sight of which nothing was heard for so long is asked about."""

UNANSWERED_S: Final = 2.0
"""A start that was neither taken nor refused for so long is asked about."""

BLIND_S: Final = 1.0
"""A link that tells no progress is asked for the glass this often while an operation is open."""

DAY_LOG_SURE_S: Final = 6.5
"""Longer than a terminal takes to send each result that is not stored twice (every 3 s)."""

_log = logging.getLogger(__name__)


async def ask_about_all(desk: Desk, link: TerminalLink) -> float | None:
    """Ask once about everything that wants it; return when to ask again, None for not at all.

    Raises `LinkDownError`.
    """
    pauses: list[float] = []
    for operation_id in tuple(desk.open):
        operation = desk.open.get(operation_id)
        if operation is None or not _wants_word(desk, operation):
            continue
        if operation.intent.serial != link.greeted.serial:
            # This terminal's journal proves nothing about what another one was asked.
            _log.warning("%s was asked of %s, which is gone", operation.id, operation.intent.serial)
            await desk.park(operation.id, "another_terminal")
            continue
        if not await _ask_about(desk, link, operation):
            pauses.append(resolver.pause_s(operation.asked))
    pauses += await _ask_day_logs(desk, link)
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
        match verdict := resolver.judge(current, findings, abilities):
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
                    findings = replace(
                        findings,
                        answer=answer,
                        claimed=_claimed(desk, current, answer),
                        others_alike=_others_alike(desk, current),
                    )
            case resolver.AskLater(above):
                later = await _read_later(link, above)
                abilities = replace(abilities, journal=later is not None)
                findings = replace(findings, later=later)
            case resolver.Running(phase):
                await desk.found_running(current.id, phase)
                return True
            case resolver.Found():
                return await _conclude_found(desk, current, verdict)
            case resolver.Absent(note):
                return await _conclude(desk, current, _absent(desk, current, note))
            case resolver.Park(reason):
                _log.warning("nothing more to find out about %s here: %s", current.id, reason)
                sight = findings.sight
                home = sight is not None and sight.home
                day = sight.terminal_business_date if sight is not None and home else None
                await desk.park(current.id, reason, day)
                return True
            case resolver.Wait():
                return False


async def _read_later(link: TerminalLink, above: int) -> tuple[NumberedEntry, ...] | None:
    """Return what stands above an entry; None from a link that has just lost the ability."""
    try:
        return (await read_down(link, JournalQuery(), above + 1)).entries
    except NotSupportedError:
        return None


def _wants_word(desk: Desk, operation: Operation) -> bool:
    """Whether an operation is to be asked about now."""
    if operation.state is State.UNRESOLVED:
        return not operation.parked
    if operation.state not in IN_SIGHT or desk.link is None:
        return False
    silent_s = desk.office.clock.monotonic() - desk.word_at.get(operation.id, 0.0)
    if not desk.link.greeted.abilities.progress:
        return silent_s >= BLIND_S
    gone = desk.sight is not None and not desk.sight.at_work
    unanswered = operation.state is State.SENT
    return silent_s >= (UNANSWERED_S if gone or unanswered else WORDLESS_S)


def _others_alike(desk: Desk, operation: Operation) -> bool:
    """Whether another open operation would fit the same entry of the terminal."""
    intent = operation.intent
    return any(
        other.id != operation.id
        and other.intent.serial == intent.serial
        and (
            other.intent.adopted
            or (may_answer(other.intent.kind, intent.kind) and other.intent.amount == intent.amount)
        )
        for other in desk.open.values()
    )


def _claimed(desk: Desk, operation: Operation, answer: JournalAnswer) -> frozenset[int]:
    """Return which of these entries are the word of other operations of ours."""
    history, serial = desk.office.journal.history, operation.intent.serial
    kept = (history.entry(serial, entry.number) for entry in answer.entries)
    return frozenset(
        each.entry.number
        for each in kept
        if each is not None and each.operation_id not in {None, operation.id}
    )


async def _conclude_found(desk: Desk, operation: Operation, found: resolver.Found) -> bool:
    said = decide_word.conclude_by_journal(
        operation,
        found.entry,
        desk.office.clock.now(),
        by=found.by,
        given_back_by=found.given_back_by,
    )
    serial = operation.intent.serial
    noted = Noted(serial=serial, entry=found.entry, operation_id=operation.id)
    return await _conclude(desk, operation, said, noted)


def _absent(desk: Desk, operation: Operation, note: str) -> OperationConcluded:
    return decide_word.conclude_not_performed(
        operation, source="journal", note=note, reason="", at=desk.office.clock.now()
    )


async def _conclude(
    desk: Desk, operation: Operation, said: OperationConcluded, noted: Noted | None = None
) -> bool:
    try:
        await desk.conclude(operation.id, said, noted)
    except NoRoomError:
        _log.error("no room to conclude %s: asked again", operation.id)
        return False
    _log.info("found out: %s is %s", operation.id, said.outcome)
    return True


async def _ask_day_logs(desk: Desk, link: TerminalLink) -> list[float]:
    """Ask for the totals of days that are over about what only they can tell; return pauses."""
    today = desk.sight.terminal_business_date if desk.sight is not None else None
    pauses: list[float] = []
    for operation in tuple(desk.open.values()):
        days = day_log.days_of(operation, today)
        ours = operation.intent.serial == link.greeted.serial and not operation.intent.adopted
        unread = operation.parked.startswith(resolver.NO_JOURNAL)
        if not (days and ours and unread) or (operation.id, days[-1]) in desk.days_asked:
            continue
        try:
            pause = await _ask_day_log(desk, link, operation, days)
        except NotSupportedError:
            pause = None
        if pause is None:
            desk.days_asked.add((operation.id, days[-1]))
        else:
            pauses.append(pause)
    return pauses


def _foreign_alike(desk: Desk, operation: Operation, day: BusinessDate) -> bool:
    """Whether our copy has one that would fit and is nobody's, or more than can be looked at."""
    history, serial = desk.office.journal.history, operation.intent.serial
    kept = history.page(serial, day=day, media=None, before=None, limit=DAY_MAX)
    alike = (entry.number for entry in kept if day_log.is_alike(operation, entry))
    claims = (history.entry(serial, number) for number in alike)
    nobodys = any(claim is not None and claim.operation_id is None for claim in claims)
    return nobodys or len(kept) == DAY_MAX


async def _ask_day_log(
    desk: Desk, link: TerminalLink, operation: Operation, days: tuple[BusinessDate, ...]
) -> float | None:
    """Return when to ask again, None for not any more."""
    journal, serial, clock = desk.office.journal, operation.intent.serial, desk.office.clock
    lost_at = journal.standing().lost_at
    if not day_log.can_be_trusted(operation, journal.history.book(serial), lost_at):
        return None
    await desk.count_question(operation.id)
    theirs = {day: await link.day_log(day) for day in days}
    current = desk.open.get(operation.id)
    if current is None:
        return None
    ours = {day: journal.history.totals(serial, day) for day in days}
    finding = day_log.judge(
        current,
        theirs,
        ours,
        others_alike=_others_alike(desk, current),
        foreign_alike=any(_foreign_alike(desk, current, day) for day in days),
    )
    since = desk.taken_since.setdefault(current.id, clock.monotonic())
    match finding:
        case day_log.NotThere(note):
            said = decide_word.conclude_not_performed(
                current, source="day_log", note=note, reason="", at=clock.now()
            )
        case day_log.Taken():
            # What it has more may be the result of another that we have not heard yet.
            left_s = since + DAY_LOG_SURE_S - clock.monotonic()
            if left_s > 0:
                return left_s
            said = decide_word.conclude_by_day_log(current, finding, clock.now())
        case day_log.Unclear(reason):
            _log.warning("the day log does not tell about %s: %s", current.id, reason)
            await desk.park(current.id, f"{resolver.NO_JOURNAL}: {reason}")
            return None
    if not await _conclude(desk, current, said):
        return DAY_LOG_SURE_S
    desk.days_asked.clear()  # another doubt may be the only one left now
    desk.poke.set()
    return None


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


async def _remember(desk: Desk, entries: list[NumberedEntry]) -> int:
    """Keep what the terminal's journal says of operations that are not in ours; how many."""
    async with desk.lock:
        now = desk.office.clock.now()
        known = tuple(
            decide_word.read_back(entry, at=now, adopted=desk.adopted(operation_id))
            for entry in entries
            if (operation_id := entry.line.operation_id) is not None
            and desk.find(operation_id) is None
        )
        if known:
            await desk.office.keep(Change(operations=known))
        return len(known)


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
    ended = [entry for entry in answer.entries if entry.line.state != PENDING]
    try:
        known = await _remember(desk, list(reversed(ended)))
    except NoRoomError:
        _log.error("no room to read %s back", desk.entry.terminal)
        return
    desk.read_back = True
    if known:
        _log.info("read back %d operations from %s", known, desk.entry.terminal)
