import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts.streams import StreamSpec
from messaging import jetstream
from messaging.bus import Bus, PublishError, PublishRefused, PublishUnanswered
from messaging.provision import provision
from messaging.publisher import Outgoing, StreamPublisher
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]

SMALL = StreamSpec("SMALL", ("small.>",), 3600, 20_000, 60)
FACTS = StreamSpec("FACTS", ("facts.>",), 3600, 10_000_000, 600)


async def stored(bus: Bus, stream: str) -> list[str]:
    """Return the message ids of a stream, in order."""
    state = (await jetstream.stream_info(bus, stream)).state
    found: list[Any] = [
        await bus.jetstream.get_msg(stream, sequence)
        for sequence in range(state.first_seq, state.last_seq + 1)
    ]
    return [message.headers["Nats-Msg-Id"] for message in found if message.headers]


def numbered(count: int, first: int = 0) -> list[Outgoing]:
    return [Outgoing("facts.x", b"{}", f"id-{first + n}") for n in range(count)]


async def test_the_same_id_is_stored_once(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    await provision(bus, (FACTS,), ())
    publisher = StreamPublisher(bus)
    first = await publisher.publish("facts.x", b"{}", "id-1")
    again = await publisher.publish("facts.y", b"{}", "id-1")
    assert (first.seq, first.duplicate) == (1, False)
    assert (again.seq, again.duplicate) == (1, True)
    assert await stored(bus, "FACTS") == ["id-1"]


async def test_a_full_stream_refuses_until_there_is_room(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (SMALL,), ())
    publisher = StreamPublisher(bus)
    tries = [publisher.publish("small.x", bytes(1000), f"id-{n}") for n in range(30)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    taken = sum(not isinstance(answer, PublishRefused) for answer in answers)
    assert 10 < taken < 25
    with pytest.raises(PublishRefused):
        await publisher.publish_batch(
            [Outgoing("small.x", bytes(1000), f"batch-{n}") for n in range(3)]
        )
    await bus.jetstream.purge_stream("SMALL", keep=1)
    await publisher.publish("small.x", bytes(1000), "id-31")


async def test_a_stream_that_is_not_there_does_not_answer(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    async with asyncio.timeout(10):
        with pytest.raises(PublishUnanswered):
            await StreamPublisher(bus).publish("facts.x", b"{}", "id-1")


async def test_a_batch_is_stored_in_order_and_may_be_repeated(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (FACTS,), ())
    assert bus.atomic_batches
    publisher = StreamPublisher(bus)
    await publisher.publish("facts.x", b"{}", "id-2")
    await publisher.publish_batch(numbered(20))
    await publisher.publish_batch(numbered(40))
    await publisher.publish_batch(numbered(30, first=40))
    ids = [f"id-{n}" for n in range(70)]
    assert await stored(bus, "FACTS") == ["id-2", *ids[:2], *ids[3:]]


async def test_where_batches_are_not_taken_singles_do_the_same(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (FACTS,), ())
    bus.atomic_batches = False
    await StreamPublisher(bus).publish_batch(numbered(50))
    assert await stored(bus, "FACTS") == [f"id-{n}" for n in range(50)]


async def test_nothing_is_lost_or_doubled_when_the_server_dies_in_the_middle(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (FACTS,), ())
    publisher = StreamPublisher(bus)
    unanswered = 0
    half = asyncio.Event()

    async def publish_all() -> None:
        nonlocal unanswered
        for start in range(0, 1000, 20):
            while True:
                try:
                    await publisher.publish_batch(numbered(20, first=start))
                    break
                except PublishError:
                    unanswered += 1
                    await asyncio.sleep(0.02)
            if start == 500:
                half.set()

    publishing = asyncio.create_task(publish_all())
    await half.wait()
    nats_server.kill()
    nats_server.start()
    async with asyncio.timeout(30):
        await publishing
    assert await stored(bus, "FACTS") == [f"id-{n}" for n in range(1000)]


async def test_a_stream_that_gives_a_number_twice_sounds_the_alarm(
    nats_server: Nats, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (FACTS,), ())
    publisher = StreamPublisher(bus)
    for number in range(5):
        await publisher.publish("facts.x", b"{}", f"id-{number}")
    await bus.jetstream.delete_stream("FACTS")
    await provision(bus, (FACTS,), ())
    with caplog.at_level(logging.CRITICAL):
        await publisher.publish("facts.x", b"{}", "id-5")
    assert "FACTS fell" in caplog.text
