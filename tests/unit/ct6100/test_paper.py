from datetime import datetime

import pytest

from contracts.slips import Slip
from ct6100.paper import JST, draft_slip, is_number, mask_card, mask_member, plain
from ct6100.records import ENTRY_CONTACTLESS, MEDIA_CARD, MEDIA_EMONEY, Kind
from testkit.papers import EMONEY_SALE, EMONEY_VOID
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
    assert not is_number(number, MEDIA_CARD)


@pytest.mark.parametrize(
    ("number", "read"),
    [("JE10000055556666", "emoney"), ("6900111100230421", "emoney card"), ("JE1000 055556666", "")],
)
def test_the_number_of_an_emoney_may_have_letters_as_those_of_transit_cards_do(
    number: str, read: str
) -> None:
    assert [each for each in ("emoney", "card") if is_number(number, each)] == read.split()


def test_a_centres_code_keeps_what_can_be_printed() -> None:
    assert plain("G12") == "G12"
    assert plain("理由G\n12") == "G12"
    assert len(plain("x" * 99)) == 40


def test_a_code_payment_has_no_slip() -> None:
    slip = draft_slip(
        kind=Kind.PAYMENT,
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


@pytest.mark.parametrize(
    ("kind", "sample"), [(Kind.PAYMENT, EMONEY_SALE), (Kind.VOID, EMONEY_VOID)]
)
def test_an_emoney_slip_says_what_the_manuals_sample_says(kind: Kind, sample: Slip) -> None:
    slip = draft_slip(
        kind=kind,
        media=MEDIA_EMONEY,
        brand="iD",
        entry=ENTRY_CONTACTLESS,
        masked=mask_member("6900111100230421"),
        atc="",
        condition="",
        amount=sample.amount,
        slip_number=sample.slip_number,
        merchant_name=sample.merchant_name,
        merchant_phone=sample.merchant_phone,
        signature_required=False,
        at=datetime.strptime(sample.used_at, "%Y/%m/%d %H:%M:%S").replace(tzinfo=JST),
    )
    assert slip is not None
    from_the_centre = {"inquiry_number"}
    told = {name: getattr(slip, name) for name in slip.__struct_fields__}
    wanted = {name: getattr(sample, name) for name in sample.__struct_fields__}
    assert {name: value for name, value in told.items() if name not in from_the_centre} == {
        name: value for name, value in wanted.items() if name not in from_the_centre
    }
