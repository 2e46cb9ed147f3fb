"""取消返品: manual 4-2 to 4-5 key by key, and its slips."""

import pytest
from msgspec import structs

from ct6100.messages import AskDayTotals, DayTotals, Result, Started, StartRefused
from ct6100.records import EntryState, Kind, Outcome
from ct6100.stimuli import CentreAnswered, DayRolledOver, PaperRanOut, Presented
from testkit.refunds import (
    ID,
    ORDER,
    PAYPAY,
    QUICPAY,
    paid,
    paid_by_code,
    paid_by_emoney,
    to_the_order,
    to_the_touch,
)
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench


def test_a_card_refund_goes_key_by_key_as_the_manual_has_it() -> None:
    bench = paid()
    (started,) = bench.start_refund("00119")
    assert isinstance(started, Started)
    assert bench.screen == "refund_media"
    assert bench.terminal.screen.lines[-1] == "金額 ¥165"
    bench.press("クレジット", "確認")
    bench.digits("00119")
    assert "伝票番号 00119" in bench.terminal.screen.lines
    bench.press("セット")
    assert bench.terminal.screen.lines[1:] == (
        "伝票番号 00119",
        "2026/05/25 15:45:05",
        "売上 承認",
        "クレジットカード・銀聯",
        "AMEX",
        "金額 ¥165",
        "377782****6304",
    )
    bench.press("一致")
    assert bench.terminal.screen.lines[-1] == "金額 ¥165"
    bench.press("取消", "実行")
    assert bench.screen == "refund_read_card"
    assert bench.terminal.screen.lines[-2:] == ("取消区分 取消", "元伝票番号 00119")
    bench.do(AMEX)
    (asked,) = bench.asked()
    assert (asked.kind, asked.amount, asked.brand, asked.inquiry) == (Kind.VOID, 165, "AMEX", False)
    assert bench.entry().state is EntryState.PENDING
    bench.answer()
    assert bench.screen == "approved"
    assert "取消区分 取消" in bench.terminal.screen.lines
    (result,) = bench.told(Result)
    assert (result.kind, result.outcome, result.amount) == (Kind.VOID, Outcome.APPROVED, 165)
    assert (result.operation_id, result.slip_number, result.voids) == ("refund-1", "00120", "00119")
    assert bench.entry().voids == "00119"


def test_the_slip_of_a_card_refund_has_the_fields_of_the_manual() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(structs.replace(AMEX, atc="0035"))
    bench.do(
        CentreAnswered(
            number=2, outcome="approved", approval_code="949477", processing_number="949477"
        )
    )
    (printed,) = bench.printed()
    sale = bench.terminal.entries[0].slip
    assert sale is not None
    assert printed.slip == structs.replace(
        sale,
        slip_number="00120",
        title="クレジットカード取消票",
        transaction="取消",
        product="",
        approval_code="949477",
        processing_number="949477",
        arc="",
        atc="0035",
    )


def test_the_slip_of_an_emoney_refund_has_the_fields_of_the_manual() -> None:
    bench = paid_by_emoney()
    bench.start_refund("00119", 500)
    to_the_touch(bench)
    bench.do(ID)
    bench.answer()
    (printed,) = bench.printed()
    sale = bench.terminal.entries[0].slip
    assert sale is not None
    assert (sale.title, sale.product, sale.inquiry_number) == ("領収書", "", "000000")
    assert printed.slip == structs.replace(
        sale, slip_number="00120", title="取消・返品", transaction="取消"
    )


def test_a_return_says_so_on_its_slip_and_in_its_kind() -> None:
    bench = paid()
    bench.do(DayRolledOver())
    bench.start_refund("00119", kind=Kind.VOID)
    bench.to_the_reader_again(kind="返品")
    bench.do(AMEX)
    bench.answer()
    (result,) = bench.told(Result)
    assert (result.kind, result.terminal_business_date) == (Kind.RETURN, "2026-05-26")
    assert result.slip is not None
    assert (result.slip.title, result.slip.transaction) == ("クレジットカード取消票", "返品")


@pytest.mark.parametrize("card", [ID, QUICPAY])
def test_emoney_that_can_be_cancelled_goes_by_brand_and_touch(card: Presented) -> None:
    bench = paid_by_emoney(card)
    bench.start_refund("00119", 500)
    bench.press("電子マネー", card.brand)
    assert bench.screen == "refund_emoney_menu"
    bench.press("取消返品", "確認")
    bench.digits("00119")
    bench.press("セット", "取消")
    assert bench.screen == "refund_touch_emoney"
    bench.do(card)
    bench.answer()
    assert bench.told(Result)[0].voids == "00119"


def test_a_code_refund_is_typed_by_its_order_number_and_has_no_slip() -> None:
    bench = paid_by_code()
    bench.start_refund("00119", 800, order_number=ORDER)
    bench.press("コード支払い", "確認", "実行", "マニュアル")
    assert bench.screen == "refund_code_order"
    bench.digits(ORDER)
    bench.press("セット")
    (asked,) = bench.asked()
    assert (asked.media, asked.brand, asked.kind) == ("code", "PayPay", Kind.VOID)
    bench.answer(order_number="")
    (result,) = bench.told(Result)
    assert (result.order_number, result.voids, result.slip) == (ORDER, "00119", None)
    assert (result.entry, bench.printed()) == ("code", [])


def test_the_terminal_itself_says_whether_a_code_is_voided_or_returned() -> None:
    bench = paid_by_code()
    bench.do(DayRolledOver())
    bench.start_refund(None, 800, kind=Kind.VOID, order_number=ORDER)
    to_the_order(bench)
    bench.answer()
    assert bench.told(Result)[0].kind is Kind.RETURN


def test_a_code_that_is_shown_is_not_read_in_a_refund() -> None:
    bench = paid_by_code()
    bench.start_refund(None, 800, order_number=ORDER)
    bench.press("コード支払い", "確認", "実行")
    bench.do(PAYPAY)
    assert bench.beeped()
    assert bench.screen == "refund_read_code"


def test_a_refund_that_was_declined_can_be_tried_again() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(AMEX)
    bench.answer("declined")
    assert bench.told(Result)[0].outcome is Outcome.DECLINED
    bench.start_refund("00119", operation_id="refund-2")
    bench.to_the_reader_again()
    assert bench.screen == "refund_read_card"


def test_no_pin_is_asked_to_give_money_back() -> None:
    card = structs.replace(AMEX, entry="ic")
    bench = TerminalBench().on()
    bench.start(amount=20_000)
    bench.press(*TO_THE_READER)
    bench.do(card)
    bench.digits("1234")
    bench.press("セット")
    bench.answer()
    bench.start_refund("00119", 20_000)
    bench.to_the_reader_again()
    bench.do(card)
    assert bench.screen == "centre"


def test_reset_cancels_a_refund_and_says_why_it_was_given_up() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.press("クレジット", "リセット")
    (result,) = bench.told(Result)
    assert (result.outcome, result.reason, result.kind) == (Outcome.CANCELLED, "reset", Kind.VOID)
    bench.start_refund("00119", operation_id="refund-2")
    bench.press("クレジット", "確認", "セット", "リセット")
    assert bench.told(Result)[0].reason == "slip_unknown"
    bench.start_refund("00119", operation_id="refund-3")
    bench.press("クレジット", "確認", "セット", "訂正", "リセット")
    assert bench.told(Result)[0].reason == "reset"


def test_typing_is_bounded_and_can_be_corrected() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.press("クレジット", "確認")
    for wrong in ("1x", "１", "123456"):
        bench.digits(wrong)
        assert bench.beeped()
    bench.digits("00118")
    bench.digits("1")
    assert bench.beeped()
    bench.press("訂正")
    assert bench.terminal.screen.lines[-1] == "伝票番号 "
    bench.digits("00119")
    bench.press("セット")
    assert bench.screen == "refund_card_match"
    bench.press("戻る")
    assert bench.screen == "refund_card_slip"


def test_the_registers_amount_cannot_be_typed_over() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.press("クレジット")
    assert "訂正" not in bench.terminal.screen.keys
    bench.digits("1")
    assert bench.beeped()
    assert bench.terminal.screen.lines[-1] == "金額 ¥165"


# --- by hand, without the register: manual 4-5 ---


def by_hand(bench: TerminalBench, amount: str = "165") -> None:
    bench.press("業務", "クレジット")
    bench.digits(amount)
    bench.press("確認")
    bench.digits("00119")
    bench.press("セット", "一致", "取消", "実行")
    bench.do(AMEX)


def test_a_refund_by_hand_is_in_the_journal_without_an_operation() -> None:
    bench = paid()
    by_hand(bench)
    bench.answer()
    (result,) = bench.told(Result)
    assert (result.operation_id, result.kind, result.voids) == (None, Kind.VOID, "00119")
    assert (bench.entry().operation_id, bench.entry().amount) == (None, 165)
    assert bench.terminal.operation_id is None
    assert len(bench.printed()) == 1


def test_a_refund_by_hand_that_is_reset_leaves_no_trace() -> None:
    bench = paid()
    bench.press("業務", "クレジット", "リセット")
    assert bench.screen == "home"
    assert bench.told(Result) == []
    assert len(bench.terminal.entries) == 1


def test_nobodys_abort_stops_a_refund_by_hand_and_a_start_finds_it_in_use() -> None:
    bench = paid()
    bench.press("業務", "クレジット")
    bench.start("op-9")
    (turned_down,) = bench.told(StartRefused)
    assert (turned_down.reason, turned_down.open_operation_id) == ("not_home", None)
    assert bench.screen == "refund_card_amount"


def test_the_history_shows_what_was_given_back_as_such() -> None:
    bench = paid()
    by_hand(bench)
    bench.answer()
    bench.press("確認", "再印字", "業務", "クレジット")
    assert bench.terminal.screen.lines == (
        "取引履歴",
        "00120 取消 ¥165 承認",
        "00119 売上 ¥165 取消・返品",
    )
    bench.press("00119")
    assert "売上 取消・返品" in bench.terminal.screen.lines
    bench.press("戻る", "00120")
    assert "元伝票番号 00119" in bench.terminal.screen.lines
    bench.press("実行")
    assert bench.printed()[0].reprint


def test_what_the_centre_has_not_decided_is_not_shown_as_given_back() -> None:
    bench = paid()
    by_hand(bench)
    bench.answer("unreachable")
    bench.press("確認", "再印字", "業務", "クレジット")
    assert "00119 売上 ¥165 承認" in bench.terminal.screen.lines


def test_the_totals_of_a_day_show_refunds_apart() -> None:
    bench = paid()
    by_hand(bench)
    bench.answer()
    bench.say(AskDayTotals(request=1, terminal_business_date="2026-05-25"))
    (totals,) = bench.told(DayTotals)
    assert [(line.kind, line.count, line.amount) for line in totals.totals] == [
        (Kind.PAYMENT, 1, 165),
        (Kind.VOID, 1, 165),
    ]


# --- what breaks ---


def test_a_refund_that_lost_its_power_at_the_centre_is_asked_about_and_told() -> None:
    bench = paid()
    bench.start_refund("00119")
    bench.to_the_reader_again()
    bench.do(AMEX)
    bench.cut_power()
    (asked,) = bench.asked()
    assert (asked.number, asked.inquiry, asked.kind) == (2, True, Kind.VOID)
    bench.answer("approved", 2)
    (result,) = bench.told(Result)
    assert (result.kind, result.voids, result.operation_id) == (Kind.VOID, "00119", "refund-1")


def test_the_same_refund_is_not_done_twice_though_it_became_a_return() -> None:
    bench = paid()
    bench.do(DayRolledOver())
    bench.start_refund("00119", kind=Kind.VOID)
    bench.to_the_reader_again(kind="返品")
    bench.do(AMEX)
    bench.answer()
    bench.start_refund("00119", kind=Kind.VOID)
    assert bench.told(Started)[0].again
    assert bench.told(Result)[0].kind is Kind.RETURN
    bench.start("refund-1", 165)
    assert bench.told(StartRefused)[0].reason == "content_differs"


def test_a_refund_without_paper_says_that_the_money_is_back() -> None:
    bench = paid()
    bench.do(PaperRanOut())
    by_hand(bench)
    bench.answer()
    assert bench.screen == "paper_out"
    assert "払い戻しは成立しています" in bench.terminal.screen.lines
