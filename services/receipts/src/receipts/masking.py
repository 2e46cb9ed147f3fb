"""How much of a number may stand on which copy: data, and one function that judges by it.

Source: the samples of manual 3-2. Both copies of a card's slip show its first six and last four; of
an e-money number the customer sees the last four and the merchant all but the last three.
"""

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

from contracts.receipts import Copy
from receipts.errors import NumberNotMaskedError


class NumberKind(StrEnum):
    """Which number; the values name the field in a refusal."""

    CARD = "card_number"
    MEMBER = "member_number"


class MaskRule(Struct, frozen=True, kw_only=True):
    """At most `first` characters before the stars and `last` after, at least `hidden_min` stars."""

    first: int
    last: int
    hidden_min: int


ANY: Final = 24
"""As many as a number has: what is hidden is then the other end."""

RULES: Final[dict[tuple[NumberKind, Copy], MaskRule]] = {
    (NumberKind.CARD, Copy.CUSTOMER): MaskRule(first=6, last=4, hidden_min=4),
    (NumberKind.CARD, Copy.MERCHANT): MaskRule(first=6, last=4, hidden_min=4),
    (NumberKind.MEMBER, Copy.CUSTOMER): MaskRule(first=0, last=4, hidden_min=4),
    (NumberKind.MEMBER, Copy.MERCHANT): MaskRule(first=ANY, last=0, hidden_min=3),
}
CUSTOMERS_OWN: Final = RULES[NumberKind.MEMBER, Copy.CUSTOMER]
"""What a merchant's copy shows, too, where the merchant's own number is not told."""

_MASKED: Final = re.compile(r"([0-9A-Za-z -]*)(\*[* ]*)([0-9A-Za-z -]*)", re.ASCII)
_LENGTH_MAX: Final = 32


def check_masked(number: str, kind: NumberKind, copy: Copy, rule: MaskRule | None = None) -> str:
    """Return the number if it shows no more than it may; raise `NumberNotMaskedError`.

    An empty one shows nothing. Judged by what stands there, not by where it came from: letters and
    digits before and after one group of stars are counted, and anything else is refused.
    """
    rule = rule or RULES[kind, copy]
    if number == "":
        return number
    match = _MASKED.fullmatch(number) if len(number) <= _LENGTH_MAX else None
    if match is None:
        raise NumberNotMaskedError(kind.value, copy.value)
    head, stars, tail = match.groups()
    shown = _characters(head) <= rule.first and _characters(tail) <= rule.last
    if not shown or stars.count("*") < rule.hidden_min:
        raise NumberNotMaskedError(kind.value, copy.value)
    return number


def _characters(part: str) -> int:
    return sum(each.isalnum() for each in part)
