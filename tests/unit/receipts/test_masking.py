import pytest

from contracts.receipts import Copy
from receipts.errors import NumberNotMaskedError
from receipts.masking import CUSTOMERS_OWN, RULES, NumberKind, check_masked


def test_every_number_has_a_rule_for_every_copy() -> None:
    assert set(RULES) == {(kind, copy) for kind in NumberKind for copy in Copy}


@pytest.mark.parametrize(
    ("number", "kind", "copy"),
    [
        ("377782****6304", NumberKind.CARD, Copy.CUSTOMER),
        ("377782****6304", NumberKind.CARD, Copy.MERCHANT),
        ("****6304", NumberKind.CARD, Copy.MERCHANT),
        ("************6304", NumberKind.CARD, Copy.CUSTOMER),
        ("**** * 0421", NumberKind.MEMBER, Copy.CUSTOMER),
        ("6900 1111 0023 0***", NumberKind.MEMBER, Copy.MERCHANT),
        ("JE80 1234 5678 9***", NumberKind.MEMBER, Copy.MERCHANT),
        ("", NumberKind.CARD, Copy.CUSTOMER),
    ],
)
def test_what_the_samples_show_is_allowed(number: str, kind: NumberKind, copy: Copy) -> None:
    assert check_masked(number, kind, copy) == number


@pytest.mark.parametrize(
    ("number", "kind", "copy"),
    [
        ("377782123456304", NumberKind.CARD, Copy.CUSTOMER),
        ("3777821****6304", NumberKind.CARD, Copy.CUSTOMER),
        ("377782****16304", NumberKind.CARD, Copy.MERCHANT),
        ("377782***6304", NumberKind.CARD, Copy.MERCHANT),
        ("377782****12****6304", NumberKind.CARD, Copy.MERCHANT),
        ("３７７７８２****6304", NumberKind.CARD, Copy.CUSTOMER),
        ("377782****63④4", NumberKind.CARD, Copy.CUSTOMER),
        ("377782****6304\n3777821234", NumberKind.CARD, Copy.CUSTOMER),
        ("**** 0 0421", NumberKind.MEMBER, Copy.CUSTOMER),
        ("6900 1111 0023 0***", NumberKind.MEMBER, Copy.CUSTOMER),
        ("6900 1111 0023 0421", NumberKind.MEMBER, Copy.MERCHANT),
        ("6900 1111 0023 04**", NumberKind.MEMBER, Copy.MERCHANT),
        ("**** * 0421", NumberKind.MEMBER, Copy.MERCHANT),
        ("6900 1111 0023 0***1", NumberKind.MEMBER, Copy.MERCHANT),
        ("6" * 24 + " " * 8 + "***", NumberKind.MEMBER, Copy.MERCHANT),
    ],
)
def test_what_shows_more_is_refused_without_saying_it(
    number: str, kind: NumberKind, copy: Copy
) -> None:
    with pytest.raises(NumberNotMaskedError) as refused:
        check_masked(number, kind, copy)
    assert (refused.value.code, refused.value.field) == ("number_not_masked", kind.value)
    assert number not in str(refused.value)


def test_a_merchants_copy_may_show_the_customers_mask_when_told_so() -> None:
    shown = check_masked("**** * 0421", NumberKind.MEMBER, Copy.MERCHANT, CUSTOMERS_OWN)
    assert shown == "**** * 0421"
