"""Buses on real servers, drained after the test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from messaging.bus import Bus
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from testkit.running import Nats

Connect = Callable[..., Awaitable[Bus]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """`await connect(server, name="…")`: a bus of the test's own."""
    made: list[Bus] = []

    async def to(server: Nats, name: str = "test") -> Bus:
        telemetry = Telemetry(Resource(name, "0", f"{name}-1"))
        bus = await Bus.connect(server.url, name=name, telemetry=telemetry, lifecycle=Lifecycle())
        made.append(bus)
        return bus

    yield to
    for bus in made:
        await bus.drain()
