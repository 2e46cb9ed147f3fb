"""Who this gateway is to the centre: its epoch, and the heartbeats that stamp commands."""

from collections import deque
from typing import Final

from contracts.operations import COMMAND_STALE_S, HEARTBEAT_EVERY_S
from servicekit.clock import Clock

BEATS_KEPT: Final = int(COMMAND_STALE_S / HEARTBEAT_EVERY_S) + 8
"""Numbers whose time is remembered: all that can be fresh, and a few more for a late beat."""


class Presence:
    """Knows when each recent heartbeat was sent, and whether another gateway has taken over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: deque[tuple[int, float]] = deque(maxlen=BEATS_KEPT)
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

    def take(self, epoch: int) -> None:
        """We hold this epoch now."""
        self.epoch = epoch
        self.claimed = True
        self.fenced = False
        self._beats.clear()

    def see(self, epoch: int) -> bool:
        """Somebody holds `epoch`; return whether that fences us off just now."""
        if self.claimed and epoch > self.epoch and not self.fenced:
            self.fenced = True
            return True
        return False
