"""Card, e-money, code, cash and other in one sale (manual 2-2, 2-4, 2-5), seen from both sides."""

from typing import Any

import pytest

from testkit.customer import (
    CODE,
    EMONEY,
    Wallet,
    approved_for,
    hold_out,
    pay,
    walk_to,
    walk_to_reader,
)
from testkit.http import RegisterClient, TerminalClient


def cash(amount: int, received: int | None = None) -> dict[str, Any]:
    return {"method": "cash", "amount": amount, "received": received or amount}


@pytest.mark.manual("2-2.1")
def test_a_part_by_card_and_the_rest_in_cash_with_change(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(1_650)["id"]
    tender = register.tender(sale, 650)
    pay(terminal)
    register.until_tender(sale, tender["number"], "approved")
    standing = register.sale(sale)
    assert (standing["state"], standing["paid"], standing["balance"]) == ("open", 650, 1_000)

    rest = register.done(201, f"/sales/{sale}/tenders", cash(1_000, 2_000))
    assert rest["change"] == 1_000
    closed = register.done(200, f"/sales/{sale}/close")

    assert (closed["state"], closed["paid"], closed["change"]) == ("closed", 1_650, 1_000)
    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert entry["amount"] == 650


@pytest.mark.manual("2-2.1")
def test_five_tenders_of_every_kind_and_the_sixth_is_refused(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(1_000)["id"]
    path = f"/sales/{sale}/tenders"
    asked: list[tuple[str, int]] = []
    for wallet, amount in ((EMONEY, 100), (CODE, 200)):
        tender = register.tender(sale, amount)
        pay(terminal, wallet)
        register.until_tender(sale, tender["number"], "approved")
        asked.append((tender["operations"][0]["id"], amount))
    voucher = {"method": "other", "amount": 300, "kind": "gift_card", "note": "端数なし"}
    register.done(201, path, voucher)
    register.done(201, path, cash(50))
    register.done(201, path, cash(50))

    for sixth in (cash(300), {"method": "terminal", "amount": 300}):
        refused = register.post(path, sixth)
        assert (refused.status, refused.body["code"]) == (409, "too_many_tenders")
        assert refused.body["limit"] == 5
    assert terminal.screen()["name"] in {"approved", "home"}

    gone = next(one for one in register.sale(sale)["tenders"] if one["method"] == "cash")
    register.done(200, f"{path}/{gone['number']}/refund")
    register.done(201, path, cash(350))
    closed = register.done(200, f"/sales/{sale}/close")
    assert (closed["state"], closed["paid"], closed["balance"]) == ("closed", 1_000, 0)
    for operation, amount in asked:
        (entry,) = approved_for(terminal, operation)
        assert entry["amount"] == amount


@pytest.mark.manual("2-4.1")
@pytest.mark.parametrize("brand", ["iD", "交通系", "nanaco"])
def test_e_money_is_chosen_confirmed_touched_and_charged_once(
    register: RegisterClient, terminal: TerminalClient, brand: str
) -> None:
    wallet = Wallet(media="emoney", brand=brand, entry="contactless")
    sale = register.open_sale(480)["id"]
    tender = register.tender(sale, 480)
    walk_to(terminal, "emoney_brand", wallet)
    assert brand in terminal.screen()["keys"]
    terminal.press(brand)
    glass = terminal.until_screen("emoney_amount")
    assert "金額 ¥480" in glass["lines"]
    terminal.press("確認")
    terminal.until_screen("touch_emoney")
    hold_out(terminal, wallet)

    approved = register.until_tender(sale, tender["number"], "approved")
    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert (approved["media"], approved["brand"]) == ("emoney", brand)
    assert (entry["media"], entry["brand"], entry["amount"]) == ("emoney", brand, 480)
    assert approved["slip_number"] == entry["slip_number"]
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"


@pytest.mark.manual("2-4.2")
def test_reset_on_the_amount_screen_of_e_money_leaves_the_sale_as_before(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    reset_at("emoney_amount", EMONEY, register, terminal)


@pytest.mark.manual("2-5.1")
def test_a_code_is_read_by_the_reader_that_opens_by_itself(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(1_280)["id"]
    tender = register.tender(sale, 1_280)
    walk_to(terminal, "code_amount", CODE)
    terminal.press("セット")
    assert terminal.until_screen("read_code")["lines"][0] == "バーコード読取"
    hold_out(terminal, CODE)
    assert terminal.until_screen("approved")["lines"][0] == "通信終了"

    approved = register.until_tender(sale, tender["number"], "approved")
    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert (approved["media"], approved["brand"], approved["entry"]) == ("code", "PayPay", "code")
    assert approved["order_number"] == entry["order_number"]
    assert entry["order_number"]
    assert "approval_code" not in approved
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"


@pytest.mark.manual("2-5.2")
def test_reset_on_the_read_screen_of_a_code_leaves_the_sale_as_before(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    reset_at("read_code", CODE, register, terminal)


@pytest.mark.parametrize(
    ("screen", "wallet"),
    [("touch_emoney", EMONEY), ("emoney_brand", EMONEY), ("code_amount", CODE)],
)
def test_reset_is_taken_on_every_other_screen_before_the_read(
    register: RegisterClient, terminal: TerminalClient, screen: str, wallet: Wallet
) -> None:
    reset_at(screen, wallet, register, terminal)


def reset_at(
    screen: str, wallet: Wallet, register: RegisterClient, terminal: TerminalClient
) -> None:
    """リセット on a screen: cancelled on both sides, and the sale can be paid as before."""
    sale = register.open_sale(165)["id"]
    tender = register.tender(sale, 165)
    walk_to(terminal, screen, wallet)
    terminal.press("リセット")

    ended = register.until_tender(sale, tender["number"], "cancelled")
    assert (ended["reason"], ended["counted"]) == ("reset", False)
    terminal.until_screen("home")
    assert approved_for(terminal, tender["operations"][0]["id"]) == []
    standing = register.sale(sale)
    assert (standing["state"], standing["balance"], standing["paid"]) == ("open", 165, 0)

    again = register.tender(sale, 165)
    pay(terminal, wallet)
    register.until_tender(sale, again["number"], "approved")
    assert len(approved_for(terminal, again["operations"][0]["id"])) == 1


@pytest.mark.parametrize("wallet", [Wallet(media="card", brand="VISA", entry="ic"), EMONEY, CODE])
def test_a_decline_carries_the_terminals_reason_and_charges_nothing(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet
) -> None:
    sale = register.open_sale(165)["id"]
    tender = register.tender(sale, 165)
    walk_to_reader(terminal, wallet)
    hold_out(terminal, wallet, outcome="declined")

    ended = register.until_tender(sale, tender["number"], "declined")
    assert ended["reason"]
    assert f"理由 {ended['reason']}" in terminal.until_screen("declined")["lines"]
    assert approved_for(terminal, tender["operations"][0]["id"]) == []
    assert register.sale(sale)["balance"] == 165
