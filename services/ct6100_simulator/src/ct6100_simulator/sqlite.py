"""The simulator's disk: one SQLite file for all terminals, synced before anybody is told.

One thread writes; whatever was asked for while it was syncing shares the next sync, so that 64
terminals cost about as many syncs as one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Condition, Thread
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from ct6100.effects import Keep, KeepMerchantNumber, Kept, KeptEntry, Memory
from ct6100.records import MerchantMask
from ct6100_simulator.errors import DiskFailedError
from ct6100_simulator.model import Booking
from ct6100_simulator.ports import Disk

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS memory (serial TEXT PRIMARY KEY, memory BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    serial TEXT NOT NULL,
    number INTEGER NOT NULL,
    terminal_business_date TEXT NOT NULL,
    slip_number TEXT NOT NULL,
    operation_id TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (serial, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bookings (
    serial TEXT NOT NULL,
    number INTEGER NOT NULL,
    booking BLOB NOT NULL,
    PRIMARY KEY (serial, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS merchant_numbers (
    serial TEXT NOT NULL,
    number INTEGER NOT NULL,
    mask TEXT NOT NULL,
    PRIMARY KEY (serial, number)
) WITHOUT ROWID;
"""
"""`merchant_numbers` is a table of its own: no row holds both masks of an e-money's number."""

_READ_MEMORY: Final = "SELECT memory FROM memory WHERE serial = ?"
_READ_JOURNAL: Final = "SELECT entry FROM journal WHERE serial = ? ORDER BY number"
_READ_BOOKING: Final = "SELECT booking FROM bookings WHERE serial = ? AND number = ?"
_PUT_MEMORY: Final = "INSERT OR REPLACE INTO memory VALUES (?, ?)"
_PUT_ENTRY: Final = "INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP_ENTRY: Final = "DELETE FROM journal WHERE serial = ? AND number = ?"
_READ_MASKS: Final = "SELECT number, mask FROM merchant_numbers WHERE serial = ?"
_PUT_MASK: Final = "INSERT OR REPLACE INTO merchant_numbers VALUES (?, ?, ?)"
_DROP_MASK: Final = "DELETE FROM merchant_numbers WHERE serial = ? AND number = ?"
_PUT_BOOKING: Final = "INSERT OR IGNORE INTO bookings VALUES (?, ?, ?)"

LAZY_S: Final = 0.05
"""What may wait is written after this at the latest: before a slow centre answers."""

_LOCK_WAIT_S: Final = 2.0
"""Whoever reads the file from outside (a check, a person) holds it for less than that."""

_Result = TypeVar("_Result")
_Settle = Callable[[], None]


class _Order(Struct):
    """One thing for the writing thread: `run` works and returns how to tell that it is durable."""

    run: Callable[[sqlite3.Connection], _Settle]
    fail: Callable[[str], None]


class SqliteDisk(Disk):
    """One file; `open` starts its thread, `close` ends it after all writes asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wake = Condition()
        self._orders: list[_Order] = []
        self._urgent = False
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None

    async def open(self) -> None:
        """Create or open the file. Raises `DiskFailedError` when it cannot be used."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = Thread(target=self._work, args=(opened,), name="disk", daemon=True)
        self._thread.start()
        await opened

    async def close(self) -> None:
        """Return once everything is written and the file is closed."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def ping(self) -> bool:
        """Whether the file still takes writes, by a round trip."""
        try:
            await self._order(lambda db: db.execute("PRAGMA user_version = 1") and None)
        except DiskFailedError:
            return False
        return True

    async def load(self, serial: str) -> Kept | None:
        """Return what the terminal kept; see `Disk`."""

        def read(db: sqlite3.Connection) -> Kept | None:
            row = db.execute(_READ_MEMORY, (serial,)).fetchone()
            if row is None:
                return None
            rows = db.execute(_READ_JOURNAL, (serial,))
            masks = db.execute(_READ_MASKS, (serial,))
            return Kept(
                memory=msgspec.json.decode(row[0], type=Memory),
                entries=tuple(msgspec.json.decode(blob, type=KeptEntry) for (blob,) in rows),
                merchant_numbers={number: MerchantMask(shown=mask) for number, mask in masks},
            )

        return await self._order(read)

    def keep(self, serial: str, keeps: Sequence[Keep | KeepMerchantNumber]) -> asyncio.Future[None]:
        """Write them together; see `Disk`."""

        def write(db: sqlite3.Connection) -> None:
            for keep in keeps:
                _keep(db, serial, keep)

        return self._order(write)

    def keep_lazily(self, serial: str, keeps: Sequence[Keep | KeepMerchantNumber]) -> None:
        """Write them with the next `keep`; see `Disk`."""

        def write(db: sqlite3.Connection) -> None:
            for keep in keeps:
                _keep(db, serial, keep)

        self._order(write, urgent=False)

    async def booking(self, serial: str, number: int) -> Booking | None:
        """Return what the acquirer decided; see `Disk`."""

        def read(db: sqlite3.Connection) -> Booking | None:
            row = db.execute(_READ_BOOKING, (serial, number)).fetchone()
            return msgspec.json.decode(row[0], type=Booking) if row else None

        return await self._order(read)

    def book(self, serial: str, number: int, booking: Booking) -> None:
        """Write it with the next `keep`; see `Disk`."""
        row = (serial, number, msgspec.json.encode(booking))

        def write(db: sqlite3.Connection) -> None:
            db.execute(_PUT_BOOKING, row)

        self._order(write, urgent=False)

    def _order(
        self, work: Callable[[sqlite3.Connection], _Result], *, urgent: bool = True
    ) -> asyncio.Future[_Result]:
        future: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()

        def run(db: sqlite3.Connection) -> _Settle:
            result = work(db)
            return lambda: None if future.done() else future.set_result(result)

        def fail(reason: str) -> None:
            if not future.done() and urgent:
                future.set_exception(DiskFailedError(reason))

        with self._wake:
            if self._closing:
                fail("the disk is closed")
                return future
            self._orders.append(_Order(run=run, fail=fail))
            self._urgent = self._urgent or urgent
            self._wake.notify()
        return future

    def _work(self, opened: asyncio.Future[None]) -> None:
        """Run on the thread: write until closed."""
        assert self._loop is not None  # noqa: S101 - open() sets it before it starts the thread
        try:
            db = connect(self._path)
        except sqlite3.Error as error:
            self._loop.call_soon_threadsafe(opened.set_exception, DiskFailedError(str(error)))
            return
        self._loop.call_soon_threadsafe(opened.set_result, None)
        with closing(db):
            while orders := self._take():
                self._loop.call_soon_threadsafe(_carry_out(db, orders))

    def _take(self) -> list[_Order]:
        """Wait for orders; none only when the disk is being closed."""
        with self._wake:
            self._wake.wait_for(lambda: self._orders or self._closing)
            self._wake.wait_for(lambda: self._urgent or self._closing, LAZY_S)
            orders, self._orders, self._urgent = self._orders, [], False
        return orders


def connect(path: Path) -> sqlite3.Connection:
    """Open the file so that each COMMIT has reached the disk when it returns.

    In WAL mode `FULL` syncs the log at every commit; whoever reads the file beside us, also after
    a kill, sees all that anybody was told.
    """
    db = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(_SCHEMA)
    return db


def _carry_out(db: sqlite3.Connection, orders: list[_Order]) -> Callable[[], None]:
    """Do them all in one transaction; return what tells those who wait."""
    try:
        db.execute("BEGIN IMMEDIATE")
        settles = [order.run(db) for order in orders]
        db.execute("COMMIT")
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        reason = str(error)

        def fail() -> None:
            for order in orders:
                order.fail(reason)

        return fail

    def settle() -> None:
        for each in settles:
            each()

    return settle


def _keep(db: sqlite3.Connection, serial: str, keep: Keep | KeepMerchantNumber) -> None:
    if isinstance(keep, KeepMerchantNumber):
        db.execute(_PUT_MASK, (serial, keep.number, keep.mask.shown))
        return
    db.execute(_PUT_MEMORY, (serial, msgspec.json.encode(keep.memory)))
    entry = keep.entry
    if entry is not None:
        row = (
            serial,
            entry.number,
            entry.terminal_business_date,
            entry.slip_number,
            entry.operation_id,
            entry.kind,
            entry.state,
            entry.amount,
            msgspec.json.encode(entry),
        )
        db.execute(_PUT_ENTRY, row)
    dropped = [(serial, number) for number in keep.dropped]
    db.executemany(_DROP_ENTRY, dropped)
    db.executemany(_DROP_MASK, dropped)
