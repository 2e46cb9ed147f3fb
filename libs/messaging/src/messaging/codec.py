"""From bytes to what the contracts say and back. Decoding happens once, at the edge."""

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from messaging.errors import Undecodable
from servicekit.free_text import may_hold_card_number, without_card_numbers

HEADER_STREAM: Final = "Nats-Stream"
"""JetStream writes it on what it hands out of a stream to whoever asked for it."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


@cache
def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return the decoder for a struct, a generic struct or a union of tagged structs."""
    return msgspec.json.Decoder(kind)


def decode(payload: bytes, kind: type[T] | Any, subject: str) -> T | Any:
    """Return the message; raise `Undecodable` when it is not one."""
    try:
        return decoder(kind).decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(subject, str(error)) from error


def decode_sent(
    payload: bytes, kind: type[T] | Any, subject: str, headers: Mapping[str, str]
) -> T | Any:
    """Return a message that somebody sent to `subject`; raise `Undecodable` when it is not one.

    Whoever asks a stream for a value chooses where the answer goes, and the server puts it there
    whatever the asker may publish: a box could write a command into its own bucket and have it
    handed to another store's box. What comes out of a stream in this way is nobody's word.
    """
    if HEADER_STREAM in headers:
        raise Undecodable(subject, "handed on out of a stream: its sender may not speak here")
    return decode(payload, kind, subject)


def decode_cleaned(
    payload: bytes, kind: type[T] | Any, subject: str, headers: Mapping[str, str]
) -> T | Any:
    """Return a message as `decode_sent` does, card numbers in its free text masked.

    Nobody's result is refused for one; the line in the log sets it aside for a look.
    """
    body: Any = decode_sent(payload, kind, subject, headers)
    if not may_hold_card_number(payload):
        return body
    masked, places = without_card_numbers(body)
    if places:
        _log.error("a message on %s holds a card number, masked: %s", subject, places)
    return masked
