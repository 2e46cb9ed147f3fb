"""Asks a terminal for the merchant's masks of its e-money numbers, and seals them at once.

Off the way of every payment (docs/decisions/0510): only while the terminal works on nothing and
nothing of it is in doubt, one question at a time, and whatever goes wrong here ends nothing else.
"""

import asyncio
import logging
from itertools import islice
from typing import Final, NoReturn

from contracts.identifiers import OperationId, SerialNumber
from contracts.slips import NoMerchantNumber
from terminal_gateway import decide_number
from terminal_gateway.decide_number import EMONEY, NumberReply
from terminal_gateway.desk import Desk
from terminal_gateway.errors import (
    JournalBrokenError,
    LinkDownError,
    NotSupportedError,
    SideFileError,
    UnansweredError,
)
from terminal_gateway.ports import TerminalLink
from terminal_gateway.seals import Seals

LOOK_BACK: Final = 4_000
"""Entries looked through when a link comes up: more than a terminal's journal keeps."""

AT_ONCE: Final = 200
"""Of them in one go: a fraction of a millisecond on the loop that serves payments."""

FREE_LOOK_S: Final = 0.2
"""How soon after an operation the asking goes on, when it had to wait for one."""

AGAIN_S: Final = 30.0
"""After a file that took no write, or a question that was not answered."""

_log = logging.getLogger(__name__)


async def answer(desk: Desk, operation_id: OperationId) -> NumberReply:
    """Say what is kept of an operation's number. Raises `SideFileError`."""
    seals = desk.office.seals
    if seals is None:
        return NoMerchantNumber()
    kept = await seals.find(operation_id)
    return decide_number.answer(
        kept, desk.find(operation_id), serial=desk.entry.serial, copied=_copied(desk)
    )


async def seal_all(desk: Desk, link: TerminalLink, seals: Seals) -> NoReturn:
    """Ask for what is wanted, as long as the link is up. Raises `LinkDownError`."""
    while True:
        try:
            await _look_back(desk, link.greeted.serial)
            while True:
                desk.number_poke.clear()
                await _ask_for_all(desk, link, seals)
                await desk.number_poke.wait()
        except (LinkDownError, JournalBrokenError):
            raise
        except (SideFileError, UnansweredError) as error:
            _log.warning("merchant's numbers of %s must wait: %s", desk.entry.terminal, error)
        except Exception:  # noqa: BLE001 - a number on a copy must not end the link that is paid over
            _log.exception("merchant's numbers of %s must wait", desk.entry.terminal)
        await asyncio.sleep(AGAIN_S)


async def _look_back(desk: Desk, serial: SerialNumber) -> None:
    """Want what earlier lives of this process were not told, newest first."""
    history, before, left = desk.office.journal.history, None, LOOK_BACK
    while left > 0:
        found = history.approved(serial, EMONEY, before=before, limit=min(left, AT_ONCE))
        for number, operation_id in found:
            desk.numbers_wanted.setdefault(operation_id, number)
        if len(found) < AT_ONCE:
            return
        before, left = found[-1][0], left - len(found)
        await asyncio.sleep(0)


async def _ask_for_all(desk: Desk, link: TerminalLink, seals: Seals) -> None:
    while desk.numbers_wanted:
        some = tuple(islice(desk.numbers_wanted, AT_ONCE))
        lacking = await seals.lacking(some)
        for operation_id in some:
            number = desk.numbers_wanted.get(operation_id)
            if number is not None and operation_id in lacking:
                await _ask_for(desk, link, seals, operation_id, number)
            desk.numbers_wanted.pop(operation_id, None)


async def _ask_for(
    desk: Desk, link: TerminalLink, seals: Seals, operation_id: OperationId, number: int
) -> None:
    await _until_idle(desk)
    try:
        mask = await link.merchant_number(number)
    except NotSupportedError:
        mask = ""
    except UnansweredError:
        if not seals.missed(operation_id):
            raise
        mask = ""
    await seals.keep(operation_id, mask)


async def _until_idle(desk: Desk) -> None:
    while desk.busy_with is not None or (  # noqa: ASYNC110 - looked at seldom, only meanwhile
        desk.sight is not None and desk.sight.at_work
    ):
        await asyncio.sleep(FREE_LOOK_S)


def _copied(desk: Desk) -> bool:
    book = desk.office.journal.history.book(desk.entry.serial)
    newest = desk.sight.journal_last if desk.sight is not None else None
    return book is not None and desk.link is not None and book.complete_to >= (newest or 0)
