"""Each service brings its own schema up to date when it starts.

Migrations are files `<package>/migrations/NNNN_what.sql`, applied once each, in order, each in a
transaction of its own with `search_path` set to the schema. What was applied is never edited: a
file that no longer is what it was when it was applied stops the start.
"""

import hashlib
import logging
import re
from importlib import resources
from typing import Final, NamedTuple

import asyncpg

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_SCHEMA: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")

_log = logging.getLogger(__name__)

Pool = asyncpg.Pool


class MigrationError(Exception):
    """The migrations on disk and those that were applied do not fit together."""


class Migration(NamedTuple):
    """One file: its number, name, digest (SHA-256) and SQL."""

    number: int
    name: str
    digest: str
    sql: str


async def migrate(pool: Pool, package: str, schema: str) -> int:
    """Apply what has not been applied yet and return how many that were.

    Several processes may start at once: an advisory lock lets one work while the others wait.
    Raises `MigrationError` when a file was changed or lost, and asyncpg's errors as they are.
    """
    wanted = read(package)
    assert _SCHEMA.fullmatch(schema), schema  # noqa: S101 - house style 12
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", lock_key(f"migrate:{schema}"))
        try:
            if not await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", schema):
                # A service of its own role has its schema already, and may make no other.
                await connection.execute(f'CREATE SCHEMA "{schema}"')
            await connection.execute(
                f'CREATE TABLE IF NOT EXISTS "{schema}".migrations ('
                "number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
                " applied_at timestamptz NOT NULL DEFAULT now())"
            )
            rows = await connection.fetch(
                f'SELECT number, name, digest FROM "{schema}".migrations ORDER BY number'  # noqa: S608 - schema is checked above
            )
            todo = missing(wanted, {row["number"]: row["digest"] for row in rows})
            for migration in todo:
                async with connection.transaction():
                    await connection.execute(f'SET LOCAL search_path TO "{schema}", public')
                    await connection.execute(migration.sql)
                    await connection.execute(
                        f'INSERT INTO "{schema}".migrations (number, name, digest)'  # noqa: S608 - schema is checked above
                        " VALUES ($1, $2, $3)",
                        migration.number,
                        migration.name,
                        migration.digest,
                    )
                _log.info("applied migration %s to %s", migration.name, schema)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", lock_key(f"migrate:{schema}"))
    return len(todo)


def read(package: str) -> tuple[Migration, ...]:
    """Return the migrations of an installed package, by number."""
    found: list[Migration] = []
    for entry in resources.files(package).joinpath("migrations").iterdir():
        match = _NAME.fullmatch(entry.name)
        if match is None:
            continue
        sql = entry.read_text(encoding="utf-8")
        digest = hashlib.sha256(sql.encode()).hexdigest()
        found.append(Migration(int(match[1]), entry.name, digest, sql))
    found.sort()
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise MigrationError(f"{package}: migrations are not numbered 1, 2, 3, ...: {numbers}")
    return tuple(found)


def missing(wanted: tuple[Migration, ...], applied: dict[int, str]) -> tuple[Migration, ...]:
    """Return what is left to apply; raise `MigrationError` when the past was changed.

    Migrations of a newer version that was here before us are left alone: they only ever add.
    """
    for migration in wanted:
        digest = applied.get(migration.number)
        if digest is not None and digest != migration.digest:
            raise MigrationError(f"{migration.name} was changed after it had been applied")
    return tuple(migration for migration in wanted if migration.number not in applied)


def lock_key(name: str) -> int:
    """Return the number under which PostgreSQL knows an advisory lock (64 bits, signed)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
