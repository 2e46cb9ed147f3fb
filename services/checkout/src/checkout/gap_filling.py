"""Which facts of each gateway's epoch came, and having those sent again that did not.

A gap shows by a later fact; at the end of an epoch nothing comes later, so heartbeats tell the
last fact that the stream has taken, and an epoch that ended is asked for its rest once.
"""

from typing import Final

from checkout.gaps import Seen
from checkout.ports import Gateway, OutOfReach, SaleStore, Unanswered
from contracts.identifiers import CompanyCode, StoreCode
from contracts.operations import REPLAY_MAX, ReplayFacts
from servicekit.clock import Clock

REPLAY_PAUSE_S: Final = 10.0
"""A gap is asked for again after this: the facts of the first asking are still on their way."""

REPLAY_PAUSE_MAX_S: Final = 3600.0
"""One that stays (a fact that we cannot read, say) is asked for after twice the pause each time:
every asking sets the same fact aside once more."""

EPOCHS_KEPT: Final = 4096
"""Gaps are watched in memory for this many epochs of gateways; others are read again."""

Epoch = tuple[CompanyCode, StoreCode, int]


class GapFilling:
    """Everything this process knows of which facts came; what it forgets is in the record."""

    def __init__(self, store: SaleStore, gateway: Gateway, clock: Clock) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._seen: dict[Epoch, Seen] = {}
        self._told: dict[Epoch, int] = {}
        """The last fact of an epoch that the stream has taken, by the gateway's own word."""
        self._replays: dict[Epoch, float] = {}
        self._rests: dict[Epoch, float] = {}
        """Epochs that ended: when to ask whether there was more."""
        self._gaps: dict[Epoch, tuple[int, int]] = {}
        """Where the gap began that was asked for last, and how often it was asked for again."""
        self._cursors_due: set[Epoch] = set()

    async def know(self, epoch: Epoch) -> None:
        """Read what came of this epoch before, unless that is at hand."""
        if epoch not in self._seen:
            if len(self._seen) >= EPOCHS_KEPT:
                oldest = next(iter(self._seen))
                del self._seen[oldest]
                self._told.pop(oldest, None)
            self._seen[epoch] = await self._store.seen(*epoch)

    def came(self, epoch: Epoch, sequence: int) -> None:
        """A fact has come."""
        if epoch in self._seen:
            self._seen[epoch] = self._seen[epoch].with_fact(sequence)
            self._cursors_due.add(epoch)
            if self._seen[epoch].missing() is not None:
                self._replays.setdefault(epoch, self._clock.monotonic())

    def delivered(self, epoch: Epoch, last: int) -> None:
        """The gateway says how far the stream has its facts; they are on their way to us."""
        if last <= self._told.get(epoch, 0):
            return
        self._told[epoch] = last
        if self._gap(epoch) is not None or epoch not in self._seen:
            self._replays.setdefault(epoch, self._clock.monotonic() + REPLAY_PAUSE_S)

    def ended_before(self, epoch: Epoch) -> None:
        """A gateway has this epoch now: of earlier ones nothing later will show what is lost."""
        company, store, number = epoch
        for known in self._seen:
            if known[:2] == (company, store) and known[2] < number:
                self._rests.setdefault(known, self._clock.monotonic() + REPLAY_PAUSE_S)

    def next_due(self) -> float | None:
        """Return when there is something to ask for."""
        return min((*self._replays.values(), *self._rests.values()), default=None)

    async def tick(self) -> None:
        """Ask for what is due. Raises `AwayError` where the record is away."""
        now = self._clock.monotonic()
        for epoch, when in tuple(self._replays.items()):
            if when <= now:
                await self._fill(epoch)
        for epoch, when in tuple(self._rests.items()):
            if when <= now:
                await self._ask_rest(epoch)

    async def keep_cursors(self) -> None:
        """Remember how far each epoch is complete."""
        while self._cursors_due:
            epoch = self._cursors_due.pop()
            if epoch in self._seen:
                await self._store.keep_cursor(*epoch, self._seen[epoch].contiguous)

    def _gap(self, epoch: Epoch) -> tuple[int, int] | None:
        seen = self._seen.get(epoch)
        if seen is None:
            return None
        missing = seen.missing()
        told = self._told.get(epoch, 0)
        if missing is not None or told <= seen.contiguous:
            return missing
        first = seen.contiguous + 1
        return first, min(told, first + REPLAY_MAX - 1)

    async def _fill(self, epoch: Epoch) -> None:
        await self.know(epoch)
        if self._gap(epoch) is not None:
            # What is missing here may have been taken in by another process.
            taken = await self._store.seen(*epoch)
            self._seen[epoch] = self._seen[epoch].joined(taken)
        gap = self._gap(epoch)
        if gap is None:
            del self._replays[epoch]
            self._gaps.pop(epoch, None)
            return
        first, tries = self._gaps.get(epoch, (0, 0))
        tries = tries + 1 if first == gap[0] else 0
        self._gaps[epoch] = (gap[0], tries)
        pause_s = min(REPLAY_PAUSE_S * 2 ** max(0, tries - 2), REPLAY_PAUSE_MAX_S)
        self._replays[epoch] = self._clock.monotonic() + pause_s
        first_kept = await self._ask(epoch, gap)
        if first_kept is not None:
            self._seen[epoch] = self._seen[epoch].without_lost(first_kept)
            self._cursors_due.add(epoch)

    async def _ask_rest(self, epoch: Epoch) -> None:
        del self._rests[epoch]
        await self.know(epoch)
        first = self._seen[epoch].contiguous + 1
        if await self._ask(epoch, (first, first + REPLAY_MAX - 1)) is None:
            self._rests[epoch] = self._clock.monotonic() + REPLAY_PAUSE_S

    async def _ask(self, epoch: Epoch, gap: tuple[int, int]) -> int | None:
        """Have facts sent again; return the first one still kept, None where nobody answers."""
        company, store, number = epoch
        command = ReplayFacts(epoch=number, from_sequence=gap[0], to_sequence=gap[1])
        try:
            promised = await self._gateway.replay(company, store, command)
        except (OutOfReach, Unanswered):
            return None
        return promised.first_kept
