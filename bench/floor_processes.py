"""The floor: a payment's hops with no business code, each in a process of its own.

Imports nothing of Renkei. `python -m bench.floor_processes ROLE ARGUMENTS…`, where ROLE is one of

- `door NATS`: HTTP → NATS request; core NATS → server-sent event
- `centre NATS POSTGRES`: NATS request → PostgreSQL commit → NATS request; and back
- `page`: HTTP GET → as many bytes as `?bytes=` asks for
- `edge NATS SQLITE PORT`: NATS request → SQLite insert (`synchronous=FULL`) → TCP frame; and back

Every role prints one line when it is ready: `ready PORT` (0 where it listens on none).
"""

import asyncio
import contextlib
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable

import asyncpg
import uvloop
from aiohttp import web
from nats.aio.msg import Msg

from bench.bare_nats import connected, listen

FRAME = 200
"""Bytes of one frame on the link: what ours has, more or less."""

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS bench_floor;
CREATE TABLE IF NOT EXISTS bench_floor.sale (id text PRIMARY KEY, sequence int, state jsonb);
CREATE TABLE IF NOT EXISTS bench_floor.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text, payload bytea,
    published_at timestamptz);
CREATE INDEX IF NOT EXISTS outbox_waits ON bench_floor.outbox (id) WHERE published_at IS NULL;
"""

COMMIT = """
WITH saved AS (
    INSERT INTO bench_floor.sale (id, sequence, state) VALUES ($1, 1, $2)
    ON CONFLICT (id) DO UPDATE SET sequence = bench_floor.sale.sequence + 1, state = $2
    RETURNING sequence)
INSERT INTO bench_floor.outbox (subject, payload, published_at)
SELECT $3, convert_to($2::text, 'UTF8'), now() FROM saved RETURNING id
"""
"""One statement: the row, and its outbox row (already marked: the floor publishes by itself)."""

STATE = json.dumps({"filler": "x" * 1_500})
"""As large as one of our events, so that bytes are not what differs."""


def _ready(port: int) -> None:
    print(f"ready {port}", flush=True)  # noqa: T201 - the parent reads this line


async def _serve(app: web.Application) -> int:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return int(runner.addresses[0][1])


async def door(url: str) -> None:
    """HTTP in front, events behind."""
    connection = await connected(url)
    listeners: set[asyncio.Queue[bytes]] = set()

    async def post(request: web.Request) -> web.Response:
        answer = await connection.request("floor.centre", await request.read(), timeout=5)
        return web.Response(body=answer.data, content_type="application/json", status=202)

    async def events(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        listeners.add(queue)
        await stream.write(b": here\n\n")
        with contextlib.suppress(ConnectionResetError):
            while True:
                await stream.write(b"data: " + await queue.get() + b"\n\n")
        return stream

    async def heard(message: Msg) -> None:
        for queue in listeners:
            queue.put_nowait(message.data)

    await listen(connection, "floor.sale", heard)
    app = web.Application()
    app.router.add_post("/tenders", post)
    app.router.add_get("/events", events)
    _ready(await _serve(app))
    await asyncio.Event().wait()


async def centre(url: str, postgres: str) -> None:
    """A commit each way."""
    connection = await connected(url)
    pool = await asyncpg.create_pool(postgres, min_size=4, max_size=16, reset=_nothing_to_reset)
    await pool.execute(SCHEMA)

    async def command(message: Msg) -> None:
        key = message.data.decode()
        await pool.execute(COMMIT, key, STATE, "floor.sale")
        await connection.request("floor.edge", message.data, timeout=5)
        await message.respond(message.data)

    async def result(message: Msg) -> None:
        key = message.data.decode()
        await pool.execute(COMMIT, key, STATE, "floor.sale")
        await message.respond(b"+")
        await connection.publish("floor.sale", message.data)

    await listen(connection, "floor.centre", _spawning(command))
    await listen(connection, "floor.result", _spawning(result))
    _ready(0)
    await asyncio.Event().wait()


async def _nothing_to_reset(_connection: object) -> None:
    """Spare the floor asyncpg's round trip when a connection goes back to its pool."""


async def edge(url: str, path: str, port: str) -> None:
    """One synchronous insert each way, between NATS and a TCP link."""
    connection = await connected(url)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, payload BLOB)")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))

    def keep(payload: bytes) -> None:
        database.execute("INSERT INTO kept (payload) VALUES (?)", (payload.ljust(1_000),))

    async def command(message: Msg) -> None:
        keep(message.data)
        await message.respond(b"+")
        writer.write(message.data.ljust(FRAME))

    await listen(connection, "floor.edge", command)
    _ready(0)
    while True:
        payload = (await reader.readexactly(FRAME)).rstrip()
        keep(payload)
        await connection.request("floor.result", payload, timeout=5)


async def page() -> None:
    """Answer as many bytes as are asked for."""

    async def get(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * int(request.query["bytes"]))

    app = web.Application()
    app.router.add_get("/", get)
    _ready(await _serve(app))
    await asyncio.Event().wait()


def _spawning(handler: Callable[[Msg], Awaitable[None]]) -> Callable[[Msg], Awaitable[None]]:
    """Callbacks of one subscription run one after another: let these overlap."""
    running: set[asyncio.Task[None]] = set()

    async def call(message: Msg) -> None:
        await handler(message)

    async def spawn(message: Msg) -> None:
        task = asyncio.create_task(call(message))
        running.add(task)
        task.add_done_callback(running.discard)

    return spawn


ROLES: dict[str, Callable[..., Awaitable[None]]] = {
    "door": door,
    "centre": centre,
    "edge": edge,
    "page": page,
}


async def _main() -> None:
    await ROLES[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_main())
