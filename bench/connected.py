"""All 1,000 stores connected: how long a change takes to its box, and what an outage of NATS costs.

During the outage every box puts a fact on its disk, and every store is changed in the record: both
must have arrived when it is over.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from nats.aio.msg import Msg

from bench.bare_nats import listen
from bench.boxes import BenchBox, Boxes
from bench.chain import COMPANY, STORES, Chain, store_code
from bench.counts import cpu_of
from bench.figures import latency, table
from bench.plain import jetstream_publish_ms
from contracts import subjects
from supervisor.data_dir import Secrets
from supervisor.plan import NATS
from testkit import operations

CHANGES: Final = 200
"""Pairings changed one after another, each in a store of its own."""

SELLING: Final = 16

IDLE_S: Final = 10.0

WORTH_TELLING_S: Final = 0.2

BACK_S: Final = 180.0
"""An outage that takes longer is lost: the run ends."""

CHANGE_ALL: Final = """
UPDATE store_config.stores SET version = version + 1 WHERE store LIKE 'F%'
"""

WANTED: Final = "SELECT store, version FROM store_config.stores WHERE store LIKE 'F%'"

TAKEN: Final = "SELECT count(*) FROM checkout.inbox WHERE fact_id = ANY($1::uuid[])"

CASES: Final = "SELECT store, count(*) FROM checkout.sale_case WHERE store LIKE 'F%' GROUP BY store"

LINES: Final = [{"name": "茶", "quantity": 1, "unit_price": 165, "tax_rate": 8}]


async def measure_connected(folder: Path) -> tuple[str, dict[str, object]]:
    """Return the table, and the same for the report."""
    async with Chain(folder / "data").running() as chain:
        told = chain.endpoints
        secrets = (chain.system.data_dir / "secrets.json").read_bytes()
        seeds = msgspec.json.decode(secrets, type=Secrets).nats
        boxes = Boxes(told.nats.partition("?")[0], seeds, folder / "boxes")
        async with _record(told.postgres) as record:
            try:
                figures = {"all boxes joined, s": await boxes.join()}
                await _sell(chain)
                figures |= await _idle(chain)
                figures |= await _changes(chain, boxes.all[:CHANGES])
                bare_ms = await jetstream_publish_ms(told.nats, publishes=CHANGES)
                figures["floor: one synced publish, p50 ms"] = bare_ms
                figures |= await _outage(chain, boxes, record)
            finally:
                await boxes.leave()
    rows = [["figure", "value"], *([name, f"{value:.2f}"] for name, value in figures.items())]
    return table(rows) + "\n", {"boxes": figures}


@contextlib.asynccontextmanager
async def _record(url: str) -> AsyncGenerator[asyncpg.Connection]:
    record = await asyncpg.connect(url)
    try:
        yield record
    finally:
        await record.close()


async def _sell(chain: Chain) -> None:
    """Open a sale in every store, for the facts to be about."""
    slots = asyncio.Semaphore(SELLING)

    async def sell(store: str) -> None:
        body = {"store": store, "register": "R1", "lines": LINES}
        async with slots:
            await chain.send("POST", "/sales", body)

    async with asyncio.TaskGroup() as group:
        for number in range(1, STORES + 1):
            group.create_task(sell(store_code(number)))


async def _idle(chain: Chain) -> dict[str, float]:
    """Return what a chain that only beats costs."""
    processes = chain.endpoints.processes
    before, began = cpu_of(processes), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    took_s = time.perf_counter() - began
    return {
        f"only beating: {name}, % of a core": (used - before[name]) / took_s * 100
        for name, used in cpu_of(processes).items()
        if used - before[name] > 0.01 * took_s
    }


async def _changes(chain: Chain, boxes: list[BenchBox]) -> dict[str, float]:
    """Return how long a pairing takes from the administrator's request to the store's box."""
    taken: list[float] = []
    for box in boxes:
        wanted, began = box.version + 1, time.perf_counter()
        await chain.send("DELETE", f"/stores/{box.store}/registers/R2/terminal")
        async with asyncio.timeout(BACK_S):
            taken.append(await box.until_version(wanted) - began)
    found = latency(taken)
    return {
        "pairing → its box: p50 ms": found.p50,
        "pairing → its box: p99 ms (aim ≤ 2,000)": found.p99,
        "pairing → its box: longest, ms": max(taken) * 1_000,
    }


async def _outage(chain: Chain, boxes: Boxes, record: asyncpg.Connection) -> dict[str, float]:
    """Kill NATS; return when everybody is back and everything has arrived, in seconds after."""
    nats_url = chain.endpoints.nats
    before = cpu_of(chain.endpoints.processes) | {NATS: 0.0}  # it begins anew
    dead = await asyncio.to_thread(chain.system.kill, NATS)
    began = time.perf_counter()
    facts = [await box.keep_fact() for box in boxes.all]
    await record.execute(CHANGE_ALL)
    wanted = {row["store"]: row["version"] for row in await record.fetch(WANTED)}
    await asyncio.to_thread(chain.system.wait_ready, NATS, other_than=dead)
    up_s = time.perf_counter() - began
    async with asyncio.timeout(BACK_S):
        beating, taken, *changed = await asyncio.gather(
            _all_beat(nats_url),
            _all_taken(record, facts),
            *(box.until_version(wanted[box.store]) for box in boxes.all),
        )
    cases = {row["store"]: row["count"] for row in await record.fetch(CASES)}
    used = cpu_of(chain.endpoints.processes)
    assert cases == dict.fromkeys(wanted, 1), f"{sum(cases.values())} cases of {len(facts)} facts"
    return {
        "NATS killed → it greets again, s": up_s,
        "NATS killed → all boxes beat, s (aim ≤ 20)": beating - began,
        "NATS killed → all boxes have what was changed meanwhile, s (aim ≤ 20)": (
            max(changed) - began
        ),
        "NATS killed → all facts of the outage in the record, s (aim ≤ 20)": taken - began,
        "facts of the outage": len(facts),
        "facts that made their case, once each": sum(cases.values()),
        **{
            f"the outage and the return: {name}, CPU s": used[name] - before[name]
            for name in used
            if used[name] - before[name] > WORTH_TELLING_S
        },
    }


async def _all_beat(nats_url: str) -> float:
    """Return when a heartbeat of every store has been heard, over a connection made just now."""
    heard: set[str] = set()
    everybody = asyncio.Event()
    operator = await operations.connect(nats_url)

    async def hear(message: Msg) -> None:
        heard.add(message.subject.split(".")[2])
        if sum(store.startswith("F") for store in heard) == STORES:
            everybody.set()

    await listen(operator, subjects.heartbeat(COMPANY, "*"), hear)
    await everybody.wait()
    at = time.perf_counter()
    await operator.close()
    return at


async def _all_taken(record: asyncpg.Connection, facts: list[str]) -> float:
    """Return when the record has every fact."""
    while await record.fetchval(TAKEN, facts) < len(facts):  # noqa: ASYNC110 - asked of the record
        await asyncio.sleep(0.1)
    return time.perf_counter()
