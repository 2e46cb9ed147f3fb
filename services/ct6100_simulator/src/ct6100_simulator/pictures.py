"""Dots as the commands send them, brought into rows. Pure; None: out of range."""

from typing import Final

from ct6100_simulator.strip import Picture

RASTER_ROWS_MAX: Final = 2_303
"""`GS v 0`: yL + yH × 256 at most."""

GRAPHICS_COLUMNS_MAX: Final = 2_047
GRAPHICS_ROWS_MAX: Final = 2_400

_MODES: Final = {0: (1, 1), 1: (2, 1), 2: (1, 2), 3: (2, 2)}
_COLUMN_MODES: Final = {0: (8, 2, 3), 1: (8, 1, 3), 32: (24, 2, 1), 33: (24, 1, 1)}


def raster_picture(data: bytes) -> Picture | None:
    """`GS v 0`: m xL xH yL yH and the rows."""
    mode = _MODES.get(data[0] - 48 if data[0] >= 48 else data[0])  # noqa: PLR2004 - a digit
    across = int.from_bytes(data[1:3], "little")
    rows = int.from_bytes(data[3:5], "little")
    if mode is None or not across or not 1 <= rows <= RASTER_ROWS_MAX:
        return None
    return Picture(x=0, width=across * 8, height=rows, dots=data[5:], across=mode[0], down=mode[1])


def stored_picture(data: bytes) -> Picture | None:
    """`GS ( L` functions 112 (rows) and 113 (columns): m fn a bx by c xL xH yL yH and the dots."""
    if len(data) < 10 or data[2] != 48:  # noqa: PLR2004 - ten bytes before the dots; one bit a dot
        return None
    across, down = data[3], data[4]
    width = int.from_bytes(data[6:8], "little")
    height = int.from_bytes(data[8:10], "little")
    if across not in {1, 2} or down not in {1, 2} or data[5] != 49:  # noqa: PLR2004 - the first colour
        return None
    if not 1 <= width <= GRAPHICS_COLUMNS_MAX or not 1 <= height <= GRAPHICS_ROWS_MAX:
        return None
    dots = data[10:]
    if data[1] == ord("q"):
        if len(dots) != width * ((height + 7) // 8):
            return None
        dots = _rows_of(dots, width, (height + 7) // 8)[: (width + 7) // 8 * height]
    if len(dots) != (width + 7) // 8 * height:
        return None
    return Picture(x=0, width=width, height=height, dots=dots, across=across, down=down)


def columns_picture(data: bytes) -> Picture | None:
    """`ESC *`: m nL nH and the columns, from top to bottom."""
    mode = _COLUMN_MODES.get(data[0])
    width = int.from_bytes(data[1:3], "little")
    if mode is None or not width:
        return None
    height, across, down = mode
    dots = _rows_of(data[3:], width, height // 8)
    return Picture(x=0, width=width, height=height, dots=dots, across=across, down=down)


def _rows_of(columns: bytes, width: int, deep: int) -> bytes:
    """Turn columns of `deep` bytes into rows."""
    stride = (width + 7) // 8
    rows = bytearray(stride * deep * 8)
    for x in range(width):
        mask = 0x80 >> (x % 8)
        for part in range(deep):
            byte = columns[x * deep + part]
            for bit in range(8):
                if byte & (0x80 >> bit):
                    rows[(part * 8 + bit) * stride + x // 8] |= mask
    return bytes(rows)
