"""Consumption tax inside prices, by rate: a receipt rounds once a rate (適格簡易請求書)."""

from typing import Final

from msgspec import Struct

from contracts.money import Yen
from contracts.sales import Line

REDUCED: Final = 8
"""軽減税率: its lines carry a mark."""

RATES: Final = (10, 8, 0)
"""In the order they stand on a receipt."""


class TaxPart(Struct, frozen=True, kw_only=True):
    """What was sold at one rate, tax included, and the tax inside it."""

    rate: int
    total: Yen
    tax: Yen


def tax_by_rate(lines: tuple[Line, ...]) -> tuple[TaxPart, ...]:
    """Return the parts that were sold at all; each tax is rounded down, once."""
    parts: list[TaxPart] = []
    for rate in RATES:
        of_rate = [each for each in lines if each.tax_rate == rate]
        total = sum(each.quantity * each.unit_price for each in of_rate)
        if of_rate:
            parts.append(
                TaxPart(rate=rate, total=Yen(total), tax=Yen(total * rate // (100 + rate)))
            )
    return tuple(parts)
