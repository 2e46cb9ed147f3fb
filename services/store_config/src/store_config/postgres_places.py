"""Stores, registers and terminals of a file, written in one transaction."""

import asyncpg

from contracts.stores import StoreConfiguration
from store_config import queries
from store_config.model import AuditEntry, KeptAnswer, PlaceChange
from store_config.ports import Outdated
from store_config.postgres import Connection, Pool, keep_answer, write_audit


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
                for change in changes:
                    await _store(connection, change)
                    await _registers(connection, change)
                    await _terminals(connection, change)
                for audit in audits:
                    await write_audit(connection, audit)
                if kept is not None:
                    await keep_answer(connection, kept)
        except asyncpg.UniqueViolationError as error:
            raise Outdated from error


async def _store(connection: Connection, change: PlaceChange) -> None:
    after = change.after
    key = (after.company, after.store, after.name)
    if change.before is None:
        written = await connection.fetchval(queries.ADD_STORE, *key)
    else:
        written = await connection.fetchval(queries.NAME_STORE, *key, change.before.version)
    if written is None:
        raise Outdated


async def _registers(connection: Connection, change: PlaceChange) -> None:
    for one in change.after.registers:
        if one not in _before(change).registers:
            await connection.execute(
                queries.PUT_REGISTER,
                change.after.company,
                change.after.store,
                one.register,
                one.name,
                one.main_register,
            )


async def _terminals(connection: Connection, change: PlaceChange) -> None:
    for one in change.after.terminals:
        if one not in _before(change).terminals:
            await connection.execute(
                queries.PUT_TERMINAL,
                change.after.company,
                change.after.store,
                one.terminal,
                one.model,
                one.serial,
                one.host,
                one.port,
            )


def _before(change: PlaceChange) -> StoreConfiguration:
    """Return the store as it was; a new one had nothing."""
    if change.before is not None:
        return change.before
    return StoreConfiguration(
        company=change.after.company,
        store=change.after.store,
        name="",
        version=0,
        terminal_option=False,
        registers=(),
        terminals=(),
        settings=change.after.settings,
    )
