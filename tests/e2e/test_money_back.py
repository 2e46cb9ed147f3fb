"""Money back through the register's API (manual 2-2, 4-2 to 4-5), seen from both sides."""

from typing import Final

import pytest

from testkit.customer import CARD, CODE, EMONEY, Refund, Wallet, give_back
from testkit.http import RegisterClient, TerminalClient, until
from testkit.money_back import (
    AMOUNT,
    MANAGER,
    carried_through,
    closed,
    given_back,
    paid,
    refund,
)
from testkit.system import RunningSystem, until_linked

CARDS: Final = ("AMEX", "VISA", "Mastercard", "JCB", "Diners", "銀聯")
CODES: Final = ("PayPay", "d払い", "楽天ペイ", "au PAY", "メルペイ")
GOES_BACK: Final = (
    *(Wallet(media="card", brand=brand, entry="contactless") for brand in CARDS),
    *(Wallet(media="emoney", brand=brand, entry="contactless") for brand in ("iD", "QUICPay")),
    *(Wallet(media="code", brand=brand, entry="code") for brand in CODES),
)
KEPT: Final = ("交通系", "nanaco", "WAON", "楽天Edy")


@pytest.mark.manual("4-2.1", "4-3.2", "4-4.1")
@pytest.mark.parametrize("wallet", GOES_BACK, ids=lambda wallet: wallet.brand)
def test_each_brand_that_goes_back_does_on_both_sides(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet
) -> None:
    sale = closed(register, terminal, wallet)
    tender = carried_through(register, terminal, sale, wallet)
    assert (tender["counted"], tender["refunded_by"]) == (False, "terminal")
    assert given_back(terminal, sale) == [tender["voided_by"]]
    assert [one["kind"] for one in tender["operations"]] == ["payment", "void"]
    terminal.bring_home()

    standing = register.sale(sale["id"])
    assert (standing["state"], standing["void_due"]) == ("closed", True)
    voided = register.done(200, f"/sales/{sale['id']}/void")
    assert (voided["state"], voided["void_due"], voided["void"]["by"]) == (
        "voided",
        False,
        "cashier",
    )


@pytest.mark.manual("4-3.1")
@pytest.mark.parametrize("brand", KEPT)
def test_an_e_money_that_stays_is_refused_with_the_reason_and_the_way_left(
    register: RegisterClient, terminal: TerminalClient, brand: str
) -> None:
    wallet = Wallet(media="emoney", brand=brand, entry="contactless")
    sale = closed(register, terminal, wallet)
    said = refund(register, sale)
    assert (said.status, said.body["code"]) == (409, "not_cancellable")
    assert (said.body["reason"], said.body["ways"]) == ("brand", ["cash", "support"])
    assert terminal.screen()["name"] == "home"
    assert given_back(terminal, sale) == []

    given = refund(register, sale, by="cash")
    assert given.status in {200, 202}, given.body
    assert (given.body["state"], given.body["refunded_by"]) == ("refunded", "cash")
    assert given_back(terminal, sale) == []
    assert register.done(200, f"/sales/{sale['id']}/void")["state"] == "voided"


@pytest.mark.parametrize("wallet", [CARD, EMONEY, CODE], ids=lambda wallet: wallet.brand)
def test_what_the_terminal_gives_back_is_never_handed_out_in_cash(
    register: RegisterClient, terminal: TerminalClient, wallet: Wallet
) -> None:
    sale = closed(register, terminal, wallet)
    said = refund(register, sale, by="cash")
    assert (said.status, said.body["code"]) == (409, "card_money_not_in_cash")
    assert said.body["ways"][0] == "terminal"
    assert register.sale(sale["id"]) == sale


@pytest.mark.manual("2-2.2")
def test_the_tender_of_an_open_sale_goes_and_the_balance_is_back(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = paid(register, terminal, total=1_000)
    assert sale["balance"] == 1_000 - AMOUNT
    carried_through(register, terminal, sale)
    after = register.sale(sale["id"])
    assert (after["state"], after["paid"], after["balance"]) == ("open", 0, 1_000)
    assert len(given_back(terminal, sale)) == 1


@pytest.mark.manual("4-2.3")
def test_after_the_terminals_own_close_it_is_a_return(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    terminal.close_day()
    tender = carried_through(register, terminal, sale, kind="返品")
    assert tender["operations"][-1]["kind"] == "return"


@pytest.mark.manual("4-2.2")
def test_a_sale_is_not_voided_before_its_money_went_back_and_is_reminded_of_after(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    said = register.post(f"/sales/{sale['id']}/void", {})
    assert (said.status, said.body["code"]) == (409, "tenders_not_refunded")
    carried_through(register, terminal, sale)
    (case,) = register.sale(sale["id"])["cases"]
    assert (case["kind"], case["state"]) == ("refund_not_voided", "open")
    listed = register.read("/cases?store=S001&register=R1&state=open")["cases"]
    assert case["id"] in [one["id"] for one in listed]
    voided = register.done(200, f"/sales/{sale['id']}/void", {"reason": "お客様都合"})
    assert [one["state"] for one in voided["cases"]] == ["settled"]
    again = register.done(200, f"/sales/{sale['id']}/void", {"reason": "お客様都合"})
    assert again["state"] == "voided"


@pytest.mark.manual("4-2.2")
def test_one_button_carries_refund_and_void_through(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    carried_through(register, terminal, sale, void=True)
    after = register.sale(sale["id"])
    assert (after["state"], after["void_due"]) == ("voided", False)
    assert all(one["state"] == "settled" for one in after["cases"])


@pytest.mark.manual("4-5")
def test_cancelled_on_the_terminal_alone_is_voided_by_its_journal(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    claim = {"cancelled_on_terminal": True}
    said = register.post(f"/sales/{sale['id']}/void", claim)
    assert (said.status, said.body["code"]) == (409, "not_in_journal")
    number = str(sale["tenders"][0]["slip_number"])
    give_back(terminal, Refund(number=number, amount=AMOUNT))
    until(lambda: given_back(terminal, sale), "the void by hand")
    voided = register.done(200, f"/sales/{sale['id']}/void", claim)
    assert (voided["state"], voided["tenders"][0]["state"]) == ("voided", "refunded")
    assert given_back(terminal, sale) == [voided["tenders"][0]["voided_by"]]


@pytest.mark.manual("4-5")
def test_a_manager_voids_by_name_what_the_journal_does_not_show(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    body = {"cancelled_on_terminal": True, "reason": "端末の伝票で確認", "authorised_by": MANAGER}
    voided = register.done(200, f"/sales/{sale['id']}/void", body)
    assert (voided["state"], voided["void"]["authorised_by"]) == ("voided", "manager")
    assert given_back(terminal, sale) == []


@pytest.mark.manual("2-2.3")
def test_cut_off_in_a_refund_the_sale_is_finished_and_then_corrected(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = paid(register, terminal)
    path = f"/sales/{sale['id']}"
    terminal.fault("slow_centre", seconds=1.5)
    said = refund(register, sale)
    assert said.status == 202, said.body
    give_back(terminal, Refund(number=str(said.body["slip_number"])))
    register.done(202, f"{path}/tenders/1/disconnect")
    register.until_tender(sale["id"], 1, "refund_in_doubt")
    register.done(202, f"{path}/tenders/1/release")
    register.done(200, f"{path}/close")
    register.until_tender(sale["id"], 1, "refunded")
    (case,) = register.sale(sale["id"])["cases"]
    assert (case["kind"], case["state"]) == ("refunded_after_close", "open")

    in_cash = {"tenders": [{"method": "cash", "amount": AMOUNT, "received": AMOUNT}]}
    kept = register.post(f"{path}/correct", {"tenders": [{"number": 1}], "authorised_by": MANAGER})
    assert (kept.status, kept.body["code"]) == (409, "tenders_do_not_match_terminal")
    alone = register.post(f"{path}/correct", in_cash)
    assert (alone.status, alone.body["code"]) == (403, "authorisation_required")
    corrected = register.done(200, f"{path}/correct", in_cash | {"authorised_by": MANAGER})
    assert (corrected["state"], corrected["paid"]) == ("closed", AMOUNT)
    assert corrected["corrections"][0]["authorised_by"] == "manager"
    assert [one["state"] for one in corrected["cases"]] == ["settled"]


def test_where_the_company_wants_it_a_manager_confirms_money_back(
    system: RunningSystem, register: RegisterClient, terminal: TerminalClient
) -> None:
    admin = system.register("admin")
    wanted = admin.send("PATCH", "/api/v1/company", {"refund_needs_manager": True})
    assert wanted.status == 200
    try:
        sale = closed(register, terminal)
        said = until(
            lambda: None if (tried := refund(register, sale)).body.get("code") is None else tried,
            "the setting to be there",
        )
        assert (said.status, said.body["code"]) == (403, "authorisation_required")
        tender = carried_through(register, terminal, sale, authorised_by=MANAGER)
        assert tender["state"] == "refunded"
    finally:
        admin.send("PATCH", "/api/v1/company", {"refund_needs_manager": False})


def test_with_the_terminal_off_void_and_correction_say_so_by_name_and_decide_nothing(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    path = f"/sales/{sale['id']}"
    claim = {"cancelled_on_terminal": True}
    in_cash = {
        "tenders": [{"method": "cash", "amount": AMOUNT, "received": AMOUNT}],
        "authorised_by": MANAGER,
    }
    terminal.power("off")
    try:
        until(
            lambda: register.read("/stores/S001/terminals/T1")["link"] == "disconnected",
            "the box to see that it is off",
        )
        for verb, body in (("void", claim), ("correct", in_cash)):
            said = register.post(f"{path}/{verb}", body)
            assert (said.status, said.body["code"]) == (503, "terminal_unreachable"), verb
            assert int(said.headers["retry-after"]) >= 1
        assert register.sale(sale["id"]) == sale
    finally:
        terminal.power("on")
    until_linked(register, terminal)
    said = register.post(f"{path}/void", claim)
    assert (said.status, said.body["code"]) == (409, "not_in_journal")
    said = register.post(f"{path}/correct", in_cash)
    assert (said.status, said.body["code"]) == (409, "tenders_do_not_match_terminal")


def test_what_a_manager_voids_by_name_is_a_case_until_the_terminal_has_given_it_back(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    sale = closed(register, terminal)
    body = {"cancelled_on_terminal": True, "reason": "端末の伝票で確認", "authorised_by": MANAGER}
    voided = register.done(200, f"/sales/{sale['id']}/void", body)
    (case,) = voided["cases"]
    assert (case["kind"], case["state"], case["amount"]) == ("contrary_evidence", "open", AMOUNT)
    listed = register.read("/cases?store=S001&register=R1&state=open")["cases"]
    assert case["id"] in [one["id"] for one in listed]

    number = str(sale["tenders"][0]["slip_number"])
    give_back(terminal, Refund(number=number, amount=AMOUNT))
    after = until(
        lambda: found if (found := register.sale(sale["id"]))["cases"][0]["state"] != "open" else 0,
        "the case to be settled by the terminal's own word",
    )
    assert (after["state"], after["tenders"][0]["state"]) == ("voided", "refunded")
    assert given_back(terminal, sale) == [after["tenders"][0]["voided_by"]]
