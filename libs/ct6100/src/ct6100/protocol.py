"""One end of the link, without I/O (h11 style): bytes in, events out, deadlines as data.

Both ends use the same class. Stop and wait: one data frame is on its way per direction.
"""

from collections import deque
from typing import Final

from msgspec import Struct

from ct6100.codec import decode, encode
from ct6100.errors import (
    LinkBrokenError,
    LinkFullError,
    PayloadTooLargeError,
    PayloadUnreadableError,
)
from ct6100.frames import (
    FRAME_MAX,
    PAYLOAD_MAX,
    Damaged,
    Frame,
    FrameKind,
    FrameReader,
    Noise,
    encode_frame,
)
from ct6100.messages import LinkMessage

ACK_TIMEOUT_S: Final = 1.0
"""A local network and a link layer without a disk answer in milliseconds; a busy box in less."""

TRIES_MAX: Final = 5
"""How often one data frame is sent; with `ACK_TIMEOUT_S` a dead peer is known after 5 s."""

PING_EVERY_S: Final = 2.0
"""After this long without a word from the peer it is asked whether it is there."""

SILENCE_MAX_S: Final = 7.0
"""Three unanswered enquiries and a little: the peer is gone, or frozen."""

FRAME_GAP_S: Final = 2.0
"""A frame that has begun ends within this, or its beginning was noise."""

DAMAGED_MAX: Final = 8
"""Damaged frames with no sound one between: a wire this bad is cut, not argued with."""

NOISE_MAX: Final = 2 * FRAME_MAX
"""Bytes of no frame with no sound one between: not a CT-6100 at the other end."""

QUEUE_MAX: Final = 256
"""Messages that wait for their turn; a page of screens and a few answers are far fewer."""

SEQUENCES: Final = 256


class LinkEvent(Struct, frozen=True, kw_only=True):
    """Base of what a link reports."""


class Received(LinkEvent, frozen=True, kw_only=True):
    """The peer's message: delivered once, in order."""

    message: LinkMessage


class Delivered(LinkEvent, frozen=True, kw_only=True):
    """The peer's link has this message of ours (its application may still lose it)."""

    message: LinkMessage


class Lost(LinkEvent, frozen=True, kw_only=True):
    """Not known to have arrived: `refused` (peer cannot read it; link goes on) or why it broke."""

    message: LinkMessage
    reason: str


class Unreadable(LinkEvent, frozen=True, kw_only=True):
    """A sound frame held no message that we know (a newer peer?): refused, the link goes on."""

    payload: bytes
    reason: str


class Broken(LinkEvent, frozen=True, kw_only=True):
    """The last event of a link: drop the connection.

    `reason`: `no_answer` (all tries used), `silence`, `garbage`, `sequence` (the peer skipped a
    frame), `connection_lost` (told by `connection_lost()`).
    """

    reason: str


Event = Received | Delivered | Lost | Unreadable | Broken


class _Sent(Struct):
    """The data frame that is on its way."""

    message: LinkMessage
    frame: bytes
    tries: int
    again_at: float


class Link:
    """One end of one connection. `now` is monotonic seconds, and never goes back."""

    def __init__(self, now: float) -> None:
        self._reader = FrameReader()
        self._out = bytearray()
        self._queue: deque[tuple[LinkMessage, bytes]] = deque()
        self._sent: _Sent | None = None
        self._next_sequence = 0
        self._expected = 0
        self._last_answer: FrameKind | None = None
        self._heard_at = now
        self._enquired_at = now
        self._gap_at: float | None = None
        self._damaged = 0
        self._noise = 0
        self._broken: str | None = None

    @property
    def broken(self) -> str | None:
        """Why it broke, or None while it works."""
        return self._broken

    @property
    def held(self) -> int:
        """How many bytes that came wait for the rest of their frame: less than `FRAME_MAX`."""
        return self._reader.held

    def send(self, message: LinkMessage, now: float) -> None:
        """Queue a message. Raises `LinkFullError`, `LinkBrokenError` and what the codec raises."""
        if self._broken is not None:
            raise LinkBrokenError(self._broken)
        if len(self._queue) >= QUEUE_MAX:
            raise LinkFullError(QUEUE_MAX)
        payload = encode(message)
        if len(payload) > PAYLOAD_MAX:
            raise PayloadTooLargeError(len(payload), PAYLOAD_MAX)
        self._queue.append((message, payload))
        self._send_next(now)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take bytes as they came, split anywhere. Answers are in `outgoing()` afterwards."""
        if self._broken is not None:
            return []
        self._reader.push(data)
        return self._read(now)

    def outgoing(self) -> bytes:
        """Take the bytes to write now; empty when there are none."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def deadline(self) -> float | None:
        """When to call `on_deadline` if nothing else happens; None once broken."""
        if self._broken is not None:
            return None
        times = [self._heard_at + SILENCE_MAX_S, self._enquire_at()]
        if self._sent is not None:
            times.append(self._sent.again_at)
        if self._gap_at is not None:
            times.append(self._gap_at)
        return min(times)

    def on_deadline(self, now: float) -> list[Event]:
        """Resend, ping, or give up. Harmless before the deadline."""
        if self._broken is not None:
            return []
        if now >= self._heard_at + SILENCE_MAX_S:
            return self._break("silence")
        events: list[Event] = []
        if self._gap_at is not None and now >= self._gap_at:
            self._reader.give_up()
            self._gap_at = None
            events += self._on_damaged()
            if self._broken is None:
                events += self._read(now)
        if self._broken is None and self._sent is not None and now >= self._sent.again_at:
            events += self._resend(now)
        if self._broken is None and now >= self._enquire_at():
            self._enquired_at = now
            self._out += encode_frame(FrameKind.ENQUIRE, 0)
        return events

    def connection_lost(self) -> list[Event]:
        """Tell that the transport is gone; all that waits is `Lost`."""
        return [] if self._broken is not None else self._break("connection_lost")

    def _enquire_at(self) -> float:
        return max(self._heard_at, self._enquired_at) + PING_EVERY_S

    def _read(self, now: float) -> list[Event]:
        events: list[Event] = []
        while self._broken is None and (item := self._reader.next()) is not None:
            match item:
                case Noise():
                    events += self._on_noise(item.size)
                case Damaged():
                    events += self._on_damaged()
                case Frame():
                    self._heard_at = now
                    self._damaged = self._noise = 0
                    self._gap_at = None
                    events += self._on_frame(item, now)
        if self._broken is not None or not self._reader.held:
            self._gap_at = None
        elif self._gap_at is None:
            self._gap_at = now + FRAME_GAP_S
        return events

    def _on_noise(self, size: int) -> list[Event]:
        self._noise += size
        return self._break("garbage") if self._noise > NOISE_MAX else []

    def _on_damaged(self) -> list[Event]:
        self._damaged += 1
        if self._damaged > DAMAGED_MAX:
            return self._break("garbage")
        self._out += encode_frame(FrameKind.NAK, self._expected)
        return []

    def _on_frame(self, frame: Frame, now: float) -> list[Event]:
        match frame.kind:
            case FrameKind.DATA:
                return self._on_data(frame)
            case FrameKind.ACK | FrameKind.REFUSE:
                return self._on_answer(frame, now)
            case FrameKind.NAK:
                sent = self._sent
                return self._resend(now) if sent and frame.sequence == self._waiting_for else []
            case FrameKind.ENQUIRE:
                self._out += encode_frame(FrameKind.ALIVE, 0)
                return []
            case FrameKind.ALIVE:
                return []

    def _on_data(self, frame: Frame) -> list[Event]:
        if frame.sequence != self._expected:
            return self._on_repeated(frame)
        self._expected = (self._expected + 1) % SEQUENCES
        events: list[Event]
        try:
            events = [Received(message=decode(frame.payload))]
            self._last_answer = FrameKind.ACK
        except PayloadUnreadableError as error:
            events = [Unreadable(payload=frame.payload, reason=error.reason)]
            self._last_answer = FrameKind.REFUSE
        self._out += encode_frame(self._last_answer, frame.sequence)
        return events

    def _on_repeated(self, frame: Frame) -> list[Event]:
        """The last one again means that our answer was lost: give the same answer again."""
        if self._last_answer is None or frame.sequence != (self._expected - 1) % SEQUENCES:
            return self._break("sequence")
        self._out += encode_frame(self._last_answer, frame.sequence)
        return []

    def _on_answer(self, frame: Frame, now: float) -> list[Event]:
        sent = self._sent
        if sent is None or frame.sequence != self._waiting_for:
            return []
        self._sent = None
        self._send_next(now)
        if frame.kind is FrameKind.REFUSE:
            return [Lost(message=sent.message, reason="refused")]
        return [Delivered(message=sent.message)]

    @property
    def _waiting_for(self) -> int:
        return (self._next_sequence - 1) % SEQUENCES

    def _send_next(self, now: float) -> None:
        if self._sent is not None or not self._queue:
            return
        message, payload = self._queue.popleft()
        frame = encode_frame(FrameKind.DATA, self._next_sequence, payload)
        self._next_sequence = (self._next_sequence + 1) % SEQUENCES
        self._sent = _Sent(message, frame, 1, now + ACK_TIMEOUT_S)
        self._out += frame

    def _resend(self, now: float) -> list[Event]:
        sent = self._sent
        if sent is None:
            return []
        if sent.tries >= TRIES_MAX:
            return self._break("no_answer")
        sent.tries += 1
        sent.again_at = now + ACK_TIMEOUT_S
        self._out += sent.frame
        return []

    def _break(self, reason: str) -> list[Event]:
        lost = [] if self._sent is None else [self._sent.message]
        lost += [message for message, _ in self._queue]
        self._broken = reason
        self._sent = None
        self._queue.clear()
        self._reader.clear()
        return [*(Lost(message=message, reason=reason) for message in lost), Broken(reason=reason)]
