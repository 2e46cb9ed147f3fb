"""A card payment as the manual has it (2-1, 2-3), seen from both sides: register and terminal."""

import pytest

from testkit.customer import NEXT_KEY, approved_for, finish, walk_to
from testkit.http import RegisterClient, TerminalClient


@pytest.mark.manual("1-1")
@pytest.mark.manual("2-1.1")
def test_the_amount_reaches_the_terminal_and_the_result_reaches_the_sale(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(165)
    tender = register.tender(sale["id"], 165)

    glass = terminal.until_screen("choose_media")
    assert "金額 ¥165" in glass["lines"]
    finish(terminal)
    approved = register.until_tender(sale["id"], tender["number"], "approved")

    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert entry["amount"] == approved["amount"] == 165
    assert entry["slip_number"] == approved["slip_number"]
    assert approved["card_number"] == "377782****6304"
    assert approved["brand"] == "AMEX"
    assert approved["counted"] is True


@pytest.mark.manual("2-1.2")
def test_the_register_sees_what_the_terminal_shows_while_it_works(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(330)
    shown: list[str] = []
    with register.events(f"/sales/{sale['id']}/events") as events:
        tender = register.tender(sale["id"], 330)
        for event in events:
            if event.name != "screen" or event.data["screen"]["name"] in shown:
                continue
            shown.append(event.data["screen"]["name"])
            if shown[-1] == "read_card":
                break
            # Only what was seen on the register is answered, so no screen can be passed over.
            terminal.press(NEXT_KEY[shown[-1]])

    assert shown == ["choose_media", "card_amount", "card_condition", "card_execute", "read_card"]
    waiting = register.until_tender(sale["id"], tender["number"], "in_progress")
    assert waiting["screen"]["name"] == terminal.screen()["name"] == "read_card"

    answer = register.post(f"/sales/{sale['id']}/tenders/{tender['number']}/disconnect")
    assert answer.status == 202
    ended = register.until_tender(sale["id"], tender["number"], "cancelled")
    assert ended["disconnected"] is True
    terminal.until_screen("home")
    assert approved_for(terminal, tender["operations"][0]["id"]) == []


@pytest.mark.manual("2-1.3")
@pytest.mark.manual("2-1.4")
def test_ok_closes_the_sale_when_nothing_is_owed(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(1_650)
    tender = register.tender(sale["id"], 1_650)
    finish(terminal)
    register.until_tender(sale["id"], tender["number"], "approved")
    assert register.sale(sale["id"])["state"] == "paid"

    number = tender["number"]
    assert register.post(f"/sales/{sale['id']}/tenders/{number}/acknowledge").status == 202
    closed = register.post(f"/sales/{sale['id']}/close")

    assert closed.status == 200
    assert closed.body["state"] == "closed"
    assert closed.body["balance"] == closed.body["change"] == 0
    assert len(approved_for(terminal, tender["operations"][0]["id"])) == 1


@pytest.mark.manual("2-1.4")
def test_ok_leads_back_to_the_sale_while_a_balance_is_owed(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(1_000)
    tender = register.tender(sale["id"], 400)
    finish(terminal)
    register.until_tender(sale["id"], tender["number"], "approved")
    register.done(202, f"/sales/{sale['id']}/tenders/{tender['number']}/acknowledge")

    early = register.post(f"/sales/{sale['id']}/close")
    assert (early.status, early.body["code"]) == (409, "balance_due")
    standing = register.sale(sale["id"])
    assert (standing["state"], standing["balance"]) == ("open", 600)

    cash = {"method": "cash", "amount": 600, "received": 1_000}
    register.done(201, f"/sales/{sale['id']}/tenders", cash)
    closed = register.done(200, f"/sales/{sale['id']}/close")
    assert (closed["state"], closed["change"]) == ("closed", 400)
    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert entry["amount"] == 400


@pytest.mark.manual("2-3.1")
def test_a_card_above_the_limit_asks_for_its_pin_and_is_charged_once(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(25_000)
    tender = register.tender(sale["id"], 25_000)
    walk_to(terminal, "read_card")
    terminal.present(entry="ic")
    glass = terminal.until_screen("enter_pin")
    assert "スキップ" not in glass["keys"]
    terminal.enter("1234")
    terminal.press("セット")

    approved = register.until_tender(sale["id"], tender["number"], "approved")

    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert entry["entry"] == approved["entry"] == "ic"
    assert approved["payment_condition"] == "一括"
    terminal.until_screen("approved", "home")


@pytest.mark.manual("2-3.2")
def test_reset_on_the_read_screen_cancels_and_the_sale_is_as_before(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(165)
    tender = register.tender(sale["id"], 165)
    walk_to(terminal, "read_card")
    terminal.press("リセット")

    ended = register.until_tender(sale["id"], tender["number"], "cancelled")

    assert ended["reason"] == "reset"
    standing = register.sale(sale["id"])
    assert (standing["state"], standing["balance"], standing["paid"]) == ("open", 165, 0)
    terminal.until_screen("home")
    assert approved_for(terminal, tender["operations"][0]["id"]) == []
    again = register.tender(sale["id"], 165)
    finish(terminal)
    register.until_tender(sale["id"], again["number"], "approved")
    assert len(approved_for(terminal, again["operations"][0]["id"])) == 1


@pytest.mark.manual("2-1.2")
def test_cancel_before_the_read_is_acknowledged_and_after_it_refused(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = register.open_sale(165)
    tender = register.tender(sale["id"], 165)
    walk_to(terminal, "card_execute")
    path = f"/sales/{sale['id']}/tenders/{tender['number']}/cancel"
    assert register.post(path).status == 202
    assert register.until_tender(sale["id"], 1, "cancelled")["reason"] == "aborted"
    terminal.until_screen("home")

    terminal.fault("slow_centre", seconds=1.5)
    second = register.tender(sale["id"], 165)
    walk_to(terminal, "centre")
    late = register.post(f"/sales/{sale['id']}/tenders/{second['number']}/cancel")
    assert (late.status, late.body["code"]) == (409, "already_read")
    register.until_tender(sale["id"], second["number"], "approved")
    assert len(approved_for(terminal, second["operations"][0]["id"])) == 1


@pytest.mark.manual("5-1")
def test_the_connection_check_says_connected_or_what_to_do(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    path = "/stores/S001/terminals/T1/check"
    connected = register.done(200, path)
    assert connected["connected"] is True
    assert 0 < connected["round_trip_ms"] < 1_000

    terminal.power("off")
    try:
        cut = register.done(200, path)
        assert cut["connected"] is False
        assert [one["code"] for one in cut["advice"]] == ["check_again", "power_cycle"]
        sale = register.open_sale(165)
        body = {"method": "terminal", "amount": 165}
        refused = register.post(f"/sales/{sale['id']}/tenders", body)
        assert (refused.status, refused.body["code"]) == (503, "terminal_unreachable")
        assert refused.headers["retry-after"]
        assert register.sale(sale["id"])["tenders"] == []
    finally:
        terminal.power("on")
    terminal.until_screen("home")
