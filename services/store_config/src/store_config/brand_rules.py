"""The brand rules that each company begins with; what people change afterwards is theirs.

処理未了 as the public help pages of Japanese payment providers have it: a nanaco touch that broke
off counts as sold, every other brand's as not sold, until the card's next touch shows otherwise. An
open one can be reported within 55 days (Airペイ's deadline); iD and QUICPay are simply taken again,
and a card or code does not break off in this way: they need no more than the day itself.

Money back as the manual has it: cards with the same reading method (4-2); of e-money only iD and
QUICPay (4-3), the others are handed back in cash; codes by their order number, without a slip
(4-4). The manual names no window, so none is shipped: the terminal says when it is too late.
"""

from typing import Final

from contracts.stores import BrandRule

REPORT_WITHIN_DAYS: Final = 55
"""Airペイ's deadline for reporting a 処理未了; others are longer."""

TAKE_AGAIN_DAYS: Final = 1
"""Nothing becomes known later: by the next day a manager may say what it was."""

NOT_ON_TERMINAL: Final = "brand"
"""Why a brand cannot be given back on a terminal: it is not one of those that can."""


def _kept(brand: str, *, sold: bool = False) -> BrandRule:
    """Return the rule of an e-money that a terminal never gives back."""
    return BrandRule(
        brand=brand,
        media="emoney",
        counts_as_sold_until_shown_otherwise=sold,
        investigation_days=REPORT_WITHIN_DAYS,
        cancellable=False,
        reason=NOT_ON_TERMINAL,
        ways=("cash", "support"),
    )


SHIPPED: Final = (
    _kept("nanaco", sold=True),
    *(_kept(brand) for brand in ("交通系", "WAON", "楽天Edy")),
    *(
        BrandRule(brand=brand, media="emoney", investigation_days=TAKE_AGAIN_DAYS)
        for brand in ("iD", "QUICPay")
    ),
    *(
        BrandRule(brand=brand, media="card", investigation_days=TAKE_AGAIN_DAYS)
        for brand in ("AMEX", "VISA", "Mastercard", "JCB", "Diners", "銀聯")
    ),
    *(
        BrandRule(
            brand=brand,
            media="code",
            investigation_days=TAKE_AGAIN_DAYS,
            needs_card=False,
            prints_slip=False,
        )
        for brand in ("PayPay", "d払い", "楽天ペイ", "au PAY", "メルペイ")
    ),
)
"""One for each brand that a CT-6100 names; a company may add others, and later ones of these."""
