"""From codes to characters, as a printer of the Japanese model has them."""

from typing import Final

JAPAN: Final = 8
"""The country (`ESC R`) that the Japanese model begins with: 0x5C is ¥."""

KATAKANA: Final = 1
"""The code page (`ESC t`) that the Japanese model begins with."""

MISSING: Final = "〓"
"""What is printed for a kanji that the printer does not have."""

_PLACES: Final = "#$@[\\]^`{|}~"
_COUNTRIES: Final = (
    "#$@[\\]^`{|}~",  # U.S.A.
    "#$à°ç§^`éùè¨",  # France
    "#$§ÄÖÜ^`äöüß",  # Germany
    "£$@[\\]^`{|}~",  # U.K.
    "#$@ÆØÅ^`æøå~",  # Denmark I
    "#¤ÉÄÖÅÜéäöåü",  # Sweden
    "#$@°\\é^ùàòèì",  # Italy
    "₧$@¡Ñ¿^`¨ñ}~",  # Spain I
    "#$@[¥]^`{|}~",  # Japan
    "#¤ÉÆØÅÜéæøåü",  # Norway
    "#$ÉÆØÅÜéæøåü",  # Denmark II
    "#$á¡Ñ¿é`íñóú",  # Spain II
    "#$á¡Ñ¿éüíñóú",  # Latin America
    "#$@[₩]^`{|}~",  # Korea
    "#$ŽŠĐĆČžšđćč",  # Slovenia, Croatia
    "#¥@[\\]^`{|}~",  # China
)

_CODECS: Final = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    33: "cp775",
    34: "cp855",
    36: "cp862",
    37: "cp864",
    39: "iso8859_2",
    40: "iso8859_15",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
}
"""`ESC t` n → the table that Python knows it by."""

_HALF_WIDTH: Final = "".join(chr(0xFF61 + place) for place in range(63))
_KATAKANA_PAGE: Final = (
    f"▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯ {_HALF_WIDTH}═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒ "
)
"""Codes 0x80 to 0xFF of the page Katakana."""

PAGES: Final = frozenset({KATAKANA, *_CODECS})
COUNTRIES: Final = range(len(_COUNTRIES))


def _upper_half(codec: str) -> str:
    return bytes(range(0x80, 0x100)).decode(codec, "replace")


_UPPER: Final = {KATAKANA: _KATAKANA_PAGE} | {n: _upper_half(name) for n, name in _CODECS.items()}


def narrow(code: int, page: int, country: int) -> str:
    """Return the half-width character of one byte from 0x20 on."""
    if code >= 0x80:  # noqa: PLR2004 - above ASCII
        return _UPPER[page][code - 0x80]
    character = chr(code)
    place = _PLACES.find(character)
    return _COUNTRIES[country][place] if place >= 0 else character


def leads(code: int) -> bool:
    """Tell whether a byte is the first of two in Shift_JIS (0x81 to 0x9F, 0xE0 to 0xEF)."""
    return 0x81 <= code <= 0x9F or 0xE0 <= code <= 0xEF  # noqa: PLR2004 - the reference's ranges


def of_shift_jis(first: int, second: int) -> str | None:
    """Return the character of two bytes; None where the printer has none (JIS X 0208 and row 13).

    Signs come out as Windows reads them (`～` U+FF5E, `－` U+FF0D), since that is what texts use.
    """
    pair = bytes([first, second])
    try:
        pair.decode("shift_jis")
    except UnicodeDecodeError:
        if first != 0x87:  # noqa: PLR2004 - row 13: ①, ㈱, ㎏ and their like
            return None
    try:
        return pair.decode("cp932")
    except UnicodeDecodeError:
        return None


def of_jis(first: int, second: int) -> str | None:
    """Return the character of two JIS bytes, both 0x21 to 0x7E."""
    if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):  # noqa: PLR2004 - the reference's ranges
        return None
    lead = (first + 1) // 2 + (0x70 if first <= 0x5E else 0xB0)  # noqa: PLR2004 - JIS to Shift_JIS
    past_delete = 0x1F if second < 0x60 else 0x20  # noqa: PLR2004 - Shift_JIS leaves 0x7F out
    return of_shift_jis(lead, second + (past_delete if first % 2 else 0x7E))
