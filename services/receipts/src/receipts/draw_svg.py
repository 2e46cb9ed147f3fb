"""A sheet as SVG: nothing but rectangles and texts, no script, no style from elsewhere, no font.

Each run of characters of one width is stretched to the columns it takes, so that everything stands
where it will on paper whatever font the reader has.
"""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from receipts.barcodes import bar_dots
from receipts.dots import (
    BARCODE_HEIGHT,
    BARCODE_MARGIN,
    BASELINE,
    COLUMN,
    RULE_HEIGHT,
    SCALES,
    Placed,
    paper_height,
    pieces,
    place,
)
from receipts.sheet import Barcode, Row, Rule, Sheet
from receipts.width import runs

SIDE: Final = 32
MARGIN: Final = 32
"""Dots of bare paper at the sides, and above and below."""

FONTS: Final = "'Noto Sans Mono CJK JP','Noto Sans CJK JP','Noto Sans JP','BIZ UDGothic',monospace"


def draw_svg(sheet: Sheet) -> bytes:
    """Return the picture; its units are the dots of the printer."""
    width = sheet.columns * COLUMN + 2 * SIDE
    height = paper_height(sheet, MARGIN)
    title = escape(sheet.title)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    look = f'font-family="{FONTS}" font-size="24" fill="#1b1f24"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {look}>',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for placed in place(sheet, MARGIN):
        parts.extend(_line(placed, sheet))
    parts.append("</svg>\n")
    return "\n".join(parts).encode()


def _line(placed: Placed, sheet: Sheet) -> Iterator[str]:
    match placed.line:
        case Row():
            yield from _row(placed.line, placed.top)
        case Rule():
            thick = 4 if placed.line.heavy else 2
            y = placed.top + (RULE_HEIGHT - thick) // 2
            yield f'<rect x="{SIDE}" y="{y}" width="{sheet.columns * COLUMN}" height="{thick}"/>'
        case Barcode():
            y = placed.top + BARCODE_MARGIN
            path = "".join(
                f"M{SIDE + x} {y}h{width}v{BARCODE_HEIGHT}h-{width}z"
                for x, width in bar_dots(placed.line.content, sheet.columns, COLUMN)
            )
            yield f'<path d="{path}" fill="#000000"/>'
        case _:
            pass


def _row(row: Row, top: int) -> Iterator[str]:
    wide, high = SCALES[row.size]
    for piece in pieces(row):
        x = SIDE + piece.column * COLUMN
        bold = ' font-weight="700"' if piece.bold else ""
        for text, columns in runs(piece.text):
            length = len(text) * columns * COLUMN
            if text.strip(" "):
                yield (
                    f"<text{_place(x, top + BASELINE * high, wide, high)}{bold}"
                    f' textLength="{length}" lengthAdjust="spacingAndGlyphs"'
                    f' xml:space="preserve">{escape(text)}</text>'
                )
            x += length * wide


def _place(x: int, y: int, wide: int, high: int) -> str:
    if (wide, high) == (1, 1):
        return f' x="{x}" y="{y}"'
    return f' transform="translate({x} {y}) scale({wide} {high})"'
