"""One CT-6100: the production machine and link, a disk, its centre, and a customer before it."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ct6100.effects import (
    Beep,
    CallCentre,
    Froze,
    Keep,
    Kept,
    Memory,
    Output,
    Print,
    ScreenChanged,
    Send,
    WakeAt,
)
from ct6100.errors import Ct6100Error
from ct6100.protocol import Broken, Event, Link, Received
from ct6100.records import Abilities, EntryState, JournalEntry
from ct6100.stimuli import (
    CentreAnswered,
    LinkClosed,
    LinkOpened,
    MessageReceived,
    PowerOff,
    PowerOn,
    Stimulus,
    TimePassed,
)
from ct6100.terminal import Terminal, TerminalSettings
from simulated.story import Story
from simulated.virtual import VirtualClock, VirtualLoop, chance
from simulated.wire import Cable, Wire

GRACE_S: Final = 0.3
"""As the simulator's plug: a second connection waits this long for the first to end."""

IN_USE: Final = timedelta(days=7)

CENTRE_S: Final = (0.05, 1.5)
"""How long a centre thinks."""


class Centre:
    """The acquirer: what it books is what the customer pays. A number is decided once."""

    def __init__(self, rng: random.Random, story: Story) -> None:
        self.booked: dict[int, str] = {}
        self.amounts: dict[int, int] = {}
        self.trouble = True
        self._rng = rng
        self._story = story

    def call(self, question: CallCentre) -> str | None:
        """Return the outcome, or None when the question or its answer is lost on the way."""
        number = question.number
        if self.trouble and chance(self._rng, 0.06):
            self._story.count("centre: question lost")
            return None
        if number not in self.booked:
            self.booked[number] = "unknown" if question.inquiry else question.outcome
            self.amounts[number] = question.amount
        if self.trouble and chance(self._rng, 0.06):
            self._story.count("centre: answer lost")
            return None
        return self.booked[number]


class Device:
    """A terminal in a shop. Off until `switch_on`."""

    def __init__(
        self,
        code: str,
        serial: str,
        port: int,
        *,
        wire: Wire,
        loop: VirtualLoop,
        rng: random.Random,
        story: Story,
    ) -> None:
        self.code = code
        self.port = port
        self.centre = Centre(rng, story)
        self.on_charge: Callable[[JournalEntry], None] = lambda _: None
        self.on_screen: Callable[[], None] = lambda: None
        abilities = Abilities(abort=not chance(rng, 0.15), progress=not chance(rng, 0.15))
        for ability in ("abort", "progress"):
            if not getattr(abilities, ability):
                story.count(f"link without {ability}")
        self._settings = TerminalSettings(serial=serial, abilities=abilities)
        self.terminal = Terminal(self._settings)
        self._wire = wire
        self._loop = loop
        self._clock = VirtualClock(loop, ahead_s=rng.uniform(-40, 40))
        self._rng = rng
        self._story = story
        self._memory: Memory | None = None
        self._entries: dict[int, JournalEntry] = {}
        self._lazy: Memory | None = None
        self._socket: Socket | None = None
        self._waiting: Socket | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._life = 0
        self.dies_in: int | None = None
        """Effects until the power goes, when a fault is set on it."""
        self._install()

    def _install(self) -> None:
        """Somebody switched it on for the first time long ago: its journal reaches back so far."""
        for effect in self.terminal.handle(PowerOn(), self.now() - IN_USE):
            if isinstance(effect, Keep):
                self._keep(effect)
        self.terminal.handle(PowerOff(), self.now() - IN_USE)

    @property
    def on(self) -> bool:
        """Whether it has power."""
        return self.terminal.powered

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """The journal as it is on its disk."""
        return tuple(self._entries[number] for number in sorted(self._entries))

    def now(self) -> datetime:
        """Its own clock, which is not set very well."""
        return self._clock.now()

    def switch_on(self) -> None:
        """Power on, with what is on the disk."""
        if self.on:
            return
        self._life += 1
        memory = self._memory
        kept = None if memory is None else Kept(memory=memory, entries=self.entries)
        self.terminal = Terminal(self._settings, kept)
        self._story.tell(self.code, "power on")
        self.handle(PowerOn())
        self._wire.listen(self.port, self._accept)

    def switch_off(self) -> None:
        """The power goes: the connection is silent, what was not kept is gone."""
        if not self.on:
            return
        self._life += 1
        self._story.tell(self.code, "power off on screen {}", self.terminal.screen.name)
        self._story.count(f"power cut on {self.terminal.screen.name}")
        self.terminal.handle(PowerOff(), self.now())
        self.dies_in = None
        self._lazy = None
        if self._wake is not None:
            self._wake.cancel()
        self._wire.unlisten(self.port)
        for socket in (self._socket, self._waiting):
            if socket is not None:
                # A dead device says nothing; the box may hear a reset, or find out by silence.
                socket.drop(heard=chance(self._rng, 0.5))
        self._socket = self._waiting = None

    def handle(self, stimulus: Stimulus) -> None:
        """Let it happen."""
        life = self._life
        for effect in self.terminal.handle(stimulus, self.now()):
            if self.dies_in is not None:
                self.dies_in -= 1
                if self.dies_in < 0:
                    self._story.count("power cut between effects")
                    self.switch_off()
                    self._loop.call_later(self._rng.uniform(0.1, 3.0), self.switch_on)
            if life != self._life:
                return
            self._carry_out(effect)

    def _carry_out(self, effect: Output) -> None:
        match effect:
            case Keep():
                self._keep(effect)
            case Send():
                if self._socket is not None:
                    self._socket.send(effect)
            case CallCentre():
                self._call(effect)
            case WakeAt():
                self._set_alarm(effect.at)
            case ScreenChanged():
                self._story.tell(self.code, "shows {}", effect.screen.name)
                self._loop.call_soon(self.on_screen)
            case Froze():
                self._story.count("frozen")
                self._story.tell(self.code, "froze")
            case Print() | Beep():
                pass

    def _keep(self, keep: Keep) -> None:
        if keep.may_wait and keep.entry is None:
            self._lazy = keep.memory
            return
        self._memory, self._lazy = keep.memory, None
        for number in keep.dropped:
            self._entries.pop(number, None)
        if keep.entry is not None:
            before = self._entries.get(keep.entry.number)
            self._entries[keep.entry.number] = keep.entry
            self._story.tell(
                self.code,
                "journal {}: {} ¥{} {}",
                keep.entry.number,
                keep.entry.state,
                keep.entry.amount,
                keep.entry.operation_id,
            )
            approved = keep.entry.state is EntryState.APPROVED
            if approved and (before is None or before.state is not EntryState.APPROVED):
                self.on_charge(keep.entry)

    def _call(self, question: CallCentre) -> None:
        outcome = self.centre.call(question)
        self._story.tell(
            self.code,
            "asks its centre about {}{}: {}",
            question.number,
            " again" if question.inquiry else "",
            outcome,
        )
        if outcome is None:
            return
        answer = CentreAnswered(
            number=question.number,
            outcome=outcome,
            reason="G12" if outcome == "declined" else "",
            approval_code="000000",
            order_number=f"CODE-{question.number}" if question.media == "code" else None,
        )
        twice = 2 if self.centre.trouble and chance(self._rng, 0.05) else 1
        for _ in range(twice):
            self._loop.call_later(self._rng.uniform(*CENTRE_S), self._answered, answer, self._life)

    def _answered(self, answer: CentreAnswered, life: int) -> None:
        if life == self._life:
            self.handle(answer)

    def _set_alarm(self, at: datetime | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if at is not None:
            wait_s = max(0.0, (at - self.now()).total_seconds())
            self._wake = self._loop.call_later(wait_s + 0.001, self._ring)

    def _ring(self) -> None:
        self._wake = None
        self.handle(TimePassed())

    # --- its plug ---

    def _accept(self, cable: Cable) -> None:
        socket = Socket(self, cable, self._loop)
        cable.protocol = socket
        if self._socket is None:
            self._adopt(socket)
        elif self._waiting is not None:
            cable.close()
        else:
            self._waiting = socket
            self._loop.call_later(GRACE_S, self._refuse, socket)

    def _adopt(self, socket: "Socket") -> None:
        self._socket = socket
        self.handle(LinkOpened())
        socket.begin()

    def _refuse(self, socket: "Socket") -> None:
        if socket is self._waiting:
            self._waiting = None
            socket.cable.close()

    def lost(self, socket: "Socket") -> None:
        """A connection ended."""
        if socket is self._waiting:
            self._waiting = None
        if socket is self._socket:
            self._socket = None
            self.handle(LinkClosed())
            waiting, self._waiting = self._waiting, None
            if waiting is not None and self.on:
                self._adopt(waiting)

    def received(self, event: Received) -> None:
        """The link delivered a message."""
        self._story.tell(self.code, "hears {}", type(event.message).__name__)
        self.handle(MessageReceived(message=event.message))


class Socket(asyncio.Protocol):
    """One connection at the terminal's end: production `Link`, the cable and a timer."""

    def __init__(self, device: Device, cable: Cable, loop: VirtualLoop) -> None:
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
