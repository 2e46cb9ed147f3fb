"""Money back key by key (manual 2-2.2, 4-2 to 4-4), by thumb on register and terminal page."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from testkit.cashier import (
    at,
    keep,
    pay_and_close,
    pick_payment,
    pick_refund,
    press,
    ring_up,
    sale_of,
    send_refund,
    send_to_terminal,
    shows,
    to_details,
    type_number,
)
from testkit.customer import CODE, EMONEY, approved_for, pay
from testkit.http import TerminalClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


def given_back(terminal: TerminalClient, sale: Any) -> list[Any]:
    """Return the entries of the terminal's own journal that give the first tender back."""
    (paid,) = approved_for(terminal, sale["tenders"][0]["operations"][0]["id"])
    return [
        entry
        for entry in terminal.journal()
        if entry["voids"] == paid["slip_number"] and entry["state"] == "approved"
    ]


@pytest.mark.manual("2-2.2")
def test_the_cross_on_a_paid_tender_of_an_open_sale_gives_it_back(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    ring_up(till, "傘")
    send_to_terminal(till, 650)
    pay(terminal)
    at(till, "complete")
    till.keyboard.press("Enter")
    at(till, "tender")
    terminal.bring_home()
    paid = sale_of(system, till)
    till.get_by_role("link", name="払い戻す ¥650").click()
    at(till, "refund")
    expect(till.locator("#main .right .amount")).to_have_text("¥650")
    keep(till, pictures, "refund-1-question")
    send_refund(till, till.get_by_role("button", name="決済端末連携").click)
    expect(till.locator("[data-face]")).to_contain_text("支払種別を選択してください")
    expect(till.locator("[data-guide]").first).to_contain_text("「クレジット」")
    press(glass, "クレジット")
    shows(glass, "refund_card_amount", "¥650")
    press(glass, "確認")
    shows(glass, "refund_card_slip")
    expect(till.locator("[data-guide]").first).to_contain_text("伝票番号を入力し")
    number = type_number(till, glass)
    assert number == paid["tenders"][0]["slip_number"]
    expect(till.locator("[data-face]")).to_contain_text(number)
    keep(till, pictures, "refund-2-under-way")
    press(glass, "セット", "一致", "取消", "実行")
    shows(glass, "refund_read_card")
    expect(till.locator("[data-guide]").first).to_contain_text("同じ方法（タッチ）")
    glass.locator(".look-amex").click()
    glass.locator("#place-contactless").click()
    at(till, "refunded")
    expect(till.get_by_role("heading", name="払戻完了")).to_be_visible()
    expect(till.locator(".preview img")).to_be_visible()
    keep(till, pictures, "refund-3-complete")
    till.get_by_role("button", name="OK").click()
    at(till, "tender")
    expect(till.locator("#main .right .amount")).to_have_text("¥1,650")
    expect(till.locator(".gone")).to_contain_text("返金済み")
    keep(till, pictures, "refund-4-balance-back")
    after = sale_of(system, till)
    assert (after["state"], after["paid"], after["balance"]) == ("open", 0, 1650)
    (entry,) = given_back(terminal, paid)
    assert (entry["kind"], entry["amount"]) == ("void", 650)


@pytest.mark.manual("4-2.1", "4-2.2", "4-2.4")
def test_a_card_payment_is_given_back_key_by_key_and_its_sale_voided_by_one_button(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal)
    paid = system.register().sale(sale)
    to_details(till, sale)
    keep(till, pictures, "refund-5-details")
    pick_payment(till)
    keep(till, pictures, "refund-6-history")
    till.get_by_role("link", name="取消", exact=True).click()
    at(till, "refund")
    keep(till, pictures, "refund-7-closed-question")
    send_refund(till, till.get_by_role("button", name="払戻して伝票取消").click)
    press(glass, "クレジット")
    shows(glass, "refund_card_amount", "¥165")
    press(glass, "確認")
    shows(glass, "refund_card_slip")
    type_number(till, glass)
    press(glass, "セット", "一致", "取消", "実行")
    shows(glass, "refund_read_card", "元の取引と同じ方法で読み取ってください")
    glass.locator(".look-amex").click()
    glass.locator("#place-ic").click()
    shows(glass, "refund_read_card", "元の取引と読取方法が異なります")
    glass.locator("#place-contactless").click()
    at(till, "refunded")
    expect(till.locator("#main .right .carried")).to_contain_text("取り消しました")
    expect(till.locator(".preview img")).to_be_visible()
    keep(till, pictures, "refund-8-voided")
    till.get_by_role("button", name="OK").click()
    at(till, "details")
    keep(till, pictures, "refund-9-details-after")
    after = system.register().sale(sale)
    assert (after["state"], after["void_due"]) == ("voided", False)
    assert len(given_back(terminal, paid)) == 1
    till.get_by_role("link", name="決済端末 ¥165").click()
    at(till, "history")
    till.locator(".journal li a").filter(has_text="売上").click()
    expect(till.locator('[data-side="register"]')).to_have_text("返金済み")
    expect(till.locator('[data-side="terminal"]')).to_have_text("取消・返品")
    expect(till.locator(".sides")).to_contain_text("一致しています")
    keep(till, pictures, "refund-10-both-sides")


@pytest.mark.manual("4-3.2")
def test_an_e_money_payment_is_given_back_and_voided_in_two_steps(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal, EMONEY)
    paid = system.register().sale(sale)
    to_details(till, sale)
    pick_refund(till)
    send_refund(till, till.get_by_role("button", name="払い戻しだけ行う").click)
    press(glass, "電子マネー", "iD", "取消返品")
    shows(glass, "refund_emoney_amount", "¥165")
    press(glass, "確認")
    shows(glass, "refund_emoney_slip")
    type_number(till, glass)
    press(glass, "セット", "取消")
    shows(glass, "refund_touch_emoney")
    glass.locator(".look-id").click()
    glass.locator("#place-contactless").click()
    at(till, "refunded")
    expect(till.locator("#main .right .warn")).to_contain_text("続けて伝票取消をしてください")
    keep(till, pictures, "refund-11-void-due")
    till.get_by_role("button", name="後で行う").click()
    at(till, "details")
    expect(till.locator(".chip.case")).to_be_visible()
    expect(till.locator("#main .right .warn")).to_contain_text("続けて伝票取消をしてください")
    keep(till, pictures, "refund-12-still-due")
    assert system.register().sale(sale)["void_due"] is True
    till.get_by_role("button", name="伝票取消", exact=True).click()
    till.get_by_role("dialog").get_by_label("理由").fill("お客様都合")
    keep(till, pictures, "refund-13-void")
    till.get_by_role("dialog").get_by_role("button", name="伝票取消をする").click()
    expect(till.locator("#main .right .carried")).to_contain_text("お客様都合")
    after = system.register().sale(sale)
    assert (after["state"], after["void"]["reason"]) == ("voided", "お客様都合")
    assert len(given_back(terminal, paid)) == 1


@pytest.mark.manual("4-4.1")
def test_a_code_payment_is_given_back_by_the_order_number_that_the_register_shows(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal, CODE)
    paid = system.register().sale(sale)
    to_details(till, sale)
    pick_refund(till)
    send_refund(till, till.get_by_role("button", name="払戻して伝票取消").click)
    press(glass, "コード支払い")
    shows(glass, "refund_code_amount", "¥165")
    press(glass, "確認")
    shows(glass, "refund_code_execute")
    press(glass, "実行")
    shows(glass, "refund_read_code")
    expect(till.locator("[data-guide]").first).to_contain_text("読み取らずに「マニュアル」")
    press(glass, "マニュアル")
    shows(glass, "refund_code_order")
    assert type_number(till, glass) == paid["tenders"][0]["order_number"]
    keep(till, pictures, "refund-14-order-number")
    press(glass, "セット")
    at(till, "refunded")
    expect(till.locator(".no-slip")).to_have_text("コード支払いでは控えは発行されません。")
    expect(till.get_by_role("button", name="控え印刷")).to_have_count(0)
    keep(till, pictures, "refund-15-code-complete")
    till.get_by_role("button", name="OK").click()
    at(till, "details")
    assert system.register().sale(sale)["state"] == "voided"
    assert len(given_back(terminal, paid)) == 1


def test_a_tap_before_the_page_listens_is_done_as_soon_as_it_does(till: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    till.route("**/static/register.js", hold, times=1)
    till.reload(wait_until="commit")
    till.get_by_role("button", name="コーヒー").click()

    def is_asked_for() -> bool:
        till.wait_for_timeout(50)  # only while we wait for the page does it call back
        return bool(held)

    until(is_asked_for, "the page to ask for its script")
    expect(till.locator("[data-lines] li")).to_have_count(0)
    held[0].continue_()
    expect(till.locator("[data-lines] li")).to_have_count(1)
