import asyncio
from collections.abc import Awaitable, Callable

import pytest
from nats.js.errors import APIError

from contracts.permissions import PROBE
from contracts.streams import BUCKETS, STREAMS, StreamSpec, bucket_stream
from messaging import jetstream
from messaging.bus import Bus
from messaging.errors import JetStreamRefused
from messaging.provision import keep_provisioned, provision
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]


async def test_all_streams_and_buckets_are_made_once_by_many(
    nats_server: Nats, connect: Connect
) -> None:
    buses = [await connect(nats_server) for _ in range(4)]
    await asyncio.gather(*(provision(bus) for bus in buses))
    names = {info.config.name for info in await buses[0].jetstream.streams_info()}
    durable = {spec.name for spec in STREAMS} | {bucket_stream(spec) for spec in BUCKETS}
    assert names == durable | {PROBE}
    assert all(bus.atomic_batches for bus in buses)


async def test_streams_refuse_when_full_and_take_batches(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus)
    for spec in STREAMS:
        config = (await jetstream.stream_info(bus, spec.name)).config
        assert config["discard"] == "new"
        assert config["allow_atomic"] is True
        assert config["max_bytes"] == spec.bytes_max
        assert config["duplicate_window"] == spec.duplicate_window_s * 1e9


async def test_other_limits_are_changed_without_losing_anything(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus, (StreamSpec("S", ("s.>",), 60, 1000, 30),), ())
    await bus.jetstream.publish("s.x", b"kept")
    await provision(bus, (StreamSpec("S", ("s.>",), 120, 5000, 30),), ())
    told = await jetstream.stream_info(bus, "S")
    assert (told.config["max_bytes"], told.state.messages) == (5000, 1)


async def test_a_header_throws_no_bucket_away(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    await provision(bus)
    await bus.jetstream.publish("$KV.gateway_epochs.OTHER.S1", b"another store's")
    with pytest.raises(APIError):
        await bus.jetstream.publish(
            "$KV.gateway_epochs.DEMO.S1", b"{}", headers={"Nats-Rollup": "all"}
        )
    told = await jetstream.stream_info(bus, bucket_stream(BUCKETS[1]))
    assert told.state.messages == 1


async def test_what_the_server_will_not_have_is_told(nats_server: Nats, connect: Connect) -> None:
    bus = await connect(nats_server)
    with pytest.raises(JetStreamRefused):
        await provision(bus, (StreamSpec("S", ("$JS.API.>",), 60, 1000, 30),), ())


async def test_what_is_lost_while_we_run_is_made_again_and_filled(
    nats_server: Nats, connect: Connect
) -> None:
    bus = await connect(nats_server)
    await provision(bus)
    filled = asyncio.Event()

    async def fill() -> None:
        filled.set()

    keeping = asyncio.create_task(keep_provisioned(bus, STREAMS, BUCKETS, fill))
    lost = (STREAMS[0].name, bucket_stream(BUCKETS[0]))
    for name in lost:
        await bus.jetstream.delete_stream(name)
    await asyncio.wait_for(filled.wait(), 15)
    keeping.cancel()
    names = {info.config.name for info in await bus.jetstream.streams_info()}
    assert set(lost) <= names
