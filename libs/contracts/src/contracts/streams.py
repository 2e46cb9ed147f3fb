"""Streams and buckets, provisioned at start by whoever needs them (`messaging.provision`).

JetStream is transport: PostgreSQL at the centre and SQLite at the edge are the record. Streams
refuse when full (`discard: new`), so that the sender feels a backlog, and its outbox waits.
"""

from typing import Final, NamedTuple

from contracts import subjects

DAY_S: Final = 86_400


class StreamSpec(NamedTuple):
    """A durable stream: what it takes, how long it keeps, how large it may grow."""

    name: str
    subjects: tuple[str, ...]
    age_max_s: int
    bytes_max: int
    duplicate_window_s: int


class ConsumerSpec(NamedTuple):
    """A durable consumer: who reads which subjects of which stream, and where it stands."""

    durable: str
    service: str
    stream: str
    subject: str


class BucketSpec(NamedTuple):
    """A key-value bucket; keys are `<company>.<store>`."""

    name: str
    history: int


TERMINALS: Final = StreamSpec(
    name="TERMINALS",
    subjects=(subjects.ALL_TERMINAL_FACTS,),
    age_max_s=14 * DAY_S,
    bytes_max=4 * 1024**3,
    duplicate_window_s=600,
)
"""What the terminals did, from the edge. Two weeks: longer than any holiday."""

SALES: Final = StreamSpec(
    name="SALES",
    subjects=(subjects.ALL_SALE_EVENTS,),
    age_max_s=14 * DAY_S,
    bytes_max=4 * 1024**3,
    duplicate_window_s=600,
)
"""Events of sales. Consumers that were away longer replay from checkout's record."""

DEAD: Final = StreamSpec(
    name="DEAD",
    subjects=(subjects.ALL_DEAD,),
    age_max_s=90 * DAY_S,
    bytes_max=256 * 1024**2,
    duplicate_window_s=600,
)
"""What could not be read: kept where operations can see it, replayed after an upgrade."""

STREAMS: Final = (TERMINALS, SALES, DEAD)

CHECKOUT_FACTS: Final = ConsumerSpec(
    durable="checkout",
    service="checkout",
    stream=TERMINALS.name,
    subject=subjects.ALL_TERMINAL_FACTS,
)
RECEIPTS_SLIPS: Final = ConsumerSpec(
    durable="receipts_slips",
    service="receipts",
    stream=TERMINALS.name,
    subject=subjects.ALL_TERMINAL_FACTS,
)
RECEIPTS_SALES: Final = ConsumerSpec(
    durable="receipts_sales",
    service="receipts",
    stream=SALES.name,
    subject=subjects.ALL_SALE_EVENTS,
)

CONSUMERS: Final = (CHECKOUT_FACTS, RECEIPTS_SLIPS, RECEIPTS_SALES)

STORE_CONFIG: Final = BucketSpec(name="store_config", history=5)
GATEWAY_EPOCHS: Final = BucketSpec(name="gateway_epochs", history=5)

BUCKETS: Final = (STORE_CONFIG, GATEWAY_EPOCHS)


def store_key(company: str, store: str) -> str:
    """Return a store's key in either bucket."""
    return f"{company}.{store}"


def bucket_stream(bucket: BucketSpec) -> str:
    """Return the stream behind a key-value bucket."""
    return f"KV_{bucket.name}"
