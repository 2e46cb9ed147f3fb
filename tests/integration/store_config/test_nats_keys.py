"""The port `Keys` on a real NATS that asks for tokens."""

import asyncio
import random
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from messaging.address import read_address, with_credentials
from messaging.nkeys import Credentials, Kind, new_key, write_credentials
from messaging.wire import Wire
from servicekit.clock import SystemClock
from store_config.decide_box import ENDED_MAX_OF_ALL
from store_config.nats_keys import NatsKeys
from store_config.ports import Issued, OutOfReach
from supervisor.addresses import free_port
from supervisor.nats_server import NatsServer
from supervisor.nats_trust import Trust, new_seeds
from testkit.running import ServerProcess

BOX = "0190b8a0-0000-7000-8000-000000000001"
WAIT_S = 30.0


@pytest.fixture
def server() -> Iterator[NatsServer]:
    folder = Path(tempfile.mkdtemp(prefix="renkei-keys-"))
    now_s = int(SystemClock().now().timestamp())
    port = free_port(random.SystemRandom())
    made = NatsServer(folder, port=port, trust=Trust(new_seeds(), [], now_s))
    made.prepare()
    process = ServerProcess("nats-server", made.command, made.is_ready)
    process.start()
    yield made
    process.end(signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def keys(server: NatsServer) -> AsyncIterator[NatsKeys]:
    made = NatsKeys.open(server.box_keys, server.url, SystemClock())
    yield made
    await made.close()


def issued(keys: NatsKeys, public_key: str) -> Issued:
    return keys.issue("DEMO", "S001", BOX, public_key, SystemClock().now())


async def acknowledged(keys: NatsKeys, *revoked: str) -> None:
    """Revoke these and nobody else, as soon as the server is in reach."""
    at = SystemClock().now()
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return await keys.revoke(dict.fromkeys(revoked, at))
            except OutOfReach:
                await asyncio.sleep(0.05)


async def test_what_is_issued_opens_the_door_until_it_is_revoked(
    server: NatsServer, keys: NatsKeys, tmp_path: Path
) -> None:
    key = new_key(Kind.USER)
    path = tmp_path / "box.creds"
    path.write_text(write_credentials(Credentials(issued(keys, key.public).token, key)))
    wire, cut = Wire("box"), asyncio.Event()
    wire.on_refused = lambda _times: cut.set()
    async with asyncio.timeout(WAIT_S):
        await wire.open(read_address(with_credentials(server.url, path)))
    await acknowledged(keys, new_key(Kind.USER).public)
    assert await wire.ping(WAIT_S), "another one was revoked"
    await acknowledged(keys, key.public)
    async with asyncio.timeout(WAIT_S):
        await cut.wait()
    await wire.close()


def test_of_the_same_arguments_the_same_token(server: NatsServer) -> None:
    async def made() -> Issued:
        keys = NatsKeys.open(server.box_keys, server.url, SystemClock())
        at = SystemClock().now().replace(microsecond=0) - timedelta(days=1)
        one = keys.issue("DEMO", "S001", BOX, "U1", at)
        again = keys.issue("DEMO", "S001", BOX, "U1", at + timedelta(microseconds=1))
        assert one == again, "a token counts whole seconds"
        assert one.expires_at - at == timedelta(days=30)
        assert keys.issue("DEMO", "S002", BOX, "U1", at) != one
        await keys.close()
        return one

    asyncio.run(made())


async def test_a_list_that_is_ready_before_the_connection_waits_for_it(keys: NatsKeys) -> None:
    await keys.revoke({})


async def test_a_list_as_long_as_it_can_become_is_taken(keys: NatsKeys) -> None:
    # And 3 000 boxes that stood when no more codes were made.
    await acknowledged(keys, *(new_key(Kind.USER).public for _ in range(ENDED_MAX_OF_ALL + 3_000)))


async def test_a_list_that_no_server_took_is_told(server: NatsServer) -> None:
    keys = NatsKeys.open(server.box_keys, "nats://127.0.0.1:1", SystemClock())
    with pytest.raises(OutOfReach):
        await keys.revoke({})
    await keys.close()
