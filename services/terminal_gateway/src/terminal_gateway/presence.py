"""Who this gateway is to the centre: its epoch, and the heartbeats that stamp commands."""

from collections import deque
from typing import Final

from contracts.identifiers import OperationId
from contracts.operations import COMMAND_STALE_S, HEARTBEAT_EVERY_S
from servicekit.clock import Clock
from terminal_gateway.decide import StartReply

BEATS_KEPT: Final = int(COMMAND_STALE_S / HEARTBEAT_EVERY_S) + 8
"""Numbers whose time is remembered: all that can be fresh, and a few more for a late beat."""

REFUSALS_KEPT: Final = 4096
"""Starts refused within `COMMAND_STALE_S`, at most: five hundred a second, for one store."""


class Presence:
    """Knows when each recent heartbeat was sent, and whether another gateway has taken over.

    Also what was refused under stamps that may still be fresh: a command that comes twice is
    refused twice, whatever changed in between, since the centre took the first refusal for proof.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: deque[tuple[int, float]] = deque(maxlen=BEATS_KEPT)
        self._refusals: dict[OperationId, tuple[float, StartReply]] = {}
        self.epoch = 0
        self.claimed = False
        self.fenced = False

    @property
    def number(self) -> int:
        """The number of the last heartbeat, 0 before the first."""
        return self._beats[-1][0] if self._beats else 0

    def beat(self) -> int:
        """Count one more heartbeat, sent now; return its number."""
        number = self.number + 1
        self._beats.append((number, self._clock.monotonic()))
        return number

    def age_s(self, number: int) -> float | None:
        """Return how long ago a heartbeat was sent; None when it is none of the recent ones."""
        for known, sent_at in reversed(self._beats):
            if known == number:
                return self._clock.monotonic() - sent_at
        return None

    def refuse(self, operation_id: OperationId, reply: StartReply) -> None:
        """Remember that this start was refused, for as long as its stamp can be fresh."""
        now = self._clock.monotonic()
        while self._refusals:
            oldest = next(iter(self._refusals))
            fresh = now - self._refusals[oldest][0] <= COMMAND_STALE_S
            if fresh and len(self._refusals) < REFUSALS_KEPT:
                break
            del self._refusals[oldest]
        self._refusals.setdefault(operation_id, (now, reply))

    def refused(self, operation_id: OperationId) -> StartReply | None:
        """Return how this start was refused before, if it was."""
        found = self._refusals.get(operation_id)
        return None if found is None else found[1]

    def take(self, epoch: int) -> None:
        """We hold this epoch now."""
        self.epoch = epoch
        self.claimed = True
        self.fenced = False
        self._beats.clear()

    def dismiss(self) -> bool:
        """The centre does not let this box in; return whether that fences us off just now."""
        was, self.fenced = self.fenced, True
        return not was

    def see(self, epoch: int) -> bool:
        """Somebody holds `epoch`; return whether that fences us off just now."""
        if self.claimed and epoch > self.epoch and not self.fenced:
            self.fenced = True
            return True
        return False
