"""One connection at a terminal's end: the production link, the cable and a timer."""

import asyncio
from typing import Protocol

from ct6100.effects import Send
from ct6100.errors import Ct6100Error
from ct6100.protocol import Broken, Event, Link, Received
from ct6100.terminal import Terminal
from simulated.virtual import VirtualLoop
from simulated.wire import Cable


class Owner(Protocol):
    """The device, as far as its plug knows it."""

    terminal: Terminal

    def lost(self, socket: "Socket") -> None:
        """A connection ended."""
        ...

    def received(self, event: Received) -> None:
        """The link delivered a message."""
        ...


class Socket(asyncio.Protocol):
    """One connection at the terminal's end: production `Link`, the cable and a timer."""

    def __init__(self, device: Owner, cable: Cable, loop: VirtualLoop) -> None:
        self.cable = cable
        self._device = device
        self._loop = loop
        self._link: Link | None = None
        self._early = b""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Become the terminal's link."""
        self._link = Link(self._loop.now)
        early, self._early = self._early, b""
        if early:
            self.data_received(early)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Feed the link."""
        if self._link is None:
            self._early += data
            return
        if self._device.terminal.frozen:
            return
        self._take(self._link.receive(data, self._loop.now))

    def connection_lost(self, exc: Exception | None) -> None:
        """The cable is out."""
        del exc
        if self._timer is not None:
            self._timer.cancel()
        self._device.lost(self)

    def send(self, effect: Send) -> None:
        """Send a message of the terminal."""
        if self._link is None:
            return
        try:
            self._link.send(effect.message, self._loop.now)
        except Ct6100Error:
            self.cable.close()
            return
        self._flush()

    def drop(self, *, heard: bool) -> None:
        """The device is dead."""
        if self._timer is not None:
            self._timer.cancel()
        if heard:
            self.cable.close()
        self.cable.end(heard=False)

    def _take(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Received():
                    self._device.received(event)
                case Broken():
                    self.cable.close()
                case _:
                    pass
        self._flush()

    def _flush(self) -> None:
        assert self._link is not None, "only an adopted connection speaks"
        out = self._link.outgoing()
        if out:
            self.cable.write(out)
        deadline = self._link.deadline()
        if deadline is None or self.cable.dead:
            return
        if self._timer is None or self._timer.when() > deadline or self._timer.cancelled():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._link is not None and not self.cable.dead and not self._device.terminal.frozen:
            self._take(self._link.on_deadline(self._loop.now))
