"""Whom to call and what is being worked on, in PostgreSQL: one row a company."""

import asyncpg
import msgspec

from contracts.support import Notice
from store_config import queries
from store_config.model import AuditEntry, KeptAnswer, Support, SupportChange
from store_config.ports import Outdated
from store_config.postgres import Pool, keep_answer, write_audit


class PostgresSupports:
    """The port `Supports`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def read(self, company: str) -> Support | None:
        """Return what a company says, None where it never said anything."""
        row = await self._pool.fetchrow(queries.READ_SUPPORT, company)
        return None if row is None else support_from(row)

    async def of_everybody(self) -> tuple[Support, ...]:
        """Return what holds for all companies."""
        rows = await self._pool.fetch(queries.SUPPORT_OF_EVERYBODY)
        return tuple(support_from(row) for row in rows)

    async def save(self, change: SupportChange, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its audit entry and its answer, all or nothing."""
        after = change.after
        async with self._pool.acquire() as connection, connection.transaction():
            written = await connection.fetchval(
                queries.WRITE_SUPPORT,
                after.company,
                change.before.version,
                after.contact,
                after.site,
                after.everybody,
                msgspec.json.encode(after.notices).decode(),
            )
            if written is None:
                raise Outdated
            await write_audit(connection, audit)
            if kept is not None:
                await keep_answer(connection, kept)


def support_from(row: asyncpg.Record) -> Support:
    """Return what a row of `queries.READ_SUPPORT` holds."""
    return Support(
        company=row["company"],
        contact=row["contact"],
        site=row["site"],
        everybody=row["everybody"],
        version=row["version"],
        notices=msgspec.json.decode(row["notices"], type=tuple[Notice, ...]),
    )
