"""Money back on the simulated terminal, over real sockets: each fault, power cuts, by hand."""

from collections.abc import Iterator

import pytest

from ct6100.messages import Abort, AbortAnswer, AskDayTotals, AskJournal, DayTotals, Journal, Result
from ct6100.records import EntryState, JournalEntry
from testkit.customer import (
    CARD,
    CODE,
    EMONEY,
    Refund,
    Wallet,
    give_back,
    hold_out,
    pay,
    walk_back_to,
)
from testkit.http import TerminalClient, until
from testkit.simulator_process import Box, SimulatorProcess, connected

AMOUNT = 1_200


@pytest.fixture
def box(simulator: SimulatorProcess, terminal: TerminalClient) -> Iterator[Box]:
    del terminal  # switched on anew before the box dials
    with connected(simulator) as connected_box:
        yield connected_box


def paid(terminal: TerminalClient, box: Box, wallet: Wallet = CARD) -> Result:
    """Take a payment and come home."""
    operation = box.pay(AMOUNT)
    pay(terminal, wallet)
    result = box.until_result(operation)
    terminal.bring_home()
    return result


def refund_of(result: Result, wallet: Wallet = CARD, *, by_hand: bool = False) -> Refund:
    number = result.order_number or result.slip_number
    return Refund(number=number, wallet=wallet, amount=AMOUNT if by_hand else None)


def asked(box: Box, result: Result) -> str:
    return box.give_back(result.slip_number, AMOUNT, order_number=result.order_number)


def voids_of(box: Box, slip_number: str, request: int = 1) -> list[JournalEntry]:
    """Return the approved entries that give a slip back."""
    box.send(AskJournal(request=request))
    entries = box.until(Journal, request).entries
    approved = [entry for entry in entries if entry.state is EntryState.APPROVED]
    return [entry for entry in approved if entry.voids == slip_number]


@pytest.mark.parametrize("wallet", [CARD, EMONEY, CODE], ids=lambda wallet: wallet.media)
def test_each_media_is_given_back_key_by_key(
    terminal: TerminalClient, box: Box, wallet: Wallet
) -> None:
    payment = paid(terminal, box, wallet)
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment, wallet))
    result = box.until_result(operation)
    assert (result.outcome, result.kind, result.voids) == (
        "approved",
        "void",
        payment.slip_number,
    )
    assert (result.amount, result.brand, result.entry) == (AMOUNT, wallet.brand, wallet.entry)
    assert (result.slip is None) is (wallet is CODE)


def test_the_slip_of_the_manual_is_printed(terminal: TerminalClient, box: Box) -> None:
    """Approval and processing number are the same, the ARC is empty: manual 3-2."""
    payment = paid(terminal, box)
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    slip = box.until_result(operation).slip
    assert slip is not None
    assert payment.slip is not None
    assert (slip.title, slip.transaction) == ("クレジットカード取消票", "取消")
    assert (slip.approval_code, slip.processing_number) == ("949477", "949477")
    assert (slip.arc, slip.product, slip.sequence_label) == ("", "", "No01")
    assert int(slip.atc, 16) == int(payment.slip.atc, 16) + 1
    assert slip.card_number == payment.slip.card_number


@pytest.mark.parametrize("wallet", [CARD, EMONEY, CODE], ids=lambda wallet: wallet.media)
def test_the_automatic_customer_gives_back_too(
    terminal: TerminalClient, box: Box, wallet: Wallet
) -> None:
    terminal.autopilot(on=True, media=wallet.media, brand=wallet.brand, think_ms=0)
    payment = box.until_result(box.pay(AMOUNT))
    result = box.until_result(asked(box, payment))
    assert (result.outcome, result.voids) == ("approved", payment.slip_number)


def test_a_lost_answer_leaves_the_refund_in_the_journal(terminal: TerminalClient, box: Box) -> None:
    payment = paid(terminal, box)
    terminal.fault("answer_lost")
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    terminal.until_screen("approved")
    (entry,) = voids_of(box, payment.slip_number)
    assert entry.operation_id == operation
    assert not [one for one in box.heard if isinstance(one, Result) and one.voids]
    terminal.clear_faults()
    assert box.until_result(operation).outcome == "approved", "it is repeated until stored"


def test_an_answer_that_comes_twice_is_one_refund(terminal: TerminalClient, box: Box) -> None:
    payment = paid(terminal, box)
    terminal.fault("answer_twice")
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    box.until(Result, 3)
    results = [one for one in box.heard if isinstance(one, Result)]
    assert [one.operation_id for one in results[-2:]] == [operation] * 2
    assert len(voids_of(box, payment.slip_number)) == 1


def test_a_wrong_amount_is_only_in_the_answer(terminal: TerminalClient, box: Box) -> None:
    payment = paid(terminal, box)
    terminal.fault("wrong_amount", amount=999)
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    assert box.until_result(operation).amount == 999
    assert voids_of(box, payment.slip_number)[0].amount == AMOUNT


def test_a_declined_refund_gives_nothing_back_and_can_be_tried_again(
    terminal: TerminalClient, box: Box
) -> None:
    payment = paid(terminal, box)
    terminal.fault("decline", code="G12")
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    result = box.until_result(operation)
    assert (result.outcome, result.reason) == ("declined", "G12")
    terminal.clear_faults()
    terminal.bring_home()
    second = asked(box, payment)
    give_back(terminal, refund_of(payment))
    assert box.until_result(second).outcome == "approved"


def test_power_that_goes_before_the_read_leaves_no_trace(
    simulator: SimulatorProcess, terminal: TerminalClient, box: Box
) -> None:
    payment = paid(terminal, box)
    terminal.fault("reboot_at", screen="refund_read_card", seconds=0)
    operation = asked(box, payment)
    walk_back_to(terminal, "refund_card_execute", refund_of(payment))
    terminal.press("実行")
    terminal.until_screen("home")
    with connected(simulator) as again:
        again.send(AskJournal(request=1, operation_id=operation))
        told = again.until(Journal)
        assert (told.entries, told.complete, told.pending) == ((), True, 0)


def test_power_that_goes_at_the_centre_is_made_good(
    simulator: SimulatorProcess, terminal: TerminalClient, box: Box
) -> None:
    payment = paid(terminal, box)
    terminal.fault("reboot_at", screen="centre", seconds=0)
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    until(lambda: terminal.screen()["name"] == "home", "the terminal to be back")
    with connected(simulator) as again:
        result = again.until_result(operation)
        assert (result.outcome, result.voids) == ("approved", payment.slip_number)
        assert len(voids_of(again, payment.slip_number)) == 1


def test_an_abort_is_taken_before_the_read_only(terminal: TerminalClient, box: Box) -> None:
    payment = paid(terminal, box)
    first = asked(box, payment)
    walk_back_to(terminal, "refund_read_card", refund_of(payment))
    box.send(Abort(operation_id=first))
    assert box.until(AbortAnswer).answer == "taken"
    assert box.until_result(first).reason == "aborted"
    terminal.fault("slow_centre", seconds=1)
    second = asked(box, payment)
    give_back(terminal, refund_of(payment))
    terminal.until_screen("centre")
    box.send(Abort(operation_id=second))
    assert box.until(AbortAnswer, 2).answer == "already_read"
    assert box.until_result(second).outcome == "approved"


def test_a_broken_off_refund_by_touch_is_settled_by_its_card(
    terminal: TerminalClient, box: Box
) -> None:
    payment = paid(terminal, box, EMONEY)
    terminal.fault("incomplete", outcome="approved")
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment, EMONEY))
    assert box.until_result(operation).outcome == "incomplete"
    terminal.bring_home()
    second = asked(box, payment)
    walk_back_to(terminal, "refund_emoney_slip", refund_of(payment, EMONEY))
    terminal.enter(payment.slip_number)
    path = f"/api/terminals/{terminal.serial}/press"
    reply = terminal.send("POST", path, {"key": "セット"})
    assert (reply.status, reply.body["code"]) == (409, "not_taken")
    assert "取消・返品の結果を確認中です" in terminal.screen()["lines"][-1]
    terminal.press("リセット")
    assert box.until_result(second).reason == "cancel_unresolved"
    box.pay(300)
    terminal.until_screen("choose_media")
    for key in ("電子マネー", "iD", "確認"):
        terminal.press(key)
    hold_out(terminal, EMONEY)
    outcomes = ("incomplete", "approved")

    def told() -> bool:
        heard = [one for one in box.heard if isinstance(one, Result)]
        return outcomes == tuple(one.outcome for one in heard if one.operation_id == operation)

    until(told, "what the touch came to")


def test_by_hand_the_register_hears_of_it_without_an_operation(
    terminal: TerminalClient, box: Box
) -> None:
    payment = paid(terminal, box)
    give_back(terminal, refund_of(payment, by_hand=True))

    def told() -> Result | None:
        heard = [one for one in box.heard if isinstance(one, Result)]
        return next((one for one in heard if one.voids == payment.slip_number), None)

    result = until(told, "the result")
    assert (result.operation_id, result.outcome) == (None, "approved")


def test_the_day_has_its_refunds_apart(
    simulator: SimulatorProcess, terminal: TerminalClient, box: Box
) -> None:
    terminal.close_day()
    payment = paid(terminal, box)
    operation = asked(box, payment)
    give_back(terminal, refund_of(payment))
    box.until_result(operation)
    box.send(AskDayTotals(request=1, terminal_business_date=simulator.view()["business_date"]))
    totals = box.until(DayTotals).totals
    assert [(line.kind, line.count, line.amount) for line in totals] == [
        ("payment", 1, AMOUNT),
        ("void", 1, AMOUNT),
    ]
