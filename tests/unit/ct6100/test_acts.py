import pytest
from msgspec import structs

from ct6100.messages import (
    Result,
)
from ct6100.records import EntryState, Outcome
from ct6100.stimuli import (
    Presented,
)
from testkit.terminals import AMEX, MERCHANT, TO_THE_READER, TerminalBench

VISA_IC = Presented(media="card", brand="VISA", entry="ic", number="4980123412341234")
ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
PAYPAY = Presented(media="code", brand="PayPay", entry="code", number="1234")


def test_a_card_slip_has_the_fields_of_the_manual() -> None:
    bench = TerminalBench().on()
    bench.pay(amount=165)
    bench.answer("approved")
    slip = bench.printed()[0].slip
    assert structs.asdict(slip) == {
        "slip_number": "00119",
        "title": "クレジットカード売上票",
        "merchant_name": "(DXテスト)開発統括部RF検証ルーム",
        "merchant_phone": "999-999-999",
        "used_at": "2026/05/25 15:45:05",
        "transaction": "売上",
        "amount": 165,
        "total": 165,
        "card_number": "377782****6304",
        "member_number": None,
        "other_card_settlement": "CL",
        "expiry": "XX/XX",
        "payment_condition": "一括",
        "handling": "110",
        "product": "5678",
        "card_company": "AMEX",
        "approval_code": "000000",
        "processing_number": "",
        "arc": "Y1",
        "atc": "0034",
        "sequence_label": "No01",
        "application_id": "A000000025010402",
        "application_label": "AMEX",
        "sales_area": "",
        "clerk": "",
        "upper_terminal_id": "",
        "inquiry_number": "",
        "order_number": None,
        "signature_required": False,
    }


def test_reset_on_the_read_screen_cancels() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 165)
    bench.press(*TO_THE_READER, "リセット")
    result = bench.told(Result)[0]
    assert (result.outcome, result.reason) == (Outcome.CANCELLED, "reset")
    assert (result.operation_id, result.amount, result.slip) == ("op-1", 165, None)
    assert bench.screen == "home"
    assert bench.entry().state is EntryState.CANCELLED


def test_a_small_ic_payment_needs_no_pin_and_a_larger_one_does() -> None:
    bench = TerminalBench().on()
    bench.start("small", 10_000)
    bench.press(*TO_THE_READER)
    bench.do(VISA_IC)
    assert bench.screen == "centre"
    bench.answer("approved")
    bench.start("large", 10_001)
    bench.press(*TO_THE_READER)
    bench.do(VISA_IC)
    assert bench.screen == "enter_pin"
    assert bench.asked() == []
    bench.digits("86")
    bench.digits("75")
    assert "暗証番号 ****" in bench.terminal.screen.lines
    bench.press("セット")
    assert bench.screen == "centre"
    assert "8675" not in repr(bench.effects[0])


def test_a_pin_is_digits_and_long_enough() -> None:
    bench = TerminalBench().on()
    bench.start(amount=20_000)
    bench.press(*TO_THE_READER)
    bench.do(VISA_IC)
    for wrong in ("12a4", "1" * 13, "１２３４"):
        bench.digits(wrong)
        assert bench.beeped()
    bench.digits("123")
    bench.press("セット")
    assert bench.beeped()
    assert bench.screen == "enter_pin"


def test_the_pin_can_be_skipped_only_with_a_sign_pad() -> None:
    for sign_pad in (False, True):
        bench = TerminalBench(structs.replace(MERCHANT, sign_pad=sign_pad)).on()
        bench.start(amount=20_000)
        bench.press(*TO_THE_READER)
        bench.do(VISA_IC)
        assert ("スキップ" in bench.terminal.screen.keys) is sign_pad
        bench.press("スキップ")
        assert bench.screen == ("centre" if sign_pad else "enter_pin")
        if sign_pad:
            bench.answer("approved")
            assert bench.printed()[0].slip.signature_required


def test_a_magnetic_card_is_signed_for_and_has_no_chip_data() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press(*TO_THE_READER)
    bench.do(structs.replace(AMEX, entry="magnetic"))
    bench.answer("approved")
    slip = bench.printed()[0].slip
    assert (slip.other_card_settlement, slip.signature_required) == ("MS", True)
    assert (slip.atc, slip.application_id) == ("", "")


def test_instalments_are_chosen_by_their_count() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press("クレジットカード・銀聯", "セット", "分割", "3回", "実行")
    bench.do(AMEX)
    bench.answer("approved")
    assert bench.printed()[0].slip.payment_condition == "分割3回"


def test_what_cannot_be_read_beeps_and_changes_nothing() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press(*TO_THE_READER)
    for wrong in (
        structs.replace(AMEX, number="12345"),
        structs.replace(AMEX, number="37778212345630x"),
        structs.replace(AMEX, brand="\U0001f4b3"),
        structs.replace(AMEX, brand=""),
        structs.replace(AMEX, atc="00 34"),
        ID,
        PAYPAY,
    ):
        bench.do(wrong)
        assert bench.beeped()
        assert bench.screen == "read_card"
    assert bench.terminal.entries == ()


def test_an_emoney_payment_goes_by_brand_confirmation_and_touch() -> None:
    bench = TerminalBench().on()
    bench.start(amount=500)
    bench.press("電子マネー", "iD", "確認")
    assert bench.shown() == ["emoney_brand", "emoney_amount", "touch_emoney"]
    bench.do(structs.replace(ID, brand="WAON"))
    assert bench.beeped()
    bench.do(ID)
    bench.answer("approved")
    slip = bench.printed()[0].slip
    assert (slip.title, slip.member_number) == ("領収書", "**** * 0421")
    assert (slip.upper_terminal_id, slip.inquiry_number) == ("4976151008355", "000000")
    assert (slip.card_number, slip.transaction) == (None, "売上")


def test_a_touch_that_broke_off_is_incomplete() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press("電子マネー", "交通系", "確認")
    bench.do(structs.replace(ID, brand="交通系", outcome="incomplete"))
    assert bench.asked()[0].outcome == "incomplete"
    bench.answer("incomplete")
    assert bench.told(Result)[0].outcome is Outcome.INCOMPLETE
    assert bench.screen == "incomplete"


def test_a_code_payment_has_an_order_number_and_no_slip() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press("コード支払い", "セット")
    assert bench.screen == "read_code"
    bench.do(PAYPAY)
    bench.answer("approved")
    result = bench.told(Result)[0]
    assert (result.media, result.brand, result.order_number) == ("code", "PayPay", "CODE-1")
    assert result.slip is None
    assert bench.printed() == []
    assert bench.entry().order_number == "CODE-1"
    assert "注文番号 CODE-1" in bench.terminal.screen.lines


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        ((), "choose_media"),
        (("電子マネー",), "emoney_brand"),
        (("電子マネー", "楽天Edy"), "emoney_amount"),
        (("電子マネー", "楽天Edy", "確認"), "touch_emoney"),
        (("コード支払い",), "code_amount"),
        (("コード支払い", "セット"), "read_code"),
    ],
)
def test_reset_cancels_an_emoney_or_code_payment_on_every_screen_before_the_read(
    keys: tuple[str, ...], screen: str
) -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 165)
    bench.press(*keys)
    assert bench.screen == screen
    bench.press("リセット")
    (result,) = bench.told(Result)
    assert (result.outcome, result.reason) == (Outcome.CANCELLED, "reset")
    assert bench.screen == "home"


def test_the_history_shows_and_prints_again() -> None:
    bench = TerminalBench().on()
    for number in range(7):
        bench.pay(f"op-{number}")
        bench.answer("approved")
    bench.press("確認", "再印字", "業務", "クレジット")
    assert bench.screen == "history"
    assert bench.terminal.screen.keys[:5] == ("00125", "00124", "00123", "00122", "00121")
    bench.press("前へ")
    assert bench.beeped()
    bench.press("次へ")
    assert bench.terminal.screen.keys[:2] == ("00120", "00119")
    bench.press("次へ")
    assert bench.beeped()
    bench.press("00119")
    assert "金額 ¥165" in bench.terminal.screen.lines
    bench.press("実行")
    reprint = bench.printed()[0]
    assert (reprint.slip.slip_number, reprint.reprint) == ("00119", True)
    bench.press("戻る")
    assert bench.screen == "home"


def test_what_was_not_approved_is_in_the_history_but_prints_nothing() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("declined")
    bench.press("確認", "業務", "再印字", "業務", "クレジット", "00119", "実行")
    assert bench.beeped()
    assert bench.screen == "history_entry"
    assert bench.printed() == []
