"""Which facts of one gateway's epoch have been seen, and which are missing. Pure.

A gateway numbers its facts without a gap from 1 within each epoch; redelivery breaks the order.
"""

from typing import Final

from msgspec import Struct

from contracts.operations import REPLAY_MAX

AHEAD_MAX: Final = 10_000
"""So far ahead of a gap it is given up: the resolver asks after each operation anyway."""


class Seen(Struct, frozen=True, kw_only=True):
    """Everything up to `contiguous`, and `ahead` beyond it."""

    contiguous: int = 0
    ahead: frozenset[int] = frozenset()

    def with_fact(self, sequence: int) -> "Seen":
        """Return what has been seen once this fact is."""
        if sequence <= self.contiguous or sequence in self.ahead:
            return self
        ahead = self.ahead | {sequence}
        contiguous = self.contiguous
        if len(ahead) > AHEAD_MAX:
            contiguous = min(ahead) - 1
        while contiguous + 1 in ahead:
            contiguous += 1
        return Seen(
            contiguous=contiguous,
            ahead=frozenset(number for number in ahead if number > contiguous),
        )

    def without_lost(self, first_kept: int) -> "Seen":
        """Return what counts as seen when the gateway no longer keeps what is older."""
        if first_kept - 1 <= self.contiguous:
            return self
        moved = Seen(contiguous=first_kept - 2, ahead=self.ahead | {first_kept - 1})
        kept = frozenset(number for number in moved.ahead if number >= first_kept - 1)
        contiguous = first_kept - 1
        while contiguous + 1 in kept:
            contiguous += 1
        return Seen(
            contiguous=contiguous, ahead=frozenset(number for number in kept if number > contiguous)
        )

    def joined(self, other: "Seen") -> "Seen":
        """Return what has been seen by either."""
        seen = self.without_lost(other.contiguous + 1)
        for sequence in sorted(other.ahead):
            seen = seen.with_fact(sequence)
        return seen

    def missing(self) -> tuple[int, int] | None:
        """Return the first gap as (from, to), at most `REPLAY_MAX` wide, or None."""
        if not self.ahead:
            return None
        first = self.contiguous + 1
        return first, min(min(self.ahead) - 1, first + REPLAY_MAX - 1)
