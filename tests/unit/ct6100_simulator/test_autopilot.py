import pytest

from ct6100.effects import CallCentre
from ct6100.records import Screen
from ct6100.stimuli import DigitsEntered, KeyPressed, Presented
from ct6100_simulator.autopilot import react
from ct6100_simulator.model import Autopilot
from testkit.terminals import TerminalBench

CARD = Autopilot(on=True, brand="VISA")


def walk(pilot: Autopilot) -> TerminalBench:
    """Let the customer act until they have nothing to do."""
    bench = TerminalBench().on()
    bench.start(amount=12_650)
    for before in range(20):
        action = react(bench.terminal.screen, pilot, before)
        if action is None:
            return bench
        bench.do(action)
    raise AssertionError(bench.screen)


@pytest.mark.parametrize(
    ("pilot", "media", "brand"),
    [
        (CARD, "card", "VISA"),
        (Autopilot(on=True), "card", "AMEX"),
        (Autopilot(on=True, media="emoney", brand="QUICPay"), "emoney", "QUICPay"),
        (Autopilot(on=True, media="emoney"), "emoney", "iD"),
        (Autopilot(on=True, media="code", brand="PayPay"), "code", "PayPay"),
    ],
)
def test_it_gets_from_the_amount_to_the_centre(pilot: Autopilot, media: str, brand: str) -> None:
    bench = walk(pilot)
    assert bench.screen == "centre"
    assert [(call.media, call.brand) for call in bench.all_calls] == [(media, brand)]


def test_it_leaves_an_approval_to_the_terminal_and_confirms_a_decline() -> None:
    bench = walk(CARD)
    bench.answer("approved")
    assert react(bench.terminal.screen, CARD, 1) is None
    bench = walk(CARD)
    bench.answer("declined")
    assert react(bench.terminal.screen, CARD, 1) == KeyPressed(label="確認")


def test_a_pin_is_typed_once_and_then_set() -> None:
    asks = Screen(name="enter_pin", lines=("暗証番号を入力してください", "金額 ¥165"))
    typed = Screen(name="enter_pin", lines=("暗証番号を入力してください", "暗証番号 ****"))
    assert react(asks, CARD, 0) == DigitsEntered(digits="1234")
    assert react(typed, CARD, 0) == KeyPressed(label="セット")


def test_a_reader_of_another_media_is_reset() -> None:
    reset = KeyPressed(label="リセット")
    assert react(Screen(name="read_code", keys=("リセット",)), CARD, 0) == reset
    brands = Screen(name="emoney_brand", keys=("iD", "リセット"))
    unknown = Autopilot(on=True, media="emoney", brand="Suica")
    assert react(brands, unknown, 0) == reset


@pytest.mark.parametrize("name", ["home", "centre", "off", "frozen", "history"])
def test_it_waits_where_a_customer_has_nothing_to_do(name: str) -> None:
    assert react(Screen(name=name), CARD, 0) is None


def test_switched_off_it_does_nothing() -> None:
    assert react(Screen(name="choose_media"), Autopilot(on=False), 0) is None


def test_each_card_has_the_next_transaction_counter() -> None:
    reader = Screen(name="read_card", keys=("リセット",))
    counters: list[str] = []
    for before in range(2):
        action = react(reader, CARD, before)
        assert isinstance(action, Presented)
        counters.append(action.atc)
    assert counters == ["0034", "0035"]


def test_the_call_carries_nothing_but_the_hint() -> None:
    (call,) = walk(CARD).all_calls
    assert isinstance(call, CallCentre)
    assert call.outcome == "approved"
