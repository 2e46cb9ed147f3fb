"""Troubles of its own: no paper, a clock that is moved, a day closed under it, a hang."""

from datetime import timedelta

import pytest

from ct6100.effects import Froze
from ct6100.messages import AskStatus, DayClosed, Result, ResultStored, StartRefused
from ct6100.records import EntryState, Phase
from ct6100.stimuli import (
    ClockSet,
    DayRolledOver,
    Hung,
    PaperPutIn,
    PaperRanOut,
    PowerOff,
    Presented,
)
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench

PAYPAY = Presented(media="code", brand="PayPay", entry="code", number="1")


def paid_without_paper() -> TerminalBench:
    bench = TerminalBench().on()
    bench.do(PaperRanOut())
    bench.pay("op-1", 1_650)
    bench.answer("approved")
    return bench


def test_without_paper_the_payment_stands_is_told_and_only_its_slip_waits() -> None:
    bench = paid_without_paper()
    assert bench.told(Result)[0].outcome == "approved"
    assert bench.entry().state is EntryState.APPROVED
    assert bench.printed() == []
    assert bench.shown() == ["approved", "paper_out"]
    lines = bench.terminal.screen.lines
    assert lines[:2] == ("用紙切れ", "お支払いは成立しています")
    assert {"金額 ¥1,650", "伝票番号 00119"} <= set(lines)


def test_a_terminal_without_paper_takes_no_operation_until_the_slip_is_out() -> None:
    bench = paid_without_paper()
    assert bench.terminal.phase is Phase.IDLE
    (refused,) = bench.start("op-2")
    assert isinstance(refused, StartRefused)
    assert (refused.reason, refused.screen.name) == ("not_home", "paper_out")
    bench.wait(60)
    assert bench.screen == "paper_out"
    bench.do(PaperPutIn())
    assert [each.slip.slip_number for each in bench.printed()] == ["00119"]
    assert bench.screen == "home"
    bench.start("op-2")
    assert bench.screen == "choose_media"


def test_a_roll_that_ends_while_nothing_prints_is_not_noticed() -> None:
    bench = TerminalBench().on()
    assert bench.do(PaperRanOut()) == []
    bench.start()
    bench.press("コード支払い", "セット")
    bench.do(PAYPAY)
    bench.answer("approved")
    assert bench.screen == "approved"
    bench.press("確認")
    assert bench.do(PaperPutIn()) == []


def test_a_slip_of_a_payment_that_nobody_waited_for_waits_too_and_is_shown_at_rest() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1", 165)
    bench.cut_power()
    bench.do(PaperRanOut())
    bench.start("op-2", 300)
    bench.answer("approved", 1)
    assert (bench.screen, bench.printed()) == ("choose_media", [])
    bench.press("リセット")
    assert bench.screen == "paper_out"
    bench.do(PaperPutIn())
    assert [each.slip.amount for each in bench.printed()] == [165]


def test_paper_put_in_during_the_next_payment_prints_what_waited_and_disturbs_nothing() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1", 165)
    bench.cut_power()
    bench.do(PaperRanOut())
    bench.start("op-2", 300)
    bench.answer("approved", 1)
    bench.do(PaperPutIn())
    assert (bench.screen, len(bench.printed())) == ("choose_media", 1)


def test_a_slip_that_waited_is_gone_with_the_power_and_printed_again_from_the_journal() -> None:
    bench = paid_without_paper()
    bench.cut_power()
    assert bench.screen == "home"
    bench.press("再印字", "業務", "クレジット", "00119", "実行")
    assert [(each.slip.amount, each.reprint) for each in bench.printed()] == [(1_650, True)]


def test_nothing_is_printed_again_without_paper() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("approved")
    bench.press("確認")
    bench.do(PaperRanOut())
    bench.press("再印字", "業務", "クレジット", "00119", "実行")
    assert bench.beeped()
    assert bench.printed() == []


@pytest.mark.parametrize("hours", [-30, -0.01, 0.01, 30])
def test_a_clock_that_is_moved_changes_no_waiting_time(hours: float) -> None:
    by = timedelta(hours=hours)
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.answer("approved")
    bench.now += by
    bench.do(ClockSet(by=by))
    assert bench.wake_at == bench.now + timedelta(seconds=3)
    bench.wait(2)
    assert (bench.screen, bench.told(Result)) == ("approved", [])
    bench.wait(1)
    assert bench.screen == "home"
    assert len(bench.told(Result)) == 1


def test_a_clock_moved_while_the_centre_is_silent_changes_no_waiting_time() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.now -= timedelta(days=2)
    bench.do(ClockSet(by=-timedelta(days=2)))
    bench.wait(29)
    assert bench.screen == "centre"
    bench.wait(1)
    assert bench.screen == "centre_silent"
    bench.wait(3)
    assert len(bench.asked()) == 1


def test_a_payment_during_which_the_day_was_closed_books_on_the_next_one() -> None:
    bench = TerminalBench().on()
    bench.pay("earlier", 100)
    bench.answer("approved")
    bench.pay("op-1", 165)
    assert bench.entry().terminal_business_date == "2026-05-25"
    bench.do(DayRolledOver())
    (closed,) = bench.told(DayClosed)
    assert (closed.request, closed.terminal_business_date) == (0, "2026-05-25")
    assert [(line.count, line.amount) for line in closed.totals] == [(1, 100)]
    bench.answer("approved")
    (result,) = bench.told(Result)
    assert (result.terminal_business_date, result.slip_number) == ("2026-05-26", "00120")
    assert bench.entry().terminal_business_date == "2026-05-26"


def test_it_books_on_the_day_that_is_open_when_the_centre_is_heard_of_again() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1", 165)
    bench.cut_power()
    bench.do(DayRolledOver())
    bench.answer("approved", 1)
    assert bench.told(Result)[0].terminal_business_date == "2026-05-26"


def test_a_day_closed_before_the_read_is_the_day_before_for_all_that_follows() -> None:
    bench = TerminalBench().on()
    bench.start("op-1")
    bench.press(*TO_THE_READER)
    bench.do(DayRolledOver())
    bench.do(AMEX)
    bench.answer("approved")
    assert bench.told(Result)[0].terminal_business_date == "2026-05-26"


def test_a_terminal_that_hangs_shows_what_it_showed_and_does_nothing_more() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    shown = bench.terminal.screen.lines
    bench.do(Hung())
    assert any(isinstance(effect, Froze) for effect in bench.effects)
    assert (bench.terminal.screen.name, bench.terminal.screen.lines) == ("frozen", shown)
    assert bench.say(AskStatus(request=1)) == []
    bench.answer("approved")
    assert bench.effects == []
    bench.press("確認")
    assert bench.effects == []
    bench.do(Hung())
    assert bench.effects == []


def test_what_hung_while_its_centre_was_asked_finds_out_after_a_power_cut() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1", 165)
    bench.do(Hung())
    bench.cut_power()
    bench.answer("approved", 1)
    (result,) = bench.told(Result)
    assert (result.operation_id, result.outcome) == ("op-1", "approved")
    bench.say(ResultStored(number=1))


def test_one_without_power_does_not_hang() -> None:
    bench = TerminalBench().on()
    bench.do(PowerOff())
    assert bench.do(Hung()) == []
