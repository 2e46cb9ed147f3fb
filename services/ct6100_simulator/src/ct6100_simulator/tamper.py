"""Damages every n-th data frame of a stream of bytes, wherever TCP has cut it. Pure.

What is damaged is answered with NAK by whoever receives it, and sent again: that is the point.
"""

from typing import Final

from ct6100.frames import CRC_SIZE, HEADER_SIZE, STX, FrameKind

_BYTE: Final = 0xFF


class Tamper:
    """Follows one direction of one connection. Nothing is held back, nothing but a CRC changed."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._frames = 0
        self._header = bytearray()
        self._left = 0
        self._hit = False

    def passed(self, data: bytes) -> bytes:
        """Return what arrives of these bytes."""
        out = bytearray(data)
        for at, byte in enumerate(data):
            if self._left:
                self._left -= 1
                if not self._left and self._hit:
                    out[at] ^= _BYTE
            else:
                self._head(byte)
        return bytes(out)

    def _head(self, byte: int) -> None:
        """Look for the next frame's header; bytes that begin none are passed over."""
        self._header.append(byte)
        while self._header and self._header[0] != STX:
            del self._header[0]
        if len(self._header) < HEADER_SIZE:
            return
        if ~sum(self._header[1 : HEADER_SIZE - 1]) & _BYTE != self._header[-1]:
            del self._header[0]
            return
        self._left = int.from_bytes(self._header[3:5], "big") + CRC_SIZE
        self._hit = False
        if self._header[1] == FrameKind.DATA:
            self._frames += 1
            self._hit = self._frames % self._every == 0
        self._header.clear()
