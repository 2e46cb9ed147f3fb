"""What a CT-6100 prints and accepts per brand. Data: `Presented.brand` may name others too."""

from typing import Final

from msgspec import Struct

EMONEY_BRANDS: Final = ("iD", "QUICPay", "交通系", "nanaco", "WAON", "楽天Edy")
"""The keys of the brand screen, in its order."""

CANCELLABLE_EMONEY: Final = frozenset({"iD", "QUICPay"})
"""The only e-money that a terminal gives back, manual 4-3."""


class CardBrand(Struct, frozen=True, kw_only=True):
    """What the chip of this brand's card says of itself (printed below the slip)."""

    company: str
    application_id: str
    application_label: str


CARD_BRANDS: Final[dict[str, CardBrand]] = {
    "AMEX": CardBrand(company="AMEX", application_id="A000000025010402", application_label="AMEX"),
    "VISA": CardBrand(
        company="VISA", application_id="A0000000031010", application_label="VISA CREDIT"
    ),
    "Mastercard": CardBrand(
        company="Mastercard", application_id="A0000000041010", application_label="MASTERCARD"
    ),
    "JCB": CardBrand(
        company="JCB", application_id="A0000000651010", application_label="JCB CREDIT"
    ),
    "Diners": CardBrand(
        company="Diners", application_id="A0000001523010", application_label="DINERS CLUB"
    ),
    "銀聯": CardBrand(
        company="銀聯", application_id="A000000333010102", application_label="UNIONPAY CREDIT"
    ),
}


def card_brand(brand: str) -> CardBrand:
    """Return the brand's data; an unknown brand prints its own name and no application."""
    known = CARD_BRANDS.get(brand)
    return known or CardBrand(company=brand, application_id="", application_label="")
