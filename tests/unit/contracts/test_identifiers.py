import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identifiers import CompanyCode, OrderNumber, SaleId, SlipNumber


@pytest.mark.parametrize("code", ["DEMO", "S001", "a", "x_1-2", "0" * 32])
def test_a_code_is_one_token_of_a_subject(code: str) -> None:
    assert msgspec.convert(code, CompanyCode) == code


@pytest.mark.parametrize("code", ["", ".", "a.b", "*", ">", "a b", "-a", "x" * 33, "é", "S001\n"])
def test_what_would_change_the_meaning_of_a_subject_is_no_code(code: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(code, CompanyCode)


@given(st.text())
def test_no_text_with_a_dot_a_blank_or_a_wildcard_passes(text: str) -> None:
    try:
        code = msgspec.convert(text, CompanyCode)
    except msgspec.ValidationError:
        return
    assert not set(code) & set(".*> \t\r\n")


@pytest.mark.parametrize("wrong", ["", "1234", "123456", "1234a", "00119\n"])
def test_a_slip_number_has_five_digits(wrong: str) -> None:
    assert msgspec.convert("00119", SlipNumber) == "00119"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, SlipNumber)


def test_an_id_is_a_uuid_in_lower_case() -> None:
    uuid = "0193a5c2-0000-7000-8000-00000000000a"
    assert msgspec.convert(uuid, SaleId) == uuid
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(uuid.upper(), SaleId)


def test_an_order_number_is_what_a_person_can_type() -> None:
    assert msgspec.convert("2026-1120-AB", OrderNumber) == "2026-1120-AB"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("12 34", OrderNumber)
