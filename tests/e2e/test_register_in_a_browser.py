"""A cashier and a customer, each in a browser window: the manual's 2-3, button by button."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.customer import approved_for, walk_to
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


@pytest.fixture
def glass(system: RunningSystem, browser: BrowserContext) -> Page:
    """The customer's side: the terminal's own page."""
    page = browser.new_page()
    page.goto(f"{system.simulator}/terminals/CT6100-S001-T1")
    return page


def at(page: Page, *stages: str) -> None:
    """Wait until the register shows one of its screens."""
    page.locator(", ".join(f'#main[data-stage="{stage}"]' for stage in stages)).wait_for()


def keep(page: Page, folder: Path, name: str) -> None:
    """Take a picture."""
    page.wait_for_timeout(120)
    page.screenshot(path=folder / f"{name}.png")


def ring_up(till: Page) -> None:
    """One coffee, ¥165."""
    till.get_by_role("button", name="コーヒー").click()
    till.get_by_role("button", name="会計へ").click()
    at(till, "tender")


def sale_of(system: RunningSystem, page: Page) -> Any:
    """The sale on the page, as the API tells it."""
    return system.register().sale(str(page.locator("#main").get_attribute("data-sale")))


def disconnect(till: Page) -> None:
    """切断する, and once more in its dialog."""
    till.get_by_role("button", name="切断する").first.click()
    till.get_by_role("dialog").get_by_role("button", name="切断する").click()


def send_to_terminal(till: Page, pictures: Path | None = None) -> str:
    """決済端末 > 残額 > 会計 > 決済端末連携; return the operation's id."""
    till.get_by_role("link", name="決済端末").last.click()
    at(till, "amount")
    till.get_by_role("button", name="残額").click()
    if pictures:
        keep(till, pictures, "register-3-amount")
    till.get_by_role("button", name="会計", exact=False).last.click()
    at(till, "confirm")
    expect(till.locator(".amount")).to_have_text("¥165")
    if pictures:
        keep(till, pictures, "register-4-confirm")
    till.get_by_role("button", name="決済端末連携").click()
    at(till, "processing")
    return till.locator("#main").get_attribute("data-operation") or ""


def press(glass: Page, *keys: str) -> None:
    """Touch the keys under the glass, one after another."""
    for key in keys:
        soft = glass.locator("#soft").get_by_role("button", name=key, exact=True)
        (glass.locator("#reset") if key == "リセット" else soft).click()


@pytest.mark.manual("1-1")
@pytest.mark.manual("2-1.1")
@pytest.mark.manual("2-1.2")
@pytest.mark.manual("2-1.3")
@pytest.mark.manual("2-1.4")
@pytest.mark.manual("2-3.1")
def test_a_card_payment_by_hand_in_two_windows(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.bring_to_front()
    till.get_by_role("button", name="コーヒー").click()
    keep(till, pictures, "register-1-sale")
    till.get_by_role("button", name="会計へ").click()
    at(till, "tender")
    keep(till, pictures, "register-2-tender")
    operation = send_to_terminal(till, pictures)
    expect(till.locator("[data-face]")).to_contain_text("支払種別を選択してください")

    glass.bring_to_front()
    expect(glass.locator("#glass-body")).to_contain_text("¥165")
    keep(glass, pictures, "terminal-1-media")
    press(glass, "クレジットカード・銀聯", "セット", "一括", "実行")
    terminal.until_screen("read_card")
    keep(glass, pictures, "terminal-2-read")
    till.bring_to_front()
    expect(till.locator(".rail .now")).to_have_text("読取")
    expect(till.get_by_role("button", name="切断する").first).to_be_visible()
    keep(till, pictures, "register-5-processing")
    glass.bring_to_front()
    glass.locator(".look-amex").click()
    glass.locator("#place-contactless").click()

    till.bring_to_front()
    at(till, "complete")
    expect(till.get_by_role("heading", name="支払完了")).to_be_visible()
    expect(till.locator(".moment")).to_contain_text("377782****6304")
    keep(till, pictures, "register-6-complete")
    keep(glass, pictures, "terminal-3-approved")
    sale = till.locator("#main").get_attribute("data-sale")
    till.get_by_role("button", name="OK").click()
    at(till, "closed")
    keep(till, pictures, "register-7-closed")

    assert system.register().sale(str(sale))["state"] == "closed"
    (entry,) = approved_for(terminal, operation)
    assert entry["amount"] == 165


@pytest.mark.manual("2-3.2")
def test_reset_on_the_read_screen_is_told_closed_and_paid_again(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.bring_to_front()
    ring_up(till)
    operation = send_to_terminal(till)
    glass.bring_to_front()
    press(glass, "クレジットカード・銀聯", "セット", "一括", "実行", "リセット")

    till.bring_to_front()
    at(till, "ended")
    expect(till.get_by_role("heading", name="決済は取り消されました")).to_be_visible()
    keep(till, pictures, "register-8-cancelled")
    till.get_by_role("link", name="閉じる").click()
    at(till, "tender")
    expect(till.locator(".amount")).to_have_text("¥165")

    sale = system.register().sale(str(till.locator("#main").get_attribute("data-sale")))
    assert (sale["state"], sale["balance"], sale["paid"]) == ("open", 165, 0)
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("2-1.2")
def test_disconnecting_before_the_read_withdraws_the_payment(
    till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    operation = send_to_terminal(till)
    terminal.until_screen("choose_media")
    disconnect(till)
    at(till, "ended")
    terminal.until_screen("home")
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("5-1")
def test_the_connection_check_opens_a_modal(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.get_by_role("link", name="設定").click()
    till.get_by_role("button", name="接続を確認").click()
    expect(till.get_by_role("dialog")).to_contain_text("接続されています")
    keep(till, pictures, "register-9-check")
    till.get_by_role("button", name="OK").click()
    terminal.power("off")
    try:
        till.get_by_role("button", name="接続を確認").click()
        expect(till.get_by_role("dialog")).to_contain_text("電源を切り、入れ直してください")
    finally:
        terminal.power("on")
    assert system.register().done(200, "/stores/S001/terminals/T1/check") is not None


def test_a_reload_and_a_second_tab_land_where_the_money_is(
    system: RunningSystem, browser: BrowserContext, till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    send_to_terminal(till)
    till.reload()
    at(till, "processing")
    second = browser.new_page()
    second.goto(f"{system.api}/registers/S001/R1?step=tender")
    at(second, "processing")
    terminal.press("リセット")
    at(till, "ended")
    at(second, "ended")


def test_a_double_tap_is_one_tap_on_every_screen(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    primary = till.locator("#main .primary")
    till.get_by_role("button", name="コーヒー").click()
    for stage in ("tender", "amount"):
        primary.dblclick()
        at(till, stage)
    till.get_by_role("button", name="残額").click()
    primary.dblclick()
    at(till, "confirm")
    till.wait_for_timeout(300)
    at(till, "confirm")
    primary.dblclick()
    at(till, "processing")
    assert len(sale_of(system, till)["tenders"]) == 1
    walk_to(terminal, "read_card")
    terminal.present()
    at(till, "complete")
    primary.dblclick()
    at(till, "closed")
    till.wait_for_timeout(300)
    at(till, "closed")


def test_a_terminal_that_cannot_be_aborted_is_brought_home_by_hand(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    abilities = f"/api/terminals/{terminal.serial}/abilities"
    terminal.expect(200, "PUT", abilities, {"abort": False})
    try:
        ring_up(till)
        operation = send_to_terminal(till)
        terminal.until_screen("choose_media")
        disconnect(till)
        ok = till.get_by_role("link", name="OK")
        expect(ok).to_have_attribute("aria-disabled", "true")
        expect(till.locator("#main .right")).to_contain_text("「リセット」を押して")
        expect(till.locator("[data-face]")).to_contain_text("支払種別")
        till.reload()
        expect(ok).to_have_attribute("aria-disabled", "true")
        terminal.press("リセット")
        at(till, "ended")
    finally:
        terminal.expect(200, "PUT", abilities, {"abort": True})
    assert approved_for(terminal, operation) == []
    assert sale_of(system, till)["balance"] == 165


def test_disconnecting_after_the_read_waits_for_the_terminals_word(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    terminal.fault("slow_centre", seconds=4)
    try:
        ring_up(till)
        operation = send_to_terminal(till)
        walk_to(terminal, "centre")
        disconnect(till)
        at(till, "doubt")
        expect(till.get_by_role("link", name="OK")).to_have_attribute("aria-disabled", "true")
        expect(till.locator(".doubt-band")).to_contain_text("もう一度決済しないでください")
        at(till, "complete")
    finally:
        terminal.clear_faults()
    assert len(approved_for(terminal, operation)) == 1
    till.keyboard.press("Enter")
    at(till, "closed")
    assert sale_of(system, till)["state"] == "closed"


def test_a_released_doubt_stays_in_sight_while_the_sale_is_paid_in_cash(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    ring_up(till)
    send_to_terminal(till)
    walk_to(terminal, "read_card")
    terminal.power("off")
    try:
        at(till, "doubt")
        expect(till.locator("[data-lost]")).to_be_visible()
        keep(till, pictures, "register-10-doubt")
        till.get_by_role("button", name="別の方法で支払う").click()
        till.get_by_role("dialog").get_by_role("button", name="別の方法で支払う").click()
        at(till, "tender")
        expect(till.locator(".note")).to_contain_text("結果をまだ確認しています")
        till.keyboard.press("F3")
        at(till, "amount")
        till.keyboard.type("1000")
        till.get_by_role("button", name="会計").click()
        at(till, "closed")
        expect(till.locator(".change")).to_have_text("¥835")
        expect(till.locator(".note")).to_contain_text("結果をまだ確認しています")
    finally:
        terminal.power("on")
    expect(till.locator(".note")).to_have_count(0)
    tender = sale_of(system, till)["tenders"][0]
    assert (tender["state"], tender["counted"]) == ("not_performed", False)


def test_a_declined_card_is_told_with_its_reason(till: Page, terminal: TerminalClient) -> None:
    terminal.fault("decline", code="insufficient_funds")
    try:
        ring_up(till)
        send_to_terminal(till)
        walk_to(terminal, "read_card")
        terminal.present()
        at(till, "ended")
        expect(till.get_by_role("alert").last).to_contain_text("残高が足りません")
        terminal.press("確認")
    finally:
        terminal.clear_faults()


def test_the_page_says_when_nobody_answers_and_keeps_what_was_typed(
    system: RunningSystem, till: Page
) -> None:
    ring_up(till)
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.type("20")
    pid = system.kill("checkout", signal.SIGSTOP)
    try:
        expect(till.locator("[data-out-of-reach]")).to_be_visible(timeout=8_000)
        till.keyboard.type("0")
        expect(till.locator("#amount")).to_have_value("¥200")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(till.locator("[data-out-of-reach]")).to_be_hidden(timeout=8_000)
    expect(till.locator("#amount")).to_have_value("¥200")
    till.keyboard.press("Enter")
    at(till, "closed")
    expect(till.locator(".change")).to_have_text("¥35")
