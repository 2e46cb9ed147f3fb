"""From bytes to what the contracts say and back. Decoding happens once, at the edge."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from messaging.errors import Undecodable

T = TypeVar("T")


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
