from ct6100.effects import Print
from ct6100_simulator.paper import COLUMNS, Printed, texts, width
from testkit.terminals import TerminalBench


def printed() -> Print:
    bench = TerminalBench().on()
    bench.pay()
    (paper,) = [effect for effect in bench.answer() if isinstance(effect, Print)]
    return paper


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


def test_a_reprint_says_so() -> None:
    slip = printed().slip
    assert "再印字" in texts(Printed(slip=slip, reprint=True))[0]
    assert "再印字" not in texts(Printed(slip=slip))[0]


def test_no_line_of_label_and_value_is_wider_than_the_paper() -> None:
    for line in texts(Printed(slip=printed().slip))[0].splitlines():
        assert width(line) <= COLUMNS


def test_full_width_characters_count_double() -> None:
    assert width("金額 ¥165") == 9
