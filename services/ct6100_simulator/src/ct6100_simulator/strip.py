"""What stands on a receipt printer's paper, and how it reads as text. Pure.

A row is what one line feed brings out; lengths are dots of 1/203 inch.
"""

from typing import Final

from msgspec import Struct

from ct6100_simulator.barcodes import Symbol


class Glyph(Struct, frozen=True, kw_only=True):
    """One character: `x` from the left edge of the paper, `width` and `height` as printed."""

    character: str
    x: int
    width: int
    height: int
    narrow: bool = True
    """Half-width: twelve dots where a kanji has twenty-four."""
    bold: bool = False
    underline: int = 0
    reverse: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """Dots: rows of `(width + 7) // 8` bytes, the highest bit is the leftmost dot, 1 is black.

    `across` and `down` say how many dots of the paper each of them is.
    """

    x: int
    width: int
    height: int
    dots: bytes
    across: int = 1
    down: int = 1


class Line(Struct, frozen=True, kw_only=True):
    """One line of characters, and pictures that stand among them."""

    glyphs: tuple[Glyph, ...]
    pictures: tuple[Picture, ...] = ()
    height: int

    @property
    def said(self) -> str:
        """Return the characters as they came, without what alignment put before them."""
        return "".join(glyph.character for glyph in self.glyphs)


class Graphic(Struct, frozen=True, kw_only=True):
    """A picture by itself."""

    picture: Picture
    height: int


class Bars(Struct, frozen=True, kw_only=True):
    """A bar code: `module` dots wide bars, `bar_height` high, its text above or below it."""

    symbol: Symbol
    x: int
    module: int
    bar_height: int
    above: bool
    below: bool
    text_width: int
    height: int


class Feed(Struct, frozen=True, kw_only=True):
    """Paper without anything on it."""

    height: int


Row = Line | Graphic | Bars | Feed

COLUMN: Final = 12
"""Dots of one half-width character of font A: the grid that text is told on."""


def text_of(row: Row) -> str:
    """Return a row as text, every character at its own column.

    A wider character is followed by as many blanks as it takes columns more. A picture is told by
    its size, a bar code by its system and data.
    """
    match row:
        case Line():
            pictures = "".join(_picture_text(each) for each in row.pictures)
            return _line_text(row.glyphs) + pictures
        case Graphic():
            return _picture_text(row.picture)
        case Bars():
            return f"[{row.symbol.system} {row.symbol.text}]"
        case Feed():
            return ""


def _line_text(glyphs: tuple[Glyph, ...]) -> str:
    text, column = "", 0
    for glyph in glyphs:
        start = glyph.x // COLUMN
        text += " " * (start - column) + glyph.character
        own = 1 if glyph.narrow else 2
        taken = max(own, round(glyph.width / COLUMN))
        text += " " * (taken - own)
        column = max(column, start) + taken
    return text.rstrip()


def _picture_text(picture: Picture) -> str:
    return f"[画像 {picture.width * picture.across}×{picture.height * picture.down}]"
