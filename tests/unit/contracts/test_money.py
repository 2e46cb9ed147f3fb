import msgspec
import pytest

from contracts.money import AMOUNT_MAX, Amount, Balance


@pytest.mark.parametrize("yen", [1, 165, AMOUNT_MAX])
def test_an_amount_is_at_least_one_yen_and_has_seven_digits_at_most(yen: int) -> None:
    assert msgspec.convert(yen, Amount) == yen


@pytest.mark.parametrize("wrong", [0, -1, AMOUNT_MAX + 1, 1.5, "165", None, True])
def test_nothing_else_is_an_amount(wrong: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Amount)


def test_a_balance_may_be_nothing_and_is_never_negative() -> None:
    assert msgspec.convert(0, Balance) == 0
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(-1, Balance)
