import msgspec
import pytest

from contracts.slips import MaskedCardNumber, MaskedMemberNumber


@pytest.mark.parametrize("masked", ["377782****6304", "****", "411111******1111"])
def test_a_masked_card_number_passes(masked: str) -> None:
    assert msgspec.convert(masked, MaskedCardNumber) == masked


@pytest.mark.parametrize("number", ["377782123456304", "4111111111111111", "3777821***6304", ""])
def test_a_whole_card_number_cannot_be_represented(number: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(number, MaskedCardNumber)


def test_of_an_e_money_number_only_the_last_four_digits_are_kept() -> None:
    assert msgspec.convert("**** * 0421", MaskedMemberNumber) == "**** * 0421"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("1234 5 0421", MaskedMemberNumber)
