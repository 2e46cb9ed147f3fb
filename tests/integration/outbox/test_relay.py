import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import asyncpg
import pytest

from contracts.streams import StreamSpec
from messaging.bus import Bus
from messaging.errors import PublishRefused, PublishUnanswered
from messaging.provision import provision
from messaging.publisher import Outgoing, StreamPublisher
from outbox import relay as relay_module
from outbox.relay import Relay, Row
from servicekit.clock import SystemClock
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from testkit.running import Nats

Start = Callable[..., Relay]

SALES = StreamSpec("SALES", ("evt.>",), 3600, 10_000_000, 600)
INSERT = """
    INSERT INTO shop.outbox (message_id, subject, payload, headers)
    VALUES (gen_random_uuid(), $1, 'x', '{"traceparent": "t"}') RETURNING id
"""


class Paper:
    """A publisher that writes down what it is given, and fails when it is told to."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.ids: list[str] = []
        self.batches = 0
        self.errors: list[Exception] = []

    async def publish_batch(self, messages: Sequence[Outgoing]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.batches += 1
        self.subjects += [message.subject for message in messages]
        self.ids += [message.message_id for message in messages]
        assert all(message.headers == {"traceparent": "t"} for message in messages)


@pytest.fixture
async def start(pool: asyncpg.Pool) -> AsyncIterator[Start]:
    """`start(publisher)`: a running relay, stopped at the end."""
    running: list[tuple[Relay, asyncio.Task[None]]] = []

    def started(publisher: Paper | StreamPublisher, of: asyncpg.Pool | None = None) -> Relay:
        relay = Relay(of or pool, publisher, "shop", clock=SystemClock())
        running.append((relay, asyncio.create_task(relay.run())))
        return relay

    yield started
    for relay, task in running:
        relay.stop()
        async with asyncio.timeout(10):
            await task


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not check():  # noqa: ASYNC110 - real servers tell nobody
            await asyncio.sleep(0.005)


async def unpublished(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM shop.outbox WHERE published_at IS NULL")


async def all_marked(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(10):
        while await unpublished(pool):  # noqa: ASYNC110 - real servers tell nobody
            await asyncio.sleep(0.005)


async def test_what_is_committed_is_published_in_order_and_marked(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    for number in range(500):
        await pool.fetchval(INSERT, f"evt.{number}")
        relay.poke()
    await until(lambda: len(paper.subjects) == 500)
    await all_marked(pool)
    assert paper.subjects == [f"evt.{number}" for number in range(500)]
    assert len(set(paper.ids)) == 500


async def test_a_backlog_goes_out_in_batches(pool: asyncpg.Pool, start: Start) -> None:
    await pool.executemany(INSERT, [(f"evt.{number}",) for number in range(1000)])
    paper = Paper()
    start(paper)
    await until(lambda: len(paper.subjects) == 1000)
    assert paper.batches < 20


async def test_a_row_that_commits_out_of_id_order_is_not_skipped(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    async with pool.acquire() as slow:
        slow_one = slow.transaction()
        await slow_one.start()
        first = await slow.fetchval(INSERT, "evt.drawn_first")
        second = await pool.fetchval(INSERT, "evt.drawn_second")
        assert first < second
        relay.poke()
        await until(lambda: paper.subjects == ["evt.drawn_second"])
        await all_marked(pool)
        await slow_one.commit()
    relay.poke()
    await until(lambda: paper.subjects == ["evt.drawn_second", "evt.drawn_first"])


async def test_a_row_whose_poke_was_lost_goes_out_all_the_same(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    await until(lambda: relay.active)
    await pool.fetchval(INSERT, "evt.1")
    await until(lambda: paper.subjects == ["evt.1"])


async def test_of_two_relays_one_is_active_and_the_other_takes_over(
    pool: asyncpg.Pool, start: Start
) -> None:
    one, other = Paper(), Paper()
    first = start(one)
    await until(lambda: first.active)
    second = start(other)
    for number in range(20):
        await pool.fetchval(INSERT, f"evt.{number}")
        first.poke()
        second.poke()
    await until(lambda: len(one.subjects) == 20)
    await all_marked(pool)
    assert not second.active
    first.stop()
    await until(lambda: second.active)
    await pool.fetchval(INSERT, "evt.after")
    second.poke()
    await until(lambda: other.subjects == ["evt.after"])


async def test_a_poke_reaches_the_active_relay_of_another_instance(
    pool: asyncpg.Pool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_S", 60)
    monkeypatch.setattr(relay_module, "STANDBY_S", 60)
    active, idle = Paper(), Paper()
    first = start(active)
    await until(lambda: first.active)
    second = start(idle)
    for number in range(3):
        await pool.fetchval(INSERT, f"evt.{number}")
        second.poke()
        await until(lambda wanted=number + 1: len(active.subjects) == wanted)
    assert idle.subjects == []


async def test_what_the_stream_refuses_or_does_not_answer_waits(
    pool: asyncpg.Pool, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    paper = Paper()
    paper.errors = [PublishUnanswered("evt.1", "away"), PublishRefused("evt.1", "full", 10077)]
    relay = start(paper)
    await until(lambda: relay.active)
    with caplog.at_level(logging.WARNING):
        await pool.fetchval(INSERT, "evt.1")
        relay.poke()
        await until(lambda: paper.subjects == ["evt.1"])
    assert "full" in caplog.text
    await all_marked(pool)


async def test_it_goes_on_after_its_connection_was_cut(pool: asyncpg.Pool, start: Start) -> None:
    paper = Paper()
    relay = start(paper)
    for number in range(3):
        await until(lambda: relay.active)
        await pool.fetchval(INSERT, f"evt.{number}")
        relay.poke()
        await until(lambda wanted=number + 1: len(set(paper.ids)) == wanted)
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    assert list(dict.fromkeys(paper.subjects)) == ["evt.0", "evt.1", "evt.2"]


async def test_nothing_is_lost_or_doubled_when_nats_dies_in_the_middle(
    nats_server: Nats, pool: asyncpg.Pool, start: Start
) -> None:
    telemetry = Telemetry(Resource("test", "0", "test"))
    bus = await Bus.connect(
        nats_server.url, name="test", telemetry=telemetry, lifecycle=Lifecycle()
    )
    await provision(bus, (SALES,), ())
    relay = start(StreamPublisher(bus))

    async def write(count: int) -> None:
        for number in range(count):
            await pool.fetchval(INSERT, f"evt.{number}")
            relay.poke()

    writing = asyncio.create_task(write(600))
    await asyncio.sleep(0.1)
    nats_server.kill()
    nats_server.start()
    await writing
    await all_marked(pool)
    state = (await bus.jetstream.stream_info("SALES")).state
    assert state.messages == 600
    await bus.drain()


async def test_a_relay_stops_at_once_while_everything_is_away(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    paper.errors = [PublishUnanswered("evt.1", "away")] * 1000
    relay = start(paper)
    await until(lambda: relay.active)
    await pool.fetchval(INSERT, "evt.1")
    relay.poke()
    await asyncio.sleep(0.05)
    assert await unpublished(pool) == 1


async def offered(pool: asyncpg.Pool, subject: str) -> Row:
    """Commit a row and return it as it was committed."""
    row = await pool.fetchrow(INSERT.replace("RETURNING id", "RETURNING *"), subject)
    assert row is not None
    message = Outgoing(subject, row["payload"], str(row["message_id"]), {"traceparent": "t"})
    return Row(row["id"], message)


async def test_what_is_offered_is_published_as_it_is_and_marked(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    await until(lambda: relay.active)
    for number in range(20):
        relay.offer([await offered(pool, f"s.{number}")])
    await until(lambda: len(paper.subjects) >= 20)
    await all_marked(pool)
    assert paper.subjects == [f"s.{number}" for number in range(20)]


async def test_what_is_offered_between_pokes_is_published_once(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    await until(lambda: relay.active)
    for number in range(60):
        row = await offered(pool, f"s.{number}")
        if number % 3:
            relay.offer([row])
        else:
            relay.poke()
    await until(lambda: len(paper.subjects) >= 60)
    await all_marked(pool)
    assert len(paper.ids) == len(set(paper.ids)) == 60


async def test_what_was_offered_and_refused_is_found_again(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    await until(lambda: relay.active)
    await asyncio.sleep(0.05)
    paper.errors = [PublishUnanswered("s.0", "lost")]
    relay.offer([await offered(pool, "s.0")])
    await until(lambda: bool(paper.subjects))
    await all_marked(pool)
    assert paper.subjects == ["s.0"]


async def test_a_row_that_another_process_wrote_is_found_while_offers_keep_coming(
    pool: asyncpg.Pool, start: Start
) -> None:
    paper = Paper()
    relay = start(paper)
    await until(lambda: relay.active)
    await pool.execute(INSERT, "theirs")
    async with asyncio.timeout(10):
        while "theirs" not in paper.subjects:
            relay.offer([await offered(pool, "ours")])
            await asyncio.sleep(0.02)


async def test_a_relay_that_is_not_the_active_one_keeps_no_offers(
    pool: asyncpg.Pool, start: Start
) -> None:
    first, second = Paper(), Paper()
    active = start(first)
    await until(lambda: active.active)
    idle = start(second)
    row = await offered(pool, "s.0")
    idle.offer([row])
    active.poke()
    await until(lambda: first.subjects == ["s.0"])
    assert second.subjects == []
