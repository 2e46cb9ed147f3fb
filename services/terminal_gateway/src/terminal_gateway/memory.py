"""The journal's twin in memory, for tests and the simulation: same promises, no disk.

`MemoryDisk` outlives the process that is simulated; `MemoryJournal` is one process's view of it.
What was not synced when the process or the power died is gone, exactly as on a real disk.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from contracts.identifiers import CompanyCode, OperationId, SerialNumber, StoreCode
from servicekit.clock import Clock
from servicekit.ids import Ids
from terminal_gateway.errors import JournalBrokenError, NoRoomError
from terminal_gateway.memory_history import Entries, MemoryHistory, Times
from terminal_gateway.model import (
    OPEN,
    Book,
    Change,
    FactDraft,
    Noted,
    Operation,
    Standing,
    State,
    StoredFact,
    seal,
)

Sync = Callable[[], Awaitable[None]]
"""Awaited where a disk would sync: a simulation lets time pass there, or ends the process."""

ROOM_MAX = 1 << 40
"""Commits that fit, unless a test says otherwise."""


async def at_once() -> None:
    """Sync without waiting."""


class KeptFact(Struct, frozen=True):
    """A fact and when it was kept."""

    fact: StoredFact
    at: datetime


class MemoryDisk:
    """What is on the disk. `room` counts the commits that still fit; the last is set aside."""

    def __init__(self, journal_id: str) -> None:
        self.journal_id = journal_id
        self.epoch = 0
        self.configuration: bytes | None = None
        self.lost_at: datetime | None = None
        self.operations: dict[OperationId, Operation] = {}
        self.facts: list[KeptFact] = []
        self.seen: dict[str, datetime] = {}
        self.books: dict[SerialNumber, Book] = {}
        self.entries: Entries = {}
        self.noted_at: Times = {}
        self.published = 0
        self.position = 0
        self.sequences: dict[int, int] = {}
        self.room = ROOM_MAX

    def lose_everything(self, at: datetime, ids: Ids) -> None:
        """Let the file be damaged: a new journal begins, and knows it."""
        configuration, room = self.configuration, self.room
        self.__init__(ids.uuid())
        self.lost_at, self.configuration, self.room = at, configuration, room


class MemoryJournal:
    """`ports.Journal` on a `MemoryDisk`."""

    def __init__(
        self,
        disk: MemoryDisk,
        *,
        company: CompanyCode,
        store: StoreCode,
        clock: Clock,
        sync: Sync = at_once,
    ) -> None:
        self._disk = disk
        self._company = company
        self._store = store
        self._clock = clock
        self._sync = sync
        self._published = disk.published
        self._crashed = False
        self._history = MemoryHistory(disk.books, disk.entries, disk.noted_at, self._note)

    @property
    def history(self) -> MemoryHistory:
        """See `Journal`."""
        return self._history

    def crash(self) -> None:
        """The process is gone: nothing it still does reaches the disk."""
        self._crashed = True

    def standing(self) -> Standing:
        """See `Journal`."""
        disk = self._disk
        return Standing(
            journal_id=disk.journal_id,
            epoch=disk.epoch,
            configuration=disk.configuration,
            lost_at=disk.lost_at,
            open_operations=tuple(one for one in disk.operations.values() if one.state in OPEN),
            unpublished=sum(kept.fact.position > disk.published for kept in disk.facts),
        )

    def find(self, operation_id: OperationId) -> Operation | None:
        """See `Journal`."""
        return self._disk.operations.get(operation_id)

    def has_seen(self, key: str) -> bool:
        """See `Journal`."""
        return key in self._disk.seen

    def has_room(self) -> bool:
        """See `Journal`."""
        return self._disk.room > 1

    async def save(self, change: Change) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        begins = any(one.state is State.INTENDED for one in change.operations)
        await self._committing(spends=not begins)
        disk = self._disk
        for operation in change.operations:
            disk.operations[operation.id] = operation
        now = self._clock.now()
        facts = tuple(self._append(draft) for draft in change.facts)
        disk.facts.extend(KeptFact(fact, now) for fact in facts)
        for key in change.seen:
            disk.seen.setdefault(key, now)
        self._history.write(change.noted, now)
        disk.published = self._published
        return facts

    async def take_epoch(self, epoch: int, *, lost_at: datetime | None) -> None:
        """See `Journal`."""
        await self._committing(spends=True)
        self._disk.epoch = epoch
        self._disk.lost_at = lost_at or self._disk.lost_at

    async def keep_configuration(self, document: bytes) -> None:
        """See `Journal`."""
        await self._committing(spends=True)
        self._disk.configuration = document

    async def unpublished(self, *, after: int, limit: int) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        above = max(after, self._published)
        waiting = (kept.fact for kept in self._disk.facts if kept.fact.position > above)
        return tuple(waiting)[:limit]

    async def facts_between(self, *, epoch: int, first: int, last: int) -> tuple[StoredFact, ...]:
        """See `Journal`."""
        return tuple(
            kept.fact
            for kept in self._disk.facts
            if kept.fact.epoch == epoch and first <= kept.fact.sequence <= last
        )

    def first_kept(self, epoch: int) -> int:
        """See `Journal`."""
        kept = (each.fact.sequence for each in self._disk.facts if each.fact.epoch == epoch)
        return min(kept, default=0)

    def mark_published(self, position: int) -> None:
        """See `Journal`."""
        self._published = max(self._published, position)

    async def writable(self) -> bool:
        """See `Journal`."""
        return self._disk.room > 0 and not self._crashed

    async def prune(self, *, facts_before: datetime, operations_before: datetime) -> int:
        """See `Journal`."""
        disk = self._disk
        before = len(disk.facts) + len(disk.operations) + len(disk.seen)
        disk.facts = [
            kept
            for kept in disk.facts
            if kept.at >= facts_before or kept.fact.position > self._published
        ]
        disk.operations = {
            one.id: one
            for one in disk.operations.values()
            if one.state in OPEN or one.intent.at >= operations_before
        }
        disk.seen = {key: at for key, at in disk.seen.items() if at >= operations_before}
        gone = before - len(disk.facts) - len(disk.operations) - len(disk.seen)
        return gone + self._history.forget(operations_before)

    async def close(self) -> None:
        """See `Journal`."""
        if not self._crashed:
            self._disk.published = self._published

    async def _note(self, noted: Sequence[Noted]) -> None:
        await self._committing(spends=False)
        self._history.write(noted, self._clock.now())

    async def _committing(self, *, spends: bool) -> None:
        await self._sync()
        if self._crashed:
            raise JournalBrokenError("this process is gone")
        if self._disk.room < (1 if spends else 2):
            raise NoRoomError
        self._disk.room -= 1

    def _append(self, draft: FactDraft) -> StoredFact:
        disk = self._disk
        disk.position += 1
        sequence = disk.sequences[disk.epoch] = disk.sequences.get(disk.epoch, 0) + 1
        return StoredFact(
            position=disk.position,
            id=draft.id,
            epoch=disk.epoch,
            sequence=sequence,
            terminal=draft.terminal,
            name=draft.name,
            payload=seal(
                draft,
                company=self._company,
                store=self._store,
                epoch=disk.epoch,
                sequence=sequence,
            ),
            trace=draft.trace,
        )
