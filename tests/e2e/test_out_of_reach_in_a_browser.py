"""When the centre is out of reach the page says so, keeps what was typed, and goes on by itself."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import at, keep, ring_up, sale_of, send_to_terminal
from testkit.customer import approved_for, pay
from testkit.http import TerminalClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

NOTICE = "[data-out-of-reach]"


@contextmanager
def no_network(till: Page) -> Generator[None]:
    """The tablet's own network is gone."""
    till.context.set_offline(True)
    try:
        yield
    finally:
        till.context.set_offline(False)


@contextmanager
def standing_still(system: RunningSystem, process: str) -> Generator[None]:
    """A process that is there and does not answer."""
    pid = system.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("what", ["network", "checkout"])
def test_what_was_typed_stays_and_what_cannot_work_is_barred_until_it_works_again(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path, what: str
) -> None:
    ring_up(till)
    till.keyboard.press("F4")
    at(till, "amount")
    till.get_by_label("メモ").fill("会員 1234")
    till.locator("#amount").focus()
    till.keyboard.type("16")
    away = no_network(till) if what == "network" else standing_still(system, "checkout")
    pay_button = till.locator("[data-pay]")
    with away:
        expect(till.locator(NOTICE)).to_be_visible(timeout=8_000)
        expect(pay_button).to_have_attribute("aria-disabled", "true", timeout=12_000)
        till.keyboard.type("5")
        expect(till.locator("#amount")).to_have_value("¥165")
        pay_button.click(force=True)
        till.keyboard.press("Enter")
        keep(till, pictures, "register-25-out-of-reach")
    expect(till.locator(NOTICE)).to_be_hidden(timeout=15_000)
    expect(pay_button).not_to_have_attribute("aria-disabled", "true")
    expect(till.locator("#amount")).to_have_value("¥165")
    expect(till.get_by_label("メモ")).to_have_value("会員 1234")
    pay_button.click()
    at(till, "closed")
    (tender,) = sale_of(system, till)["tenders"]
    assert (tender["method"], tender["amount"], tender["note"]) == ("other", 165, "会員 1234")
    assert terminal.screen()["name"] == "home"


def test_lines_rung_up_and_an_amount_typed_outlive_a_reload(till: Page) -> None:
    till.get_by_role("button", name="コーヒー").click()
    till.get_by_role("button", name="お茶").click()
    till.reload()
    expect(till.locator("[data-total]")).to_have_text("¥315")
    till.get_by_role("button", name="会計へ").click()
    at(till, "tender")
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.type("400")
    till.reload()
    at(till, "amount")
    expect(till.locator("#amount")).to_have_value("¥400")
    expect(till.locator("[data-change]")).to_have_text("¥85")


@pytest.mark.parametrize("process", ["front", "checkout", "nats"])
def test_a_process_killed_in_the_middle_of_a_payment_is_survived_by_the_page(
    system: RunningSystem, till: Page, terminal: TerminalClient, process: str
) -> None:
    ring_up(till)
    operation = send_to_terminal(till)
    gone = system.kill(process)
    pay(terminal)
    system.wait_ready(process, other_than=gone)
    at(till, "complete")
    expect(till.locator(NOTICE)).to_be_hidden(timeout=15_000)
    till.keyboard.press("Enter")
    at(till, "closed")
    assert sale_of(system, till)["state"] == "closed"
    assert len(approved_for(terminal, operation)) == 1
