"""The record in PostgreSQL: slips, sealed numbers, sales, jobs, answers, and what is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from contracts.identifiers import CompanyCode, OperationId, PrintJobId, SaleId, StoreCode
from contracts.stores import StoreConfiguration
from receipts import queries, retention
from receipts.model import (
    Audit,
    ContrarySlip,
    MerchantNumber,
    PrintJob,
    SaleRecord,
    SlipRecord,
)
from receipts.ports import Kept, Key, KeyTaken, PrintOrder, Record, StoredAnswer
from receipts.retention import Removed
from receipts.rows import (
    answer_columns,
    audit_columns,
    audit_of,
    contrary_of,
    job_columns,
    job_of,
    number_of,
    removed_of,
    sale_columns,
    sale_of,
    slip_columns,
    slip_of,
    translated,
)

STATEMENT_S: Final = 5.0
"""A statement takes a millisecond; after this PostgreSQL counts as away."""

PURGED_AT_ONCE: Final = 500
"""Rows of a purge: milliseconds, so that no commit waits behind it."""

Pool = asyncpg.Pool


class PostgresRecord(Record):
    """`Record` on PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # --- slips ---

    async def keep_slip(self, slip: SlipRecord, number: MerchantNumber | None) -> Kept:
        """Keep what stands on a slip once; another content goes beside it."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                made = await connection.fetchval(
                    queries.KEEP_SLIP, *slip_columns(slip), timeout=STATEMENT_S
                )
                if made:
                    if number is not None:
                        await connection.execute(queries.WANT_NUMBER, *_wanted(number))
                    return Kept.NEW
                known = slip_of(await connection.fetchrow(queries.SLIP, slip.operation_id))
                if same_content(known, slip):
                    return Kept.KNOWN
                await connection.execute(
                    queries.KEEP_CONTRARY,
                    slip.event_id,
                    slip.operation_id,
                    slip.company,
                    slip.store,
                    slip_columns(slip)[_SLIP_COLUMN],
                    slip.seen_at,
                )
                return Kept.CONTRARY

    async def slip(self, company: CompanyCode, operation_id: OperationId) -> SlipRecord | None:
        """Return what stands on the slip of an operation of that company."""
        row = await self._row(queries.SLIP, operation_id)
        found = None if row is None else slip_of(row)
        return found if found is not None and found.company == company else None

    async def contrary(self, operation_id: OperationId) -> tuple[ContrarySlip, ...]:
        """Return what else was said about an operation, oldest first."""
        return tuple(map(contrary_of, await self._rows(queries.CONTRARY, operation_id)))

    # --- sealed numbers ---

    async def number(self, operation_id: OperationId) -> MerchantNumber | None:
        """Return what is known of the merchant's number of an operation."""
        row = await self._row(queries.NUMBER, operation_id)
        return None if row is None else number_of(row)

    async def numbers_due(self, now: datetime, limit: int) -> tuple[MerchantNumber, ...]:
        """Return numbers that are to be asked for now, the longest due first."""
        return tuple(map(number_of, await self._rows(queries.NUMBERS_DUE, now, limit)))

    async def keep_number(self, number: MerchantNumber) -> None:
        """Keep what the box said; one that is settled is never wanted again."""
        await self._row(
            queries.KEEP_NUMBER,
            number.operation_id,
            str(number.state),
            number.asked,
            number.ask_at,
            number.key_id,
            number.sealed,
        )

    # --- sales ---

    async def keep_sale(self, sale: SaleRecord, jobs: Sequence[PrintJob]) -> tuple[PrintJob, ...]:
        """Keep a sale unless a newer one is known, and jobs that print by themselves, in one."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    queries.KEEP_SALE, *sale_columns(sale), timeout=STATEMENT_S
                )
                return await _add(connection, jobs)

    async def sale(self, company: CompanyCode, sale_id: SaleId) -> SaleRecord | None:
        """Return a sale of that company as it was heard last."""
        row = await self._row(queries.SALE, sale_id, company)
        return None if row is None else sale_of(row)

    # --- jobs ---

    async def order(self, order: PrintOrder) -> None:
        """Keep jobs with the answer that tells of them, or raise `KeyTaken` and keep nothing."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                answer = order.answer
                if answer is not None and not await connection.fetchval(
                    queries.KEEP_ANSWER, *answer_columns(answer), timeout=STATEMENT_S
                ):
                    raise KeyTaken(answer.key.key)
                await _add(connection, order.jobs)
                if order.audit is not None:
                    await connection.execute(queries.WRITE_DOWN, *audit_columns(order.audit))

    async def move_job(self, before: PrintJob, after: PrintJob) -> bool:
        """Put a job in its next state; False where somebody else has moved it meanwhile."""
        row = await self._row(
            queries.MOVE_JOB,
            before.id,
            str(before.state),
            str(after.state),
            after.reason,
            after.partly,
            after.ended_at,
        )
        return row is not None

    async def job(self, job_id: PrintJobId) -> PrintJob | None:
        """Return one job."""
        row = await self._row(queries.JOB, job_id)
        return None if row is None else job_of(row)

    async def jobs_of(
        self, company: CompanyCode, sale_id: SaleId, limit: int
    ) -> tuple[PrintJob, ...]:
        """Return a sale's jobs, newest first."""
        return tuple(map(job_of, await self._rows(queries.JOBS_OF, company, sale_id, limit)))

    async def open_jobs(self, limit: int) -> tuple[PrintJob, ...]:
        """Return jobs that may still come out, oldest first."""
        return tuple(map(job_of, await self._rows(queries.OPEN_JOBS, limit)))

    # --- answers, audit, upkeep ---

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within a day."""
        row = await self._row(queries.STORED_ANSWER, key.company, key.operator, key.key, now)
        if row is None:
            return None
        return StoredAnswer(
            key=key,
            fingerprint=row["fingerprint"],
            outcome=row["outcome"],
            body=row["body"],
            at=row["stored_at"],
        )

    async def remove_before(
        self, store: StoreConfiguration, before: datetime, now: datetime, limit: int
    ) -> Removed:
        """Take away some of what a store has from before then, and write down how many."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                row = await connection.fetchrow(
                    queries.REMOVE, store.company, store.store, before, limit
                )
                removed = removed_of(row)
                if removed.anything:
                    line = retention.audit_of(removed, store, before, now)
                    await connection.execute(queries.WRITE_DOWN, *audit_columns(line))
                return removed

    async def audits(self, company: CompanyCode, store: StoreCode) -> tuple[Audit, ...]:
        """Return what was written down about a store, oldest first."""
        return tuple(map(audit_of, await self._rows(queries.AUDITS, company, store)))

    async def purge(self, now: datetime) -> None:
        """Drop some of the answers that are too old to be given again."""
        await self._row(queries.PURGE_ANSWERS, now, PURGED_AT_ONCE)

    async def _row(self, statement: str, *values: Any) -> Any:
        with translated():
            return await self._pool.fetchrow(statement, *values, timeout=STATEMENT_S)

    async def _rows(self, statement: str, *values: Any) -> Sequence[Any]:
        with translated():
            return await self._pool.fetch(statement, *values, timeout=STATEMENT_S)


_SLIP_COLUMN: Final = 10
"""Where `slip_columns` has the slip's JSON."""


def same_content(known: SlipRecord, told: SlipRecord) -> bool:
    """Whether both would print the same paper."""
    return (known.slip, known.kind, known.company, known.store) == (
        told.slip,
        told.kind,
        told.company,
        told.store,
    )


async def _add(connection: Any, jobs: Sequence[PrintJob]) -> tuple[PrintJob, ...]:
    """Add the jobs that are not there yet, and return those."""
    new = [
        job
        for job in jobs
        if await connection.fetchval(queries.ADD_JOB, *job_columns(job), timeout=STATEMENT_S)
    ]
    return tuple(new)


def _wanted(number: MerchantNumber) -> tuple[Any, ...]:
    return (
        number.operation_id,
        number.company,
        number.store,
        number.terminal,
        str(number.state),
        number.asked,
        number.ask_at,
    )
