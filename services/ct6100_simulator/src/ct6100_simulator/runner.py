"""Runs the machine of `ct6100`: one stimulus after the other, and each effect after the last one.

What the terminal wants kept is on disk before anything that follows from it is done.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Final

from ct6100.effects import Keep, KeepMerchantNumber, Output
from ct6100.stimuli import ClockSet, PowerOff, Stimulus
from ct6100.terminal import Terminal, TerminalSettings
from ct6100_simulator.ports import Disk
from servicekit.clock import Clock

JAPAN: Final = timezone(timedelta(hours=9), "JST")
"""The terminal's own clock; Japan has no summer time."""

SETTLE_S: Final = 5.0
"""A hand waits this long for the device to take notice: many disk syncs."""


class Runner:
    """`carry_out` does one effect; `idle` is asked for what happens next when nothing does.

    When the disk fails, the terminal stands still and `on_disk_failed` is told why.
    """

    def __init__(
        self,
        settings: TerminalSettings,
        *,
        disk: Disk,
        clock: Clock,
        carry_out: Callable[[Output], None],
        idle: Callable[[], Stimulus | None],
        on_disk_failed: Callable[[str], None],
    ) -> None:
        self.terminal = Terminal(settings)
        self._serial = settings.serial
        self._disk = disk
        self._clock = clock
        self._carry_out = carry_out
        self._idle = idle
        self._on_disk_failed = on_disk_failed
        self._inbox: deque[Stimulus] = deque()
        self._effects: deque[Output] = deque()
        self._busy = False
        self._settled: list[asyncio.Future[None]] = []
        self._life = 0
        self._skew = timedelta()
        self._timers: set[asyncio.TimerHandle] = set()

    def now(self) -> datetime:
        """Return the terminal's clock, however wrong."""
        return self._clock.now().astimezone(JAPAN) + self._skew

    def skew(self, skew: timedelta) -> None:
        """Let its clock be wrong by so much; what it waits for takes as long as before."""
        by, self._skew = skew - self._skew, skew
        if by:
            self._inbox.appendleft(ClockSet(by=by))
            self.turn()

    async def restore(self, settings: TerminalSettings) -> None:
        """Put in a terminal that remembers what is on disk; it is still switched off."""
        self.terminal = Terminal(settings, await self._disk.load(self._serial))

    def stimulate(self, stimulus: Stimulus) -> None:
        """Let it happen after all that happened before."""
        self._inbox.append(stimulus)
        self.turn()

    def turn(self) -> None:
        """Go on if nothing is under way."""
        if not self._busy:
            self._busy = True
            self._go_on()

    async def settled(self) -> None:
        """Return when nothing is under way. Raises `TimeoutError` after `SETTLE_S`."""
        if self._busy:
            waiting = asyncio.get_running_loop().create_future()
            self._settled.append(waiting)
            async with asyncio.timeout(SETTLE_S):
                await waiting

    def later(self, delay_s: float, do: Callable[[], None]) -> asyncio.TimerHandle:
        """Do it after a while, unless the power is cut before."""
        timer = asyncio.get_running_loop().call_later(delay_s, lambda: self._rang(timer, do))
        self._timers.add(timer)
        return timer

    def cancel(self, timer: asyncio.TimerHandle) -> None:
        """Do not do it after all."""
        timer.cancel()
        self._timers.discard(timer)

    def kill(self) -> None:
        """Cut the power at whatever moment: only what is on disk was ever there."""
        self._life += 1
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._inbox.clear()
        self._effects.clear()
        self._busy = False
        self.terminal.handle(PowerOff(), self.now())
        self._tell_settled()

    @property
    def life(self) -> int:
        """Counts the power cuts: who waited for something compares it with what it was."""
        return self._life

    def _rang(self, timer: asyncio.TimerHandle, do: Callable[[], None]) -> None:
        self._timers.discard(timer)
        do()

    def _go_on(self) -> None:
        life = self._life
        while life == self._life:
            if self._effects:
                if not self._next_effect():
                    return
            elif self._inbox:
                self._effects.extend(self.terminal.handle(self._inbox.popleft(), self.now()))
            elif (more := self._idle()) is not None:
                self._inbox.append(more)
            else:
                self._busy = False
                self._tell_settled()
                return

    def _next_effect(self) -> bool:
        """Carry out one; False: the disk will call back."""
        effect = self._effects.popleft()
        if not isinstance(effect, Keep | KeepMerchantNumber):
            self._carry_out(effect)
            return True
        keeps: list[Keep | KeepMerchantNumber] = [effect]
        while self._effects and isinstance(more := self._effects[0], Keep | KeepMerchantNumber):
            self._effects.popleft()
            keeps.append(more)
        if all(isinstance(keep, Keep) and keep.may_wait for keep in keeps):
            self._disk.keep_lazily(self._serial, keeps)
            return True
        kept = self._disk.keep(self._serial, keeps)
        kept.add_done_callback(partial(self._on_kept, life=self._life))
        return False

    def _on_kept(self, kept: asyncio.Future[None], *, life: int) -> None:
        if kept.cancelled() or kept.exception() is not None:
            self._on_disk_failed(f"the disk of {self._serial} took no write: {kept!r}")
            return
        if life == self._life:
            self._go_on()

    def _tell_settled(self) -> None:
        waiting, self._settled = self._settled, []
        for each in waiting:
            if not each.done():
                each.set_result(None)
