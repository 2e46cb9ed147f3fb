"""Text in the printer's own Japanese characters: Shift_JIS, two bytes a full-width one.

Only JIS X 0208 is in every Japanese printer. What makers added (`①`, `㈱`, `髙`) differs between
models, so it counts as missing here, and a line that holds any of it is drawn as a picture.
"""

import re
from typing import Final

_NATIVE: Final = re.compile(
    rb"(?:[\n\x20-\x7e\xa1-\xdf]++|(?:[\x81-\x84\x88-\x9f\xe0-\xea][\x40-\xfc])++)*+"
)
"""One byte a half-width character, two of the rows that JIS X 0208 fills; the rest of Shift_JIS
are makers' additions."""


def encoded(text: str) -> bytes | None:
    """Return the bytes that print the text, line feeds included, or None where one is missing.

    In the printer's Japanese set, `ESC R 8`, the yen sign has the place of the backslash.
    """
    if "\\" in text:
        return None
    code = _in_cp932(text.replace("¥", "\\"))
    if code is None:
        code = _in_cp932(text.translate(_AS_CP932))
    return code if code is not None and _NATIVE.fullmatch(code) else None


def _in_cp932(text: str) -> bytes | None:
    try:
        return text.encode("cp932")
    except UnicodeEncodeError:
        return None


_AS_CP932: Final = str.maketrans("¥〜‖−¢£¬", "\\～∥－￠￡￢")
"""Signs that the standard and the codec know by different numbers."""
