"""Server-sent events on the wire (WHATWG HTML, 9.2). Data is JSON: it never holds a line feed."""

from typing import Final

HEARTBEAT_S: Final = 15.0
"""Between proxies' usual idle limit (30 to 60 s) and a tablet's battery."""

BEHIND_S: Final = 0.5
"""How soon is asked again for what may have been missed, while `checkout` does not answer."""

HEARTBEAT: Final = b": beat\n\n"

OPENING: Final = b"retry: 1000\n\n"
"""A browser whose stream broke asks again after a second."""

GOODBYE: Final = b": stopping\nretry: 500\n\n"
"""This process leaves politely; another one, or its successor, goes on."""


def frame(payload: bytes, *, event: str | None = None, sequence: int | None = None) -> bytes:
    """Return one event; without `event` a browser takes it for a `message`."""
    head = b""
    if event is not None:
        head += b"event: " + event.encode() + b"\n"
    if sequence is not None:
        head += b"id: %d\n" % sequence
    return head + b"data: " + payload + b"\n\n"
