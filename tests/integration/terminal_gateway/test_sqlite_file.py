"""A journal that an earlier version has begun."""

import sqlite3
from pathlib import Path

from contracts.money import Yen
from contracts.operations import OperationKind
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from terminal_gateway.model import Book, Change, Intent, Operation
from terminal_gateway.sqlite_file import JOURNAL, SCHEMA_VERSION, JournalHome, open_journal
from testkit.clock import START


def an_operation() -> Operation:
    intent = Intent(
        operation_id="019a9fd1-0000-7000-8000-000000000001",
        terminal="T1",
        serial="CT6100-S001-T1",
        register="R1",
        sale_id="019a9fd1-0000-7000-8000-00000000000a",
        tender=1,
        kind=OperationKind.PAYMENT,
        amount=Yen(165),
        at=START,
        epoch=1,
    )
    return Operation(intent=intent)


async def test_a_journal_of_the_first_version_gets_what_it_lacks_and_loses_nothing(
    tmp_path: Path,
) -> None:
    home = JournalHome(tmp_path)
    clock, ids = SystemClock(), SystemIds()
    first = open_journal(home, company="DEMO", store="S001", clock=clock, ids=ids)
    operation = an_operation()
    await first.save(Change(operations=(operation,)))
    await first.close()
    file = sqlite3.connect(tmp_path / JOURNAL)
    file.executescript("DROP TABLE entry; DROP TABLE book; PRAGMA user_version = 1;")
    file.close()

    second = open_journal(home, company="DEMO", store="S001", clock=clock, ids=ids)
    assert second.standing().journal_id == first.standing().journal_id
    assert second.standing().open_operations == (operation,)
    assert second.standing().lost_at is None
    second.history.begin(Book(serial="CT6100-S001-T1", began=""))
    await second.close()
    file = sqlite3.connect(tmp_path / JOURNAL)
    assert file.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert file.execute("SELECT serial FROM book").fetchall() == [("CT6100-S001-T1",)]
    file.close()
    home.release()
