"""What a receipt printer says about itself, bit by bit as the reference has it. Pure."""

from typing import Final

from msgspec import Struct

MAKER: Final = b"RENKEI"
MODEL: Final = b"SIMULATED TM"
FIRMWARE: Final = b"1.00"
SERIAL: Final = b"0"
FONTS: Final = b"KANJI JAPANESE"
"""The words of a printer of the Japanese model (`GS I 69`)."""

_MODEL_ID: Final = b"\x20"
_TYPE_ID: Final = b"\x03"
"""Two-byte characters, a cutter."""


class Condition(Struct, frozen=True, kw_only=True):
    """How it is; switched off it says nothing at all."""

    paper: bool = True
    near_end: bool = False
    cover_open: bool = False

    @property
    def online(self) -> bool:
        """Whether it prints."""
        return self.paper and not self.cover_open


def real_time_status(n: int, condition: Condition) -> bytes:
    """`DLE EOT n`: 1 printer, 2 why it is offline, 3 errors, 4 paper."""
    status = 0x12  # bits 1 and 4 tell such an answer from others
    if n == 1 and not condition.online:
        status |= 0x08
    if n == 2:  # noqa: PLR2004 - why it is offline
        status |= 0x04 if condition.cover_open else 0
        status |= 0 if condition.paper else 0x20
    if n == 4:  # noqa: PLR2004 - the roll
        status |= 0x0C if condition.near_end or not condition.paper else 0
        status |= 0 if condition.paper else 0x60
    return bytes((status,))


def automatic_status(condition: Condition) -> bytes:
    """Return the four bytes of ASB."""
    first = 0x10 | (0 if condition.online else 0x08) | (0x20 if condition.cover_open else 0)
    return bytes((first, 0, paper_status(condition)[0], 0x0F))


def asb_reported(condition: Condition, asked: int) -> bytes:
    """Return what of the status is watched: 2 online, 4 errors, 8 paper (`GS a`)."""
    told = automatic_status(condition)
    return bytes((told[0] if asked & 2 else 0, 0, told[2] if asked & 8 else 0))


def paper_status(condition: Condition) -> bytes:
    """`GS r 1`, and the third byte of ASB."""
    near = 0x03 if condition.near_end or not condition.paper else 0
    return bytes((near | (0 if condition.paper else 0x0C),))


def drawer_status(_condition: Condition) -> bytes:
    """`GS r 2`: the drawer's switch is not wired."""
    return b"\x00"


def identity(n: int) -> bytes | None:
    """`GS I n`: ids are one byte; names stand between `_` and NUL."""
    ids = {1: _MODEL_ID, 2: _TYPE_ID, 3: b"\x01"}
    names = {65: FIRMWARE, 66: MAKER, 67: MODEL, 68: SERIAL, 69: FONTS}
    if n in names:
        return b"_" + names[n] + b"\0"
    return ids.get(n - 48 if 49 <= n <= 51 else n)  # noqa: PLR2004 - the same as digits
