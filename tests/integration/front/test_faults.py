"""The door while what is behind it dies, hangs or comes back. Each test has its own NATS."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
from msgspec import Raw

from contracts import streams, subjects
from contracts.envelope import Answer, Call, Role
from contracts.sales import ReadSaleEvents
from contracts.stores import ResolveSession, Session, StoreConfiguration, StoreSettings
from front.config import Config
from front.wiring import FrontService
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from messaging.provision import provision
from servicekit.clock import SystemClock
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from testkit.running import Nats

SALE = "01234567-89ab-7def-8123-456789abcdef"
HEADERS = {"Authorization": "Bearer token"}
PATIENCE_S = 20.0
AT_ONCE_S = 5
"""Far below any time-out of ours, far above what a busy machine needs for an answer."""


class Door(NamedTuple):
    front: FrontService
    base: str
    http: aiohttp.ClientSession
    bus: Bus
    events: list[dict[str, Any]]

    async def get(self, path: str) -> tuple[int, dict[str, Any], float]:
        started = time.perf_counter()
        async with self.http.get(self.base + path, headers=HEADERS) as response:
            told = await response.json(content_type=None)
            return response.status, told, time.perf_counter() - started

    def happen(self, sequence: int) -> bytes:
        event: dict[str, Any] = {
            "company": "C",
            "store": "S",
            "register": "R1",
            "sale_id": SALE,
            "sequence": sequence,
            "sale": {"tenders": []},
        }
        self.events.append(event)
        return msgspec.json.encode(event)


@pytest.fixture
async def house(nats_server: Nats) -> AsyncIterator[Door]:
    """The door with a session, one store and one sale behind it."""
    telemetry = Telemetry(Resource("test", "0", "test"))
    bus = await Bus.connect(
        nats_server.url, name="test", telemetry=telemetry, lifecycle=Lifecycle()
    )
    await provision(bus)
    session = Session(
        operator="cashier",
        name="c",
        role=Role.CASHIER,
        company="C",
        company_name="C",
        stores=(),
        expires_at=SystemClock().now() + timedelta(hours=1),
    )
    store = StoreConfiguration(
        company="C",
        store="S",
        name="s",
        version=1,
        terminal_option=True,
        registers=(),
        terminals=(),
        settings=StoreSettings(),
    )
    await Bucket(bus, streams.STORE_CONFIG, StoreConfiguration).put("C.S", store)
    events: list[dict[str, Any]] = []

    async def resolve(_ask: ResolveSession, _delivery: Delivery) -> Answer:
        return Answer(outcome="ok", body=Raw(msgspec.json.encode(session)))

    async def past(ask: Call[ReadSaleEvents], _delivery: Delivery) -> Answer:
        later = [one for one in events if one["sequence"] > ask.body.after]
        return Answer(outcome="ok", body=Raw(msgspec.json.encode({"events": later})))

    resolving = subjects.service("store_config", "resolve_session")
    await bus.serve(resolving, ResolveSession, resolve, queue=None, concurrency=4)
    reading = subjects.service("checkout", "read_sale_events")
    await bus.serve(reading, Call[ReadSaleEvents], past, queue=None, concurrency=4)
    config = Config(nats_url=nats_server.url, host="127.0.0.1", port=0, behind_tls=False)
    front = FrontService(config, telemetry)
    async with asyncio.timeout(PATIENCE_S):
        await front.start()
    async with aiohttp.ClientSession() as http:
        yield Door(front, front.endpoints()["http"], http, bus, events)
    await front.drain()
    await bus.drain()


async def read_ids(response: aiohttp.ClientResponse, count: int) -> list[str]:
    ids: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        async for raw in response.content:
            name, _, value = raw.decode().strip().partition(": ")
            if name == "id":
                ids.append(value)
                if len(ids) == count:
                    break
    return ids


async def test_a_service_that_is_away_is_told_at_once(house: Door) -> None:
    status, told, took_s = await house.get(f"/api/v1/sales/{SALE}")
    assert (status, told["code"]) == (503, "service_unavailable")
    assert took_s < AT_ONCE_S


async def test_streams_end_politely_when_the_process_stops(house: Door) -> None:
    house.happen(1)
    path = f"{house.base}/api/v1/sales/{SALE}/events"
    async with house.http.get(path, headers=HEADERS) as response:
        assert await read_ids(response, 1) == ["1"]
        started = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S):
            _, rest = await asyncio.gather(house.front.drain(), response.content.read())
        assert b": stopping" in rest
        assert time.perf_counter() - started < PATIENCE_S


async def test_without_nats_the_door_says_so_and_is_not_ready(
    house: Door, nats_server: Nats
) -> None:
    assert (await house.get("/live"))[0] == 200
    nats_server.kill()
    async with asyncio.timeout(PATIENCE_S):
        while (await house.front.ready())["nats"]:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)
    status, told, took_s = await house.get("/api/v1/sales")
    assert (status, told["code"]) == (503, "service_unavailable")
    assert took_s < AT_ONCE_S


async def test_what_happened_while_nats_was_away_comes_after_its_return(
    house: Door, nats_server: Nats
) -> None:
    house.happen(1)
    path = f"{house.base}/api/v1/sales/{SALE}/events"
    async with house.http.get(path, headers=HEADERS) as response:
        assert await read_ids(response, 1) == ["1"]
        nats_server.kill()
        house.happen(2)
        house.happen(3)
        nats_server.start()
        assert await read_ids(response, 2) == ["2", "3"]
        payload = house.happen(4)
        async with asyncio.timeout(PATIENCE_S):
            while not await house.bus.ping():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)
        subject = subjects.sale_event("C", "S", SALE, "something_happened")
        await house.bus.wire.publish(subject, payload)
        assert await read_ids(response, 1) == ["4"]


async def test_a_message_that_nobody_can_read_stops_nothing(house: Door) -> None:
    house.happen(1)
    path = f"{house.base}/api/v1/sales/{SALE}/events"
    async with house.http.get(path, headers=HEADERS) as response:
        assert await read_ids(response, 1) == ["1"]
        for subject in (
            subjects.sale_event("C", "S", SALE, "x"),
            subjects.screen("C", "S", "T1"),
            subjects.heartbeat("C", "S"),
        ):
            for garbage in (b"", b"\xff", b"{}", b'{"type":"later"}', b"[" * 10_000):
                await house.bus.wire.publish(subject, garbage)
        payload = house.happen(2)
        await house.bus.wire.publish(subjects.sale_event("C", "S", SALE, "y"), payload)
        assert await read_ids(response, 1) == ["2"]
