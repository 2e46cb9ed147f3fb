"""The TCP side of one terminal: a listener, one link at a time, its bytes and its timer."""

import asyncio
import logging
import os
import socket
import struct
from typing import Final, Protocol, cast

from ct6100.errors import Ct6100Error
from ct6100.messages import LinkMessage, Progress
from ct6100.protocol import Broken, Delivered, Event, Link, Lost, Received
from ct6100_simulator.tamper import Tamper
from ct6100_simulator.wire import TO_GATEWAY, TO_TERMINAL
from servicekit.clock import Clock

GRACE_S: Final = 0.3
"""A box that was killed and started again dials before its old connection's end was seen; a link
that is alive is still there after this, and the new one is refused."""

WRITE_MAX: Final = 256 * 1024
"""Unsent bytes towards a box that does not read: many full frames; then it counts as gone."""

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST and forgets what was unsent, as a power cut does."""

_log = logging.getLogger(__name__)


class Ends(Protocol):
    """The terminal behind the plug."""

    def link_opened(self) -> None:
        """A box is connected."""
        ...

    def link_closed(self) -> None:
        """It is gone, by whatever way."""
        ...

    def received(self, message: LinkMessage) -> None:
        """The box's message, once and in order."""
        ...

    def passed(self, way: str, data: bytes) -> None:
        """These bytes went over the wire."""
        ...


class _Session(asyncio.Protocol):
    """One connection. Candidate until the plug adopts it, then the link until it ends."""

    def __init__(self, plug: "Plug", clock: Clock) -> None:
        self._plug = plug
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self._link: Link | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self._early = bytearray()
        self._unacknowledged = 0
        self._newest: Progress | None = None
        self.split: int | None = None
        self.deaf = False
        self._tampers: tuple[Tamper, Tamper] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait to be adopted or refused."""
        self._transport = cast("asyncio.Transport", transport)  # a TCP server makes no other
        self._plug.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Feed the link; what comes before the adoption is kept until then."""
        if self.deaf:
            return
        if self._link is None:
            self._early += data
            if len(self._early) > WRITE_MAX:
                self.reset()
            return
        if self._tampers is not None:
            data = self._tampers[0].passed(data)
        self._plug.ends.passed(TO_TERMINAL, data)
        events = self._link.receive(data, self._clock.monotonic())
        self._report(events)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the plug; a power cut and a pulled cable look alike."""
        del exc
        if self._timer is not None:
            self._timer.cancel()
        if self._link is not None:
            self._link.connection_lost()
        self._transport = None
        self._plug.ended(self)

    def adopt(self) -> None:
        """Become the terminal's link."""
        self._link = Link(self._clock.monotonic())
        self._plug.ends.link_opened()
        early, self._early = bytes(self._early), bytearray()
        if early:
            self.data_received(early)
        self._arm()

    def send(self, message: LinkMessage) -> None:
        """Queue a message of the terminal. Of screens that wait for the line, the newest goes."""
        if self._link is None or self._transport is None or self.deaf:
            return
        if isinstance(message, Progress) and self._unacknowledged:
            self._newest = message
            return
        self._send_newest(self._link)
        self._queue(self._link, message)
        self._flush()

    def _send_newest(self, link: Link) -> None:
        if self._newest is not None:
            newest, self._newest = self._newest, None
            self._queue(link, newest)

    def _queue(self, link: Link, message: LinkMessage) -> None:
        try:
            link.send(message, self._clock.monotonic())
            self._unacknowledged += 1
        except Ct6100Error as error:
            _log.warning("the link drops: %s", error)
            self.reset()

    def nak_every(self, n: int | None) -> None:
        """Damage every n-th data frame, each way, from now on."""
        self._tampers = None if n is None else (Tamper(n), Tamper(n))

    def reset(self) -> None:
        """End it as a power cut does: RST, nothing said."""
        transport = self._transport
        if transport is None:
            return
        if not transport.is_closing():
            with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as plain:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def _report(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Received():
                    self._plug.ends.received(event.message)
                case Delivered() | Lost():
                    self._unacknowledged -= 1
                case Broken():
                    _log.info("link broken: %s", event.reason)
                    self.reset()
                case _:
                    pass
        if self._link is not None and not self._unacknowledged and not self._link.broken:
            self._send_newest(self._link)

    def _flush(self) -> None:
        transport, link = self._transport, self._link
        if transport is None or link is None:
            return
        out = link.outgoing()
        if not out:
            return
        if self._tampers is not None:
            out = self._tampers[1].passed(out)
        self._plug.ends.passed(TO_GATEWAY, out)
        if self.split is None:
            transport.write(out)
        else:
            for start in range(0, len(out), self.split):
                transport.write(out[start : start + self.split])
        if transport.get_write_buffer_size() > WRITE_MAX:
            self.reset()
        else:
            self._arm()

    def _arm(self) -> None:
        """Keep one timer; it is moved only when it would ring too late."""
        deadline = self._link.deadline() if self._link is not None else None
        if deadline is None or self._transport is None:
            return
        if self._timer is not None:
            if self._rings_at <= deadline:
                return
            self._timer.cancel()
        self._rings_at = deadline
        delay = max(0.0, deadline - self._clock.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._link is None or self.deaf:
            return
        self._report(self._link.on_deadline(self._clock.monotonic()))
        self._flush()
        self._arm()


class Plug:
    """Where a terminal's cable goes in. A second box is refused while the first is alive."""

    def __init__(self, ends: Ends, host: str, port: int, clock: Clock) -> None:
        self.ends = ends
        self._host = host
        self._port = port
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._current: _Session | None = None
        self._waiting: _Session | None = None
        self._split: int | None = None
        self._nak_every: int | None = None
        self._deaf = False

    @property
    def address(self) -> str:
        """Where the gateway dials."""
        return f"{self._host}:{self._port}"

    @property
    def connected(self) -> bool:
        """Whether a box is on the line."""
        return self._current is not None

    @property
    def listening(self) -> bool:
        """Whether a box can dial."""
        return self._server is not None

    async def open(self) -> None:
        """Listen; once a free port was taken it stays the terminal's own."""
        if self._server is not None:
            return
        self._deaf = False
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Session(self, self._clock), self._host, self._port, reuse_address=True
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and reset who is connected, at once."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()
        if self._waiting is not None:
            self._waiting.reset()
            self._waiting = None

    def drop(self) -> None:
        """Reset the link; the box may dial again."""
        if self._current is not None:
            self._current.reset()

    def send(self, message: LinkMessage) -> None:
        """Send to the box; nothing happens when none is connected."""
        if self._current is not None:
            self._current.send(message)

    def split(self, size: int | None) -> None:
        """Write in pieces of at most `size` bytes from now on (None: as it comes)."""
        self._split = size
        if self._current is not None:
            self._current.split = size

    def nak_every(self, n: int | None) -> None:
        """Damage every n-th data frame, each way, from now on (None: none)."""
        if n == self._nak_every:
            return
        self._nak_every = n
        if self._current is not None:
            self._current.nak_every(n)

    def freeze(self) -> None:
        """Stop hearing and speaking until it is closed, while TCP goes on: the device hangs."""
        self._deaf = True
        if self._current is not None:
            self._current.deaf = True

    def arrived(self, session: _Session) -> None:
        """Adopt it, or let it wait for the end of one that may be dead already."""
        if self._current is None:
            self._adopt(session)
        elif self._waiting is not None:
            session.reset()
        else:
            self._waiting = session
            asyncio.get_running_loop().call_later(GRACE_S, self._refuse, session)

    def ended(self, session: _Session) -> None:
        """Forget it; who waited for that is next."""
        if session is self._waiting:
            self._waiting = None
        if session is not self._current:
            return
        self._current = None
        self.ends.link_closed()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and self._server is not None:
            self._adopt(waiting)

    def _adopt(self, session: _Session) -> None:
        self._current = session
        session.split = self._split
        session.nak_every(self._nak_every)
        session.deaf = self._deaf
        session.adopt()

    def _refuse(self, session: _Session) -> None:
        if session is self._waiting:
            _log.info("a second box was refused: this terminal has its link")
            self._waiting = None
            session.reset()
