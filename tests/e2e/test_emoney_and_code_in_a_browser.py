"""E-money and codes (manual 2-4 and 2-5) in two windows, straight and with リセット."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import at, keep, press, ring_up, sale_of, send_to_terminal
from testkit.customer import approved_for
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


@pytest.mark.manual("2-4.1")
def test_e_money_is_chosen_confirmed_and_touched(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.bring_to_front()
    ring_up(till)
    operation = send_to_terminal(till)
    glass.bring_to_front()
    press(glass, "電子マネー")
    expect(glass.locator("#soft").get_by_role("button", name="nanaco")).to_be_visible()
    press(glass, "iD", "確認")
    terminal.until_screen("touch_emoney")
    till.bring_to_front()
    expect(till.locator("[data-face]")).to_contain_text("タッチしてください")
    expect(till.locator("[data-face]")).to_contain_text("iD")
    expect(till.locator(".rail .now")).to_have_text("読取")
    glass.bring_to_front()
    glass.locator(".look-id").click()
    glass.locator("#place-contactless").click()
    till.bring_to_front()
    at(till, "complete")
    expect(till.locator("#main .moment")).to_contain_text("iD")
    keep(till, pictures, "register-13-emoney")
    till.keyboard.press("Enter")
    at(till, "closed")
    assert sale_of(system, till)["state"] == "closed"
    (entry,) = approved_for(terminal, operation)
    assert (entry["media"], entry["brand"], entry["amount"]) == ("emoney", "iD", 165)


@pytest.mark.manual("2-5.1")
def test_a_code_shows_its_order_number_and_has_ok_only(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, pictures: Path
) -> None:
    till.bring_to_front()
    ring_up(till)
    operation = send_to_terminal(till)
    glass.bring_to_front()
    press(glass, "コード支払い", "セット")
    terminal.until_screen("read_code")
    glass.locator(".look-paypay").click()
    glass.locator("#place-code").click()
    till.bring_to_front()
    at(till, "complete")
    (entry,) = approved_for(terminal, operation)
    expect(till.locator("#main .moment")).to_contain_text(f"注文番号 {entry['order_number']}")
    expect(till.locator("#main button")).to_have_count(1)
    expect(till.locator("#main button")).to_contain_text("OK")
    keep(till, pictures, "register-14-code")
    till.keyboard.press("Enter")
    at(till, "closed")
    tender = sale_of(system, till)["tenders"][0]
    assert (tender["state"], tender["order_number"]) == ("approved", entry["order_number"])


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(
            ("電子マネー", "iD", "リセット"), marks=pytest.mark.manual("2-4.2"), id="emoney-amount"
        ),
        pytest.param(
            ("電子マネー", "iD", "確認", "リセット"),
            marks=pytest.mark.manual("2-4.2"),
            id="emoney-touch",
        ),
        pytest.param(
            ("コード支払い", "セット", "リセット"),
            marks=pytest.mark.manual("2-5.2"),
            id="code-read",
        ),
    ],
)
def test_reset_is_told_closed_and_the_sale_is_as_before(
    system: RunningSystem, till: Page, glass: Page, terminal: TerminalClient, keys: tuple[str, ...]
) -> None:
    till.bring_to_front()
    ring_up(till)
    operation = send_to_terminal(till)
    glass.bring_to_front()
    press(glass, *keys)
    till.bring_to_front()
    at(till, "ended")
    expect(till.locator("#main .moment")).to_contain_text("「リセット」が押されました")
    till.get_by_role("link", name="閉じる").click()
    at(till, "tender")
    sale = sale_of(system, till)
    assert (sale["state"], sale["balance"], sale["paid"]) == ("open", 165, 0)
    assert approved_for(terminal, operation) == []
    terminal.until_screen("home")
