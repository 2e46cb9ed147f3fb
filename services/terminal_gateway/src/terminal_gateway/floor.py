"""The store's terminals as the configuration has them now; a new version is applied live, whole."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from contracts.envelope import encode
from contracts.identifiers import TerminalCode
from contracts.operations import TerminalSeen
from contracts.stores import StoreConfiguration, TerminalEntry
from terminal_gateway import resolver
from terminal_gateway.desk import Desk
from terminal_gateway.errors import NoRoomError
from terminal_gateway.model import Operation
from terminal_gateway.office import Office
from terminal_gateway.ports import Dialer
from terminal_gateway.session import Session

Spawn = Callable[[Coroutine[Any, Any, Any], str], object]
"""Runs something in the background; whoever gives it notices when it crashes."""

_log = logging.getLogger(__name__)


class Floor:
    """Desks by terminal. One that left the configuration stays until its operation has ended."""

    def __init__(self, office: Office, dialer: Dialer, spawn: Spawn) -> None:
        self._office = office
        self._dialer = dialer
        self._spawn = spawn
        self._desks: dict[TerminalCode, Desk] = {}
        self._sessions: dict[TerminalCode, Session] = {}
        self._applying = asyncio.Lock()
        self._left_open: dict[TerminalCode, list[Operation]] = {}
        self.configuration: StoreConfiguration | None = None
        self.known = asyncio.Event()
        """Set once a configuration is in force."""
        self._dialling = asyncio.Event()

    async def open(self, *, dial: bool = True) -> None:
        """Begin with what the disk has: open operations, and the configuration if there is one.

        Without `dial` no terminal is called before `dial` is.
        """
        if dial:
            self.dial()
        standing = self._office.journal.standing()
        for operation in standing.open_operations:
            self._left_open.setdefault(operation.intent.terminal, []).append(operation)
        if standing.configuration is not None:
            try:
                kept = msgspec.json.decode(standing.configuration, type=StoreConfiguration)
            except msgspec.MsgspecError as error:
                # Of a later version than ours, or damaged: the centre has it in any case.
                _log.error("the configuration on the disk cannot be read: %s", error)
                return
            await self._put_in_force(kept)

    def dial(self) -> None:
        """Call the terminals from now on, and ask about what was open."""
        self._dialling.set()

    def desk(self, terminal: TerminalCode) -> Desk | None:
        """Return a terminal's desk."""
        return self._desks.get(terminal)

    def seen(self) -> tuple[TerminalSeen, ...]:
        """Return the terminals' lines in a heartbeat."""
        return tuple(_seen(desk) for desk in self._desks.values())

    def desks(self) -> tuple[Desk, ...]:
        """Return all desks."""
        return tuple(self._desks.values())

    def let_go(self) -> None:
        """This gateway was replaced: leave the terminals to its successor."""
        for session in self._sessions.values():
            session.let_go()

    async def show_all(self) -> None:
        """Tell every terminal's glass as it is now."""
        for desk in self.desks():
            await desk.show_again()

    async def apply(self, document: StoreConfiguration) -> None:
        """Put a newer version in force, once it is on disk; an older one is ignored."""
        async with self._applying:
            now = self.configuration
            office = self._office
            if (document.company, document.store) != (office.company, office.store):
                _log.error("a configuration of another store came: refused")
                return
            if now is not None and document.version <= now.version:
                return
            try:
                await office.journal.keep_configuration(encode(document))
            except NoRoomError:
                # It still counts: the centre has it, and will say so again at the next start.
                _log.error("no room to keep the configuration")
            await self._put_in_force(document)
            _log.info("configuration %d is in force", document.version)

    async def _put_in_force(self, document: StoreConfiguration) -> None:
        entries = {entry.terminal: entry for entry in document.terminals}
        for code, desk in self._desks.items():
            entry = entries.get(code)
            if entry is None:
                desk.entry = msgspec.structs.replace(desk.entry, paired_register=None)
                self._sessions[code].retire()
            else:
                self._change(desk, entry)
        for code, entry in entries.items():
            if code not in self._desks:
                self._add(entry)
        for code, operations in self._left_open.items():
            _log.warning("%d operations are open on %s, which is gone", len(operations), code)
        self.configuration = document
        self.known.set()

    def _change(self, desk: Desk, entry: TerminalEntry) -> None:
        session = self._sessions[entry.terminal]
        moved = (entry.host, entry.port, entry.serial) != (
            desk.entry.host,
            desk.entry.port,
            desk.entry.serial,
        )
        desk.entry = entry
        if moved:
            session.move()
        session.stay()

    def _add(self, entry: TerminalEntry) -> None:
        left = tuple(self._left_open.pop(entry.terminal, ()))
        desk = Desk(entry, self._office, left)
        session = Session(desk, self._dialer)
        self._desks[entry.terminal] = desk
        self._sessions[entry.terminal] = session
        self._spawn(self._run(desk, session), f"terminal {entry.terminal}")

    async def _run(self, desk: Desk, session: Session) -> None:
        await self._dialling.wait()
        async with desk.lock:
            await desk.lose_sight("restart")
        await session.run()
        code = desk.entry.terminal
        if self._sessions.get(code) is session:
            del self._sessions[code]
            del self._desks[code]
            _log.info("terminal %s is let go", code)


def _seen(desk: Desk) -> TerminalSeen:
    busy_with = desk.busy_with
    return TerminalSeen(
        terminal=desk.entry.terminal,
        link=desk.link_word,
        screen=desk.sight.screen.name if desk.sight is not None else "",
        operation_id=busy_with.id if busy_with is not None else None,
        in_doubt=sum(resolver.wants_finding_out(one) for one in desk.open.values()),
    )
