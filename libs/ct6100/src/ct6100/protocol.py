"""One end of the link, without I/O (h11 style): bytes in, events out, deadlines as data.

Both ends use the same class. Stop and wait: one data frame is on its way per direction.
"""

from msgspec import Struct

from ct6100.messages import LinkMessage


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


class Link:
    """One end of one connection. `now` is monotonic seconds, and never goes back."""

    def __init__(self, now: float) -> None:
        self._now = now

    @property
    def broken(self) -> str | None:
        """Why it broke, or None while it works."""
        return None

    def send(self, message: LinkMessage, now: float) -> None:
        """Queue a message. Raises `LinkFullError`, `LinkBrokenError` and what the codec raises."""
        del message, now

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take bytes as they came, split anywhere. Answers are in `outgoing()` afterwards."""
        del data, now
        return []

    def outgoing(self) -> bytes:
        """Take the bytes to write now; empty when there are none."""
        return b""

    def deadline(self) -> float | None:
        """When to call `on_deadline` if nothing else happens; None once broken."""
        return None

    def on_deadline(self, now: float) -> list[Event]:
        """Resend, ping, or give up. Harmless before the deadline."""
        del now
        return []

    def connection_lost(self, now: float) -> list[Event]:
        """Tell that the transport is gone; all that waits is `Lost`."""
        del now
        return []
