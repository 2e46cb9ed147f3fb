"""Where one ESC/POS command ends and the next begins. Bytes in, commands out; nothing is done here.

Source: EPSON, "ESC/POS Command Reference" (reference.epson-biz.com), for a TM printer with kanji.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

ESC: Final = 0x1B
FS: Final = 0x1C
GS: Final = 0x1D
DLE: Final = 0x10

OPENERS: Final = frozenset({ESC, FS, GS, DLE})

KANJI_GLYPH: Final = 72
"""Bytes of a user-defined kanji of 24 × 24 dots."""

_NAMES: Final = {ESC: "ESC", FS: "FS", GS: "GS", DLE: "DLE"}

Buffer = bytes | bytearray


class Command(Struct, frozen=True):
    """One command: `code` says which (GS and its letter, …), `data` is what follows.

    `size` is all of it on the wire; `known` is False for one that nobody has described.
    """

    code: bytes
    data: bytes
    size: int
    known: bool = True

    @property
    def name(self) -> str:
        """As the reference writes it: `GS V`, `ESC 0x7f`."""
        opener = _NAMES.get(self.code[0], "")
        letters = [chr(each) if 0x20 < each < 0x7F else f"0x{each:02x}" for each in self.code[1:]]  # noqa: PLR2004 - ASCII
        return " ".join([opener, *letters]) if opener else f"0x{self.code[0]:02x}"


class Oversize(Struct, frozen=True):
    """A command that claims more bytes than any printer has room for: `size` are to be skipped."""

    code: bytes
    size: int


Length = Callable[[Buffer, int], int | None]
"""How many bytes follow the code at `at`; None: not yet to be told."""


def read(buffer: Buffer, at: int, size_max: int) -> Command | Oversize | None:
    """Return the command that begins at `at` with one of `OPENERS`; None: its end is not here yet.

    A code that nobody has described is given back as such, alone: what follows is text again. Of a
    family that says its length (`GS ( x`), one that nobody has described is as long as it says.
    """
    code = bytes(buffer[at : at + 2])
    if code in _LONG:
        code = bytes(buffer[at : at + 3])
    if len(code) < 2 or code in _LONG:  # noqa: PLR2004 - an opener and what it opens
        return None
    shape = _SHAPES.get(code, _counted if code[1:2] == b"(" else None)
    if shape is None:
        return Command(code[:2], b"", 2, known=False)
    follows = shape(buffer, at + len(code)) if callable(shape) else shape
    if follows is None:
        return None
    size = len(code) + follows
    if size > size_max:
        return Oversize(code, size)
    whole = len(buffer) - at >= size
    return None if not whole else Command(code, bytes(buffer[at + len(code) : at + size]), size)


# --- commands whose length their own first bytes tell ---


def _word(buffer: Buffer, at: int) -> int | None:
    return buffer[at] + buffer[at + 1] * 256 if len(buffer) - at >= 2 else None  # noqa: PLR2004 - two bytes


def _counted(buffer: Buffer, at: int) -> int | None:
    """Two bytes say how many follow (`GS ( L`, `FS ( A`, …)."""
    count = _word(buffer, at)
    return None if count is None else 2 + count


def _counted_long(buffer: Buffer, at: int) -> int | None:
    """Four bytes say how many follow (`GS 8 L`)."""
    head = bytes(buffer[at : at + 4])
    return 4 + int.from_bytes(head, "little") if len(head) == 4 else None  # noqa: PLR2004 - four bytes


def _cut(buffer: Buffer, at: int) -> int | None:
    if len(buffer) <= at:
        return None
    return 2 if buffer[at] in {65, 66, 97, 98, 103, 104} else 1


def _raster(buffer: Buffer, at: int) -> int | None:
    """M xL xH yL yH, then bytes in a row times rows."""
    across, down = _word(buffer, at + 1), _word(buffer, at + 3)
    return None if across is None or down is None else 5 + across * down


def _columns(buffer: Buffer, at: int) -> int | None:
    """M nL nH, then columns of one byte or of three."""
    count = _word(buffer, at + 1)
    return None if count is None else 3 + count * (3 if buffer[at] in {32, 33} else 1)


def _barcode(buffer: Buffer, at: int) -> int | None:
    """Function A ends with NUL; function B (m from 65) says its length first."""
    if len(buffer) <= at:
        return None
    if buffer[at] >= 65:  # noqa: PLR2004 - function B
        return 2 + buffer[at + 1] if len(buffer) > at + 1 else None
    return _until_nul(buffer, at + 1, 1)


def _tabs(buffer: Buffer, at: int) -> int | None:
    return _until_nul(buffer, at, 0)


def _until_nul(buffer: Buffer, at: int, before: int) -> int | None:
    end = buffer.find(b"\0", at, at + 256)
    if end >= 0:
        return before + end - at + 1
    return before + 256 if len(buffer) - at >= 256 else None  # noqa: PLR2004 - no list is longer


def _user_defined(buffer: Buffer, at: int) -> int | None:
    """Y c1 c2, then for each character x and x times y bytes."""
    if len(buffer) - at < 3:  # noqa: PLR2004 - y c1 c2
        return None
    size = 3
    for _ in range(buffer[at + 1], buffer[at + 2] + 1):
        if len(buffer) <= at + size:
            return None
        size += 1 + buffer[at] * buffer[at + size]
    return size


def _downloaded(buffer: Buffer, at: int) -> int | None:
    """X y, then x times y times eight bytes."""
    return 2 + buffer[at] * buffer[at + 1] * 8 if len(buffer) - at >= 2 else None  # noqa: PLR2004 - x y


def _stored_images(buffer: Buffer, at: int) -> int | None:
    """n, then n images of xL xH yL yH and their dots."""
    if len(buffer) <= at:
        return None
    size = 1
    for _ in range(buffer[at]):
        across, down = _word(buffer, at + size), _word(buffer, at + size + 2)
        if across is None or down is None:
            return None
        size += 4 + across * down * 8
    return size


def _stored_bytes(buffer: Buffer, at: int) -> int | None:
    """M a1 a2 a3 a4 nL nH, then n bytes."""
    count = _word(buffer, at + 5)
    return None if count is None else 7 + count


def _pulse_or_clear(buffer: Buffer, at: int) -> int | None:
    """DLE DC4: the pulse has two more, switching off two, the clearing of buffers seven."""
    if len(buffer) <= at:
        return None
    return {1: 3, 2: 3, 8: 8}.get(buffer[at], 1)


def _with(opener: int, codes: Mapping[str, "int | Length"]) -> dict[bytes, "int | Length"]:
    return {bytes([opener]) + code.encode("latin-1"): shape for code, shape in codes.items()}


_SHAPES: Final[dict[bytes, int | Length]] = {
    **_with(DLE, {"\x04": 1, "\x05": 1, "\x14": _pulse_or_clear}),
    **_with(ESC, dict.fromkeys("@2<LSim\x0c", 0)),
    **_with(ESC, dict.fromkeys(" !%-3=?EGJKMRTUVadert{", 1)),
    **_with(ESC, dict.fromkeys(("$", "\\"), 2)),
    **_with(ESC, {"p": 3, "W": 8, "*": _columns, "D": _tabs, "&": _user_defined}),
    **_with(ESC, dict.fromkeys(("c0", "c1", "c3", "c4", "c5"), 1)),
    **_with(ESC, dict.fromkeys((f"({letter}" for letter in "AYB"), _counted)),
    **_with(FS, dict.fromkeys("&.\x0e\x12", 0)),
    **_with(FS, dict.fromkeys("!-CW", 1)),
    **_with(FS, {"S": 2, "p": 2, "?": 2, "2": 2 + KANJI_GLYPH, "q": _stored_images}),
    **_with(FS, {"g1": _stored_bytes, "g2": 7}),
    **_with(FS, dict.fromkeys((f"({letter}" for letter in "ACELef"), _counted)),
    **_with(GS, dict.fromkeys(":", 0)),
    **_with(GS, dict.fromkeys("!/BHITabfhrw", 1)),
    **_with(GS, dict.fromkeys("$LPW\\", 2)),
    **_with(GS, {"^": 3, "*": _downloaded, "V": _cut, "k": _barcode, "v0": _raster}),
    **_with(GS, {"8L": _counted_long, "C0": 2, "C1": 6, "C2": 2, "g0": 3, "g2": 3, "z0": 2}),
    **_with(GS, dict.fromkeys((f"({letter}" for letter in "ABCDEFGHKLMNPQVYkz"), _counted)),
}
"""Code → how many bytes follow it, or how that is found out."""

_LONG: Final = frozenset(code[:2] for code in _SHAPES if len(code) > 2)  # noqa: PLR2004 - opener, family, letter
