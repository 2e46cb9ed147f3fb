"""A cashier who gives back what the register asks for, with whatever it was paid."""

import pytest
from msgspec import structs

from ct6100.messages import Result
from ct6100.records import EntryState, Kind, Outcome
from ct6100.stimuli import DayRolledOver, KeyPressed, Presented
from ct6100_simulator.autopilot import react_to
from ct6100_simulator.model import Autopilot, Present
from ct6100_simulator.wallet import presented
from testkit.refunds import ORDER
from testkit.terminals import TerminalBench

PILOT = Autopilot(on=True)


def held(kind: str, brand: str, entry: str) -> Presented:
    kinds = {
        "card": Present(kind="card", brand=brand),
        "emoney": Present(kind="emoney", brand=brand),
    }
    usual = kinds.get(kind, Present(kind="code", brand=brand))
    return structs.replace(presented(usual, 0), entry=entry)


def paid(kind: str, brand: str, entry: str, *conditions: str) -> TerminalBench:
    """Return a terminal on which ¥500 was paid like this, slip 00119."""
    bench = TerminalBench().on()
    bench.start(amount=500)
    keys = {
        "card": ("クレジットカード・銀聯", "セット", *(conditions or ("一括",)), "実行"),
        "emoney": ("電子マネー", brand, "確認"),
        "code": ("コード支払い", "セット"),
    }
    bench.press(*keys[kind])
    bench.do(held(kind, brand, entry))
    bench.answer(order_number=ORDER)
    assert bench.entry().state is EntryState.APPROVED
    return bench


def fly(bench: TerminalBench) -> None:
    """Let them act until they have nothing to do."""
    for before in range(30):
        action = react_to(bench.terminal, PILOT, before)
        if action is None:
            return
        bench.do(action)
    raise AssertionError(bench.screen)


PAYMENTS = [
    ("card", "VISA", "contactless"),
    ("card", "AMEX", "ic"),
    ("card", "JCB", "magnetic"),
    ("card", "JCB", "magnetic", "分割", "3回"),
    ("card", "JCB", "magnetic", "リボ"),
    ("emoney", "iD", "contactless"),
    ("emoney", "QUICPay", "contactless"),
    ("code", "PayPay", "code"),
]


@pytest.mark.parametrize("payment", PAYMENTS, ids="-".join)
@pytest.mark.parametrize("next_day", [False, True])
def test_it_gives_back_what_was_paid_in_any_way_on_either_day(
    payment: tuple[str, ...], *, next_day: bool
) -> None:
    bench = paid(*payment)
    if next_day:
        bench.do(DayRolledOver())
    bench.start_refund("00119", 500, order_number=ORDER if payment[0] == "code" else None)
    fly(bench)
    assert bench.screen == "centre"
    bench.answer()
    (result,) = bench.told(Result)
    assert (result.outcome, result.voids) == (Outcome.APPROVED, "00119")
    assert result.kind is (Kind.RETURN if next_day else Kind.VOID)


def test_it_finds_a_code_by_its_order_number_alone() -> None:
    bench = paid("code", "PayPay", "code")
    bench.start_refund(None, 500, order_number=ORDER)
    fly(bench)
    assert bench.screen == "centre"


@pytest.mark.parametrize(
    ("slip", "amount", "reason"),
    [(None, 500, "reset"), ("00118", 500, "reset"), ("00119", 499, "amount_differs")],
)
def test_it_gives_up_what_cannot_be_given_back(slip: str | None, amount: int, reason: str) -> None:
    bench = paid("card", "VISA", "contactless")
    bench.start_refund(slip, amount)
    fly(bench)
    assert bench.screen == "home"
    entry = bench.entry()
    assert (entry.state, entry.reason) == (EntryState.CANCELLED, reason)


def test_it_gives_up_emoney_that_cannot_be_cancelled() -> None:
    bench = paid("emoney", "WAON", "contactless")
    bench.start_refund("00119", 500)
    fly(bench)
    assert bench.entry().reason == "brand_not_cancellable"


def test_nobody_meddles_with_what_is_given_back_by_hand() -> None:
    bench = paid("card", "VISA", "contactless")
    bench.press("確認", "業務", "クレジット")
    assert react_to(bench.terminal, PILOT, 0) is None


def test_switched_off_it_gives_nothing_back() -> None:
    bench = paid("card", "VISA", "contactless")
    bench.start_refund("00119", 500)
    assert react_to(bench.terminal, Autopilot(on=False), 0) is None
    assert react_to(bench.terminal, PILOT, 0) == KeyPressed(label="クレジット")
