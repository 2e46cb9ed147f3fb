"""Who is turned away by PostgreSQL: each service's role, and what is another one's or nobody's."""

from collections.abc import AsyncIterator
from itertools import permutations
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest

from testkit.system import RunningSystem

RECORDS: Final = {
    "checkout": "sale",
    "receipts": "slip",
    "store_config": "operators",
}
"""Each service with a record, and a table that only it may see."""


class Probe(NamedTuple):
    """One try."""

    role: str
    statement: str


PROBES: Final = (
    *(
        Probe(role, statement.format(schema=other, table=RECORDS[other]))
        for role, other in permutations(RECORDS, 2)
        for statement in (
            "SELECT * FROM {schema}.{table} LIMIT 1",
            "SELECT * FROM {schema}.migrations",
            "DELETE FROM {schema}.{table}",
            "CREATE TABLE {schema}.mine (x integer)",
            "DROP SCHEMA {schema} CASCADE",
            "GRANT ALL ON SCHEMA {schema} TO PUBLIC",
            "SET ROLE {schema}",
        )
    ),
    *(
        Probe(role, statement)
        for role in RECORDS
        for statement in (
            "CREATE SCHEMA mine",
            "CREATE TABLE public.mine (x integer)",
            "CREATE TEMP TABLE mine (x integer)",
            "CREATE ROLE mine SUPERUSER",
            "CREATE DATABASE mine",
            "SET ROLE renkei",
            "ALTER ROLE {role} SUPERUSER",
            "SELECT rolpassword FROM pg_authid",
            "SELECT pg_read_file('postgresql.conf')",
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "COPY (SELECT 1) TO '/tmp/mine'",
            "ALTER SYSTEM SET log_statement = 'all'",
            "SELECT lo_import('/etc/passwd')",
            "CREATE EXTENSION vector",
        )
    ),
)


def url_of(system: RunningSystem, role: str) -> str:
    """Return where a service connects, as `make run` gave it its password."""
    kept = msgspec.json.decode((system.data_dir / "secrets.json").read_bytes())
    where = urlsplit(system.endpoints().postgres)
    return f"postgresql://{role}:{kept['roles'][role]}@{where.hostname}:{where.port}{where.path}"


@pytest.fixture
async def as_role(system: RunningSystem, role: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url_of(system, role))
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("role", "statement"), PROBES, ids=[f"{one.role}: {one.statement}" for one in PROBES]
)
async def test_a_service_may_nothing_outside_its_own_schema(
    as_role: asyncpg.Connection, role: str, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_role.execute(statement.format(role=role))


@pytest.mark.parametrize("role", RECORDS)
async def test_its_own_record_is_there_and_its_own(as_role: asyncpg.Connection, role: str) -> None:
    assert await as_role.fetchval("SELECT current_user") == role
    assert await as_role.fetchval("SELECT to_regclass($1)::oid", f"{role}.{RECORDS[role]}")
    owners = await as_role.fetch(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = $1", role
    )
    assert [row["tableowner"] for row in owners] == [role]


@pytest.mark.parametrize("login", ["checkout:wrong", "nobody:x", "renkei:renkei", "postgres:"])
async def test_nobody_gets_in_without_the_password(system: RunningSystem, login: str) -> None:
    where = urlsplit(system.endpoints().postgres)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://{login}@{where.hostname}:{where.port}{where.path}")


@pytest.mark.parametrize("role", ["receipts", "store_config"])
@pytest.mark.parametrize("word", ["UPDATE {0} SET at = now()", "DELETE FROM {0}", "TRUNCATE {0}"])
async def test_what_was_done_by_whom_is_only_ever_added_to(
    as_role: asyncpg.Connection, role: str, word: str
) -> None:
    with pytest.raises(asyncpg.RaiseError, match=r"append-only|never changed"):
        await as_role.execute(word.format(f"{role}.audit"))
