"""A strip of paper as a picture: every dot where the print head would have put it.

Characters are drawn with an outline font and pressed into the printer's own cells (12 × 24 dots for
a half-width one, 24 × 24 for a kanji), so that columns stand under each other as on paper.
"""

import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from ct6100_simulator.strip import Bars, Feed, Glyph, Graphic, Line, Picture, Row

MARGIN: Final = 24
"""Dots of paper on both sides that no head reaches: 3 mm."""

TOP: Final = 16
BOTTOM: Final = 40
"""Paper above the first line and between the last one and the cutter."""

PAPER: Final = 255
INK: Final = 24
"""Thermal paper is never quite black."""

_FACE: Final = 5
"""Of the collection: Noto Sans Mono CJK JP, whose half-width characters are half an em."""

_EM: Final = 22
"""Of the 24 dots of a cell: the rest is space between lines."""

_GLYPHS_MAX: Final = 4_096
"""Masks that are kept: a chain's receipts use some hundred characters in three sizes."""


class Press:
    """Draws with one font. One for a process: its glyphs are kept."""

    def __init__(self, font: Path) -> None:
        self._font = ImageFont.truetype(str(font), _EM, index=_FACE)
        self._sized = lru_cache(maxsize=8)(self._of_size)
        self._mask = lru_cache(maxsize=_GLYPHS_MAX)(self._drawn)

    def png(self, rows: Iterable[Row], width: int) -> bytes:
        """Return the strip as a PNG, `width` dots and the margins wide."""
        listed = tuple(rows)
        height = TOP + sum(row.height for row in listed) + BOTTOM
        paper = Image.new("L", (width + 2 * MARGIN, height), PAPER)
        top = TOP
        for row in listed:
            self._print(paper, row, top, width)
            top += row.height
        told = io.BytesIO()
        paper.save(told, "PNG", compress_level=6)
        return told.getvalue()

    def _print(self, paper: Image.Image, row: Row, top: int, width: int) -> None:
        match row:
            case Line():
                for glyph in row.glyphs:
                    self._put_glyph(paper, glyph, top + row.height)
                for picture in row.pictures:
                    base = top + row.height - picture.height * picture.down
                    _put_picture(paper, picture, base, width)
            case Graphic():
                _put_picture(paper, row.picture, top, width)
            case Bars():
                self._put_bars(paper, row, top)
            case Feed():
                pass

    def _put_glyph(self, paper: Image.Image, glyph: Glyph, bottom: int) -> None:
        """All characters of a line stand on its bottom, whatever their height."""
        x, y = MARGIN + glyph.x, bottom - glyph.height
        box = (x, y, x + glyph.width, y + glyph.height)
        mask = self._mask(glyph.character, glyph.width, glyph.height, bold=glyph.bold)
        ink, ground = (PAPER, INK) if glyph.reverse else (INK, PAPER)
        if glyph.reverse:
            paper.paste(ground, box)
        paper.paste(ink, (x, y), mask)
        if glyph.underline:
            paper.paste(ink, (x, bottom - glyph.underline, x + glyph.width, bottom))

    def _of_size(self, size: int) -> ImageFont.FreeTypeFont:
        return self._font.font_variant(size=size)

    def _drawn(self, character: str, width: int, height: int, *, bold: bool) -> Image.Image:
        """Return the mask of a character, pressed into its cell."""
        wide = width / height > 0.75  # noqa: PLR2004 - between a half-width cell and a square one
        scale = max(1, height // 24, width // (24 if wide else 12))
        font = self._font if scale == 1 else self._sized(_EM * scale)
        advance = max(1, round(font.getlength(character)))
        cell = Image.new("L", (max(advance, (24 if wide else 12) * scale), 24 * scale), 0)
        left = (cell.width - advance) // 2
        ImageDraw.Draw(cell).text((left, 20 * scale), character, fill=255, font=font, anchor="ls")
        if cell.size != (width, height):
            cell = _resized(cell, (width, height), Image.Resampling.BILINEAR)
        if bold:
            cell = ImageChops.lighter(cell, ImageChops.offset(cell, 1, 0))
        return ImageChops.add(cell, cell)

    def _put_bars(self, paper: Image.Image, row: Bars, top: int) -> None:
        y = top
        text_height = (row.height - row.bar_height) // max(1, row.above + row.below)
        if row.above:
            self._put_bar_text(paper, row, y + text_height)
            y += text_height
        for place, module in enumerate(row.symbol.modules):
            if module == "1":
                x = MARGIN + row.x + place * row.module
                paper.paste(INK, (x, y, x + row.module, y + row.bar_height))
        if row.below:
            self._put_bar_text(paper, row, y + row.bar_height + text_height)

    def _put_bar_text(self, paper: Image.Image, row: Bars, bottom: int) -> None:
        text = row.symbol.text
        whole = len(row.symbol.modules) * row.module
        x = row.x + (whole - len(text) * row.text_width) // 2
        for place, character in enumerate(text):
            glyph = Glyph(
                character=character,
                x=x + place * row.text_width,
                width=row.text_width,
                height=row.text_width * 2,
            )
            self._put_glyph(paper, glyph, bottom)


def _resized(image: Image.Image, size: tuple[int, int], how: Image.Resampling) -> Image.Image:
    return image.resize(size, how)  # pyright: ignore[reportUnknownMemberType]  # may be numpy's


def _put_picture(paper: Image.Image, picture: Picture, top: int, width: int) -> None:
    stride = (picture.width + 7) // 8
    dots = Image.frombytes("1", (stride * 8, picture.height), picture.dots)
    dots = dots.crop((0, 0, picture.width, picture.height))
    if (picture.across, picture.down) != (1, 1):
        size = (picture.width * picture.across, picture.height * picture.down)
        dots = _resized(dots, size, Image.Resampling.NEAREST)
    room = max(0, width - picture.x)
    mask = dots.crop((0, 0, min(dots.width, room), dots.height)).convert("L")
    if mask.width:
        paper.paste(INK, (MARGIN + picture.x, top), mask)
