"""Our way: the system as `make run` starts it, with a store of its own whose terminals stand here.

The terminals are `ct6100.terminal` machines in this process, so that both ends of a hop are stamped
by one clock; each centre approves at once, and the customer never thinks.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, Final

import aiohttp
from msgspec import structs

from ct6100.messages import LinkMessage, Result
from ct6100.stimuli import Stimulus
from supervisor.endpoints import Endpoints
from testkit.system import RunningSystem
from testkit.terminal_server import TerminalServer
from testkit.terminals import MERCHANT, TO_THE_READER

COMPANY: Final = "DEMO"
STORE: Final = "B001"

LINES: Final = [{"name": "コーヒー", "quantity": 1, "unit_price": 165, "tax_rate": 10}]


class BenchTerminal(TerminalServer):
    """A terminal that stamps when it shows an amount and when it sends an approval."""

    def __init__(self, number: int) -> None:
        super().__init__(structs.replace(MERCHANT, serial=f"CT6100-{STORE}-T{number}"))
        self.outgoing = self._stamped
        self.shown_at = 0.0
        self.approved_at = 0.0
        self.pays = False

    def stimulate(self, stimulus: Stimulus) -> None:
        """Stamp the amount's arrival; pay at once when nobody else does."""
        before = self.terminal.screen.name
        super().stimulate(stimulus)
        if before != "choose_media" and self.terminal.screen.name == "choose_media":
            self.shown_at = time.perf_counter()
            if self.pays:
                self.pay_now()

    def pay_now(self) -> None:
        """Be the customer."""
        self.press(*TO_THE_READER)
        self.present()

    def _stamped(self, message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result):
            self.approved_at = time.perf_counter()
        return [message]


class Ours:
    """The running system, and registers that use it over HTTP."""

    def __init__(self, data_dir: Path, registers: int) -> None:
        self._data_dir = data_dir
        self.terminals = [BenchTerminal(number) for number in range(1, registers + 1)]
        self.ready_s = 0.0
        self.restart_s = 0.0
        self._session: aiohttp.ClientSession | None = None
        self._api = ""
        self.system: RunningSystem | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Ours"]:
        """Start the system twice: the second start is the one that users wait for."""
        for terminal in self.terminals:
            await terminal.power_on()
        further = [
            {
                "company": COMPANY,
                "store": STORE,
                "terminal": f"T{number}",
                "serial": terminal.settings.serial,
                "host": "127.0.0.1",
                "port": terminal.port,
            }
            for number, terminal in enumerate(self.terminals, start=1)
        ]
        settings = {"RENKEI_FURTHER_TERMINALS": json.dumps(further)}
        system = self.system = RunningSystem(self._data_dir, settings=settings)
        try:
            await asyncio.to_thread(system.start)
            await asyncio.to_thread(system.stop)
            began = time.perf_counter()
            await asyncio.to_thread(system.start)
            self.ready_s = time.perf_counter() - began
            self._api = f"{system.api}/api/v1"
            async with aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {await self._log_in()}"},
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(None),
            ) as session:
                self._session = session
                await self._until_linked()
                yield self
        finally:
            await asyncio.to_thread(system.stop)
            system.discard()

    async def _log_in(self) -> str:
        assert self.system is not None
        client = await asyncio.to_thread(self.system.register)
        return client.headers["Authorization"].removeprefix("Bearer ")

    async def _until_linked(self) -> None:
        for number in range(1, len(self.terminals) + 1):
            async with asyncio.timeout(30):
                while (await self._terminal(number))["link"] != "connected":
                    await asyncio.sleep(0.05)

    async def _terminal(self, number: int) -> Any:
        assert self._session is not None
        async with self._session.get(f"{self._api}/stores/{STORE}/terminals/T{number}") as answer:
            return await answer.json()

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is."""
        assert self.system is not None
        return self.system.endpoints()

    async def latencies(self, samples: int) -> tuple[list[float], list[float]]:
        """Return seconds of (POST → terminal shows, approval → event), one payment at a time."""
        terminal = self.terminals[0]
        there: list[float] = []
        back: list[float] = []
        for _ in range(samples):
            sale = await self._open(1)
            async with self._events(f"/sales/{sale}/events") as stream:
                await anext(stream)
                began = time.perf_counter()
                post = asyncio.create_task(self._tender(sale))
                await terminal.until_screen("choose_media")
                there.append(terminal.shown_at - began)
                await post
                terminal.pay_now()
                async for event in stream:
                    if b"tender_approved" in event:
                        back.append(time.perf_counter() - terminal.approved_at)
                        break
            await self._close(sale)
        return there, back

    async def sales_per_second(self, seconds: float) -> tuple[float, int]:
        """Return the rate of whole card sales on all registers, and how many there were."""
        for terminal in self.terminals:
            terminal.pays = True
        done = 0
        began = time.perf_counter()

        async def till(number: int) -> None:
            nonlocal done
            async with self._events(f"/stores/{STORE}/registers/R{number}/events") as stream:
                while time.perf_counter() - began < seconds:
                    await self._sale(number, stream)
                    done += 1

        await asyncio.gather(*(till(number + 1) for number in range(len(self.terminals))))
        took_s = time.perf_counter() - began
        for terminal in self.terminals:
            terminal.pays = False
        return done / took_s, done

    async def _sale(self, number: int, stream: AsyncIterator[bytes]) -> None:
        sale = await self._open(number)
        await self._tender(sale)
        async for event in stream:
            if b"tender_approved" in event and sale.encode() in event:
                break
        await self._close(sale)

    async def _open(self, number: int) -> str:
        body = {"store": STORE, "register": f"R{number}", "lines": LINES}
        return str((await self._post("/sales", body, 201))["id"])

    def _tender(self, sale: str) -> Awaitable[Any]:
        return self._post(f"/sales/{sale}/tenders", {"method": "terminal", "amount": 165}, 202)

    def _close(self, sale: str) -> Awaitable[Any]:
        return self._post(f"/sales/{sale}/close", {}, 200)

    async def _post(self, path: str, body: object, status: int) -> Any:
        assert self._session is not None
        key = {"Idempotency-Key": f"bench-{time.perf_counter_ns()}-{path}"}
        async with self._session.post(f"{self._api}{path}", json=body, headers=key) as answer:
            told = await answer.json()
            assert answer.status == status, told
            return told

    @contextlib.asynccontextmanager
    async def _events(self, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        assert self._session is not None
        async with self._session.get(f"{self._api}{path}", read_bufsize=2**20) as stream:

            async def events() -> AsyncIterator[bytes]:
                while True:
                    yield await stream.content.readuntil(b"\n\n")

            yield events()
