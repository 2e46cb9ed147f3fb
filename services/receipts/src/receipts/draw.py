"""One sheet, every format. What a format needs stands in its own `draw_*` module."""

from typing import Final

from contracts.printing import PAPER_MAX
from contracts.receipts import CONTENT_MAX, PaperFormat
from receipts.draw_escpos import draw_escpos
from receipts.draw_pdf import draw_pdf
from receipts.draw_png import draw_png
from receipts.draw_svg import draw_svg
from receipts.draw_text import draw_text
from receipts.errors import PaperTooLongError
from receipts.profiles import DEFAULT
from receipts.sheet import Sheet

MEDIA_TYPES: Final = {
    PaperFormat.TXT: "text/plain; charset=utf-8",
    PaperFormat.SVG: "image/svg+xml",
    PaperFormat.PNG: "image/png",
    PaperFormat.PDF: "application/pdf",
    PaperFormat.ESCPOS: "application/octet-stream",
}
"""How what was drawn is to be served."""

_DRAW: Final = {
    PaperFormat.TXT: draw_text,
    PaperFormat.SVG: draw_svg,
    PaperFormat.PNG: draw_png,
    PaperFormat.PDF: draw_pdf,
}


def draw(
    sheet: Sheet, paper_format: PaperFormat, profile: str = DEFAULT, *, open_drawer: bool = False
) -> bytes:
    """Return the sheet drawn; `profile` and `open_drawer` are a printer's, for ESC/POS alone.

    Raises:
        PaperTooLongError: it takes more bytes than an answer or a print job may have.
        UnknownProfileError: no printer of that name is known.
    """
    if paper_format is PaperFormat.ESCPOS:
        content = draw_escpos(sheet, profile, open_drawer=open_drawer)
    else:
        content = _DRAW[paper_format](sheet)
    limit = PAPER_MAX if paper_format is PaperFormat.ESCPOS else CONTENT_MAX
    if len(content) > limit:
        raise PaperTooLongError(paper_format.value, len(content), limit)
    return content
