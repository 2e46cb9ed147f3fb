"""A sheet as ESC/POS: what a receipt printer obeys. Commands by python-escpos' names for them.

Text is the printer's own: half-width characters of its Japanese set, full-width ones in Shift_JIS.
A line with a character that the printer lacks is sent as a picture (`GS v 0`), the rest is not.
No byte of a field can be a command: `sheet.cell` has taken every control character out, and what
is encoded here is printable alone.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from escpos import constants as escpos
from msgspec.structs import replace
from PIL import Image, ImageDraw

from receipts.barcodes import bar_dots
from receipts.dots import BARCODE_HEIGHT, CHARACTER, COLUMN, SCALES, pieces
from receipts.glyphs import PAPER, write
from receipts.profiles import DEFAULT, Features, features_of
from receipts.sheet import Barcode, Cell, Columns, Cut, Feed, Line, Row, Rule, Sheet, Size
from receipts.shift_jis import encoded
from receipts.width import stand_in

_ESC, _FS, _GS = escpos.ESC, escpos.FS, escpos.GS

START: Final = b"".join(
    (
        escpos.HW_INIT,
        _ESC + b"R\x08",  # international set: Japan, with ¥
        _ESC + b"t\x01",  # page: half-width katakana
        _FS + b"C\x01",  # full-width characters come in Shift_JIS
        _FS + b"&",  # and they may come
        _FS + b"S\x00\x00",  # without a gap between them: two columns each
    )
)

_SIZES: Final = {
    size: escpos.TXT_SIZE + bytes(((wide - 1) << 4 | (high - 1),))
    for size, (wide, high) in SCALES.items()
}
_NORMAL: Final = _SIZES[Size.NORMAL]
_BOLD: Final = {bold: escpos.TXT_STYLE["bold"][bold] for bold in (False, True)}
_LEFT: Final = escpos.TXT_STYLE["align"]["left"]
_CENTRE: Final = escpos.TXT_STYLE["align"]["center"]

_BARCODE: Final = b"".join(
    (
        _CENTRE,
        escpos.BARCODE_HEIGHT + bytes((BARCODE_HEIGHT,)),
        escpos.BARCODE_WIDTH + b"\x02",
        escpos.BARCODE_TXT_OFF,
        escpos.BARCODE_TYPE_B["CODE128"],
    )
)

_FEED_TO_CUTTER: Final = _ESC + b"d\x05"
"""The blade is some lines above the head."""

_GAP: Final = 6
"""Dots that a line feed leaves between two lines, and a picture does not."""

_BLACK: Final = bytes(255 if level < 128 else 0 for level in range(256))  # noqa: PLR2004 - half
_RASTER: Final = _GS + b"v0\x00"


def draw_escpos(sheet: Sheet, profile: str = DEFAULT, *, open_drawer: bool = False) -> bytes:
    """Return the bytes for a printer of that model; raise `UnknownProfileError`."""
    features = features_of(profile)
    parts = [START]
    if open_drawer and features.pulse_standard:
        parts.append(escpos.CD_KICK_2)
    elif open_drawer and features.pulse_bel:
        parts.append(escpos.BEEP)
    lines, texts, begin = sheet.lines, list[str](), 0
    for at, line in enumerate(lines):
        if isinstance(line, Row):
            if line.plain:
                texts += (line.text, "\n")
                continue
        elif isinstance(line, (Rule, Feed)):
            texts.append(_text(line, sheet.columns))
            continue
        parts += _plain(texts, lines[begin:at], sheet.columns, features)
        parts += _line(line, sheet.columns, features)
        texts, begin = [], at + 1
    parts += _plain(texts, lines[begin:], sheet.columns, features)
    return b"".join(parts)


def _plain(
    texts: Iterable[str], lines: Iterable[Line], columns: Columns, features: Features
) -> Iterable[bytes]:
    """Return lines that are text alone: in one, where the printer has all their characters."""
    whole = encoded("".join(texts))
    if whole is not None:
        return (whole,)
    return [part for line in lines for part in _line(line, columns, features)]


def _text(line: Rule | Feed, columns: Columns) -> str:
    if isinstance(line, Rule):
        return ("=" if line.heavy else "-") * columns + "\n"
    return "\n" * line.lines


def _line(line: Line, columns: Columns, features: Features) -> Iterator[bytes]:
    if isinstance(line, Row):
        text = encoded(line.text + "\n") if line.plain else _styled(line)
        yield text if text is not None else _row_without(line, columns, features)
    elif isinstance(line, Barcode):
        yield from _barcode(line.content, columns, features)
    elif isinstance(line, Cut):
        yield from _cut(features)
    else:
        yield _text(line, columns).encode("ascii")


def _styled(row: Row) -> bytes | None:
    """Return a line with bold or large text in it, or None where the printer lacks a character."""
    parts: list[bytes] = []
    wide = SCALES[row.size][0]
    larger, normal = (b"", b"") if row.size is Size.NORMAL else (_SIZES[row.size], _NORMAL)
    at, bold = 0, False
    for piece in pieces(row):
        code = encoded(piece.text)
        if code is None:
            return None
        parts.append(b" " * (piece.column - at))
        if piece.bold is not bold:
            parts.append(_BOLD[piece.bold])
            bold = piece.bold
        parts += (larger, code, normal)
        at = piece.column + piece.wide * wide
    if bold:
        parts.append(_BOLD[False])
    parts.append(escpos.CTL_LF)
    return b"".join(parts)


def _row_without(row: Row, columns: Columns, features: Features) -> bytes:
    """Return a line as a picture, or with marks in it on a model that prints no pictures."""
    if not features.bit_image_raster:
        return _styled(replace(row, cells=tuple(map(_with_marks, row.cells)))) or b""
    height = CHARACTER * SCALES[row.size][1]
    paper = Image.new("L", (columns * COLUMN, height + _GAP), PAPER)
    for piece in pieces(row):
        write(paper, piece, row.size, 0)
    return _raster(paper)


def _with_marks(cell: Cell) -> Cell:
    marked = (each if encoded(each) is not None else stand_in(each) for each in cell.text)
    return replace(cell, text="".join(marked))


def _raster(picture: Image.Image) -> bytes:
    """Return a picture as wide as the paper: its width in bytes, its height in dots, its dots."""
    black = Image.frombytes("L", picture.size, picture.tobytes().translate(_BLACK))
    size = (picture.width // 8).to_bytes(2, "little") + picture.height.to_bytes(2, "little")
    return _RASTER + size + black.convert("1", dither=Image.Dither.NONE).tobytes()


def _barcode(content: str, columns: Columns, features: Features) -> Iterator[bytes]:
    if features.barcode_b:
        data = b"{B" + content.encode("ascii")
        yield _BARCODE + bytes((len(data),)) + data + _LEFT
    elif features.bit_image_raster:
        paper = Image.new("L", (columns * COLUMN, BARCODE_HEIGHT), PAPER)
        pen = ImageDraw.Draw(paper)
        for x, bar in bar_dots(content, columns, COLUMN):
            pen.rectangle((x, 0, x + bar - 1, BARCODE_HEIGHT - 1), fill=0)
        yield _raster(paper)
    # else the number in text above it is all that this model can print


def _cut(features: Features) -> Iterator[bytes]:
    yield _FEED_TO_CUTTER
    if features.paper_part_cut:
        yield escpos.PAPER_PART_CUT
    elif features.paper_full_cut:
        yield escpos.PAPER_FULL_CUT
