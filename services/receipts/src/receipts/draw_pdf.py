"""A sheet as PDF: one page as large as the paper, text that can be searched and copied."""

from io import BytesIO
from typing import Final

import pydyf

from receipts.barcodes import bar_dots
from receipts.dots import (
    BARCODE_HEIGHT,
    BARCODE_MARGIN,
    BASELINE,
    CHARACTER,
    COLUMN,
    RULE_HEIGHT,
    SCALES,
    Placed,
    paper_height,
    pieces,
    place,
)
from receipts.pdf_font import FontInPdf, embed
from receipts.sheet import Barcode, Row, Rule, Sheet

SIDES: Final = {48: 32, 32: 40}
"""Bare paper at each side, in dots: 640 dots are 80 mm, 464 are 58 mm."""

MARGIN: Final = 32

POINTS_A_DOT: Final = 0.125 * 72 / 25.4
"""A dot is an eighth of a millimetre."""

_BOLD_LINE: Final = 0.9
"""How thick bold characters are outlined, in dots."""

_VERSION: Final = b"1.7"


def draw_pdf(sheet: Sheet) -> bytes:
    """Return the document: the same sheet gives the same bytes, for there is no date in it."""
    pdf = pydyf.PDF()
    height = paper_height(sheet, MARGIN)
    width = sheet.columns * COLUMN + 2 * SIDES[sheet.columns]
    font = embed(pdf, _characters(sheet))
    content = pydyf.Stream(compress=True)
    # From here on in dots, from the upper left of the print area, y downwards as the lines go.
    content.set_matrix(
        POINTS_A_DOT,
        0,
        0,
        -POINTS_A_DOT,
        SIDES[sheet.columns] * POINTS_A_DOT,
        height * POINTS_A_DOT,
    )
    for placed in place(sheet, MARGIN):
        _line(content, placed, sheet, font)
    pdf.add_object(content)
    pdf.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": pdf.pages.reference,
                "MediaBox": pydyf.Array(
                    [0, 0, round(width * POINTS_A_DOT, 3), round(height * POINTS_A_DOT, 3)]
                ),
                "Contents": content.reference,
                "Resources": pydyf.Dictionary(
                    {"Font": pydyf.Dictionary({"F": font.font.reference})}
                ),
            }
        )
    )
    pdf.info["Title"] = pydyf.String(sheet.title)
    file = BytesIO()
    pdf.write(file, version=_VERSION, identifier=True)
    return file.getvalue()


def _characters(sheet: Sheet) -> frozenset[str]:
    return frozenset(
        character
        for line in sheet.lines
        if isinstance(line, Row)
        for cell in line.cells
        for character in cell.text
    )


def _line(content: pydyf.Stream, placed: Placed, sheet: Sheet, font: FontInPdf) -> None:
    match placed.line:
        case Row():
            _row(content, placed.line, placed.top, font)
        case Rule():
            thick = 4 if placed.line.heavy else 2
            y = placed.top + (RULE_HEIGHT - thick) // 2
            content.rectangle(0, y, sheet.columns * COLUMN, thick)
            content.fill()
        case Barcode():
            y = placed.top + BARCODE_MARGIN
            for x, bar in bar_dots(placed.line.content, sheet.columns, COLUMN):
                content.rectangle(x, y, bar, BARCODE_HEIGHT)
            content.fill()
        case _:
            pass


def _row(content: pydyf.Stream, row: Row, top: int, font: FontInPdf) -> None:
    wide, high = SCALES[row.size]
    content.begin_text()
    content.set_font_size("F", CHARACTER)
    content.set_line_width(_BOLD_LINE)
    for piece in pieces(row):
        content.set_text_rendering(2 if piece.bold else 0)
        x = piece.column * COLUMN
        content.set_text_matrix(wide, 0, 0, -high, x, top + BASELINE * high)
        content.show_text(f"<{font.hexadecimal(piece.text)}>")
    content.end_text()
