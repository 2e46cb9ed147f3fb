"""From the table to the stream: publishes what was committed, in order, at least once.

The relay is on the way from a terminal's approval to the register's screen. So whoever commits may
offer the rows as they were committed, when none before them waits; everything else is found by
a SELECT, at a poke and now and then. Rows are marked afterwards, without waiting for the disk: a
mark that a crash lost means that a row is published twice under one id, which is recognised.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

import asyncpg
import msgspec

from messaging import backoff
from messaging.errors import PublishError, PublishRefused
from messaging.publisher import Outgoing
from outbox.faults import AWAY
from outbox.migrations import Pool, lock_key
from servicekit import metric_names
from servicekit.clock import Clock
from servicekit.telemetry import Resource, Telemetry

POLL_S: Final = 1.0
"""The safety net: a row whose poke was lost (another process wrote it) waits this long at most."""

BATCH_MAX: Final = 200
"""Rows published at once: an atomic batch, a few hundred kilobytes."""

UNMARKED_MAX: Final = 1000
"""Published rows not marked yet while more keep coming; a crash publishes them twice."""

FOUND_MAX: Final = 2000
"""Rows that a SELECT found are remembered: they may be offered a moment later. Seconds of work."""

STANDBY_S: Final = 1.0
"""How often a relay that is not the active one tries to become it."""

QUERY_S: Final = 10.0
"""A statement of ours takes a millisecond; after this the connection counts as lost."""

AGAIN_FIRST_S: Final = 0.1
AGAIN_LONGEST_S: Final = 5.0
"""Pauses while PostgreSQL or NATS is away."""

FULL_LONGEST_S: Final = 30.0
"""Pauses while the stream is full: only a person or its age limit empties it."""

_COLUMNS: Final = (
    "id, message_id, subject, payload, headers,"
    " extract(epoch FROM clock_timestamp() - created_at)::float8 AS age_s"
)

_log = logging.getLogger(__name__)


class Publisher(Protocol):
    """What the relay needs of `messaging.publisher.StreamPublisher`."""

    async def publish_batch(self, messages: Sequence[Outgoing]) -> None:
        """Store all of them in order; raise `PublishError` otherwise."""
        ...


class Row(NamedTuple):
    """A row of the table, as it was committed."""

    id: int
    message: Outgoing
    age_s: float = 0.0


class Relay:
    """The one that publishes a table's rows; several may run, one is active.

    `table` (in `schema`) has the columns of `outbox/schema.sql`. It holds one connection of the
    pool for as long as it runs.
    """

    def __init__(
        self,
        pool: Pool,
        publisher: Publisher,
        schema: str,
        *,
        clock: Clock,
        table: str = "outbox",
        telemetry: Telemetry | None = None,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._clock = clock
        self._name = f"{schema}.{table}"
        self._telemetry = telemetry or Telemetry(Resource("relay", "0", "relay"))
        self._poked = asyncio.Event()
        self._stopping = False
        self._unmarked: list[int] = []
        self._offered: list[Row] = []
        self._found: dict[int, None] = {}
        self._look = True
        self._looked_at = 0.0
        self.active = False
        """Whether this one publishes; another process may."""
        place = f'"{schema}"."{table}"'  # literals of the service's wiring, never input
        self._select = (
            f"SELECT {_COLUMNS} FROM {place}"  # noqa: S608 - see above
            " WHERE published_at IS NULL AND id <> ALL($1::bigint[])"
            f" ORDER BY id LIMIT {BATCH_MAX}"
        )
        self._mark = f"UPDATE {place} SET published_at = now() WHERE id = ANY($1::bigint[])"  # noqa: S608 - see above

    def poke(self) -> None:
        """Say that something was committed. Costs nothing; any number of them are one."""
        self._look = True
        self._poked.set()

    def offer(self, rows: Sequence[Row]) -> None:
        """Hand over what was committed just now, so that it need not be read again.

        Only for rows whose order needs nothing that waits: what comes before them (of the same
        sale, say) was marked as published when they were committed. Otherwise `poke`.
        """
        if self.active and len(self._offered) + len(rows) <= BATCH_MAX:
            self._offered.extend(rows)
        else:
            self._look = True
        self._poked.set()

    async def run(self) -> None:
        """Publish until `stop`, through outages of PostgreSQL and NATS."""
        attempt = 0
        while not self._stopping:
            try:
                async with self._pool.acquire() as connection:
                    await self._as_active(connection)
            except AWAY as error:
                attempt += 1
                _log.warning("relay of %s: PostgreSQL is away: %r", self._name, error)
                await self._pause(attempt, AGAIN_LONGEST_S)
            else:
                attempt = 0
            finally:
                self.active = False
                self._unmarked.clear()

    def stop(self) -> None:
        """Let `run` return once what is being published is acknowledged and marked."""
        self._stopping = True
        self._poked.set()

    async def _as_active(self, connection: Any) -> None:
        """Wait to be the only one, then publish until `stop` or an error of PostgreSQL."""
        key = lock_key(f"relay:{self._name}")
        while not await connection.fetchval(
            "SELECT pg_try_advisory_lock($1)", key, timeout=QUERY_S
        ):
            if self._poked.is_set():
                self._poked.clear()
                # what we committed is for the active one to publish
                await connection.execute("SELECT pg_notify($1, '')", self._name, timeout=QUERY_S)
            await self._wait(STANDBY_S)
            if self._stopping:
                return
        self.active = True
        try:
            # A mark may be lost in a crash (see above); the service's own commits are not ours.
            await connection.execute("SET synchronous_commit TO off", timeout=QUERY_S)
            await connection.add_listener(self._name, self._notified)
            await self._publish_all(connection)
            await connection.remove_listener(self._name, self._notified)
            await connection.execute("SELECT pg_advisory_unlock($1)", key, timeout=QUERY_S)
        except BaseException:
            # Whatever state the connection is in: without it the lock is free for the next one.
            with suppress(asyncpg.InterfaceError):  # the pool has dropped it already
                connection.terminate()
            raise

    def _notified(self, *_told: object) -> None:
        """Another instance committed something (asyncpg says who, where and what)."""
        self._look = True
        self._poked.set()

    async def _publish_all(self, connection: Any) -> None:
        attempt = 0
        self._look = True
        while True:
            self._poked.clear()
            rows = await self._next(connection)
            refused = await self._publish(rows)
            more_now = self._poked.is_set() and not self._stopping
            if more_now and refused is None and len(self._unmarked) < UNMARKED_MAX:
                continue
            await self._marked(connection)
            if self._stopping:
                return
            attempt = 0 if refused is None else attempt + 1
            if refused is not None:
                self._look = True
                full = isinstance(refused, PublishRefused)
                await self._pause(attempt, FULL_LONGEST_S if full else AGAIN_LONGEST_S)
            elif len(rows) < BATCH_MAX:
                await self._wait(POLL_S)

    async def _next(self, connection: Any) -> list[Row]:
        """Return what was offered; what the table has when more may be in it than was offered."""
        now = self._clock.monotonic()
        if self._offered and not self._look and now - self._looked_at < POLL_S:
            offered, self._offered = self._offered, []
            return [row for row in offered if row.id not in self._found]
        self._look = False
        self._looked_at = now
        self._offered.clear()  # committed before this SELECT, so it finds them
        rows = await self._unpublished(connection)
        self._look = self._look or len(rows) == BATCH_MAX
        self._found.update((row.id, None) for row in rows)
        while len(self._found) > FOUND_MAX:
            del self._found[next(iter(self._found))]
        return rows

    async def _unpublished(self, connection: Any) -> list[Row]:
        found = await connection.fetch(self._select, self._unmarked, timeout=QUERY_S)
        return [
            Row(
                row["id"],
                Outgoing(
                    row["subject"], row["payload"], str(row["message_id"]), _headers(row["headers"])
                ),
                row["age_s"],
            )
            for row in found
        ]

    async def _publish(self, rows: Sequence[Row]) -> PublishError | None:
        """Publish and remember; return what the stream said against it."""
        if not rows:
            return None
        try:
            await self._publisher.publish_batch([row.message for row in rows])
        except PublishError as error:
            _log.warning("relay of %s: %s; %s rows wait", self._name, error, len(rows))
            return error
        self._unmarked.extend(row.id for row in rows)
        self._telemetry.count(metric_names.RELAYED, len(rows), {"outbox": self._name})
        for row in rows:
            self._telemetry.record(metric_names.RELAY_LAG_SECONDS, row.age_s)
        return None

    async def _marked(self, connection: Any) -> None:
        if self._unmarked:
            await connection.execute(self._mark, self._unmarked, timeout=QUERY_S)
            self._unmarked.clear()

    async def _pause(self, attempt: int, longest_s: float) -> None:
        pause = backoff.pause_s(
            attempt, first_s=AGAIN_FIRST_S, longest_s=longest_s, draw=backoff.draw()
        )
        ends = self._clock.monotonic() + pause
        while not self._stopping and (left := ends - self._clock.monotonic()) > 0:
            self._poked.clear()
            await self._wait(left)

    async def _wait(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._poked.wait()
        except TimeoutError:
            return


def _headers(stored: str | None) -> Mapping[str, str]:
    if not stored:
        return {}
    return msgspec.json.decode(stored, type=dict[str, str])
