"""決済履歴 (manual 4-1) on the register: by media, by day, details, and whose copy it is."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import at, keep
from testkit.customer import CARD, CODE, EMONEY, Wallet, pay
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


def paid(system: RunningSystem, terminal: TerminalClient, wallet: Wallet, amount: int) -> Any:
    """Take a payment by the API; return the terminal's own entry."""
    register = system.register()
    sale = register.open_sale(amount)["id"]
    operation = register.tender(sale, amount)["operations"][0]["id"]
    pay(terminal, wallet)
    register.until_tender(sale, 1, "approved")
    register.done(200, f"/sales/{sale}/close")
    terminal.bring_home()
    return next(one for one in terminal.journal() if one["operation_id"] == operation)


@pytest.mark.manual("4-1")
def test_the_terminals_history_is_read_by_media_and_by_day_with_details(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    card = paid(system, terminal, CARD, 1111)
    emoney = paid(system, terminal, EMONEY, 222)
    code = paid(system, terminal, CODE, 333)
    till.get_by_role("link", name="決済履歴").click()
    at(till, "history")
    expect(till.locator(".source")).to_have_text("端末から")
    rows = till.locator(".journal a")
    for entry in (card, emoney, code):
        row = rows.filter(has_text=entry["slip_number"])
        expect(row).to_contain_text(f"¥{entry['amount']:,}")
        expect(row).to_contain_text("成立")

    till.get_by_role("link", name="コード支払い", exact=True).click()
    expect(rows.filter(has_text=code["slip_number"])).to_have_count(1)
    expect(rows.filter(has_text=card["slip_number"])).to_have_count(0)
    rows.filter(has_text=code["slip_number"]).click()
    expect(till.locator("#main .right")).to_contain_text(code["order_number"])
    till.get_by_role("link", name="クレジットカード・銀聯", exact=True).click()
    rows.filter(has_text=card["slip_number"]).click()
    expect(till.locator("#main .right .amount")).to_have_text("¥1,111")
    expect(till.locator("#main .right")).to_contain_text("377782****6304")
    keep(till, pictures, "register-26-history")

    till.locator("#day").fill(card["terminal_business_date"])
    till.get_by_role("button", name="表示").click()
    at(till, "history")
    expect(rows.filter(has_text=card["slip_number"])).to_have_count(1)
    till.locator("#day").fill("2020-01-01")
    till.get_by_role("button", name="表示").click()
    expect(till.locator("#main")).to_contain_text("取引はありません")
    till.locator("body[data-seat]").wait_for()  # the page's scripts are at work
    till.keyboard.press("Escape")
    at(till, "ring_up")


@pytest.mark.manual("4-1")
def test_while_the_terminal_is_away_the_page_says_whose_history_it_shows_or_that_there_is_none(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    entry = paid(system, terminal, CARD, 444)
    here = f"{system.api}/registers/S001/R1/history"
    till.goto(here)
    at(till, "history")
    terminal.power("off")
    try:
        expect(till.locator("[data-chip]")).to_have_attribute("data-link", "disconnected")
        told = system.register().send("GET", "/api/v1/stores/S001/terminals/T1/journal")
        till.goto(here)
        at(till, "history")
        if told.status == 200:
            assert told.body["source"] == "copy"
            expect(till.locator(".source")).to_contain_text("控えから")
            expect(till.locator(".source")).to_contain_text("分前")
            row = till.locator(".journal a").filter(has_text=entry["slip_number"])
            expect(row).to_contain_text("¥444")
            keep(till, pictures, "register-27-history-copy")
        else:
            assert told.body["code"] == "terminal_unreachable"
            expect(till.locator(".lost")).to_contain_text("端末の履歴を読めません")
            expect(till.locator(".source")).to_have_count(0)
    finally:
        terminal.power("on")
    expect(till.locator("[data-chip]")).to_have_attribute("data-link", "connected")
    till.goto(here)
    expect(till.locator(".source")).to_have_text("端末から")
