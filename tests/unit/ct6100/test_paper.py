import pytest

from ct6100.paper import draft_slip, is_number, mask_card, mask_member, plain
from testkit.terminals import MORNING


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("377782123456304", "377782****6304"),
        ("4980123412341234", "498012****1234"),
        ("1234567890123", "123456****0123"),
        ("123456789012", "****9012"),
        ("12345678", "****5678"),
    ],
)
def test_a_card_shows_at_most_its_first_six_and_last_four_digits(number: str, masked: str) -> None:
    assert mask_card(number) == masked


def test_an_emoney_number_shows_its_last_four_digits_as_in_the_manual() -> None:
    assert mask_member("6900111100230421") == "**** * 0421"


@pytest.mark.parametrize("number", ["", "1234567", "1" * 20, "12345678x", "１２３４５６７８"])
def test_what_is_no_card_number_is_not_read(number: str) -> None:
    assert not is_number(number)


def test_a_centres_code_keeps_what_can_be_printed() -> None:
    assert plain("G12") == "G12"
    assert plain("理由G\n12") == "G12"
    assert len(plain("x" * 99)) == 40


def test_a_code_payment_has_no_slip() -> None:
    slip = draft_slip(
        media="code",
        brand="PayPay",
        entry="code",
        masked="",
        atc="",
        condition="",
        amount=165,
        slip_number="00119",
        merchant_name="",
        merchant_phone="",
        signature_required=False,
        at=MORNING,
    )
    assert slip is None
