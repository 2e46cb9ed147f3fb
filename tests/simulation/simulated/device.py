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
    KeepMerchantNumber,
    Kept,
    KeptEntry,
    Memory,
    Output,
    Print,
    ScreenChanged,
    Send,
    WakeAt,
)
from ct6100.machine import SLIP_NUMBER_MAX
from ct6100.messages import Journal, LinkMessage, Result, ResultStored
from ct6100.protocol import Received
from ct6100.records import Abilities, EntryState, Kind, MerchantMask
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
from simulated.centre import Centre
from simulated.lies import lied
from simulated.plug import Socket
from simulated.story import Story
from simulated.virtual import VirtualClock, VirtualLoop, chance
from simulated.wire import Cable, Wire

GRACE_S: Final = 0.3
"""As the simulator's plug: a second connection waits this long for the first to end."""

IN_USE: Final = timedelta(days=7)

LACKS: Final = {"abort": 0.1, "progress": 0.1, "journal": 0.06, "echo": 0.06}
"""How often a link cannot do one of them."""

CENTRE_S: Final = (0.05, 1.0)
"""How long a centre thinks."""


def _abilities(rng: random.Random, story: Story) -> Abilities:
    """Return what the link of a terminal can do: most can do everything."""
    lacking = {name: not chance(rng, probability) for name, probability in LACKS.items()}
    for name, there in lacking.items():
        if not there:
            story.count(f"link without {name}")
    return Abilities(**lacking)


def _unwatched(_device: "Device", _entry: KeptEntry) -> None:
    """Until somebody watches."""


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
        self.serial = serial
        self.port = port
        self.centre = Centre(rng, story)
        self.on_charge: Callable[[KeptEntry], None] = lambda _: None
        self.on_refund: Callable[[Device, KeptEntry], None] = _unwatched
        self.on_entry: Callable[[Device, KeptEntry], None] = _unwatched
        self.on_stored: Callable[[Device, KeptEntry], None] = _unwatched
        self.on_freeze: Callable[[Device], None] = lambda _: None
        self.on_screen: Callable[[], None] = lambda: None
        self.abilities = _abilities(rng, story)
        slip = rng.choice((119, 119, SLIP_NUMBER_MAX - rng.randint(0, 3)))
        self._settings = TerminalSettings(
            serial=serial, abilities=self.abilities, first_slip_number=slip
        )
        self.terminal = Terminal(self._settings)
        self._wire = wire
        self._loop = loop
        self._clock = VirtualClock(loop, ahead_s=rng.uniform(-40, 40))
        self._rng = rng
        self._story = story
        self._memory: Memory | None = None
        self._entries: dict[int, KeptEntry] = {}
        self._numbers: dict[str | None, int] = {}
        self._masks: dict[int, MerchantMask] = {}
        self._lazy: Memory | None = None
        self._socket: Socket | None = None
        self._waiting: Socket | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._life = 0
        self.dies_in: int | None = None
        """Effects until the power goes, when a fault is set on it."""
        self.lie: str | None = None
        """What it does with its next result, when a fault is set on it."""
        self.contradicted: set[str | None] = set()
        """Operations that it may have said two things about."""
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
    def entries(self) -> tuple[KeptEntry, ...]:
        """The journal as it is on its disk."""
        return tuple(self._entries[number] for number in sorted(self._entries))

    def entry_of(self, operation_id: str) -> KeptEntry | None:
        """Return what the journal on its disk says of an operation."""
        return self._entries.get(self._numbers.get(operation_id, 0))

    def paid_by(self, back: KeptEntry) -> KeptEntry | None:
        """Return the payment that a void or return gives back: slip numbers wrap."""
        paid = (
            entry
            for entry in reversed(self.entries)
            if entry.number < back.number
            and (entry.kind, entry.state) == (Kind.PAYMENT, EntryState.APPROVED)
            and entry.slip_number == back.voids
        )
        return next(paid, None)

    def given_back_by(self, paid: KeptEntry) -> KeptEntry | None:
        """Return the approved void or return of a payment."""
        for entry in self.entries:
            gives = entry.kind is not Kind.PAYMENT and entry.state is EntryState.APPROVED
            before = self.paid_by(entry) if gives else None
            if before is not None and before.number == paid.number:
                return entry
        return None

    @property
    def business_date(self) -> str:
        """The day on which it books."""
        return "" if self._memory is None else self._memory.business_date

    def set_clock(self, ahead_s: float) -> bool:
        """Let somebody set its clock; nobody can while it waits for something."""
        if self._wake is not None:
            return False
        self._clock.set(ahead_s)
        return True

    def now(self) -> datetime:
        """Its own clock, which is not set very well."""
        return self._clock.now()

    def switch_on(self) -> None:
        """Power on, with what is on the disk."""
        if self.on:
            return
        self._life += 1
        memory = self._memory
        kept = (
            None
            if memory is None
            else Kept(memory=memory, entries=self.entries, merchant_numbers=dict(self._masks))
        )
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
            case KeepMerchantNumber():
                self._masks[effect.number] = effect.mask
            case Send():
                self._send(effect)
            case CallCentre():
                self._call(effect)
            case WakeAt():
                self._set_alarm(effect.at)
            case ScreenChanged():
                self._story.tell(self.code, "shows {}", effect.screen.name)
                self._loop.call_soon(self.on_screen)
            case Froze():
                self._story.tell(self.code, "froze")
                self.on_freeze(self)
            case Print() | Beep():
                pass

    def _send(self, send: Send) -> None:
        spoken = [(0.0, send)] if self.lie is None else self._lied(self.lie, send.message)
        for after_s, each in spoken:
            if after_s:
                self._loop.call_later(after_s, self._speak_late, each, self._life)
            else:
                self._speak(each)

    def _lied(self, lie: str, message: LinkMessage) -> list[tuple[float, Send]]:
        """Return what is sent in the place of a message, and after how long each."""
        spoken = lied(lie, message, self._rng)
        if spoken is None:
            return [(0.0, Send(message=message))]
        self.lie = None
        if isinstance(message, Journal):
            self.contradicted.update(self._numbers)
        elif lie == "outcome" and isinstance(message, Result):
            self.contradicted.add(self._entries[message.number].operation_id)
        self._story.count(f"result {lie}")
        self._story.tell(self.code, "does not tell the truth: {}", lie)
        return [(after_s, Send(message=each)) for after_s, each in spoken]

    def _speak(self, send: Send) -> None:
        if self._socket is not None:
            self._socket.send(send)

    def _speak_late(self, send: Send, life: int) -> None:
        if life == self._life and self._socket is None:
            self._loop.call_later(1.0, self._speak_late, send, life)
        elif life == self._life:
            self._speak(send)

    def _keep(self, keep: Keep) -> None:
        if keep.may_wait and keep.entry is None:
            self._lazy = keep.memory
            return
        self._memory, self._lazy = keep.memory, None
        for number in keep.dropped:
            self._entries.pop(number, None)
            self._masks.pop(number, None)
        if keep.entry is not None:
            before = self._entries.get(keep.entry.number)
            self._entries[keep.entry.number] = keep.entry
            self._numbers[keep.entry.operation_id] = keep.entry.number
            self._story.tell(
                self.code,
                "journal {}: {} ¥{} {}",
                keep.entry.number,
                keep.entry.state,
                keep.entry.amount,
                keep.entry.operation_id,
            )
            if before is None and keep.entry.slip_number == "00001":
                self._story.count("slip numbers wrap")
            self.on_entry(self, keep.entry)
            approved = keep.entry.state is EntryState.APPROVED
            if approved and (before is None or before.state is not EntryState.APPROVED):
                self._tell_money(keep.entry)

    def _tell_money(self, entry: KeptEntry) -> None:
        if entry.kind is Kind.PAYMENT:
            self.on_charge(entry)
        else:
            self.on_refund(self, entry)

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
            order_number=f"{self.port}{question.number:06}" if question.media == "code" else None,
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
        if isinstance(event.message, ResultStored):
            entry = self._entries.get(event.message.number)
            if entry is not None:
                self.on_stored(self, entry)
        self.handle(MessageReceived(message=event.message))
