"""The floor's latencies: bare hops in processes of their own, driven like ours. No code of ours."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp

from bench.floor_processes import FRAME
from bench.stages import Trail


class BareTerminal:
    """A TCP listener that stamps what it gets and sends a frame when told."""

    def __init__(self) -> None:
        self.port = 0
        self.shown: dict[str, asyncio.Future[float]] = {}
        self._writer: asyncio.StreamWriter | None = None

    async def listen(self) -> None:
        """Start."""
        server = await asyncio.start_server(self._link, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                key = (await reader.readexactly(FRAME)).rstrip().decode()
                self.shown[key].set_result(time.perf_counter())

    def approve(self, key: str) -> float:
        """Send the answer; return when."""
        assert self._writer is not None
        now = time.perf_counter()
        self._writer.write(key.encode().ljust(FRAME))
        return now


class Floor:
    """The bare processes, and the clock on both sides of them."""

    def __init__(self, nats_url: str, postgres_url: str, folder: Path) -> None:
        self._nats_url = nats_url
        self._postgres_url = postgres_url
        self._folder = folder
        self._processes: list[asyncio.subprocess.Process] = []
        self._terminal = BareTerminal()
        self._door = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Floor"]:
        """Start every role; end them all afterwards."""
        await self._terminal.listen()
        try:
            await self._role("centre", self._nats_url, self._postgres_url)
            database = str(self._folder / "floor-edge.db")
            await self._role("edge", self._nats_url, database, str(self._terminal.port))
            self._door = f"http://127.0.0.1:{await self._role('door', self._nats_url)}"
            yield self
        finally:
            for process in self._processes:
                process.terminate()
                await process.wait()

    async def _role(self, role: str, *arguments: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.floor_processes",
            role,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
        )
        self._processes.append(process)
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().split()
        assert line[:1] == ["ready"], f"{role} did not start"
        return int(line[1])

    @staticmethod
    def trail() -> Trail:
        """Return the stages of the bare way."""
        return Trail(
            there=(
                ("door: HTTP → request on the bus", "floor.centre"),
                ("centre: commit → request on the bus", "floor.edge"),
            ),
            back=(
                ("edge: SQLite insert → request on the bus", "floor.result"),
                ("centre: commit → message on the bus", "floor.sale"),
            ),
            ends=("edge: SQLite insert → frame at the terminal", "door → event stream"),
        )

    async def latencies(self, samples: int, trail: Trail | None = None) -> list[list[float]]:
        """Return seconds of (POST → terminal shows, approval → event), one payment at a time."""
        taken: list[list[float]] = [[], []]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self._door}/events", timeout=aiohttp.ClientTimeout(None)) as stream,
        ):
            await stream.content.readuntil(b"\n\n")
            for number in range(samples):
                key = f"sample-{number}-{time.perf_counter_ns()}"
                shown = asyncio.get_running_loop().create_future()
                self._terminal.shown[key] = shown
                if trail is not None:
                    trail.begin()
                began = time.perf_counter()
                post = asyncio.create_task(self._post(session, key))
                shown_at = await shown
                await post
                approved = self._terminal.approve(key)
                while key.encode() not in await stream.content.readuntil(b"\n\n"):
                    pass
                ended = time.perf_counter()
                taken[0].append(shown_at - began)
                taken[1].append(ended - approved)
                if trail is not None:
                    await trail.end(there=(began, shown_at), back=(approved, ended))
        return taken

    async def _post(self, session: aiohttp.ClientSession, key: str) -> None:
        async with session.post(f"{self._door}/tenders", data=key.encode()) as answer:
            await answer.read()
