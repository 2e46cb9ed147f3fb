"""Each fault of the drawer that is not about power, over real sockets."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.identifiers import ID_PATTERN
from ct6100.messages import (
    AskJournal,
    AskStatus,
    DayClosed,
    Hello,
    Journal,
    Ping,
    Pong,
    Progress,
    Result,
    Status,
)
from testkit.http import TerminalClient, until
from testkit.simulator_process import TO_THE_READER, Box, SimulatorProcess, connected

WAON = {"brand": "WAON"}


@pytest.fixture
def payer(terminal: TerminalClient) -> TerminalClient:
    """A terminal with a customer who always pays by card, at once."""
    terminal.autopilot(on=True, think_ms=0)
    return terminal


@pytest.fixture
def box(simulator: SimulatorProcess, terminal: TerminalClient) -> Iterator[Box]:
    del terminal  # switched on anew before the box dials
    with connected(simulator) as connected_box:
        yield connected_box


def refused(terminal: TerminalClient, verb: str, body: Any) -> tuple[int, Any]:
    reply = terminal.send("POST", f"/api/terminals/{terminal.serial}/{verb}", body)
    return reply.status, reply.body


def touch(terminal: TerminalClient, box: Box, amount: int, **card: str) -> str:
    """Start a payment and hold an e-money to the terminal; return the operation."""
    operation = box.pay(amount)
    terminal.until_screen("choose_media")
    for key in ("電子マネー", card["brand"], "確認"):
        terminal.press(key)
    terminal.present("emoney", **card)
    return operation


def outcomes(box: Box, operation: str) -> list[str]:
    results = [each for each in box.heard if isinstance(each, Result)]
    return [str(each.outcome) for each in results if each.operation_id == operation]


def open_touches(simulator: SimulatorProcess) -> dict[str, tuple[str, int]]:
    """Return the 処理未了 that the terminal's page offers to settle, by slip number."""
    shown = simulator.view()["incomplete"]
    return {each["slip_number"]: (each["brand"], each["amount"]) for each in shown}


# --- results that lie ---


def test_a_wrong_amount_leaves_the_terminal_while_its_journal_and_paper_are_right(
    payer: TerminalClient, box: Box
) -> None:
    payer.fault("wrong_amount", amount=999)
    operation = box.pay(4_321)
    result = box.until_result(operation)
    assert (result.amount, result.outcome) == (999, "approved")
    assert result.slip is not None
    assert result.slip.amount == 4_321
    box.send(AskJournal(request=1, operation_id=operation))
    (entry,) = box.until(Journal).entries
    assert (entry.amount, entry.state) == (4_321, "approved")
    assert box.until_result(box.pay(100)).amount == 100


def test_a_foreign_operation_is_nobodys_while_the_journal_names_ours(
    payer: TerminalClient, box: Box
) -> None:
    payer.fault("foreign_operation")
    operation = box.pay(165)
    result = box.until(Result)
    assert result.operation_id not in {None, operation}
    assert re.fullmatch(ID_PATTERN, result.operation_id or "")
    assert payer.journal()[0]["operation_id"] == operation


def test_a_foreign_operation_can_be_another_of_ours(payer: TerminalClient, box: Box) -> None:
    first = box.until_result(box.pay(100)).operation_id
    payer.fault("foreign_operation", operation_id=first)
    box.pay(200)
    assert box.until(Result, 2).operation_id == first


# --- the device itself ---


@pytest.mark.parametrize("screen", ["choose_media", "centre", "approved"])
def test_a_frozen_terminal_answers_nobody_until_its_power_was_cut(
    simulator: SimulatorProcess, payer: TerminalClient, screen: str
) -> None:
    payer.fault("freeze", screen=screen)
    with connected(simulator) as box:
        operation = box.pay(777)
        payer.until_screen("frozen")
        box.send(Ping(request=1))
        box.send(AskStatus(request=2))
        keys = refused(payer, "press", {"key": "リセット"})
        assert (keys[0], keys[1]["code"]) == (409, "key_not_shown")
        with pytest.raises(AssertionError, match="waited in vain"):
            box.until(Status)
        assert not [each for each in box.heard if isinstance(each, Pong)]
    payer.power("off")
    payer.power("on")
    assert payer.screen()["name"] == "home"
    with connected(simulator) as box:
        if screen == "choose_media":
            box.send(AskJournal(request=1, operation_id=operation))
            assert box.until(Journal).entries == ()
        else:
            assert box.until_result(operation).outcome == "approved"


def test_it_freezes_at_once_when_no_screen_is_named_and_not_without_power(
    terminal: TerminalClient,
) -> None:
    terminal.fault("freeze")
    assert terminal.screen()["name"] == "frozen"
    terminal.power("off")
    status, body = refused(terminal, "faults", {"fault": "freeze"})
    assert (status, body["code"]) == (409, "powered_off")
    terminal.power("on")
    assert terminal.screen()["name"] == "home"


def test_without_paper_a_payment_stands_and_its_slip_comes_when_there_is_some(
    simulator: SimulatorProcess, payer: TerminalClient, box: Box
) -> None:
    payer.fault("paper_out")
    assert box.until_result(box.pay(165)).outcome == "approved"
    screen = payer.until_screen("paper_out")
    assert screen["lines"][:2] == ["用紙切れ", "お支払いは成立しています"]
    assert payer.journal()[0]["state"] == "approved"
    payer.put_paper_in()
    assert payer.screen()["name"] == "home"
    assert simulator.view()["faults"] == []
    assert box.until_result(box.pay(300)).amount == 300
    payer.put_paper_in()


def test_paper_is_still_out_after_a_power_cut_and_in_when_the_faults_are_cleared(
    simulator: SimulatorProcess, payer: TerminalClient
) -> None:
    payer.fault("paper_out")
    for power in ("off", "on"):
        payer.power(power)
    with connected(simulator) as box:
        box.until_result(box.pay(165))
        payer.until_screen("paper_out")
        payer.clear_faults()
        payer.until_screen("home")


@pytest.mark.parametrize("seconds", [-86_400, 300])
def test_a_wrong_clock_is_told_and_booked_and_holds_up_nothing(
    simulator: SimulatorProcess, payer: TerminalClient, seconds: int
) -> None:
    payer.fault("clock_skew", seconds=seconds)
    with connected(simulator, stores_results=False) as box:
        by = timedelta(seconds=seconds)
        wrong = box.until(Hello).at - by - datetime.now(UTC)  # noqa: TID251 - a real terminal's clock
        assert abs(wrong) < timedelta(seconds=10)
        operation = box.pay(165)
        entry_at = box.until_result(operation).at
        assert abs(entry_at - box.until(Hello).at) < timedelta(seconds=10)
        payer.clear_faults()
        payer.until_screen("home")
        until(lambda: len(outcomes(box, operation)) > 1, "the result to be repeated in its time")


def test_a_day_closed_in_mid_payment_puts_it_on_the_next_one(
    simulator: SimulatorProcess, payer: TerminalClient, box: Box
) -> None:
    before = simulator.view()["business_date"]
    payer.fault("close_day_mid_payment")
    operation = box.pay(165)
    result = box.until_result(operation)
    closed = box.until(DayClosed)
    assert (closed.request, closed.terminal_business_date) == (0, before)
    assert result.terminal_business_date == closed.next_business_date > before
    entry = payer.journal()[0]
    assert entry["terminal_business_date"] == result.terminal_business_date
    assert box.until_result(box.pay(100)).terminal_business_date == result.terminal_business_date


# --- the line ---


@pytest.mark.parametrize("n", [2, 3])
def test_damaged_frames_are_sent_again_and_nothing_is_lost_or_doubled(
    simulator: SimulatorProcess, payer: TerminalClient, n: int
) -> None:
    payer.fault("nak_every", n=n)
    with connected(simulator) as box:
        operations = [box.pay(100)]
        box.until_result(operations[0])
        for amount in (200, 300, 400):
            operations.append(box.pay(amount))
            box.until_result(operations[-1])
        assert box.ended is None
        assert [outcomes(box, each) for each in operations] == [["approved"]] * 4
        progress = [each.sequence for each in box.heard if isinstance(each, Progress)]
        assert progress == sorted(progress)
        payer.clear_faults()
        assert box.until_result(box.pay(500)).amount == 500


def test_a_result_that_is_late_comes_once_and_after_its_time(
    payer: TerminalClient, box: Box
) -> None:
    payer.fault("answer_late", seconds=1)
    operation = box.pay(165)
    payer.until_screen("approved")
    assert outcomes(box, operation) == []
    assert box.until_result(operation).outcome == "approved"


# --- the centre ---


def test_a_decline_and_a_slow_centre_strike_as_often_as_they_were_told(
    simulator: SimulatorProcess, payer: TerminalClient, box: Box
) -> None:
    payer.fault("decline", code="G12", times=2)
    payer.fault("slow_centre", seconds=0.2, times=3)
    results = [box.until_result(box.pay(100 + count)) for count in range(4)]
    assert [each.outcome for each in results] == ["declined"] * 2 + ["approved"] * 2
    assert [each.reason for each in results] == ["G12", "G12", "", ""]
    assert simulator.view()["faults"] == []


# --- 処理未了 ---


def test_a_touch_breaks_off_and_the_next_touch_of_the_card_shows_that_it_was_a_sale(
    simulator: SimulatorProcess, terminal: TerminalClient, box: Box
) -> None:
    terminal.fault("incomplete", brand="WAON")
    first = touch(terminal, box, 500, **WAON)
    result = box.until_result(first)
    assert (result.outcome, result.slip) == ("incomplete", None)
    assert open_touches(simulator)[result.slip_number] == ("WAON", 500)
    terminal.press("確認")
    second = touch(terminal, box, 300, **WAON)
    assert box.until_result(second).outcome == "approved"
    until(lambda: len(outcomes(box, first)) > 1, "what the first touch came to")
    assert outcomes(box, first)[:2] == ["incomplete", "approved"]
    entries = {each["operation_id"]: each for each in terminal.journal()}
    assert (entries[first]["state"], entries[first]["amount"]) == ("approved", 500)
    assert result.slip_number not in open_touches(simulator)


def test_it_can_turn_out_to_be_none_and_another_card_shows_nothing(
    terminal: TerminalClient, box: Box
) -> None:
    terminal.fault("incomplete", outcome="declined")
    first = touch(terminal, box, 500, **WAON)
    assert box.until_result(first).outcome == "incomplete"
    second = touch(terminal, box, 300, brand="WAON", number="6900777788885555")
    box.until_result(second)
    assert outcomes(box, first) == ["incomplete"]
    box.until_result(touch(terminal, box, 200, **WAON))
    until(lambda: "declined" in outcomes(box, first), "what the first touch came to")
    states = {each["operation_id"]: each["state"] for each in terminal.journal()}
    assert (states[first], states[second]) == ("declined", "approved")


def test_only_the_brand_that_was_armed_breaks_off_and_cards_never_do(
    terminal: TerminalClient, box: Box
) -> None:
    terminal.fault("incomplete", brand="nanaco")
    assert box.until_result(touch(terminal, box, 500, brand="交通系")).outcome == "approved"
    operation = box.pay(165)
    terminal.until_screen("choose_media")
    for key in TO_THE_READER:
        terminal.press(key)
    terminal.present()
    assert box.until_result(operation).outcome == "approved"
    assert box.until_result(touch(terminal, box, 500, brand="nanaco")).outcome == "incomplete"


def test_it_is_still_known_after_a_power_cut_and_can_be_settled_by_hand(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.fault("incomplete")
    with connected(simulator) as box:
        first = touch(terminal, box, 500, brand="楽天Edy")
        slip_number = box.until_result(first).slip_number
    for power in ("off", "on"):
        terminal.power(power)
    assert open_touches(simulator)[slip_number] == ("楽天Edy", 500)
    terminal.settle_incomplete(slip_number, "approved")
    with connected(simulator) as box:
        result = box.until_result(first)
        assert (result.outcome, result.slip_number) == ("approved", slip_number)
        assert result.slip is not None
        assert result.slip.member_number == "**** * 6666"
    status, body = refused(
        terminal, "settle_incomplete", {"slip_number": slip_number, "outcome": "declined"}
    )
    assert (status, body["code"], body["slip_number"]) == (409, "not_incomplete", slip_number)


# --- what the box hears is on the disk ---


def test_what_a_box_hears_is_in_the_file_that_a_stranger_reads(tmp_path: Path) -> None:
    process = SimulatorProcess(tmp_path)
    process.start()
    try:
        process.terminal().autopilot(on=True, think_ms=0)
        with (
            connected(process, stores_results=False) as box,
            closing(sqlite3.connect(tmp_path / "terminals.sqlite3")) as stranger,
        ):
            for count in range(1, 21):
                operation = box.pay(100 + count)
                result = box.until_result(operation)
                row = stranger.execute(
                    "SELECT state, amount, slip_number FROM journal WHERE operation_id = ?",
                    (operation,),
                ).fetchone()
                assert row == ("approved", 100 + count, result.slip_number)
    finally:
        assert process.stop() == 0


# --- refusals ---


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"fault": "wrong_amount"}, "fault_parameter_missing"),
        ({"fault": "wrong_amount", "amount": 10_000_000}, "fault_parameter_invalid"),
        ({"fault": "nak_every", "n": 1}, "fault_parameter_invalid"),
        ({"fault": "incomplete", "brand": "Suica"}, "fault_parameter_invalid"),
        ({"fault": "freeze", "screen": "nowhere"}, "fault_parameter_invalid"),
        ({"fault": "answer_late", "seconds": -1}, "fault_parameter_invalid"),
        ({"fault": "paper_out", "seconds": 5}, "fault_parameter_unknown"),
        ({"fault": "clock_skew", "seconds": "soon"}, "invalid_body"),
    ],
)
def test_a_fault_that_cannot_be_armed_is_refused_by_name(
    simulator: SimulatorProcess, terminal: TerminalClient, body: dict[str, object], code: str
) -> None:
    status, said = refused(terminal, "faults", body)
    assert (status, said["code"]) == (422, code)
    assert simulator.view()["faults"] == []
