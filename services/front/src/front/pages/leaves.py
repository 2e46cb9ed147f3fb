"""Long lists a leaf at a time: a chain's thousand stores are neither drawn nor scrolled at once."""

from collections.abc import Sequence
from typing import Annotated, Final, Generic, NamedTuple, TypeVar

from msgspec import Meta

T = TypeVar("T")

ROWS: Final = 100
"""Of one leaf: some three screens of a desk, and drawn in a few milliseconds."""

DIGITS: Final = 8

LeafNumber = Annotated[int, Meta(ge=1, le=1_000_000)]


class Leaf(NamedTuple, Generic[T]):
    """Rows `first` to `last` (from 1) of all `of`; leaf `number` of `leaves`."""

    rows: Sequence[T]
    number: int
    leaves: int
    of: int

    @property
    def first(self) -> int:
        """Return which row is the first one here."""
        return (self.number - 1) * ROWS + 1

    @property
    def last(self) -> int:
        """Return which row is the last one here."""
        return self.first + len(self.rows) - 1


def leaf_of(rows: Sequence[T], number: int) -> Leaf[T]:
    """Return a leaf; the last one where there are not so many, which a filter may bring about."""
    leaves = max(1, -(-len(rows) // ROWS))
    number = min(number, leaves)
    start = (number - 1) * ROWS
    return Leaf(rows[start : start + ROWS], number, leaves, len(rows))


def number_of(text: str) -> int:
    """Return which leaf an address asks for; what is no number means the first."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < DIGITS else 1


def found_by(text: str, *fields: str) -> bool:
    """Tell whether a text stands in one of the fields, whatever its case."""
    sought = text.strip().casefold()
    return any(sought in one.casefold() for one in fields)
