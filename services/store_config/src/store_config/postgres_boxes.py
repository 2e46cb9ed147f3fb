"""The stores' boxes, in PostgreSQL."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

from outbox.faults import AWAY
from store_config import box_queries as queries
from store_config.box_model import Box, BoxStep, Ended, RevokedKey
from store_config.decide_box import NEVER_USED_KEPT_S
from store_config.model import AuditEntry, KeptAnswer
from store_config.ports import Outdated, OutOfReach
from store_config.postgres import Connection, Pool, keep_answer, write_audit


class PostgresBoxes:
    """The port `Boxes`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def of_company(
        self, company: str, stores: tuple[str, ...] | None = None
    ) -> tuple[Box, ...]:
        """Return a company's boxes, or those of some stores, by store, the newest first."""
        return _boxes(await self._pool.fetch(queries.OF_COMPANY, company, stores))

    async def standing(self, company: str, store: str) -> tuple[Box, ...]:
        """Return the boxes of a store that are not over."""
        return _boxes(await self._pool.fetch(queries.STANDING, company, store))

    async def ended(self, company: str, store: str, horizon: datetime) -> Ended:
        """Count the keys that are over and given by `cutting_off(horizon)`."""
        row = await self._pool.fetchrow(queries.ENDED, horizon, company, store)
        assert row is not None, "a count without a row"  # noqa: S101 - SQL gives one
        return Ended(row["of_store"], row["of_all"])

    async def read(self, company: str, box: str) -> Box | None:
        """Return a box of a company."""
        return _box(await self._pool.fetchrow(queries.READ_BOX, company, box))

    async def by_code(self, digest: bytes) -> Box | None:
        """Return the box that a code was made for."""
        return _box(await self._pool.fetchrow(queries.BY_CODE, digest))

    async def knows_key(self, public_key: str) -> bool:
        """Tell whether any box, of whomever, has or had this key."""
        return bool(await self._pool.fetchval(queries.KNOWS_KEY, public_key))

    async def save(
        self,
        steps: tuple[BoxStep, ...],
        audits: tuple[AuditEntry, ...],
        kept: KeptAnswer | None,
    ) -> None:
        """Write all steps, their audit entries and the answer, all or nothing."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                for step in steps:
                    await _write(connection, step)
                for audit in audits:
                    await write_audit(connection, audit)
                if kept is not None:
                    await keep_answer(connection, kept)
        except asyncpg.UniqueViolationError as error:
            raise Outdated from error

    async def any_to_cut_off(self) -> bool:
        """Tell whether there is a key that is over and was not told yet."""
        try:
            return bool(await self._pool.fetchval(queries.ANY_TO_CUT_OFF))
        except AWAY as error:
            raise OutOfReach(f"PostgreSQL is away: {error!r}") from error

    @asynccontextmanager
    async def cutting_off(self, horizon: datetime) -> AsyncGenerator[tuple[RevokedKey, ...]]:
        """Give all keys that are over; they are told once the block has ended well."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(queries.ONE_AT_A_TIME)
                rows = await connection.fetch(queries.REVOKED, horizon)
                yield tuple(_revoked(row) for row in rows)
                await connection.execute(queries.CUT_OFF, [row["box"] for row in rows])
        except AWAY as error:
            raise OutOfReach(f"PostgreSQL is away: {error!r}") from error

    async def sweep(self, now: datetime) -> None:
        """Delete boxes whose code nobody used, long after it ended."""
        await self._pool.execute(queries.SWEEP_BOXES, now - timedelta(seconds=NEVER_USED_KEPT_S))


async def _write(connection: Connection, step: BoxStep) -> None:
    box = step.after
    if step.before is None:
        written = await connection.fetchval(
            queries.ADD_BOX,
            box.box,
            box.company,
            box.store,
            box.state,
            box.version,
            box.created_at,
            box.created_by,
            box.code_digest,
            box.code_expires_at,
        )
    else:
        written = await connection.fetchval(
            queries.CHANGE_BOX,
            box.company,
            box.box,
            step.before.version,
            box.state,
            box.version,
            box.public_key,
            box.hostname,
            box.enrolled_at,
            box.key_issued_at,
            box.token_expires_at,
            box.ended_at,
            box.ended_by,
        )
    if written is None:
        raise Outdated


def _boxes(rows: list[asyncpg.Record]) -> tuple[Box, ...]:
    return tuple(_from(row) for row in rows)


def _box(row: asyncpg.Record | None) -> Box | None:
    return None if row is None else _from(row)


def _from(row: asyncpg.Record) -> Box:
    return Box(
        box=row["box"],
        company=row["company"],
        store=row["store"],
        state=row["state"],
        version=row["version"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        code_digest=row["code_digest"],
        code_expires_at=row["code_expires_at"],
        public_key=row["public_key"],
        hostname=row["hostname"],
        enrolled_at=row["enrolled_at"],
        key_issued_at=row["key_issued_at"],
        token_expires_at=row["token_expires_at"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
        cut_off=row["cut_off"],
    )


def _revoked(row: asyncpg.Record) -> RevokedKey:
    return RevokedKey(box=row["box"], public_key=row["public_key"], at=row["ended_at"])
