"""処理未了: which rule holds for a brand on a day, and until when it is looked into."""

from typing import Any

from checkout.brands import brand_rule, days_after, presumed
from contracts.sales import TenderState
from contracts.stores import BrandRule

NANACO = BrandRule(
    brand="nanaco", media="emoney", counts_as_sold_until_shown_otherwise=True, investigation_days=30
)
NEWER = BrandRule(brand="nanaco", media="emoney", valid_from="2026-11-22")
LATER = BrandRule(brand="nanaco", media="emoney", valid_from="2026-11-23")


def test_the_newest_rule_of_the_brand_that_holds_on_the_day_decides() -> None:
    rules = (NEWER, LATER, NANACO)
    assert brand_rule(rules, "nanaco", "2026-11-21") == NANACO
    assert brand_rule(rules, "nanaco", "2026-11-22") == NEWER
    assert brand_rule(rules, "nanaco", "2026-12-01") == LATER


def test_a_brand_without_a_rule_counts_as_not_sold() -> None:
    unknown = brand_rule((NANACO,), "WAON", "2026-11-22")
    assert not unknown.counts_as_sold_until_shown_otherwise
    assert not brand_rule((), "", "2026-11-22").counts_as_sold_until_shown_otherwise


def test_a_doubt_is_presumed_and_looked_into_by_its_brands_rule(build: Any) -> None:
    doubted = build.tender(TenderState.IN_DOUBT, brand="nanaco")
    sale = build.sale(doubted)
    sold = presumed(sale, doubted, (NANACO,))
    assert (sold.presumed, sold.investigate_until) == ("sold", "2026-12-22")
    other = presumed(sale, doubted, ())
    assert (other.presumed, other.investigate_until) == ("not_sold", "2027-01-16")


def test_days_are_counted_over_the_end_of_a_month() -> None:
    assert days_after("2026-11-22", 0) == "2026-11-22"
    assert days_after("2026-12-31", 60) == "2027-03-01"
