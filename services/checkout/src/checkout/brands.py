"""What a brand's rule says: of an e-money touch that broke off (処理未了), of money back. Pure."""

from datetime import date, timedelta
from typing import Final, Literal

from msgspec.structs import replace

from checkout.model import Sale, Tender
from contracts.identifiers import BusinessDate
from contracts.stores import BrandRule

MEDIA: Final[dict[str, Literal["card", "emoney", "code"]]] = {
    "card": "card",
    "emoney": "emoney",
    "code": "code",
}
"""The terminal's words for its media, as the rules have them."""


def presumed(sale: Sale, tender: Tender, rules: tuple[BrandRule, ...]) -> Tender:
    """Return the tender with what it counts as until shown otherwise, and until when to look."""
    rule = brand_rule(rules, tender.brand or "", sale.business_date)
    return replace(
        tender,
        presumed="sold" if rule.counts_as_sold_until_shown_otherwise else "not_sold",
        investigate_until=days_after(sale.business_date, rule.investigation_days),
    )


def brand_rule(rules: tuple[BrandRule, ...], brand: str, day: BusinessDate) -> BrandRule:
    """Return the newest rule of the brand that holds on that day; without one: not sold."""
    holding = [rule for rule in rules if rule.brand == brand and rule.valid_from <= day]
    unknown = BrandRule(brand=brand or "-", media="emoney")
    return max(holding, key=lambda rule: rule.valid_from, default=unknown)


NOT_ON_TERMINAL: Final = "brand"
"""Why an e-money without a rule of its own cannot be given back: only iD and QUICPay can (4-3)."""


def refund_rule(rules: tuple[BrandRule, ...], tender: Tender, day: BusinessDate) -> BrandRule:
    """Return the newest rule for the tender's brand that holds on that day; without one: by media.

    A terminal that names no brand of a medium is taken at the medium's word.
    """
    media = MEDIA.get(tender.media or "", "card")
    brand = tender.brand or ""
    holding = [
        rule
        for rule in rules
        if (rule.brand, rule.media) == (brand, media) and rule.valid_from <= day
    ]
    unknown = BrandRule(
        brand=brand or "-",
        media=media,
        cancellable=media != "emoney",
        reason=NOT_ON_TERMINAL if media == "emoney" else "",
        needs_card=media != "code",
        prints_slip=media != "code",
    )
    return max(holding, key=lambda rule: rule.valid_from, default=unknown)


def days_after(day: BusinessDate, days: int) -> BusinessDate:
    """Return the business date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
