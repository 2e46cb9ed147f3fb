"""The service itself, in this process, on a NATS and a database of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from messaging.bus import Bus
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from store_config.config import Config
from store_config.seed import SeedTerminal
from store_config.seed_printers import SeedPrinter
from store_config.wiring import StoreConfigService
from testkit.running import Nats

TELEMETRY = Telemetry(Resource("test", "0", "test"))

Start = Callable[..., Awaitable[StoreConfigService]]


@pytest.fixture
async def start(nats_server: Nats, database: str) -> AsyncIterator[Start]:
    """Start an instance; each is drained at the end unless the test did it."""
    running: list[StoreConfigService] = []

    async def started(
        *terminals: SeedTerminal, printers: tuple[SeedPrinter, ...] = ()
    ) -> StoreConfigService:
        config = Config(
            nats_url=nats_server.url,
            postgres_url=database,
            instance="test",
            demo=True,
            terminals=terminals,
            printers=printers,
        )
        service = StoreConfigService(config, TELEMETRY)
        running.append(service)
        async with asyncio.timeout(10):
            await service.start()
        return service

    yield started
    for service in running:
        await service.drain()


@pytest.fixture
async def bus(nats_server: Nats) -> AsyncIterator[Bus]:
    """A connection as `front` or a gateway has one."""
    connected = await Bus.connect(
        nats_server.url, name="test", telemetry=TELEMETRY, lifecycle=Lifecycle()
    )
    yield connected
    await connected.drain()
