import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.width import character_width, cut, printable, stand_in, width, wrap


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("¥1,650", 6),
        ("合計金額", 8),
        ("ﾚｼﾞ", 3),
        ("※α…×÷±", 12),
        ("（株）", 6),
        ("é", 2),
        ("𠮷", 2),
        ("😀", 2),
    ],
)
def test_a_text_is_as_wide_as_the_printers_characters(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("店\x1b@\x1dV\x00", "店@V"),
        ("店\x9b1m\x90\x7f", "店1m"),
        ("a\u202eb\u2066c\u200bd\ufeffe", "abcde"),
        ("一\n二\t三\u2028四", "一 二 三 四"),
        ("か\u3099", "が"),
        ("葛\U000e0100", "葛"),
        ("\ud800\ue000\uffff", "〓〓〓"),
        ("a\u00a0b\u3000c", "a b\u3000c"),
        ("ABC", "ABC"),
    ],
)
def test_what_a_printer_would_obey_is_gone(text: str, left: str) -> None:
    assert printable(text) == left


@given(st.text(max_size=60))
def test_what_is_printable_stays_printable_and_is_valid_utf_8(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    assert once.encode().decode() == once
    assert not any(ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 for each in once)


@given(st.text(max_size=60).map(printable), st.integers(0, 48))
def test_nothing_that_is_cut_is_wider_than_its_place(text: str, columns: int) -> None:
    assert width(cut(text, columns)) <= columns


@given(st.text(max_size=200).map(printable), st.integers(4, 48), st.integers(1, 5))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks_and_the_end(
    text: str, columns: int, lines_max: int
) -> None:
    lines = wrap(text, columns, lines_max)
    assert len(lines) <= lines_max
    assert all(width(line) <= columns for line in lines)
    shown = "".join(lines).replace(" ", "")
    whole = text.replace(" ", "")
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))


def test_a_line_breaks_at_a_blank_and_never_before_a_closing_mark() -> None:
    assert wrap("coffee and a sandwich", 12, 3) == ("coffee and a", "sandwich")
    assert wrap("お待ちしております。", 18, 3) == ("お待ちしておりま", "す。")


@given(st.characters())
def test_what_stands_in_for_a_character_is_as_wide(character: str) -> None:
    assert character_width(stand_in(character)) == character_width(character)
