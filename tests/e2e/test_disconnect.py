"""切断する and the race with the terminal (manual 2-1 ⑤⑥), seen from both sides.

What the register says and the terminal does agree in the end, whoever was quicker; the terminal is
never left in front of a closed link, which is what freezes it.
"""

from typing import Any, Final

import pytest

from testkit.customer import CARD, CODE, EMONEY, Wallet, approved_for, hold_out, pay, walk_to
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import until_linked

AMOUNT: Final = 165
HERE: Final = "/stores/S001/terminals/T1"
CENTRE_S: Final = 0.8
"""How long the centre thinks where a test needs a moment between the read and the result."""


def sent(register: RegisterClient) -> tuple[str, str, str]:
    """Send an amount to the terminal; return the sale, the tender's path and its operation."""
    sale = register.open_sale(AMOUNT)["id"]
    tender = register.tender(sale, AMOUNT)
    return sale, f"/sales/{sale}/tenders/{tender['number']}", tender["operations"][0]["id"]


def cash() -> dict[str, Any]:
    return {"method": "cash", "amount": AMOUNT, "received": AMOUNT}


def at_the_centre(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet = CARD
) -> tuple[str, str, str]:
    """Something was read and the centre is asked; 切断する is tapped."""
    terminal.fault("slow_centre", seconds=CENTRE_S)
    sale, tender, operation = sent(register)
    pay(terminal, wallet)
    terminal.until_screen("centre")
    until(lambda: register.sale(sale)["tenders"][0].get("screen"), "the glass at the register")
    assert register.done(202, f"{tender}/disconnect")["disconnected"] is True
    register.until_tender(sale, 1, "in_doubt")
    return sale, tender, operation


@pytest.mark.manual("2-1.5")
def test_disconnect_before_the_read_brings_the_terminal_home_and_cancels(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale, tender, operation = sent(register)
    walk_to(terminal, "read_card")
    register.done(202, f"{tender}/disconnect")

    ended = register.until_tender(sale, 1, "cancelled")
    assert (ended["reason"], ended["disconnected"]) == ("aborted", True)
    assert terminal.until_screen("home", "frozen")["name"] == "home"
    until(lambda: register.read(HERE)["screen"] == "home", "OK to be enabled")
    assert approved_for(terminal, operation) == []
    again = register.tender(sale, AMOUNT)
    pay(terminal)
    register.until_tender(sale, again["number"], "approved")
    assert len(approved_for(terminal, again["operations"][0]["id"])) == 1


@pytest.mark.manual("2-1.5")
def test_where_the_link_cannot_abort_the_cashier_is_guided_until_the_terminal_is_home(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.abilities(abort=False)
    until_linked(register, terminal, abort=False)
    sale, tender, operation = sent(register)
    walk_to(terminal, "read_card")
    until(lambda: register.sale(sale)["tenders"][0].get("screen"), "the glass at the register")
    refused = register.post(f"{tender}/cancel")
    assert (refused.status, refused.body["code"]) == (409, "abort_not_supported")

    assert register.done(202, f"{tender}/disconnect")["disconnected"] is True
    # The dialog: OK is not enabled while the terminal is not home, and no new amount is sent.
    assert register.read(HERE)["screen"] == "read_card"
    more = register.post(f"/sales/{sale}/tenders", {"method": "terminal", "amount": AMOUNT})
    assert (more.status, more.body["code"]) in {
        (409, "terminal_busy"),
        (409, "tender_in_doubt"),
        (422, "amount_exceeds_balance"),
    }
    assert terminal.screen()["name"] == "read_card"

    terminal.press("リセット")
    ended = register.until_tender(sale, 1, "cancelled")
    assert ended["reason"] == "reset"
    until(lambda: register.read(HERE)["screen"] == "home", "OK to be enabled")
    assert approved_for(terminal, operation) == []
    assert register.sale(sale)["balance"] == AMOUNT


@pytest.mark.manual("2-1.5")
@pytest.mark.parametrize("wallet", [EMONEY, CODE], ids=["emoney", "code"])
def test_disconnect_cancels_e_money_and_codes_alike(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet
) -> None:
    sale, tender, operation = sent(register)
    reader = "touch_emoney" if wallet is EMONEY else "read_code"
    walk_to(terminal, reader, wallet)
    register.done(202, f"{tender}/disconnect")
    register.until_tender(sale, 1, "cancelled")
    terminal.until_screen("home")
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("2-1.6")
@pytest.mark.parametrize("wallet", [CARD, EMONEY, CODE], ids=["card", "emoney", "code"])
def test_what_the_terminal_approved_after_disconnect_attaches_by_itself(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet
) -> None:
    sale, _, operation = at_the_centre(register, terminal, wallet)

    attached = register.until_tender(sale, 1, "approved")

    (entry,) = approved_for(terminal, operation)
    known_by = "order_number" if wallet is CODE else "slip_number"
    assert (attached["counted"], attached[known_by]) == (True, entry[known_by])
    after = register.sale(sale)
    assert (after["state"], after["paid"], after["cases"]) == ("paid", AMOUNT, [])
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"


@pytest.mark.manual("2-1.6")
def test_what_was_declined_after_disconnect_leaves_the_sale_as_before(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.fault("slow_centre", seconds=CENTRE_S)
    sale, tender, operation = sent(register)
    walk_to(terminal, "read_card")
    hold_out(terminal, outcome="declined")
    terminal.until_screen("centre")
    register.done(202, f"{tender}/disconnect")
    register.until_tender(sale, 1, "declined")
    assert approved_for(terminal, operation) == []
    register.done(201, f"/sales/{sale}/tenders", cash())
    closed = register.done(200, f"/sales/{sale}/close")
    assert (closed["state"], closed["cases"]) == ("closed", [])


@pytest.mark.manual("2-1.6")
def test_paid_in_cash_after_release_and_approved_after_all_is_a_case(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale, tender, operation = at_the_centre(register, terminal)
    released = register.done(202, f"{tender}/release")
    assert (released["state"], released["released_by"]) == ("in_doubt", "cashier")
    register.done(201, f"/sales/{sale}/tenders", cash())
    assert register.sale(sale)["state"] == "paid"

    late = register.until_tender(sale, 1, "approved")

    (entry,) = approved_for(terminal, operation)
    assert late["counted"] is False
    after = register.sale(sale)
    assert (after["state"], after["paid"], after["balance"]) == ("paid", AMOUNT, 0)
    (case,) = after["cases"]
    assert (case["kind"], case["tender"], case["amount"]) == ("paid_twice", 1, AMOUNT)
    assert case["evidence"]["slip_number"] == entry["slip_number"]
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"


@pytest.mark.manual("2-1.6")
def test_other_money_that_stood_for_the_tender_gives_way_to_it_without_a_case(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale, tender, operation = at_the_centre(register, terminal)
    register.done(202, f"{tender}/release")
    stand_in = {"method": "other", "kind": "card_by_hand", "amount": AMOUNT, "stands_for": 1}
    register.done(201, f"/sales/{sale}/tenders", stand_in)
    assert register.sale(sale)["state"] == "paid"

    late = register.until_tender(sale, 1, "approved")

    assert late["counted"] is True
    assert len(approved_for(terminal, operation)) == 1
    after = register.sale(sale)
    assert (after["state"], after["paid"], after["cases"]) == ("paid", AMOUNT, [])
    assert [one["number"] for one in after["tenders"] if one["counted"]] == [1]
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"
