"""The life of one terminal's link: dial, greet, find out, listen, dial again.

The link is closed by us in front of a terminal that has just said that it is home, and only then
(docs/decisions/0509); a process that ends, and a link that fell silent, end it in any case.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from terminal_gateway import copying, hearing, inquiry, sealing
from terminal_gateway.desk import Desk
from terminal_gateway.errors import LinkDownError
from terminal_gateway.ports import Dialer, TerminalLink

DIAL_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Between tries; the last repeats. A terminal in the same room is found 2 s after it is switched
on at the latest, and a doubt is cleared within 5 s."""

DOUBT_PAUSE_S: Final = 0.5
"""While something is in doubt the cashier and the customer wait for the link."""

WRONG_SERIAL_S: Final = 2.0
"""Somebody swapped cables or addresses: worth a look as often as a terminal that is off."""

STEADY_S: Final = 5.0
"""A link that lived shorter was perhaps taken away by another box: no race for the terminal."""

LEFT: Final = "left"

LOOK_S: Final = 1.0
"""How often an open operation is checked for silence; nothing is done while none is open."""

_log = logging.getLogger(__name__)


class Session:
    """Keeps one desk linked to its terminal, as long as `run` runs."""

    def __init__(self, desk: Desk, dialer: Dialer) -> None:
        self._desk = desk
        self._dialer = dialer
        self._leaving = False
        self._letting_go = False
        self._linked_to = _place(desk)
        self._failed = 0

    def move(self) -> None:
        """The configuration names another address, perhaps: used when nothing is open."""
        self._failed = 0
        self._desk.poke.set()

    def retire(self) -> None:
        """The terminal is gone from the configuration: `run` ends when nothing is open."""
        self._leaving = True
        self._desk.poke.set()

    def let_go(self) -> None:
        """This gateway was replaced: its successor is to have the terminal, whatever is open."""
        self._letting_go = True
        self._desk.poke.set()

    def stay(self) -> None:
        """The terminal is in the configuration (again)."""
        self._leaving = False

    async def run(self) -> None:
        """Stay linked until retired, replaced or cancelled."""
        while not self._letting_go and not (self._leaving and self._desk.busy_with is None):
            self._linked_to = _place(self._desk)
            try:
                link = await self._dialer.dial(self._desk.entry.host, self._desk.entry.port)
            except LinkDownError as error:
                await self._away(error)
                continue
            if await self._is_meant(link):
                await self._be_linked(link)

    async def _be_linked(self, link: TerminalLink) -> None:
        clock = self._desk.office.clock
        _log.info("terminal %s is linked", self._desk.entry.terminal)
        reason, linked_at = "link_lost", clock.monotonic()
        try:
            reason = await self._serve(link)
        finally:
            link.drop()
            await asyncio.shield(self._desk.on_link_lost(link, reason))
        _log.info("terminal %s is not linked any more: %s", self._desk.entry.terminal, reason)
        if reason == LEFT or clock.monotonic() - linked_at >= STEADY_S:
            self._failed = 0
        else:
            await self._pause(self._next_pause_s())

    async def _away(self, error: LinkDownError) -> None:
        if self._failed == 0:
            _log.warning("terminal %s is away: %s", self._desk.entry.terminal, error.reason)
        await self._pause(self._next_pause_s())

    def _next_pause_s(self) -> float:
        self._failed += 1
        pause_s = DIAL_PAUSES_S[min(self._failed, len(DIAL_PAUSES_S)) - 1]
        return min(pause_s, DOUBT_PAUSE_S) if self._desk.open else pause_s

    async def _is_meant(self, link: TerminalLink) -> bool:
        """Whether this is the terminal of our configuration; another is left once it is home."""
        try:
            while link.greeted.serial != self._desk.entry.serial:
                self._refuse(link.greeted.serial)
                if link.greeted.sight.home:
                    link.drop()
                    await self._pause(WRONG_SERIAL_S)
                    return False
                await _let_it_talk(link)
                link.greeted = replace(link.greeted, sight=await link.sight())
        except LinkDownError:
            return False
        except BaseException:
            link.drop()
            raise
        host, port, _ = self._linked_to
        self._linked_to = (host, port, link.greeted.serial)  # configured meanwhile, perhaps
        return True

    def _refuse(self, serial: str) -> None:
        if self._desk.refused_serial != serial:
            _log.error(
                "terminal %s should be %s, but %s answered: refused",
                self._desk.entry.terminal,
                self._desk.entry.serial,
                serial,
            )
        self._desk.refused_serial = serial

    async def _pause(self, pause_s: float) -> None:
        self._desk.poke.clear()
        await _poked(self._desk.poke, pause_s)
        ending = self._leaving or self._letting_go
        if self._desk.poke.is_set() and self._linked_to == _place(self._desk) and not ending:
            await asyncio.sleep(pause_s)  # poked for something else

    async def _serve(self, link: TerminalLink) -> str:
        """Return why the link ended."""
        await self._desk.on_link_up(link)
        tasks = {
            asyncio.create_task(self._listen(link), name="listen"),
            asyncio.create_task(self._find_out(link), name="find out"),
            asyncio.create_task(self._copy(link), name="copy the journal"),
            asyncio.create_task(self._seal(link), name="seal merchant's numbers"),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, link: TerminalLink) -> str:
        while True:
            try:
                event = await link.next_event()
            except LinkDownError as error:
                return error.reason
            await hearing.hear(self._desk, link, event)

    async def _copy(self, link: TerminalLink) -> str:
        self._desk.look_again()
        try:
            while True:
                await copying.read_whole(self._desk, link)
                await _poked(self._desk.copy_poke, copying.EVERY_S)
        except LinkDownError as error:
            return error.reason

    async def _seal(self, link: TerminalLink) -> str:
        seals = self._desk.office.seals
        if seals is None:
            return await asyncio.get_running_loop().create_future()  # nothing ends the link here
        try:
            await sealing.seal_all(self._desk, link, seals)
        except LinkDownError as error:
            return error.reason

    async def _find_out(self, link: TerminalLink) -> str:
        desk = self._desk
        try:
            await inquiry.read_back(desk, link)
            while True:
                desk.poke.clear()
                pause = await inquiry.ask_about_all(desk, link)
                leaving = self._letting_go or self._may_leave()
                if leaving and await self._is_home(link):
                    return LEFT
                if pause is None:
                    pause = LOOK_S if desk.open or leaving else None
                await _poked(desk.poke, pause)
        except LinkDownError as error:
            return error.reason

    def _may_leave(self) -> bool:
        moved = self._linked_to != _place(self._desk)
        return (moved or self._leaving) and self._desk.busy_with is None

    async def _is_home(self, link: TerminalLink) -> bool:
        """Ask the terminal itself: what we last saw of its glass may be stale."""
        sight = await link.sight()
        await self._desk.heard(sight)
        return sight.home


def _place(desk: Desk) -> tuple[str, int, str]:
    """Which terminal is meant, and where it is."""
    return (desk.entry.host, desk.entry.port, desk.entry.serial)


async def _let_it_talk(link: TerminalLink) -> None:
    """Hear what a terminal says that is none of ours; nothing is stored, so it says it again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S):
            while True:
                await link.next_event()


async def _poked(poke: asyncio.Event, timeout_s: float | None) -> None:
    # Not `wait_for`: in Python 3.11 it forgets a cancellation that comes together with the poke.
    try:
        async with asyncio.timeout(timeout_s):
            await poke.wait()
    except TimeoutError:
        return
