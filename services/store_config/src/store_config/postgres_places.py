"""Stores, registers and terminals of a file, written in one transaction: a statement a kind."""

import asyncpg

from store_config import queries
from store_config.model import AuditEntry, KeptAnswer, PlaceChange
from store_config.ports import Outdated
from store_config.postgres import Connection, Pool, audit_row, keep_answer


class PostgresPlaces:
    """The port `Places`."""

    def __init__(self, pool: Pool) -> None:
        """The pool is opened and closed by the wiring."""
        self._pool = pool

    async def save_places(
        self,
        changes: tuple[PlaceChange, ...],
        audits: tuple[AuditEntry, ...],
        kept: KeptAnswer | None,
    ) -> None:
        """Write all steps, their audit entries and the answer, all or nothing."""
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                await _stores(connection, changes)
                await _registers(connection, changes)
                await _terminals(connection, changes)
                await connection.executemany(queries.AUDIT, [audit_row(one) for one in audits])
                if kept is not None:
                    await keep_answer(connection, kept)
        except asyncpg.UniqueViolationError as error:
            raise Outdated from error


async def _stores(connection: Connection, changes: tuple[PlaceChange, ...]) -> None:
    company = changes[0].after.company
    new = [one.after for one in changes if one.before is None]
    added = await connection.fetch(
        queries.ADD_STORES, company, [one.store for one in new], [one.name for one in new]
    )
    known = [(one.after, one.before.version) for one in changes if one.before is not None]
    named = await connection.fetch(
        queries.NAME_STORES,
        company,
        [after.store for after, _ in known],
        [after.name for after, _ in known],
        [version for _, version in known],
    )
    if len(added) + len(named) < len(changes):
        raise Outdated


async def _registers(connection: Connection, changes: tuple[PlaceChange, ...]) -> None:
    put = [
        (change.after.store, one)
        for change in changes
        for one in change.after.registers
        if change.before is None or one not in change.before.registers
    ]
    await connection.execute(
        queries.PUT_REGISTERS,
        changes[0].after.company,
        [store for store, _ in put],
        [one.register for _, one in put],
        [one.name for _, one in put],
        [one.main_register for _, one in put],
    )


async def _terminals(connection: Connection, changes: tuple[PlaceChange, ...]) -> None:
    put = [
        (change.after.store, one)
        for change in changes
        for one in change.after.terminals
        if change.before is None or one not in change.before.terminals
    ]
    await connection.execute(
        queries.PUT_TERMINALS,
        changes[0].after.company,
        [store for store, _ in put],
        [one.terminal for _, one in put],
        [one.model for _, one in put],
        [one.serial for _, one in put],
        [one.host for _, one in put],
        [one.port for _, one in put],
    )
