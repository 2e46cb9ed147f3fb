"""A TCP cable with somebody's hand on it: it carries, it is cut (reset), or it is silent (held).

Both ends are told of a cut at once. Of silence nobody is told: what was sent stays in the buffers,
a new connection is taken and goes nowhere, and all of it arrives when the hand lets go.
"""

import asyncio
import os
import socket
import struct
from enum import Enum
from typing import Final, cast

HOST: Final = "127.0.0.1"

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends RST and forgets what was unsent."""


class Hand(Enum):
    """What is done to the cable."""

    OFF = "off"
    """It carries."""
    CUT = "cut"
    """What stood is reset, and so is whoever dials."""
    HOLD = "hold"
    """A black hole."""


class Cable:
    """`open` listens on `port`; whoever dials it is joined with `far`."""

    def __init__(self, far_port: int) -> None:
        self.port = 0
        self.hand = Hand.OFF
        self._far_port = far_port
        self._server: asyncio.Server | None = None
        self._near: set[_End] = set()
        self._dialling: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen, on a port of the kernel's choice."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _End(self), HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take it away."""
        self.lay(Hand.CUT)
        if self._server is not None:
            self._server.close()
        for task in self._dialling:
            task.cancel()

    def lay(self, hand: Hand) -> None:
        """Cut it, hold it, or let go."""
        self.hand = hand
        for end in tuple(self._near):
            if hand is Hand.CUT:
                end.reset()
            elif hand is Hand.HOLD:
                end.pause()
            else:
                end.resume()
                self._join(end)

    def arrived(self, end: "_End") -> None:
        """Somebody dialled."""
        self._near.add(end)
        if self.hand is Hand.CUT:
            end.reset()
            return
        end.pause()  # until there is somewhere to carry it
        self._join(end)

    def left(self, end: "_End") -> None:
        """The dialler's connection is gone."""
        self._near.discard(end)

    def _join(self, near: "_End") -> None:
        if self.hand is Hand.OFF and near.other is None and not near.joining:
            near.joining = True
            task = asyncio.create_task(self._dial(near))
            self._dialling.add(task)
            task.add_done_callback(self._dialling.discard)

    async def _dial(self, near: "_End") -> None:
        loop = asyncio.get_running_loop()
        try:
            # Joined before it is made: a server that speaks first is heard from its first byte.
            _, far = await loop.create_connection(
                lambda: _End(None, other=near), HOST, self._far_port
            )
        except OSError:
            near.reset()
            return
        near.other = far
        if near.gone or self.hand is Hand.CUT:
            near.reset()
            far.reset()
        elif self.hand is Hand.HOLD:
            near.pause()
        else:
            near.resume()


class _End(asyncio.Protocol):
    """One of the two connections that a cable is made of; `cable` is None at the far one."""

    def __init__(self, cable: Cable | None, other: "_End | None" = None) -> None:
        self.other = other
        self.joining = False
        self.gone = False
        self._cable = cable
        self._transport: asyncio.Transport | None = None
        self._held = False
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to carry once both ends stand."""
        self._transport = cast("asyncio.Transport", transport)  # TCP makes no other
        if self._cable is not None:
            self._cable.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Carry it over."""
        if self.other is not None:
            self.other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Do to the other end what was done to this one: a reset is a reset there, too."""
        self.gone = True
        self._transport = None
        if self._cable is not None:
            self._cable.left(self)
        if self.other is not None:
            self.other.end(reset=exc is not None)

    def pause_writing(self) -> None:
        """Read no more for an end that does not take it."""
        if self.other is not None:
            self.other.wait_for_room(full=True)

    def resume_writing(self) -> None:
        """Go on reading for it."""
        if self.other is not None:
            self.other.wait_for_room(full=False)

    # --- what is asked of it ---

    def write(self, data: bytes) -> None:
        """Send what the other end read."""
        if self._transport is not None:
            self._transport.write(data)

    def pause(self) -> None:
        """Carry nothing, in either way."""
        for end in (self, self.other):
            if end is not None:
                end.hold(held=True)

    def resume(self) -> None:
        """Carry again, if there is somewhere to carry it."""
        if self.other is not None:
            self.hold(held=False)
            self.other.hold(held=False)

    def reset(self) -> None:
        """End both with RST."""
        for end in (self, self.other):
            if end is not None:
                end.end(reset=True)

    def hold(self, *, held: bool) -> None:
        """Read nothing from this end, or read again."""
        self._held = held
        self._read_or_not()

    def wait_for_room(self, *, full: bool) -> None:
        """Read nothing while the other end is full."""
        self._full = full
        self._read_or_not()

    def end(self, *, reset: bool) -> None:
        """Close it, by RST or after what is still to be sent."""
        transport = self._transport
        if transport is None or (transport.is_closing() and not reset):
            return
        if not reset:
            transport.close()
            return
        if not transport.is_closing():
            with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as plain:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def _read_or_not(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._held or self._full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
