import pytest

from ct6100.brands import CARD_BRANDS, EMONEY_BRANDS
from store_config.brand_rules import SHIPPED

BY_BRAND = {(rule.media, rule.brand): rule for rule in SHIPPED}


def test_no_brand_has_two_rules_to_begin_with() -> None:
    assert len(BY_BRAND) == len(SHIPPED)
    assert {rule.valid_from for rule in SHIPPED} == {"2000-01-01"}


def test_each_brand_that_a_terminal_names_has_a_rule() -> None:
    named = {("emoney", brand) for brand in EMONEY_BRANDS}
    named |= {("card", brand) for brand in CARD_BRANDS}
    codes = {key for key in BY_BRAND if key[0] == "code"}
    assert named == set(BY_BRAND) - codes
    assert {brand for _, brand in codes} >= {"PayPay", "d払い"}


def test_of_e_money_only_id_and_quicpay_go_back_on_a_terminal() -> None:
    given_back = {key for key, rule in BY_BRAND.items() if rule.cancellable}
    assert {brand for media, brand in given_back if media == "emoney"} == {"iD", "QUICPay"}
    assert {key for key in BY_BRAND if key[0] != "emoney"} <= given_back
    for key in BY_BRAND.keys() - given_back:
        assert (BY_BRAND[key].reason, BY_BRAND[key].ways) == ("brand", ("cash", "support"))


def test_a_code_goes_back_by_its_number_alone_and_prints_no_slip() -> None:
    for (media, _), rule in BY_BRAND.items():
        without_card = (rule.needs_card, rule.prints_slip) == (False, False)
        assert without_card is (media == "code")


@pytest.mark.parametrize(
    ("brand", "counts_as", "days"),
    [
        ("nanaco", "sold", 55),
        ("交通系", "not sold", 55),
        ("WAON", "not sold", 55),
        ("楽天Edy", "not sold", 55),
        ("iD", "not sold", 1),
        ("QUICPay", "not sold", 1),
    ],
)
def test_a_touch_that_broke_off_counts_as_the_providers_say(
    brand: str, counts_as: str, days: int
) -> None:
    rule = BY_BRAND["emoney", brand]
    assert rule.counts_as_sold_until_shown_otherwise is (counts_as == "sold")
    assert rule.investigation_days == days
