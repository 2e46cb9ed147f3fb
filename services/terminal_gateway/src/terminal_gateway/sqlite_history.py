"""The copy of the terminals' journals, in the file of the gateway's own journal."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from contracts.identifiers import BusinessDate, OperationId, SerialNumber, SlipNumber
from contracts.money import Yen
from contracts.operations import OperationKind
from servicekit.clock import Clock
from terminal_gateway.model import Book, Noted, NumberedEntry, Total, Totals
from terminal_gateway.sqlite_writer import SqliteWriter

NUMBER_BITS: Final = 40
"""Room for a terminal's numbers below its book's id in one key."""

COMPLETE_LAZY_S: Final = 30.0
"""How late it is written that nothing is missing; after a crash the copy only looks older."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NumberedEntry).decode

_PUT: Final = """
INSERT INTO entry (key, day, slip, media, kind, state, amount, voids, operation, at_ms, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    day = excluded.day, slip = excluded.slip, media = excluded.media, kind = excluded.kind,
    state = excluded.state, amount = excluded.amount, voids = excluded.voids,
    operation = coalesce(excluded.operation, operation), body = excluded.body
WHERE NOT (
    excluded.state = 'pending' AND state <> 'pending'
    OR excluded.state = 'incomplete' AND state NOT IN ('pending', 'incomplete')
)
"""
"""The rule is `history.is_older`; one contract suite runs on both."""

_PUT_BOOK: Final = """
INSERT INTO book (id, serial, began, complete_to, complete_at_ms) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    began = excluded.began, complete_to = excluded.complete_to,
    complete_at_ms = excluded.complete_at_ms
"""

_KEEP_BOOK: Final = "INSERT OR IGNORE INTO book VALUES (?, ?, ?, ?, ?)"

Read = Callable[[Callable[[], Any]], Any]


class SqliteHistory:
    """`ports.History`. `read` runs a query and says what a damaged file means."""

    def __init__(
        self, reader: sqlite3.Connection, writer: SqliteWriter, clock: Clock, read: Read
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._stale: set[SerialNumber] = set()
        self._ids: dict[SerialNumber, int] = {}
        self._books: dict[SerialNumber, Book] = {}
        for book_id, serial, *rest in self._all("SELECT * FROM book", ()):
            self._ids[serial] = book_id
            self._books[serial] = _book(serial, *rest)

    # --- reads, on the loop: by an index, some microseconds a row ---

    def book(self, serial: SerialNumber) -> Book | None:
        """See `History`."""
        return self._books.get(serial)

    def entry(self, serial: SerialNumber, number: int) -> Noted | None:
        """See `History`."""
        query = "SELECT operation, body FROM entry WHERE key = ?"
        for operation, body in self._all(query, (self._base(serial) + number,)):
            return Noted(serial=serial, entry=self._entry(body), operation_id=operation)
        return None

    def number_of(
        self, serial: SerialNumber, slip_number: SlipNumber, day: BusinessDate | None
    ) -> int | None:
        """See `History`."""
        low, high = self._range(serial, None)
        query = (
            "SELECT key FROM entry INDEXED BY entry_slip WHERE slip = ? AND key > ? AND key < ?"
            " AND (?4 IS NULL OR day = ?4) ORDER BY key DESC LIMIT 1"
        )
        rows = self._all(query, (slip_number, low, high, day))
        return rows[0][0] - low if rows else None

    def missing(self, serial: SerialNumber, *, above: int, upto: int) -> int | None:
        """See `History`."""
        base = self._base(serial)
        if upto <= above:
            return None
        if not self._all("SELECT 1 FROM entry WHERE key = ?", (base + upto,)):
            return upto
        query = (
            "SELECT key - 1 FROM entry AS it WHERE key > ? AND key <= ? AND NOT EXISTS"
            " (SELECT 1 FROM entry WHERE key = it.key - 1) ORDER BY key DESC LIMIT 1"
        )
        rows = self._all(query, (base + above + 1, base + upto))
        return rows[0][0] - base if rows else None

    def unsettled(self, serial: SerialNumber, limit: int) -> tuple[int, ...]:
        """See `History`."""
        low, high = self._range(serial, None)
        query = (
            "SELECT key FROM entry INDEXED BY entry_unsettled"
            " WHERE (state = 'pending' OR state = 'incomplete') AND key > ? AND key < ?"
            " ORDER BY key DESC LIMIT ?"
        )
        return tuple(key - low for (key,) in self._all(query, (low, high, limit)))

    def approved(
        self, serial: SerialNumber, media: str, *, before: int | None, limit: int
    ) -> tuple[tuple[int, OperationId], ...]:
        """See `History`."""
        low, high = self._range(serial, before)
        query = (
            "SELECT key, operation FROM entry INDEXED BY entry_media"
            " WHERE media = ? AND key > ? AND key < ? AND state = 'approved'"
            " AND operation IS NOT NULL ORDER BY key DESC LIMIT ?"
        )
        rows = self._all(query, (media, low, high, limit))
        return tuple((key - low, operation) for key, operation in rows)

    def voids_of(
        self, serial: SerialNumber, slip_number: SlipNumber, above: int
    ) -> tuple[NumberedEntry, ...]:
        """See `History`."""
        low, high = self._range(serial, None)
        query = "SELECT body FROM entry WHERE voids = ? AND key > ? AND key < ? ORDER BY key"
        rows = self._all(query, (slip_number, low + above, high))
        return tuple(self._entry(body) for (body,) in rows)

    def page(
        self,
        serial: SerialNumber,
        *,
        day: BusinessDate | None,
        media: str | None,
        before: int | None,
        limit: int,
    ) -> tuple[NumberedEntry, ...]:
        """See `History`."""
        by = "INDEXED BY entry_day" if day else "INDEXED BY entry_media" if media else ""
        query = f"SELECT body FROM entry {by} WHERE key > ? AND key < ?"  # noqa: S608 - constants
        values: list[Any] = [*self._range(serial, before)]
        for column, value in (("day", day), ("media", media)):
            if value is not None:
                query += f" AND {column} = ?"
                values.append(value)
        rows = self._all(f"{query} ORDER BY key DESC LIMIT ?", (*values, limit))
        return tuple(self._entry(body) for (body,) in rows)

    def totals(self, serial: SerialNumber, day: BusinessDate) -> Totals:
        """See `History`."""
        query = (
            "SELECT media, kind, count(*), sum(amount) FROM entry INDEXED BY entry_day"
            " WHERE day = ? AND key > ? AND key < ? AND state = 'approved' GROUP BY media, kind"
        )
        return {
            (media, OperationKind(kind)): Total(count, Yen(amount))
            for media, kind, count, amount in self._all(query, (day, *self._range(serial, None)))
        }

    # --- writes ---

    def begin(self, book: Book) -> None:
        """See `History`."""
        known = self._ids.get(book.serial)
        self._books[book.serial] = book
        if known is None:
            self._ids[book.serial] = known = max(self._ids.values(), default=0) + 1
        row, span = self._row(book.serial), self._range(book.serial, None)

        def begin(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM entry WHERE key > ? AND key < ?", span)
            connection.execute(_PUT_BOOK, row)

        self._writer.submit_unheard(begin)

    def complete(self, serial: SerialNumber, upto: int, at: datetime) -> None:
        """See `History`."""
        self._books[serial] = replace(self._books[serial], complete_to=upto, complete_at=at)
        self._stale.add(serial)
        if self._timer is None:
            self._timer = self._loop.call_later(COMPLETE_LAZY_S, self.flush)

    async def note(self, noted: Sequence[Noted]) -> None:
        """See `History`."""
        self.prepare(noted)
        at_ms = int(self._clock.now().timestamp() * 1000)
        await self._writer.submit(
            lambda connection: self.write(connection, noted, at_ms), spends=False
        )

    def prepare(self, noted: Sequence[Noted]) -> None:
        """Have a book for each of these, before they are written in the writer's thread."""
        for each in noted:
            if each.serial not in self._ids:
                day = each.entry.line.terminal_business_date
                self.begin(Book(serial=each.serial, began=day))

    def write(self, connection: sqlite3.Connection, noted: Sequence[Noted], at_ms: int) -> None:
        """Put entries into a commit; in the writer's thread."""
        for serial in {each.serial for each in noted}:
            connection.execute(_KEEP_BOOK, self._row(serial))
        for each in noted:
            line = each.entry.line
            connection.execute(
                _PUT,
                (
                    self._base(each.serial) + each.entry.number,
                    line.terminal_business_date,
                    line.slip_number,
                    line.media,
                    line.kind.value,
                    line.state,
                    line.amount,
                    line.voids,
                    each.operation_id,
                    at_ms,
                    _encode(each.entry),
                ),
            )

    def forget(self, connection: sqlite3.Connection, before_ms: int, limit: int) -> int:
        """Delete some of the oldest entries of each book; in the writer's thread."""
        query = (
            "DELETE FROM entry WHERE key > ?1 AND key < ?2 AND at_ms < ?3"
            " AND key < (SELECT min(key) FROM entry WHERE key > ?1 AND key < ?2) + ?4"
        )
        spans = [self._range(serial, None) for serial in tuple(self._ids)]
        return sum(
            connection.execute(query, (low, high, before_ms, limit)).rowcount for low, high in spans
        )

    def flush(self) -> None:
        """Let it be written how complete the books are, with the next commit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows = [self._row(serial) for serial in self._stale]
        self._stale.clear()
        if rows:
            self._writer.submit_unheard(lambda connection: connection.executemany(_PUT_BOOK, rows))

    # --- inside ---

    def _base(self, serial: SerialNumber) -> int:
        return self._ids.get(serial, 0) << NUMBER_BITS

    def _range(self, serial: SerialNumber, before: int | None) -> tuple[int, int]:
        base = self._base(serial)
        return base, base + (before if before is not None else 1 << NUMBER_BITS)

    def _row(self, serial: SerialNumber) -> tuple[Any, ...]:
        book = self._books[serial]
        at = book.complete_at
        at_ms = int(at.timestamp() * 1000) if at is not None else None
        return (self._ids[serial], serial, book.began, book.complete_to, at_ms)

    def _entry(self, body: bytes) -> NumberedEntry:
        return self._read(lambda: _decode(body))

    def _all(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self._read(lambda: self._reader.execute(query, values).fetchall())


def _book(serial: SerialNumber, began: str, complete_to: int, at_ms: int | None) -> Book:
    at = datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms is not None else None
    return Book(serial=serial, began=began, complete_to=complete_to, complete_at=at)
