"""The register is one machine: one page at a time has it, and the sale outlives every page."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from testkit.cashier import at, keep, pay_in_cash, ring_up, sale_of, send_to_terminal, sit_down
from testkit.customer import approved_for, pay
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

OURS, THEIRS = 'body[data-seat="ours"]', 'body[data-seat="theirs"]'


def test_a_second_tab_is_told_who_has_the_register_and_takes_it_over(
    system: RunningSystem,
    browser: BrowserContext,
    till: Page,
    terminal: TerminalClient,
    pictures: Path,
) -> None:
    sale = ring_up(till)
    operation = send_to_terminal(till)
    second = browser.new_page()
    second.goto(f"{system.api}/registers/S001/R1?step=tender")
    at(second, "processing")
    second.locator(THEIRS).wait_for()
    expect(second.get_by_role("alert").first).to_contain_text("cashier さんが")
    expect(second.locator("#main")).to_have_attribute("inert", "")
    second.keyboard.press("F8")
    keep(second, pictures, "register-23-second-page")

    second.get_by_role("button", name="この画面に戻す").click()
    second.locator(OURS).wait_for()
    till.bring_to_front()
    till.locator(THEIRS).wait_for()
    expect(till.get_by_role("button", name="この画面に戻す")).to_be_visible()
    pay(terminal)
    at(till, "complete")
    at(second, "complete")
    till.keyboard.press("Enter")
    second.bring_to_front()
    second.keyboard.press("Enter")
    at(second, "closed")
    assert system.register().sale(sale)["state"] == "closed"
    assert len(approved_for(terminal, operation)) == 1


def test_a_reload_keeps_the_seat_and_lands_where_the_money_is(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    operation = send_to_terminal(till)
    till.reload()
    at(till, "processing")
    till.locator(OURS).wait_for()
    till.keyboard.press("F8")
    at(till, "ended")
    assert sale_of(system, till)["tenders"][0]["state"] == "cancelled"
    assert approved_for(terminal, operation) == []
    terminal.until_screen("home")


def test_another_tablet_goes_on_where_a_crashed_one_was(
    system: RunningSystem, chromium: Browser, till: Page, terminal: TerminalClient
) -> None:
    sale = ring_up(till)
    operation = send_to_terminal(till)
    till.context.close()
    tablet = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    tablet.set_default_timeout(30_000)
    page = tablet.new_page()
    page.goto(f"{system.api}/login")
    page.get_by_label("企業コード").fill("DEMO")
    page.get_by_label("担当者コード").fill("manager")
    page.get_by_label("パスワード").fill("manager-demo")
    page.keyboard.press("Enter")
    page.locator('a[href="/registers/S001/R1"]').click()
    at(page, "processing")
    sit_down(page)
    pay(terminal)
    at(page, "complete")
    page.keyboard.press("Enter")
    at(page, "closed")
    assert system.register().sale(sale)["state"] == "closed"
    assert len(approved_for(terminal, operation)) == 1
    tablet.close()


def test_a_sale_on_hold_is_taken_up_again_by_a_tap_and_a_doubtful_one_says_so(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    doubtful = ring_up(till)
    operation = send_to_terminal(till)
    terminal.until_screen("choose_media")
    expect(till.locator("[data-face]")).to_contain_text("支払種別")
    terminal.power("off")
    at(till, "doubt")
    till.get_by_role("link", name="保留して次のお客様へ").click()
    at(till, "ring_up")
    second = ring_up(till, "お茶")
    till.get_by_role("link", name="保留して次の会計へ").click()
    at(till, "ring_up")
    held = till.locator(".parked .button")
    expect(held).to_have_count(2)
    expect(held.nth(0)).to_contain_text("¥150")
    expect(held.nth(1)).to_contain_text("¥165")
    expect(held.nth(1)).to_contain_text("結果不明")
    keep(till, pictures, "register-24-on-hold")
    third = ring_up(till, "雑誌")
    pay_in_cash(till)
    at(till, "closed")
    till.keyboard.press("Enter")
    at(till, "ring_up")
    till.locator(".parked .button", has_text="¥165").click()
    at(till, "doubt")
    terminal.power("on")
    at(till, "ended")
    till.keyboard.press("Enter")
    at(till, "tender")
    pay_in_cash(till)
    at(till, "closed")
    register = system.register()
    assert register.sale(doubtful)["state"] == "closed"
    assert register.sale(third)["state"] == "closed"
    assert (register.sale(second)["state"], register.sale(second)["parked"]) == ("open", True)
    assert approved_for(terminal, operation) == []
