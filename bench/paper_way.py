"""From a terminal's approval to the first byte that its register's printer prints, 自動.

The printer stands in this process (`testkit.printer_server`, an ESC/POS printer on TCP), as the
terminal does, so that both ends are stamped by one clock. All else is the running system.
"""

import asyncio
import time
from typing import Any, Final

import aiohttp

from bench.ours import STORE, Ours
from testkit.printer_server import PrinterServer

WARM_UP: Final = 5
HEARD_S: Final = 1.5
"""By then the box and `receipts` have the store's new document."""

CUT: Final = b"\x1dV\x01"
COPIES: Final = 2


async def approval_to_paper(ours: Ours, samples: int) -> list[float]:
    """Return seconds from the approval to the first byte of the customer's copy."""
    printer = PrinterServer()
    await printer.power_on()
    session = await ours.log_in("manager")
    async with session:
        where = {"host": "127.0.0.1", "port": printer.port, "profile": printer.profile}
        await _said(session, "PUT", f"{_api(ours)}/printers/P1", where)
        await _said(session, "PUT", f"{_api(ours)}/registers/R1/printer", {"printer": "P1"})
        await _said(session, "PATCH", _api(ours), {"customer_slip": "auto"})
        await asyncio.sleep(HEARD_S)
        taken = [await _one(ours, printer) for _ in range(WARM_UP + samples)]
        await _said(session, "PATCH", _api(ours), {"customer_slip": "manual"})
    await asyncio.sleep(HEARD_S)
    await printer.power_off()
    return taken[WARM_UP:]


async def _one(ours: Ours, printer: PrinterServer) -> float:
    stamps: list[float] = []
    printer.on_byte = lambda: stamps.append(time.perf_counter())
    before = printer.printed.count(CUT)
    await ours.latencies(1)
    await printer.until(lambda: printer.printed.count(CUT) == before + COPIES, "both copies")
    return stamps[0] - ours.terminals[0].approved_at


def _api(ours: Ours) -> str:
    return f"{ours.system.api}/api/v1/stores/{STORE}"


async def _said(session: aiohttp.ClientSession, verb: str, url: str, body: Any) -> None:
    async with session.request(verb, url, json=body) as answer:
        assert answer.ok, f"{url}: {answer.status} {await answer.text()}"
