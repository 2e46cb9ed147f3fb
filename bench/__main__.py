"""`make bench`: our way and its floor, on the same servers, in the same run.

Nothing here fails for being slow: times are reported, never asserted. `BENCH_SAMPLES` and
`BENCH_SECONDS` make it shorter or longer.
"""

import asyncio
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import asyncpg
import uvloop

from bench.counts import Counts, count, cpu_s, resident_mb
from bench.figures import Compared, compared_rows, latency, table, write
from bench.floor import Floor
from bench.floor_pipeline import Steps, sales_per_second
from bench.floor_processes import SCHEMA
from bench.ours import STORE, Ours
from bench.plain import nats_requests_per_second, pgbench_tps

REGISTERS: Final = 64
ROUNDS: Final = 3
"""Ours and the floor in turn, so that a machine that slows down slows both."""

WARM_UP: Final = 30
IDLE_S: Final = 5.0
PLAIN_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS bench_floor.plain "
    "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text)"
)

EDGE_WRITES: Final = 2
"""Intent and result: `terminal_gateway` commits no more on the way of a payment."""

Samples = tuple[list[float], list[float]]
Measure = Callable[[int], Awaitable[Samples]]


def say(text: str = "") -> None:
    """Print at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def in_turn(first: Measure, second: Measure, samples: int) -> tuple[Samples, Samples]:
    """Sample both in turn, after a warm-up of each."""
    await first(WARM_UP)
    await second(WARM_UP)
    kept: tuple[Samples, Samples] = (([], []), ([], []))
    for _ in range(ROUNDS):
        for measure, (there, back) in zip((first, second), kept, strict=True):
            more_there, more_back = await measure(samples // ROUNDS)
            there += more_there
            back += more_back
    return kept


async def latencies(ours: Ours, folder: Path, samples: int) -> list[Compared]:
    """Measure (a) and (b)."""
    told = ours.endpoints
    async with Floor(told.nats, told.postgres, folder).running() as floor:
        (a_ours, b_ours), (a_floor, b_floor) = await in_turn(
            ours.latencies, floor.latencies, samples
        )
    return [
        Compared(
            name="(a) POST → terminal shows amount", ours=latency(a_ours), floor=latency(a_floor)
        ),
        Compared(
            name="(b) terminal's approval → event", ours=latency(b_ours), floor=latency(b_floor)
        ),
    ]


async def throughput(ours: Ours, folder: Path, seconds: float) -> dict[str, float]:
    """Measure (c), and what a sale costs the servers."""
    told = ours.endpoints
    await ours.sales_per_second(1.0)
    rates: list[float] = []
    floors: list[float] = []
    cost: Counts | None = None
    sales = 0
    for _ in range(ROUNDS):
        before = await count(told.nats, told.postgres)
        rate, done = await ours.sales_per_second(seconds)
        await asyncio.sleep(0.5)
        spent = (await count(told.nats, told.postgres)).since(before)
        cost, sales = spent, done
        rates.append(rate)
        commits = round(spent.commits / done)
        publishes = round(spent.publishes / done)
        steps = Steps(
            commands=3,
            facts=max(commits - 3, 0),
            publishes=publishes,
            edge_writes=EDGE_WRITES,
        )
        floors.append(
            await sales_per_second(
                told.nats, told.postgres, folder, steps, registers=REGISTERS, seconds=seconds
            )
        )
    assert cost is not None
    rate, floor = sorted(rates)[ROUNDS // 2], sorted(floors)[ROUNDS // 2]
    return {
        "sales_per_second": rate,
        "floor_sales_per_second": floor,
        "ratio": rate / floor,
        "postgres_commits_per_sale": cost.commits / sales,
        "postgres_wal_fsyncs_per_sale": cost.wal_fsyncs / sales,
        "jetstream_publishes_per_sale": cost.publishes / sales,
        "sqlite_commits_per_sale": EDGE_WRITES,
    }


async def edge(ours: Ours) -> dict[str, float]:
    """Measure what the gateway of 64 terminals, and that of two, need."""
    large = ours.endpoints.processes[f"terminal_gateway:{STORE}"]
    small = ours.endpoints.processes["terminal_gateway:S001"]
    before, began = cpu_s(small), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    idle = (cpu_s(small) - before) / (time.perf_counter() - began)
    system = ours.system
    assert system is not None
    figures = {
        "gateway_resident_mb": resident_mb(small),
        "gateway_64_terminals_resident_mb": resident_mb(large),
        "gateway_idle_percent_of_a_core": idle * 100,
        "make_run_ready_s": ours.ready_s,
    }
    began = time.perf_counter()
    dead = await asyncio.to_thread(system.kill, "terminal_gateway:S001")
    await asyncio.to_thread(system.wait_ready, "terminal_gateway:S001", other_than=dead)
    return figures | {"gateway_killed_to_ready_s": time.perf_counter() - began}


async def measure() -> None:
    """Run everything and report."""
    samples = int(os.environ.get("BENCH_SAMPLES", "600"))  # noqa: TID251 - this program's own
    seconds = float(os.environ.get("BENCH_SECONDS", "6"))  # noqa: TID251 - this program's own
    folder = Path(tempfile.mkdtemp(prefix="renkei-bench-"))
    folder.chmod(0o711)
    say(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    try:
        async with Ours(folder / "data", REGISTERS).running() as ours:
            told = ours.endpoints
            record = await asyncpg.connect(told.postgres)
            await record.execute(SCHEMA + PLAIN_TABLE)
            await record.close()
            footprint = await edge(ours)
            compared = await latencies(ours, folder, samples)
            say(table(compared_rows(compared)))
            say()
            flow = await throughput(ours, folder, seconds)
            plain = {
                "pgbench_commits_per_second": await pgbench_tps(
                    told.postgres, folder, clients=16, seconds=3
                ),
                "nats_requests_per_second": await nats_requests_per_second(
                    told.nats, in_flight=64, seconds=3
                ),
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = flow | plain | footprint
    say(table([["figure", "value"], *([name, f"{value:.2f}"] for name, value in figures.items())]))
    write(
        {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "latency_ms": {
                one.name: {
                    "ours": {"p50": one.ours.p50, "p99": one.ours.p99},
                    "floor": {"p50": one.floor.p50, "p99": one.floor.p99},
                    "ratio": {"p50": one.ratios[0], "p99": one.ratios[1]},
                    "samples": one.ours.samples,
                }
                for one in compared
            },
            **figures,
        }
    )


if __name__ == "__main__":
    uvloop.run(measure())
