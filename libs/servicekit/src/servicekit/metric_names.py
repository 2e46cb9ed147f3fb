"""Every metric that Renkei records. Nothing else invents a name."""

from typing import Final, Literal, NamedTuple


class Metric(NamedTuple):
    """`kind` says how it is recorded: `counter` adds, `histogram` spreads, `gauge` replaces."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    description: str


HANDLER_SECONDS: Final = Metric(
    "renkei.handler.duration", "histogram", "s", "How long a request's handler took"
)
REQUEST_SECONDS: Final = Metric(
    "renkei.request.duration", "histogram", "s", "How long a reply to a request took"
)
REQUEST_FAILURES: Final = Metric(
    "renkei.request.failures", "counter", "1", "Requests without a reply, by how they failed"
)
CONSUMED: Final = Metric(
    "renkei.consumer.messages", "counter", "1", "Messages consumed, by stream, durable and fate"
)
CONSUMER_LAG_SECONDS: Final = Metric(
    "renkei.consumer.lag", "histogram", "s", "From a message's storing to its handling"
)
CONSUMER_SECONDS: Final = Metric(
    "renkei.consumer.duration", "histogram", "s", "How long a message's handler took"
)
PUBLISHED: Final = Metric(
    "renkei.publisher.messages", "counter", "1", "Messages that a stream acknowledged"
)
PUBLISH_FAILURES: Final = Metric(
    "renkei.publisher.failures", "counter", "1", "Publishes refused or unanswered"
)
SET_ASIDE: Final = Metric(
    "renkei.dead.messages", "counter", "1", "Messages set aside for operations"
)
LIVE_DROPPED: Final = Metric(
    "renkei.live.dropped", "counter", "1", "Live messages dropped while disconnected"
)
STREAM_FELL: Final = Metric(
    "renkei.stream.fell", "counter", "1", "Times that a stream's last sequence went back: data loss"
)
NATS_CONNECTED: Final = Metric(
    "renkei.nats.connected", "gauge", "1", "1 while connected to NATS, else 0"
)
RELAYED: Final = Metric(
    "renkei.outbox.relayed", "counter", "1", "Outbox rows that the stream acknowledged"
)
RELAY_LAG_SECONDS: Final = Metric(
    "renkei.outbox.lag", "histogram", "s", "From a row's commit to its acknowledgement"
)

ALL: Final = (
    HANDLER_SECONDS,
    REQUEST_SECONDS,
    REQUEST_FAILURES,
    CONSUMED,
    CONSUMER_LAG_SECONDS,
    CONSUMER_SECONDS,
    PUBLISHED,
    PUBLISH_FAILURES,
    SET_ASIDE,
    LIVE_DROPPED,
    STREAM_FELL,
    NATS_CONNECTED,
    RELAYED,
    RELAY_LAG_SECONDS,
)
