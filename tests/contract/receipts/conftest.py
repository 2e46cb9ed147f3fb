"""The record on PostgreSQL and its twin in memory, each behind the same fixture."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from outbox.migrations import migrate
from receipts.memory import MemoryRecord
from receipts.ports import Record
from receipts.postgres import Pool, PostgresRecord
from testkit.servers import DatabaseFrom


def build(url: str) -> None:
    """Bring the schema about."""

    async def migrated() -> None:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
        await migrate(pool, "receipts", "receipts")
        await pool.close()

    with ThreadPoolExecutor(1) as thread:  # the fixture may already stand in a running loop
        thread.submit(asyncio.run, migrated()).result()


@pytest.fixture
async def pool(database_from: DatabaseFrom) -> AsyncIterator[Pool]:
    opened = await asyncpg.create_pool(database_from("receipts", build), min_size=1, max_size=4)
    yield opened
    await opened.close()


@pytest.fixture(params=["memory", "postgres"])
def record(request: Any) -> Record:
    if request.param == "memory":
        return MemoryRecord()
    return PostgresRecord(request.getfixturevalue("pool"))
