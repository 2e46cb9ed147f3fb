"""The terminal's journal: what it did, how far back that reaches, and the answers drawn from it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec import structs

from ct6100.codec import group_size
from ct6100.effects import KeptEntry, Memory
from ct6100.frames import PAYLOAD_MAX
from ct6100.messages import AskJournal, Journal
from ct6100.records import EntryState, JournalEntry, Kind, TotalLine
from ct6100.screens import HISTORY_LINES

PAGE_MAX: Final = 16
"""Entries in one `Journal`: with full slips they fill about one frame."""

PAGE_ROOM: Final = PAYLOAD_MAX - 256
"""Bytes for the entries of one page; the rest of the message needs less than it leaves."""

_GIVES_BACK: Final = frozenset({EntryState.APPROVED, EntryState.PENDING, EntryState.INCOMPLETE})

NOT_STORED_MAX: Final = 100
"""Results that the register owes an answer for; then no further operation is taken."""


class JournalBook:
    """Entries by number, without a gap, the oldest dropped when the horizon is passed.

    One that is pending, or whose result is not stored, is never dropped, nor is one after it.
    """

    def __init__(self, entries: Iterable[KeptEntry], horizon: int) -> None:
        self._entries = {entry.number: entry for entry in entries}
        self._horizon = horizon
        self._by_operation = {e.operation_id: e.number for e in self._entries.values()}

    def __iter__(self) -> Iterator[KeptEntry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, number: int) -> KeptEntry | None:
        """Return the entry with this number, if it is kept."""
        return self._entries.get(number)

    def of_operation(self, operation_id: str) -> KeptEntry | None:
        """Return the entry of an operation, if it is kept."""
        number = self._by_operation.get(operation_id)
        return None if number is None else self._entries.get(number)

    def put(self, entry: KeptEntry) -> None:
        """Add an entry, or put it in the place of the one with its number."""
        self._entries[entry.number] = entry
        self._by_operation[entry.operation_id] = entry.number

    def pending(self) -> list[KeptEntry]:
        """Return the entries that wait for the centre, oldest first."""
        return [entry for entry in self if entry.state is EntryState.PENDING]

    def paid(
        self, media: str | None, *, slip_number: str | None = None, order_number: str | None = None
    ) -> KeptEntry | None:
        """Return the newest approved payment with that number: slip numbers wrap."""
        for entry in reversed(self._entries.values()):
            if (
                (entry.kind, entry.state) == (Kind.PAYMENT, EntryState.APPROVED)
                and media in {None, entry.media}
                and slip_number in {None, entry.slip_number}
                and order_number in {None, entry.order_number}
            ):
                return entry
        return None

    def given_back_by(self, paid: KeptEntry) -> KeptEntry | None:
        """Return what gives a payment back, or may still come to that; the latter last."""
        voiding = [
            entry
            for entry in self
            if entry.number > paid.number
            and entry.voids == paid.slip_number
            and entry.kind is not Kind.PAYMENT
            and entry.state in _GIVES_BACK
        ]
        return min(voiding, key=lambda entry: entry.state is not EntryState.APPROVED, default=None)

    def is_given_back(self, paid: KeptEntry) -> bool:
        """Whether its money is back with the customer: 取消・返品 in the history."""
        by = self.given_back_by(paid) if paid.kind is Kind.PAYMENT else None
        return by is not None and by.state is EntryState.APPROVED

    def lines(self, media: str, page: int) -> tuple[KeptEntry, ...]:
        """Return the lines of one page of the history on the glass, newest first."""
        chosen = [entry for entry in reversed(self._entries.values()) if entry.media == media]
        return tuple(chosen[page * HISTORY_LINES : (page + 1) * HISTORY_LINES])

    def full(self) -> bool:
        """Whether nothing can be dropped any more to make room."""
        return len(self) >= self._horizon + NOT_STORED_MAX

    def drop_old(self, not_stored: tuple[int, ...]) -> list[KeptEntry]:
        """Drop what is past the horizon and return it, oldest first."""
        dropped: list[KeptEntry] = []
        while len(self) > self._horizon:
            oldest = next(iter(self))
            if oldest.state is EntryState.PENDING or oldest.number in not_stored:
                break
            del self._entries[oldest.number]
            if self._by_operation.get(oldest.operation_id) == oldest.number:
                del self._by_operation[oldest.operation_id]
            dropped.append(oldest)
        return dropped

    def answer(self, ask: AskJournal, memory: Memory, *, echo: bool, now: datetime) -> Journal:
        """Return one page, newest first, and what it is good for."""
        page: list[JournalEntry] = []
        room = PAGE_ROOM
        more = False
        for entry in reversed(self._entries.values()):
            if not _matches(entry, ask):
                continue
            shown = _outward(entry, echo=echo)
            room -= group_size(shown)
            if len(page) >= max(1, min(ask.limit, PAGE_MAX)) or room < 0:
                more = True
                break
            page.append(shown)
        return Journal(
            request=ask.request,
            entries=tuple(page),
            covers_from=memory.dropped_until or memory.born_at,
            covers_to=now,
            covers_first=memory.dropped_number + 1,
            covers_last=memory.next_number - 1,
            complete=not more and self._whole(memory),
            more=more,
            pending=len(self.pending()),
        )

    def totals(self, day: str) -> tuple[TotalLine, ...]:
        """Return the approved operations of one day by media and kind."""
        sums: dict[tuple[str, Kind], tuple[int, int]] = {}
        for entry in self:
            if entry.terminal_business_date == day and entry.state is EntryState.APPROVED:
                key = (entry.media, entry.kind)
                count, amount = sums.get(key, (0, 0))
                sums[key] = (count + 1, amount + entry.amount)
        return tuple(
            TotalLine(media=media, kind=kind, count=count, amount=amount)
            for (media, kind), (count, amount) in sorted(sums.items())
        )

    def holds_day(self, day: str, memory: Memory) -> bool:
        """Whether no entry of that day was dropped."""
        oldest = next(iter(self), None)
        whole = memory.dropped_number == 0 or (
            oldest is not None and oldest.terminal_business_date < day
        )
        return whole and self._whole(memory)

    def _whole(self, memory: Memory) -> bool:
        """Whether every number between the horizon and the newest is there."""
        return len(self) == memory.next_number - 1 - memory.dropped_number


def _matches(entry: JournalEntry, ask: AskJournal) -> bool:
    wanted = (
        (ask.operation_id, entry.operation_id),
        (ask.slip_number, entry.slip_number),
        (ask.terminal_business_date, entry.terminal_business_date),
        (ask.media, entry.media),
    )
    in_page = ask.before is None or entry.number < ask.before
    return in_page and all(want is None or want == has for want, has in wanted)


def _outward(entry: KeptEntry, *, echo: bool) -> JournalEntry:
    """Return the entry as the link may show it: a slip only where money moved."""
    return structs.replace(
        entry.outward(),
        operation_id=entry.operation_id if echo else None,
        slip=entry.slip if entry.state is EntryState.APPROVED else None,
    )
