"""The audit log in PostgreSQL, read page by page; it is written with each step (`postgres`)."""

import asyncpg
import msgspec

from contracts.audit import AuditFacts, AuditLine, FindAudit
from outbox.audit_page import page_of
from store_config import queries
from store_config.postgres import Pool


class PostgresAuditLog:
    """The port `AuditLog`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def find(
        self, company: str, stores: tuple[str, ...], ask: FindAudit
    ) -> tuple[AuditLine, ...]:
        """Return at most `limit` lines, newest first."""
        page, values = page_of(ask, company, stores)
        rows = await self._pool.fetch(queries.AUDITED + page, *values)
        return tuple(line_from(row) for row in rows)


def line_from(row: asyncpg.Record) -> AuditLine:
    """Return what a row of `queries.AUDITED` holds."""
    return AuditLine(
        source="settings",
        id=row["id"],
        at=row["at"],
        store=row["store"],
        by_company=row["by_company"],
        operator=row["operator"],
        role=row["role"],
        action=row["action"],
        before=msgspec.json.decode(row["before"], type=AuditFacts),
        after=msgspec.json.decode(row["after"], type=AuditFacts),
    )
