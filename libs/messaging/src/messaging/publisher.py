"""Publishing to streams: what returns has been stored, and fsynced where the server does that."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from contracts.envelope import HEADER_MESSAGE_ID
from messaging import codec
from messaging.bus import Bus
from messaging.errors import (
    MessagingError,
    NoAnswer,
    NotDelivered,
    PublishError,
    PublishRefused,
    PublishUnanswered,
)
from servicekit import metric_names

PUBLISH_S: Final = 5.0
"""A stream that fsyncs answers in under a millisecond; an electing cluster takes seconds."""

BATCH_MAX: Final = 1000
"""ADR-50: the server takes no longer atomic batch."""

BATCH_MIN: Final = 16
"""Below this, single publishes are sooner done: for each batch the server makes a store of its own,
with its files and fsyncs (docs/decisions/0103 has the figures)."""

HEADER_BATCH_ID: Final = "Nats-Batch-Id"
HEADER_BATCH_SEQUENCE: Final = "Nats-Batch-Sequence"
HEADER_BATCH_COMMIT: Final = "Nats-Batch-Commit"

_log = logging.getLogger(__name__)


class Outgoing(NamedTuple):
    """A message for a stream. `message_id` is the same on every try."""

    subject: str
    payload: bytes
    message_id: str
    headers: Mapping[str, str] = {}


class ApiError(msgspec.Struct):
    """JetStream's error."""

    code: int = 0
    err_code: int = 0
    description: str = ""


class PubAck(msgspec.Struct):
    """JetStream's acknowledgement."""

    stream: str = ""
    seq: int = 0
    duplicate: bool = False
    count: int = 0
    error: ApiError | None = None


class StreamPublisher:
    """Publishes with message ids and returns on the acknowledgement.

    It also watches that a stream's sequence never falls: storage that lost messages reports
    nothing by itself (nats.md, Durability). Then it logs an alarm; the record is replayed by hand.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._highest: dict[str, int] = {}

    async def publish(
        self,
        subject: str,
        payload: bytes,
        message_id: str,
        headers: Mapping[str, str] | None = None,
    ) -> PubAck:
        """Store one message. `duplicate` in the answer: it was there already, which is as good.

        Raises `PublishRefused` (the stream is full) or `PublishUnanswered` (try the same id again).
        """
        before = dict(self._highest)
        with self._bus.telemetry.span(
            "publish to a stream",
            kind="producer",
            parent=headers,
            attributes={
                "messaging.system": "nats",
                "messaging.destination.name": subject,
                "messaging.operation.type": "send",
                "messaging.message.id": message_id,
            },
        ):
            sent = {**(headers or {}), HEADER_MESSAGE_ID: message_id}
            self._bus.telemetry.inject(sent)
            ack = self._checked(await self._ask(subject, payload, sent), subject)
        self._notice(ack, before)
        self._bus.telemetry.count(metric_names.PUBLISHED)
        return ack

    async def publish_batch(self, messages: Sequence[Outgoing]) -> None:
        """Store all of them, in order, in one stream; as one atomic batch where that is faster.

        On an error some of them may have been stored: publish all again, the ids sort it out.
        """
        fits = self._bus.atomic_batches and BATCH_MIN <= len(messages) <= BATCH_MAX
        if fits and await self.stored_as_batch(messages):
            return
        singly = (self.publish(*message) for message in messages)
        for result in await asyncio.gather(*singly, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def stored_as_batch(self, messages: Sequence[Outgoing]) -> bool:
        """Return whether the batch was committed; False when single publishes must decide."""
        before = dict(self._highest)
        batch_id = self._bus.wire.new_inbox().rpartition(".")[2]
        last = len(messages)
        for sequence, message in enumerate(messages, 1):
            sent = {**message.headers, HEADER_MESSAGE_ID: message.message_id}
            sent[HEADER_BATCH_ID] = batch_id
            sent[HEADER_BATCH_SEQUENCE] = str(sequence)
            if sequence == last:
                sent[HEADER_BATCH_COMMIT] = "1"
            if sequence not in (1, last):
                await self._send(message, sent)
                continue
            answer = await self._ask(message.subject, message.payload, sent)
            try:
                # the first of a batch is answered with an empty body
                ack = self._checked(answer or b"{}", message.subject)
            except PublishRefused as error:
                _log.info("batch refused (%s); publishing singly", error)
                return False
            if sequence == last:
                self._notice(ack, before)
        self._bus.telemetry.count(metric_names.PUBLISHED, last)
        return True

    async def _send(self, message: Outgoing, headers: Mapping[str, str]) -> None:
        try:
            await self._bus.wire.publish(message.subject, message.payload, headers=headers)
        except MessagingError as error:
            raise PublishUnanswered(message.subject, str(error)) from error

    async def _ask(self, subject: str, payload: bytes, headers: Mapping[str, str]) -> bytes:
        try:
            answer = await self._bus.wire.request(
                subject, payload, timeout_s=PUBLISH_S, headers=headers
            )
        except (NotDelivered, NoAnswer) as error:
            self._bus.telemetry.count(
                metric_names.PUBLISH_FAILURES, attributes={"error": type(error).__name__}
            )
            raise PublishUnanswered(subject, str(error)) from error
        return answer.data

    def _checked(self, answer: bytes, subject: str) -> PubAck:
        try:
            ack = codec.decode(answer, PubAck, subject)
        except NoAnswer as error:
            raise PublishUnanswered(subject, str(error)) from error
        if ack.error is not None:
            self._bus.telemetry.count(
                metric_names.PUBLISH_FAILURES, attributes={"error": "refused"}
            )
            raise PublishRefused(subject, ack.error.description, ack.error.err_code)
        return ack

    def _notice(self, ack: PubAck, before: Mapping[str, int]) -> None:
        if ack.duplicate:
            return
        if ack.seq <= before.get(ack.stream, 0):
            _log.critical(
                "stream %s fell: sequence %s was given again after %s; it has lost messages",
                ack.stream,
                ack.seq,
                before[ack.stream],
            )
            self._bus.telemetry.count(metric_names.STREAM_FELL, attributes={"stream": ack.stream})
            self._highest[ack.stream] = ack.seq
        else:
            self._highest[ack.stream] = max(ack.seq, self._highest.get(ack.stream, 0))


__all__ = ["Outgoing", "PubAck", "PublishError", "StreamPublisher"]
