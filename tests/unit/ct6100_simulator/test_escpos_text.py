import pytest
from hypothesis import given
from hypothesis import strategies as st

from ct6100_simulator.escpos_text import (
    COUNTRIES,
    JAPAN,
    KATAKANA,
    PAGES,
    leads,
    narrow,
    of_jis,
    of_shift_jis,
)


@pytest.mark.parametrize(
    ("code", "page", "country", "character"),
    [
        (0x41, KATAKANA, JAPAN, "A"),
        (0x5C, KATAKANA, JAPAN, "¥"),
        (0x5C, KATAKANA, 0, "\\"),
        (0x7E, KATAKANA, JAPAN, "~"),
        (0x23, KATAKANA, 3, "£"),
        (0xB1, KATAKANA, JAPAN, "ｱ"),
        (0xA1, KATAKANA, JAPAN, "｡"),
        (0xDF, KATAKANA, JAPAN, "ﾟ"),
        (0xF1, KATAKANA, JAPAN, "円"),
        (0x82, 0, 0, "é"),
        (0xD5, 19, 0, "€"),
        (0x80, 16, 0, "€"),
    ],
)
def test_a_byte_is_the_character_of_its_page_and_country(
    code: int, page: int, country: int, character: str
) -> None:
    assert narrow(code, page, country) == character


def test_every_page_has_a_character_for_every_byte_that_prints() -> None:
    for page in PAGES:
        for country in COUNTRIES:
            assert all(len(narrow(code, page, country)) == 1 for code in range(0x20, 0x100))


# Rows and cells of JIS X 0208 (区点), taken from the standard's table and not from a codec.
KUTEN = [
    ("　", 1, 1),
    ("、", 1, 2),
    ("ー", 1, 28),
    ("Ａ", 3, 33),
    ("あ", 4, 2),
    ("ア", 5, 2),
    ("亜", 16, 1),
    ("円", 17, 63),
    ("収", 28, 93),
    ("腕", 47, 51),
    ("弌", 48, 1),
    ("熙", 84, 6),
]


@pytest.mark.parametrize(("character", "row", "cell"), KUTEN)
def test_a_kanji_has_the_same_place_in_both_codes(character: str, row: int, cell: int) -> None:
    assert of_jis(0x20 + row, 0x20 + cell) == character
    lead = (row + 1) // 2 + (0x80 if row <= 62 else 0xC0)
    odd_trail = cell + (0x3F if cell <= 63 else 0x40)
    trail = odd_trail if row % 2 else cell + 0x9E
    assert leads(lead)
    assert of_shift_jis(lead, trail) == character


def test_signs_of_row_13_are_there_and_what_vendors_added_is_not() -> None:
    assert of_shift_jis(0x87, 0x40) == "①"
    assert of_shift_jis(0x87, 0x8A) == "㈱"
    assert of_shift_jis(0xED, 0x40) is None
    assert of_shift_jis(0x85, 0x40) is None
    assert not leads(0xFA)


@given(st.integers(0, 255), st.integers(0, 255))
def test_any_two_bytes_are_one_character_or_none(first: int, second: int) -> None:
    for decode in (of_jis, of_shift_jis):
        found = decode(first, second)
        assert found is None or len(found) == 1 or not leads(first)
