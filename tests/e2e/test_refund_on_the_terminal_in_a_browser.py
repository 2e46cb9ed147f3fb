"""取消返品 on the terminal's own page, key by key as manual 4-1 to 4-5 have it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from testkit.cashier import keep
from testkit.customer import CODE, EMONEY, Wallet, pay
from testkit.http import TerminalClient
from testkit.simulator_process import T1, Box, SimulatorProcess, connected

pytestmark = pytest.mark.browser

CHROMIUM: Final = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")

CARD: Final = Wallet(media="card", brand="AMEX", entry="contactless")


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[SimulatorProcess]:
    """One for each test: the first slip is the manual's 00119."""
    process = SimulatorProcess(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def terminal(simulator: SimulatorProcess) -> TerminalClient:
    return simulator.terminal()


@pytest.fixture
def page(simulator: SimulatorProcess) -> Iterator[Page]:
    """The page of the first terminal; none of its scripts may fail."""
    failed: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = chromium.new_page(
            viewport={"width": 1280, "height": 800}, locale="ja-JP", reduced_motion="reduce"
        )
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(f"{simulator.url}/terminals/{T1}")
        yield page
        chromium.close()
    assert failed == []


@pytest.fixture
def box(simulator: SimulatorProcess, page: Page) -> Iterator[Box]:
    del page  # it is open before anything happens
    with connected(simulator) as connected_box:
        yield connected_box


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.locator("#soft").get_by_role("button", name=key, exact=True).click()


def glass(page: Page, screen: str, *says: str) -> None:
    """Wait for a screen and what it says."""
    expect(page.locator("#device")).to_have_attribute("data-screen", screen)
    for words in says:
        expect(page.locator("#glass-body")).to_contain_text(words)


def paid(terminal: TerminalClient, box: Box, wallet: Wallet, amount: int) -> str:
    """Take a payment and come home; return the order number that the centre gave, if any."""
    operation = box.pay(amount)
    pay(terminal, wallet)
    result = box.until_result(operation)
    assert (result.outcome, result.slip_number) == ("approved", "00119")
    terminal.bring_home()
    return result.order_number or ""


def test_a_card_payment_is_voided_key_by_key(
    page: Page, terminal: TerminalClient, box: Box, pictures: Path
) -> None:
    paid(terminal, box, CARD, 165)
    operation = box.give_back("00119")
    glass(page, "refund_media", "支払種別を選択してください", "¥165")
    keep(page, pictures, "terminal-4-refund")
    press(page, "クレジット")
    glass(page, "refund_card_amount", "金額を確認してください", "¥165")
    press(page, "確認")
    glass(page, "refund_card_slip", "伝票番号を入力してください")
    for digit in "00119":
        page.locator(f".digit[data-digit='{digit}']").click()
    glass(page, "refund_card_slip", "00119")
    keep(page, pictures, "terminal-5-slip-number")
    press(page, "セット")
    glass(page, "refund_card_match", "売上 承認", "377782****6304", "¥165")
    keep(page, pictures, "terminal-6-matches")
    press(page, "一致")
    glass(page, "refund_card_kind", "取消区分を選択してください")
    keep(page, pictures, "terminal-7-void-or-return")
    press(page, "返品")
    glass(page, "refund_card_kind", "当日の取引です 取消を選択してください")
    press(page, "取消")
    glass(page, "refund_card_execute")
    press(page, "実行")
    glass(page, "refund_read_card", "元の取引と同じ方法で読み取ってください")
    page.locator(".look-amex").click()
    page.locator("#place-ic").click()
    glass(page, "refund_read_card", "元の取引と読取方法が異なります")
    keep(page, pictures, "terminal-8-same-way")
    page.locator("#place-contactless").click()
    result = box.until_result(operation)
    assert (result.kind, result.outcome, result.voids) == ("void", "approved", "00119")
    expect(page.locator("#strip-text")).to_contain_text("クレジットカード取消票")
    keep(page, pictures, "terminal-9-voided")


def test_an_emoney_payment_is_returned_key_by_key_after_the_close(
    page: Page, terminal: TerminalClient, box: Box, pictures: Path
) -> None:
    paid(terminal, box, EMONEY, 500)
    terminal.close_day()
    operation = box.give_back("00119", 500)
    press(page, "電子マネー")
    glass(page, "refund_emoney_brand")
    press(page, "WAON")
    glass(page, "refund_emoney_brand", "このブランドは取消できません")
    keep(page, pictures, "terminal-10-not-cancellable")
    press(page, "iD")
    glass(page, "refund_emoney_menu")
    press(page, "取消返品")
    glass(page, "refund_emoney_amount", "¥500")
    press(page, "確認")
    glass(page, "refund_emoney_slip")
    page.keyboard.type("119")
    glass(page, "refund_emoney_slip", "119")
    press(page, "セット")
    glass(page, "refund_emoney_kind")
    press(page, "取消")
    glass(page, "refund_emoney_kind", "当日の取引ではありません 返品を選択してください")
    press(page, "返品")
    glass(page, "refund_touch_emoney", "タッチしてください")
    page.locator(".look-id").click()
    page.locator("#place-contactless").click()
    result = box.until_result(operation)
    assert (result.kind, result.outcome, result.voids) == ("return", "approved", "00119")
    expect(page.locator("#strip-text")).to_contain_text("取消・返品")


def test_a_code_payment_is_voided_by_its_order_number_and_prints_nothing(
    page: Page, terminal: TerminalClient, box: Box, pictures: Path
) -> None:
    order = paid(terminal, box, CODE, 800)
    operation = box.give_back("00119", 800, order_number=order)
    press(page, "コード支払い")
    glass(page, "refund_code_amount", "¥800")
    press(page, "確認")
    glass(page, "refund_code_execute")
    press(page, "実行")
    glass(page, "refund_read_code")
    press(page, "マニュアル")
    glass(page, "refund_code_order", "注文番号を入力してください")
    page.keyboard.type("77")
    glass(page, "refund_code_order", "77")
    press(page, "訂正")
    expect(page.locator("#glass-body")).not_to_contain_text("77")
    page.keyboard.type(order)
    glass(page, "refund_code_order", order)
    keep(page, pictures, "terminal-11-order-number")
    press(page, "セット")
    result = box.until_result(operation)
    assert (result.kind, result.outcome, result.order_number) == ("void", "approved", order)
    assert result.slip is None
    expect(page.locator("#strip")).to_be_hidden()


def test_a_payment_is_voided_without_the_register_and_the_history_says_so(
    page: Page, terminal: TerminalClient, box: Box, pictures: Path
) -> None:
    paid(terminal, box, CARD, 165)
    press(page, "業務", "クレジット")
    glass(page, "refund_card_amount")
    page.keyboard.type("165")
    glass(page, "refund_card_amount", "¥165")
    press(page, "確認")
    glass(page, "refund_card_slip")
    page.keyboard.type("00119")
    glass(page, "refund_card_slip", "00119")
    press(page, "セット", "一致", "取消", "実行")
    page.locator(".look-amex").click()
    page.locator("#place-contactless").click()
    glass(page, "home")
    void = terminal.journal()[0]
    assert (void["kind"], void["voids"], void["state"]) == ("void", "00119", "approved")
    assert void.get("operation_id") is None
    press(page, "再印字", "業務", "クレジット")
    glass(page, "history", "00119 売上 ¥165 取消・返品", "00120 取消 ¥165 承認")
    keep(page, pictures, "terminal-12-history")
    press(page, "00120")
    glass(page, "history_entry", "00119")
    press(page, "実行")
    expect(page.locator("#strip-text")).to_contain_text("クレジットカード取消票")


def test_reset_ends_a_refund_and_the_register_is_told(
    page: Page, terminal: TerminalClient, box: Box
) -> None:
    paid(terminal, box, CARD, 165)
    operation = box.give_back("00119")
    press(page, "クレジット", "確認")
    page.locator("#reset").click()
    result = box.until_result(operation)
    assert (result.outcome, result.reason) == ("cancelled", "reset")
    glass(page, "home")
