"""What went over a terminal's link, decoded for people: the thin log on its page. Pure.

Bytes are kept as they were and decoded only when somebody looks, so that a load test pays nothing.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from ct6100.codec import decode
from ct6100.errors import PayloadUnreadableError
from ct6100.frames import Damaged, Frame, FrameKind, FrameReader, Noise
from ct6100.messages import LinkMessage

CHUNKS_MAX: Final = 400
"""About a dozen payments back: enough to see what just went wrong."""

TO_TERMINAL: Final = "to-terminal"
TO_GATEWAY: Final = "to-gateway"

_QUIET: Final = frozenset(kind for kind in FrameKind if kind is not FrameKind.DATA)
_LEFT_OUT: Final = frozenset({"slip", "keys", "lines", "entries", "screen", "sequence"})
"""Long fields that the page shows elsewhere, or that would bury the rest of the line."""

_REDACTED: Final = frozenset({"mask"})
"""Beside the customer's mask, which the page shows elsewhere, it is the whole number."""

_ID_SHOWN: Final = 8


class Chunk(Struct, frozen=True):
    """Bytes that went over the wire at once. `number` counts up for each terminal."""

    number: int
    at: datetime
    way: str
    data: bytes


class Line(Struct, frozen=True, kw_only=True):
    """One line of the log: a frame. `quiet` ones carry no message."""

    at: str
    way: str
    text: str
    quiet: bool = False


class Wire:
    """The last chunks of one terminal's link, oldest first."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque(maxlen=CHUNKS_MAX)
        self._number = 0

    def add(self, at: datetime, way: str, data: bytes) -> None:
        """Note what was read or written."""
        self._number += 1
        self._chunks.append(Chunk(self._number, at, way, data))

    def after(self, number: int) -> list[Chunk]:
        """Return the chunks that came after that one (0: all that are kept)."""
        return [chunk for chunk in self._chunks if chunk.number > number]


class Decoder:
    """Turns chunks into lines; keeps the half of a frame that has arrived."""

    def __init__(self) -> None:
        self.number = 0
        self._readers = {TO_TERMINAL: FrameReader(), TO_GATEWAY: FrameReader()}

    def lines(self, wire: Wire) -> Iterator[Line]:
        """Decode what came since the last time."""
        for chunk in wire.after(self.number):
            self.number = chunk.number
            reader = self._readers[chunk.way]
            reader.push(chunk.data)
            at = f"{chunk.at:%H:%M:%S.}{chunk.at.microsecond // 1000:03d}"
            while (item := reader.next()) is not None:
                yield _line(item, at, chunk.way)


def _line(item: Frame | Noise | Damaged, at: str, way: str) -> Line:
    match item:
        case Noise():
            return Line(at=at, way=way, text=f"({item.size} bytes of no frame)")
        case Damaged():
            return Line(at=at, way=way, text="(damaged frame)")
        case Frame() if item.kind in _QUIET:
            return Line(at=at, way=way, text=f"{item.kind.name} {item.sequence}", quiet=True)
        case Frame():
            try:
                text = describe(decode(item.payload))
            except PayloadUnreadableError as error:
                text = f"(unreadable: {error.reason})"
            return Line(at=at, way=way, text=f"#{item.sequence} {text}")


def describe(message: LinkMessage) -> str:
    """Return a message in one line: its name and the fields that say something."""
    words = [type(message).__name__]
    screen = getattr(message, "screen", None)
    if screen is not None:
        words.append(screen.name)
    for name, value in msgspec.structs.asdict(message).items():
        if name in _LEFT_OUT or value in (None, "", ()) or isinstance(value, Struct | datetime):
            continue
        words.append(f"{name}={_short(name, value)}")
    return " ".join(words)


def _short(name: str, value: object) -> str:
    if name in _REDACTED:
        return "…"
    if name == "amount":
        return f"¥{value:,}"
    text = str(value)
    return f"{text[:_ID_SHOWN]}…" if name == "operation_id" else text
