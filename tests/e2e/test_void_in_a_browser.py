"""What cannot go back as usual (manual 4-3, 4-5): rules, cash, the terminal alone, a manager."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import (
    at,
    confirm_as_manager,
    keep,
    pay_and_close,
    pay_in_cash,
    pick_payment,
    pick_refund,
    ring_up,
    send_refund,
    to_details,
)
from testkit.customer import Refund, Wallet, approved_for, give_back
from testkit.http import TerminalClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

WAON = Wallet(media="emoney", brand="WAON", entry="contactless")


def given_back(system: RunningSystem, terminal: TerminalClient, sale: str) -> int:
    operation = system.register().sale(sale)["tenders"][0]["operations"][0]["id"]
    (paid,) = approved_for(terminal, operation)
    return len([entry for entry in terminal.journal() if entry["voids"] == paid["slip_number"]])


@pytest.mark.manual("4-3.1")
def test_a_brand_that_stays_is_refused_with_its_rule_and_handed_back_in_cash(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal, WAON)
    to_details(till, sale)
    pick_refund(till)
    till.get_by_role("button", name="払戻して伝票取消").click()
    refused = till.locator("#main > [data-refused]")
    expect(refused).to_contain_text("WAON は、決済端末では取消・返品できません。")
    expect(till.locator("#ways")).to_contain_text("サポート窓口")
    expect(till.get_by_role("button", name="払戻して伝票取消")).to_be_hidden()
    keep(till, pictures, "refund-26-refused-by-rule")
    till.get_by_role("button", name="現金で返金する").click()
    keep(till, pictures, "refund-27-cash")
    till.get_by_role("dialog").get_by_role("button", name="お返ししました").click()
    at(till, "refunded")
    expect(till.get_by_role("heading", name="現金で返金しました")).to_be_visible()
    keep(till, pictures, "refund-28-handed-back")
    till.get_by_role("button", name="OK").click()
    at(till, "details")
    after = system.register().sale(sale)
    assert (after["state"], after["tenders"][0]["refunded_by"]) == ("voided", "cash")
    assert terminal.screen()["name"] == "home"
    assert given_back(system, terminal, sale) == 0
    pick_payment(till)
    expect(till.locator(".sides")).to_contain_text("一致しています")


@pytest.mark.manual("4-5")
def test_cancelled_on_the_terminal_alone_the_sale_is_voided_by_the_terminals_history(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal)
    number = str(system.register().sale(sale)["tenders"][0]["slip_number"])
    to_details(till, sale)
    till.get_by_role("button", name="端末だけで取り消した").click()
    till.get_by_role("dialog").get_by_role("button", name="伝票取消をする").click()
    told = till.get_by_role("dialog")
    expect(told).to_contain_text("決済端末の履歴には、取消がありません")
    keep(till, pictures, "refund-29-not-in-history")
    told.get_by_role("button", name="戻る").click()
    assert system.register().sale(sale)["state"] == "closed"

    give_back(terminal, Refund(number=number, amount=165))
    until(lambda: given_back(system, terminal, sale) == 1, "the void by hand")
    terminal.bring_home()
    # Whether the register hears of it by itself before, or by asking now: it is the same question.
    till.locator('#main [data-ask="void"]').click()
    till.get_by_role("dialog").get_by_role("button", name="伝票取消をする").click()
    expect(till.locator("#main .right .carried")).to_contain_text("伝票取消")
    keep(till, pictures, "refund-30-voided-by-history")
    after = system.register().sale(sale)
    assert (after["state"], after["tenders"][0]["state"]) == ("voided", "refunded")
    assert given_back(system, terminal, sale) == 1


@pytest.mark.manual("4-5")
def test_a_manager_voids_by_name_what_the_history_does_not_show(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal)
    to_details(till, sale)
    till.get_by_role("button", name="端末だけで取り消した").click()
    till.get_by_role("dialog").get_by_role("button", name="伝票取消をする").click()
    told = till.get_by_role("dialog")
    expect(told).to_contain_text("責任者")
    told.get_by_label("理由").fill("端末の取消票で確認")
    confirm_as_manager(till, password="wrong")
    told.get_by_role("button", name="責任者として取り消す").click()
    expect(told.locator("[data-refused]")).to_contain_text("担当者コードまたはパスワードが違います")
    confirm_as_manager(till)
    keep(till, pictures, "refund-31-by-name")
    told.get_by_role("button", name="責任者として取り消す").click()
    expect(till.locator("#main .right .carried")).to_contain_text("責任者 manager が確認しました")
    after = system.register().sale(sale)
    assert (after["state"], after["void"]["authorised_by"]) == ("voided", "manager")


@pytest.fixture
def manager_wanted(system: RunningSystem) -> Iterator[None]:
    """The company wants a manager's confirmation for money back, while the test runs."""
    admin = system.register("admin")
    setting = "refund_needs_manager"
    assert admin.send("PATCH", "/api/v1/company", {setting: True}).status == 200
    yield
    assert admin.send("PATCH", "/api/v1/company", {setting: False}).status == 200


def test_where_the_company_wants_it_a_manager_confirms_beside_the_cashier(
    system: RunningSystem,
    till: Page,
    terminal: TerminalClient,
    manager_wanted: None,
    pictures: Path,
) -> None:
    del manager_wanted
    sale = pay_and_close(till, terminal)

    def code() -> str:
        """What never starts anything, and is refused for want of a manager before anything else."""
        said = system.register().post(f"/sales/{sale}/tenders/1/refund", {"by": "cash"})
        return str(said.body["code"])

    until(lambda: code() == "authorisation_required", "the company's wish to be known")
    to_details(till, sale)
    pick_refund(till)

    till.get_by_role("button", name="払戻して伝票取消").click()
    dialog = till.get_by_role("dialog")
    expect(dialog).to_contain_text("責任者の確認が必要です")
    keep(till, pictures, "refund-32-manager")

    def confirm() -> None:
        confirm_as_manager(till)
        dialog.get_by_role("button", name="責任者として確認する").click()

    send_refund(till, confirm)
    number = str(till.locator("[data-number]").get_attribute("data-number"))
    give_back(terminal, Refund(number=number))
    at(till, "refunded")
    after = system.register().sale(sale)
    assert (after["state"], after["void"]["authorised_by"]) == ("voided", "manager")
    assert given_back(system, terminal, sale) == 1


def test_a_sale_paid_in_cash_is_voided_and_what_to_hand_back_is_said(
    system: RunningSystem, till: Page, pictures: Path
) -> None:
    sale = ring_up(till)
    pay_in_cash(till)
    at(till, "closed")
    to_details(till, sale)
    till.get_by_role("button", name="伝票取消").click()
    dialog = till.get_by_role("dialog")
    expect(dialog).to_contain_text("現金でお返しする金額")
    expect(dialog).to_contain_text("¥165")
    keep(till, pictures, "refund-33-cash-void")
    dialog.get_by_role("button", name="伝票取消をする").click()
    expect(till.locator("#main .right .hand-back")).to_contain_text("¥165")
    after = system.register().sale(sale)
    assert (after["state"], after["void"]["handed_back"]) == ("voided", 165)


def test_a_manager_looks_at_both_copies_of_what_gave_the_money_back(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal)
    register = system.register()
    said = register.done(202, f"/sales/{sale}/tenders/1/refund", {"void": True})
    give_back(terminal, Refund(number=str(said["slip_number"])))
    register.until_tender(sale, 1, "refunded")
    register.done(202, f"/sales/{sale}/tenders/1/acknowledge")
    to_details(till, sale)
    expect(till.get_by_role("link", name="加盟店控え")).to_have_count(0)
    till.get_by_role("button", name="ログアウト").click()
    till.get_by_label("企業コード").fill("DEMO")
    till.get_by_label("担当者コード").fill("manager")
    till.get_by_label("パスワード").fill("manager-demo")
    till.get_by_role("button", name="ログイン").click()
    till.wait_for_url("**/registers/S001/R1")
    till.goto(f"{system.api}/registers/S001/R1/sales/{sale}")
    at(till, "details")
    till.get_by_role("link", name="加盟店控え").last.click()
    preview = till.locator(".preview img")
    expect(preview).to_have_attribute("src", re.compile("merchant.svg.*operation=refund"))
    assert preview.evaluate("(img) => img.decode().then(() => img.naturalWidth > 0)")
    keep(till, pictures, "refund-35-managers-slip")
