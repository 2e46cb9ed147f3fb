"""The cable between a store's box and a terminal: TCP with its delays, cuts and silences."""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Final

from simulated.story import Story
from simulated.virtual import Process, VirtualLoop, chance, current_process

LATENCY_S: Final = (0.0005, 0.004)
"""Same room."""

SLOW_S: Final = (0.05, 1.6)
"""A retransmission or two; longer than the link's `ACK_TIMEOUT_S`, so that frames are doubled."""

HAIR_S: Final = 1e-5
"""Timers due at the same moment ring in any order; bytes must not."""

HANGS_S: Final = 30.0
"""A dial into a held cable ends only by the dialler's own patience."""


class Cable(asyncio.Transport):
    """One end of one connection. Bytes stay in order; a held cable delivers when it is let go."""

    def __init__(self, wire: "Wire", protocol: asyncio.Protocol, context: Context) -> None:
        super().__init__()
        self.wire = wire
        self.protocol = protocol
        self.context = context
        self.process: Process | None = None
        self.other: Cable | None = None
        self.dead = False
        self._last = 0.0

    def write(self, data: Any) -> None:
        """Send bytes; lost without a word once the other end is gone."""
        if self.dead or (self.process is not None and not self.process.alive):
            return
        for part in self.wire.split(bytes(data)):
            self._later(self._deliver, part)

    def _later(self, do: Callable[..., None], *values: Any) -> None:
        loop = self.wire.loop
        at = max(self._last + HAIR_S, loop.now + self.wire.delay())
        self._last = at
        loop.call_at(at, do, *values)

    def _deliver(self, part: bytes) -> None:
        other = self.other
        if other is None or other.dead:
            return
        if self.wire.held_until > self.wire.loop.now:
            self._last = max(self._last, self.wire.held_until) + HAIR_S
            self.wire.loop.call_at(self._last, self._deliver, part)
            return
        if other.process is not None and not other.process.alive:
            return
        other.context.run(other.protocol.data_received, part)

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.dead

    def close(self) -> None:
        """End it; the other end hears of it after the bytes that are on their way."""
        if not self.dead:
            self._later(self._tell_other)
            self.end()

    def abort(self) -> None:
        """The same, at once."""
        self.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is nothing to know."""
        del name
        return default

    def get_write_buffer_size(self) -> int:
        """Everything is written at once."""
        return 0

    def end(self, *, heard: bool = True) -> None:
        """This end is gone; its owner hears of it, unless it is gone too."""
        if self.dead:
            return
        self.dead = True
        if heard and (self.process is None or self.process.alive):
            self.wire.loop.call_soon(self._tell, context=self.context)

    def _tell(self) -> None:
        self.protocol.connection_lost(None)

    def _tell_other(self) -> None:
        if self.other is not None:
            self.other.end()


class Wire:
    """The cables of one store. Terminals listen, the box dials."""

    def __init__(self, loop: VirtualLoop, rng: random.Random, story: Story) -> None:
        self.loop = loop
        self.story = story
        self.trouble = True
        self.held_until = 0.0
        self._rng = rng
        self._listeners: dict[int, Callable[[Cable], None]] = {}
        self._open: list[Cable] = []

    def listen(self, port: int, accept: Callable[[Cable], None]) -> None:
        """Let connections to `port` arrive at `accept`, which sets the cable's protocol."""
        self._listeners[port] = accept

    def unlisten(self, port: int) -> None:
        """Nobody is there any more."""
        self._listeners.pop(port, None)

    async def connect(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Dial. Raises `ConnectionRefusedError` where nobody listens."""
        await asyncio.sleep(self.delay())
        if self.held_until > self.loop.now:
            await asyncio.sleep(HANGS_S)
        accept = self._listeners.get(port)
        if accept is None:
            raise ConnectionRefusedError(f"{host}:{port}")
        protocol = factory()
        near = Cable(self, protocol, copy_context())
        far = Cable(self, asyncio.Protocol(), Context())
        near.process = current_process()
        near.other, far.other = far, near
        self._open = [each for each in self._open if not each.dead]
        self._open += [near, far]
        protocol.connection_made(near)
        accept(far)
        return near, protocol

    def cut(self) -> None:
        """Pull the cable: every connection is reset at both ends."""
        for each in self._open:
            each.end()
        self._open.clear()

    def vanish(self, process: Process) -> None:
        """A process was killed: the kernel closes its sockets."""
        for each in self._open:
            if each.process is process:
                each.close()

    def hold(self, seconds: float) -> None:
        """Deliver nothing for a while, without closing anything."""
        self.held_until = self.loop.now + seconds

    def delay(self) -> float:
        """Return how long the next bytes take."""
        if self.trouble and chance(self._rng, 0.03):
            self.story.count("wire: slow")
            return self._rng.uniform(*SLOW_S)
        return self._rng.uniform(*LATENCY_S)

    def split(self, data: bytes) -> list[bytes]:
        """Return the segments in which it arrives, one of them perhaps damaged."""
        if not self.trouble or not chance(self._rng, 0.05):
            return [data]
        if chance(self._rng, 0.3):
            self.story.count("wire: damaged")
            at = self._rng.randrange(len(data))
            return [data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]]
        self.story.count("wire: split")
        at = self._rng.randrange(len(data))
        return [part for part in (data[:at], data[at:]) if part]
