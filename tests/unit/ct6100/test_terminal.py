from datetime import timedelta

from msgspec import structs

from ct6100.effects import Keep, Print, ScreenChanged, Send
from ct6100.messages import (
    Connect,
    Hello,
    Result,
)
from ct6100.records import EntryState
from ct6100.stimuli import (
    LinkOpened,
    MessageReceived,
    PowerOff,
    PowerOn,
)
from testkit.terminals import AMEX, MERCHANT, TO_THE_READER, TerminalBench


def test_a_card_payment_shows_the_screens_of_the_manual() -> None:
    bench = TerminalBench().on()
    bench.start(amount=165)
    assert bench.shown() == ["choose_media"]
    assert "金額 ¥165" in bench.terminal.screen.lines
    bench.press("クレジットカード・銀聯", "セット", "一括", "実行")
    assert bench.shown() == ["card_amount", "card_condition", "card_execute", "read_card"]
    bench.do(AMEX)
    assert bench.shown() == ["centre"]
    bench.answer("approved")
    assert bench.shown() == ["approved"]
    bench.press("確認")
    assert bench.shown() == ["home"]


def test_the_result_says_what_the_journal_says() -> None:
    bench = TerminalBench().on()
    bench.pay("op-7", 2_500)
    bench.answer("approved")
    result = bench.told(Result)[0]
    entry = bench.entry()
    assert (result.operation_id, result.amount, result.outcome) == ("op-7", 2_500, "approved")
    assert (result.media, result.brand, result.entry) == ("card", "AMEX", "contactless")
    assert (result.number, result.slip_number) == (entry.number, entry.slip_number)
    assert entry.state is EntryState.APPROVED
    assert result.slip == entry.slip


def test_the_journal_is_kept_before_the_result_leaves_and_the_slip_prints() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("approved")
    kinds = [type(effect) for effect in bench.effects]
    assert kinds.index(Keep) < kinds.index(Send) < kinds.index(Print) < kinds.index(ScreenChanged)


def test_a_full_card_number_is_in_no_effect_and_not_in_the_machine() -> None:
    bench = TerminalBench().on()
    bench.pay()
    read = repr(bench.effects)
    bench.answer("approved")
    kept = repr(vars(bench.terminal))
    for text in (read, repr(bench.effects), repr(bench.disk), kept):
        assert "377782123456304" not in text


def test_an_outcome_on_the_glass_does_not_hold_up_the_next_payment() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.answer("approved")
    assert bench.screen == "approved"
    bench.start("op-2", 300)
    assert bench.screen == "choose_media"
    bench.wait(60)
    assert bench.screen == "choose_media"


def test_a_result_not_stored_survives_a_power_cut() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.answer("approved")
    result = bench.told(Result)[0]
    bench.cut_power()
    assert bench.told(Result) == [result]


def test_a_power_cut_before_the_read_leaves_nothing_and_the_number_is_free() -> None:
    bench = TerminalBench().on()
    bench.start("op-1")
    bench.press(*TO_THE_READER)
    bench.cut_power()
    assert bench.screen == "home"
    assert bench.told(Hello)[0].operation_id is None
    assert bench.terminal.entries == ()
    bench.pay("op-1")
    assert bench.entry().slip_number == "00119"


def test_slip_numbers_wrap_after_five_digits() -> None:
    bench = TerminalBench(structs.replace(MERCHANT, first_slip_number=99_999)).on()
    for operation in ("op-1", "op-2"):
        bench.pay(operation)
        bench.answer("approved")
    assert [entry.slip_number for entry in bench.terminal.entries] == ["99999", "00001"]


def test_without_power_or_a_register_nothing_happens() -> None:
    bench = TerminalBench()
    assert bench.do(LinkOpened(), MessageReceived(message=Connect(register="S001"))) == []
    assert (bench.screen, bench.terminal.powered) == ("off", False)
    assert bench.terminal.snapshot() is None
    bench.do(PowerOn())
    assert bench.sent() == []
    assert bench.do(PowerOn()) == []
    bench.do(PowerOff())
    assert bench.screen == "off"


def test_what_it_keeps_is_what_the_sum_of_its_keeps_comes_to() -> None:
    bench = TerminalBench().on()
    for outcome in ("approved", "declined", "incomplete"):
        bench.pay(outcome)
        bench.answer(outcome)
        assert bench.terminal.snapshot() == bench.disk


def test_an_early_alarm_is_harmless_and_set_again() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("approved")
    alarm = bench.wake_at
    assert alarm is not None
    bench.wake_at = None
    bench.now -= timedelta(seconds=1)
    bench.wait(0)
    assert bench.wake_at == alarm
    assert bench.screen == "approved"
    bench.wait(4)
    assert bench.screen == "home"
