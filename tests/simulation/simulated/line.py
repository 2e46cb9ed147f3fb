"""One way between two places: what gets lost, doubled, delayed and cut off on it."""

import random
from typing import Final

from simulated.story import Story
from simulated.virtual import VirtualLoop, chance

USUAL_S: Final = (0.0003, 0.004)
SLOW_S: Final = (0.05, 0.9)
LATE_S: Final = (1.0, 14.0)
"""Longer than `COMMAND_STALE_S`: a command that lay about somewhere."""

LOST: Final = 0.03
DOUBLED: Final = 0.03
LATE: Final = 0.02
SLOW: Final = 0.05
"""How often each of these happens to a message."""


class Line:
    """One way between two places, and how it is at the moment."""

    def __init__(self, name: str, loop: VirtualLoop, rng: random.Random, story: Story) -> None:
        self.name = name
        self.trouble = True
        self.known_down = False
        """Cut, and both sides know: who asks is told so at once."""
        self.black_hole = False
        """Cut, and nobody knows yet."""
        self.loop = loop
        self.story = story
        self._rng = rng

    @property
    def cut(self) -> bool:
        """Whether nothing gets through."""
        return self.known_down or self.black_hole

    def happens(self, what: str, probability: float) -> bool:
        """Return whether a fault strikes now, and count it."""
        if not self.trouble or not chance(self._rng, probability):
            return False
        self.story.count(f"{self.name}: {what}")
        return True

    def deliveries(self) -> tuple[float, ...]:
        """Return after how long each copy of the next message arrives; lost: none does."""
        if self.black_hole:
            return ()
        draw = self._rng.random() if self.trouble else 1.0
        if draw >= LOST + DOUBLED + LATE + SLOW:
            return (self._usual(),)
        if draw < LOST:
            self.story.count(f"{self.name}: lost")
            return ()
        if draw < LOST + DOUBLED:
            self.story.count(f"{self.name}: doubled")
            again_s = SLOW_S if self._rng.random() < 0.5 else LATE_S
            return (self._usual(), self._between(*again_s))
        if draw < LOST + DOUBLED + LATE:
            self.story.count(f"{self.name}: late")
            return (self._between(*LATE_S),)
        return (self._between(*SLOW_S),)

    def delay(self) -> float:
        """Return how long something takes that is neither lost nor doubled."""
        return next(iter(self.deliveries()), SLOW_S[1])

    def _usual(self) -> float:
        return self._between(*USUAL_S)

    def _between(self, low: float, high: float) -> float:
        return low + (high - low) * self._rng.random()
