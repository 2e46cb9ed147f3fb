"""A piece of paper before it is drawn: lines of cells on a grid of half-width columns.

What stands in a cell is printable and fits: `cell` sees to it, and nothing else makes one.
"""

from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

from receipts.width import cut, printable, width

Columns = Literal[48, 32]
"""80 mm and 58 mm paper, at twelve dots a column."""


class Align(StrEnum):
    """Where a text stands in its cell."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Size(StrEnum):
    """How large a line's characters are. `LARGE` ones take twice their columns."""

    NORMAL = "normal"
    TALL = "tall"
    """Twice as high."""
    LARGE = "large"
    """Twice as high and twice as wide."""


class Cell(Struct, frozen=True, kw_only=True):
    """`text` in `columns` of the line; it takes `wide` of them, or twice that where it is large."""

    text: str
    wide: int
    columns: int
    align: Align = Align.LEFT
    bold: bool = False


class Row(Struct, frozen=True, kw_only=True, tag=True):
    """A line of text: cells side by side, together never wider than the paper.

    `text` is the whole line in normal size, nothing after its last character; `plain` says that it
    is printed just so. Both follow from the cells, and `row` sees to it.
    """

    cells: tuple[Cell, ...]
    text: str
    plain: bool
    size: Size = Size.NORMAL


class Rule(Struct, frozen=True, kw_only=True, tag=True):
    """A line across the paper."""

    heavy: bool = False


class Feed(Struct, frozen=True, kw_only=True, tag=True):
    """Empty lines."""

    lines: int = 1


class Barcode(Struct, frozen=True, kw_only=True, tag=True):
    """CODE128 of digits; what it says stands in text beside it."""

    content: str


class Cut(Struct, frozen=True, kw_only=True, tag=True):
    """The paper ends here."""


Line = Row | Rule | Feed | Barcode | Cut

BARCODE_MAX: Final = 12
"""Digits that fit across 58 mm with quiet zones, two dots a module."""


class Sheet(Struct, frozen=True, kw_only=True):
    """One piece of paper. `title` names it where a format has a place for that."""

    columns: Columns
    title: str
    lines: tuple[Line, ...]


def cell(text: str, columns: int, align: Align = Align.LEFT, *, bold: bool = False) -> Cell:
    """Return a cell with as much of the text as fits."""
    shown = cut(printable(text), columns)
    return Cell(text=shown, wide=width(shown), columns=columns, align=align, bold=bold)


def row(*cells: Cell, size: Size = Size.NORMAL) -> Row:
    """Return a line of cells."""
    plain = size is Size.NORMAL and not any(each.bold for each in cells)
    return Row(cells=cells, text=_written(cells), plain=plain, size=size)


def text_columns(each: Cell, size: Size) -> int:
    """Return how many columns of the paper the cell's text takes."""
    return each.wide * 2 if size is Size.LARGE else each.wide


def indent(each: Cell, size: Size) -> int:
    """Return how many columns are left free before the cell's text."""
    free = each.columns - text_columns(each, size)
    if each.align is Align.RIGHT:
        return free
    return free // 2 if each.align is Align.CENTRE else 0


def _written(cells: tuple[Cell, ...]) -> str:
    parts: list[str] = []
    for each in cells:
        free = each.columns - each.wide
        left = indent(each, Size.NORMAL)
        parts += (" " * left, each.text, " " * (free - left))
    return "".join(parts).rstrip(" ")


def barcode(number: str) -> tuple[Barcode, ...]:
    """Return the barcode of a slip number; of what is none, no barcode."""
    known = number.isascii() and number.isdigit() and len(number) <= BARCODE_MAX
    return (Barcode(content=number),) if known else ()
