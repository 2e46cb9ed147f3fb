"""A SQLite file beside the journal, whose loss costs no money: printing, sealed numbers.

Each has a file, a connection and a thread of its own, so that nothing about payments ever waits for
it (docs/decisions/0510). It is opened when it is first needed; when that fails, or a write does,
whoever asked is told, and the next one tries again.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from servicekit.clock import Clock
from terminal_gateway.errors import SideFileError
from terminal_gateway.sqlite_file import is_damage, set_aside

CACHE_KIB: Final = 256
"""Pages kept in memory: a few rows are looked at, and the box has little room."""

CHECKPOINT_PAGES: Final = 256
"""A megabyte of log, then it is moved into the database."""

BUSY_S: Final = 1.0
"""Somebody looks into the file from outside: not for longer than this."""

_META: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

Value = TypeVar("Value")

_log = logging.getLogger(__name__)


class SideFile:
    """One file. `run` does one transaction on its thread."""

    def __init__(self, path: Path, schema: str, clock: Clock) -> None:
        self._path = path
        self._schema = schema
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._told = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=path.stem)

    async def run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        """Return what the work returned once it is on disk, all of it. Raises `SideFileError`."""
        loop = asyncio.get_running_loop()
        # Shielded: whoever stops waiting does not undo what was handed to the disk.
        return await asyncio.shield(loop.run_in_executor(self._thread, self._do, work))

    def wipe_log(self) -> None:
        """Let what was deleted be gone from the disk as well, soon; nobody waits for it.

        `secure_delete` clears the file alone: what was written before stands in its log until that
        is emptied.
        """
        with suppress(RuntimeError):  # closed meanwhile, which empties it as well
            self._thread.submit(self._wipe_log)

    async def lost_at(self) -> datetime | None:
        """Return when rows were lost with a damaged file, if they were. Raises `SideFileError`."""

        def read(connection: sqlite3.Connection) -> datetime | None:
            row = connection.execute("SELECT value FROM meta WHERE name = 'lost_at'").fetchone()
            return datetime.fromisoformat(row[0]) if row is not None else None

        return await self.run(read)

    async def close(self) -> None:
        """Write what waits and let go of the file."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._let_go)
        self._thread.shutdown(wait=False)

    # --- in the thread ---

    def _do(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        try:
            connection = self._connection or self._open()
            connection.execute("BEGIN IMMEDIATE")
            value = work(connection)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            raise SideFileError(self._path.name, str(error)) from error
        self._told = ""
        return value

    def _wipe_log(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self._told != str(error):  # once, not with every payment
            _log.error("%s cannot be used: %s", self._path.name, error)
            self._told = str(error)
        connection = self._connection
        if connection is None:
            return
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError) and is_damage(error):
            self._let_go()  # and the next one finds it damaged when it opens it

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            now = self._clock.now()
            kept = set_aside(self._path, now)
            _log.error("%s is damaged (%s): kept as %s", self._path.name, error, kept)
            self._connection = self._opened()
            lost = now.astimezone(UTC).isoformat()
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('lost_at', ?)", (lost,))
        return self._connection

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            connection.executescript(_META + self._schema)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except BaseException:
            connection.close()
            raise
        if found != "ok":
            connection.close()
            raise sqlite3.DatabaseError(found)
        return connection
