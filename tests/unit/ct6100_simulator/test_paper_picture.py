"""The picture of a strip, looked at dot by dot."""

import io
from pathlib import Path

import noto_cjk_sans_otc
import pytest
from PIL import Image

from ct6100_simulator.paper_picture import INK, MARGIN, PAPER, TOP, Press
from ct6100_simulator.receipt_printer import ReceiptPrinter
from ct6100_simulator.strip import Bars, Feed, Graphic, Line

WIDTH = 384
PRESS = Press(Path(str(noto_cjk_sans_otc.FONT_PATH)))


def drawn(sent: bytes) -> Image.Image:
    happened = ReceiptPrinter(WIDTH).receive(sent)
    rows = [each for each in happened if isinstance(each, Line | Graphic | Bars | Feed)]
    return Image.open(io.BytesIO(PRESS.png(rows, WIDTH))).convert("L")


def ink(picture: Image.Image, box: tuple[int, int, int, int]) -> float:
    """Return how dark a part is, from 0 (paper) to 1 (ink)."""
    part = picture.crop(box)
    values = part.tobytes()
    return sum(PAPER - value for value in values) / len(values) / (PAPER - INK)


def test_an_empty_strip_is_white_paper_of_the_printers_width() -> None:
    picture = drawn(b"")
    assert picture.width == WIDTH + 2 * MARGIN
    assert ink(picture, (0, 0, *picture.size)) == 0


def test_a_bar_code_has_its_bars_where_its_modules_are() -> None:
    sent = b"\x1dh\x28\x1dw\x02\x1dk\x49\x07{B00012"
    (row,) = [each for each in ReceiptPrinter(WIDTH).receive(sent) if isinstance(each, Bars)]
    picture = drawn(sent)
    seen = ""
    for place in range(len(row.symbol.modules)):
        x = MARGIN + row.x + place * 2
        dark = ink(picture, (x, TOP, x + 2, TOP + 40))
        assert dark in {0.0, 1.0}
        seen += str(int(dark))
    assert seen == row.symbol.modules


def test_a_raster_picture_is_there_dot_by_dot_and_cut_at_the_edge() -> None:
    picture = drawn(b"\x1dv0\x00\x02\x00\x02\x00\xf0\x01\x0f\x80")
    rows = [
        [int(picture.getpixel((MARGIN + x, TOP + y)) == INK) for x in range(16)] for y in range(2)
    ]
    assert rows == [[1, 1, 1, 1, *[0] * 11, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, *[0] * 7]]
    wide = drawn(b"\x1dv0\x00\x40\x00\x01\x00" + b"\xff" * 64)
    assert ink(wide, (MARGIN, TOP, MARGIN + WIDTH, TOP + 1)) == 1
    assert ink(wide, (MARGIN + WIDTH, TOP, WIDTH + 2 * MARGIN, TOP + 1)) == 0


def test_characters_stay_in_their_cells_and_bold_ones_are_darker() -> None:
    plain = drawn(b"W" * 32 + b"\n")
    bold = drawn(b"\x1bE\x01" + b"W" * 32 + b"\n")
    box = (MARGIN, TOP, MARGIN + WIDTH, TOP + 30)
    assert 0.1 < ink(plain, box) < ink(bold, box) < 0.9
    assert ink(plain, (0, 0, MARGIN, plain.height)) == 0
    assert ink(plain, (MARGIN + WIDTH, 0, plain.width, plain.height)) == 0


def test_reverse_is_white_on_black_and_an_underline_is_as_thick_as_it_was_set() -> None:
    reverse = drawn(b"\x1dB\x01    \n")
    assert ink(reverse, (MARGIN, TOP + 6, MARGIN + 48, TOP + 30)) == 1
    under = drawn(b"\x1b-\x02    \n")
    assert ink(under, (MARGIN, TOP + 28, MARGIN + 48, TOP + 30)) == 1
    assert ink(under, (MARGIN, TOP, MARGIN + 48, TOP + 28)) == 0


@pytest.mark.parametrize("character", ["円", "領", "①", "ｱ", "¥", "～", "〓", "─"])
def test_the_font_has_what_receipts_need(character: str) -> None:
    kanji = b"\x1cC\x01"

    def dots(sent: bytes) -> bytes:
        return drawn(kanji + sent + b"\n").tobytes()

    sent = character.replace("¥", "\\").encode("cp932")
    assert dots(sent) not in {dots(b"  "), dots(b" "), dots(b"\x85\x40")} or character == "〓"
    assert dots(b"\x85\x40") == dots("〓".encode("cp932")), "what it lacks"
