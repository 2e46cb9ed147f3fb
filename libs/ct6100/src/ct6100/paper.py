"""What the terminal prints about one operation, field by field: manual, chapter 3-2.

Full numbers end here: what leaves is masked.
"""

from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Final

from ct6100.brands import card_brand
from ct6100.records import (
    ENTRY_CONTACTLESS,
    ENTRY_IC,
    ENTRY_MAGNETIC,
    MEDIA_CARD,
    MEDIA_EMONEY,
    Kind,
    MerchantMask,
    Slip,
)

JST: Final = timezone(timedelta(hours=9), "JST")
"""The zone of the terminal's clock; Japan has one and no summer time."""

CARD_TITLE: Final = "クレジットカード売上票"
CARD_REFUND_TITLE: Final = "クレジットカード取消票"
EMONEY_TITLE: Final = "領収書"
EMONEY_REFUND_TITLE: Final = "取消・返品"
TRANSACTIONS: Final = {Kind.PAYMENT: "売上", Kind.VOID: "取消", Kind.RETURN: "返品"}
"""取引内容."""
EXPIRY_HIDDEN: Final = "XX/XX"
HANDLING_SALE: Final = "110"
PRODUCT_CODE: Final = "5678"
SEQUENCE_LABEL: Final = "No01"
UPPER_TERMINAL_ID: Final = "4976151008355"

_SETTLEMENTS: Final = {ENTRY_CONTACTLESS: "CL", ENTRY_IC: "IC", ENTRY_MAGNETIC: "MS"}

NUMBER_MIN: Final = 8
NUMBER_MAX: Final = 19
"""Digits of a card or e-money number (ISO/IEC 7812)."""


MERCHANT_HIDDEN: Final = 3
"""Digits of an e-money's number that the merchant's copy does not show."""

GROUP: Final = 4
"""Digits between two blanks, as printed on cards and paper."""

CODE_LENGTH_MAX: Final = 40
"""The longest code that a centre gives is an order number."""


def is_number(number: str, media: str) -> bool:
    """Whether a card's or e-money's number could have been read like this.

    Those of transit cards begin with two letters (`JE…`), so an e-money's may have some.
    """
    digits = number.isalnum() if media == MEDIA_EMONEY else number.isdigit()
    return NUMBER_MIN <= len(number) <= NUMBER_MAX and number.isascii() and digits


def mask_card(number: str) -> str:
    """Return first six and last four digits: `377782****6304`; of a short one only the last."""
    head = number[:6] if len(number) > NUMBER_MIN + 4 else ""
    return f"{head}****{number[-4:]}"


def mask_member(number: str) -> str:
    """Return an e-money's number as the customer's copy shows it: `**** * 0421`."""
    return f"**** * {number[-4:]}"


def mask_merchant(number: str) -> MerchantMask:
    """Return it as the merchant's copy shows it: all but the last three, in groups of four."""
    shown = f"{number[:-MERCHANT_HIDDEN]}{'*' * MERCHANT_HIDDEN}"
    groups = (shown[start : start + GROUP] for start in range(0, len(shown), GROUP))
    return MerchantMask(shown=" ".join(groups))


def mark_of(serial: str, brand: str, number: str) -> str:
    """Return by what this terminal knows an e-money again; the number itself is not kept.

    Not a secret (numbers are few enough to try them all): it stays inside the terminal.
    """
    return sha256(f"{serial}/{brand}/{number}".encode()).hexdigest()


def plain(text: str) -> str:
    """Return what a centre's code leaves when only printable ASCII may stand on the paper."""
    return "".join(c for c in text if c.isascii() and c.isprintable())[:CODE_LENGTH_MAX]


def draft_slip(
    *,
    kind: Kind,
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
    sold = kind is Kind.PAYMENT
    used_at = f"{at.astimezone(JST):%Y/%m/%d %H:%M:%S}"
    if media == MEDIA_CARD:
        card = card_brand(brand)
        return Slip(
            slip_number=slip_number,
            title=CARD_TITLE if sold else CARD_REFUND_TITLE,
            merchant_name=merchant_name,
            merchant_phone=merchant_phone,
            used_at=used_at,
            transaction=TRANSACTIONS[kind],
            amount=amount,
            total=amount,
            card_number=masked,
            other_card_settlement=_SETTLEMENTS[entry],
            expiry=EXPIRY_HIDDEN,
            payment_condition=condition,
            handling=HANDLING_SALE,
            product=PRODUCT_CODE if sold else "",
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
            title=EMONEY_TITLE if sold else EMONEY_REFUND_TITLE,
            merchant_name=merchant_name,
            merchant_phone=merchant_phone,
            used_at=used_at,
            transaction=TRANSACTIONS[kind],
            amount=amount,
            total=amount,
            member_number=masked,
            expiry=EXPIRY_HIDDEN,
            card_company=brand.upper(),  # on the samples iD is `ID支払`
            upper_terminal_id=UPPER_TERMINAL_ID,
        )
    return None
