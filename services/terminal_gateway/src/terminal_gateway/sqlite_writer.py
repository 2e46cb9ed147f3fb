"""The one thread that writes the journal: group commit, room set aside, checkpoints when idle."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

from terminal_gateway.errors import JournalBrokenError, NoRoomError
from terminal_gateway.reserve import Reserve

GROUP_MAX: Final = 64
"""As many commits share one sync; more terminals than a store has."""

CHECKPOINT_COMMITS: Final = 160
"""After so many (some 25 kB each, 4 MB of WAL) it is moved to the database once nobody has waited
for `CHECKPOINT_IDLE_S`. Counted, since the WAL's file never becomes smaller again."""

CHECKPOINT_COMMITS_MAX: Final = 640
"""So many are moved whether somebody waits or not."""

CHECKPOINT_IDLE_S: Final = 0.05

_FULL_CODES: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})
"""No space, quota or file size limit: SQLite tells them apart no further."""

Value = TypeVar("Value")
Work = Callable[[sqlite3.Connection], Any]


class Job(NamedTuple):
    """What to do and who waits. `spends`: it may use the room set aside for results."""

    work: Work
    answer: asyncio.Future[Any] | None
    spends: bool


class SqliteWriter:
    """Commits what it is given, in order; what waits meanwhile shares the next sync.

    `rolled_back` is called in the thread when a commit failed, so that counters can be read anew.
    After `JournalBrokenError` every further job fails the same way.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        reserve: Reserve,
        *,
        rolled_back: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._reserve = reserve
        self._rolled_back = rolled_back
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._broken: JournalBrokenError | None = None
        self._since_checkpoint = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> JournalBrokenError | None:
        """Why nothing can be written any more, if so."""
        return self._broken

    def submit(
        self, work: Callable[[sqlite3.Connection], Value], *, spends: bool
    ) -> asyncio.Future[Value]:
        """Return a future that ends when the work is on disk, or with `NoRoomError`."""
        answer: asyncio.Future[Value] = self._loop.create_future()
        self._jobs.put(Job(work, answer, spends))
        return answer

    def submit_unheard(self, work: Work) -> None:
        """Do it with the next commit; nobody waits."""
        self._jobs.put(Job(work, None, spends=False))

    async def close(self) -> None:
        """Write what waits, then let go of the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- in the thread ---

    def _run(self) -> None:
        open_for_work = True
        while open_for_work:
            first = self._next_job()
            if first is None:
                break
            group = [first]
            while len(group) < GROUP_MAX:
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    break
                if job is None:
                    open_for_work = False
                    break
                group.append(job)
            self._commit_group(group)
        with suppress(sqlite3.Error):
            self._connection.close()

    def _next_job(self) -> Job | None:
        if self._since_checkpoint < CHECKPOINT_COMMITS:
            return self._jobs.get()
        if self._since_checkpoint < CHECKPOINT_COMMITS_MAX:
            try:
                return self._jobs.get(timeout=CHECKPOINT_IDLE_S)
            except Empty:
                pass
        self._checkpoint("PASSIVE")
        return self._jobs.get()

    def _commit_group(self, group: list[Job]) -> None:
        outcome = self._try_commit(group)
        if isinstance(outcome, list):
            self._tell([(job, value) for job, value in zip(group, outcome, strict=True)])
        elif isinstance(outcome, NoRoomError):
            for job in group:
                self._commit_alone(job)
        else:
            self._tell([(job, outcome) for job in group])
        self._since_checkpoint += len(group)

    def _commit_alone(self, job: Job) -> None:
        """The disk is full: what may use the room set aside gets it, the rest is told."""
        outcome = self._try_commit([job])
        if isinstance(outcome, NoRoomError):
            self._checkpoint("TRUNCATE")
            if job.spends:
                self._reserve.give_up()
            outcome = self._try_commit([job])
        self._tell([(job, outcome[0] if isinstance(outcome, list) else outcome)])

    def _try_commit(self, group: list[Job]) -> list[Any] | NoRoomError | JournalBrokenError:
        if self._broken is not None:
            return self._broken
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            values = [job.work(self._connection) for job in group]
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            self._rolled_back()
            if getattr(error, "sqlite_errorcode", 0) in _FULL_CODES:
                return NoRoomError()
            self._broken = JournalBrokenError(str(error))
            return self._broken
        return values

    def _checkpoint(self, mode: str) -> None:
        self._since_checkpoint = 0
        with suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()

    def _tell(self, outcomes: list[tuple[Job, Any]]) -> None:
        heard = [(job.answer, value) for job, value in outcomes if job.answer is not None]
        if heard:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(_answer, heard)


def _answer(heard: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for answer, value in heard:
        if answer.done():
            continue
        if isinstance(value, Exception):
            answer.set_exception(value)
        else:
            answer.set_result(value)
