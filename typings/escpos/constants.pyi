"""Names of commands."""

from typing import TypedDict

class _Style(TypedDict):
    bold: dict[bool, bytes]
    align: dict[str, bytes]

ESC: bytes
FS: bytes
GS: bytes
CTL_LF: bytes
HW_INIT: bytes
BEEP: bytes
CD_KICK_2: bytes
PAPER_FULL_CUT: bytes
PAPER_PART_CUT: bytes
TXT_SIZE: bytes
TXT_STYLE: _Style
BARCODE_HEIGHT: bytes
BARCODE_WIDTH: bytes
BARCODE_TXT_OFF: bytes
BARCODE_TYPE_B: dict[str, bytes]
