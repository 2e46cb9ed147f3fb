"""A database of the test's own with the schema of `store_config` in it."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest

from outbox.migrations import migrate
from store_config.postgres import Pool
from testkit.servers import DatabaseFrom


def build(url: str) -> None:
    """Bring the schema about."""

    async def migrated() -> None:
        pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
        await migrate(pool, "store_config", "store_config")
        await pool.close()

    with ThreadPoolExecutor(1) as thread:  # the fixture may already stand in a running loop
        thread.submit(asyncio.run, migrated()).result()


@pytest.fixture
def store_config_database(database_from: DatabaseFrom) -> str:
    return database_from("store_config", build)


@pytest.fixture
async def pool(store_config_database: str) -> AsyncIterator[Pool]:
    opened = await asyncpg.create_pool(store_config_database, min_size=1, max_size=4)
    yield opened
    await opened.close()
