"""Each fault of the terminal's drawer, on the running system: known in the end, charged once.

`test_faults` has those that lose, delay, double or split an answer, cut the link or the power.
"""

from typing import Any, Final

import pytest

from testkit.customer import Wallet, approved_for, finish, pay
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import RunningSystem

HEALS_S: Final = 40.0
TO_THE_READER: Final = ("クレジットカード・銀聯", "セット", "一括", "実行")
WAON: Final = Wallet(media="emoney", brand="WAON", entry="contactless")


@pytest.fixture
def till(system: RunningSystem, terminal: TerminalClient) -> RegisterClient:
    """A register whose terminal is linked and home."""
    register = system.register()

    def connected() -> bool:
        reply = register.post("/stores/S001/terminals/T1/check")
        return reply.status == 200 and reply.body["connected"]

    until(connected, "the link", HEALS_S)
    finish(terminal)
    return register


def of(sale: Any, number: int = 1) -> Any:
    return next(one for one in sale["tenders"] if one["number"] == number)


def until_state(till: RegisterClient, sale: str, *states: str) -> Any:
    """Wait until the sale's first tender is in one of these states; return the sale."""

    def reached() -> Any:
        now = till.sale(sale)
        return now if of(now)["state"] in states else None

    return until(reached, f"the tender to be {states}", HEALS_S)


def charged(terminal: TerminalClient, sale: Any) -> list[Any]:
    return approved_for(terminal, of(sale)["operations"][0]["id"])


def paid(till: RegisterClient, terminal: TerminalClient, sale: str, amount: int = 165) -> Any:
    """Wait until the sale is paid by one charge of the terminal, and return it."""
    now = until_state(till, sale, "approved")
    assert (now["paid"], now["pending"]) == (amount, 0)
    assert [entry["amount"] for entry in charged(terminal, now)] == [amount]
    return now


def test_a_result_with_another_amount_is_not_taken_for_the_payment(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("wrong_amount", amount=999)
    till.tender(sale, 165)
    pay(terminal)
    now = paid(till, terminal, sale)
    assert [(each["kind"], each["state"]) for each in now["cases"]] == [
        ("amount_differs", "settled")
    ]


def test_a_result_with_nobodys_operation_is_kept_and_the_payment_is_found_out(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("foreign_operation")
    till.tender(sale, 165)
    pay(terminal)
    now = paid(till, terminal, sale)
    assert [(each["kind"], each["state"]) for each in now["cases"]] == [
        ("foreign_result", "settled")
    ]
    assert of(now)["operations"][0]["evidence"]["source"] == "journal"


@pytest.mark.parametrize(
    ("screen", "state"),
    [("read_card", "not_performed"), ("centre", "approved"), ("approved", "approved")],
)
def test_a_frozen_terminal_leaves_a_doubt_that_ends_once_its_power_was_cut(
    till: RegisterClient, terminal: TerminalClient, screen: str, state: str
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("freeze", screen=screen)
    till.tender(sale, 165)
    if screen == "read_card":
        terminal.until_screen("choose_media")
        for key in TO_THE_READER:
            terminal.press(key)
    else:
        pay(terminal)
    terminal.until_screen("frozen")
    if screen != "approved":
        until_state(till, sale, "in_doubt")
    terminal.power("off")
    terminal.power("on")
    now = until_state(till, sale, "approved", "not_performed")
    assert of(now)["state"] == state
    assert len(charged(terminal, now)) == (1 if state == "approved" else 0)
    assert now["cases"] == []


def test_without_paper_the_payment_stands_and_the_terminal_waits_for_paper(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(265)["id"]
    terminal.fault("paper_out")
    till.tender(sale, 165)
    pay(terminal)
    until_state(till, sale, "approved")
    terminal.until_screen("paper_out")
    reply = till.post(f"/sales/{sale}/tenders", {"method": "terminal", "amount": 100})
    assert (reply.status, reply.body["code"]) == (409, "terminal_busy")
    assert reply.body["screen"] == "paper_out"
    terminal.put_paper_in()
    terminal.until_screen("home")
    till.tender(sale, 100)
    pay(terminal)
    until(lambda: till.sale(sale)["state"] == "paid", "both parts to be paid", HEALS_S)


@pytest.mark.parametrize("outcome", ["approved", "declined"])
def test_a_touch_that_broke_off_becomes_known_when_the_card_is_touched_again(
    till: RegisterClient, terminal: TerminalClient, outcome: str
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("incomplete", brand="WAON", outcome=outcome)
    till.tender(sale, 165)
    pay(terminal, WAON)
    terminal.until_screen("incomplete")
    now = until_state(till, sale, "in_doubt")
    doubt = of(now)["doubt"]
    assert (doubt["reason"], doubt["presumed"]) == ("incomplete", "not_sold")
    terminal.press("確認")
    other = till.open_sale(300)["id"]
    till.tender(other, 300)
    pay(terminal, WAON)
    paid(till, terminal, other, 300)
    now = until_state(till, sale, outcome)
    assert len(charged(terminal, now)) == (1 if outcome == "approved" else 0)
    assert (now["state"], now["cases"]) == ("paid" if outcome == "approved" else "open", [])


@pytest.mark.parametrize(
    ("seconds", "lost"), [(-90_000, "lost"), (-120, "lost"), (120, "lost"), (90_000, "heard")]
)
def test_a_wrong_clock_hides_no_payment(
    till: RegisterClient, terminal: TerminalClient, seconds: int, lost: str
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("clock_skew", seconds=seconds)
    if lost == "lost":
        terminal.fault("answer_lost")
    till.tender(sale, 165)
    pay(terminal)
    paid(till, terminal, sale)


@pytest.mark.parametrize("lost", ["lost", "heard"])
def test_a_payment_during_which_the_day_was_closed_is_on_the_day_that_the_terminal_says(
    till: RegisterClient, terminal: TerminalClient, lost: str
) -> None:
    sale = till.open_sale(165)["id"]
    terminal.fault("close_day_mid_payment")
    if lost == "lost":
        terminal.fault("answer_lost")
    till.tender(sale, 165)
    pay(terminal)
    now = paid(till, terminal, sale)
    (entry,) = charged(terminal, now)
    assert of(now)["terminal_business_date"] == entry["terminal_business_date"]


def test_a_line_that_damages_every_second_frame_loses_and_doubles_nothing(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.fault("nak_every", n=2)
    sale = till.open_sale(165)["id"]
    till.tender(sale, 165)
    pay(terminal)
    paid(till, terminal, sale)
