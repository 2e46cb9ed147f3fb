"""The door in front of the real central services, on real servers, in this process.

One stack for all tests of a worker. No store's box is there, but for what a test answers itself.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from checkout.config import Config as CheckoutConfig
from checkout.wiring import CheckoutService
from front.config import Config
from front.wiring import FrontService
from messaging.bus import Bus
from receipts.config import Config as ReceiptsConfig
from receipts.wiring import ReceiptsService
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from store_config.config import Config as StoresConfig
from store_config.wiring import StoreConfigService
from testkit.running import Nats, Postgres

START_S = 20
"""Real servers on a busy machine."""


def telemetry(name: str) -> Telemetry:
    return Telemetry(Resource(name, "0", f"{name}-test"))


class Client:
    """A program in front of the door."""

    def __init__(self, http: aiohttp.ClientSession, base: str, token: str | None = None) -> None:
        self.http = http
        self.base = base
        self.token = token

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | io.BytesIO | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[aiohttp.ClientResponse, Any]:
        """Send, and return the response and its JSON, or its bytes where it is none."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if raw is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        async with self.http.request(
            method, self.base + path, json=body, data=raw, headers=sent, allow_redirects=False
        ) as response:
            answered = await response.read()
            if not answered:
                return response, {}
            is_json = response.content_type.endswith("json")
            return response, await response.json(content_type=None) if is_json else answered


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def door(shared_nats: Nats, postgres_server: Postgres) -> AsyncIterator[str]:
    """Where the door is; everything behind it runs."""
    postgres_server.create_database("front_tests")
    url = postgres_server.url("front_tests")
    stores = StoreConfigService(
        StoresConfig(
            nats_url=shared_nats.url, postgres_url=url, instance="test", demo=True, terminals=()
        ),
        telemetry("store_config"),
    )
    checkout = CheckoutService(
        CheckoutConfig(nats_url=shared_nats.url, postgres_url=url), telemetry("checkout")
    )
    receipts = ReceiptsService(
        ReceiptsConfig(nats_url=shared_nats.url, postgres_url=url, private_keys=()),
        telemetry("receipts"),
    )
    front = FrontService(
        Config(nats_url=shared_nats.url, host="127.0.0.1", port=0, behind_tls=False),
        telemetry("front"),
    )
    async with asyncio.timeout(START_S):
        for service in (stores, checkout, receipts, front):
            await service.start()
    yield front.endpoints()["http"]
    for service in (front, receipts, checkout, stores):
        await service.drain()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nobody(door: str) -> AsyncIterator[Client]:
    """A program that is not logged in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Client(http, door)


LogIn = Callable[[str, str], Awaitable[Client]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def log_in(nobody: Client) -> LogIn:
    """Log one of the demo's operators in; once each."""
    known: dict[tuple[str, str], Client] = {}

    async def logged_in(company: str, operator: str) -> Client:
        if (company, operator) not in known:
            body = {
                "company_code": company,
                "operator_code": operator,
                "password": f"{operator}-demo",
            }
            response, told = await nobody("POST", "/api/v1/login", body)
            assert response.status == 200, told
            known[company, operator] = Client(nobody.http, nobody.base, str(told["token"]))
        return known[company, operator]

    return logged_in


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cashier(log_in: LogIn) -> Client:
    """The cashier of the demo chain."""
    return await log_in("DEMO", "cashier")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def admin(log_in: LogIn) -> Client:
    """The administrator of the demo chain."""
    return await log_in("DEMO", "admin")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bus(shared_nats: Nats, door: str) -> AsyncIterator[Bus]:
    """A connection as a store's box has one."""
    assert door
    connected = await Bus.connect(
        shared_nats.url, name="test", telemetry=telemetry("test"), lifecycle=Lifecycle()
    )
    yield connected
    await connected.drain()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Return new idempotency keys, named for the test."""
    drawn = iter(range(1_000))
    return lambda: f"{request.node.name[:200]}-{next(drawn)}".encode("ascii", "replace").decode()
