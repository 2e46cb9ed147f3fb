"""The record on PostgreSQL and its twin in memory, each behind the same fixture."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from checkout.memory import MemorySales
from checkout.ports import SaleStore
from checkout.postgres import PostgresSales
from checkout.statements import Pool
from outbox.migrations import migrate
from testkit.servers import DatabaseFrom


def build(url: str) -> None:
    """Bring the schema about."""

    async def migrated() -> None:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
        await migrate(pool, "checkout", "checkout")
        await pool.close()

    with ThreadPoolExecutor(1) as thread:  # the fixture may already stand in a running loop
        thread.submit(asyncio.run, migrated()).result()


@pytest.fixture
async def pool(database_from: DatabaseFrom) -> AsyncIterator[Pool]:
    opened = await asyncpg.create_pool(
        database_from("checkout", build),
        min_size=1,
        max_size=6,
        server_settings={"plan_cache_mode": "force_generic_plan"},
    )
    yield opened
    await opened.close()


@pytest.fixture(params=["memory", "postgres"])
def store(request: Any) -> SaleStore:
    if request.param == "memory":
        return MemorySales()
    return PostgresSales(request.getfixturevalue("pool"), told=lambda: None)
