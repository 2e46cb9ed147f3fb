"""Opening the journal's file: one owner, checked, and put aside when it cannot be trusted."""

import fcntl
import logging
import os
import sqlite3
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from servicekit.clock import Clock
from servicekit.ids import Ids
from terminal_gateway.errors import JournalInUseError
from terminal_gateway.model import Standing
from terminal_gateway.reserve import Reserve
from terminal_gateway.sqlite import (
    SUSPECT,
    SqliteJournal,
    get_meta,
    meta_integer,
    put_meta,
    read_open_operations,
)

JOURNAL: Final = "journal.sqlite3"
LOCK: Final = "journal.lock"
RESERVE: Final = "reserve.bin"

SCHEMA_VERSION: Final = 2

CHECK_S: Final = 0.5
"""The check at start reads every page; a large journal on a slow disk is checked this long, so that
a store is not kept waiting. What it did not reach shows when it is read, and ends the process."""

CHECK_STEPS: Final = 20_000
"""Instructions of SQLite between two looks at the clock: about a millisecond."""

_SCHEMA: Final = Path(__file__).with_name("schema.sql")

_log = logging.getLogger(__name__)


class JournalHome:
    """The folder that one gateway owns, and the lock that says so; released by the system."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise JournalInUseError(str(folder)) from error

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def open_journal(
    home: JournalHome, *, company: str, store: str, clock: Clock, ids: Ids
) -> SqliteJournal:
    """Open the journal of a folder, or begin one; call it on the running loop, at start.

    A file that is damaged is kept under a new name, and the new journal knows that rows may be
    missing (`Standing.lost_at`).
    """
    path = home.folder / JOURNAL
    configuration: bytes | None = None
    epoch = 0
    lost_at: datetime | None = None
    try:
        writer = _open_with_room(path)
    except (sqlite3.DatabaseError, msgspec.MsgspecError, ValueError) as error:
        if not is_damage(error):
            raise
        lost_at = clock.now()
        configuration, epoch = _salvage(path)
        kept = set_aside(path, lost_at)
        path.with_name(SUSPECT).unlink(missing_ok=True)
        _log.error("the journal is damaged (%s): kept as %s, a new one begins", error, kept)
        writer = _open(path)
    if get_meta(writer, "journal_id") is None:
        _begin(writer, ids.uuid(), lost_at, configuration, epoch)
    reader = _connect(path)
    reader.execute("PRAGMA query_only = 1")
    return SqliteJournal(
        path=path,
        writer=writer,
        reader=reader,
        standing=_standing(writer),
        company=company,
        store=store,
        clock=clock,
        reserve=Reserve(home.folder / RESERVE),
    )


def _open_with_room(path: Path) -> sqlite3.Connection:
    """Open it; a disk that is full gets the room back that was set aside for results."""
    if path.with_name(SUSPECT).exists():
        raise sqlite3.DatabaseError("damage was found while it was in use")
    try:
        return _open(path)
    except sqlite3.OperationalError as error:
        if is_damage(error):
            raise
        path.with_name(RESERVE).unlink(missing_ok=True)
        return _open(path)


def is_damage(error: Exception) -> bool:
    """Tell a damaged journal from a disk that is full or a file that is not ours to open.

    A sound journal is never put aside: facts that the centre has not heard stand in it.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # found by us: a failed check, a value that does not decode
        return True
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        return code in _DAMAGED_READS
    return code & 0xFF not in _NOT_THE_JOURNALS_FAULT


_DAMAGED_READS: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    }
)

_NOT_THE_JOURNALS_FAULT: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
    }
)


def set_aside(path: Path, at: datetime) -> str:
    """Rename a journal and what belongs to it, for people to look at; return the new name."""
    name = f"{path.name}.damaged-{at:%Y%m%dT%H%M%S%f}"
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(path.with_name(name + suffix))
    return name


def _connect(path: Path) -> sqlite3.Connection:
    # The writer's connection is made here and used by its thread alone from then on.
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _open(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version < SCHEMA_VERSION:
            connection.executescript(
                f"BEGIN; {_SCHEMA.read_text()} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        _check(connection)
        _standing(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` when a page is damaged, as far as time allows."""
    deadline = time.perf_counter() + CHECK_S
    connection.set_progress_handler(lambda: time.perf_counter() > deadline, CHECK_STEPS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        _log.info("the journal is large: checked for %s s only", CHECK_S)
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _begin(
    writer: sqlite3.Connection,
    journal_id: str,
    lost_at: datetime | None,
    configuration: bytes | None,
    epoch: int,
) -> None:
    writer.execute("BEGIN IMMEDIATE")
    put_meta(writer, "journal_id", journal_id)
    put_meta(writer, "epoch", epoch)
    if lost_at is not None:
        put_meta(writer, "lost_at", lost_at.isoformat())
    if configuration is not None:
        put_meta(writer, "configuration", configuration)
    writer.execute("COMMIT")


def _salvage(path: Path) -> tuple[bytes | None, int]:
    """Return what a damaged journal still says of the configuration: it saves a wait for the WAN.

    The epoch is not believed: facts would be counted twice in it. A new one is taken at the centre.
    """
    with suppress(sqlite3.Error, OSError):
        connection = _connect(path)
        try:
            value = get_meta(connection, "configuration")
        finally:
            connection.close()
        if isinstance(value, bytes):
            return value, 0
    return None, 0


def _standing(connection: sqlite3.Connection) -> Standing:
    lost_at = get_meta(connection, "lost_at")
    published = meta_integer(connection, "published")
    waiting = connection.execute(
        "SELECT count(*) FROM fact WHERE position > ?", (published,)
    ).fetchone()[0]
    return Standing(
        journal_id=get_meta(connection, "journal_id"),
        epoch=meta_integer(connection, "epoch"),
        configuration=get_meta(connection, "configuration"),
        lost_at=datetime.fromisoformat(lost_at) if lost_at is not None else None,
        open_operations=read_open_operations(connection),
        unpublished=waiting,
    )
