"""The TCP side of one receipt printer: raw bytes on a port, one connection at a time."""

import asyncio
import logging
import os
import socket
import struct
from collections import deque
from typing import Final, Protocol, cast

WAITING_MAX: Final = 4
"""A real one serves one host and lets a few wait for its end; more are turned away."""

WRITE_MAX: Final = 64 * 1024
"""Unsent answers towards a host that does not read; then it counts as gone."""

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST and forgets what was unsent, as a torn cable does."""

_log = logging.getLogger(__name__)


class Ends(Protocol):
    """The printer behind the plug."""

    def connected(self) -> None:
        """A host is connected, or is gone again."""
        ...

    def received(self, data: bytes) -> None:
        """Bytes from the host."""
        ...

    @property
    def full(self) -> bool:
        """Whether it takes no more for now."""
        ...


class _Session(asyncio.Protocol):
    """One connection. What it sends before its turn stays in the network, but for the beginning."""

    def __init__(self, plug: "PrinterPlug") -> None:
        self._plug = plug
        self._paused = False
        self.early = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for its turn."""
        self.transport = cast("asyncio.Transport", transport)  # a TCP server makes no other
        self._plug.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._plug.heard(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the next one have its turn."""
        del exc
        self.transport = None
        self._plug.ended(self)

    def hear(self, *, allowed: bool) -> None:
        """Read on, or leave it to the network to keep what comes."""
        if self.transport is None or self.transport.is_closing() or allowed is not self._paused:
            return
        if allowed:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()
        self._paused = not allowed

    def reset(self) -> None:
        """End it as a torn cable does: RST, nothing said."""
        transport = self.transport
        if transport is None:
            return
        if not transport.is_closing():
            with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as plain:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()


class PrinterPlug:
    """Where a printer's network cable goes in."""

    def __init__(self, ends: Ends, host: str, port: int) -> None:
        self._ends = ends
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._current: _Session | None = None
        self._waiting: deque[_Session] = deque()
        self._bytes_left: int | None = None

    @property
    def address(self) -> str:
        """Where the store's box dials."""
        return f"{self._host}:{self._port}"

    @property
    def connected(self) -> bool:
        """Whether a host is on the line."""
        return self._current is not None

    async def open(self) -> None:
        """Listen; once a free port was taken it stays the printer's own."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self), self._host, self._port, reuse_address=True
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and reset who is connected, at once."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._drop_all()

    def break_after(self, count: int | None) -> None:
        """Let the cable break after so many more bytes (0: at once), until None mends it."""
        self._bytes_left = count
        if count == 0:
            self._drop_all()

    def send(self, data: bytes) -> None:
        """Send to the host; nothing happens when none is connected."""
        session = self._current
        if session is None or session.transport is None or self._bytes_left == 0:
            return
        session.transport.write(data)
        if session.transport.get_write_buffer_size() > WRITE_MAX:
            session.reset()

    def listen_on(self) -> None:
        """Look again whether the printer takes more."""
        if self._current is not None:
            self._current.hear(allowed=not self._ends.full)

    def arrived(self, session: _Session) -> None:
        """Serve it, or let it wait for the end of the one that is served."""
        if self._bytes_left == 0 or len(self._waiting) >= WAITING_MAX:
            session.reset()
            return
        self._waiting.append(session)
        self._next()

    def heard(self, session: _Session, data: bytes) -> None:
        """Hand it to the printer, unless the cable breaks on the way."""
        if session is not self._current:
            session.early += data
            session.hear(allowed=False)
            return
        breaks = self._bytes_left is not None and len(data) >= self._bytes_left
        if self._bytes_left is not None:
            data = data[: self._bytes_left]
            self._bytes_left -= len(data)
        if data:
            self._ends.received(data)
        if breaks:
            self._drop_all()
        else:
            self.listen_on()

    def ended(self, session: _Session) -> None:
        """Forget it; who waited for that is next."""
        if session in self._waiting:
            self._waiting.remove(session)
        if session is self._current:
            self._current = None
            self._ends.connected()
            self._next()

    def _next(self) -> None:
        if self._current is None and self._waiting and self._server is not None:
            self._current = current = self._waiting.popleft()
            self._ends.connected()
            early, current.early = current.early, b""
            if early:
                self.heard(current, early)
            self.listen_on()

    def _drop_all(self) -> None:
        sessions = [*self._waiting, *([self._current] if self._current else [])]
        self._waiting.clear()
        for session in sessions:
            session.reset()
