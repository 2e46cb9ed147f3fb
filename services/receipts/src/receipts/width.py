"""How wide text is on paper, what of it can be printed at all, and where a line breaks.

A column is one half-width character. What is a control follows Unicode 3.2, which Python keeps
beside the current one and which never changes: a newer Python must not break an old slip's lines
in another place.
"""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import ucd_3_2_0 as unicode_3_2

GETA: Final = "〓"
"""What Japanese printing sets in the place of a character that it does not have."""

ELLIPSIS: Final = "…"

TEXT_MAX: Final = 1_000
"""Characters of one field that are looked at: more is no name, and paper is not endless."""

_HALF: Final = r"\x20-\x7e¥｡-ﾟ"
_PLAIN: Final = re.compile(f"[{_HALF}\u3000-\u3029\u3041-\u3096\u309d-\u30ff\u4e00-\u9fa5！-～]*")
"""Most of what is ever printed: composed already, and nothing that anybody obeys."""
_HALF_WIDTH: Final = re.compile(f"[{_HALF}]")
_RUNS: Final = re.compile(f"[{_HALF}]+|[^{_HALF}]+")

_BLANKS: Final = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zl", "Zp"})
_MISSING_CATEGORIES: Final = frozenset({"Co", "Cs"})
_NONCHARACTER: Final = 0xFFFE
"""The last two of every plane are none."""
_UNSEEN_SINCE: Final = (  # controls that Unicode 3.2 did not know yet, or not as such
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x2064, 0x206F),
    (0xFE00, 0xFE0F),
    (0x110BD, 0x110CD),
    (0x13430, 0x1345F),
    (0x1BCA0, 0x1BCA3),
    (0xE0000, 0xE0FFF),
)

_NO_LINE_START: Final = frozenset(
    "、。，．・：；？！」』）】〉》〕］｝ー々ゝゞ…ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
"""What may not begin a line (行頭禁則)."""


def printable(text: str) -> str:
    """Return the text without anything that a printer or a reader's eye would obey.

    Control characters, direction marks, zero-width and combining characters go; a line or
    paragraph break becomes a blank; what no font can have becomes `〓`. Composed first, so that
    か and a separate voicing mark are が.
    """
    text = text[:TEXT_MAX]
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_printable(each) for each in unicode_3_2.normalize("NFC", text))


def _printable(character: str) -> str:
    if character in _BLANKS:
        return " "
    category = unicode_3_2.category(character)
    if category in _UNSEEN_CATEGORIES:
        return ""
    code = ord(character)
    if any(first <= code <= last for first, last in _UNSEEN_SINCE):
        return ""
    if category in _MISSING_CATEGORIES or code & _NONCHARACTER == _NONCHARACTER:
        return GETA
    return " " if category == "Zs" and character != "\u3000" else character


def character_width(character: str) -> int:
    """Return 1 or 2 columns.

    One is what Japanese printers print half-width: ASCII, the yen sign, half-width katakana.
    Everything else is two, and so are Western letters outside ASCII: better a gap than two
    characters on top of each other.
    """
    return 1 if _HALF_WIDTH.match(character) else 2


def stand_in(character: str) -> str:
    """Return what is set in a character's place where it is missing: as wide as it would be."""
    return GETA if character_width(character) > 1 else "?"


def width(text: str) -> int:
    """Return how many columns a printable text takes."""
    return len(text) if text.isascii() else 2 * len(text) - len(_HALF_WIDTH.findall(text))


def runs(text: str) -> list[tuple[str, int]]:
    """Return parts of one character width each, and that width in columns."""
    return [(each, character_width(each)) for each in _RUNS.findall(text)]


def cut(text: str, columns: int) -> str:
    """Return the text, or as much of it as fits with `…` at its end."""
    if width(text) <= columns:
        return text
    kept, room = "", columns - width(ELLIPSIS)
    for character in text:
        room -= character_width(character)
        if room < 0:
            break
        kept += character
    return kept + ELLIPSIS if columns >= width(ELLIPSIS) else ""


def wrap(text: str, columns: int, lines_max: int) -> tuple[str, ...]:
    """Return the text in lines of at most so many columns; the last is cut where more is left.

    Breaks at a blank where the line has one in its later half, else anywhere, as Japanese does,
    but does not begin a line with a closing mark.
    """
    lines: list[str] = []
    rest = text.strip(" ")
    while rest and len(lines) < lines_max - 1 and width(rest) > columns:
        end = _line_end(rest, columns)
        lines.append(rest[:end].rstrip(" "))
        rest = rest[end:].lstrip(" ")
    if rest:
        lines.append(cut(rest, columns))
    return tuple(lines)


def _line_end(text: str, columns: int) -> int:
    end = sum(1 for _ in _fitting(text, columns))
    blank = text.rfind(" ", 0, end + 1)
    if blank > end // 2:
        return blank
    if end > 1 and text[end] in _NO_LINE_START:
        return end - 1
    return end


def _fitting(text: str, columns: int) -> Iterator[str]:
    for character in text:
        columns -= character_width(character)
        if columns < 0:
            return
        yield character
