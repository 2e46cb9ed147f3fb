"""The twin in memory of the copy of the terminals' journals."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from contracts.identifiers import BusinessDate, OperationId, SerialNumber, SlipNumber
from contracts.money import Yen
from contracts.operations import OperationKind
from terminal_gateway import history
from terminal_gateway.model import Book, Noted, NumberedEntry, Total, Totals

Entries = dict[SerialNumber, dict[int, Noted]]
Times = dict[tuple[SerialNumber, int], datetime]
"""When each entry was first noted."""


class MemoryHistory:
    """`ports.History` on the dictionaries of a `MemoryDisk`.

    `keep` commits; what only `complete` said is lost when the process dies before the next commit.
    """

    def __init__(
        self,
        books: dict[SerialNumber, Book],
        entries: Entries,
        times: Times,
        keep: Callable[[Sequence[Noted]], Awaitable[None]],
    ) -> None:
        self._books = dict(books)
        self._kept_books = books
        self._entries = entries
        self._times = times
        self._keep = keep

    def book(self, serial: SerialNumber) -> Book | None:
        """See `History`."""
        return self._books.get(serial)

    def begin(self, book: Book) -> None:
        """See `History`."""
        self._books[book.serial] = book
        self._entries.pop(book.serial, None)

    def complete(self, serial: SerialNumber, upto: int, at: datetime) -> None:
        """See `History`."""
        self._books[serial] = replace(self._books[serial], complete_to=upto, complete_at=at)

    async def note(self, noted: Sequence[Noted]) -> None:
        """See `History`."""
        await self._keep(noted)

    def entry(self, serial: SerialNumber, number: int) -> Noted | None:
        """See `History`."""
        return self._of(serial).get(number)

    def number_of(
        self, serial: SerialNumber, slip_number: SlipNumber, day: BusinessDate | None
    ) -> int | None:
        """See `History`."""
        numbers = (
            number
            for number, kept in self._of(serial).items()
            if kept.entry.line.slip_number == slip_number
            and day in {None, kept.entry.line.terminal_business_date}
        )
        return max(numbers, default=None)

    def missing(self, serial: SerialNumber, *, above: int, upto: int) -> int | None:
        """See `History`."""
        held = self._of(serial)
        return next((number for number in range(upto, above, -1) if number not in held), None)

    def unsettled(self, serial: SerialNumber, limit: int) -> tuple[int, ...]:
        """See `History`."""
        held = self._of(serial)
        open_ones = [n for n, kept in held.items() if kept.entry.line.state in history.UNSETTLED]
        return tuple(sorted(open_ones, reverse=True)[:limit])

    def approved(
        self, serial: SerialNumber, media: str, *, before: int | None, limit: int
    ) -> tuple[tuple[int, OperationId], ...]:
        """See `History`."""
        chosen = (
            (number, kept.operation_id)
            for number, kept in sorted(self._of(serial).items(), reverse=True)
            if (before is None or number < before)
            and (kept.entry.line.media, kept.entry.line.state) == (media, history.APPROVED)
            and kept.operation_id is not None
        )
        return tuple(islice(chosen, limit))

    def voids_of(
        self, serial: SerialNumber, slip_number: SlipNumber, above: int
    ) -> tuple[NumberedEntry, ...]:
        """See `History`."""
        return tuple(
            kept.entry
            for number, kept in sorted(self._of(serial).items())
            if number > above and kept.entry.line.voids == slip_number
        )

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
        chosen = (
            kept.entry
            for number, kept in sorted(self._of(serial).items(), reverse=True)
            if (before is None or number < before)
            and day in {None, kept.entry.line.terminal_business_date}
            and media in {None, kept.entry.line.media}
        )
        return tuple(chosen)[:limit]

    def totals(self, serial: SerialNumber, day: BusinessDate) -> Totals:
        """See `History`."""
        sums: dict[tuple[str, OperationKind], Total] = {}
        for kept in self._of(serial).values():
            line = kept.entry.line
            if line.terminal_business_date == day and line.state == history.APPROVED:
                before = sums.get((line.media, line.kind), Total(0, Yen(0)))
                total = Total(before.operations + 1, Yen(before.amount + line.amount))
                sums[line.media, line.kind] = total
        return sums

    def forget(self, before: datetime) -> int:
        """Drop what was first noted before a time; return how many."""
        old = [key for key, at in self._times.items() if at < before]
        for serial, number in old:
            del self._times[serial, number]
            self._entries.get(serial, {}).pop(number, None)
        return len(old)

    def write(self, noted: Sequence[Noted], at: datetime) -> None:
        """Take entries in, as part of a commit."""
        for each in noted:
            self._times.setdefault((each.serial, each.entry.number), at)
            line = each.entry.line
            self._books.setdefault(
                each.serial, Book(serial=each.serial, began=line.terminal_business_date)
            )
            held = self._entries.setdefault(each.serial, {})
            before = held.get(each.entry.number)
            if before is None:
                held[each.entry.number] = each
            elif not history.is_older(line.state, before.entry.line.state):
                claim: OperationId | None = each.operation_id or before.operation_id
                held[each.entry.number] = replace(each, operation_id=claim)
        self._kept_books.update(self._books)

    def _of(self, serial: SerialNumber) -> dict[int, Noted]:
        return self._entries.get(serial, {})
