"""Keeps our copy of a terminal's journal: reads what is missing, looks again at what may change.

In the background, a page at a time, and never while the terminal works on something.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from contracts.operations import OperationConcluded, OperationKind
from terminal_gateway import decide_word, history
from terminal_gateway.desk import Desk
from terminal_gateway.errors import NoRoomError, NotSupportedError
from terminal_gateway.model import (
    OPEN,
    Book,
    Change,
    Happening,
    JournalQuery,
    Noted,
    NumberedEntry,
    Operation,
)
from terminal_gateway.ports import TerminalLink

EVERY_S: Final = 30.0
"""How old a copy may be said to be while its terminal is linked: one question to it, then."""

PAGE_PAUSE_S: Final = 0.05
"""Between pages, so that a payment waits for one at most."""

BUSY_LOOK_S: Final = 0.5
"""How soon after an operation the reading goes on."""

AGAIN_MAX: Final = 32
"""Entries asked about again in one round: more than a store's 処理未了 of a month."""

FRESH_S: Final = 0.4
"""A terminal in the same room tells what is new in milliseconds; an answer to a command is due
within `COMMAND_TIMEOUT_S`, and a reading that takes longer goes on behind it."""

_log = logging.getLogger(__name__)


async def freshen(desk: Desk) -> None:
    """Have what is new in the journal read before somebody is answered, if it can be read now.

    The reading itself is the session's: it is not cut off when nobody waits for it any more.
    """
    if desk.link is None or desk.busy_with is not None:
        return
    read = asyncio.get_running_loop().create_future()
    desk.copy_awaited.add(read)
    desk.copy_poke.set()
    try:
        async with asyncio.timeout(FRESH_S):
            await read
    except TimeoutError:
        _log.info("the journal of %s is not read in time", desk.entry.terminal)
    finally:
        desk.copy_awaited.discard(read)


async def read_whole(desk: Desk, link: TerminalLink) -> None:
    """Bring our copy up to date, and tell those who waited for it since before it began.

    Raises `LinkDownError`.
    """
    waiting = tuple(desk.copy_awaited)
    await bring_up_to_date(desk, link)
    for read in waiting:
        if not read.done():
            read.set_result(None)


async def bring_up_to_date(desk: Desk, link: TerminalLink) -> None:
    """Read what the copy lacks; tell what the journal says otherwise than we did.

    Raises `LinkDownError`.
    """
    desk.copy_poke.clear()
    await _until_free(desk)
    sight = await link.sight()
    await desk.heard(sight)
    if sight.at_work:
        return
    books, serial, newest = (
        desk.office.journal.history,
        link.greeted.serial,
        sight.journal_last or 0,
    )
    book = books.book(serial)
    begins_anew = book is not None and newest < book.complete_to
    if begins_anew:
        _log.error("%s counts from the beginning again: its copy begins anew", serial)
        books.begin(Book(serial=serial, began=sight.terminal_business_date or ""))
    try:
        if begins_anew:
            await books.note(())  # returns once what was there is forgotten on the disk, too
        if link.greeted.abilities.journal:
            await _read_missing(desk, link, newest)
            if desk.again:
                desk.again = False
                await _look_again(desk, link)
    except NotSupportedError:
        return
    except NoRoomError:
        _log.error("no room to copy the journal of %s", desk.entry.terminal)
        return
    _mark_complete(desk, serial, newest)


def follow(desk: Desk, serial: str, number: int) -> None:
    """A result came: with the next number in turn the copy is whole again, else it is filled."""
    books = desk.office.journal.history
    book = books.book(serial)
    if book is not None and book.complete_to == number - 1:
        books.complete(serial, number, desk.office.clock.now())
    elif book is not None and book.complete_to < number:
        desk.copy_poke.set()


async def tell_given_back(desk: Desk, voiding: Noted, seen: str | None = None) -> bool:
    """Tell that a payment of ours was given back by hand; whether it was. Under the desk's lock.

    Raises `NoRoomError`.
    """
    books, serial, line = desk.office.journal.history, voiding.serial, voiding.entry.line
    asked = voiding.operation_id is not None and desk.find(voiding.operation_id) is not None
    if line.voids is None or asked:
        return False
    number = books.number_of(serial, line.voids, None)
    paid = books.entry(serial, number) if number is not None else None
    if paid is None or not history.gives_back(voiding.entry, paid.entry):
        return False
    operation = desk.find(paid.operation_id) if paid.operation_id is not None else None
    if operation is None or operation.conclusion is None:
        return False
    said = decide_word.given_back(operation.conclusion, voiding, desk.office.clock.now())
    await desk.settle(operation, said, voiding)
    if seen is not None:
        await desk.office.keep(Change(seen=(seen,), noted=(voiding,)))
    return True


async def _until_free(desk: Desk) -> None:
    while desk.busy_with is not None:  # noqa: ASYNC110 - looked at seldom, and only meanwhile
        await asyncio.sleep(BUSY_LOOK_S)


async def _read_missing(desk: Desk, link: TerminalLink, newest: int) -> None:
    books, serial = desk.office.journal.history, link.greeted.serial
    book = books.book(serial)
    above, upto = book.complete_to if book is not None else 0, newest
    while (gap := books.missing(serial, above=above, upto=upto)) is not None:
        await _until_free(desk)
        answer = await link.journal(JournalQuery(before=gap + 1))
        above = max(above, answer.covers_first - 1)
        fresh = [entry for entry in answer.entries if entry.number > above]
        await _take(desk, serial, fresh)
        if not fresh or fresh[0].number != gap:
            if gap > above:
                return  # the terminal's own journal has a hole
            break
        upto = fresh[-1].number - 1
        await asyncio.sleep(PAGE_PAUSE_S)
    if book is not None and above > book.complete_to:
        books.complete(serial, above, desk.office.clock.now())


async def _look_again(desk: Desk, link: TerminalLink) -> None:
    books, serial = desk.office.journal.history, link.greeted.serial
    doubtful = tuple(desk.doubtful)
    for number in (*doubtful, *books.unsettled(serial, AGAIN_MAX)):
        await _until_free(desk)
        answer = await link.journal(JournalQuery(before=number + 1, limit=1))
        if answer.entries and answer.entries[0].number == number:
            await _take(desk, serial, answer.entries)
        desk.doubtful.discard(number)


async def _take(desk: Desk, serial: str, entries: Sequence[NumberedEntry]) -> None:
    """Copy entries, and tell where they say otherwise than we did. Raises `NoRoomError`."""
    noted = [
        Noted(serial=serial, entry=entry, operation_id=_claim(desk, serial, entry))
        for entry in entries
    ]
    if noted:
        await desk.office.journal.history.note(noted)
        desk.want_numbers(noted)
    for each in noted:
        if each.entry.line.state != history.PENDING:
            await _hold_against(desk, each)


def _claim(desk: Desk, serial: str, entry: NumberedEntry) -> str | None:
    if entry.line.operation_id is not None:
        return entry.line.operation_id  # also one that we do not know, or not yet: not another's
    kept = desk.office.journal.history.entry(serial, entry.number)
    return kept.operation_id if kept is not None else None


async def _hold_against(desk: Desk, noted: Noted) -> None:
    """Compare an entry with what we have told of its operation; what is open is not for us."""
    async with desk.lock:
        operation = desk.find(noted.operation_id) if noted.operation_id is not None else None
        if operation is None:
            await tell_given_back(desk, noted)
        elif operation.state not in OPEN and operation.intent.serial == noted.serial:
            said = _word_of(desk, operation, noted)
            if decide_word.happening_of(operation, said) is Happening.ENDED_OTHERWISE:
                _log.warning("the journal says otherwise: %s is %s", operation.id, said.outcome)
                await desk.settle(operation, said)


def _word_of(desk: Desk, operation: Operation, noted: Noted) -> OperationConcluded:
    books, entry = desk.office.journal.history, noted.entry
    later = (
        books.voids_of(noted.serial, entry.line.slip_number, entry.number)
        if entry.line.kind is OperationKind.PAYMENT
        else ()
    )
    by = history.given_back_by(entry, later)
    now = desk.office.clock.now()
    return decide_word.conclude_by_journal(operation, entry, now, given_back_by=by)


def _mark_complete(desk: Desk, serial: str, newest: int) -> None:
    books = desk.office.journal.history
    book = books.book(serial)
    above = book.complete_to if book is not None else 0
    if book is not None and books.missing(serial, above=above, upto=newest) is None:
        books.complete(serial, newest, desk.office.clock.now())
