"""A cashier and a customer, each in a browser window: the manual's 2-3, button by button."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from testkit.customer import approved_for
from testkit.http import RegisterClient, TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

CHROMIUM: Final = shutil.which("chromium") or "/usr/bin/chromium"

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SETTING = "RENKEI_SCREENSHOTS"
"""Where the pictures are kept; a folder of the machine's own unless named (`make browser`)."""


@pytest.fixture(scope="session")
def pictures() -> Path:
    named = os.environ.get(SETTING)  # noqa: TID251 - a test's own setting
    folder = Path(named) if named else Path(tempfile.gettempdir()) / "renkei-screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    """A tablet of 1280×800 that speaks Japanese."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = chromium.new_context(
            viewport={"width": 1280, "height": 800}, locale="ja-JP", reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        yield context
        chromium.close()


@pytest.fixture
def till(system: RunningSystem, browser: BrowserContext, terminal: TerminalClient) -> Page:
    """The register R1 of S001, logged in, ringing up; no script of it may fail."""
    terminal.until_screen("home")
    page = browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{system.api}/")
    page.get_by_label("企業コード").fill("DEMO")
    page.get_by_label("担当者コード").fill("cashier")
    page.get_by_label("パスワード").fill("cashier-demo")
    page.get_by_role("button", name="ログイン").click()
    page.locator('a[href="/registers/S001/R1"]').click()
    at(page, "ring_up", "tender", "settled", "complete", "ended", "closed")
    put_away(system.register())
    page.goto(f"{system.api}/registers/S001/R1")
    at(page, "ring_up")
    assert failed == []
    return page


@pytest.fixture
def glass(system: RunningSystem, browser: BrowserContext) -> Page:
    """The customer's side: the terminal's own page."""
    page = browser.new_page()
    page.goto(f"{system.simulator}/terminals/CT6100-S001-T1")
    return page


def put_away(register: RegisterClient) -> None:
    """End what other tests left standing at R1 of S001, where a cashier would land on it."""
    for state in ("open", "paid"):
        for sale in register.read(f"/sales?store=S001&register=R1&state={state}")["sales"]:
            path = f"/sales/{sale['id']}"
            if register.post(f"{path}/abandon").status == 200:
                continue
            if sale["balance"] > 0:
                rest = {"method": "cash", "amount": sale["balance"], "received": sale["balance"]}
                register.done(201, f"{path}/tenders", rest)
            register.done(200, f"{path}/close")


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
    till.get_by_role("button", name="切断する").first.click()
    till.get_by_role("dialog").get_by_role("button", name="切断する").click()
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
