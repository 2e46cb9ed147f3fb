"""Printer bytes, read by an interpreter that was written from EPSON's reference alone.

Decision 0803: whoever wrote `ct6100_simulator`'s printer had not seen the code that draws. What it
puts on its paper must be what the same sheet says as text, column by column.
"""

from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from contracts.receipts import Copy, PaperFormat
from contracts.slips import Slip
from ct6100_simulator.receipt_printer import ReceiptPrinter
from ct6100_simulator.strip import Bars, Feed, Graphic, Line, Row, text_of
from ct6100_simulator.typesetting import CutHere
from receipts.draw import draw
from receipts.profiles import DEFAULT, names
from receipts.receipt_layout import lay_out_receipt
from receipts.sheet import Columns, Sheet
from receipts.sheet import Row as SheetRow
from receipts.slip_layout import lay_out_slip
from testkit.papers import CARD_SALE, CARD_VOID, EMONEY_SALE, ISSUER, SAMPLES, Sample, sold

DOTS: Final[dict[Columns, int]] = {48: 576, 32: 384}
"""Of 80 and 58 mm paper at 203 dpi."""

COLUMN: Final = 12
CHARACTER: Final = 24
TOP: Final = 24
"""Rows of a PNG above its first line."""

UNSURE: Final = 119
"""The one of the PNG's sixteen greys that lies on both sides of half."""

ONE_SIGN: Final = str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")
"""One place of JIS X 0208, two numbers in Unicode: the same ink."""

LACKING: Final = "𠮷野家 髙島屋①"
"""Three characters of eight that JIS X 0208 does not have."""

HOSTILE: Final = "\x1b@\x1dV\x00\x1bp\x00\x19\x19\x10\x14\x01\x1c.\x9b\u202e"


def printed(sheet: Sheet, profile: str = DEFAULT) -> list[Row]:
    """Return what comes out, cut off at its end: the bytes cause paper and nothing else."""
    happened = ReceiptPrinter(DOTS[sheet.columns]).receive(draw(sheet, PaperFormat.ESCPOS, profile))
    paper = [each for each in happened if isinstance(each, Line | Graphic | Bars | Feed)]
    rest = [each for each in happened if not isinstance(each, Line | Graphic | Bars | Feed)]
    assert all(isinstance(each, CutHere) for each in rest), rest
    assert len(rest) <= 1
    assert not rest or happened[-1] is rest[0]
    while paper and not text_of(paper[-1]):
        paper.pop()
    return paper


def shown(sheet: Sheet) -> list[str]:
    return draw(sheet, PaperFormat.TXT).decode().rstrip("\n").split("\n")


def is_large(row: Row) -> bool:
    """Whether its characters are twice as wide as they are by themselves."""
    if not isinstance(row, Line) or not row.glyphs:
        return False
    usual = {True: COLUMN, False: 2 * COLUMN}
    return all(
        glyph.width == 2 * usual[glyph.narrow] for glyph in row.glyphs if glyph.character != " "
    )


def agree(row: Row, text: str, columns: Columns) -> bool:
    """Whether a row of the strip is that line of the text."""
    if isinstance(row, Bars):
        return (row.symbol.system, row.symbol.text) == ("CODE128", text.strip(" |"))
    if isinstance(row, Graphic):
        return row.picture.width == DOTS[columns]
    if not is_large(row):
        return text_of(row) == text.translate(ONE_SIGN)
    assert isinstance(row, Line)
    fits = all(glyph.x + glyph.width <= DOTS[columns] for glyph in row.glyphs)
    return fits and "".join(row.said.split()) == "".join(text.split())


def read_back(sheet: Sheet, profile: str = DEFAULT) -> list[Row]:
    """Insist that paper and text are line by line the same, and return the paper."""
    paper = printed(sheet, profile)
    text = shown(sheet)
    for row, line in zip(paper, text, strict=True):
        assert agree(row, line, sheet.columns), (text_of(row), line)
    return paper


def slip(of: Slip, columns: Columns = 48, copy: Copy = Copy.CUSTOMER) -> Sheet:
    return lay_out_slip(of, copy=copy, columns=columns, merchant_number=None, version=1)


def receipt(columns: Columns, name: str = "佐藤") -> Sheet:
    return lay_out_receipt(
        sold(),
        issuer=ISSUER,
        store_name=name,
        register_name="1番レジ",
        operator_name=name,
        zone=ZoneInfo("Asia/Tokyo"),
        columns=columns,
        version=1,
    )


@pytest.mark.parametrize("columns", DOTS)
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_comes_out_as_its_text_without_a_picture(sample: Sample, columns: Columns) -> None:
    sheet = lay_out_slip(
        sample.slip,
        copy=sample.copy,
        columns=columns,
        merchant_number=sample.merchant_number,
        version=1,
    )
    paper = read_back(sheet)
    assert {type(row) for row in paper} == {Line}
    assert any(is_large(row) for row in paper)
    assert isinstance(ends(sheet)[-1], CutHere)


def ends(sheet: Sheet) -> list[object]:
    return list(
        ReceiptPrinter(DOTS[sheet.columns]).receive(draw(sheet, PaperFormat.ESCPOS, DEFAULT))
    )


@pytest.mark.parametrize("columns", DOTS)
def test_a_receipt_comes_out_as_its_text_with_its_slip_number_as_bars(columns: Columns) -> None:
    paper = read_back(receipt(columns))
    assert [row.symbol.text for row in paper if isinstance(row, Bars)] == ["00119"]


@pytest.mark.parametrize("columns", DOTS)
@pytest.mark.parametrize("lacking", ["card", "emoney", "receipt"])
def test_only_a_line_with_what_the_printer_lacks_comes_out_as_a_picture(
    lacking: str, columns: Columns
) -> None:
    sheet = {
        "card": slip(replace(CARD_SALE, merchant_name=LACKING), columns),
        "emoney": slip(replace(EMONEY_SALE, merchant_name=LACKING), columns),
        "receipt": receipt(columns, LACKING),
    }[lacking]
    paper = read_back(sheet)
    drawn = [
        line for row, line in zip(paper, shown(sheet), strict=True) if isinstance(row, Graphic)
    ]
    assert len(drawn) == (2 if lacking == "receipt" else 1)
    assert all("𠮷" in line for line in drawn)
    rows = [one for one in sheet.lines if isinstance(one, SheetRow) and "𠮷" in one.text]
    for graphic, row in zip(
        [each for each in paper if isinstance(each, Graphic)], rows, strict=True
    ):
        assert_same_dots(graphic, replace(sheet, lines=(row,)))


def assert_same_dots(graphic: Graphic, alone: Sheet) -> None:
    """Insist that the printer's picture has the dots of the PNG of that line."""
    picture = graphic.picture
    wide = DOTS[alone.columns]
    png = Image.open(BytesIO(draw(alone, PaperFormat.PNG))).convert("L")
    seen = png.crop((0, TOP, wide, TOP + CHARACTER)).tobytes()
    stride = (picture.width + 7) // 8
    black = 0
    for at, grey in enumerate(seen):
        y, x = divmod(at, wide)
        dot = bool(picture.dots[y * stride + x // 8] & 0x80 >> x % 8)
        black += dot
        if grey != UNSURE:
            assert dot is (grey < UNSURE), (x, y, grey)
    assert black > 20 * CHARACTER  # eight characters are no blank line


@pytest.mark.parametrize("profile", names())
def test_every_model_that_is_known_prints_the_same_words(profile: str) -> None:
    for sheet in (slip(CARD_VOID), slip(EMONEY_SALE, 32)):
        read_back(sheet, profile)


TEXTS: Final = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@settings(max_examples=200, deadline=None)
@example(HOSTILE, HOSTILE, 48)
@example(HOSTILE, HOSTILE, 32)
@example("\\", "ﾊﾝｶｸ\\", 32)
@example("〜‖−¢£¬¥", "～∥－￠￡￢￥", 48)
@given(TEXTS, TEXTS, st.sampled_from(list(DOTS)))
def test_whatever_stands_in_a_field_comes_out_as_its_text_and_does_nothing_else(
    name: str, label: str, columns: Columns
) -> None:
    read_back(
        slip(replace(CARD_SALE, merchant_name=name, application_label=label, clerk=name), columns)
    )
