"""Who may log in, in PostgreSQL, as administrators see it."""

import asyncpg

from contracts.envelope import Role
from store_config import queries
from store_config.model import AuditEntry, KeptAnswer, Person, PersonChange
from store_config.ports import Outdated
from store_config.postgres import Pool, keep_answer, write_audit


class PostgresStaff:
    """The port `Staff`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def of_company(self, company: str) -> tuple[Person, ...]:
        """Return everybody of a company, by code."""
        rows = await self._pool.fetch(queries.STAFF_OF_COMPANY, company)
        return tuple(person_from(row) for row in rows)

    async def read(self, company: str, operator: str) -> Person | None:
        """Return a person, one that may not log in any more among them."""
        row = await self._pool.fetchrow(queries.READ_PERSON, company, operator)
        return None if row is None else person_from(row)

    async def save(
        self,
        change: PersonChange,
        password_hash: str | None,
        audit: AuditEntry,
        kept: KeptAnswer | None,
    ) -> None:
        """Write the step, its audit entry and its answer; end the sessions that it ends."""
        after = change.after
        who = (after.company, after.operator)
        what = (after.name, after.role.value, list(after.stores), after.active, password_hash)
        async with self._pool.acquire() as connection, connection.transaction():
            if change.before is None:
                written = await connection.fetchval(queries.ADD_PERSON, *who, *what)
            else:
                written = await connection.fetchval(
                    queries.CHANGE_PERSON, *who, *what, change.before.version
                )
            if written is None:
                raise Outdated
            if change.locked_out:
                await connection.execute(queries.END_SESSIONS_OF, *who)
            await write_audit(connection, audit)
            if kept is not None:
                await keep_answer(connection, kept)


def person_from(row: asyncpg.Record) -> Person:
    """Return the person that a row of `queries.READ_PERSON` holds."""
    return Person(
        company=row["company"],
        operator=row["operator"],
        name=row["name"],
        role=Role(row["role"]),
        stores=tuple(row["stores"]),
        active=row["active"],
        version=row["version"],
    )
