"""One set of promises, two journals: on a disk, and in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from terminal_gateway.memory import MemoryDisk, MemoryJournal
from terminal_gateway.ports import Journal
from terminal_gateway.sqlite_file import JournalHome, open_journal
from testkit.clock import CountingIds, FakeClock

Reopen = Callable[[], Awaitable[Journal]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
async def reopen(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Reopen]:
    """Open the journal; again: what was open is closed and read anew."""
    disk = MemoryDisk("00000000-0000-7000-8000-0000000000aa")
    home = JournalHome(tmp_path / "edge")
    ids = CountingIds(family=9)
    opened: list[Journal] = []

    async def open_again() -> Journal:
        if opened:
            await opened.pop().close()
        if request.param == "memory":
            journal: Journal = MemoryJournal(disk, company="DEMO", store="S001", clock=clock)
        else:
            journal = open_journal(home, company="DEMO", store="S001", clock=clock, ids=ids)
        opened.append(journal)
        return journal

    yield open_again
    if opened:
        await opened.pop().close()
    home.release()


@pytest.fixture
async def journal(reopen: Reopen) -> Journal:
    return await reopen()
