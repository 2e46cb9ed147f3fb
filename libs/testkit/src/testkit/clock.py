"""Time and names under a test's control."""

from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""10:00 on a Friday in Tokyo."""


class FakeClock:
    """A `servicekit.clock.Clock` that moves only when told."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        """Return the time of day, aware, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds that only grow, from an arbitrary start."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        assert seconds >= 0, "time does not go back; see set_back"  # noqa: S101 - a test's own bug
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Set the time of day back, as a badly kept machine does; `monotonic` does not move."""
        self._now -= timedelta(seconds=seconds)


class CountingIds:
    """A `servicekit.ids.Ids` whose names are 1, 2, 3, ... in the right shape."""

    def __init__(self, family: int = 0) -> None:
        self._family = family
        self._drawn = 0

    def uuid(self) -> str:
        """Return the next id; `family` keeps two counters apart."""
        self._drawn += 1
        return f"{self._family:08x}-0000-7000-8000-{self._drawn:012x}"

    def token(self) -> str:
        """Return the next secret, which is none."""
        self._drawn += 1
        return f"token-{self._family}-{self._drawn}"
