"""Streams and buckets as `contracts.streams` has them: made when missing, else changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from contracts.permissions import PROBE, PROBE_SUBJECTS
from contracts.streams import BUCKETS, STREAMS, BucketSpec, StreamSpec, bucket_stream
from messaging import backoff, jetstream
from messaging.bus import Bus
from messaging.errors import (
    JetStreamRefused,
    MessagingError,
    NoAnswer,
    NotDelivered,
)
from messaging.publisher import Outgoing, StreamPublisher

VALUE_BYTES_MAX: Final = 512 * 1024
"""One document in a bucket: a store with hundreds of terminals is a tenth of it."""

TRIES_MAX: Final = 10
AGAIN_FIRST_S: Final = 0.05
AGAIN_LONGEST_S: Final = 2.0
"""Some ten seconds in all: longer than a server takes to recover its streams on a small machine."""

LOOK_S: Final = 5.0
"""What is gone is made again this late at most; until then everybody waits and loses nothing."""

_log = logging.getLogger(__name__)


async def provision(
    bus: Bus,
    streams: Sequence[StreamSpec] = STREAMS,
    buckets: Sequence[BucketSpec] = BUCKETS,
) -> None:
    """Make what is missing; safe to repeat and for several services at once.

    Also finds out whether the server takes atomic batches with message ids. A JetStream that does
    not answer yet, as just after its start, is asked `TRIES_MAX` times. Raises `MessagingError`
    when it still does not, or refuses.
    """
    await _until_it_answers(bus)
    for stream in streams:
        await _ensure(bus, stream.name, _stream_config(stream))
    for bucket in buckets:
        await _ensure(bus, bucket_stream(bucket), _bucket_config(bucket))
    bus.atomic_batches = await _takes_batches(bus)


async def keep_provisioned(
    bus: Bus,
    streams: Sequence[StreamSpec],
    buckets: Sequence[BucketSpec],
    made: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Make again, until cancelled, what a server lost or somebody deleted while we run.

    Nobody else does before the next start: facts and events would wait until then. `made` is
    called after each time, to fill what is empty now.
    """
    wanted = {stream.name: _stream_config(stream) for stream in streams} | {
        bucket_stream(bucket): _bucket_config(bucket) for bucket in buckets
    }
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            lost = [name for name in wanted if await _is_lost(bus, name)]
            for name in lost:
                _log.critical("stream %s is gone: it is made anew, what it held is lost", name)
                await _ensure(bus, name, wanted[name])
        except MessagingError as error:
            _log.debug("cannot look after the streams: %s", error)
        else:
            if lost and made is not None:
                await made()


async def _is_lost(bus: Bus, name: str) -> bool:
    try:
        await jetstream.stream_info(bus, name)
    except JetStreamRefused as error:
        return error.code == jetstream.STREAM_NOT_FOUND
    return False


async def _until_it_answers(bus: Bus) -> None:
    for attempt in range(1, TRIES_MAX + 1):
        try:
            await jetstream.call(bus, "INFO", None, jetstream.AccountInfo)
        except (NotDelivered, NoAnswer) as error:
            if attempt == TRIES_MAX:
                raise
            _log.info("JetStream does not answer yet: %s", error)
            await asyncio.sleep(
                backoff.pause_s(attempt, first_s=AGAIN_FIRST_S, longest_s=AGAIN_LONGEST_S)
            )
        else:
            return


def _stream_config(spec: StreamSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "subjects": list(spec.subjects),
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_age": spec.age_max_s * 1_000_000_000,
        "max_bytes": spec.bytes_max,
        "duplicate_window": spec.duplicate_window_s * 1_000_000_000,
        "allow_atomic": True,
        "allow_direct": True,
    }


def _bucket_config(spec: BucketSpec) -> dict[str, Any]:
    """Return the stream of a bucket, as the key-value design (ADR-8) lays it down."""
    return {
        "name": bucket_stream(spec),
        "subjects": [f"$KV.{spec.name}.>"],
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_msgs_per_subject": spec.history,
        "max_msg_size": VALUE_BYTES_MAX,
        # One header would let whoever may write a key throw away all the others.
        "allow_rollup_hdrs": False,
        "allow_direct": True,
        "deny_delete": True,
    }


async def _ensure(bus: Bus, name: str, config: dict[str, Any]) -> None:
    try:
        await jetstream.call(bus, f"STREAM.CREATE.{name}", config, jetstream.StreamInfo)
    except JetStreamRefused as error:
        if error.code != jetstream.STREAM_NAME_IN_USE:
            raise
    else:
        return
    _log.info("stream %s is there with other limits; changing them", name)
    await jetstream.call(bus, f"STREAM.UPDATE.{name}", config, jetstream.StreamInfo)


async def _takes_batches(bus: Bus) -> bool:
    """Return whether a batch with message ids is taken, and its ids are recognised afterwards.

    ADR-50 says that it is not; 2.15.1 does it. A server that ignored the ids would store every
    retried batch twice, so we look (nats.md, Durability).
    """
    token = bus.wire.new_inbox().rpartition(".")[2]
    subject = PROBE_SUBJECTS.replace("*", token)
    config = {
        "name": PROBE,
        "subjects": [PROBE_SUBJECTS],
        "storage": "memory",
        "max_msgs": 100,
        "duplicate_window": 1_000_000_000,
        "max_age": 1_000_000_000,
        "allow_atomic": True,
    }
    try:
        await _ensure(bus, PROBE, config)
        publisher = StreamPublisher(bus)
        messages = [Outgoing(subject, b"{}", f"{token}-{number}") for number in (1, 2)]
        stored = await publisher.stored_as_batch(messages)
        again = await publisher.publish(subject, b"{}", messages[0].message_id)
    except MessagingError as error:
        _log.warning("publishing without atomic batches: %s", error)
        return False
    return stored and again.duplicate
