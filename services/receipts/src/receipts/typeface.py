"""The one font that is shipped: Noto Sans Mono CJK JP, whose half-width characters are half an em.

What is seen of a character is decided here for every picture: one that even this font lacks is
seen as its stand-in.
"""

from functools import cache, lru_cache
from typing import Final

import uharfbuzz as hb
from noto_cjk_sans_otc import FONT_PATH

from receipts.width import stand_in

FACE: Final = 5
"""Of the collection."""

LOOKS_MAX: Final = 8_192


def font_path() -> str:
    """Return where the font is installed."""
    return str(FONT_PATH)


@cache
def face() -> hb.Face:
    """Return the font as HarfBuzz reads it."""
    return hb.Face(hb.Blob.from_file_path(font_path()), FACE)


@cache
def _font() -> hb.Font:
    return hb.Font(face())


def glyph_number(character: str) -> int:
    """Return the font's number of a character's picture, 0 where it has none."""
    return _font().get_nominal_glyph(ord(character)) or 0


@lru_cache(maxsize=LOOKS_MAX)
def look(character: str) -> str:
    """Return the character, or its stand-in where the font lacks it."""
    return character if glyph_number(character) else stand_in(character)
