from contextlib import closing
from pathlib import Path

import pytest

from ct6100.effects import Keep, KeepMerchantNumber, KeptEntry, Memory
from ct6100.records import EntryState, Kind, MerchantMask
from ct6100_simulator.errors import DiskFailedError
from ct6100_simulator.model import Booking
from ct6100_simulator.sqlite import SqliteDisk, connect
from testkit.terminals import MORNING

SERIAL = "CT6100-S001-T1"


def memory(next_number: int = 1) -> Memory:
    return Memory(
        next_number=next_number,
        next_slip=119,
        business_date="2026-05-25",
        boots=1,
        born_at=MORNING,
    )


def entry(number: int, state: EntryState = EntryState.APPROVED) -> KeptEntry:
    return KeptEntry(
        number=number,
        slip_number=f"{118 + number:05d}",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        state=state,
        amount=165,
        at=MORNING,
    )


async def reopened(path: Path) -> SqliteDisk:
    disk = SqliteDisk(path)
    await disk.open()
    return disk


async def test_what_was_kept_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "terminals.sqlite3"
    disk = await reopened(path)
    assert await disk.load(SERIAL) is None
    await disk.keep(SERIAL, [Keep(memory=memory(2), entry=entry(1, EntryState.PENDING))])
    await disk.keep(SERIAL, [Keep(memory=memory(2), entry=entry(1))])
    await disk.keep(
        SERIAL,
        [Keep(memory=memory(3), entry=entry(2)), Keep(memory=memory(4), entry=entry(3))],
    )
    await disk.keep(SERIAL, [Keep(memory=memory(5), entry=entry(4), dropped=(1, 2))])
    await disk.close()
    disk = await reopened(path)
    kept = await disk.load(SERIAL)
    await disk.close()
    assert kept is not None
    assert kept.memory == memory(5)
    assert kept.entries == (entry(3), entry(4))


async def test_a_merchants_number_is_kept_in_a_table_of_its_own_and_goes_with_its_entry(
    tmp_path: Path,
) -> None:
    path = tmp_path / "terminals.sqlite3"
    disk = await reopened(path)
    for number in (1, 2):
        mask = MerchantMask(shown=f"6900 1111 002{number} 0***")
        keeps = [
            Keep(memory=memory(number + 1), entry=entry(number)),
            KeepMerchantNumber(number=number, mask=mask),
        ]
        await disk.keep(SERIAL, keeps)
    await disk.keep(SERIAL, [Keep(memory=memory(4), entry=entry(3), dropped=(1,))])
    kept = await disk.load(SERIAL)
    await disk.close()
    assert kept is not None
    assert kept.merchant_numbers == {2: MerchantMask(shown="6900 1111 0022 0***")}
    with closing(connect(path)) as stranger:
        rows = stranger.execute("SELECT entry FROM journal").fetchall()
    assert not any(b"0***" in blob for (blob,) in rows)


async def test_terminals_do_not_see_each_other(tmp_path: Path) -> None:
    disk = await reopened(tmp_path / "terminals.sqlite3")
    await disk.keep(SERIAL, [Keep(memory=memory(), entry=entry(1))])
    assert await disk.load("CT6100-S001-T2") is None
    await disk.close()


async def test_what_may_wait_rides_along_with_the_next_write_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "terminals.sqlite3"
    disk = await reopened(path)
    disk.book(SERIAL, 1, Booking(outcome="approved", approval_code="000000"))
    disk.keep_lazily(SERIAL, [Keep(memory=memory(2))])
    await disk.keep(SERIAL, [Keep(memory=memory(3))])
    disk.keep_lazily(SERIAL, [Keep(memory=memory(4))])
    await disk.close()
    disk = await reopened(path)
    kept = await disk.load(SERIAL)
    assert kept is not None
    assert kept.memory.next_number == 4
    booking = await disk.booking(SERIAL, 1)
    assert booking is not None
    assert booking.approval_code == "000000"
    assert await disk.booking(SERIAL, 2) is None
    await disk.close()


async def test_a_number_is_booked_only_once(tmp_path: Path) -> None:
    disk = await reopened(tmp_path / "terminals.sqlite3")
    disk.book(SERIAL, 1, Booking(outcome="approved"))
    disk.book(SERIAL, 1, Booking(outcome="declined"))
    booking = await disk.booking(SERIAL, 1)
    await disk.close()
    assert booking is not None
    assert booking.outcome == "approved"


async def test_a_closed_disk_promises_nothing(tmp_path: Path) -> None:
    disk = await reopened(tmp_path / "terminals.sqlite3")
    assert await disk.ping()
    await disk.close()
    assert not await disk.ping()
    with pytest.raises(DiskFailedError):
        await disk.keep(SERIAL, [Keep(memory=memory())])


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "terminals.sqlite3"
    path.write_bytes(b"this is no database, but long enough to look like one" * 100)
    with pytest.raises(DiskFailedError):
        await reopened(path)


def test_every_commit_is_synced(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "terminals.sqlite3")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"


async def test_what_was_kept_is_seen_by_a_stranger_as_soon_as_it_is_promised(
    tmp_path: Path,
) -> None:
    path = tmp_path / "terminals.sqlite3"
    disk = await reopened(path)
    with closing(connect(path)) as stranger:
        for number in (1, 2, 3):
            await disk.keep(SERIAL, [Keep(memory=memory(number + 1), entry=entry(number))])
            count = stranger.execute("SELECT count(*) FROM journal").fetchone()
            assert count == (number,)
    await disk.close()
