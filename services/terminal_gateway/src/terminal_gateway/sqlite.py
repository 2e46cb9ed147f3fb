"""The journal on a box's disk: SQLite in WAL mode, every commit synced.

One thread writes. Whatever waits while it syncs goes into its next commit together, so that a slow
disk makes commits larger and not later, and never stops the loop that serves the terminals
(docs/decisions/0501).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from contracts.identifiers import OperationId
from servicekit.clock import Clock
from terminal_gateway.errors import JournalBrokenError, NoRoomError
from terminal_gateway.model import OPEN, Change, Operation, Standing, State, StoredFact, seal
from terminal_gateway.reserve import Reserve
from terminal_gateway.sqlite_history import SqliteHistory
from terminal_gateway.sqlite_writer import SqliteWriter

PUBLISHED_LAZY_S: Final = 5.0
"""How late the mark of what was published is written when no commit takes it along. After a crash
what came in between is published again, and recognised."""

SUSPECT: Final = "journal.suspect"
"""Beside a journal in which damage was found while it was in use: the next start puts it aside."""

PRUNE_MAX: Final = 500
"""Rows looked at in one commit when old ones are forgotten: a few milliseconds."""

_encode = msgspec.json.Encoder().encode
_decode_operation = msgspec.json.Decoder(Operation).decode
_decode_trace = msgspec.json.Decoder(dict[str, str]).decode


class Tail(NamedTuple):
    """Where the next fact goes."""

    position: int
    epoch: int
    sequence: int


class SqliteJournal:
    """`ports.Journal` on one SQLite file. Made by `sqlite_file.open_journal`."""

    def __init__(
        self,
        *,
        path: Path,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        standing: Standing,
        company: str,
        store: str,
        clock: Clock,
        reserve: Reserve,
    ) -> None:
        self._reader = reader
        self._connection = writer
        self._standing = standing
        self._company = company
        self._store = store
        self._clock = clock
        self._reserve = reserve
        self._tail = read_tail(writer, standing.epoch)
        self._published = meta_integer(writer, "published")
        self._published_written = self._published
        self._loop = asyncio.get_running_loop()
        self._flush_timer: asyncio.TimerHandle | None = None
        self._suspect = path.with_name(SUSPECT)
        self._writer = SqliteWriter(
            writer,
            reserve,
            rolled_back=self._read_tail_again,
        )
        self._history = SqliteHistory(reader, self._writer, clock, self._read)

    # --- reads, on the loop: single rows by an index, some microseconds ---

    @property
    def history(self) -> SqliteHistory:
        """See `Journal`."""
        return self._history

    def standing(self) -> Standing:
        """See `Journal`."""
        return self._standing

    def find(self, operation_id: OperationId) -> Operation | None:
        """See `Journal`."""
        row = self._one("SELECT body FROM operation WHERE id = ?", (operation_id,))
        return None if row is None else self._read(lambda: _decode_operation(row[0]))

    def has_seen(self, key: str) -> bool:
        """See `Journal`."""
        return self._one("SELECT 1 FROM seen WHERE key = ?", (key,)) is not None

    def has_room(self) -> bool:
        """See `Journal`."""
        if not self._reserve.whole:
            self._writer.submit_unheard(lambda _: self._reserve.restore())
        return self._reserve.whole

    def first_kept(self, epoch: int) -> int:
        """See `Journal`."""
        row = self._one("SELECT min(sequence) FROM fact WHERE epoch = ?", (epoch,))
        return (row[0] if row else None) or 0

    async def unpublished(self, *, after: int, limit: int) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        above = max(after, self._published)
        return self._facts("position > ? ORDER BY position LIMIT ?", (above, limit))

    async def facts_between(self, *, epoch: int, first: int, last: int) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        return self._facts(
            "epoch = ? AND sequence BETWEEN ? AND ? ORDER BY sequence", (epoch, first, last)
        )

    # --- writes ---

    async def save(self, change: Change) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        spends = all(operation.state is not State.INTENDED for operation in change.operations)
        self._history.prepare(change.noted)
        return await self._writer.submit(
            lambda connection: self._save(connection, change), spends=spends
        )

    async def take_epoch(self, epoch: int, *, lost_at: datetime | None) -> None:
        """See `Journal`."""

        def take(connection: sqlite3.Connection) -> None:
            put_meta(connection, "epoch", epoch)
            if lost_at is not None:
                put_meta(connection, "lost_at", lost_at.isoformat())
            self._tail = read_tail(connection, epoch)

        await self._writer.submit(take, spends=True)
        self._standing = msgspec.structs.replace(
            self._standing, epoch=epoch, lost_at=lost_at or self._standing.lost_at
        )

    async def keep_configuration(self, document: bytes) -> None:
        """See `Journal`."""
        await self._writer.submit(
            lambda connection: put_meta(connection, "configuration", document), spends=True
        )
        self._standing = msgspec.structs.replace(self._standing, configuration=document)

    def mark_published(self, position: int) -> None:
        """See `Journal`."""
        self._published = max(self._published, position)
        if self._flush_timer is None:
            self._flush_timer = self._loop.call_later(PUBLISHED_LAZY_S, self._flush)

    async def writable(self) -> bool:
        """See `Journal`."""
        try:
            await self._writer.submit(
                lambda connection: put_meta(connection, "tried", 1), spends=False
            )
        except (NoRoomError, JournalBrokenError):
            return False
        return True

    async def prune(self, *, facts_before: datetime, operations_before: datetime) -> int:
        """See `Journal`."""
        published, old_facts = self._published, milliseconds(facts_before)
        old_operations = milliseconds(operations_before)

        def forget(connection: sqlite3.Connection) -> int:
            # The newest fact stays: where its epoch's count goes on is read from it.
            return (
                _forget_oldest(connection, "fact", "position < ?", (published,), old_facts)
                + _forget_oldest(connection, "operation", "open = ?", (0,), old_operations)
                + _forget_oldest(connection, "seen", "1 = ?", (1,), old_operations)
                + self._history.forget(connection, old_operations, PRUNE_MAX)
            )

        return await self._writer.submit(forget, spends=False)

    async def close(self) -> None:
        """See `Journal`."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
        self._flush()
        self._history.flush()
        await self._writer.close()
        self._reader.close()

    def _flush(self) -> None:
        self._flush_timer = None
        if self._published > self._published_written:
            self._writer.submit_unheard(self._write_published)

    # --- in the writer's thread ---

    def _save(self, connection: sqlite3.Connection, change: Change) -> tuple[StoredFact, ...]:
        now_ms = milliseconds(self._clock.now())
        for operation in change.operations:
            write_operation(connection, operation, milliseconds(operation.intent.at))
        facts = tuple(self._append(connection, draft, now_ms) for draft in change.facts)
        for key in change.seen:
            connection.execute(
                "INSERT OR IGNORE INTO seen (key, at_ms) VALUES (?, ?)", (key, now_ms)
            )
        self._history.write(connection, change.noted, now_ms)
        self._write_published(connection)
        return facts

    def _append(self, connection: sqlite3.Connection, draft: Any, now_ms: int) -> StoredFact:
        tail = self._tail
        fact = StoredFact(
            position=tail.position,
            id=draft.id,
            epoch=tail.epoch,
            sequence=tail.sequence,
            terminal=draft.terminal,
            name=draft.name,
            payload=seal(
                draft,
                company=self._company,
                store=self._store,
                epoch=tail.epoch,
                sequence=tail.sequence,
            ),
            trace=draft.trace,
        )
        connection.execute(
            "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                fact.position,
                fact.id,
                fact.epoch,
                fact.sequence,
                fact.terminal,
                fact.name,
                now_ms,
                _encode(fact.trace),
                fact.payload,
            ),
        )
        self._tail = Tail(tail.position + 1, tail.epoch, tail.sequence + 1)
        return fact

    def _write_published(self, connection: sqlite3.Connection) -> None:
        published = self._published
        if published > self._published_written:
            put_meta(connection, "published", published)
            self._published_written = published

    def _read_tail_again(self) -> None:
        self._published_written = 0
        self._tail = read_tail(self._connection, self._tail.epoch)

    # --- reading ---

    def _one(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        return self._read(lambda: self._reader.execute(query, values).fetchone())

    def _facts(self, where: str, values: tuple[Any, ...]) -> tuple[StoredFact, ...]:
        query = (
            "SELECT position, id, epoch, sequence, terminal, name, trace, payload"  # noqa: S608 - constants
            f" FROM fact WHERE {where}"
        )
        rows = self._read(lambda: self._reader.execute(query, values).fetchall())
        return tuple(
            StoredFact(
                position=position,
                id=fact_id,
                epoch=epoch,
                sequence=sequence,
                terminal=terminal,
                name=name,
                trace=_decode_trace(trace),
                payload=payload,
            )
            for position, fact_id, epoch, sequence, terminal, name, trace, payload in rows
        )

    def _read(self, query: Callable[[], Any]) -> Any:
        try:
            return query()
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            if not isinstance(error, sqlite3.OperationalError):
                self._suspect.touch()
            raise JournalBrokenError(str(error)) from error


def write_operation(connection: sqlite3.Connection, operation: Operation, at_ms: int) -> None:
    """Insert an operation, or replace what is known of it; its place stays."""
    connection.execute(
        "INSERT INTO operation (id, open, at_ms, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body",
        (operation.id, operation.state in OPEN, at_ms, _encode(operation)),
    )


def read_open_operations(connection: sqlite3.Connection) -> tuple[Operation, ...]:
    """Return open operations, oldest first."""
    rows = connection.execute("SELECT body FROM operation WHERE open = 1 ORDER BY position")
    return tuple(_decode_operation(body) for (body,) in rows)


def read_tail(connection: sqlite3.Connection, epoch: int) -> Tail:
    """Return where the next fact of an epoch goes. Published facts may be gone: they counted."""
    position = connection.execute("SELECT max(position) FROM fact").fetchone()[0] or 0
    published = meta_integer(connection, "published")
    sequence = connection.execute(
        "SELECT max(sequence) FROM fact WHERE epoch = ?", (epoch,)
    ).fetchone()[0]
    return Tail(max(position, published) + 1, epoch, (sequence or 0) + 1)


def meta_integer(connection: sqlite3.Connection, name: str) -> int:
    """Return a number kept under a name, 0 when there is none."""
    value = get_meta(connection, name)
    return int(value) if value is not None else 0


def get_meta(connection: sqlite3.Connection, name: str) -> Any:
    """Return what is kept under a name, or None."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def put_meta(connection: sqlite3.Connection, name: str, value: int | str | bytes) -> None:
    """Keep a value under a name."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def milliseconds(at: datetime) -> int:
    """Return a time as the journal's columns have it."""
    return int(at.timestamp() * 1000)


def _forget_oldest(
    connection: sqlite3.Connection, table: str, where: str, values: tuple[int, ...], old_ms: int
) -> int:
    # Only the oldest rows are looked at, so that a large journal costs no more than a small one.
    query = (
        f"DELETE FROM {table} WHERE position < (SELECT min(position) FROM {table}) + ?"  # noqa: S608 - constants
        f" AND {where} AND at_ms < ?"
    )
    return connection.execute(query, (PRUNE_MAX, *values, old_ms)).rowcount
