"""Several ways to pay one sale (manual 2-2), by thumb on the register's page."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import at, keep, ring_up, sale_of, send_to_terminal
from testkit.customer import approved_for, pay
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


@pytest.mark.manual("2-2.1")
def test_a_part_by_terminal_and_the_rest_in_cash_with_change(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    ring_up(till, "傘")
    operation = send_to_terminal(till, 650)
    pay(terminal)
    at(till, "complete")
    expect(till.locator("#main .right")).to_contain_text("残額")
    till.keyboard.press("Enter")
    at(till, "tender")
    expect(till.locator("#main .right .amount")).to_have_text("¥1,000")

    till.keyboard.press("F3")
    at(till, "amount")
    till.locator('[data-note="5000"]').click()
    till.locator('[data-note="1000"]').click()
    expect(till.locator("[data-change]")).to_have_text("¥5,000")
    keep(till, pictures, "register-11-cash")
    till.keyboard.press("Enter")
    at(till, "closed")
    expect(till.locator(".change")).to_have_text("¥5,000")

    sale = sale_of(system, till)
    assert (sale["state"], sale["paid"], sale["change"]) == ("closed", 1650, 5000)
    (entry,) = approved_for(terminal, operation)
    assert entry["amount"] == 650


def five_dead_tenders(system: RunningSystem, terminal: TerminalClient, sale: str) -> list[str]:
    """リセット, five times; return the operations."""
    register = system.register()
    dead: list[str] = []
    for _ in range(5):
        tender = register.tender(sale, 100)
        terminal.until_screen("choose_media")
        terminal.press("リセット")
        register.until_tender(sale, tender["number"], "cancelled")
        terminal.until_screen("home")
        dead.append(tender["operations"][0]["id"])
    return dead


def pay_otherwise(till: Page, amount: int, kind: str, note: str = "") -> None:
    """その他支払, with its kind and a note."""
    till.keyboard.press("F4")
    at(till, "amount")
    till.get_by_label("種類").select_option(kind)
    till.get_by_label("メモ").fill(note)
    till.locator("#amount").focus()
    till.keyboard.type(str(amount))
    till.get_by_role("button", name="会計").last.click()
    at(till, "tender")


def pay_a_part_in_cash(till: Page, amount: int) -> None:
    """現金, less than what is owed."""
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.type(str(amount))
    till.keyboard.press("Enter")
    at(till, "tender")


@pytest.mark.manual("2-2.1")
def test_five_tenders_beside_five_dead_ones_read_clearly_and_the_sixth_is_refused_in_words(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = ring_up(till, "傘")
    dead = five_dead_tenders(system, terminal, sale)
    # The page tells of each in turn: the last one is to be read, not the one before it.
    till.locator('#main[data-stage="ended"] a[href$="seen=5"]').wait_for()
    till.keyboard.press("Enter")
    at(till, "tender")
    operation = send_to_terminal(till, 100)
    pay(terminal)
    at(till, "complete")
    till.keyboard.press("Enter")
    at(till, "tender")
    terminal.until_screen("home")
    pay_otherwise(till, 200, "points", "会員 1234")
    pay_otherwise(till, 300, "invoice")
    pay_otherwise(till, 50, "gift_certificate")
    pay_a_part_in_cash(till, 500)

    expect(till.locator(".tenders .rows > li")).to_have_count(5)
    expect(till.locator(".gone .tag")).to_have_count(5)
    expect(till.locator(".tenders")).to_contain_text("会員 1234")
    expect(till.locator(".limit")).to_contain_text("支払は5件までです")
    box = till.locator("#main .primary").bounding_box()
    assert box is not None
    assert (round(box["y"]), round(box["height"])) == (663, 88)
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert till.evaluate(size) == [1280, 800]
    keep(till, pictures, "register-12-five-tenders")
    till.keyboard.press("F12")
    till.keyboard.press("F3")
    at(till, "tender")
    one_more = {"method": "terminal", "amount": 1}
    sixth = system.register().post(f"/sales/{sale}/tenders", one_more)
    assert (sixth.status, sixth.body["code"]) == (409, "too_many_tenders")

    assert terminal.screen()["name"] == "home"
    assert len(approved_for(terminal, operation)) == 1
    assert [entry for one in dead for entry in approved_for(terminal, one)] == []


def test_a_tender_taken_back_makes_room_for_another(till: Page, terminal: TerminalClient) -> None:
    ring_up(till, "傘")
    for amount in (100, 200, 300, 400, 50):
        pay_a_part_in_cash(till, amount)
    expect(till.locator(".limit")).to_be_visible()
    till.get_by_role("button", name="支払を取り消す ¥50", exact=True).click()
    till.get_by_role("dialog").get_by_role("button", name="支払を取り消す").click()
    expect(till.locator(".limit")).to_have_count(0)
    expect(till.locator("#main .right .amount")).to_have_text("¥650")
    assert terminal.screen()["name"] == "home"
