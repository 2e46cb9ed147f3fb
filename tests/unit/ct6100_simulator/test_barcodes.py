import pytest
from hypothesis import given
from hypothesis import strategies as st

from ct6100_simulator.barcodes import symbol


def modules(m: int, data: bytes) -> str:
    drawn = symbol(m, data)
    assert drawn is not None
    return drawn.modules


def test_code128_is_the_standards_own_example() -> None:
    assert modules(73, b"{APJJ123C") == (
        "11010000100" "11101110110" "10110111000" "10110111000" "10011100110"
        "11001110010" "11001011100" "10001000110" "11101011000" "1100011101011"
    )  # fmt: skip


def test_jan_is_the_standards_own_example_with_and_without_its_check_digit() -> None:
    jan13 = (
        "101" "0001011" "0100111" "0110011" "0010011" "0111101" "0011101" "01010"
        "1100110" "1101100" "1000010" "1011100" "1001110" "1000100" "101"
    )  # fmt: skip
    assert modules(2, b"590123412345") == jan13
    assert modules(67, b"5901234123457") == jan13
    jan8 = (
        "101" "0001011" "0101111" "0111101" "0110111" "01010"
        "1001110" "1110010" "1000100" "1011100" "101"
    )  # fmt: skip
    assert modules(3, b"9638507") == modules(68, b"96385074") == jan8


def test_code39_and_its_like_have_wide_elements_of_three() -> None:
    star, a = "100010111011101", "111010100010111"
    assert modules(4, b"A") == modules(69, b"*A*") == f"{star}0{a}0{star}"
    assert modules(5, b"12") == "1010" + "111010001010111000" + "11101"
    a1b = "101110001000101010111000101000100010111"
    assert modules(6, b"A1B") == modules(71, b"a1b") == a1b


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{B00012", "00012"),
        (b"{C" + bytes([12, 34, 99]), "123499"),
        (b"{B12{C" + bytes([34, 56]) + b"{Bxy", "123456xy"),
        (b"{B{1ab{{c", "ab{c"),
        (b"{Bab{SAc", "abAc"),
        (b"{AAB{SaD", "ABaD"),
    ],
)
def test_what_a_person_reads_is_the_data_alone(data: bytes, text: str) -> None:
    drawn = symbol(73, data)
    assert drawn is not None
    assert drawn.text == text


@pytest.mark.parametrize(
    ("m", "data"),
    [
        (73, b"12345"),
        (73, b"{D12345"),
        (73, b"{"),
        (73, b"{C" + bytes([100])),
        (73, b"{B\x01"),
        (73, b"{Aa"),
        (73, b"{B\xb1"),
        (2, b"12345"),
        (2, b"59012341234x"),
        (4, b"abc"),
        (5, b"123"),
        (6, b"123"),
        (1, b"123456"),
        (72, b"ABC"),
        (99, b"ABC"),
    ],
)
def test_data_that_does_not_go_into_the_symbol_is_none(m: int, data: bytes) -> None:
    assert symbol(m, data) is None


@given(st.integers(0, 255), st.binary(max_size=40))
def test_any_data_is_a_symbol_or_none_that_begins_and_ends_with_a_bar(m: int, data: bytes) -> None:
    drawn = symbol(m, data)
    if drawn is not None:
        assert set(drawn.modules) <= {"0", "1"}
        assert drawn.modules[0] == drawn.modules[-1] == "1"


@given(st.text("0123456789ABCDEFGHIJabcdefghij-/", min_size=1, max_size=30))
def test_code128_has_eleven_modules_a_character_and_a_check_that_holds(text: str) -> None:
    drawn = symbol(73, b"{B" + text.encode())
    assert drawn is not None
    assert len(drawn.modules) == 11 * (len(text) + 2) + 13
    values = [104, *(ord(each) - 0x20 for each in text)]
    check = (values[0] + sum(at * value for at, value in enumerate(values))) % 103
    alone = symbol(73, b"{B" + bytes([check + 0x20]) if check < 95 else b"{B ")
    assert alone is not None
    if check < 95:
        assert drawn.modules[-24:-13] == alone.modules[11:22]
