"""How long to wait before a process that ended is started again. Pure."""

from typing import Final

PAUSE_FIRST_S: Final = 0.1
"""A process that was killed once is back at once."""

PAUSE_MAX_S: Final = 15.0
"""One that cannot start costs little, and comes back soon after its trouble is gone."""

STEADY_S: Final = 20.0
"""A process that lived this long had started well: its next end is a new story."""


def failures_after(failures: int, lived_s: float) -> int:
    """Return how many ends in a row this was, given those before it."""
    return 1 if lived_s >= STEADY_S else failures + 1


def pause_before(failures: int) -> float:
    """Return the seconds to wait after the n-th end in a row: doubling, then level."""
    assert failures >= 1, "asked after an end"  # noqa: S101 - our own bug
    return min(PAUSE_MAX_S, PAUSE_FIRST_S * 2.0 ** min(failures - 1, 32))
