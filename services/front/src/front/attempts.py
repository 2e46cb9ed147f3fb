"""How many log-ins one address may try: each costs the centre a deliberately slow digest.

`store_config` locks out who guesses one person's password; this bounds who tries everybody's.
Pure bookkeeping: a bucket of tokens per address, times are the caller's monotonic seconds.
"""

from math import ceil
from typing import Final

BURST: Final = 200.0
"""Every till of a large shop opening in the same minute, behind one address."""

PER_SECOND: Final = 5.0
"""What goes on for ever then: a seventh of one core's worth of digests."""

ADDRESSES_MAX: Final = 20_000
"""Addresses remembered; the one that tried longest ago is forgotten."""


class Attempts:
    """The buckets of all addresses."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, address: str, now_s: float) -> int:
        """Count one attempt; return 0 when it may go on, else how many seconds to wait."""
        left, counted_s = self._buckets.pop(address, (BURST, now_s))
        left = min(BURST, left + (now_s - counted_s) * PER_SECOND)
        allowed = left >= 1
        while len(self._buckets) >= ADDRESSES_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[address] = (left - 1 if allowed else left, now_s)
        return 0 if allowed else ceil((1 - left) / PER_SECOND)
