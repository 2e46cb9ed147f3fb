"""Bar codes as their modules: from the data of `GS k` to bars and spaces. Pure.

Each returns a text of `1` (bar) and `0` (space), one a module, without quiet zones, and the text
that a person reads (HRI); None for data that the symbology cannot hold.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from msgspec import Struct

Widths = str
"""Bars and spaces in turn, in modules: `"212222"`."""


class Symbol(Struct, frozen=True):
    """One bar code, ready to be drawn."""

    system: str
    modules: str
    text: str


def symbol(m: int, data: bytes) -> Symbol | None:
    """Return what `GS k m` prints for `data`; None: not this system, or not this data."""
    known = _SYSTEMS.get(m if m < 65 else m - 65)  # noqa: PLR2004 - function B counts from 65
    if known is None:
        return None
    system, encode = known
    told = encode(data)
    return None if told is None else Symbol(system, *told)


@cache
def _listed(table: str) -> tuple[str, ...]:
    return tuple(table.split())


def _bars(widths: Widths) -> str:
    return "".join(("1" if place % 2 == 0 else "0") * int(w) for place, w in enumerate(widths))


# --- CODE128 ---

_CODE128: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 "
    "112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 "
    "311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 "
    "112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 "
    "122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
_STARTS: Final = {ord("A"): 103, ord("B"): 104, ord("C"): 105}
_SWITCHES: Final = {("A", "B"): 100, ("A", "C"): 99, ("B", "A"): 101, ("B", "C"): 99}
_SWITCHES_OF_C: Final = {("C", "A"): 101, ("C", "B"): 100}
_FUNCTIONS: Final = {"1": 102, "2": 97, "3": 96}
_SHIFT: Final = 98
_STOP: Final = 106
_MODULO: Final = 103
_BRACE: Final = ord("{")
_C_MAX: Final = 99


def _code128(data: bytes) -> tuple[str, str] | None:
    """`{A`, `{B`, `{C` select a code set, first of all; `{S` shifts, `{1` is FNC1, `{{` is a brace.

    In code set C each byte is a number from 0 to 99.
    """
    if len(data) < 2 or data[0] != _BRACE or data[1] not in _STARTS:  # noqa: PLR2004 - a code set
        return None
    values, text = [_STARTS[data[1]]], ""
    code_set, shifted = chr(data[1]), False
    for code, special in _codes(data[2:], code_set):
        if special:
            value = _special(chr(code), code_set)
            if value is None:
                return None
            code_set = chr(code) if chr(code) in "ABC" else code_set
            shifted = value == _SHIFT
        else:
            used = {"A": "B", "B": "A"}[code_set] if shifted else code_set
            value, shifted = _value(code, used), False
            if value is None:
                return None
            text += f"{code:02d}" if used == "C" else chr(code) if code >= 0x20 else " "  # noqa: PLR2004 - control codes
        values.append(value)
    check = values[0] + sum(place * value for place, value in enumerate(values))
    drawn = [*values, check % _MODULO, _STOP]
    return "".join(_bars(_listed(_CODE128)[value]) for value in drawn), text


def _codes(data: bytes, code_set: str) -> Iterator[tuple[int, bool]]:
    """Yield each code and whether it stood after a brace; the set that it selects holds at once."""
    at = 0
    while at < len(data):
        code = data[at]
        if code == _BRACE and at + 1 < len(data):
            follows = data[at + 1]
            if follows == _BRACE and code_set != "C":
                yield _BRACE, False
            else:
                yield follows, True
                code_set = chr(follows) if chr(follows) in "ABC" else code_set
            at += 2
        else:
            yield code, False
            at += 1


def _special(letter: str, code_set: str) -> int | None:
    if letter in _FUNCTIONS:
        return _FUNCTIONS[letter] if letter == "1" or code_set != "C" else None
    if letter == "4":
        return {"A": 101, "B": 100}.get(code_set)
    if letter == "S":
        return _SHIFT if code_set != "C" else None
    return (_SWITCHES | _SWITCHES_OF_C).get((code_set, letter))


def _value(code: int, code_set: str) -> int | None:
    if code_set == "C":
        return code if code <= _C_MAX else None
    if code_set == "A" and code < 0x60:  # noqa: PLR2004 - signs, capitals, control codes
        return code - 0x20 if code >= 0x20 else code + 0x40  # noqa: PLR2004 - a space
    if code_set == "B" and 0x20 <= code <= 0x7F:  # noqa: PLR2004 - signs, capitals, small letters
        return code - 0x20
    return None


# --- JAN, UPC ---

_LEFT_ODD: Final = (
    *("0001101", "0011001", "0010011", "0111101", "0100011"),
    *("0110001", "0101111", "0111011", "0110111", "0001011"),
)
_RIGHT: Final = tuple("".join("10"[int(bit)] for bit in code) for code in _LEFT_ODD)
_LEFT_EVEN: Final = tuple(code[::-1] for code in _RIGHT)
_PARITIES: Final = (
    *("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE"),
    *("OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"),
)


def _with_check(data: bytes, digits: int) -> str | None:
    """Return all digits; the last is worked out, or checked, if it is there."""
    if not data.isdigit() or len(data) not in {digits - 1, digits}:
        return None
    text = data.decode()[: digits - 1]
    weighted = sum(
        int(each) * (3 if place % 2 == 0 else 1) for place, each in enumerate(text[::-1])
    )
    return f"{text}{-weighted % 10}"


def _jan13(data: bytes) -> tuple[str, str] | None:
    text = _with_check(data, 13)
    if text is None:
        return None
    return _jan13_modules(text), text


def _jan13_modules(text: str) -> str:
    left = "".join(
        (_LEFT_ODD if parity == "O" else _LEFT_EVEN)[int(digit)]
        for parity, digit in zip(_PARITIES[int(text[0])], text[1:7], strict=True)
    )
    right = "".join(_RIGHT[int(digit)] for digit in text[7:])
    return f"101{left}01010{right}101"


def _upc_a(data: bytes) -> tuple[str, str] | None:
    text = _with_check(data, 12)
    return None if text is None else (_jan13_modules(f"0{text}"), text)


def _jan8(data: bytes) -> tuple[str, str] | None:
    text = _with_check(data, 8)
    if text is None:
        return None
    left = "".join(_LEFT_ODD[int(digit)] for digit in text[:4])
    right = "".join(_RIGHT[int(digit)] for digit in text[4:])
    return f"101{left}01010{right}101", text


# --- CODE39, ITF, CODABAR ---

_WIDE: Final = 3
"""A wide element is three modules: what readers like best of what the standards allow."""

_CODE39_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*"
_CODE39: Final = (
    "000110100 100100001 001100001 101100000 000110001 100110000 001110000 000100101 "
    "100100100 001100100 100001001 001001001 101001000 000011001 100011000 001011000 "
    "000001101 100001100 001001100 000011100 100000011 001000011 101000010 000010011 "
    "100010010 001010010 000000111 100000110 001000110 000010110 110000001 011000001 "
    "111000000 010010001 110010000 011010000 010000101 110000100 011000100 010101000 "
    "010100010 010001010 000101010 010010100"
)
_ITF: Final = "00110 10001 01001 11000 00101 10100 01100 00011 10010 01010"
_CODABAR_SIGNS: Final = "0123456789-$:/.+ABCD"
_CODABAR: Final = (
    "0000011 0000110 0001001 1100000 0010010 1000010 0100001 0100100 0110000 1001000 0001100 "
    "0011000 1000101 1010001 1010100 0010101 0011010 0101001 0001011 0001110"
)


def _elements(wide: str) -> str:
    return _bars("".join(str(_WIDE) if each == "1" else "1" for each in wide))


def _code39(data: bytes) -> tuple[str, str] | None:
    text = data.decode("latin-1").strip("*")
    if not text or any(each not in _CODE39_SIGNS[:-1] for each in text):
        return None
    drawn = [_elements(_listed(_CODE39)[_CODE39_SIGNS.index(each)]) for each in f"*{text}*"]
    return "0".join(drawn), f"*{text}*"


def _itf(data: bytes) -> tuple[str, str] | None:
    if not data or not data.isdigit() or len(data) % 2:
        return None
    text = data.decode()
    pairs = ""
    for first, second in zip(text[::2], text[1::2], strict=True):
        woven = zip(_listed(_ITF)[int(first)], _listed(_ITF)[int(second)], strict=True)
        pairs += _elements("".join(bar + space for bar, space in woven))
    return f"1010{pairs}{_elements('100')}", text


def _codabar(data: bytes) -> tuple[str, str] | None:
    text = data.decode("latin-1").upper()
    ends, middle = text[:1] + text[-1:], text[1:-1]
    if len(ends) < 2 or any(each not in "ABCD" for each in ends) or len(text) < 2:  # noqa: PLR2004 - both ends
        return None
    if any(each not in _CODABAR_SIGNS[:16] for each in middle):
        return None
    return "0".join(_elements(_listed(_CODABAR)[_CODABAR_SIGNS.index(each)]) for each in text), text


_SYSTEMS: Final[dict[int, tuple[str, Callable[[bytes], tuple[str, str] | None]]]] = {
    0: ("UPC-A", _upc_a),
    2: ("JAN13", _jan13),
    3: ("JAN8", _jan8),
    4: ("CODE39", _code39),
    5: ("ITF", _itf),
    6: ("CODABAR", _codabar),
    8: ("CODE128", _code128),
}
"""By the m of function A; function B, with its length first, counts from 65. UPC-E, CODE93 and the
two-dimensional ones are known by their length alone: nobody here prints them."""
