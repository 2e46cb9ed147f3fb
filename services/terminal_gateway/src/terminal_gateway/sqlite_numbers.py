"""Sealed merchant's numbers on the box's disk, in a file of their own."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from contracts.identifiers import OperationId
from terminal_gateway.model import KeptNumber
from terminal_gateway.side_file import SideFile

NUMBERS: Final = "numbers.sqlite3"

FORGET_MAX: Final = 500
"""Rows forgotten at once."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS merchant_number (
    operation TEXT PRIMARY KEY,
    at_ms     INTEGER NOT NULL,
    key_id    TEXT    NOT NULL,
    sealed    BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merchant_number_at ON merchant_number (at_ms);
"""
"""`sealed` empty: the terminal has none."""


class SqliteNumbers:
    """`ports.MerchantNumbers`."""

    def __init__(self, file: SideFile) -> None:
        self._file = file

    async def find(self, operation_id: OperationId) -> KeptNumber | None:
        """See `MerchantNumbers`."""

        def read(connection: sqlite3.Connection) -> KeptNumber | None:
            row = connection.execute(
                "SELECT at_ms, key_id, sealed FROM merchant_number WHERE operation = ?",
                (operation_id,),
            ).fetchone()
            if row is None:
                return None
            at_ms, key_id, sealed = row
            at = datetime.fromtimestamp(at_ms / 1000, UTC)
            return KeptNumber(operation_id=operation_id, at=at, key_id=key_id, sealed=sealed)

        return await self._file.run(read)

    async def keep(self, kept: KeptNumber) -> None:
        """See `MerchantNumbers`."""
        row = (kept.operation_id, int(kept.at.timestamp() * 1000), kept.key_id, kept.sealed)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO merchant_number VALUES (?, ?, ?, ?)", row)

        await self._file.run(write)

    async def lacking(self, ids: Sequence[OperationId]) -> frozenset[OperationId]:
        """See `MerchantNumbers`."""

        def read(connection: sqlite3.Connection) -> frozenset[OperationId]:
            query = "SELECT 1 FROM merchant_number WHERE operation = ?"
            return frozenset(
                one for one in ids if connection.execute(query, (one,)).fetchone() is None
            )

        return await self._file.run(read)

    async def forget(self, before: datetime) -> int:
        """See `MerchantNumbers`."""
        before_ms = int(before.timestamp() * 1000)

        def delete(connection: sqlite3.Connection) -> int:
            query = (
                "DELETE FROM merchant_number WHERE operation IN"
                " (SELECT operation FROM merchant_number WHERE at_ms < ? ORDER BY at_ms LIMIT ?)"
            )
            return connection.execute(query, (before_ms, FORGET_MAX)).rowcount

        return await self._file.run(delete)
