"""Frames: where one message starts and ends on the wire, and whether it came through unharmed.

    STX (02) · kind · sequence · length (2, big-endian) · check · payload · CRC-32 (4, big-endian)

`check` is the ones' complement of the sum of the four bytes before it, so that a damaged length is
seen at once; the CRC (IEEE 802.3) is over everything between STX and itself.
"""

from binascii import crc32
from enum import IntEnum
from typing import Final

from msgspec import Struct

STX: Final = 0x02
HEADER_SIZE: Final = 6
CRC_SIZE: Final = 4
PAYLOAD_MAX: Final = 16_384
"""A journal page with full slips fits; nothing larger is ever buffered."""
FRAME_MAX: Final = HEADER_SIZE + PAYLOAD_MAX + CRC_SIZE


class FrameKind(IntEnum):
    """What a frame is for. All but DATA have an empty payload."""

    DATA = 0x44
    """A message; `sequence` counts up by one (mod 256), per direction, from 0."""
    ACK = 0x06
    """The data frame `sequence` arrived."""
    NAK = 0x15
    """Something damaged arrived; send the data frame `sequence` again, if it is on its way."""
    REFUSE = 0x18
    """The data frame `sequence` arrived unharmed but cannot be read; do not send it again."""
    ENQUIRE = 0x05
    """Are you there? (`sequence` 0)"""
    ALIVE = 0x16
    """The answer to it. (`sequence` 0)"""


class Frame(Struct, frozen=True):
    """One sound frame."""

    kind: FrameKind
    sequence: int
    payload: bytes = b""


class Noise(Struct, frozen=True):
    """Bytes between frames that belong to none."""

    size: int


class Damaged(Struct, frozen=True):
    """A frame whose CRC does not fit. Its STX was skipped; what follows is read anew."""


_KINDS: Final = {int(kind): kind for kind in FrameKind}


def encode_frame(kind: FrameKind, sequence: int, payload: bytes = b"") -> bytes:
    """Return the frame's bytes. `payload` is at most `PAYLOAD_MAX` long."""
    assert len(payload) <= PAYLOAD_MAX  # noqa: S101 - house style 12: our own bug
    head = bytes((kind, sequence)) + len(payload).to_bytes(2, "big")
    body = head + bytes((_check(head),)) + payload
    return bytes((STX,)) + body + crc32(body).to_bytes(CRC_SIZE, "big")


class FrameReader:
    """Takes bytes split anywhere, gives frames. Keeps less than `FRAME_MAX` bytes between calls.

    After `push`, call `next` until it returns None.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def held(self) -> int:
        """How many bytes of a frame that has begun and not ended are kept."""
        return len(self._buffer)

    def push(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    def next(self) -> Frame | Noise | Damaged | None:
        """Return the next thing that arrived, or None when more bytes are needed."""
        buffer = self._buffer
        if not buffer:
            return None
        skipped = self._skip_to_header()
        if skipped:
            return Noise(skipped)
        if len(buffer) < HEADER_SIZE:
            return None
        end = HEADER_SIZE + int.from_bytes(buffer[3:5], "big")
        if len(buffer) < end + CRC_SIZE:
            return None
        if crc32(buffer[1:end]) != int.from_bytes(buffer[end : end + CRC_SIZE], "big"):
            del buffer[0]
            return Damaged()
        frame = Frame(_KINDS[buffer[1]], buffer[2], bytes(buffer[HEADER_SIZE:end]))
        del buffer[: end + CRC_SIZE]
        return frame

    def give_up(self) -> None:
        """Stop waiting for the rest of the frame that has begun; read what follows its STX."""
        del self._buffer[:1]

    def clear(self) -> None:
        """Forget everything."""
        self._buffer.clear()

    def _skip_to_header(self) -> int:
        """Drop bytes until the buffer starts with what is, or can become, a header."""
        buffer = self._buffer
        at = buffer.find(STX)
        while at >= 0 and not _can_be_header(buffer, at):
            at = buffer.find(STX, at + 1)
        skipped = at if at >= 0 else len(buffer)
        del buffer[:skipped]
        return skipped


def _check(head: bytes | bytearray) -> int:
    return ~sum(head) & 0xFF


def _can_be_header(buffer: bytearray, at: int) -> bool:
    head = buffer[at + 1 : at + HEADER_SIZE]
    if head and head[0] not in _KINDS:
        return False
    if len(head) < HEADER_SIZE - 1:
        return True
    size = int.from_bytes(head[2:4], "big")
    allowed = PAYLOAD_MAX if head[0] == FrameKind.DATA else 0
    return head[4] == _check(head[:4]) and size <= allowed
