"""The last net: what looks like a whole card number never leaves in a log line or a span.

Contracts cannot hold one (their slips are masked by the terminal); this is for what nobody foresaw,
such as a stray payload in an exception's text.
"""

import re
from typing import Final

_SHAPE: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?![0-9A-Za-z-])"
)
"""13 to 19 digits in a row or in groups of four (ISO/IEC 7812); never part of an id or a number."""

_HEAD: Final = 6
_TAIL: Final = 4
"""What PCI DSS lets one show."""

_DIGITS_MIN: Final = 13
_NINE: Final = 9


def mask(text: str) -> str:
    """Return the text with every whole card number masked to its first six and last four."""
    if sum(character.isdigit() for character in text) < _DIGITS_MIN:
        return text
    return _SHAPE.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    if not _passes_luhn(digits):
        return match[0]
    return digits[:_HEAD] + "*" * (len(digits) - _HEAD - _TAIL) + digits[-_TAIL:]


def _passes_luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - _NINE if value > _NINE else value
    return total % 10 == 0
