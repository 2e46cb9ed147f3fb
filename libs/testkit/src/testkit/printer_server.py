"""A receipt printer behind a real TCP port, in the test's own loop, by EPSON's ESC/POS reference.

Real-time commands are worked on arrival, everything else in turn, and only while it can print.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final, cast

from contracts.stores import PrinterEntry

PATIENCE_S: Final = 20.0

_REAL_TIME: Final = re.compile(
    rb"\x10\x04[\x01-\x04]|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08|\x10\x05[\x01\x02]"
)
_ASKED: Final = re.compile(rb"\x1d\(H\x06\x0000(....)|\x1dr\x01", re.DOTALL)


class PrinterServer:
    """Listens on 127.0.0.1, on the same port through its whole life; off until `power_on`."""

    def __init__(self, profile: str = "TM-T88V") -> None:
        self.port = 0
        self.profile = profile
        self.printed = b""
        """What came out, in order."""
        self.paper = True
        self.cover_closed = True
        self.silent = False
        """It answers nothing, whatever it is asked."""
        self.reads = True
        """Whether it takes bytes off the network at all."""
        self.runs_out_after: int | None = None
        """So many bytes come out, then the paper is used up."""
        self.connections = 0
        self.heard = b""
        self.cleared = 0
        """Bytes that were cleared from its buffer unprinted."""
        self.on_byte: Callable[[], None] = lambda: None
        """Called when the first byte of something to print came."""
        self._buffer: bytes = b""
        self._begun: bytes = b""
        self._server: asyncio.Server | None = None
        self._plugs: set[_Plug] = set()
        self._changed = asyncio.Event()

    def entry(self, printer: str = "P1", *, columns: int = 48) -> PrinterEntry:
        """Return its line in a store's configuration."""
        return PrinterEntry(
            printer=printer,
            host="127.0.0.1",
            port=self.port,
            profile=self.profile,
            columns=48 if columns == 48 else 32,  # noqa: PLR2004 - what fits on 80 and 58 mm
        )

    async def power_on(self) -> None:
        """Switch it on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Plug(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def power_off(self) -> None:
        """Switch it off."""
        self._buffer = self._begun = b""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut_cable()
        await asyncio.sleep(0)

    def cut_cable(self) -> None:
        """Break the connections that are there."""
        for plug in tuple(self._plugs):
            plug.cut()

    def put_paper_in(self) -> None:
        """A new roll: what waits in its buffer comes out."""
        self.paper, self.runs_out_after = True, None
        self._work()

    def close_cover(self) -> None:
        """What waits in its buffer comes out."""
        self.cover_closed = True
        self._work()

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something about it is so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}; {self.printed!r}") from None

    @property
    def left_alone(self) -> bool:
        """Whether nobody is connected."""
        return not self._plugs

    # --- what its plugs tell it ---

    def arrived(self, plug: "_Plug") -> None:
        """A host is connected."""
        self.connections += 1
        self._plugs.add(plug)
        plug.hear(allowed=self.reads)
        self._changed.set()

    def left(self, plug: "_Plug") -> None:
        """A host is gone."""
        self._plugs.discard(plug)
        self._changed.set()

    def received(self, data: bytes) -> None:
        """Take bytes: what is real-time at once, the rest in turn."""
        self.heard += data
        data, self._begun = self._begun + data, b""
        at = 0
        for found in _REAL_TIME.finditer(data):
            self._buffer += data[at : found.start()]
            at = found.end()
            self._at_once(found.group())
        rest = data[at:]
        cut = rest.rfind(b"\x10", -9)  # the rest of a real-time command may be on its way
        if cut >= 0:
            rest, self._begun = rest[:cut], rest[cut:]
        self._buffer += rest
        self._work()
        self._changed.set()

    # --- inside ---

    @property
    def _online(self) -> bool:
        return self.paper and self.cover_closed

    def _at_once(self, command: bytes) -> None:
        if command[1] == 0x04:  # noqa: PLR2004 - DLE EOT
            self._say(bytes((self._status(command[2]),)))
        elif command[1] == 0x14:  # noqa: PLR2004 - DLE DC4
            self.cleared += len(self._buffer)
            self._buffer = b""
            self._say(b"\x37\x25\x00")

    def _status(self, n: int) -> int:
        paper, closed = self.paper, self.cover_closed
        bits = {
            1: 0x16 | (0 if self._online else 0x08),
            2: 0x12 | (0 if closed else 0x04) | (0 if paper else 0x20),
            3: 0x12,
            4: 0x12 | (0 if paper else 0x6C),
        }
        return bits[n]

    def _work(self) -> None:
        while self._buffer and self._online:
            found = _ASKED.search(self._buffer)
            if found is not None and found.start() == 0:
                token = found.group(1)
                self._say(b"\x37\x22" + token + b"\x00" if token is not None else b"\x00")
                self._buffer = self._buffer[found.end() :]
                continue
            end = found.start() if found is not None else len(self._buffer)
            if found is None:  # a request may have come half
                cut = self._buffer.rfind(b"\x1d", -10)
                end = cut if cut >= 0 else end
            if self.runs_out_after is not None:
                end = min(end, self.runs_out_after - len(self.printed))
            if end <= 0:
                if self.runs_out_after is None or len(self.printed) < self.runs_out_after:
                    return
                self.paper = False
                continue
            self.on_byte()
            self.printed += self._buffer[:end]
            self._buffer = self._buffer[end:]

    def _say(self, data: bytes) -> None:
        if not self.silent:
            for plug in self._plugs:
                plug.say(data)


class _Plug(asyncio.Protocol):
    def __init__(self, printer: PrinterServer) -> None:
        self._printer = printer
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._printer.arrived(self)

    def data_received(self, data: bytes) -> None:
        self._printer.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._printer.left(self)

    def hear(self, *, allowed: bool) -> None:
        if not allowed and self._transport is not None:
            self._transport.pause_reading()

    def say(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
