"""An outbox in a database of the test's own."""

from collections.abc import AsyncIterator
from importlib import resources

import asyncpg
import pytest

SCHEMA = resources.files("outbox").joinpath("schema.sql").read_text(encoding="utf-8")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to a database with an outbox in schema `shop`."""
    async with asyncpg.create_pool(database, min_size=1, max_size=6) as made:
        await made.execute(f"CREATE SCHEMA shop; SET search_path TO shop; {SCHEMA}")
        yield made
