"""checkout's outbox: the table as PostgreSQL would keep it, and the stream that takes its rows.

The relay between the two is production code (`outbox.relay`); it speaks SQL to a table in memory.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Self

import msgspec

from checkout.rows import event_columns
from contracts.sales import SaleEvent
from messaging.errors import PublishUnanswered
from messaging.publisher import Outgoing
from outbox.relay import Relay, Row
from simulated.invariants import Invariant
from simulated.line import Line
from simulated.story import Broken
from simulated.virtual import Process

ROUND_TRIP_S: Final = 0.0005
PUBLISH_S: Final = 5.0
"""As `messaging.publisher`."""

decode_event: Final = msgspec.json.Decoder(SaleEvent).decode


class Stored(NamedTuple):
    """A row: the event as it was committed."""

    id: int
    message: Outgoing
    sale: str


class Table:
    """`checkout.sale_event`: outlives every process. Rows are numbered from 1 as they come."""

    def __init__(self) -> None:
        self.waiting: dict[int, Stored] = {}
        """What is not marked as published."""
        self.holder: Process | None = None
        """Who has the relay's lock."""
        self._count = 0

    def insert(self, events: Sequence[SaleEvent]) -> tuple[list[Stored], bool]:
        """Write rows; return them, and whether earlier ones of the same sale wait."""
        sales = {event.sale_id for event in events}
        earlier_wait = any(row.sale in sales for row in self.waiting.values())
        rows: list[Stored] = []
        for event, *columns in zip(events, *event_columns(events), strict=True):
            event_id, _, subject, payload = columns
            self._count += 1
            message = Outgoing(subject, payload, event_id, {})
            rows.append(Stored(self._count, message, event.sale_id))
        self.waiting.update((row.id, row) for row in rows)
        return rows, earlier_wait


class Connection:
    """As much of asyncpg's as the relay uses, for one process."""

    def __init__(self, table: Table, process: Process) -> None:
        self._table = table
        self._process = process

    async def fetchval(self, statement: str, *_: Any, timeout: float) -> bool:  # noqa: ASYNC109 - asyncpg's own
        """Try to take the advisory lock."""
        del timeout
        assert "pg_try_advisory_lock" in statement, statement
        await self._round_trip()
        holder = self._table.holder
        if holder is None or not holder.alive:
            self._table.holder = self._process
        return self._table.holder is self._process

    async def fetch(
        self,
        statement: str,
        unmarked: Sequence[int],
        timeout: float,  # noqa: ASYNC109 - asyncpg's own
    ) -> list[dict[str, Any]]:
        """Select what waits. Without its ORDER BY the rows come in another order, as they may."""
        del timeout
        await self._round_trip()
        known = set(unmarked)
        found = sorted(
            (row for row in self._table.waiting.values() if row.id not in known),
            key=lambda row: row.id,
            reverse=" ORDER BY id" not in statement,
        )
        return [
            {
                "id": row.id,
                "message_id": row.message.message_id,
                "subject": row.message.subject,
                "payload": row.message.payload,
                "headers": None,
                "age_s": 0.0,
            }
            for row in found[: int(statement.rpartition(" LIMIT ")[2])]
        ]

    async def execute(self, statement: str, *values: Any, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own
        """Mark rows; the session's settings are nothing here."""
        del timeout
        await self._round_trip()
        if statement.startswith("UPDATE"):
            for row in values[0]:
                self._table.waiting.pop(row, None)
        elif "pg_advisory_unlock" in statement:
            self._table.holder = None

    async def add_listener(self, *_: object) -> None:
        """Nobody else writes."""

    async def remove_listener(self, *_: object) -> None:
        """The same."""

    def terminate(self) -> None:
        """The lock is free."""
        if self._table.holder is self._process:
            self._table.holder = None

    async def __aenter__(self) -> Self:
        """Be acquired."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Be given back."""

    async def _round_trip(self) -> None:
        self._process.check()
        await asyncio.sleep(ROUND_TRIP_S)
        self._process.check()


class Pool:
    """As much of asyncpg's as the relay uses."""

    def __init__(self, table: Table, process: Process) -> None:
        self._table = table
        self._process = process

    def acquire(self) -> Connection:
        """Return a connection, for `async with`."""
        return Connection(self._table, self._process)


class SaleStream:
    """The stream SALES. Told every message that a publisher sends, in the order in which it does.

    A batch is stored whole or not at all; its acknowledgement may be lost. What is stored reaches
    the listener late, twice, in another order, or (a node was restored) never.
    """

    def __init__(self, line: Line, hear: Callable[[SaleEvent], None]) -> None:
        self._line = line
        self._hear = hear
        self._sent: Counter[str] = Counter()
        """How far each sale has come."""
        self._ids: set[str] = set()

    async def publish(self, process: Process, messages: Sequence[Outgoing]) -> None:
        """Store them in order. Raises `PublishError`."""
        process.check()
        line = self._line
        if line.happens("sales batch lost", 0.03):
            await asyncio.sleep(PUBLISH_S)
            process.check()
            raise PublishUnanswered(messages[0].subject, "no acknowledgement")
        for message in messages:
            self._store(message)
        await asyncio.sleep(line.delay())
        process.check()
        if line.happens("sales ack lost", 0.03):
            raise PublishUnanswered(messages[0].subject, "no acknowledgement")

    def _store(self, message: Outgoing) -> None:
        line, event = self._line, decode_event(message.payload)
        if message.message_id in self._ids:
            line.story.count("sale event published again")
            return
        self._ids.add(message.message_id)
        self._sent[event.sale_id] += 1
        if event.sequence != self._sent[event.sale_id]:
            what = f"event {event.sequence} of {event.sale_id} was published out of its turn"
            raise Broken(Invariant.EVENTS_WITHOUT_GAP, what, line.story)
        if line.happens("sales stream lost one", 0.02):
            return
        for delay_s in line.deliveries():
            line.loop.call_later(delay_s, self._hear, event)

    def sent(self, sale_id: str) -> int:
        """Return how many events of a sale were published."""
        return self._sent[sale_id]


class Publisher:
    """`outbox.relay.Publisher` of one process."""

    def __init__(self, stream: SaleStream, process: Process) -> None:
        self._stream = stream
        self._process = process

    async def publish_batch(self, messages: Sequence[Outgoing]) -> None:
        """Store all of them in order; raise `PublishError` otherwise."""
        await self._stream.publish(self._process, messages)


def offer(relay: Relay, table: Table, events: Sequence[SaleEvent]) -> None:
    """Write a commit's events and tell the relay, as `checkout.postgres` does."""
    if not events:
        return
    rows, earlier_wait = table.insert(events)
    if earlier_wait:
        relay.poke()
    else:
        relay.offer([Row(row.id, row.message) for row in rows])


async def relay_forever(relay: Relay) -> None:
    """Publish until the process is killed."""
    with suppress(asyncio.CancelledError):
        await relay.run()
