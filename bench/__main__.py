"""`make bench`: our way and its floor, on the same servers, in the same run.

Nothing here fails for being slow: times are reported, never asserted. `BENCH_SAMPLES` and
`BENCH_SECONDS` make it shorter or longer. Parts are named: `make bench PARTS="fleet connected"`;
without a name it is `payments`.
"""

import asyncio
import contextlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import asyncpg
import uvloop

from bench.connected import measure_connected
from bench.counts import count, cpu_of, cpu_s, resident_mb
from bench.edge_commits import EdgeCommits
from bench.figures import Compared, compared_rows, latency, table, write
from bench.fleet import measure_pages
from bench.floor import Floor
from bench.floor_pipeline import Steps, sales_per_second
from bench.floor_processes import SCHEMA
from bench.ours import STORE, Ours
from bench.paper_way import approval_to_paper
from bench.papers import measure as measure_papers
from bench.plain import jetstream_publish_ms, nats_requests_per_second, pgbench_tps
from bench.stages import Trail

REGISTERS: Final = 64
TURNS: Final = 15
ROUNDS: Final = 3
"""Ours and the floor in turn, of the latencies and of the throughput, so that a machine that slows
down slows both."""

SAMPLES: Final = "450"
SECONDS: Final = "5"
"""Of the latencies, and of each round of the throughput: a minute and a half in all."""

PAPERS_MIN: Final = 10
"""Slips printed by themselves, at least; else a quarter of the samples: each takes two copies."""

REFUNDS_OF_SAMPLES: Final = 3

WARM_UP: Final = 30
STAGE_SAMPLES: Final = 60
IDLE_S: Final = 5.0
SETTLE_S: Final = 0.5
"""The relay marks what it published a moment after the last sale."""

COMMANDS: Final = 3
"""A sale's calls over HTTP: open, pay, close."""

PLAIN_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS bench_floor.plain "
    "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text)"
)


class Stages(Protocol):
    """Ours, and the floor."""

    def trail(self) -> Trail:
        """Return the stages to listen for."""
        ...

    async def latencies(self, samples: int, trail: Trail | None = None) -> list[list[float]]:
        """Return samples of there and back."""
        ...


def say(text: str = "") -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def in_turn(ways: tuple[Stages, Stages], samples: int) -> list[list[list[float]]]:
    """Sample both ways in turn, after a warm-up of each."""
    for way in ways:
        await way.latencies(WARM_UP)
    kept: list[list[list[float]]] = [[[], []], [[], []]]
    for _ in range(TURNS):
        for way, taken in zip(ways, kept, strict=True):
            for direction, more in zip(taken, await way.latencies(samples // TURNS), strict=True):
                direction.extend(more)
    return kept


async def stages(way: Stages, nats_url: str) -> dict[str, float]:
    """Return the p50 of each stage, in a run of its own: listening costs a little."""
    async with way.trail().listening(nats_url) as trail:
        await way.latencies(STAGE_SAMPLES, trail)
        return trail.medians_ms()


async def latencies(
    ours: Ours, folder: Path, samples: int
) -> tuple[list[Compared], dict[str, dict[str, float]]]:
    """Measure (a) and (b), and where their time goes."""
    told = ours.endpoints
    async with Floor(told.nats, told.postgres, folder).running() as floor:
        ours_taken, floor_taken = await in_turn((ours, floor), samples)
        where = {
            "ours": await stages(ours, told.nats),
            "floor": await stages(floor, told.nats),
        }
    names = ("(a) POST → terminal shows amount", "(b) terminal's approval → event")
    compared = [
        Compared(name=name, ours=latency(own), floor=latency(bare))
        for name, own, bare in zip(names, ours_taken, floor_taken, strict=True)
    ]
    return compared, where


async def money_back(ours: Ours, samples: int) -> dict[str, float]:
    """Measure a refund beside a payment, in turn: what of it is ours, not the customer's."""
    machine_s: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for kept, taken in zip(
            machine_s,
            (await ours.latencies(samples // TURNS), await ours.refunds(samples // TURNS)),
            strict=True,
        ):
            kept.extend(there + back for there, back in zip(*taken, strict=True))
    payment, refund = (latency(one) for one in machine_s)
    return {
        "payment, (a) + (b): p50 ms": payment.p50,
        "refund, the same: p50 ms": refund.p50,
        "refund / payment, p50 (aim ≤ 1.5)": refund.p50 / payment.p50,
        "refund / payment, p99": refund.p99 / payment.p99,
    }


class Round(NamedTuple):
    """One round of the throughput: ours, what it cost the servers, and the floor at that cost."""

    rate: float
    floor: float
    costs: dict[str, float]
    cpu_ms: dict[str, float]


async def one_round(ours: Ours, folder: Path, seconds: float) -> Round:
    """Run our sales, count what they cost, and run the floor with the same."""
    told = ours.endpoints
    journal = EdgeCommits(ours.journal)
    before, cpu_before = await count(told.nats, told.postgres), cpu_of(told.processes)
    async with journal.watched():
        rate, sales = await ours.sales_per_second(seconds)
        await asyncio.sleep(SETTLE_S)
    cpu = cpu_of(told.processes)
    spent = (await count(told.nats, told.postgres)).since(before)
    steps = Steps(
        commands=COMMANDS,
        facts=max(spent.commits / sales - COMMANDS, 0.0),
        publishes=spent.publishes / sales,
        edge_commits=journal.count / sales,
    )
    before = await count(told.nats, told.postgres)
    floor, floor_sales = await sales_per_second(
        told.nats, told.postgres, folder, steps, registers=REGISTERS, seconds=seconds
    )
    bare = (await count(told.nats, told.postgres)).since(before)
    costs = {
        "PostgreSQL commits a sale": spent.commits / sales,
        "PostgreSQL commits a sale, floor": bare.commits / floor_sales,
        "PostgreSQL WAL fsyncs a sale": spent.wal_fsyncs / sales,
        "PostgreSQL WAL fsyncs a sale, floor": bare.wal_fsyncs / floor_sales,
        "JetStream publishes a sale, both": spent.publishes / sales,
        "SQLite commits a sale, both": journal.count / sales,
    }
    cpu_ms = {
        f"{name}, CPU ms a sale": (used - cpu_before[name]) / sales * 1_000
        for name, used in cpu.items()
        if used - cpu_before[name] > 0.01 * seconds
    }
    return Round(rate, floor, costs, cpu_ms)


async def throughput(ours: Ours, folder: Path, seconds: float) -> dict[str, float]:
    """Measure (c), and what a sale costs the servers."""
    await ours.sales_per_second(1.0)
    rounds = [await one_round(ours, folder, seconds) for _ in range(ROUNDS)]
    rate = sorted(one.rate for one in rounds)[ROUNDS // 2]
    floor = sorted(one.floor for one in rounds)[ROUNDS // 2]
    return {
        "(c) card sales a second, 64 registers": rate,
        "(c) the same, floor": floor,
        "(c) ours / floor": rate / floor,
        **rounds[-1].costs,
        **rounds[-1].cpu_ms,
    }


async def edge(ours: Ours) -> dict[str, float]:
    """Measure what the gateway of 64 terminals, and that of two, need."""
    told = ours.endpoints
    large = told.processes[f"terminal_gateway:{STORE}"]
    small = told.processes["terminal_gateway:S001"]
    before, began = cpu_s(small), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    idle = (cpu_s(small) - before) / (time.perf_counter() - began)
    figures = {
        "make run: ready, s": ours.ready_s,
        "gateway: resident, MB": resident_mb(small),
        "gateway of 64 terminals: resident, MB": resident_mb(large),
        "gateway: idle, % of a core": idle * 100,
    }
    began = time.perf_counter()
    dead = await asyncio.to_thread(ours.system.kill, "terminal_gateway:S001")
    await asyncio.to_thread(ours.system.wait_ready, "terminal_gateway:S001", other_than=dead)
    return figures | {"gateway: killed, started again, ready, s": time.perf_counter() - began}


async def payments(folder: Path, samples: int, seconds: float) -> dict[str, object]:
    """Measure one store's payments, whole sales, slips."""
    papers = measure_papers()
    say(table(papers.rows()) + "\n")
    async with Ours(folder / "data", REGISTERS).running() as ours:
        told = ours.endpoints
        record = await asyncpg.connect(told.postgres)
        await record.execute(SCHEMA + PLAIN_TABLE)
        await record.close()
        footprint = await edge(ours)
        compared, where = await latencies(ours, folder, samples)
        say(table(compared_rows(compared)) + "\n")
        for way, medians in where.items():
            rows = [[stage, f"{took:.2f}"] for stage, took in medians.items()]
            say(table([[f"stages of {way}", "p50 ms"], *rows]) + "\n")
        back = await money_back(ours, max(samples // REFUNDS_OF_SAMPLES, TURNS))
        paper = latency(await approval_to_paper(ours, max(samples // 4, PAPERS_MIN)))
        flow = await throughput(ours, folder, seconds)
        plain = {
            "pgbench, 16 clients: commits a second": await pgbench_tps(
                told.postgres, folder, clients=16, seconds=3
            ),
            "nats-py, 64 in flight: requests a second": await nats_requests_per_second(
                told.nats, in_flight=64, seconds=3
            ),
            "JetStream publish, synced, one at a time: p50 ms": await jetstream_publish_ms(
                told.nats, publishes=300
            ),
        }
    figures = {
        **flow,
        **back,
        **plain,
        **footprint,
        "approval → printer's first byte: p50 ms": paper.p50,
        "approval → printer's first byte: p99 ms (aim ≤ 100)": paper.p99,
    }
    say(table([["figure", "value"], *([name, f"{value:.2f}"] for name, value in figures.items())]))
    return {
        "latency_ms": [one.report() for one in compared],
        "stages_p50_ms": where,
        "papers": papers.report(),
        "figures": figures,
    }


async def fleet(folder: Path, samples: int, _seconds: float) -> dict[str, object]:
    """Measure what the administrator of a thousand stores waits for."""
    told, report = await measure_pages(folder, samples)
    say(told)
    return report


async def connected(folder: Path, _samples: int, _seconds: float) -> dict[str, object]:
    """Measure a thousand connected stores: a change, and an outage of NATS."""
    told, report = await measure_connected(folder)
    say(told)
    return report


PARTS: Final = {"payments": payments, "fleet": fleet, "connected": connected}


async def measure(names: list[str], samples: int, seconds: float) -> None:
    """Run the parts and report; each in a folder that PostgreSQL's user may enter."""
    load = os.getloadavg()[0]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    say(f"{machine}, load {load:.1f} before the start")
    report: dict[str, object] = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load of the machine before the start": load,
    }
    for name in names:
        with _a_folder() as folder:
            report |= await PARTS[name](folder, samples, seconds)
    write(report)


@contextlib.contextmanager
def _a_folder() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="renkei-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run what is named."""
    samples = int(os.environ.get("BENCH_SAMPLES", SAMPLES))  # noqa: TID251 - this program's own
    seconds = float(os.environ.get("BENCH_SECONDS", SECONDS))  # noqa: TID251 - this program's own
    names = sys.argv[1:] or ["payments"]
    unknown = sorted(set(names) - PARTS.keys())
    if unknown:
        sys.exit(f"no part of the measuring: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    uvloop.run(measure(names, samples, seconds))


if __name__ == "__main__":
    main()
