"""Where everything stands on the paper, in printer dots: one geometry for every picture.

Twelve dots a column and twenty-four a full-width character: what 80 mm (576 dots) and 58 mm (384
dots) printers of 203 dpi print, so that a preview is the size of the paper.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from receipts.sheet import Barcode, Cut, Feed, Line, Row, Rule, Sheet, Size, indent

COLUMN: Final = 12
CHARACTER: Final = 24
BASELINE: Final = 21
"""Of a character's 24 dots, from the top."""

LEADING: Final = 8
"""Between two lines."""

RULE_HEIGHT: Final = 20
BARCODE_HEIGHT: Final = 72
BARCODE_MARGIN: Final = 8
MODULE: Final = 2
"""Dots of the thinnest bar: what a hand scanner reads at arm's length."""

SCALES: Final = {Size.NORMAL: (1, 1), Size.TALL: (1, 2), Size.LARGE: (2, 2)}
"""How many times as wide and as high."""


class Placed(Struct, frozen=True):
    """A line and how far below the top of the paper it begins and ends."""

    line: Line
    top: int
    height: int


class Piece(Struct, frozen=True):
    """A text, the column it begins in and how many it takes at normal size."""

    column: int
    wide: int
    text: str
    bold: bool


def height_of(line: Line) -> int:
    """Return how many dots of paper a line takes."""
    match line:
        case Row():
            return CHARACTER * SCALES[line.size][1] + LEADING
        case Feed():
            return (CHARACTER + LEADING) * line.lines
        case Rule():
            return RULE_HEIGHT
        case Barcode():
            return BARCODE_HEIGHT + 2 * BARCODE_MARGIN
        case Cut():
            return 0


def place(sheet: Sheet, margin: int) -> Iterator[Placed]:
    """Yield the lines below each other, below a margin."""
    top = margin
    for line in sheet.lines:
        height = height_of(line)
        yield Placed(line, top, height)
        top += height


def paper_height(sheet: Sheet, margin: int) -> int:
    """Return the length of the paper, with the margin above and below."""
    return sum(map(height_of, sheet.lines)) + 2 * margin


def pieces(row: Row) -> Iterator[Piece]:
    """Yield what is written in a line."""
    column = 0
    for each in row.cells:
        if each.text:
            yield Piece(column + indent(each, row.size), each.wide, each.text, each.bold)
        column += each.columns
