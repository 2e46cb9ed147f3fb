"""What the terminal prints about one payment, field by field: manual, chapter 3-2.

Full numbers end here: what leaves is masked.
"""

from datetime import datetime, timedelta, timezone
from typing import Final

from ct6100.brands import card_brand
from ct6100.records import (
    ENTRY_CONTACTLESS,
    ENTRY_IC,
    ENTRY_MAGNETIC,
    MEDIA_CARD,
    MEDIA_EMONEY,
    Slip,
)

JST: Final = timezone(timedelta(hours=9), "JST")
"""The zone of the terminal's clock; Japan has one and no summer time."""

CARD_TITLE: Final = "クレジットカード売上票"
EMONEY_TITLE: Final = "領収書"
SALE: Final = "売上"
EXPIRY_HIDDEN: Final = "XX/XX"
HANDLING_SALE: Final = "110"
PRODUCT_CODE: Final = "5678"
SEQUENCE_LABEL: Final = "No01"
UPPER_TERMINAL_ID: Final = "4976151008355"

_SETTLEMENTS: Final = {ENTRY_CONTACTLESS: "CL", ENTRY_IC: "IC", ENTRY_MAGNETIC: "MS"}

NUMBER_MIN: Final = 8
NUMBER_MAX: Final = 19
"""Digits of a card or e-money number (ISO/IEC 7812)."""


CODE_LENGTH_MAX: Final = 40
"""The longest code that a centre gives is an order number."""


def is_number(number: str) -> bool:
    """Whether a card's or e-money's number could have been read like this."""
    return NUMBER_MIN <= len(number) <= NUMBER_MAX and number.isascii() and number.isdigit()


def mask_card(number: str) -> str:
    """Return first six and last four digits: `377782****6304`; of a short one only the last."""
    head = number[:6] if len(number) > NUMBER_MIN + 4 else ""
    return f"{head}****{number[-4:]}"


def mask_member(number: str) -> str:
    """Return an e-money's number as the customer's copy shows it: `**** * 0421`."""
    return f"**** * {number[-4:]}"


def plain(text: str) -> str:
    """Return what a centre's code leaves when only printable ASCII may stand on the paper."""
    return "".join(c for c in text if c.isascii() and c.isprintable())[:CODE_LENGTH_MAX]


def draft_slip(
    *,
    media: str,
    brand: str,
    entry: str,
    masked: str,
    atc: str,
    condition: str,
    amount: int,
    slip_number: str,
    merchant_name: str,
    merchant_phone: str,
    signature_required: bool,
    at: datetime,
) -> Slip | None:
    """Return the slip as far as it is known before the centre answers; None for code payments."""
    used_at = f"{at.astimezone(JST):%Y/%m/%d %H:%M:%S}"
    if media == MEDIA_CARD:
        card = card_brand(brand)
        return Slip(
            slip_number=slip_number,
            title=CARD_TITLE,
            merchant_name=merchant_name,
            merchant_phone=merchant_phone,
            used_at=used_at,
            transaction=SALE,
            amount=amount,
            total=amount,
            card_number=masked,
            other_card_settlement=_SETTLEMENTS[entry],
            expiry=EXPIRY_HIDDEN,
            payment_condition=condition,
            handling=HANDLING_SALE,
            product=PRODUCT_CODE,
            card_company=card.company,
            atc="" if entry == ENTRY_MAGNETIC else atc,
            sequence_label=SEQUENCE_LABEL,
            application_id="" if entry == ENTRY_MAGNETIC else card.application_id,
            application_label=card.application_label,
            signature_required=signature_required,
        )
    if media == MEDIA_EMONEY:
        return Slip(
            slip_number=slip_number,
            title=EMONEY_TITLE,
            merchant_name=merchant_name,
            merchant_phone=merchant_phone,
            used_at=used_at,
            transaction=SALE,
            amount=amount,
            total=amount,
            member_number=masked,
            expiry=EXPIRY_HIDDEN,
            upper_terminal_id=UPPER_TERMINAL_ID,
        )
    return None
