"""The audit log in PostgreSQL: found page by page, by every filter, however long it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from contracts.audit import AuditLine, FindAudit
from outbox.audit_page import page_of
from store_config import queries
from store_config.model import AuditEntry
from store_config.postgres import Pool, audit_row
from store_config.postgres_audit import PostgresAuditLog

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def entry(minutes: int = 0, **more: Any) -> AuditEntry:
    told: dict[str, Any] = {
        "at": NOW + timedelta(minutes=minutes),
        "company": "DEMO",
        "store": "S001",
        "by_company": "DEMO",
        "operator": "admin",
        "role": "admin",
        "action": "store_changed",
        "before": {"customer_slip": "manual"},
        "after": {"customer_slip": "auto"},
    }
    return AuditEntry(**told | more)


async def write(pool: Pool, *entries: AuditEntry) -> None:
    await pool.executemany(queries.AUDIT, [audit_row(each) for each in entries])


async def found(pool: Pool, *stores: str, company: str = "DEMO", **wanted: Any) -> list[AuditLine]:
    return list(await PostgresAuditLog(pool).find(company, stores, FindAudit(**wanted)))


async def test_a_line_says_who_what_before_and_after(pool: Pool) -> None:
    await write(pool, entry(by_company="RENKEI", operator="platform", role="platform"))
    (line,) = await found(pool)
    assert line == AuditLine(
        source="settings",
        id=line.id,
        at=NOW,
        store="S001",
        by_company="RENKEI",
        operator="platform",
        role="platform",
        action="store_changed",
        before={"customer_slip": "manual"},
        after={"customer_slip": "auto"},
    )


async def test_each_filter_leaves_out_what_does_not_fit(pool: Pool) -> None:
    await write(
        pool,
        entry(0, operator="a"),
        entry(1, store="S002", operator="b"),
        entry(2, store="", operator="c", action="person_added"),
        entry(3, company="OTHER", operator="d"),
    )

    async def who(*stores: str, **wanted: Any) -> str:
        return "".join(str(one.operator) for one in await found(pool, *stores, **wanted))

    assert await who() == "cba"
    assert await who(company="OTHER") == "d"
    assert await who(store="S002") == "b"
    assert await who("S001", "S002") == "ba"
    assert await who("S002", store="S001") == ""
    assert await who(operator="a") == "a"
    assert await who(action="person_added") == "c"
    assert await who(since=NOW + timedelta(minutes=1)) == "cb"
    assert await who(until=NOW + timedelta(minutes=1)) == "a"


async def test_lines_of_one_moment_are_turned_one_by_one(pool: Pool) -> None:
    await write(pool, *(entry(number // 3, operator=str(number)) for number in range(9)))
    told: list[AuditLine] = []
    for _ in range(5):
        bound: dict[str, Any] = {}
        if told:
            bound = {"before_at": told[-1].at, "before_id": told[-1].id}
        told += await found(pool, limit=2, **bound)
    assert [one.operator for one in told] == list("876543210")


FILTERS: list[dict[str, Any]] = [
    {},
    {"store": "S007"},
    {"operator": "nobody"},
    {"action": "person_added"},
    {"since": NOW, "until": NOW + timedelta(hours=1)},
    {"before_at": NOW + timedelta(minutes=20_000), "before_id": 1},
    {"store": "S007", "before_at": NOW + timedelta(minutes=20_000), "before_id": 1},
]


async def test_no_page_of_a_long_log_reads_the_whole_of_it(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO store_config.audit (at, company, store, by_company, operator, role, action,"
        " before, after) SELECT $1::timestamptz + n * interval '1 minute', 'DEMO',"
        " 'S' || lpad((n % 50)::text, 3, '0'), 'DEMO', 'admin' || n % 7, 'admin',"
        " 'store_changed', '{}', '{}' FROM generate_series(1, 40000) AS n",
        NOW,
    )
    await pool.execute("ANALYZE store_config.audit")
    for wanted in FILTERS:
        page, values = page_of(FindAudit(**wanted), "DEMO", ())
        plan = await pool.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {queries.AUDITED}{page}", *values)
        text = "\n".join(row[0] for row in plan)
        assert "Sort" not in text, text
        assert "Seq Scan" not in text, text
        removed = [int(line.rsplit(" ", 1)[1]) for line in text.splitlines() if "Removed" in line]
        assert sum(removed) < 1_000, text


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET action = ''", "DELETE FROM {}", "TRUNCATE {}"]
)
async def test_what_was_done_stays_written(pool: Pool, statement: str) -> None:
    await write(pool, entry())
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await pool.execute(statement.format("store_config.audit"))
    assert len(await found(pool)) == 1
