"""決済履歴: a page of a terminal's journal, from the terminal itself, else from our copy."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from contracts.operations import JournalEntry, JournalPage, ReadJournal, Unreachable
from terminal_gateway.desk import Desk
from terminal_gateway.errors import LinkDownError, NotSupportedError
from terminal_gateway.history import given_back_by
from terminal_gateway.model import JournalQuery, NumberedEntry
from terminal_gateway.ports import History, TerminalLink

PAGE_MAX: Final = 100
"""Lines a register shows at once, at most."""

TERMINAL_S: Final = 0.5
"""A terminal in the same room answers in milliseconds; then the copy is shown, within
`COMMAND_TIMEOUT_S`."""


async def read_page(desk: Desk, command: ReadJournal) -> JournalPage | Unreachable:
    """Read the terminal's history, newest first."""
    link = desk.link
    if link is not None and link.greeted.abilities.journal:
        try:
            async with asyncio.timeout(TERMINAL_S):
                return await _from_terminal(desk, link, command)
        except (LinkDownError, NotSupportedError, TimeoutError):
            pass
    return _from_copy(desk, command)


async def _from_terminal(desk: Desk, link: TerminalLink, command: ReadJournal) -> JournalPage:
    history = desk.office.journal.history
    limit = max(1, min(command.limit, PAGE_MAX))
    serial = link.greeted.serial
    before: int | None = None
    if command.after is not None:
        before = _number_after(history, serial, command)
        if before is None:
            before = await _ask_number_after(link, command)
    query = JournalQuery(
        terminal_business_date=command.terminal_business_date,
        media=command.media,
        before=before,
        limit=limit,
    )
    answer = await link.journal(query)
    entries = list(answer.entries)
    while answer.more and answer.entries and len(entries) < limit:
        answer = await link.journal(replace(query, before=answer.entries[-1].number))
        entries.extend(answer.entries)
    more = answer.more or len(entries) > limit
    page = _page(history, serial, entries[:limit], more=more, read_at=desk.office.clock.now())
    return replace(page, source="terminal")


async def _ask_number_after(link: TerminalLink, command: ReadJournal) -> int | None:
    day = command.after_business_date or command.terminal_business_date
    query = JournalQuery(slip_number=command.after, terminal_business_date=day, limit=1)
    found = await link.journal(query)
    return found.entries[0].number if found.entries else None


def _from_copy(desk: Desk, command: ReadJournal) -> JournalPage | Unreachable:
    history, serial = desk.office.journal.history, desk.entry.serial
    book = history.book(serial)
    if book is None:
        return Unreachable()
    limit = max(1, min(command.limit, PAGE_MAX))
    entries = history.page(
        serial,
        day=command.terminal_business_date,
        media=command.media,
        before=_number_after(history, serial, command),
        limit=limit + 1,
    )
    at = book.complete_at
    read_at = at if at is not None else desk.office.clock.now()
    page = _page(history, serial, entries[:limit], more=len(entries) > limit, read_at=read_at)
    return replace(page, complete=at is not None)


def _number_after(history: History, serial: str, command: ReadJournal) -> int | None:
    if command.after is None:
        return None
    day = command.after_business_date or command.terminal_business_date
    return history.number_of(serial, command.after, day)


def _page(
    history: History, serial: str, shown: Sequence[NumberedEntry], *, more: bool, read_at: datetime
) -> JournalPage:
    last = shown[-1].line if more and shown else None
    return JournalPage(
        entries=tuple(_line(history, serial, entry, shown) for entry in shown),
        next=last.slip_number if last is not None else None,
        next_business_date=last.terminal_business_date if last is not None else None,
        source="copy",
        read_at=read_at,
    )


def _line(
    history: History, serial: str, entry: NumberedEntry, shown: Sequence[NumberedEntry]
) -> JournalEntry:
    later = (*history.voids_of(serial, entry.line.slip_number, entry.number), *shown)
    by = given_back_by(entry, later)
    return entry.line if by is None else replace(entry.line, voided_by=by.line.slip_number)
