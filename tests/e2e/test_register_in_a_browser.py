"""A cashier and a customer, each in a browser window: the manual's 2-3, button by button."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import (
    at,
    keep,
    press,
    ring_up,
    sale_of,
    send_to_terminal,
)
from testkit.customer import approved_for, pay, walk_to
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


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
    operation = send_to_terminal(till, pictures=pictures)
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


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "残高が足りません"),
        ("G12", "このカードはご利用になれません"),
        ("G55", "ご利用限度額を超えています"),
        ("G42", "暗証番号が違います"),
        ("Z99", "決済端末側で処理が終了しました"),
    ],
)
def test_a_decline_is_told_in_the_cashiers_words_with_its_code_in_small(
    system: RunningSystem, till: Page, terminal: TerminalClient, code: str, words: str
) -> None:
    terminal.fault("decline", code=code)
    ring_up(till)
    operation = send_to_terminal(till)
    pay(terminal)
    at(till, "ended")
    told = till.locator("#main .moment")
    expect(told).to_contain_text(words)
    expect(told).to_contain_text("¥165 のお支払いは成立していません")
    expect(told.locator(".small")).to_have_text(code)
    assert sale_of(system, till)["tenders"][0]["state"] == "declined"
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("5-1")
def test_the_connection_check_opens_a_modal(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.get_by_role("link", name="設定").click()
    till.locator("body[data-seat]").wait_for()  # the page's scripts are at work
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
