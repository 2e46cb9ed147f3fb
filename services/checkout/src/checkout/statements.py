"""Single statements upon PostgreSQL, and what is read and kept beside the sales themselves."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from checkout import queries
from checkout.model import Case, Sale, Seat
from checkout.rows import case_of, line_of, sale_of, seat_of, translated
from contracts.audit import AuditLine, FindOverrides
from contracts.cases import FindCases
from contracts.identifiers import CaseId, CompanyCode, RegisterCode, SaleId, StoreCode
from outbox.audit_page import page_of

STATEMENT_S: Final = 5.0
"""A statement takes a millisecond; after this PostgreSQL counts as away."""

PEOPLE: Final = ("operator", "authorised_by")
"""Whoever looks for a person finds what it did, and what others did in its name."""

Pool = asyncpg.Pool


class Statements:
    """Runs one statement at a time; errors come as the port has them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _run(self, statement: str, *values: Any) -> Any:
        return await self._pool.fetchrow(statement, *values, timeout=STATEMENT_S)

    async def _one(self, statement: str, *values: Any) -> Sale | None:
        row = await self._row(statement, *values)
        return None if row is None else sale_of(row["document"])

    async def _many(self, statement: str, *values: Any) -> tuple[Sale, ...]:
        return tuple(sale_of(row["document"]) for row in await self._rows(statement, *values))

    async def _row(self, statement: str, *values: Any) -> Any:
        with translated():
            return await self._pool.fetchrow(statement, *values, timeout=STATEMENT_S)

    async def _rows(self, statement: str, *values: Any) -> Sequence[Any]:
        with translated():
            return await self._pool.fetch(statement, *values, timeout=STATEMENT_S)


class BesideSales(Statements):
    """The part of `SaleStore` about cases, overrides, and which page a register obeys."""

    async def cases(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindCases
    ) -> tuple[tuple[Case, Sale], ...]:
        """Return at most `limit` + 1 cases with their sales, newest first."""
        limit = wanted.limit + 1
        register = (wanted.store, wanted.register)
        if None not in register and (wanted.state, wanted.after) == ("open", None):
            rows = await self._rows(queries.OPEN_CASES, company, *register, list(stores), limit)
        else:
            rows = await self._rows(
                queries.CASES,
                company,
                list(stores),
                *register,
                wanted.state,
                wanted.after,
                limit,
            )
        return tuple(found for found in map(case_of, rows) if found is not None)

    async def overrides(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindOverrides
    ) -> tuple[AuditLine, ...]:
        """Return at most `limit` lines of the audit log, newest first."""
        page, values = page_of(wanted, company, stores, PEOPLE)
        rows = await self._rows(queries.OVERRIDES + page, *values)
        return tuple(line_of(row, company) for row in rows)

    async def sale_of_case(self, company: CompanyCode, case_id: CaseId) -> SaleId | None:
        """Return the sale that the case is about."""
        row = await self._row(queries.SALE_OF_CASE, case_id, company)
        return None if row is None else str(row["sale_id"])

    async def seat(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Seat | None:
        """Return which page the register obeys."""
        row = await self._row(queries.SEAT, company, store, register)
        return None if row is None else seat_of(row)

    async def take_seat(self, seat: Seat, *, take_over: bool) -> Seat:
        """Give the register to this page, or return who has it."""
        values = (seat.company, seat.store, seat.register, seat.page, seat.operator, seat.since)
        row = await self._row(queries.TAKE_SEAT, *values, take_over)
        if row is not None:
            return seat_of(row)
        has = await self.seat(seat.company, seat.store, seat.register)
        assert has is not None, "seats are never given up"  # noqa: S101 - house style 12
        return has
