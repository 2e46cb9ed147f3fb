"""The floor of throughput: command → commit with outbox row → JetStream publish → consumer.

Imports nothing of Renkei. One process, no HTTP, no rules; the number of commits, publishes and
fsyncs a sale is the one that ours was counted to have in the same run.
"""

import asyncio
import contextlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from bench.bare_nats import connected, jetstream_of, listen
from bench.floor_processes import COMMIT, SCHEMA, STATE

EVENT = STATE.encode()


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What one sale costs: how many of each; on average, so with fractions."""

    commands: int
    """NATS requests that end in a PostgreSQL commit."""
    facts: float
    """Commits caused by a message instead of a request."""
    publishes: float
    """JetStream publishes (each an fsync under `sync_interval: always`)."""
    edge_commits: float
    """SQLite commits with `synchronous=FULL`."""


class Share:
    """Deals out a fraction: 1.5 a sale is one, then two, then one."""

    def __init__(self, each: float) -> None:
        self._each = each
        self._due = 0.0

    def deal(self) -> int:
        """Return how many it is this time."""
        self._due += self._each
        whole = int(self._due)
        self._due -= whole
        return whole


class Pipeline:
    """The bare servers' side, and a client that runs sales through it."""

    def __init__(
        self,
        connection: Client,
        pool: asyncpg.Pool,
        folder: Path,
        steps: Steps,
    ) -> None:
        self._commands = steps.commands
        self._facts = Share(steps.facts)
        self._publishes = Share(steps.publishes)
        self._edge_commits = Share(steps.edge_commits)
        self._nats = connection
        self._jetstream = jetstream_of(connection)
        self._pool = pool
        self._edge = sqlite3.connect(folder / "pipeline.db", isolation_level=None)
        self._consumed: dict[str, asyncio.Future[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Create what is needed."""
        self._edge.execute("PRAGMA journal_mode=WAL")
        self._edge.execute("PRAGMA synchronous=FULL")
        self._edge.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, payload BLOB)")
        await self._pool.execute(SCHEMA)
        with contextlib.suppress(NotFoundError):
            await self._jetstream.delete_stream("FLOOR")
        stream = StreamConfig(name="FLOOR", subjects=["floor.event.*"])
        await self._jetstream.add_stream(stream)  # pyright: ignore[reportUnknownMemberType]  # **params
        await listen(self._nats, "floor.command", self._spawn)
        consumer = await self._jetstream.pull_subscribe("floor.event.>", durable="floor")
        self._consumer = asyncio.create_task(self._consume(consumer))

    async def _spawn(self, message: Msg) -> None:
        task = asyncio.create_task(self._command(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _command(self, message: Msg) -> None:
        await self._pool.execute(COMMIT, message.data.decode(), STATE, "floor.sale")
        await message.respond(b"+")

    async def _consume(self, consumer: JetStreamContext.PullSubscription) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                for message in await consumer.fetch(200, timeout=1):
                    await message.ack()
                    waiting = self._consumed.pop(message.subject.rsplit(".", 1)[1], None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(None)

    async def sale(self, key: str) -> None:
        """Run one sale's worth of hops."""
        for step in range(self._commands):
            await self._nats.request("floor.command", f"{key}-{step}".encode(), timeout=10)
        for _ in range(self._edge_commits.deal()):
            self._edge.execute("INSERT INTO kept (payload) VALUES (?)", (EVENT,))
        for _ in range(self._facts.deal()):
            await self._pool.execute(COMMIT, key, STATE, "floor.sale")
        for step in range(self._publishes.deal()):
            subject = f"{key}-{step}"
            heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._consumed[subject] = heard
            await self._jetstream.publish(f"floor.event.{subject}", EVENT, timeout=10)
            await heard

    async def close(self) -> None:
        """Stop."""
        self._consumer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._consumer
        await self._jetstream.delete_stream("FLOOR")
        self._edge.close()


async def sales_per_second(
    nats_url: str, postgres_url: str, folder: Path, steps: Steps, *, registers: int, seconds: float
) -> tuple[float, int]:
    """Return how many sales a second `registers` clients get through, and how many they were."""
    connection = await connected(nats_url)
    pool = await asyncpg.create_pool(
        postgres_url, min_size=16, max_size=16, reset=_nothing_to_reset
    )
    pipeline = Pipeline(connection, pool, folder, steps)
    await pipeline.prepare()
    done = 0
    started = time.perf_counter()

    async def register(number: int) -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await pipeline.sale(f"{number}-{done}-{time.perf_counter_ns()}")
            done += 1

    await asyncio.gather(*(register(number) for number in range(registers)))
    rate = done / (time.perf_counter() - started)
    await pipeline.close()
    await pool.close()
    await connection.close()
    return rate, done


async def _nothing_to_reset(_connection: object) -> None:
    """Spare the floor asyncpg's round trip when a connection goes back to its pool."""
