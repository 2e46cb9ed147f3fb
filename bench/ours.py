"""Our way: the system as `make run` starts it, with a store of its own whose terminals stand here.

The terminals are `ct6100.terminal` machines in this process, so that both ends of a hop are stamped
by one clock. In the latencies the centre answers when the register has seen 通信中, so that what is
measured begins with the approval; in the throughput it approves at once, and the customer never
thinks.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp
from msgspec import structs

from bench.stages import Trail
from ct6100.messages import LinkMessage, Result, ResultStored
from ct6100.stimuli import Stimulus
from supervisor.endpoints import Endpoints
from testkit.system import RunningSystem
from testkit.terminal_server import TerminalServer
from testkit.terminals import MERCHANT, TO_THE_READER

COMPANY: Final = "DEMO"
STORE: Final = "B001"

LINES: Final = [{"name": "コーヒー", "quantity": 1, "unit_price": 165, "tax_rate": 10}]

REGISTERS_PER_SESSION: Final = 16
"""One log-in may hold 32 event streams open (`front.hub`); a till's page needs one."""

HEARD_S: Final = 1.5
"""By then the centre has heard a heartbeat of the gateway that is linked."""

PATIENCE_S: Final = 20.0
"""A payment that takes longer under any load is lost: the run ends and says which."""


ASKED: Final = frozenset({"choose_media", "refund_media"})
"""What a terminal shows as soon as it has an operation."""


class BenchTerminal(TerminalServer):
    """A terminal that stamps when it shows what is asked and when it sends an approval."""

    def __init__(self, number: int) -> None:
        super().__init__(structs.replace(MERCHANT, serial=f"CT6100-{STORE}-T{number}"))
        self.outgoing = self._stamped
        self.shown_at = 0.0
        self.approved_at = 0.0
        self.stored_at = 0.0
        self.pays = False

    def stimulate(self, stimulus: Stimulus) -> None:
        """Stamp the arrival of an amount, or of a refund; pay at once when nobody else does."""
        before = self.terminal.screen.name
        super().stimulate(stimulus)
        if before not in ASKED and self.terminal.screen.name in ASKED:
            self.shown_at = time.perf_counter()
            if self.pays:
                self.pay_now()

    def pay_now(self) -> None:
        """Be the customer."""
        self.press(*TO_THE_READER)
        self.present()

    def received(self, message: LinkMessage) -> None:
        """Stamp when the box says that the result is on its disk."""
        if isinstance(message, ResultStored):
            self.stored_at = time.perf_counter()
        super().received(message)

    def _stamped(self, message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result):
            self.approved_at = time.perf_counter()
        return [message]


class Ours:
    """The running system, and registers that use it over HTTP."""

    def __init__(self, data_dir: Path, registers: int) -> None:
        self.data_dir = data_dir
        self.terminals = [BenchTerminal(number) for number in range(1, registers + 1)]
        self.ready_s = 0.0
        self.system = RunningSystem(data_dir)
        self._sessions: list[aiohttp.ClientSession] = []
        self._api = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Ours"]:
        """Start the system twice: the second start is the one that users wait for."""
        for terminal in self.terminals:
            await terminal.power_on()
        system = self.system = RunningSystem(self.data_dir, settings=self._settings())
        try:
            await asyncio.to_thread(system.start)
            await asyncio.to_thread(system.stop)
            began = time.perf_counter()
            await asyncio.to_thread(system.start)
            self.ready_s = time.perf_counter() - began
            self._api = f"{system.api}/api/v1"
            async with contextlib.AsyncExitStack() as stack:
                for _ in range(0, len(self.terminals), REGISTERS_PER_SESSION):
                    self._sessions.append(await stack.enter_async_context(await self.log_in()))
                await self._until_linked()
                await asyncio.sleep(HEARD_S)
                yield self
        finally:
            await asyncio.to_thread(system.stop)
            system.discard()

    def _settings(self) -> dict[str, str]:
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
        return {"RENKEI_FURTHER_TERMINALS": json.dumps(further)}

    async def log_in(self, operator: str = "cashier") -> aiohttp.ClientSession:
        """Return a session of a demo operator."""
        found = next(
            one
            for one in self.endpoints.operators
            if (one.company_code, one.operator_code) == (COMPANY, operator)
        )
        body = {
            "company_code": found.company_code,
            "operator_code": found.operator_code,
            "password": found.password,
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self._api}/login", json=body) as answer,
        ):
            token = (await answer.json())["token"]
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(None),
        )

    async def _until_linked(self) -> None:
        for number in range(1, len(self.terminals) + 1):
            path = f"{self._api}/stores/{STORE}/terminals/T{number}"
            async with asyncio.timeout(30):
                while await self._link(path) != "connected":  # noqa: ASYNC110 - asked over HTTP
                    await asyncio.sleep(0.05)

    async def _link(self, path: str) -> str:
        async with self._sessions[0].get(path) as answer:
            return str((await answer.json())["link"])

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is."""
        return self.system.endpoints()

    @property
    def journal(self) -> Path:
        """Where the journal of the gateway is that all these terminals are linked to."""
        return self.data_dir / "edge" / COMPANY / STORE / "journal.sqlite3"

    # --- (a) and (b) ---

    def trail(self) -> Trail:
        """Return the stages of our way."""
        place = f"{COMPANY}.{STORE}"
        return Trail(
            there=(
                ("register's POST → call on the bus", "svc.checkout.add_tender"),
                ("checkout: decide, commit → command on the bus", f"cmd.{place}.terminal.*.*"),
            ),
            back=(
                ("link, gateway: commit → fact on the bus", f"evt.{place}.terminal.*.*"),
                (
                    "checkout: inbox, commit, relay → event on the bus",
                    f"evt.{place}.sale.*.tender_approved",
                ),
            ),
            ends=("gateway: commit, link → terminal shows", "front → register's event stream"),
        )

    async def latencies(self, samples: int, trail: Trail | None = None) -> list[list[float]]:
        """Return seconds of (POST → terminal shows, approval → event), one payment at a time.

        `trail` is told what was stamped here, of each sample.
        """
        terminal = self.terminals[0]
        terminal.centre = None
        taken: list[list[float]] = [[], []]
        for _ in range(samples):
            sale = await self._open(1)
            async with (
                asyncio.timeout(PATIENCE_S),
                self._events(1, f"/sales/{sale}/events") as stream,
            ):
                await anext(stream)
                if trail is not None:
                    trail.begin()
                began = time.perf_counter()
                post: asyncio.Task[Any] = asyncio.create_task(self._tender(1, sale))
                await terminal.until_screen("choose_media")
                await post
                answered = time.perf_counter()
                terminal.pay_now()
                await _answered(terminal, stream, b"tender_approved")
                ended, stored_at = time.perf_counter(), terminal.stored_at
            taken[0].append(terminal.shown_at - began)
            taken[1].append(ended - terminal.approved_at)
            if trail is not None:
                await trail.end(
                    there=(began, terminal.shown_at),
                    back=(terminal.approved_at, ended),
                    beside={
                        "POST answered": (began, answered),
                        "result kept, terminal told": (terminal.approved_at, stored_at),
                    },
                )
            await self._close(1, sale)
        terminal.centre = "approved"
        return taken

    async def refunds(self, samples: int) -> list[list[float]]:
        """Return seconds of (POST → terminal shows, approval → event) of × on a card payment."""
        terminal = self.terminals[0]
        terminal.centre = None
        taken: list[list[float]] = [[], []]
        for _ in range(samples):
            sale = await self._open(1)
            async with (
                asyncio.timeout(PATIENCE_S),
                self._events(1, f"/sales/{sale}/events") as stream,
            ):
                await anext(stream)
                await self._tender(1, sale)
                await terminal.until_screen("choose_media")
                terminal.pay_now()
                await _answered(terminal, stream, b"tender_approved")
                began = time.perf_counter()
                post = asyncio.create_task(
                    self._post(1, f"/sales/{sale}/tenders/1/refund", {}, HTTPStatus.ACCEPTED)
                )
                await terminal.give_back(terminal.approved()[-1].slip_number)
                await post
                await _answered(terminal, stream, b"tender_refunded")
                ended = time.perf_counter()
            taken[0].append(terminal.shown_at - began)
            taken[1].append(ended - terminal.approved_at)
            await self._post(1, f"/sales/{sale}/abandon", {}, HTTPStatus.OK)
        terminal.centre = "approved"
        return taken

    # --- (c) ---

    async def sales_per_second(self, seconds: float) -> tuple[float, int]:
        """Return the rate of whole card sales on all registers, and how many there were."""
        done = 0
        began = time.perf_counter()

        async def till(number: int) -> None:
            nonlocal done
            path = f"/stores/{STORE}/registers/R{number}/events"
            async with self._events(number, path) as stream:
                while time.perf_counter() - began < seconds:
                    async with asyncio.timeout(PATIENCE_S):
                        await self._sale(number, stream)
                    done += 1

        for terminal in self.terminals:
            terminal.pays = True
        async with asyncio.TaskGroup() as tills:
            for number in range(1, len(self.terminals) + 1):
                tills.create_task(till(number))
        took_s = time.perf_counter() - began
        for terminal in self.terminals:
            terminal.pays = False
        return done / took_s, done

    async def _sale(self, number: int, stream: AsyncIterator[bytes]) -> None:
        sale = await self._open(number)
        await self._tender(number, sale)
        await _until(stream, b"tender_approved", sale.encode())
        await self._close(number, sale)

    # --- HTTP ---

    async def _open(self, number: int) -> str:
        body = {"store": STORE, "register": f"R{number}", "lines": LINES}
        return str((await self._post(number, "/sales", body, 201))["id"])

    def _tender(self, number: int, sale: str) -> Coroutine[Any, Any, Any]:
        body = {"method": "terminal", "amount": 165}
        return self._post(number, f"/sales/{sale}/tenders", body, 202)

    def _close(self, number: int, sale: str) -> Coroutine[Any, Any, Any]:
        return self._post(number, f"/sales/{sale}/close", {}, 200)

    def _session(self, number: int) -> aiohttp.ClientSession:
        return self._sessions[(number - 1) // REGISTERS_PER_SESSION]

    async def _post(self, number: int, path: str, body: object, status: int) -> Any:
        key = {"Idempotency-Key": f"bench-{time.perf_counter_ns()}-{path}"}
        url = f"{self._api}{path}"
        async with self._session(number).post(url, json=body, headers=key) as answer:
            told = await answer.json()
            assert answer.status == status, told
            return told

    @contextlib.asynccontextmanager
    async def _events(self, number: int, path: str) -> AsyncGenerator[AsyncIterator[bytes]]:
        url = f"{self._api}{path}"
        async with self._session(number).get(url, read_bufsize=2**20) as stream:
            assert stream.status == HTTPStatus.OK, f"{path}: {stream.status} {await stream.text()}"

            async def events() -> AsyncIterator[bytes]:
                while event := await stream.content.readuntil(b"\n\n"):
                    yield event
                raise ConnectionError(f"{path} ended")

            yield events()


async def _answered(terminal: BenchTerminal, stream: AsyncIterator[bytes], event: bytes) -> None:
    """Let the centre answer once the register sees 通信中; wait until it sees the outcome."""
    await _until(stream, b'"name":"centre"')
    terminal.answer()
    await _until(stream, event)


async def _until(stream: AsyncIterator[bytes], *parts: bytes) -> None:
    async for event in stream:
        if all(part in event for part in parts):
            return
