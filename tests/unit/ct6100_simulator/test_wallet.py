import msgspec
import pytest

from ct6100.records import ENTRY_CODE
from ct6100_simulator.model import Present
from ct6100_simulator.wallet import WALLET, WalletItem, presented, usual
from testkit.terminals import TO_THE_READER, TerminalBench


def held_out(item: WalletItem) -> Present:
    return msgspec.convert({"kind": item.kind, "brand": item.brand}, Present)  # as the API does


def test_the_wallet_supplies_the_number_and_how_it_is_usually_read() -> None:
    amex = presented(Present(kind="card", brand="AMEX"), 0)
    assert (amex.number[:6], amex.number[-4:], amex.entry, amex.atc) == (
        "377782",
        "6304",
        "ic",
        "0034",
    )
    assert presented(Present(kind="emoney", brand="iD"), 0).entry == "contactless"


def test_a_code_is_always_read_by_the_camera() -> None:
    code = presented(Present(kind="code", brand="PayPay", entry="contactless"), 0)
    assert code.entry == ENTRY_CODE


def test_what_is_given_wins_over_the_wallet() -> None:
    card = presented(
        Present(kind="card", brand="VISA", entry="magnetic", number="4111000022223333"), 0
    )
    assert (card.entry, card.number) == ("magnetic", "4111000022223333")


def test_a_brand_that_nobody_carries_can_be_presented_too() -> None:
    card = presented(Present(kind="card", brand="Diners"), 0)
    assert (card.brand, card.entry, len(card.number)) == ("Diners", "ic", 16)


def test_the_card_that_is_declined_has_a_number_of_its_own() -> None:
    good = presented(Present(kind="card", brand="VISA"), 0)
    bad = presented(Present(kind="card", brand="VISA", outcome="declined"), 0)
    assert good.number != bad.number


@pytest.mark.parametrize("number", [item.number for item in WALLET if item.number])
def test_no_number_in_the_wallet_could_be_a_real_card(number: str) -> None:
    if number.isdigit() and len(number) in (15, 16):
        digits = [int(each) for each in reversed(number)]
        doubled = [sum(divmod(2 * each, 10)) for each in digits[1::2]]
        assert (sum(digits[0::2]) + sum(doubled)) % 10 != 0, "passes the Luhn check"


def test_each_kind_has_a_usual_brand() -> None:
    assert [usual(kind) for kind in ("card", "emoney", "code")] == ["AMEX", "iD", "PayPay"]


@pytest.mark.parametrize("item", WALLET, ids=lambda item: item.id)
def test_a_terminal_can_read_everything_in_the_wallet(item: WalletItem) -> None:
    bench = TerminalBench().on()
    bench.start()
    ways = {
        "card": TO_THE_READER,
        "emoney": ("電子マネー", item.brand, "確認"),
        "code": ("コード支払い", "セット"),
    }
    bench.press(*ways[item.kind])
    bench.do(presented(held_out(item), 0))
    assert not bench.beeped()
    assert bench.screen == "centre"
