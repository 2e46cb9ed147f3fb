from msgspec.structs import replace

from ct6100.effects import Print
from ct6100.records import Slip
from ct6100.stimuli import Presented
from ct6100_simulator.paper import COLUMNS, Printed, texts, width
from testkit.terminals import TerminalBench


def printed() -> Print:
    bench = TerminalBench().on()
    bench.pay()
    (paper,) = [effect for effect in bench.answer() if isinstance(effect, Print)]
    return paper


def emoney_slip() -> Slip:
    bench = TerminalBench().on()
    bench.start(amount=500)
    bench.press("電子マネー", "iD", "確認")
    bench.do(Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421"))
    (paper,) = [effect for effect in bench.answer() if isinstance(effect, Print)]
    return paper.slip


def test_a_card_sale_prints_both_copies_with_every_label_of_the_sample() -> None:
    customer, merchant = texts(Printed(slip=printed().slip))
    assert customer.endswith("お客様控")
    assert merchant.endswith("加盟店控")
    for piece in (
        "クレジットカード売上票",
        "(DXテスト)開発統括部RF検証ルーム",
        "2026/05/25 15:45:05",
        "377782****6304",
        "00119：XX/XX：売上",
        "一括：110：5678",
        "処理番号",
        "¥165",
        "ARCY1 ATC0034 No01",
        "A000000025010402 AMEX",
    ):
        assert piece in customer
        assert piece in merchant


def test_of_an_emoneys_number_each_copy_shows_its_own_part() -> None:
    bench = TerminalBench().on()
    bench.start(amount=500)
    bench.press("電子マネー", "iD", "確認")
    bench.do(Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421"))
    (paper,) = [effect for effect in bench.answer() if isinstance(effect, Print)]
    customer, merchant = texts(Printed(slip=paper.slip, merchant_number=paper.merchant_number))
    assert "**** * 0421" in customer
    assert "6900 1111 0023 0***" not in customer
    assert "6900 1111 0023 0***" in merchant
    assert "**** * 0421" not in merchant


def test_money_back_to_e_money_says_so_beside_the_brand() -> None:
    paid = emoney_slip()
    back = replace(paid, transaction="取消")
    for shown in texts(Printed(slip=paid)):
        assert "ID支払 " in shown
        assert "支払取消返品" not in shown
    for shown in texts(Printed(slip=back)):
        assert "ID支払取消返品 " in shown


def test_the_merchant_alone_gets_a_line_to_sign_where_one_is_asked_for() -> None:
    unsigned = printed().slip
    customer, merchant = texts(Printed(slip=replace(unsigned, signature_required=True)))
    assert "ご署名" in merchant
    assert "ご署名" not in customer
    assert all("ご署名" not in shown for shown in texts(Printed(slip=unsigned)))


def test_a_reprint_says_so() -> None:
    slip = printed().slip
    assert "再印字" in texts(Printed(slip=slip, reprint=True))[0]
    assert "再印字" not in texts(Printed(slip=slip))[0]


def test_no_line_of_label_and_value_is_wider_than_the_paper() -> None:
    for line in texts(Printed(slip=printed().slip))[0].splitlines():
        assert width(line) <= COLUMNS


def test_full_width_characters_count_double() -> None:
    assert width("金額 ¥165") == 9
