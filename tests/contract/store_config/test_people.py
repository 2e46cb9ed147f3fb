"""The port `People`, on its twin and on PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from contracts.envelope import Role
from store_config.memory import MemoryPeople
from store_config.model import Failures, LoginKey, OpenSession, Operator
from store_config.ports import People
from store_config.postgres import PostgresPeople

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
OPERATOR = Operator(
    company="DEMO",
    company_name="デモチェーン",
    operator="cashier",
    name="佐藤 花子",
    role=Role.CASHIER,
    stores=("S001", "S002"),
    password_hash="hash",
)
KEY = LoginKey(company="DEMO", operator="cashier", address="10.0.0.1")


@pytest.fixture(params=["memory", "postgres"])
async def people(request: pytest.FixtureRequest) -> AsyncIterator[People]:
    if request.param == "memory":
        yield MemoryPeople((OPERATOR,))
        return
    url = request.getfixturevalue("store_config_database")
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    await pool.execute("INSERT INTO store_config.companies VALUES ('DEMO', 'デモチェーン')")
    await pool.execute(
        "INSERT INTO store_config.operators VALUES ('DEMO', $1, $2, $3, $4, $5)",
        OPERATOR.operator,
        OPERATOR.name,
        OPERATOR.role,
        list(OPERATOR.stores),
        OPERATOR.password_hash,
    )
    yield PostgresPeople(pool)
    await pool.close()


def a_session(digest: bytes = b"0" * 32) -> OpenSession:
    return OpenSession(
        digest=digest,
        company="DEMO",
        company_name="デモチェーン",
        operator="cashier",
        name="佐藤 花子",
        role=Role.CASHIER,
        stores=("S001", "S002"),
        last_used_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )


async def test_an_operator_is_found_by_both_codes_as_they_are_written(people: People) -> None:
    assert await people.find("DEMO", "cashier") == OPERATOR
    for company, operator in (("DEMO", "Cashier"), ("OTHER", "cashier"), ("DEMO", "a\0b")):
        assert await people.find(company, operator) is None


async def test_failures_are_counted_per_name_and_address(people: People) -> None:
    await people.note_failure(KEY, Failures(count=1, last_at=NOW))
    await people.note_failure(KEY, Failures(count=2, last_at=NOW))
    elsewhere = LoginKey(company="DEMO", operator="cashier", address="10.0.0.2")
    assert await people.failures(KEY) == Failures(count=2, last_at=NOW)
    assert await people.failures(elsewhere) is None
    await people.forget_failures(KEY)
    assert await people.failures(KEY) is None


async def test_whatever_a_stranger_types_can_be_counted(people: People) -> None:
    key = LoginKey(company="\0", operator="'; DROP TABLE x; --😀", address="")
    await people.note_failure(key, Failures(count=1, last_at=NOW))
    assert await people.failures(key) == Failures(count=1, last_at=NOW)


async def test_a_session_is_found_touched_and_ended_by_its_digest(people: People) -> None:
    await people.open_session(a_session(), NOW)
    assert await people.session(b"0" * 32) == a_session()
    later = NOW + timedelta(minutes=5)
    await people.touch(b"0" * 32, later)
    found = await people.session(b"0" * 32)
    assert found is not None
    assert found.last_used_at == later
    await people.end_session(b"0" * 32)
    assert await people.session(b"0" * 32) is None
    await people.end_session(b"0" * 32)


async def test_the_sweep_takes_what_has_ended_and_nothing_else(people: People) -> None:
    await people.open_session(a_session(b"0" * 32), NOW)
    await people.open_session(a_session(b"1" * 32), NOW)
    await people.note_failure(KEY, Failures(count=2, last_at=NOW))
    await people.sweep(NOW + timedelta(minutes=59))
    assert await people.failures(KEY) is not None
    later = NOW + timedelta(hours=12)
    await people.touch(b"1" * 32, later)
    await people.sweep(later)
    assert await people.session(b"0" * 32) is None
    assert await people.session(b"1" * 32) is not None
    assert await people.failures(KEY) is None
