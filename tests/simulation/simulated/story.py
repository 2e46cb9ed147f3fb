"""What happened in one seed, step by step, and how often each thing worth seeing happened."""

from collections import defaultdict
from typing import Any, Final

from simulated.invariants import Invariant
from simulated.virtual import VirtualLoop

LINES_MAX: Final = 20_000
"""A seed that tells more than this goes round in circles; its beginning says why."""


class Story:
    """Told only when a seed fails, so that a line costs one tuple."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self.seed = seed
        self.counts: defaultdict[str, int] = defaultdict(int)
        self._loop = loop
        self._lines: list[tuple[float, str, str, tuple[Any, ...]]] = []

    def tell(self, who: str, what: str, *values: Any) -> None:
        """Add a line; `what` is a format with `{}` for the values."""
        if len(self._lines) < LINES_MAX:
            self._lines.append((self._loop.now, who, what, values))

    def count(self, what: str) -> None:
        """Count something that must happen in some seed, or the simulation shows nothing."""
        self.counts[what] += 1

    def __str__(self) -> str:
        """Return the whole story."""
        lines = [f"seed {self.seed}; replay: SEED={self.seed} make simulate"]
        lines += [
            f"{at:9.3f}  {who:<12} {what.format(*values)}" for at, who, what, values in self._lines
        ]
        return "\n".join(lines)


class Broken(AssertionError):  # noqa: N818 - it says what is the matter
    """An invariant does not hold. The message is the whole story up to there."""

    def __init__(self, invariant: Invariant, what: str, story: Story) -> None:
        summary = f"{invariant.name}: {what}"
        super().__init__(f"{summary}\n\n{story}\n\n{summary}\n({invariant}; seed {story.seed})")
        self.invariant = invariant
        self.what = what
