"""A CT-6100 behind a real TCP port, in the test's own loop: a hand, a customer, a plug to pull."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from ct6100.effects import (
    CallCentre,
    Froze,
    Keep,
    KeepMerchantNumber,
    Kept,
    KeptEntry,
    Output,
    Send,
    WakeAt,
)
from ct6100.errors import LinkBrokenError
from ct6100.messages import LinkMessage, Result
from ct6100.protocol import Broken, Event, Link, Received
from ct6100.records import Abilities, Screen
from ct6100.stimuli import (
    AbilitiesSet,
    CentreAnswered,
    DigitsEntered,
    KeyPressed,
    LinkClosed,
    LinkOpened,
    MessageReceived,
    PowerOff,
    PowerOn,
    Presented,
    Stimulus,
    TimePassed,
)
from ct6100.terminal import Terminal, TerminalSettings
from servicekit.clock import SystemClock
from testkit.terminals import AMEX, JST, MERCHANT, TO_THE_READER, written

PATIENCE_S: Final = 20.0
"""How long a test waits for a screen; real ones come within milliseconds."""

Outgoing = Callable[[LinkMessage], list[LinkMessage]]
"""What really leaves the terminal for a message that it sends: a fault to order."""


def as_it_is(message: LinkMessage) -> list[LinkMessage]:
    """No fault."""
    return [message]


class TerminalServer:
    """Listens on 127.0.0.1, on the same port through its whole life; off until `power_on`.

    Its disk is a twin in memory; `disk` outlives power cuts. Its centre approves at once unless
    `centre` says otherwise (None: does not answer).
    """

    def __init__(self, settings: TerminalSettings = MERCHANT) -> None:
        self.settings = settings
        self.port = 0
        self.disk: Kept | None = None
        self.terminal = Terminal(settings)
        self.outgoing: Outgoing = as_it_is
        self.centre: str | None = "approved"
        self.card_shows: str | None = None
        """What an e-money that broke off shows of it at its next touch (None: nothing yet)."""
        self.calls: list[CallCentre] = []
        self.heard: list[LinkMessage] = []
        self.connections = 0
        self.deaf = False
        """While set, what arrives is held back; `hear` lets it in, a cut connection forgets it."""
        self.skew = timedelta()
        """How far its clock is ahead."""
        self.overheard = b""
        """What a deaf terminal had been sent when its connection ended."""
        self._clock = SystemClock()
        self._server: asyncio.Server | None = None
        self._plug: _Plug | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._happening: deque[Stimulus] = deque()

    # --- what a hand does ---

    async def power_on(self) -> None:
        """Switch it on, with what its disk holds."""
        self.terminal = Terminal(self.settings, self.disk)
        self.stimulate(PowerOn())
        await self.listen()

    async def listen(self) -> None:
        """Take connections (again)."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Plug(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def power_off(self) -> None:
        """Cut the power: nothing is said to anybody."""
        await self.unplug()
        self.stimulate(PowerOff())

    async def unplug(self) -> None:
        """Cut the network, not the power: no connection, no listener."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.drop()
        await asyncio.sleep(0)

    def drop(self) -> None:
        """Cut the connection that is there; a new one may come at once."""
        if self._plug is not None:
            self._plug.cut()

    def hear(self) -> None:
        """Stop being deaf, and take what was held back."""
        self.deaf = False
        if self._plug is not None:
            self._plug.catch_up()

    def say(self, message: LinkMessage) -> None:
        """Send something once more, or out of turn."""
        if self._plug is not None:
            self._plug.send(message)

    def garble(self, data: bytes) -> None:
        """Put bytes on the wire that the terminal never meant to send."""
        if self._plug is not None:
            self._plug.write(data)

    def press(self, *labels: str) -> None:
        """Tap keys."""
        for label in labels:
            self.stimulate(KeyPressed(label=label))

    def present(self, card: Presented = AMEX) -> None:
        """Hold a card to it."""
        self.stimulate(card)

    def answer(self, outcome: str = "approved") -> None:
        """Let the centre answer its last question."""
        self.stimulate(
            CentreAnswered(
                number=self.calls[-1].number,
                outcome=outcome,
                reason="G12" if outcome == "declined" else "",
                approval_code="000000",
                arc="Y1",
            )
        )

    def _show_what_became(self, number: int) -> None:
        if self.card_shows is not None:
            self.stimulate(
                CentreAnswered(number=number, outcome=self.card_shows, touched_again=True)
            )

    def set_abilities(self, abilities: Abilities) -> None:
        """Switch what its link can do."""
        self.stimulate(AbilitiesSet(abilities=abilities))

    async def pay(self) -> None:
        """Be the customer: wait for the amount, pay by card."""
        await self.until_screen("choose_media")
        self.press(*TO_THE_READER)
        self.present()

    def find_slip(self, slip_number: str = "00119", kind: str = "取消") -> None:
        """Type the slip of a card payment on the glass that asks for it, up to the card's read."""
        self.type(slip_number)
        self.press("セット", "一致", kind, "実行")

    async def give_back(self, slip_number: str = "00119", kind: str = "取消") -> None:
        """Be the cashier: wait for the register's refund, give a card payment back."""
        await self.until_screen("refund_media")
        self.press("クレジット", "確認")
        self.find_slip(slip_number, kind)
        self.present()

    async def give_back_by_hand(self, slip_number: str = "00119", amount: int = 165) -> None:
        """Give a card payment back from 業務, without the register."""
        await self.until_screen("home")
        self.press("業務", "クレジット")
        self.type(f"{amount}")
        self.press("確認")
        self.find_slip(slip_number)
        self.present()

    def type(self, digits: str) -> None:
        """Type on its number pad."""
        self.stimulate(DigitsEntered(digits=digits))

    async def until_screen(self, *names: str) -> Screen:
        """Wait until its glass shows one of these."""
        await self.until(lambda: self.terminal.screen.name in names, f"screen {names}")
        return self.terminal.screen

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something about the terminal is so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"waited in vain for {what}; the glass shows {self.terminal.screen.name}"
            ) from None

    # --- what is to be seen ---

    @property
    def linked(self) -> bool:
        """Whether a box is connected."""
        return self._plug is not None

    @property
    def entries(self) -> tuple[KeptEntry, ...]:
        """The journal as it is on its disk."""
        return () if self.disk is None else self.disk.entries

    def approved(self) -> list[KeptEntry]:
        """Return what it charged."""
        return [entry for entry in self.entries if entry.state == "approved"]

    def now(self) -> datetime:
        """Return its own clock."""
        return self._clock.now().astimezone(JST) + self.skew

    # --- inside ---

    def stimulate(self, stimulus: Stimulus) -> None:
        """Let something happen to it."""
        self._happening.append(stimulus)
        if len(self._happening) > 1:
            return  # it comes after the effects of what is happening now
        while self._happening:
            for effect in self.terminal.handle(self._happening[0], self.now()):
                self._carry_out(effect)
            self._happening.popleft()
        self._changed.set()

    def _carry_out(self, effect: Output) -> None:
        match effect:
            case Keep() | KeepMerchantNumber():
                self.disk = written(self.disk, effect)
            case Send():
                self._send(effect.message)
            case WakeAt():
                self._wake_at(effect.at)
            case CallCentre():
                self.calls.append(effect)
                if effect.touched_again:
                    self._show_what_became(effect.number)
                elif self.centre is not None:
                    self.answer("unknown" if effect.inquiry else self.centre)
            case Froze():
                self.drop()
            case _:
                pass

    def _send(self, message: LinkMessage) -> None:
        if self._plug is not None:
            for sent in self.outgoing(message):
                self._plug.send(sent)

    def _wake_at(self, at: datetime | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
        if at is not None:
            delay_s = max(0.0, (at - self.now()).total_seconds())
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(delay_s, self.stimulate, TimePassed())

    def opened(self, plug: "_Plug") -> None:
        """A box has connected; it takes the place of the one before."""
        before, self._plug = self._plug, plug
        self.connections += 1
        if before is not None:
            before.cut()
        self.stimulate(LinkOpened())

    def closed(self, plug: "_Plug") -> None:
        """A connection is gone."""
        if self._plug is plug:
            self._plug = None
            if self.terminal.powered:
                self.stimulate(LinkClosed())
        self._changed.set()

    def received(self, message: LinkMessage) -> None:
        """The box says something."""
        self.heard.append(message)
        self.stimulate(MessageReceived(message=message))


class _Plug(asyncio.Protocol):
    """The terminal's end of one connection."""

    def __init__(self, server: TerminalServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._link = Link(self._loop.time())
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.opened(self)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._server.deaf:
            self.catch_up()

    def catch_up(self) -> None:
        """Take the bytes that were held back."""
        data, self._held = bytes(self._held), bytearray()
        events = self._link.receive(data, self._loop.time())
        self._flush()
        self._take(events)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._server.deaf:
            self._server.overheard = bytes(self._held)
        self._link.connection_lost()
        if self._timer is not None:
            self._timer.cancel()
        self._server.closed(self)

    def send(self, message: LinkMessage) -> None:
        """Send a message, as long as the link stands."""
        try:
            self._link.send(message, self._loop.time())
        except LinkBrokenError:
            return
        self._flush()

    def write(self, data: bytes) -> None:
        """Write bytes past the link."""
        if self._transport is not None:
            self._transport.write(data)

    def cut(self) -> None:
        """End the connection with a reset."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Received):
                self._server.received(event.message)
            elif isinstance(event, Broken):
                self.cut()
        self._flush()

    def _flush(self) -> None:
        out = self._link.outgoing()
        if out and self._transport is not None:
            self._transport.write(out)
        deadline = self._link.deadline()
        if self._timer is not None:
            self._timer.cancel()
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._take(self._link.on_deadline(self._loop.time()))


def without_results(message: LinkMessage) -> list[LinkMessage]:
    """A fault to order: every result is lost on the way."""
    return [] if isinstance(message, Result) else [message]
