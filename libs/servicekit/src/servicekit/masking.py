"""The last net: what looks like a whole card number never leaves in a log line or a span.

Contracts cannot hold one (their slips are masked by the terminal); this is for what nobody foresaw,
such as a stray payload in an exception's text.
"""

import re
from typing import Final

_SHAPE: Final = re.compile(
    r"(?<![0-9A-Za-z-])(?:\d{13,19}|\d{4}([ .-])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ .-])\d{6}\2\d{4,5})"
    r"(?![0-9A-Za-z-])"
)
"""13 to 19 digits (ISO/IEC 7812) in a row, in fours, or as AMEX and Diners print them; never part
of an id or a number."""

_HEAD: Final = 6
_TAIL: Final = 4
"""What PCI DSS lets one show."""

_DIGITS_MIN: Final = 13
_NINE: Final = 9
_JAN: Final = 13


def mask(text: str) -> str:
    """Return the text with every whole card number masked to its first six and last four."""
    if sum(character.isdigit() for character in text) < _DIGITS_MIN:
        return text
    return _SHAPE.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    if not _passes_luhn(digits) or _is_jan(digits):
        return match[0]
    return digits[:_HEAD] + "*" * (len(digits) - _HEAD - _TAIL) + digits[-_TAIL:]


def _passes_luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - _NINE if value > _NINE else value
    return total % 10 == 0


def _is_jan(digits: str) -> bool:
    """Whether it is an article's number (JAN, EAN-13) by its own check digit.

    One article in ten passes Luhn by chance, and tills write such numbers into names; cards of 13
    digits, all of them old, pass here one time in ten.
    """
    if len(digits) != _JAN:
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return total % 10 == 0
