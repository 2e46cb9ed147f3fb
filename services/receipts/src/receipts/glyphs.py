"""Characters as pictures, kept once drawn."""

from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from receipts.dots import BASELINE, CHARACTER, COLUMN, SCALES, Piece
from receipts.sheet import Size
from receipts.typeface import FACE, font_path, look
from receipts.width import character_width

PAPER: Final = 255

DESCENT: Final = 4
"""Dots below a character's own that a comma's tail or a `g` reaches; lines leave more between."""

GLYPHS_MAX: Final = 4_096
"""Pictures kept, of some 600 bytes each: all that a shop's papers have on them, twice."""


@lru_cache(maxsize=4)
def _font(dots: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(), dots, index=FACE, layout_engine=ImageFont.Layout.BASIC)


def _drawn(character: str, dots: int) -> Image.Image:
    scale = dots // CHARACTER
    picture = Image.new("L", (COLUMN * scale * 2, dots + DESCENT * scale))
    pen = ImageDraw.Draw(picture)
    pen.text((0, BASELINE * scale), character, fill=255, font=_font(dots), anchor="ls")
    return picture


@lru_cache(maxsize=GLYPHS_MAX)
def glyph(character: str, size: Size, *, bold: bool) -> Image.Image:
    """Return the character black on white, as large as its columns are."""
    wide, high = SCALES[size]
    columns = character_width(character)
    picture = _drawn(look(character), CHARACTER * high)
    picture = picture.crop((0, 0, columns * COLUMN * high, picture.height))
    if wide != high:
        picture = picture.reduce((high // wide, 1))
    if bold:
        again = Image.new("L", picture.size)
        again.paste(picture, (wide, 0))
        picture = ImageChops.lighter(picture, again)
    return ImageChops.invert(picture)


def write(picture: Image.Image, piece: Piece, size: Size, top: int) -> None:
    """Draw a text into a picture, its characters each in their columns."""
    step = COLUMN * SCALES[size][0]
    x = piece.column * COLUMN
    for character in piece.text:
        if character != " ":
            picture.paste(glyph(character, size, bold=piece.bold), (x, top))
        x += step * character_width(character)
