"""The writer's thread on a real file that a limit on its pages makes full."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from terminal_gateway.errors import JournalBrokenError, NoRoomError
from terminal_gateway.reserve import Reserve
from terminal_gateway.sqlite_writer import SqliteWriter, Work

LARGE = b"x" * 20_000


class Room(Reserve):
    """A reserve whose room is pages of the database instead of blocks of the disk."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._connection = connection
        super().__init__(path, size_bytes=4096)

    def give_up(self) -> None:
        super().give_up()
        self._connection.execute("PRAGMA max_page_count = 1000")


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(tmp_path / "j", isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA journal_mode = WAL")
    made.execute("CREATE TABLE t (v BLOB)")
    return made


@pytest.fixture
def rolled_back() -> list[None]:
    return []


@pytest.fixture
def reserve(tmp_path: Path, connection: sqlite3.Connection) -> Room:
    return Room(tmp_path / "reserve", connection)


@pytest.fixture
async def writer(
    connection: sqlite3.Connection, reserve: Room, rolled_back: list[None]
) -> AsyncIterator[SqliteWriter]:
    made = SqliteWriter(
        connection,
        reserve,
        rolled_back=lambda: rolled_back.append(None),
    )
    yield made
    await made.close()


def put(value: bytes) -> Work:
    return lambda connection: connection.execute("INSERT INTO t VALUES (?)", (value,)).lastrowid


async def test_what_waits_together_is_committed_in_order(writer: SqliteWriter) -> None:
    rows = await asyncio.gather(*(writer.submit(put(b"1"), spends=False) for _ in range(150)))
    assert rows == list(range(1, 151))


async def test_a_full_disk_refuses_what_may_not_spend_the_reserve(
    writer: SqliteWriter, reserve: Room, rolled_back: list[None]
) -> None:
    await writer.submit(lambda c: c.execute("PRAGMA max_page_count = 3").fetchone(), spends=False)
    with pytest.raises(NoRoomError):
        await writer.submit(put(LARGE), spends=False)
    assert reserve.whole
    assert rolled_back


async def test_a_full_disk_gives_the_reserve_to_a_result(
    writer: SqliteWriter, reserve: Room
) -> None:
    await writer.submit(lambda c: c.execute("PRAGMA max_page_count = 3").fetchone(), spends=False)
    assert await writer.submit(put(LARGE), spends=True) == 1
    assert not reserve.whole
    reserve.restore()
    assert reserve.whole


async def test_one_that_does_not_fit_does_not_take_the_others_with_it(
    writer: SqliteWriter,
) -> None:
    await writer.submit(lambda c: c.execute("PRAGMA max_page_count = 3").fetchone(), spends=False)
    outcomes = await asyncio.gather(
        writer.submit(put(b"1"), spends=False),
        writer.submit(put(LARGE), spends=False),
        writer.submit(put(b"2"), spends=False),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, NoRoomError, int]


async def test_after_damage_everything_fails_the_same_way(writer: SqliteWriter) -> None:
    with pytest.raises(JournalBrokenError):
        await writer.submit(lambda c: c.execute("INSERT INTO gone VALUES (1)"), spends=True)
    with pytest.raises(JournalBrokenError):
        await writer.submit(put(b"1"), spends=True)
    assert writer.broken is not None


def test_a_reserve_is_real_blocks_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "reserve"
    reserve = Reserve(path, size_bytes=1 << 20)
    assert reserve.whole
    assert path.stat().st_blocks * 512 >= 1 << 20
    reserve.give_up()
    assert not path.exists()
    assert not reserve.whole
    reserve.restore()
    assert reserve.whole


def test_a_reserve_that_cannot_be_had_is_not_whole(tmp_path: Path) -> None:
    assert not Reserve(tmp_path / "missing" / "reserve").whole
