import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from contracts.envelope import encode
from contracts.operations import CheckTerminal, Greet, OperationDoubted
from contracts.streams import DEAD, STREAMS, ConsumerSpec, StreamSpec
from messaging import fate, jetstream
from messaging.bus import Bus, Delivery, PublishError
from messaging.consumer import ConsumerLoop
from messaging.fate import Fates
from messaging.provision import provision
from messaging.publisher import StreamPublisher
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]
Read = Callable[..., Awaitable[ConsumerLoop[CheckTerminal]]]

FACTS = StreamSpec("FACTS", ("facts.>",), 3600, 10_000_000, 600)


@pytest.fixture
async def read(nats_server: Nats, connect: Connect) -> AsyncIterator[Read]:
    """`await read(handler)`: a running consumer of FACTS; stopped at the end."""
    running: list[tuple[ConsumerLoop[CheckTerminal], asyncio.Task[None]]] = []

    async def started(
        handler: Callable[[CheckTerminal, Delivery], Awaitable[None]],
        *,
        fates: Fates = fate.DEFAULT,
        lanes: int = 1,
        lane_of: Callable[[Delivery], str] | None = None,
    ) -> ConsumerLoop[CheckTerminal]:
        bus = await connect(nats_server, "checkout")
        loop = ConsumerLoop(
            bus,
            ConsumerSpec(durable="checkout", service="x", stream="FACTS", subject="facts.>"),
            CheckTerminal,
            handler,
            fates=fates,
            lanes=lanes,
            lane_of=lane_of,
        )
        running.append((loop, asyncio.create_task(loop.run())))
        return loop

    yield started
    for loop, task in running:
        await loop.stop()
        await asyncio.gather(task, return_exceptions=True)


OPERATION = "0192f3a4-0000-7000-8000-000000000001"


async def source(server: Nats, connect: Connect) -> StreamPublisher:
    bus = await connect(server, "source")
    await provision(bus, (*STREAMS, FACTS), ())
    return StreamPublisher(bus)


async def tell(publisher: StreamPublisher, number: int, key: str = "x") -> None:
    payload = encode(CheckTerminal(terminal=f"T{number}"))
    await publisher.publish(f"facts.{key}", payload, f"{key}-{number}")


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not check():  # noqa: ASYNC110 - a real server tells nobody
            await asyncio.sleep(0.005)


class Handled:
    """Remembers what it was given; raises what it is told to, once for each terminal."""

    def __init__(self, **raises: BaseException) -> None:
        self.terminals: list[str] = []
        self.raises = raises

    async def __call__(self, message: CheckTerminal, _delivery: Delivery) -> None:
        error = self.raises.pop(message.terminal, None)
        if error is not None:
            raise error
        self.terminals.append(message.terminal)


async def test_messages_are_handled_in_order_and_only_once(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    for number in range(200):
        await tell(publisher, number)
    first = Handled()
    loop = await read(first)
    await until(lambda: len(first.terminals) == 200)
    await loop.stop()
    await tell(publisher, 200)
    second = Handled()
    await read(second)
    await until(lambda: len(second.terminals) == 1)
    assert first.terminals + second.terminals == [f"T{number}" for number in range(201)]


async def test_what_does_not_decode_is_set_aside_and_the_next_one_handled(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    handled = Handled()
    await read(handled)
    await publisher.publish("facts.x", b"garbage", "bad-1")
    await publisher.publish("facts.x", encode(Greet()), "bad-2")
    await tell(publisher, 1)
    await until(lambda: handled.terminals == ["T1"])
    bus = await connect(nats_server)
    kept: Any = await bus.jetstream.get_last_msg(DEAD.name, "dead.checkout")
    assert kept.data == encode(Greet())
    assert kept.headers is not None
    assert kept.headers["Renkei-Dead-Message-Id"] == "bad-2"
    assert kept.headers["Renkei-Dead-Stream"] == "FACTS"
    assert kept.headers["Renkei-Dead-Sequence"] == "2"
    assert kept.headers["Renkei-Dead-By"] == "checkout"
    told = await jetstream.consumer_info(bus, "FACTS", "checkout")
    assert (told.num_pending, told.num_ack_pending) == (0, 0)


async def test_a_handler_that_fails_gets_the_message_again(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    handled = Handled(T1=ConnectionResetError(), T2=KeyError("x"))
    await read(handled)
    for number in range(4):
        await tell(publisher, number)
    await until(lambda: len(handled.terminals) == 4)
    assert sorted(handled.terminals) == ["T0", "T1", "T2", "T3"]


async def test_one_that_never_works_is_set_aside_after_its_tries(
    nats_server: Nats, connect: Connect, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fate, "RETRY_FIRST_S", 0.001)
    publisher = await source(nats_server, connect)
    tries = 0

    async def handler(_message: CheckTerminal, _delivery: Delivery) -> None:
        nonlocal tries
        tries += 1
        raise KeyError("bug")

    await read(handler)
    await tell(publisher, 1)
    bus = await connect(nats_server)

    async def set_aside() -> bool:
        return (await jetstream.stream_info(bus, DEAD.name)).state.messages == 1

    async with asyncio.timeout(10):
        while not await set_aside():  # noqa: ASYNC110 - a real server tells nobody
            await asyncio.sleep(0.01)
    assert tries == fate.TRIES_MAX


async def test_our_own_bug_ends_the_loop_and_the_message_stays(
    nats_server: Nats, connect: Connect
) -> None:
    publisher = await source(nats_server, connect)
    bus = await connect(nats_server)
    handled = Handled(T1=AssertionError("bug"))
    spec = ConsumerSpec(durable="c", service="c", stream="FACTS", subject="facts.>")
    loop = ConsumerLoop(bus, spec, CheckTerminal, handled)
    running = asyncio.create_task(loop.run())
    await tell(publisher, 1)
    async with asyncio.timeout(10):
        with pytest.raises(AssertionError, match="bug"):
            await running
    told = await jetstream.consumer_info(bus, "FACTS", "c")
    assert told.num_ack_pending + told.num_pending == 1


async def test_nothing_is_lost_when_the_server_dies_in_the_middle(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    seen: dict[str, int] = {}

    async def handler(message: CheckTerminal, _delivery: Delivery) -> None:
        seen[message.terminal] = seen.get(message.terminal, 0) + 1

    await read(handler)

    async def tell_all() -> None:
        for number in range(600):
            while True:
                try:
                    await tell(publisher, number)
                    break
                except PublishError:
                    await asyncio.sleep(0.02)

    telling = asyncio.create_task(tell_all())
    await until(lambda: len(seen) > 200)
    nats_server.kill()
    nats_server.start()
    await telling
    await until(lambda: len(seen) == 600)
    assert sum(count - 1 for count in seen.values()) < 300


async def test_a_consumer_deleted_behind_our_back_is_made_again(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    handled = Handled()
    await read(handled)
    await tell(publisher, 1)
    await until(lambda: len(handled.terminals) == 1)
    bus = await connect(nats_server)
    await bus.jetstream.delete_consumer("FACTS", "checkout")
    await tell(publisher, 2)
    await until(lambda: "T2" in handled.terminals)


async def test_it_waits_for_a_stream_that_is_made_later(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    handled = Handled()
    await read(handled)
    await asyncio.sleep(0.05)
    publisher = await source(nats_server, connect)
    await tell(publisher, 1)
    await until(lambda: handled.terminals == ["T1"])


async def test_stopping_finishes_the_message_under_way_and_hands_back_the_rest(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    for number in range(50):
        await tell(publisher, number)
    began, go_on = asyncio.Event(), asyncio.Event()
    first: list[str] = []

    async def handler(message: CheckTerminal, _delivery: Delivery) -> None:
        began.set()
        await go_on.wait()
        first.append(message.terminal)

    loop = await read(handler)
    await began.wait()
    stopping = asyncio.create_task(loop.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert first == ["T0"]
    second = Handled()
    await read(second)
    await until(lambda: len(second.terminals) == 49)
    assert sorted(second.terminals) == sorted(f"T{number}" for number in range(1, 50))


def second_token(delivery: Delivery) -> str:
    return delivery.tokens[1]


async def test_lanes_work_side_by_side_and_each_in_order(
    nats_server: Nats, connect: Connect, read: Read
) -> None:
    publisher = await source(nats_server, connect)
    for number in range(20):
        for key in ("a", "b", "c", "d"):
            await tell(publisher, number, key)
    seen: dict[str, list[str]] = {}
    now = most = 0

    async def handler(message: CheckTerminal, delivery: Delivery) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        seen.setdefault(delivery.tokens[1], []).append(message.terminal)

    await read(handler, lanes=8, lane_of=second_token)
    await until(lambda: sum(map(len, seen.values())) == 80)
    assert most > 1
    assert all(lane == [f"T{number}" for number in range(20)] for lane in seen.values())


async def test_a_stream_that_lost_what_we_read_sounds_the_alarm(
    nats_server: Nats, connect: Connect, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = await source(nats_server, connect)
    handled = Handled()
    await read(handled)
    for number in range(5):
        await tell(publisher, number)
    await until(lambda: len(handled.terminals) == 5)
    bus = await connect(nats_server)
    with caplog.at_level(logging.CRITICAL):
        await bus.jetstream.delete_stream("FACTS")
        await provision(bus, (FACTS,), ())
        await tell(publisher, 6)
        await until(lambda: "T6" in handled.terminals)
        assert "FACTS fell" in caplog.text


async def test_a_card_number_in_free_text_is_masked_and_nothing_is_refused_for_it(
    nats_server: Nats, connect: Connect
) -> None:
    publisher = await source(nats_server, connect)
    bus = await connect(nats_server)
    heard: list[OperationDoubted] = []

    async def hear(message: OperationDoubted, _delivery: Delivery) -> None:
        heard.append(message)

    spec = ConsumerSpec(durable="c", service="c", stream="FACTS", subject="facts.>")
    loop = ConsumerLoop(bus, spec, OperationDoubted, hear)
    running = asyncio.create_task(loop.run())
    for number, reason in enumerate(("silence", "read 4111111111111111")):
        doubted = OperationDoubted(operation_id=OPERATION, terminal="T1", reason=reason)
        await publisher.publish("facts.x", encode(doubted), f"id-{number}")
    await until(lambda: len(heard) == 2)
    assert [one.reason for one in heard] == ["silence", "read 411111******1111"]
    await loop.stop()
    await running
