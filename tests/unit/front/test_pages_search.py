"""伝票明細 understands what a person types, and asks for all of it."""

import pytest

from contracts.money import Yen
from front.pages.search import Sought, asked_of, typed_of, wrong_of


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"amount": "¥1,650"}, {"amount": "1650"}),
        ({"amount": "１６５０円"}, {"amount": "1650"}),
        ({"amount": "￥1,650"}, {"amount": "1650"}),
        ({"slip": "119"}, {"slip": "00119"}),
        ({"card": " ６３０４ "}, {"card": "6304"}),
        ({"day": "", "nothing": "x"}, {}),
    ],
)
def test_what_is_typed_is_taken_as_it_is_meant(
    typed: dict[str, str], meant: dict[str, str]
) -> None:
    assert typed_of(typed) == meant


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"card": "630"}, {"card"}),
        ({"amount": "-5", "slip": "1234567"}, {"amount", "slip"}),
        ({"day": "2026-02-30"}, {"day"}),
        ({"register": "R 1", "number": "9" * 41}, {"register", "number"}),
        ({"amount": "165", "card": "6304", "day": "2026-05-25"}, set[str]()),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(typed: dict[str, str], wrong: set[str]) -> None:
    assert wrong_of(typed_of(typed)) == wrong


def test_checkout_is_asked_for_all_of_it_in_this_store() -> None:
    sought = Sought(
        day="2026-05-25",
        register="R1",
        number="1",
        amount=Yen(5),
        slip="00001",
        card="1234",
        brand="amex",
    )
    asked = asked_of(sought, "S001")
    assert (asked.store, asked.register, asked.business_date) == ("S001", "R1", "2026-05-25")
    assert (asked.amount, asked.slip_number, asked.card_last) == (5, "00001", "1234")
    assert (asked.number, asked.brand) == ("1", "amex")
