"""One simulated terminal: its plug, its hand-held surfaces, its faults, its patient customer."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from ct6100.effects import (
    Beep,
    CallCentre,
    Froze,
    Keep,
    KeepMerchantNumber,
    Output,
    Print,
    ScreenChanged,
    Send,
    WakeAt,
)
from ct6100.messages import LinkMessage
from ct6100.records import Abilities, EntryState, JournalEntry, Screen
from ct6100.stimuli import (
    AbilitiesSet,
    DayClosedByHand,
    DayRolledOver,
    DigitsEntered,
    Hung,
    KeyPressed,
    LinkClosed,
    LinkOpened,
    MessageReceived,
    PaperPutIn,
    PaperRanOut,
    PowerOn,
    Presented,
    Stimulus,
    TimePassed,
)
from ct6100.terminal import Terminal, TerminalSettings
from ct6100_simulator import autopilot, centre, faults, wallet
from ct6100_simulator.acquirer import Acquirer
from ct6100_simulator.centre_line import CentreLine
from ct6100_simulator.errors import (
    KeyNotShownError,
    NotIncompleteError,
    NotTakenError,
    PoweredOffError,
)
from ct6100_simulator.faults import Delivery, Faults
from ct6100_simulator.model import Autopilot, Place, Present, SetFault, SettleIncomplete
from ct6100_simulator.paper import Printed
from ct6100_simulator.ports import Disk, Watcher
from ct6100_simulator.runner import Runner
from ct6100_simulator.session import Plug
from ct6100_simulator.wire import Wire
from servicekit.clock import Clock
from servicekit.tasks import Tasks

PAPERS_MAX: Final = 20
"""Slips still hanging at its mouth; older ones have been torn off by somebody."""

_log = logging.getLogger(__name__)


class Device:
    """Off until `switch_on`. What a hand does returns when all that follows from it is done."""

    def __init__(
        self,
        place: Place,
        settings: TerminalSettings,
        *,
        disk: Disk,
        acquirer: Acquirer,
        clock: Clock,
        tasks: Tasks,
        on_disk_failed: Callable[[str], None],
    ) -> None:
        self.place = place
        self.wire = Wire()
        self.faults = Faults()
        self.autopilot = Autopilot(on=False)
        self.abilities = settings.abilities
        self.papers: deque[Printed] = deque(maxlen=PAPERS_MAX)
        self.watchers: set[Watcher] = set()
        self.plug = Plug(self, place.host, place.port, clock)
        self._settings = settings
        self._disk = disk
        self._runner = runner = Runner(
            settings,
            disk=disk,
            clock=clock,
            carry_out=self._carry_out,
            idle=self._customer,
            on_disk_failed=on_disk_failed,
        )
        self._centre = CentreLine(place.serial, acquirer, runner, tasks)
        self._switching = asyncio.Lock()
        self._tasks = tasks
        self._wake: asyncio.TimerHandle | None = None
        self._beeped: str | None = None
        self._presented = 0
        self._unseen_screen = False

    @property
    def terminal(self) -> Terminal:
        """The machine as it is now; another one after a power cut."""
        return self._runner.terminal

    @property
    def powered(self) -> bool:
        """Whether it is switched on."""
        return self.terminal.powered

    @property
    def screen(self) -> Screen:
        """The glass."""
        return self.terminal.screen

    def now(self) -> datetime:
        """Return its own clock."""
        return self._runner.now()

    async def journal(self) -> tuple[JournalEntry, ...]:
        """Return the journal as it is on disk, oldest first."""
        kept = await self._disk.load(self.place.serial)
        return tuple(entry.outward() for entry in kept.entries) if kept else ()

    # --- what a hand does to it ---

    async def switch_on(self) -> None:
        """Power on: restore what was kept, then listen and serve. Nothing when it is on."""
        async with self._switching:
            if self.powered:
                return
            await self._runner.restore(
                msgspec.structs.replace(self._settings, abilities=self.abilities)
            )
            self._runner.stimulate(PowerOn())
            if not faults.hardware(self.faults).paper:
                self._runner.stimulate(PaperRanOut())
            await self._runner.settled()
            await self.plug.open()
            self._changed()

    def switch_off(self) -> None:
        """Cut the power, at whatever moment: the link is reset, what was not kept is gone."""
        if not self.powered:
            return
        self._runner.kill()
        self.plug.close()
        self._wake = None
        self.faults = faults.forgot_held(self.faults)
        self._changed()

    async def press(self, label: str) -> None:
        """Tap a key of the glass. Raises `KeyNotShownError`, `PoweredOffError`."""
        await self._hand_ready()
        screen = self.screen
        if label not in screen.keys:
            raise KeyNotShownError(label, screen.name, screen.keys)
        await self._by_hand(KeyPressed(label=label))

    async def enter(self, digits: str) -> None:
        """Type. Raises `NotTakenError` where nothing is typed, `PoweredOffError`."""
        await self._hand_ready()
        await self._by_hand(DigitsEntered(digits=digits))

    async def present(self, present: Present) -> None:
        """Hold something to it. Raises `NotTakenError` when it reads no such thing now."""
        await self._hand_ready()
        await self._by_hand(wallet.presented(present, self._presented))
        self._presented += 1

    async def close_day(self) -> None:
        """締め by hand. Raises `NotTakenError` when the terminal refuses, `PoweredOffError`."""
        await self._hand_ready()
        await self._by_hand(DayClosedByHand())

    async def set_abilities(self, abilities: Abilities) -> None:
        """Switch what its link can do; it stays so over power cuts."""
        self.abilities = abilities
        if self.powered:
            await self._runner.settled()
            await self._by_hand(AbilitiesSet(abilities=abilities))
        self._changed()

    async def put_paper_in(self) -> None:
        """Put a new roll in: what waited is printed. Nothing happens when there is paper."""
        self._set_faults(faults.disarm(self.faults, "paper_out"))
        await self._runner.settled()

    async def settle_incomplete(self, asked: SettleIncomplete) -> None:
        """Let a 処理未了 become known. Raises `NotIncompleteError`, `PoweredOffError`."""
        await self._hand_ready()
        for entry in reversed(self.terminal.entries):
            if (entry.slip_number, entry.state) == (asked.slip_number, EntryState.INCOMPLETE):
                await self._by_hand(centre.shown_by_hand(entry, asked.outcome))
                return
        raise NotIncompleteError(asked.slip_number)

    def tear_off(self) -> None:
        """Take all paper that hangs at its mouth."""
        self.papers.clear()

    def arm(self, asked: SetFault) -> None:
        """Arm a fault. Raises what `faults.arm` raises; `PoweredOffError`: it cannot hang now."""
        armed = faults.arm(self.faults, asked)
        if faults.freezes_now(armed):
            if not self.powered:
                raise PoweredOffError(self.place.serial)
            armed = faults.disarm(armed, "freeze")
            self._runner.stimulate(Hung())
        self._set_faults(armed)

    def clear_faults(self) -> None:
        """Disarm everything; a lost result gets through when the terminal repeats it."""
        self._set_faults(Faults())

    def fly(self, pilot: Autopilot) -> None:
        """Let a customer who always pays stand before it, or send them away."""
        self.autopilot = pilot
        self._unseen_screen = True
        if self.powered:
            self._runner.turn()
        self._changed()

    # --- what its plug tells it ---

    def link_opened(self) -> None:
        """A box is connected."""
        self._runner.stimulate(LinkOpened())
        self._changed()

    def link_closed(self) -> None:
        """It is gone."""
        if self.powered:
            self._runner.stimulate(LinkClosed())
        self._changed()

    def received(self, message: LinkMessage) -> None:
        """The box says something."""
        self._runner.stimulate(MessageReceived(message=message))

    def passed(self, way: str, data: bytes) -> None:
        """Bytes went over the wire."""
        self.wire.add(self.now(), way, data)
        for watcher in self.watchers:
            watcher.framed()

    # --- what the machine wants done ---

    def _carry_out(self, effect: Output) -> None:
        match effect:
            case Send():
                self._send(effect.message)
            case ScreenChanged():
                self._on_screen(effect.screen)
            case Print():
                self._print(
                    Printed(
                        slip=effect.slip,
                        merchant_number=effect.merchant_number,
                        reprint=effect.reprint,
                    )
                )
            case CallCentre():
                self._call_centre(effect)
            case WakeAt():
                self._wake_at(effect.at)
            case Beep():
                self._beeped = effect.reason
            case Froze():
                _log.info("%s froze: only cutting its power helps", self.place.serial)
                self.plug.freeze()
            case Keep() | KeepMerchantNumber():
                raise AssertionError(type(effect))  # the runner keeps

    def _send(self, message: LinkMessage) -> None:
        if self.faults.quiet:
            self.plug.send(message)
            return
        left, deliveries = faults.deliver(self.faults, message)
        if left is not self.faults:
            self._set_faults(left)
        for delivery in deliveries:
            if delivery.delay_s:
                self._runner.later(delivery.delay_s, partial(self._deliver, delivery))
            else:
                self.plug.send(delivery.message)

    def _deliver(self, delivery: Delivery) -> None:
        if delivery.releases is not None:
            self.faults = faults.released(self.faults, delivery.releases)
        self.plug.send(delivery.message)

    def _on_screen(self, screen: Screen) -> None:
        self._unseen_screen = True
        self._changed()
        left, strike = faults.seen(self.faults, screen.name)
        if left is self.faults:
            return
        self._set_faults(left)
        if strike.drops_link:
            self.plug.drop()
        if strike.freezes:
            self._runner.stimulate(Hung())
        if strike.reboot_s is not None:
            self.switch_off()
            self._tasks.spawn(self._reboot(strike.reboot_s), f"reboot {self.place.serial}")

    async def _reboot(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.switch_on()

    def _print(self, printed: Printed) -> None:
        self.papers.append(printed)
        for watcher in self.watchers:
            watcher.printed(printed)

    def _call_centre(self, call: CallCentre) -> None:
        left = self.faults
        if left.find("close_day_mid_payment") and not call.inquiry:
            left = faults.struck(left, "close_day_mid_payment")
            self._runner.stimulate(DayRolledOver())
        hurried = self.autopilot.on and self.autopilot.think_ms == 0
        left = self._centre.call(call, left, hurried=hurried)
        if left != self.faults:
            self._set_faults(left)

    def _wake_at(self, at: datetime | None) -> None:
        if self._wake is not None:
            self._runner.cancel(self._wake)
            self._wake = None
        if at is not None:
            delay_s = max(0.0, (at - self.now()).total_seconds())
            self._wake = self._runner.later(delay_s, self._woke)

    def _woke(self) -> None:
        self._wake = None
        self._runner.stimulate(TimePassed())

    def _customer(self) -> Stimulus | None:
        """What the autopilot does at once; a thoughtful one is asked again later."""
        self._changed()  # nothing is under way, and not all that happened shows on the glass
        if not self._unseen_screen or not self.powered:
            return None
        self._unseen_screen = False
        if not self.autopilot.on:
            return None
        action = autopilot.react_to(self.terminal, self.autopilot, self._presented)
        if action is None:
            return None
        if self.autopilot.think_ms:
            self._runner.later(
                self.autopilot.think_ms / 1000, partial(self._thought, self.screen, action)
            )
            return None
        return self._done_by_customer(action)

    def _thought(self, screen: Screen, action: autopilot.Action) -> None:
        if self.autopilot.on and self.screen == screen:
            self._runner.stimulate(self._done_by_customer(action))

    def _done_by_customer(self, action: autopilot.Action) -> autopilot.Action:
        if isinstance(action, Presented):
            self._presented += 1
        return action

    # --- the rest ---

    async def _hand_ready(self) -> None:
        if not self.powered:
            raise PoweredOffError(self.place.serial)
        await self._runner.settled()
        if not self.powered:
            raise PoweredOffError(self.place.serial)

    async def _by_hand(self, stimulus: Stimulus) -> None:
        """Nothing is under way, so a beep that is heard now is the answer to this."""
        self._beeped = None
        self._runner.stimulate(stimulus)
        beeped, screen = self._beeped, self.screen.name
        await self._runner.settled()
        if beeped is not None:
            raise NotTakenError(beeped, screen)

    def _set_faults(self, faults_now: Faults) -> None:
        before, now = faults.hardware(self.faults), faults.hardware(faults_now)
        self.faults = faults_now
        self.plug.split(now.split)
        self.plug.nak_every(now.nak_every)
        self._runner.skew(now.skew)
        if now.paper is not before.paper:
            self._runner.stimulate(PaperPutIn() if now.paper else PaperRanOut())
        self._changed()

    def _changed(self) -> None:
        for watcher in self.watchers:
            watcher.changed()
