"""How long to pause before the next try: growing, bounded, and not all at the same moment."""

import random
from typing import Final

_DRAWS: Final = random.SystemRandom()


def pause_s(attempt: int, *, first_s: float, longest_s: float, draw: float = 1.0) -> float:
    """Return the pause before try number `attempt` + 1 (the first try is 1).

    It doubles from `first_s` up to `longest_s`. `draw`, from 0 to 1, takes up to half of it away,
    so that a thousand clients of one server that fell do not come back as one.
    """
    doublings = min(max(attempt - 1, 0), 30)
    return min(longest_s, first_s * 2**doublings) * (0.5 + draw / 2)


def draw() -> float:
    """Return a number from 0 to 1 by chance, for `pause_s`."""
    return _DRAWS.random()
