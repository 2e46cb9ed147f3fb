from datetime import timedelta
from typing import Any

from msgspec import structs

from ct6100.codec import encode
from ct6100.effects import KeptEntry
from ct6100.frames import PAYLOAD_MAX
from ct6100.journal import NOT_STORED_MAX, PAGE_MAX, JournalBook
from ct6100.layout import FIELDS, Form
from ct6100.messages import (
    AskDayTotals,
    AskJournal,
    CloseDay,
    CloseRefused,
    DayClosed,
    DayTotals,
    Journal,
    NotSupported,
    Result,
    ResultStored,
    StartRefused,
)
from ct6100.records import Abilities, EntryState, Kind, Slip, TotalLine
from ct6100.stimuli import AbilitiesSet, DayClosedByHand, KeyPressed
from testkit.terminals import MERCHANT, MORNING, TerminalBench


def paid(bench: TerminalBench, operation_id: str, amount: int = 165) -> None:
    bench.pay(operation_id, amount)
    bench.answer("approved")
    bench.say(ResultStored(number=bench.entry().number))
    bench.press("確認")


def ask(bench: TerminalBench, question: AskJournal) -> Journal:
    bench.say(question)
    return bench.told(Journal)[0]


def test_the_journal_is_asked_by_operation_slip_number_day_and_media() -> None:
    bench = TerminalBench().on()
    for operation in ("op-1", "op-2", "op-3"):
        paid(bench, operation)
    for question, found in (
        (AskJournal(request=1, operation_id="op-2"), ["op-2"]),
        (AskJournal(request=1, slip_number="00121"), ["op-3"]),
        (AskJournal(request=1, terminal_business_date="2026-05-25"), ["op-3", "op-2", "op-1"]),
        (AskJournal(request=1, terminal_business_date="2026-05-24"), []),
        (AskJournal(request=1, media="card"), ["op-3", "op-2", "op-1"]),
        (AskJournal(request=1, media="emoney"), []),
        (AskJournal(request=1, operation_id="op-2", slip_number="00119"), []),
        (AskJournal(request=1, operation_id="nobody's"), []),
    ):
        journal = ask(bench, question)
        assert [entry.operation_id for entry in journal.entries] == found
        assert (journal.complete, journal.more) == (True, False)


def test_an_answer_says_what_it_covers_and_what_is_pending() -> None:
    bench = TerminalBench().on()
    bench.wait(60)
    journal = ask(bench, AskJournal(request=9))
    assert (journal.covers_first, journal.covers_last, journal.pending) == (1, 0, 0)
    assert (journal.covers_from, journal.covers_to) == (MORNING, MORNING + timedelta(seconds=60))
    bench.pay("op-1")
    journal = ask(bench, AskJournal(request=9, operation_id="op-2"))
    assert (journal.request, journal.covers_last, journal.pending) == (9, 1, 1)
    assert journal.entries == ()


def test_a_pending_entry_is_shown_without_a_slip() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    entry = ask(bench, AskJournal(request=1, operation_id="op-1")).entries[0]
    assert (entry.state, entry.slip) == (EntryState.PENDING, None)
    bench.answer("approved")
    entry = ask(bench, AskJournal(request=1, operation_id="op-1")).entries[0]
    assert entry == bench.entry().outward()
    assert entry.slip is not None


def test_pages_follow_each_other_without_a_gap() -> None:
    bench = TerminalBench().on()
    for number in range(PAGE_MAX + 5):
        paid(bench, f"op-{number}")
    first = ask(bench, AskJournal(request=1, limit=1_000))
    assert (len(first.entries), first.more, first.complete) == (PAGE_MAX, True, False)
    rest = ask(bench, AskJournal(request=2, before=first.entries[-1].number))
    assert (len(rest.entries), rest.more, rest.complete) == (5, False, True)
    numbers = [entry.number for entry in (*first.entries, *rest.entries)]
    assert numbers == list(range(PAGE_MAX + 5, 0, -1))
    assert len(ask(bench, AskJournal(request=3, limit=0)).entries) == 1


def test_a_page_of_the_longest_slips_fits_one_frame() -> None:
    widest: dict[Form, Any] = {Form.TEXT: "漢" * 100, Form.ASCII: "x" * 40, Form.U32: 1}
    fields = Slip.__struct_fields__
    slip = Slip(**{name: widest.get(FIELDS[name].form, True) for name in fields})
    entry = KeptEntry(
        number=1,
        slip_number="00001",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        state=EntryState.APPROVED,
        amount=1,
        at=MORNING,
        slip=slip,
    )
    book = JournalBook([structs.replace(entry, number=n) for n in range(1, 40)], 100)
    bench = TerminalBench().on()
    assert bench.disk is not None
    memory = structs.replace(bench.disk.memory, next_number=40)
    journal = book.answer(AskJournal(request=1), memory, echo=True, now=MORNING)
    assert 1 <= len(journal.entries) < PAGE_MAX
    assert journal.more
    assert len(encode(journal)) <= PAYLOAD_MAX


def test_the_oldest_entries_are_dropped_at_the_horizon_and_the_reach_is_told() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=3)).on()
    for number in range(5):
        bench.wait(10)
        paid(bench, f"op-{number}")
    journal = ask(bench, AskJournal(request=1))
    assert [entry.operation_id for entry in journal.entries] == ["op-4", "op-3", "op-2"]
    assert (journal.covers_first, journal.covers_last) == (3, 5)
    assert journal.covers_from == MORNING + timedelta(seconds=20)
    assert journal.complete
    assert bench.terminal.snapshot() == bench.disk
    assert ask(bench, AskJournal(request=1, operation_id="op-0")).entries == ()
    bench.cut_power()
    assert ask(bench, AskJournal(request=1)).covers_first == 3


def test_a_result_that_is_not_stored_is_never_dropped() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=2)).on()
    bench.pay("kept")
    bench.answer("approved")
    bench.press("確認")
    for number in range(4):
        paid(bench, f"op-{number}")
    assert bench.terminal.entries[0].operation_id == "kept"
    bench.say(ResultStored(number=1))
    paid(bench, "op-4")
    assert len(bench.terminal.entries) == 2


def test_no_further_payment_is_taken_when_too_many_results_are_not_stored() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=1)).on()
    for number in range(NOT_STORED_MAX):
        bench.pay(f"op-{number}")
        bench.answer("approved")
    bench.start("one-more")
    assert bench.told(StartRefused)[0].reason == "journal_full"
    bench.say(ResultStored(number=1))
    bench.start("one-more")
    assert bench.told(StartRefused) == []


def test_a_centre_that_never_answers_cannot_fill_the_journal_without_end() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=1)).on()
    bench.pay("stuck")
    bench.cut_power()
    taken = 1
    while True:
        bench.start(f"op-{taken}")
        if bench.told(StartRefused):
            break
        bench.press("リセット")
        bench.say(ResultStored(number=bench.entry().number))
        taken += 1
    assert taken == 1 + NOT_STORED_MAX


def test_a_journal_with_a_hole_is_not_called_complete() -> None:
    bench = TerminalBench().on()
    for number in range(3):
        paid(bench, f"op-{number}")
    assert bench.disk is not None
    entries = (bench.disk.entries[0], bench.disk.entries[2])
    damaged = TerminalBench(MERCHANT, structs.replace(bench.disk, entries=entries)).on()
    assert not ask(damaged, AskJournal(request=1, operation_id="op-1")).complete


def test_the_day_is_totalled_and_closed_and_the_slip_numbers_go_on() -> None:
    bench = TerminalBench().on()
    paid(bench, "op-1", 165)
    paid(bench, "op-2", 335)
    bench.start("op-3")
    bench.press("リセット")
    totals = (TotalLine(media="card", kind=Kind.PAYMENT, count=2, amount=500),)
    day = "2026-05-25"
    assert bench.say(AskDayTotals(request=4, terminal_business_date=day)) == [
        DayTotals(
            request=4,
            terminal_business_date=day,
            closed=False,
            complete=True,
            totals=totals,
            pending=0,
        )
    ]
    closed = DayClosed(
        request=5, terminal_business_date=day, next_business_date="2026-05-26", totals=totals
    )
    close = CloseDay(request=5, terminal_business_date=day)
    assert bench.say(close) == [closed]
    assert bench.say(close) == [closed]
    bench.say(AskDayTotals(request=6, terminal_business_date=day))
    assert bench.told(DayTotals)[0].closed
    bench.pay("op-4")
    assert bench.entry().terminal_business_date == "2026-05-26"
    assert bench.entry().slip_number == "00122"


def test_a_terminal_day_lasts_until_its_close_whatever_the_clock_says() -> None:
    bench = TerminalBench().on()
    bench.wait(3 * 86_400)
    paid(bench, "op-1")
    assert bench.entry().terminal_business_date == "2026-05-25"
    bench.do(DayClosedByHand())
    closed = bench.told(DayClosed)[0]
    assert (closed.request, closed.next_business_date) == (0, "2026-05-28")


def test_a_day_is_not_closed_in_a_payment_or_while_one_is_pending() -> None:
    bench = TerminalBench().on()
    close = CloseDay(request=1, terminal_business_date="2026-05-25")
    bench.pay("op-1")
    bench.say(close)
    assert bench.told(CloseRefused)[0].reason == "not_home"
    bench.do(DayClosedByHand())
    assert bench.beeped()
    bench.cut_power()
    bench.say(close)
    assert bench.told(CloseRefused)[0].reason == "pending"
    bench.answer("approved")
    bench.say(structs.replace(close, terminal_business_date="2026-05-26"))
    assert bench.told(CloseRefused)[0].reason == "not_that_day"
    bench.say(close)
    assert bench.told(DayClosed)[0].totals[0].count == 1


def test_totals_of_a_day_that_was_partly_dropped_are_not_called_complete() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=2)).on()
    question = AskDayTotals(request=1, terminal_business_date="2026-05-25")
    for number in range(3):
        paid(bench, f"op-{number}")
    bench.say(question)
    assert not bench.told(DayTotals)[0].complete
    bench.say(CloseDay(request=1, terminal_business_date="2026-05-25"))
    paid(bench, "op-3")
    bench.say(structs.replace(question, terminal_business_date="2026-05-26"))
    assert bench.told(DayTotals)[0].complete


def test_without_the_ability_the_journal_says_so() -> None:
    bench = TerminalBench().on()
    bench.do(AbilitiesSet(abilities=Abilities(echo=False)))
    paid(bench, "op-1")
    assert bench.say(AskJournal(request=3, operation_id="op-1")) == [
        NotSupported(ability="echo", request=3)
    ]
    assert ask(bench, AskJournal(request=3)).entries[0].operation_id is None
    bench.do(AbilitiesSet(abilities=Abilities(journal=False)))
    assert bench.say(AskJournal(request=3)) == [NotSupported(ability="journal", request=3)]


def test_without_the_journal_the_totals_of_a_day_are_told_all_the_same() -> None:
    """They are what it prints at its close: the last evidence where there is no journal."""
    bench = TerminalBench().on()
    paid(bench, "op-1")
    bench.do(AbilitiesSet(abilities=Abilities(journal=False)))
    bench.say(AskDayTotals(request=4, terminal_business_date="2026-05-25"))
    (totals,) = bench.told(DayTotals)
    assert [(line.media, line.count, line.amount) for line in totals.totals] == [("card", 1, 165)]


def test_a_line_settled_while_the_history_is_open_shows_its_new_state() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.cut_power()
    bench.press("再印字", "業務", "クレジット")
    assert "センタ確認中" in bench.terminal.screen.lines[1]
    bench.answer("approved")
    assert bench.told(Result)
    assert "承認" in bench.terminal.screen.lines[1]
    bench.do(KeyPressed(label="00119"))
    assert bench.screen == "history_entry"
