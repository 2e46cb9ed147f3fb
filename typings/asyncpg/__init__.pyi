"""What Renkei uses of asyncpg, typed: the package itself ships no types."""

from asyncpg import exceptions as exceptions
from asyncpg import pool as pool
from asyncpg.connection import Connection as Connection
from asyncpg.exceptions import *  # noqa: F403 - the package does the same
from asyncpg.pool import Pool as Pool
from asyncpg.pool import create_pool as create_pool
from asyncpg.protocol import Record as Record
from asyncpg.transaction import Transaction as Transaction

async def connect(
    dsn: str | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    timeout: float = 60,
    statement_cache_size: int = 100,
    command_timeout: float | None = None,
    server_settings: dict[str, str] | None = None,
) -> Connection: ...
