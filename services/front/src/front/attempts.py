"""How often one address, or one session, may try something.

A log-in costs the centre a deliberately slow digest: `store_config` locks out who guesses one
person's password; this bounds who tries everybody's. A token that is none costs it a question.
Pure bookkeeping: a bucket of tokens for each, times are the caller's monotonic seconds.
"""

from math import ceil
from typing import Final

BURST: Final = 200.0
"""Every till of a large shop opening in the same minute, behind one address."""

PER_SECOND: Final = 5.0
"""What goes on for ever then: a seventh of one core's worth of digests."""

BURST_S: Final = 10.0
"""A session may spend so many seconds' requests at once: a page that opens, an import."""

ENROLMENT_BURST: Final = 30.0
"""A workshop that sets up a chain's boxes on one bench, behind one address."""

ENROLMENTS_PER_S: Final = 0.5
"""Codes tried for ever after; a code has 80 bits."""

REMEMBERED_MAX: Final = 20_000
"""Addresses or sessions remembered; the one that tried longest ago is forgotten."""


class Attempts:
    """The buckets of all who try: so many at once, and so many a second for ever."""

    def __init__(self, *, burst: float = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = burst
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, who: str, now_s: float) -> int:
        """Count one attempt; return 0 when it may go on, else how many seconds to wait."""
        left, counted_s = self._buckets.pop(who, (self._burst, now_s))
        left = min(self._burst, left + (now_s - counted_s) * self._per_second)
        allowed = left >= 1
        while len(self._buckets) >= REMEMBERED_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[who] = (left - 1 if allowed else left, now_s)
        return 0 if allowed else ceil((1 - left) / self._per_second)


def enrolments() -> Attempts:
    """Return the buckets of addresses that show codes of boxes."""
    return Attempts(burst=ENROLMENT_BURST, per_second=ENROLMENTS_PER_S)


def requests(per_second: int) -> Attempts:
    """Return the buckets of sessions, each of which may ask so often."""
    return Attempts(burst=per_second * BURST_S, per_second=per_second)
