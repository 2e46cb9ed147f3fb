"""処理未了: what ends it, and that nobody takes one card for another."""

import pytest
from msgspec import structs

from ct6100.centre import TOUCHES_MAX
from ct6100.messages import AskDayTotals, CloseDay, DayTotals, Result, ResultStored
from ct6100.records import EntryState, Outcome
from ct6100.stimuli import Presented
from testkit.terminals import MERCHANT, TerminalBench

WAON = Presented(media="emoney", brand="WAON", entry="contactless", number="6900333344445555")
EDY = Presented(media="emoney", brand="楽天Edy", entry="contactless", number="1000444455556666")


def touch(bench: TerminalBench, card: Presented, operation: str, outcome: str) -> None:
    """Pay ¥500 by e-money, up to the centre's answer."""
    bench.start(operation, 500)
    bench.press("電子マネー", card.brand, "確認")
    bench.do(card)
    asked = bench.asked()
    bench.answer(outcome, asked[0].number)


def broken_off(card: Presented = WAON) -> TerminalBench:
    bench = TerminalBench().on()
    touch(bench, card, "op-1", "incomplete")
    return bench


def asked_again(bench: TerminalBench, card: Presented, operation: str = "op-2") -> list[int]:
    """Touch with a card and return the entries that the terminal asks it about."""
    bench.start(operation, 300)
    bench.press("電子マネー", card.brand, "確認")
    bench.do(card)
    return [call.number for call in bench.asked() if call.touched_again]


def test_the_next_touch_of_the_same_card_asks_what_became_of_the_first() -> None:
    bench = broken_off()
    assert asked_again(bench, WAON) == [1]
    assert [(call.number, call.inquiry) for call in bench.asked()] == [(2, False), (1, True)]


def test_an_approval_that_the_card_shows_takes_the_place_of_incomplete_and_is_told() -> None:
    bench = broken_off()
    first = bench.terminal.entries[0]
    assert (first.state, first.reason) == (EntryState.INCOMPLETE, "incomplete")
    asked_again(bench, WAON)
    bench.touched_again("approved", 1)
    (result,) = bench.told(Result)
    assert (result.number, result.operation_id, result.amount) == (1, "op-1", 500)
    assert (result.outcome, result.reason) == (Outcome.APPROVED, "")
    entry = bench.terminal.entries[0]
    assert (entry.state, entry.slip_number) == (EntryState.APPROVED, first.slip_number)
    assert entry.at == first.at
    assert [each.slip for each in bench.printed()] == [entry.slip]
    assert result.slip == entry.slip
    assert entry.slip is not None
    assert (entry.slip.member_number, entry.slip.amount) == ("**** * 5555", 500)


def test_a_refusal_that_the_card_shows_takes_its_place_too_and_prints_nothing() -> None:
    bench = broken_off()
    asked_again(bench, WAON)
    bench.touched_again("declined", 1)
    (result,) = bench.told(Result)
    assert (result.outcome, result.reason, result.slip) == (Outcome.DECLINED, "declined", None)
    assert bench.printed() == []


def test_an_incomplete_result_shows_no_slip_although_one_was_drawn_up() -> None:
    bench = broken_off()
    assert bench.told(Result)[0].slip is None
    assert bench.printed() == []


def test_another_card_is_not_asked_even_with_the_same_last_digits() -> None:
    bench = broken_off()
    assert asked_again(bench, structs.replace(WAON, number="6900777788885555"), "op-2") == []
    bench.answer("approved")
    assert asked_again(bench, structs.replace(EDY, number=WAON.number), "op-3") == []


def test_the_number_of_the_card_is_nowhere_in_what_is_kept() -> None:
    bench = broken_off()
    assert WAON.number not in repr(bench.disk)


def test_once_known_it_stays_and_is_not_asked_about_again() -> None:
    bench = broken_off()
    asked_again(bench, WAON)
    bench.answer("approved", 2)
    bench.touched_again("approved", 1)
    bench.touched_again("declined", 1)
    assert bench.effects == []
    assert asked_again(bench, WAON, "op-3") == []
    assert bench.disk is not None
    assert [each.number for each in bench.disk.memory.touches] == [3]


def test_only_what_the_card_showed_ends_it() -> None:
    bench = broken_off()
    for outcome in ("approved", "declined", "unknown", "incomplete", "unreachable"):
        bench.answer(outcome, 1)
        assert bench.effects == []
    for outcome in ("incomplete", "unknown", "unreachable"):
        bench.touched_again(outcome, 1)
        assert bench.effects == []
    assert bench.entry().state is EntryState.INCOMPLETE


def test_what_a_card_shows_of_a_payment_that_the_centre_still_decides_changes_nothing() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 500)
    bench.press("電子マネー", "WAON", "確認")
    bench.do(WAON)
    bench.touched_again("approved", 1)
    assert bench.entry().state is EntryState.PENDING


def test_the_card_is_known_again_after_a_power_cut_in_mid_payment() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 500)
    bench.press("電子マネー", "WAON", "確認")
    bench.do(WAON)
    bench.cut_power()
    bench.answer("incomplete", 1)
    bench.cut_power()
    assert asked_again(bench, WAON) == [1]


def test_the_answer_of_a_slow_box_about_incomplete_does_not_drop_what_took_its_place() -> None:
    bench = broken_off()
    asked_again(bench, WAON)
    bench.touched_again("approved", 1)
    bench.say(ResultStored(number=1, outcome=Outcome.INCOMPLETE))
    bench.wait(3)
    assert [each.outcome for each in bench.told(Result)] == [Outcome.APPROVED]
    bench.say(ResultStored(number=1, outcome=Outcome.APPROVED))
    bench.wait(3)
    assert bench.told(Result) == []


def test_it_is_told_once_at_a_time_although_neither_result_was_stored() -> None:
    bench = broken_off()
    asked_again(bench, WAON)
    bench.touched_again("approved", 1)
    bench.wait(3)
    assert [each.number for each in bench.told(Result)] == [1]


def test_it_keeps_the_day_that_it_was_booked_on_and_that_days_totals_have_it() -> None:
    bench = broken_off()
    day = bench.entry().terminal_business_date
    bench.press("確認")
    bench.say(CloseDay(request=1, terminal_business_date=day))
    asked_again(bench, WAON)
    bench.touched_again("approved", 1)
    assert bench.terminal.entries[0].terminal_business_date == day
    bench.say(AskDayTotals(request=2, terminal_business_date=day))
    (totals,) = bench.told(DayTotals)
    assert [(line.media, line.count, line.amount) for line in totals.totals] == [("emoney", 1, 500)]


def test_only_so_many_open_touches_are_remembered_and_the_oldest_goes() -> None:
    bench = broken_off()
    for count in range(TOUCHES_MAX):
        other = structs.replace(EDY, number=f"10004444{count:08}")
        touch(bench, other, f"other-{count}", "incomplete")
    assert bench.disk is not None
    assert [bench.disk.memory.touches[0].number, len(bench.disk.memory.touches)] == [2, TOUCHES_MAX]
    assert asked_again(bench, WAON, "op-3") == []


def test_a_touch_whose_entry_was_dropped_is_forgotten() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=2)).on()
    touch(bench, WAON, "op-1", "incomplete")
    bench.say(ResultStored(number=1, outcome=Outcome.INCOMPLETE))
    for count in (2, 3):
        touch(bench, EDY, f"op-{count}", "approved")
        bench.say(ResultStored(number=count))
    assert bench.disk is not None
    assert bench.disk.memory.touches == ()
    assert asked_again(bench, WAON, "op-4") == []


@pytest.mark.parametrize("media", ["card", "code"])
def test_only_emoney_is_known_again(media: str) -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    if media == "code":
        bench.answer("declined")
        bench.start("op-2")
        bench.press("コード支払い", "セット")
        bench.do(Presented(media="code", brand="PayPay", entry="code", number="1"))
    assert bench.disk is not None
    assert bench.disk.memory.touches == ()
