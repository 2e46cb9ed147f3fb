"""What every copy of the terminals' journals promises."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import JournalEntry, OperationKind
from terminal_gateway.model import Book, Change, Noted, NumberedEntry, Total
from terminal_gateway.ports import Journal
from testkit.clock import START, FakeClock

Reopen = Callable[[], Awaitable[Journal]]

SERIAL = "CT6100-S001-T1"
OTHER = "CT6100-S001-T2"
OPERATION = "019a9fd1-0000-7000-8000-000000000001"


def noted(number: int, serial: str = SERIAL, claim: str | None = None, **fields: Any) -> Noted:
    line = JournalEntry(
        serial=serial,
        terminal_business_date="2026-11-20",
        slip_number=f"{number % 99_999:05}",
        kind=OperationKind.PAYMENT,
        state="approved",
        amount=Yen(165),
        at=START,
        media="card",
    )
    entry = NumberedEntry(number=number, line=replace(line, **fields), entry="ic")
    return Noted(serial=serial, entry=entry, operation_id=claim)


async def test_an_entry_comes_back_with_whose_end_it_is(reopen: Reopen) -> None:
    journal = await reopen()
    mine, other = noted(7, claim=OPERATION), noted(8)
    await journal.save(Change(noted=(mine,)))
    await journal.history.note((other,))
    history = (await reopen()).history
    assert (history.entry(SERIAL, 7), history.entry(SERIAL, 8)) == (mine, other)
    assert history.entry(SERIAL, 9) is None
    assert history.entry(OTHER, 7) is None


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("pending", "approved", "approved"),
        ("pending", "incomplete", "incomplete"),
        ("incomplete", "approved", "approved"),
        ("incomplete", "declined", "declined"),
        ("approved", "declined", "declined"),
        ("approved", "pending", "approved"),
        ("declined", "incomplete", "declined"),
        ("incomplete", "pending", "incomplete"),
    ],
)
async def test_of_two_words_on_one_entry_the_newer_wins(
    journal: Journal, first: str, then: str, kept: str
) -> None:
    await journal.history.note((noted(7, claim=OPERATION, state=first),))
    await journal.history.note((noted(7, state=then),))
    entry = journal.history.entry(SERIAL, 7)
    assert entry is not None
    assert (entry.entry.line.state, entry.operation_id) == (kept, OPERATION)


async def test_slip_numbers_wrap_and_the_day_tells_them_apart(journal: Journal) -> None:
    await journal.history.note(
        (
            noted(5, slip_number="00119"),
            noted(5 + 99_999, slip_number="00119", terminal_business_date="2026-11-25"),
            noted(9, serial=OTHER, slip_number="00119"),
        )
    )
    number_of = journal.history.number_of
    assert number_of(SERIAL, "00119", None) == 5 + 99_999
    assert number_of(SERIAL, "00119", "2026-11-20") == 5
    assert number_of(SERIAL, "00119", "2026-11-21") is None
    assert number_of(OTHER, "00119", None) == 9


async def test_the_highest_number_that_is_missing_is_told(journal: Journal) -> None:
    history = journal.history
    assert history.missing(SERIAL, above=0, upto=0) is None
    assert history.missing(SERIAL, above=0, upto=9) == 9
    await history.note([noted(number) for number in (1, 2, 4, 5, 8, 9)])
    assert history.missing(SERIAL, above=0, upto=9) == 7
    assert history.missing(SERIAL, above=0, upto=5) == 3
    assert history.missing(SERIAL, above=3, upto=5) is None
    assert history.missing(SERIAL, above=0, upto=2) is None
    assert history.missing(SERIAL, above=0, upto=10) == 10


async def test_a_page_is_newest_first_by_day_and_media(journal: Journal) -> None:
    await journal.history.note(
        [
            noted(1),
            noted(2, media="emoney"),
            noted(3, terminal_business_date="2026-11-21"),
            noted(4, terminal_business_date="2026-11-21", media="emoney"),
            noted(5, terminal_business_date="2026-11-21"),
            noted(6, serial=OTHER),
        ]
    )

    def numbers(**asked: Any) -> list[int]:
        query: dict[str, Any] = {"day": None, "media": None, "before": None, "limit": 9, **asked}
        return [entry.number for entry in journal.history.page(SERIAL, **query)]

    assert numbers() == [5, 4, 3, 2, 1]
    assert numbers(before=4, limit=2) == [3, 2]
    assert numbers(day="2026-11-21") == [5, 4, 3]
    assert numbers(media="card") == [5, 3, 1]
    assert numbers(media="card", day="2026-11-21", before=5) == [3]


async def test_what_is_not_settled_and_what_gives_back_is_found(journal: Journal) -> None:
    await journal.history.note(
        [
            noted(1, state="pending"),
            noted(2, state="incomplete"),
            noted(3),
            noted(4, kind=OperationKind.VOID, voids="00003"),
            noted(5, serial=OTHER, kind=OperationKind.VOID, voids="00003"),
        ]
    )
    history = journal.history
    assert history.unsettled(SERIAL, 9) == (2, 1)
    assert history.unsettled(SERIAL, 1) == (2,)
    assert [entry.number for entry in history.voids_of(SERIAL, "00003", 3)] == [4]
    assert history.voids_of(SERIAL, "00003", 4) == ()
    await history.note([noted(1), noted(2, state="declined")])
    assert history.unsettled(SERIAL, 9) == ()


async def test_the_totals_of_a_day_are_its_approvals(journal: Journal) -> None:
    await journal.history.note(
        [
            noted(1),
            noted(2, amount=Yen(200)),
            noted(3, state="declined"),
            noted(4, media="emoney", kind=OperationKind.VOID),
            noted(5, terminal_business_date="2026-11-21"),
            noted(6, serial=OTHER),
        ]
    )
    assert journal.history.totals(SERIAL, "2026-11-20") == {
        ("card", OperationKind.PAYMENT): Total(2, Yen(365)),
        ("emoney", OperationKind.VOID): Total(1, Yen(165)),
    }
    assert journal.history.totals(SERIAL, "2026-11-22") == {}


async def test_how_complete_a_copy_is_survives_a_close(reopen: Reopen) -> None:
    journal = await reopen()
    assert journal.history.book(SERIAL) is None
    journal.history.begin(Book(serial=SERIAL, began="2026-11-20"))
    journal.history.complete(SERIAL, 7, START)
    assert journal.history.book(SERIAL) == Book(
        serial=SERIAL, began="2026-11-20", complete_to=7, complete_at=START
    )
    await journal.history.note((noted(8),))
    assert (await reopen()).history.book(SERIAL) == journal.history.book(SERIAL)


async def test_a_book_begun_anew_forgets_what_was_in_it(reopen: Reopen) -> None:
    journal = await reopen()
    await journal.history.note((noted(7), noted(7, serial=OTHER)))
    book = journal.history.book(SERIAL)
    assert book is not None
    assert (book.began, book.complete_to) == ("2026-11-20", 0)
    journal.history.begin(Book(serial=SERIAL, began="2026-11-21"))
    await journal.history.note((noted(1),))
    history = (await reopen()).history
    assert history.entry(SERIAL, 7) is None
    assert history.entry(SERIAL, 1) is not None
    assert history.entry(OTHER, 7) is not None


async def test_old_entries_are_forgotten_and_not_missed(journal: Journal, clock: FakeClock) -> None:
    await journal.history.note([noted(number) for number in range(1, 4)])
    clock.advance(timedelta(days=500).total_seconds())
    later = clock.now()
    await journal.history.note((noted(4),))
    journal.history.complete(SERIAL, 4, later)
    assert await journal.prune(facts_before=START, operations_before=later) == 3
    assert journal.history.page(SERIAL, day=None, media=None, before=None, limit=9) == (
        noted(4).entry,
    )
    assert journal.history.missing(SERIAL, above=4, upto=4) is None


async def test_approved_entries_of_a_media_that_are_an_operations_end_come_newest_first(
    reopen: Reopen,
) -> None:
    journal = await reopen()
    ids = [f"019a9fd1-0000-7000-8000-00000000000{n}" for n in range(6)]
    await journal.save(
        Change(
            noted=(
                noted(1, claim=ids[1], media="emoney"),
                noted(2, claim=ids[2]),
                noted(3, claim=ids[3], media="emoney", state="declined"),
                noted(4, media="emoney"),
                noted(5, claim=ids[5], media="emoney"),
                noted(6, serial=OTHER, claim=ids[0], media="emoney"),
            )
        )
    )
    history = (await reopen()).history
    every = ((5, ids[5]), (1, ids[1]))
    assert history.approved(SERIAL, "emoney", before=None, limit=9) == every
    assert history.approved(SERIAL, "emoney", before=None, limit=1) == every[:1]
    assert history.approved(SERIAL, "emoney", before=5, limit=9) == every[1:]
    assert history.approved("CT6100-S001-T9", "emoney", before=None, limit=9) == ()
