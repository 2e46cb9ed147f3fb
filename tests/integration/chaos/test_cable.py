"""The cable that chaos holds does what it says: it carries, it cuts, it is silent."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from chaos.cable import HOST, Cable, Hand

SILENT_S = 0.3
"""Long enough for what would arrive to have arrived."""

PATIENCE_S = 5.0

GREETINGS = 30

Dial = Callable[[Cable], "Caller"]


class Echo(asyncio.Protocol):
    """Says everything again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Caller:
    """One connection to a cable's near end."""

    def __init__(self, cable: Cable) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(0)
        self._port = cable.port

    async def dial(self) -> "Caller":
        await asyncio.get_running_loop().sock_connect(self.socket, (HOST, self._port))
        return self

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def hear(self, count: int, patience_s: float = PATIENCE_S) -> bytes:
        heard = bytearray()
        async with asyncio.timeout(patience_s):
            while len(heard) < count:
                more = await asyncio.get_running_loop().sock_recv(self.socket, count - len(heard))
                if not more:
                    break
                heard += more
        return bytes(heard)

    async def dial_and_hear(self) -> bytes:
        """What somebody hears who dials now."""
        await self.dial()
        return await self.hear(1)


@pytest.fixture
async def cable() -> AsyncIterator[Cable]:
    """A cable to a server that says everything again."""
    server = await asyncio.get_running_loop().create_server(Echo, HOST, 0)
    laid = Cable(server.sockets[0].getsockname()[1])
    await laid.open()
    yield laid
    await laid.close()
    server.close()
    await asyncio.sleep(0)


@pytest.fixture
async def callers() -> AsyncIterator[Dial]:
    """Makes callers, and hangs up for all of them."""
    made: list[Caller] = []

    def call(cable: Cable) -> Caller:
        made.append(Caller(cable))
        return made[-1]

    yield call
    for one in made:
        one.socket.close()


async def test_it_carries_both_ways_whole(cable: Cable, callers: Dial) -> None:
    caller = await callers(cable).dial()
    sent = bytes(range(256)) * 8_000
    saying = asyncio.create_task(caller.say(sent))
    assert await caller.hear(len(sent)) == sent
    await saying
    caller.socket.shutdown(socket.SHUT_WR)
    assert await caller.hear(1) == b"", "the end is carried, too"


async def test_a_cut_resets_who_is_connected_and_who_dials(cable: Cable, callers: Dial) -> None:
    caller = await callers(cable).dial()
    await caller.say(b"before")
    assert await caller.hear(6) == b"before"
    cable.lay(Hand.CUT)
    with pytest.raises(ConnectionResetError):
        await caller.hear(1)
    with pytest.raises(ConnectionError):
        await callers(cable).dial_and_hear()
    cable.lay(Hand.OFF)
    again = await callers(cable).dial()
    await again.say(b"after")
    assert await again.hear(5) == b"after"


async def test_silence_tells_nobody_and_all_arrives_when_it_ends(
    cable: Cable, callers: Dial
) -> None:
    caller = await callers(cable).dial()
    await caller.say(b"a")
    assert await caller.hear(1) == b"a"
    cable.lay(Hand.HOLD)
    late = await callers(cable).dial()
    await caller.say(b"b")
    await late.say(b"c")
    for silent in (caller, late):
        with pytest.raises(TimeoutError):
            await silent.hear(1, SILENT_S)
    cable.lay(Hand.OFF)
    assert await caller.hear(1) == b"b"
    assert await late.hear(1) == b"c"


def test_a_server_that_speaks_first_is_heard_from_its_first_byte() -> None:
    """NATS does; seen with uvloop, which reads before whoever dialled has been told."""
    with socket.create_server((HOST, 0), backlog=64) as server:

        def greet() -> None:
            for _ in range(GREETINGS):
                guest, _ = server.accept()
                guest.sendall(b"INFO")
                guests.append(guest)

        async def visit() -> list[bytes]:
            laid = Cable(server.getsockname()[1])
            await laid.open()
            callers = [await Caller(laid).dial() for _ in range(GREETINGS)]
            heard = [await one.hear(4) for one in callers]
            for one in callers:
                one.socket.close()
            await laid.close()
            return heard

        guests: list[socket.socket] = []
        host = threading.Thread(target=greet, daemon=True)
        host.start()
        assert uvloop.run(visit()) == [b"INFO"] * GREETINGS
        host.join()
        for guest in guests:
            guest.close()


async def test_a_server_that_is_away_is_a_reset(callers: Dial) -> None:
    nowhere = Cable(1)
    await nowhere.open()
    with pytest.raises(ConnectionError):
        await callers(nowhere).dial_and_hear()
    await nowhere.close()
