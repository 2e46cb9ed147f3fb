"""JetStream's API by request: the few calls that we need, with answers that are decoded."""

from typing import Any, Final

import msgspec

from messaging import codec
from messaging.bus import Bus
from messaging.errors import JetStreamRefused
from messaging.publisher import ApiError

API_S: Final = 5.0
"""A server that is starting answers nothing for a while; callers try again."""

STREAM_NOT_FOUND: Final = 10059
CONSUMER_NOT_FOUND: Final = 10014
MESSAGE_NOT_FOUND: Final = 10037
STREAM_NAME_IN_USE: Final = 10058
WRONG_LAST_SEQUENCE: Final = 10071


class StreamState(msgspec.Struct, frozen=True):
    """What a stream holds; `subjects` only when it was asked for."""

    messages: int = 0
    first_seq: int = 0
    last_seq: int = 0
    subjects: dict[str, int] = {}


class StreamInfo(msgspec.Struct):
    """A stream as the server describes it."""

    config: dict[str, Any] = {}
    state: StreamState = StreamState()
    total: int = 0


class AccountInfo(msgspec.Struct, frozen=True):
    """What our account uses of JetStream."""

    streams: int = 0


class SequencePair(msgspec.Struct, frozen=True):
    """A position of a consumer."""

    stream_seq: int = 0
    consumer_seq: int = 0


class ConsumerInfo(msgspec.Struct):
    """A consumer as the server describes it."""

    delivered: SequencePair = SequencePair()
    ack_floor: SequencePair = SequencePair()
    num_pending: int = 0
    num_ack_pending: int = 0


class _Failed(msgspec.Struct):
    error: ApiError | None = None


async def call(bus: Bus, api: str, body: Any, answer: Any) -> Any:
    """Ask `$JS.API.<api>`; raise `JetStreamRefused`, or what `Wire.request` raises."""
    subject = f"$JS.API.{api}"
    payload = msgspec.json.encode(body) if body is not None else b""
    told = (await bus.wire.request(subject, payload, timeout_s=API_S)).data
    failed = codec.decode(told, _Failed, subject)
    if failed.error is not None:
        raise JetStreamRefused(subject, failed.error.err_code, failed.error.description)
    return codec.decode(told, answer, subject)


async def stream_info(bus: Bus, stream: str) -> StreamInfo:
    """Return a stream; `JetStreamRefused` with `STREAM_NOT_FOUND` when there is none."""
    return await call(bus, f"STREAM.INFO.{stream}", None, StreamInfo)


async def consumer_info(bus: Bus, stream: str, durable: str) -> ConsumerInfo:
    """Return a consumer; `JetStreamRefused` with `CONSUMER_NOT_FOUND` when there is none."""
    return await call(bus, f"CONSUMER.INFO.{stream}.{durable}", None, ConsumerInfo)
