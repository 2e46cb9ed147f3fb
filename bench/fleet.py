"""What the administrator of 1,000 stores and 3,000 registers waits for.

Every page over HTTP, beside a bare door that answers as many bytes, in turns in the same run.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp

from bench.chain import Chain
from bench.counts import cpu_s, resident_mb
from bench.figures import Compared, Latency, compared_rows, latency, table

PAGES: Final = (
    ("機器一覧", "/admin/fleet"),
    ("機器一覧, last leaf", "/admin/fleet?page=10"),
    ("機器一覧, nobody found", "/admin/fleet?text=nobody"),
    ("機器一覧, everybody found", "/admin/fleet?text=CT6100-F"),
    ("機器一覧, any trouble", "/admin/fleet?trouble=any"),
    ("POS設定", "/admin/pos"),
    ("POS設定, 検索", "/admin/pos?store=F0500"),
    ("POS設定, 検索, no such store", "/admin/pos?store=NONE"),
    ("店舗情報, 検索", "/admin/store?store=F0500"),
    ("契約オプション", "/admin/option"),
    ("担当者", "/admin/people"),
    ("choice of a register", "/registers"),
    ("GET /api/v1/stores", "/api/v1/stores"),
    ("GET /api/v1/fleet", "/api/v1/fleet"),
    ("CSV出力", "/admin/csv/places.csv"),
)

SERVICES: Final = ("front", "store_config")

TURNS: Final = 10
WARM_UP: Final = 5

Get = Callable[[], Awaitable[object]]


async def measure_pages(folder: Path, samples: int) -> tuple[str, dict[str, object]]:
    """Return the tables, and the same for the report."""
    compared: list[Compared] = []
    figures: dict[str, float] = {}
    async with Chain(folder / "data").running() as chain, _bare_door() as bare:
        figures["CSV import of the chain, s"] = chain.import_s
        for name, path in PAGES:
            size = len(await chain.get(path))
            figures[f"{name}: kB"] = size / 1_000
            before = _used_s(chain)
            ours, floor = await _in_turn(
                lambda path=path: chain.get(path), lambda size=size: bare(size), samples
            )
            asked = ours.samples + WARM_UP
            figures[f"{name}: front and store_config, CPU ms"] = (
                (_used_s(chain) - before) / asked * 1_000
            )
            compared.append(Compared(name=name, ours=ours, floor=floor))
        for name in SERVICES:
            resident = resident_mb(chain.endpoints.processes[name])
            figures[f"{name}: resident afterwards, MB"] = resident
    rows = [["figure", "value"], *([name, f"{value:.1f}"] for name, value in figures.items())]
    told = f"{table(compared_rows(compared))}\n\n{table(rows)}\n"
    return told, {"fleet_ms": [one.report() for one in compared], "fleet": figures}


def _used_s(chain: Chain) -> float:
    processes = chain.endpoints.processes
    return sum(cpu_s(processes[name]) for name in SERVICES)


async def _in_turn(ours: Get, floor: Get, samples: int) -> tuple[Latency, Latency]:
    kept: tuple[list[float], list[float]] = ([], [])
    for turn in range(TURNS + 1):
        for way, taken in zip((ours, floor), kept, strict=True):
            for _ in range(samples // TURNS if turn else WARM_UP):
                began = time.perf_counter()
                await way()
                if turn:
                    taken.append(time.perf_counter() - began)
    return latency(kept[0]), latency(kept[1])


@contextlib.asynccontextmanager
async def _bare_door() -> AsyncGenerator[Callable[[int], Awaitable[bytes]]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.floor_processes", "page"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None, "it is a pipe"
    try:
        port = int((await process.stdout.readline()).split()[1])
        async with aiohttp.ClientSession() as session:

            async def get(size: int) -> bytes:
                url = f"http://127.0.0.1:{port}/?bytes={size}"
                async with session.get(url) as answer:
                    return await answer.read()

            yield get
    finally:
        process.terminate()
        await process.wait()
