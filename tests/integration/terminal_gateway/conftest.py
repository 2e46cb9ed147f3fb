"""A store: a terminal behind TCP, the centre on a real NATS, and the gateway between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from servicekit.telemetry import Resource, Telemetry
from terminal_gateway.config import Config
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import COMPANY, STORE, Centre, GatewayProcess, configuration
from testkit.running import Nats
from testkit.terminal_server import TerminalServer


@pytest.fixture
async def terminal() -> AsyncIterator[TerminalServer]:
    """T1, switched on."""
    server = TerminalServer()
    await server.power_on()
    yield server
    await server.power_off()


@pytest.fixture
async def centre(nats_server: Nats, terminal: TerminalServer) -> AsyncIterator[Centre]:
    """The centre, with the store configured."""
    heard = await Centre.connect(nats_server.url)
    await heard.configure(configuration(terminal.port))
    yield heard
    await heard.bus.drain()


@pytest.fixture
async def process(
    nats_server: Nats, centre: Centre, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    """The gateway as its own process, not started yet."""
    gateway = GatewayProcess(tmp_path / "edge", nats_server.url)
    del centre
    yield gateway
    await gateway.kill()


@pytest.fixture
async def gateway(nats_server: Nats, centre: Centre, tmp_path: Path) -> AsyncIterator[Gateway]:
    """The gateway in this process, linked to T1."""
    config = Config(
        company=COMPANY, store=STORE, folder=tmp_path / "edge", nats_url=nats_server.url
    )
    running = Gateway(config, Telemetry(Resource("test", "0", "test")))
    await running.start()
    await centre.until_linked()
    yield running
    await running.drain()
