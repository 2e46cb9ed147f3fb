"""The record of companies in PostgreSQL; their rules of brands, and those of stores."""

import asyncpg
import msgspec

from contracts.stores import BrandRule
from store_config import documents, queries
from store_config.model import AuditEntry, Company, CompanyChange, KeptAnswer
from store_config.ports import Outdated
from store_config.postgres import Pool, keep_answer, put_rule, write_audit


class PostgresCompanies:
    """The port `Companies`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def read(self, company: str) -> Company | None:
        """Return a company as it stands."""
        row = await self._pool.fetchrow(documents.READ_COMPANY, company)
        return None if row is None else company_from(row)

    async def save(self, change: CompanyChange, audit: AuditEntry, kept: KeptAnswer | None) -> None:
        """Write the step, its audit entry and its answer; raise all its stores' versions."""
        before, after = change.before, change.after
        async with self._pool.acquire() as connection, connection.transaction():
            raised = await connection.fetchval(
                queries.RAISE_COMPANY, after.company, before.version, after.refund_needs_manager
            )
            if raised is None:
                raise Outdated
            for rule in after.rules:
                if rule not in before.rules:
                    await put_rule(connection, after.company, rule)
            await connection.execute(queries.RAISE_STORES_OF_COMPANY, after.company)
            await write_audit(connection, audit)
            if kept is not None:
                await keep_answer(connection, kept)


def company_from(row: asyncpg.Record) -> Company:
    """Return the company that a row of `documents.READ_COMPANY` holds."""
    return Company(
        company=row["company"],
        name=row["name"],
        version=row["version"],
        refund_needs_manager=row["refund_needs_manager"],
        rules=msgspec.json.decode(row["brand_rules"], type=tuple[BrandRule, ...]),
    )
