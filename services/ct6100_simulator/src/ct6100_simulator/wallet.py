"""What a customer carries: the cards, e-money and phones that lie beside the device. Pure.

The card and member numbers are those on the sample slips of the manual (chapter 3-2), or invented
ones of the same shape; none belongs to anybody.
"""

from typing import Final

from msgspec import Struct

from ct6100.records import (
    ENTRY_CODE,
    ENTRY_CONTACTLESS,
    ENTRY_IC,
    MEDIA_CARD,
    MEDIA_CODE,
    MEDIA_EMONEY,
)
from ct6100.stimuli import Presented
from ct6100_simulator.model import Present


class WalletItem(Struct, frozen=True, kw_only=True):
    """One thing to pay with. `entries` are the places that can read it, the usual one first.

    `entries` holds `ic`, `magnetic`, `contactless` or `code`; `outcome` is what its issuer says,
    as in the body of `POST …/present`.
    """

    id: str
    kind: str
    brand: str
    face: str
    entries: tuple[str, ...]
    number: str = ""
    outcome: str = "approved"


_CARD: Final = ("ic", "contactless", "magnetic")
_TOUCH: Final = ("contactless",)
_CODE: Final = ("code",)

WALLET: Final = (
    WalletItem(
        id="amex", kind="card", brand="AMEX", face="AMEX", entries=_CARD, number="377782000006304"
    ),
    WalletItem(
        id="visa", kind="card", brand="VISA", face="VISA", entries=_CARD, number="4980070000001234"
    ),
    WalletItem(
        id="mastercard",
        kind="card",
        brand="Mastercard",
        face="Mastercard",
        entries=_CARD,
        number="5321170000005678",
    ),
    WalletItem(
        id="jcb", kind="card", brand="JCB", face="JCB", entries=_CARD, number="3540220000009012"
    ),
    WalletItem(
        id="unionpay",
        kind="card",
        brand="銀聯",
        face="銀聯",
        entries=("ic", "magnetic"),
        number="6212340000003456",
    ),
    WalletItem(
        id="declined",
        kind="card",
        brand="VISA",
        face="VISA",
        entries=_CARD,
        number="4000000000000011",
        outcome="declined",
    ),
    WalletItem(
        id="id", kind="emoney", brand="iD", face="iD", entries=_TOUCH, number="6900111100230421"
    ),
    WalletItem(
        id="quicpay",
        kind="emoney",
        brand="QUICPay",
        face="QUICPay",
        entries=_TOUCH,
        number="3566000011112222",
    ),
    WalletItem(
        id="transit",
        kind="emoney",
        brand="交通系",
        face="交通系",
        entries=_TOUCH,
        number="JE10000055556666",
    ),
    WalletItem(
        id="nanaco",
        kind="emoney",
        brand="nanaco",
        face="nanaco",
        entries=_TOUCH,
        number="7600222233334444",
    ),
    WalletItem(
        id="waon",
        kind="emoney",
        brand="WAON",
        face="WAON",
        entries=_TOUCH,
        number="6900333344445555",
    ),
    WalletItem(
        id="edy",
        kind="emoney",
        brand="楽天Edy",
        face="楽天Edy",
        entries=_TOUCH,
        number="1000444455556666",
    ),
    WalletItem(id="paypay", kind="code", brand="PayPay", face="PayPay", entries=_CODE),
    WalletItem(id="dbarai", kind="code", brand="d払い", face="d払い", entries=_CODE),
    WalletItem(id="aupay", kind="code", brand="au PAY", face="au PAY", entries=_CODE),
    WalletItem(id="rakutenpay", kind="code", brand="楽天ペイ", face="楽天ペイ", entries=_CODE),
)
"""All of it, in the order in which it lies there."""


FIRST_ATC: Final = 0x34
"""The transaction counter of the first card presented: that of the manual's first sample slip."""

_NO_NUMBER: Final = "0000000000000000"
"""Of a brand that is not in the wallet and was presented without a number."""


_USUAL_ENTRY: Final = {
    MEDIA_CARD: ENTRY_IC,
    MEDIA_EMONEY: ENTRY_CONTACTLESS,
    MEDIA_CODE: ENTRY_CODE,
}


def usual(kind: str) -> str:
    """Return the brand of the wallet's first of this kind."""
    return next(item.brand for item in WALLET if item.kind == kind)


def presented(present: Present, presented_before: int) -> Presented:
    """Return what the terminal's reader sees."""
    known = next(
        (
            item
            for item in WALLET
            if (item.kind, item.brand, item.outcome)
            == (present.kind, present.brand, present.outcome)
        ),
        None,
    ) or next(
        (item for item in WALLET if (item.kind, item.brand) == (present.kind, present.brand)), None
    )
    number = present.number or (known.number if known else "")
    entry = present.entry or (known.entries[0] if known else _USUAL_ENTRY[present.kind])
    return Presented(
        media=present.kind,
        brand=present.brand,
        entry=ENTRY_CODE if present.kind == MEDIA_CODE else entry,
        number=number or _NO_NUMBER,
        outcome=present.outcome,
        atc=f"{(FIRST_ATC + presented_before) % 0x10000:04X}",
    )
