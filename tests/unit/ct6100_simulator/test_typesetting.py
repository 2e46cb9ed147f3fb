"""How characters and pictures stand on paper, by what a host sends."""

import pytest

from ct6100_simulator.receipt_printer import Ignored, ReceiptPrinter
from ct6100_simulator.strip import Bars, Feed, Graphic, Line, Row, text_of

WIDE, NARROW = 576, 384
SJIS = b"\x1cC\x01"


def rows(sent: bytes, width: int = WIDE) -> list[Row]:
    happened = ReceiptPrinter(width).receive(sent)
    ignored = [each for each in happened if isinstance(each, Ignored)]
    assert ignored == []
    return [each for each in happened if isinstance(each, Line | Graphic | Bars | Feed)]


def told(sent: bytes, width: int = WIDE) -> list[str]:
    return [text_of(row) for row in rows(sent, width)]


def the_line(sent: bytes) -> Line:
    (row,) = rows(sent)
    assert isinstance(row, Line)
    return row


def sjis(text: str) -> bytes:
    return text.replace("¥", "\\").encode("cp932")


def test_kanji_take_two_columns_and_stand_under_each_other() -> None:
    sent = SJIS + sjis("合計" + " " * 36 + "¥1,650  \n" + "お預り" + " " * 34 + "¥2,000  \n")
    assert told(sent) == ["合計" + " " * 36 + "¥1,650", "お預り" + " " * 34 + "¥2,000"]
    first, second = rows(sent)
    assert isinstance(first, Line)
    assert isinstance(second, Line)
    assert first.glyphs[-1].x == second.glyphs[-1].x


def test_jis_kanji_stand_between_their_two_commands_only() -> None:
    kanji = "領収書".encode("iso2022_jp").removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")
    assert told(b"No.\x1c&" + kanji + b"\x1c.=1\n") == ["No.領収書=1"]
    assert told(SJIS + b"\x1c&" + sjis("領収書 No.1\n")) == ["領収書 No.1"]


def test_half_width_katakana_are_one_column() -> None:
    line = the_line(SJIS + b"\x1bt\x01" + sjis("ｺｰﾋｰ 豆\n"))
    assert line.said == "ｺｰﾋｰ 豆"
    assert [glyph.x // 12 for glyph in line.glyphs] == [0, 1, 2, 3, 4, 5]
    assert [glyph.width for glyph in line.glyphs[-2:]] == [12, 24]


def test_a_kanji_that_the_printer_lacks_is_a_box_and_is_told() -> None:
    happened = ReceiptPrinter(WIDE).receive(SJIS + b"\xed\x40\n")
    assert happened[0] == Ignored("text", "no kanji 0xed40")
    assert isinstance(happened[1], Line)
    assert happened[1].said == "〓"


def test_half_a_kanji_before_a_line_feed_is_dropped_and_the_line_ends() -> None:
    happened = ReceiptPrinter(WIDE).receive(SJIS + b"ab\x97\ncd\n")
    assert happened[0] == Ignored("text", "half a kanji, 0x97")
    assert [each.said for each in happened if isinstance(each, Line)] == ["ab", "cd"]


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"\x1ba\x00ab\n", "ab"),
        (b"\x1ba\x01ab\n", " " * 23 + "ab"),
        (b"\x1ba\x32ab\n", " " * 46 + "ab"),
        (b"\x1dL\x18\x00ab\n", "  ab"),
        (b"\x1dW\x78\x00\x1ba\x02ab\n", " " * 8 + "ab"),
        (b"\x1b$\x3c\x00ab\n", "     ab"),
        (b"ab\x1b\\\x18\x00c\n", "ab  c"),
        (b"ab\tc\n", "ab      c"),
        (b"\x1bD\x04\x00ab\tc\n", "ab  c"),
        (b"\x1b \x0cab\n", "a b"),
    ],
)
def test_where_things_go(sent: bytes, text: str) -> None:
    assert told(sent) == [text]


def test_a_line_that_is_full_goes_on_below_and_no_kanji_is_split() -> None:
    assert told(b"x" * 50 + b"\n") == ["x" * 48, "xx"]
    assert told(b"x" * 34 + b"\n", NARROW) == ["x" * 32, "xx"]
    assert told(SJIS + b"x" * 47 + sjis("円\n")) == ["x" * 47, "円"]


def test_bigger_characters_take_more_columns() -> None:
    assert told(b"\x1d!\x11AB\x1d!\x00c\n") == ["A B c"]
    assert told(SJIS + b"\x1d!\x10" + sjis("合計\n")) == ["合  計"]
    assert told(SJIS + b"\x1b!\x20\x1c!\x04A" + sjis("円") + b"\x1b!\x00\x1c!\x00b\n") == [
        "A 円  b"
    ]
    line = the_line(SJIS + b"\x1cW\x01" + sjis("円\n"))
    assert (line.glyphs[0].width, line.glyphs[0].height, line.height) == (48, 48, 48)
    assert the_line(b"\x1d!\x77A\n").glyphs[0].width == 96


def test_styles_are_kept_with_each_character() -> None:
    line = the_line(b"\x1bE\x01a\x1bE\x00\x1b-\x02b\x1b-\x00\x1dB\x01c\x1dB\x00\x1bM\x01d\n")
    assert [glyph.bold for glyph in line.glyphs] == [True, False, False, False]
    assert [glyph.underline for glyph in line.glyphs] == [0, 2, 0, 0]
    assert [glyph.reverse for glyph in line.glyphs] == [False, False, True, False]
    assert [glyph.width for glyph in line.glyphs] == [12, 12, 12, 9]


def test_initialising_sets_everything_back_and_forgets_the_line() -> None:
    styled = b"\x1bE\x01\x1d!\x11\x1ba\x02\x1cC\x01\x1dL\x20\x00lost"
    line = the_line(styled + b"\x1b@kept\n")
    assert line.said == "kept"
    assert line.glyphs[0].x == 0
    assert not line.glyphs[0].bold


def test_feeds_are_paper_without_anything_on_it() -> None:
    assert [row.height for row in rows(b"a\x1bd\x03")] == [30, 30, 30]
    assert [row.height for row in rows(b"\x1bd\x02\x1bJ\x09")] == [30, 30, 9]
    assert [row.height for row in rows(b"\x1b3\x40a\n\x1b2b\n")] == [64, 30]
    assert [row.height for row in rows(b"a\x1bJ\x50")] == [80]


@pytest.mark.parametrize("late", [b"\x1ba\x01", b"\x1dL\x20\x00", b"\x1dV\x00", b"\x1dk\x04AB\x00"])
def test_what_belongs_to_the_beginning_of_a_line_is_ignored_later(late: bytes) -> None:
    happened = ReceiptPrinter(WIDE).receive(b"a" + late + b"b\n")
    assert [each.why for each in happened if isinstance(each, Ignored)] == [
        "not at the beginning of a line"
    ]
    assert [text_of(each) for each in happened if isinstance(each, Line)] == ["ab"]


def test_a_bar_code_stands_by_itself_as_high_and_wide_as_it_was_set() -> None:
    sent = b"\x1ba\x01\x1dh\x50\x1dw\x02\x1dH\x02\x1df\x00\x1dk\x49\x07{B00012"
    (row,) = rows(sent)
    assert isinstance(row, Bars)
    assert text_of(row) == "[CODE128 00012]"
    width = len(row.symbol.modules) * 2
    assert (row.module, row.bar_height, row.x) == (2, 80, (WIDE - width) // 2)
    assert (row.above, row.below, row.height) == (False, True, 108)


def test_a_bar_code_that_is_wider_than_the_paper_is_not_printed() -> None:
    happened = ReceiptPrinter(NARROW).receive(b"\x1dw\x06\x1dk\x49\x0e{B123456789012")
    assert [type(each) for each in happened] == [Ignored, Feed]


def test_pictures_come_as_rows_kept_ones_and_columns() -> None:
    (raster,) = rows(b"\x1ba\x02\x1dv0\x01\x02\x00\x02\x00abcd")
    assert isinstance(raster, Graphic)
    picture = raster.picture
    assert (picture.width, picture.height, picture.across, picture.dots) == (16, 2, 2, b"abcd")
    assert picture.x == WIDE - 32
    kept = b"\x1d(L\x0c\x000p0\x01\x02\x31\x08\x00\x02\x00ab"
    assert rows(kept) == []
    (graphic,) = rows(kept + b"\x1d(L\x02\x0002")
    assert isinstance(graphic, Graphic)
    assert (graphic.picture.dots, graphic.height) == (b"ab", 4)
    assert rows(b"\x1d(L\x02\x0002") == [], "nothing is kept"
    line = the_line(b"a\x1b*\x21\x02\x00\x80\x00\x00\x00\x00\x01b\n")
    (column,) = line.pictures
    assert (column.width, column.height, column.x) == (2, 24, 12)
    assert (column.dots[0], column.dots[23]) == (0x80, 0x40)
    assert line.glyphs[1].x == 14
