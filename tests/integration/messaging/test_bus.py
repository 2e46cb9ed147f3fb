import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from contracts.envelope import Answer, encode
from contracts.operations import Accepted, Busy, CheckTerminal, Greet, InquireOperation
from contracts.streams import CHECKOUT_FACTS, DEAD
from messaging.bus import Bus, Delivery, NoAnswer, NoResponder, NotSent, Undecodable
from messaging.consumer import ConsumerLoop
from messaging.provision import provision
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]

OPERATION = "0192f3a4-0000-7000-8000-000000000001"
LONG_S = 30.0
"""A time-out that no test waits for: what answers sooner was told, not timed out."""


async def echo(message: Any, _delivery: Delivery) -> Any:
    return message


async def until(check: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            seen = check()
            if isinstance(seen, bool):
                if seen:
                    return
            elif await seen:
                return
            await asyncio.sleep(0.01)


async def test_a_request_is_answered_by_its_handler(nats_server: Nats, connect: Connect) -> None:
    one, other = await connect(nats_server), await connect(nats_server)

    async def handler(message: CheckTerminal | InquireOperation, delivery: Delivery) -> Accepted:
        assert delivery.tokens == ("cmd", "C", "S", "terminal", "T1", "inquire_operation")
        assert isinstance(message, InquireOperation)
        return Accepted(operation_id=message.operation_id)

    await one.serve(
        "cmd.C.S.>", CheckTerminal | InquireOperation, handler, queue=None, concurrency=4
    )
    asked = InquireOperation(operation_id=OPERATION, terminal="T1")
    subject = "cmd.C.S.terminal.T1.inquire_operation"
    reply = await other.request(subject, asked, Accepted | Busy, timeout_s=10)
    assert reply == Accepted(operation_id=OPERATION)


async def test_a_subscription_counts_from_the_moment_that_serve_returns(
    nats_server: Nats, connect: Connect
) -> None:
    one, other = await connect(nats_server), await connect(nats_server)
    for number in range(300):
        await one.serve(f"svc.x.{number}", Greet, echo, queue="x", concurrency=1)
        assert await other.request(f"svc.x.{number}", Greet(), Greet, timeout_s=10) == Greet()


async def test_nobody_listening_is_told_at_once(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    async with asyncio.timeout(10):
        with pytest.raises(NoResponder):
            await bus.request("svc.nobody.greet", Greet(), Answer, timeout_s=LONG_S)


async def test_a_handler_that_is_too_slow_is_no_answer(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    never = asyncio.Event()

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        await never.wait()
        return message

    await bus.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    with pytest.raises(NoAnswer):
        await bus.request("svc.x.greet", Greet(), Greet, timeout_s=0.05)
    never.set()


async def test_an_asker_hears_at_once_that_the_connection_broke(
    nats_server: Nats, connect: Connect
) -> None:
    one, other = await connect(nats_server), await connect(nats_server)
    began, let_go = asyncio.Event(), asyncio.Event()

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        began.set()
        await let_go.wait()
        return message

    await one.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    asking = asyncio.create_task(other.request("svc.x.greet", Greet(), Greet, timeout_s=LONG_S))
    await began.wait()
    nats_server.kill()
    async with asyncio.timeout(10):
        with pytest.raises(NoAnswer):
            await asking
    let_go.set()


async def test_while_disconnected_a_request_fails_at_once_and_is_never_sent(
    nats_server: Nats, connect: Connect
) -> None:
    gateway, asker = await connect(nats_server), await connect(nats_server)
    heard: list[Greet] = []

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        heard.append(message)
        return message

    await gateway.serve("cmd.x", Greet, handler, queue=None, concurrency=1)
    nats_server.kill()
    await until(lambda: not asker.connected)
    async with asyncio.timeout(10):
        with pytest.raises(NotSent):
            await asker.request("cmd.x", Greet(), Greet, timeout_s=LONG_S)
        await asker.publish_live("cmd.x", Greet())
    nats_server.start()
    await until(asker.ping)
    await until(gateway.ping)
    assert await asker.request("cmd.x", Greet(), Greet, timeout_s=10) == Greet()
    assert len(heard) == 1


async def test_after_a_restart_of_the_server_everyone_is_served_again(
    nats_server: Nats, connect: Connect
) -> None:
    one, other = await connect(nats_server), await connect(nats_server)
    await one.serve("svc.x.greet", Greet, echo, queue="x", concurrency=1)
    nats_server.kill()
    await until(lambda: not one.connected and not other.connected)
    nats_server.start()
    await until(one.ping)
    await until(other.ping)
    assert await other.request("svc.x.greet", Greet(), Greet, timeout_s=10) == Greet()


async def test_a_command_that_a_stream_hands_on_for_somebody_is_not_obeyed(
    nats_server: Nats, connect: Connect
) -> None:
    """A box writes a command into its own bucket, and asks for it in another box's name."""
    box, thief = await connect(nats_server, "box"), await connect(nats_server, "thief")
    await provision(box)
    obeyed: list[Greet] = []

    async def obey(message: Greet, _delivery: Delivery) -> Greet:
        obeyed.append(message)
        return message

    await box.serve("cmd.C.S2.gateway.*", Greet, obey, queue=None, concurrency=1)
    await thief.wire.request("$KV.gateway_epochs.C.S1", encode(Greet()), timeout_s=5)
    await thief.wire.publish(
        "$JS.API.DIRECT.GET.KV_gateway_epochs.$KV.gateway_epochs.C.S1",
        reply="cmd.C.S2.gateway.greet",
    )

    async def set_aside() -> bool:
        return (await box.jetstream.stream_info(DEAD.name)).state.messages == 1

    await until(set_aside)
    assert obeyed == []
    assert await thief.request("cmd.C.S2.gateway.greet", Greet(), Greet, timeout_s=5) == Greet()


async def test_a_fact_that_a_stream_hands_on_for_somebody_is_set_aside(
    nats_server: Nats, connect: Connect
) -> None:
    bus, thief = await connect(nats_server, "checkout"), await connect(nats_server, "thief")
    await provision(bus)
    taken: list[Greet] = []

    async def take(message: Greet, _delivery: Delivery) -> None:
        taken.append(message)

    loop = ConsumerLoop(bus, CHECKOUT_FACTS, Greet, take)
    running = asyncio.create_task(loop.run())
    await thief.wire.request("$KV.gateway_epochs.C.S1", encode(Greet()), timeout_s=5)
    await thief.wire.publish(
        "$JS.API.DIRECT.GET.KV_gateway_epochs.$KV.gateway_epochs.C.S1",
        reply="evt.C.S2.terminal.T1.operation_concluded",
    )

    async def set_aside() -> bool:
        return (await bus.jetstream.stream_info(DEAD.name)).state.messages == 1

    await until(set_aside)
    assert taken == []
    await loop.stop()
    await running


async def test_a_request_that_does_not_decode_is_set_aside_and_answered(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server, "checkout")
    await provision(bus)
    await bus.serve("svc.checkout.check", CheckTerminal, echo, queue="x", concurrency=1)
    answer = await bus.request("svc.checkout.check", Greet(), Answer, timeout_s=10)
    assert answer.outcome == "invalid_body"
    with pytest.raises(Undecodable):
        await bus.request("svc.checkout.check", Greet(), CheckTerminal, timeout_s=10)

    async def stored() -> bool:
        return (await bus.jetstream.stream_info(DEAD.name)).state.messages == 1

    await until(stored)  # the second one is the same message, kept once
    kept: Any = await bus.jetstream.get_last_msg(DEAD.name, "dead.checkout")
    assert kept.headers is not None
    assert kept.headers["Renkei-Dead-Subject"] == "svc.checkout.check"
    assert "Invalid value 'greet'" in kept.headers["Renkei-Dead-Reason"]
    assert kept.data == b'{"type":"greet"}'


async def test_a_handler_that_breaks_answers_and_the_next_request_is_served(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    errors: list[BaseException] = [KeyError("x"), asyncio.CancelledError()]

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        if errors:
            raise errors.pop(0)
        return message

    await bus.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    answer = await bus.request("svc.x.greet", Greet(), Answer, timeout_s=10)
    assert answer.outcome == "internal_error"
    with pytest.raises(NoAnswer):
        await bus.request("svc.x.greet", Greet(), Answer, timeout_s=0.2)
    assert await bus.request("svc.x.greet", Greet(), Greet, timeout_s=10) == Greet()


async def test_only_inboxes_are_answered(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    heard: list[str] = []

    async def hear(_message: Any, delivery: Delivery) -> None:
        heard.append(delivery.subject)

    await bus.subscribe_live("evt.>", Greet, hear)
    await bus.serve("svc.x.greet", Greet, echo, queue="x", concurrency=1)
    forged = b'{"type":"greet"}'
    await bus.wire.publish("svc.x.greet", forged, reply="evt.OTHER.S1.terminal.T1.approved")
    await bus.request("svc.x.greet", Greet(), Greet, timeout_s=10)
    await bus.ping()
    assert heard == []


async def test_no_more_than_the_given_number_are_handled_at_a_time(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    now = most = 0

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return message

    await bus.serve("svc.x.greet", Greet, handler, queue="x", concurrency=3)
    asked = (bus.request("svc.x.greet", Greet(), Greet, timeout_s=10) for _ in range(20))
    await asyncio.gather(*asked)
    assert most == 3


async def test_live_messages_are_heard_in_order_whatever_their_handler_does(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus)
    heard: list[str] = []

    async def hear(message: CheckTerminal, _delivery: Delivery) -> None:
        heard.append(message.terminal)
        if message.terminal == "T5":
            raise ValueError

    await bus.subscribe_live("live.>", CheckTerminal, hear)
    for number in range(10):
        await bus.publish_live("live.x", CheckTerminal(terminal=f"T{number}"))
        await bus.wire.publish("live.x", b"garbage")
    await until(lambda: len(heard) == 10)
    assert heard == [f"T{number}" for number in range(10)]


async def test_the_trace_goes_along_with_a_request(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    seen: list[str | None] = []

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        seen.append(bus.telemetry.traceparent())
        return message

    await bus.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    with bus.telemetry.span("register", parent={"traceparent": traceparent}):
        await bus.request("svc.x.greet", Greet(), Greet, timeout_s=10)
    assert seen == [traceparent]


async def test_a_server_that_hangs_fails_the_health_check(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)

    async def hangs() -> bool:
        return not await bus.wire.ping(timeout_s=0.05)

    nats_server.pause()
    try:
        await until(hangs)
    finally:
        nats_server.resume()
    await until(bus.ping)  # the late PONG did not kill the reader
    assert await bus.ping()


async def test_a_dead_reader_is_replaced(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    await bus.serve("svc.x.greet", Greet, echo, queue="x", concurrency=1)
    inside: Any = bus.wire.client
    inside._reading_task.cancel()
    await asyncio.sleep(0)
    assert bus.connected
    await until(bus.ping)
    assert await bus.request("svc.x.greet", Greet(), Greet, timeout_s=10) == Greet()


async def test_draining_lets_work_under_way_answer(nats_server: Nats, connect: Connect) -> None:
    one, other = await connect(nats_server), await connect(nats_server)
    began = asyncio.Event()

    async def handler(message: Greet, _delivery: Delivery) -> Greet:
        began.set()
        await asyncio.sleep(0.05)
        return message

    await one.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    asking = asyncio.create_task(other.request("svc.x.greet", Greet(), Greet, timeout_s=10))
    await began.wait()
    await one.drain()
    assert await asking == Greet()
    with pytest.raises(NoResponder):
        await other.request("svc.x.greet", Greet(), Greet, timeout_s=LONG_S)


async def test_draining_while_disconnected_just_ends(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    await bus.serve("svc.x.greet", Greet, echo, queue="x", concurrency=1)
    nats_server.kill()
    await until(lambda: not bus.connected)
    async with asyncio.timeout(10):
        await bus.drain()


async def test_a_connection_closed_by_the_server_for_good_fails_the_process(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    inside: Any = bus.wire.client
    await inside._process_err("'maximum payload violation'")
    await until(lambda: bus.lifecycle.failure is not None)


async def test_an_asker_hears_that_what_the_handler_needs_is_away(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)

    async def handler(_message: Greet, _delivery: Delivery) -> Greet:
        raise ConnectionRefusedError

    await bus.serve("svc.x.greet", Greet, handler, queue="x", concurrency=1)
    answer = await bus.request("svc.x.greet", Greet(), Answer, timeout_s=10)
    assert answer.outcome == "service_unavailable"


async def test_closing_is_not_cancelled_where_its_socket_is_being_let_go_already(
    nats_server: Nats, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the server cut us off a moment ago: nats-py cancels what its two closes wait for."""
    bus = await connect(nats_server)
    close = bus.wire.client.close

    async def closed_meanwhile() -> None:
        await close()
        raise asyncio.CancelledError

    monkeypatch.setattr(bus.wire.client, "close", closed_meanwhile)
    await bus.wire.close()
    assert bus.wire.client.is_closed
