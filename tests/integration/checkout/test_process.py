"""`python -m checkout` as its own process: it starts, stops in good order, and may be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.operations import Accepted, Evidence, InquireOperation, Outcome, StartOperation
from contracts.sales import AddTender, Method, ReadSale, SaleView
from messaging.bus import MessagingError

KILLS = 8
"""Spread over the way of a payment; the end-to-end test kills more, and every process."""


class Process:
    """One run of the service."""

    def __init__(self, env: dict[str, str], ready_file: Path) -> None:
        self._env = env
        self._ready_file = ready_file
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._ready_file.unlink(missing_ok=True)
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "checkout", env=self._env
        )
        async with asyncio.timeout(15):
            while not self._ready_file.exists():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    async def end(self, how: signal.Signals) -> int:
        assert self._child is not None
        if self._child.returncode is None:
            self._child.send_signal(how)
        async with asyncio.timeout(15):
            return await self._child.wait()


@pytest.fixture
async def process(
    bus: Any, nats_server: Any, database: str, tmp_path: Path
) -> AsyncIterator[Process]:
    assert bus.connected
    ready_file = tmp_path / "ready"
    env = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - a child needs one
        "RENKEI_NATS_URL": nats_server.url,
        "RENKEI_POSTGRES_URL": database,
        "RENKEI_READY_FILE": str(ready_file),
    }
    child = Process(env, ready_file)
    yield child
    await child.end(signal.SIGKILL)


class TruthfulTerminal:
    """A gateway with a terminal behind it that approves whatever was started, a little later."""

    def __init__(self, gateway: Any) -> None:
        self.gateway = gateway
        self.charged: dict[str, int] = {}
        self.sworn_off: set[str] = set()
        self.telling: set[asyncio.Task[Any]] = set()
        gateway.replies["start_operation"] = self.start
        gateway.replies["inquire_operation"] = self.inquire

    def start(self, command: StartOperation) -> Any:
        assert command.operation_id not in self.sworn_off
        assert command.operation_id not in self.charged, "started twice"
        self.charged[command.operation_id] = command.amount
        task = asyncio.create_task(self._conclude(command.operation_id))
        self.telling.add(task)
        return Accepted(operation_id=command.operation_id)

    async def _conclude(self, operation_id: str) -> None:
        await self.gateway.show(operation_id)
        await asyncio.sleep(0.01)
        await self.gateway.tell(self._word(operation_id))

    def _word(self, operation_id: str) -> Any:
        return self.gateway.concluded(
            operation_id, Outcome.APPROVED, amount=self.charged[operation_id]
        )

    def inquire(self, command: InquireOperation) -> Any:
        if command.operation_id in self.charged:
            return self._word(command.operation_id)
        self.sworn_off.add(command.operation_id)
        evidence = Evidence(source="tombstone", at=datetime(2026, 11, 22, tzinfo=UTC))
        return self.gateway.concluded(
            command.operation_id, Outcome.NOT_PERFORMED, slip=None, evidence=evidence
        )


async def test_a_told_process_stops_with_zero(process: Process) -> None:
    await process.start()
    assert await process.end(signal.SIGTERM) == 0


async def test_killed_anywhere_in_a_payment_the_sale_ends_as_the_terminal_did(
    process: Process, gateway: Any, caller: Any
) -> None:
    terminal = TruthfulTerminal(gateway)
    sales: list[SaleView] = []
    await process.start()
    for kill in range(KILLS):
        sale = await caller.open()
        sales.append(sale)
        body = AddTender(sale=sale.id, method=Method.TERMINAL, amount=165)
        asking = asyncio.create_task(ask(caller, body))
        await asyncio.sleep(0.004 * kill)
        await process.end(signal.SIGKILL)
        await asking
        await process.start()
        await settled(caller, sale)
    for sale in sales:
        kept = await read(caller, sale)
        for tender in kept.tenders:
            charged = tender.operations[0].id in terminal.charged
            assert tender.counted is charged, (tender.state, charged)
        assert kept.cases == ()
    kept = [await read(caller, sale) for sale in sales]
    counted = sum(tender.counted for sale in kept for tender in sale.tenders)
    assert counted == len(terminal.charged)


async def ask(caller: Any, body: Any) -> None:
    with suppress(MessagingError, TimeoutError):
        async with asyncio.timeout(1):
            await caller.ask(body, key=body.sale)


async def read(caller: Any, sale: SaleView) -> SaleView:
    answer = await caller.ask(ReadSale(sale=sale.id))
    return msgspec.json.decode(answer.body, type=SaleView)


async def settled(caller: Any, sale: SaleView) -> None:
    open_states = {"requested", "in_progress", "in_doubt"}
    async with asyncio.timeout(10):
        while any(  # noqa: ASYNC110 - another process settles it
            tender.state in open_states for tender in (await read(caller, sale)).tenders
        ):
            await asyncio.sleep(0.05)
