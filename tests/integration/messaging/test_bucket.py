import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from contracts.stores import GatewayEpoch
from contracts.streams import DEAD, GATEWAY_EPOCHS
from messaging import jetstream
from messaging.bucket import Bucket
from messaging.bus import Bus, Conflict, Undecodable
from messaging.provision import provision
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]
AT = datetime(2026, 11, 20, tzinfo=UTC)


def epoch(number: int) -> GatewayEpoch:
    return GatewayEpoch(epoch=number, instance="i", taken_at=AT)


async def stored(bus: Bus) -> int:
    return (await jetstream.stream_info(bus, DEAD.name)).state.messages


class Seen:
    """Collects what a watch delivers."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, int | None]] = []

    async def __call__(self, key: str, value: GatewayEpoch | None, _revision: int) -> None:
        self.changes.append((key, None if value is None else value.epoch))

    async def until(self, change: tuple[str, int | None]) -> None:
        async with asyncio.timeout(10):
            while change not in self.changes:  # noqa: ASYNC110 - a real server tells nobody
                await asyncio.sleep(0.005)


async def opened(server: Nats, connect: Connect) -> Bucket[GatewayEpoch]:
    bus = await connect(server, "gateway")
    await provision(bus)
    return Bucket(bus, GATEWAY_EPOCHS, GatewayEpoch)


async def test_of_two_that_take_the_same_revision_one_wins(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    taken = await asyncio.gather(
        *(bucket.create_or_update("C.S", epoch(n), None) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Conflict) for result in taken) == 4
    (revision,) = [result for result in taken if isinstance(result, int)]
    newer = await bucket.create_or_update("C.S", epoch(7), revision)
    with pytest.raises(Conflict):
        await bucket.create_or_update("C.S", epoch(8), revision)
    assert await bucket.get("C.S") == (epoch(7), newer)


async def test_a_missing_or_deleted_key_is_none_and_can_be_created(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    assert await bucket.get("C.S") is None
    await bucket.put("C.S", epoch(1))
    kv = await bucket.bus.jetstream.key_value("gateway_epochs")
    await kv.delete("C.S")
    assert await bucket.get("C.S") is None
    await bucket.create_or_update("C.S", epoch(2), None)
    found = await bucket.get("C.S")
    assert found is not None
    assert found[0] == epoch(2)


async def test_a_watch_delivers_what_is_there_and_then_what_changes(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    await bucket.put("C.S1", epoch(1))
    await bucket.put("C.S2", epoch(2))
    await bucket.put("D.S1", epoch(3))
    every, one, none = Seen(), Seen(), Seen()
    await bucket.watch("C.*", every)
    await bucket.watch("D.S1", one)
    await bucket.watch("E.S1", none)
    async with asyncio.timeout(10):
        await bucket.caught_up()
    assert sorted(every.changes) == [("C.S1", 1), ("C.S2", 2)]
    assert (one.changes, none.changes) == ([("D.S1", 3)], [])
    await bucket.put("C.S1", epoch(4))
    await every.until(("C.S1", 4))
    kv = await bucket.bus.jetstream.key_value("gateway_epochs")
    await kv.delete("C.S2")
    await every.until(("C.S2", None))
    await bucket.stop()


class Slow(Bucket[GatewayEpoch]):
    """A bucket whose stream takes its time to sync: the first reads after a write miss it."""

    old: tuple[bytes | None, int] | None = None
    misses = 0

    async def last(self, key: str) -> tuple[bytes | None, int] | None:
        if self.misses:
            self.misses -= 1
            return self.old
        return await super().last(key)


async def test_a_change_that_is_told_before_it_can_be_read_is_not_missed(
    nats_server: Nats, connect: Connect
) -> None:
    writer = await opened(nats_server, connect)
    slow = Slow(writer.bus, GATEWAY_EPOCHS, GatewayEpoch)
    seen = Seen()
    await slow.watch("C.S", seen)
    await slow.caught_up()
    slow.misses = 3
    await writer.put("C.S", epoch(1))
    await seen.until(("C.S", 1))
    slow.old, slow.misses = await slow.last("C.S"), 3
    await writer.put("C.S", epoch(2))
    await seen.until(("C.S", 2))
    await slow.stop()


async def test_what_changed_while_a_watch_was_cut_off_is_seen_after_it(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    writer = await opened(nats_server, connect)
    await bucket.put("C.S", epoch(1))
    seen = Seen()
    await bucket.watch(">", seen)
    await seen.until(("C.S", 1))
    inside = bucket.bus.wire.client
    for number in (2, 3):
        await inside.force_reconnect()
        await writer.put("C.S", epoch(number))
        await seen.until(("C.S", number))
    nats_server.kill()
    nats_server.start()
    async with asyncio.timeout(10):
        while True:
            try:
                await writer.put("C.S", epoch(4))
                break
            except Exception:  # noqa: BLE001 - the server is coming back
                await asyncio.sleep(0.02)
    await seen.until(("C.S", 4))
    assert seen.changes == sorted(set(seen.changes), key=seen.changes.index)
    await bucket.stop()


class Counting(Bucket[GatewayEpoch]):
    """A bucket that counts how often everything was read, or was to be."""

    sweeps = 0

    async def keys(self, pattern: str) -> list[str]:
        self.sweeps += 1
        return await super().keys(pattern)


async def test_an_outage_is_said_once_however_often_a_watch_tries(
    nats_server: Nats,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("messaging.bucket.SWEEP_S", 0.05)
    bucket, seen = await opened(nats_server, connect), Seen()
    counting = Counting(bucket.bus, GATEWAY_EPOCHS, GatewayEpoch)
    await counting.watch("C.S", seen)
    await bucket.put("C.S", epoch(1))
    await seen.until(("C.S", 1))
    nats_server.kill()
    async with asyncio.timeout(30):
        while bucket.bus.connected:  # noqa: ASYNC110 - a connection tells nobody
            await asyncio.sleep(0.01)
        before = counting.sweeps
        while counting.sweeps < before + 4:  # noqa: ASYNC110 - nor does a watch
            await asyncio.sleep(0.01)
    nats_server.start()
    again = await opened(nats_server, connect)
    await again.put("C.S", epoch(2))
    await seen.until(("C.S", 2))
    assert caplog.text.count("cannot read bucket") == 1
    await counting.stop()


async def test_a_value_that_does_not_decode_is_set_aside_and_the_watch_goes_on(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    bus = bucket.bus
    seen = Seen()
    await bucket.watch(">", seen)
    await bucket.caught_up()
    await bus.jetstream.publish("$KV.gateway_epochs.C.S", b"garbage")
    with pytest.raises(Undecodable):
        await bucket.get("C.S")
    await bucket.put("C.S", epoch(1))
    await bucket.put("C.T", epoch(2))
    await seen.until(("C.T", 2))
    await bus.jetstream.publish("$KV.gateway_epochs.C.U", b"garbage")
    async with asyncio.timeout(10):
        while not await stored(bus):  # noqa: ASYNC110 - a real server tells nobody
            await asyncio.sleep(0.01)
    await bucket.stop()


async def test_a_watch_ends_although_what_it_was_at_swallowed_the_cancel(
    nats_server: Nats, connect: Connect
) -> None:
    bucket = await opened(nats_server, connect)
    at_it = asyncio.Event()

    async def swallow(_key: str, _value: GatewayEpoch | None, _revision: int) -> None:
        at_it.set()
        with contextlib.suppress(asyncio.CancelledError):  # as `asyncio.wait_for` can
            await asyncio.sleep(60)

    await bucket.watch(">", swallow)
    await bucket.caught_up()
    await bucket.put("C.S", epoch(1))
    async with asyncio.timeout(10):
        await at_it.wait()
        await bucket.stop()


async def test_many_keys_are_all_delivered(nats_server: Nats, connect: Connect) -> None:
    bucket = await opened(nats_server, connect)
    await asyncio.gather(*(bucket.put(f"C.S{n}", epoch(n)) for n in range(300)))
    seen = Seen()
    await bucket.watch(">", seen)
    async with asyncio.timeout(10):
        await bucket.caught_up()
    assert len(seen.changes) == 300
    await bucket.stop()
