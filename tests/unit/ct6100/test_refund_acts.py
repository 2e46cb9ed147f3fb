"""What a terminal refuses to give back, and why."""

import pytest
from msgspec import structs

from ct6100.glass import REFUSALS
from ct6100.journal import NOT_STORED_MAX
from ct6100.messages import CloseDay, Result, ResultStored
from ct6100.records import Kind
from ct6100.stimuli import DayRolledOver, Presented
from testkit.refunds import (
    ID,
    paid,
    paid_by_code,
    paid_by_emoney,
    to_the_order,
    to_the_touch,
)
from testkit.terminals import AMEX, MERCHANT, TerminalBench


def refused(bench: TerminalBench, code: str) -> None:
    """Show that the last thing was refused for that reason, in words on the glass too."""
    assert bench.beeps() == [code]
    assert bench.terminal.screen.lines[-1] == f"※ {REFUSALS[code]}"
    assert [entry.kind for entry in bench.terminal.entries] == [Kind.PAYMENT]
    assert bench.asked() == []


@pytest.mark.parametrize("brand", ["交通系", "nanaco", "WAON", "楽天Edy"])
def test_emoney_that_cannot_be_cancelled_is_refused_at_its_key(brand: str) -> None:
    bench = paid_by_emoney(structs.replace(ID, brand=brand))
    bench.start_refund("00119", 500)
    bench.press("電子マネー", brand)
    refused(bench, "brand_not_cancellable")
    assert bench.screen == "refund_emoney_brand"


@pytest.mark.parametrize("digits", ["00118", "120", ""])
def test_an_unknown_slip_number_is_refused_and_can_be_typed_again(digits: str) -> None:
    bench = paid()
    bench.start_refund()
    bench.press("クレジット", "確認")
    if digits:
        bench.digits(digits)
    bench.press("セット")
    refused(bench, "slip_unknown")
    bench.digits("119")
    assert "※" not in "".join(bench.terminal.screen.lines)
    bench.press("セット")
    assert bench.screen == "refund_card_match"


@pytest.mark.parametrize("outcome", ["declined", "unreachable"])
def test_what_was_never_paid_is_no_payment_to_give_back(outcome: str) -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer(outcome)
    bench.press("確認")
    bench.start_refund("00119")
    bench.press("クレジット", "確認")
    bench.digits("00119")
    bench.press("セット")
    assert bench.beeps() == ["slip_unknown"]


def test_a_slip_of_another_media_is_unknown() -> None:
    bench = paid_by_emoney()
    bench.start_refund(amount=500)
    bench.press("クレジット", "確認")
    bench.digits("00119")
    bench.press("セット")
    refused(bench, "slip_unknown")


def test_an_unknown_order_number_is_refused() -> None:
    bench = paid_by_code()
    bench.start_refund(None, 800)
    to_the_order(bench, "2605250001000002")
    refused(bench, "order_unknown")
    assert bench.screen == "refund_code_order"


def test_another_payment_than_the_register_asked_for_is_refused() -> None:
    bench = paid()
    bench.start_refund("00118")
    bench.press("クレジット", "確認")
    bench.digits("00119")
    bench.press("セット")
    refused(bench, "not_the_one_asked")


def test_another_order_number_than_the_register_asked_for_is_refused() -> None:
    bench = paid_by_code()
    bench.start_refund("00119", 800, order_number="2605250001000009")
    to_the_order(bench)
    refused(bench, "not_the_one_asked")


def test_another_amount_than_was_paid_is_refused() -> None:
    bench = paid()
    bench.start_refund("00119", 164)
    bench.press("クレジット", "確認")
    bench.digits("00119")
    bench.press("セット")
    refused(bench, "amount_differs")


def test_another_brand_of_emoney_than_paid_is_refused() -> None:
    bench = paid_by_emoney()
    bench.start_refund("00119", 500)
    bench.press("電子マネー", "QUICPay", "取消返品", "確認")
    bench.digits("00119")
    bench.press("セット")
    refused(bench, "brand_differs")


def test_what_was_cancelled_already_is_refused() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(AMEX)
    bench.answer()
    bench.start_refund("00119", operation_id="refund-2")
    bench.press("クレジット", "確認")
    bench.digits("00119")
    bench.press("セット")
    assert bench.beeps() == ["already_cancelled"]
    assert bench.terminal.screen.lines[-1] == "※ すでに取消・返品されています"


@pytest.mark.parametrize("outcome", ["unreachable", "incomplete"])
def test_what_may_have_been_cancelled_is_refused_until_that_is_known(outcome: str) -> None:
    bench = paid_by_emoney()
    bench.start_refund("00119", 500)
    to_the_touch(bench)
    bench.do(ID)
    bench.answer(outcome)
    bench.press("確認")
    bench.start_refund("00119", 500, operation_id="refund-2")
    bench.press("電子マネー", "iD", "取消返品", "確認")
    bench.digits("119")
    bench.press("セット")
    assert bench.beeps() == ["cancel_unresolved"]


def test_a_void_is_refused_once_the_terminal_closed_its_day_whatever_the_clock_says() -> None:
    bench = paid()
    bench.say(CloseDay(request=1, terminal_business_date="2026-05-25"))
    bench.start_refund("00119")
    bench.to_the_reader_again(kind="取消")
    assert bench.screen == "refund_card_kind"
    bench.press("取消")
    refused(bench, "void_on_other_day")
    bench.press("返品")
    assert bench.screen == "refund_card_execute"


def test_a_return_is_refused_until_the_terminal_closes_its_day_whatever_the_clock_says() -> None:
    bench = paid()
    bench.wait(100_000)
    bench.start_refund("00119", kind=Kind.RETURN)
    bench.to_the_reader_again(kind="返品")
    bench.press("返品")
    refused(bench, "return_on_same_day")


@pytest.mark.parametrize("entry", ["contactless", "magnetic"])
def test_a_day_that_closes_before_the_read_makes_a_void_one_too_late(entry: str) -> None:
    bench = paid(structs.replace(AMEX, entry=entry))
    bench.start_refund("00119")
    bench.to_the_reader_again()
    if entry == "magnetic":
        bench.do(structs.replace(AMEX, entry=entry), DayRolledOver())
        bench.press("一括")
    else:
        bench.do(DayRolledOver(), AMEX)
    refused(bench, "void_on_other_day")


@pytest.mark.parametrize(
    ("paid_with", "shown"),
    [("contactless", "ic"), ("ic", "magnetic"), ("magnetic", "contactless")],
)
def test_another_way_of_reading_than_in_the_payment_is_refused(paid_with: str, shown: str) -> None:
    bench = paid(structs.replace(AMEX, entry=paid_with))
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(structs.replace(AMEX, entry=shown))
    refused(bench, "reading_differs")
    bench.do(structs.replace(AMEX, entry=paid_with))
    assert bench.screen == ("refund_card_condition" if paid_with == "magnetic" else "centre")


@pytest.mark.parametrize(
    "other", [structs.replace(AMEX, number="377782999996304"), structs.replace(AMEX, brand="JCB")]
)
def test_another_card_is_refused_even_with_the_same_digits_on_paper(other: Presented) -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(other)
    refused(bench, "card_differs")


def test_another_emoney_is_refused_even_with_the_same_last_digits() -> None:
    bench = paid_by_emoney()
    bench.start_refund("00119", 500)
    to_the_touch(bench)
    bench.do(structs.replace(ID, number="6900999999990421"))
    refused(bench, "card_differs")


def test_a_payment_of_before_such_marks_were_kept_is_known_by_its_masked_number() -> None:
    before = paid()
    assert before.disk is not None
    old = tuple(structs.replace(entry, mark="") for entry in before.disk.entries)
    for number, screen in (("498012341234", "refund_read_card"), (AMEX.number, "centre")):
        bench = TerminalBench(kept=structs.replace(before.disk, entries=old)).on()
        bench.start_refund("00119")
        bench.to_the_reader_again()
        bench.do(structs.replace(AMEX, number=number))
        assert bench.screen == screen


def test_what_cannot_be_read_beeps_in_a_refund_too() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(structs.replace(AMEX, number="1"))
    assert bench.beeps() == ["cannot be read"]
    assert bench.screen == "refund_read_card"


@pytest.mark.parametrize("stored", [True, False])
def test_nothing_is_given_back_by_hand_when_the_journal_takes_no_more(*, stored: bool) -> None:
    """Too many results are not stored; or all are, but the oldest waits for its centre."""
    bench = TerminalBench(structs.replace(MERCHANT, journal_horizon=1)).on()
    bench.pay("oldest")
    bench.answer("unreachable" if stored else "approved")
    bench.press("確認")
    for number in range(NOT_STORED_MAX):
        bench.press("業務", "クレジット")
        if bench.beeped():
            break
        bench.press("リセット")
        bench.pay(f"op-{number}")
        bench.answer()
        if stored:
            bench.say(ResultStored(number=bench.entry().number))
        bench.press("確認")
    bench.press("業務", "クレジット")
    assert bench.beeps()[-1] == "journal_full"
    assert bench.screen == "business"


def test_a_magnetic_card_asks_for_the_customers_payment_choice_and_no_other() -> None:
    card = structs.replace(AMEX, entry="magnetic")
    bench = paid(card, "リボ")
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(card)
    assert bench.screen == "refund_card_condition"
    bench.press("一括")
    refused(bench, "condition_differs")
    bench.press("リボ")
    bench.answer()
    slip = bench.told(Result)[0].slip
    assert slip is not None
    assert (slip.payment_condition, slip.other_card_settlement) == ("リボ", "MS")


def test_an_amount_that_is_typed_must_be_one() -> None:
    bench = paid()
    bench.press("業務", "クレジット", "確認")
    refused(bench, "amount_missing")
    bench.digits("0")
    bench.press("確認")
    refused(bench, "amount_missing")
    bench.digits("12345678")
    assert bench.beeped()
    bench.digits("99")
    bench.press("訂正")
    bench.digits("165")
    assert bench.terminal.screen.lines[-1] == "金額 ¥165"
