"""取消を依頼 and 切断する are two buttons (manual 2-1 ⑤⑥), and OK waits for the terminal."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import at, disconnect, keep, release, ring_up, sale_of, send_to_terminal
from testkit.customer import approved_for, walk_to
from testkit.http import TerminalClient
from testkit.system import RunningSystem, until_linked

pytestmark = pytest.mark.browser


def cannot_abort(system: RunningSystem, terminal: TerminalClient) -> None:
    terminal.abilities(abort=False)
    until_linked(system.register(), terminal, abort=False)


@pytest.mark.manual("2-1.5")
def test_asking_to_cancel_before_the_read_brings_the_word_of_the_terminal(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    operation = send_to_terminal(till)
    walk_to(terminal, "read_card")
    till.keyboard.press("F8")
    at(till, "ended")
    expect(till.locator("#main .moment")).to_contain_text("レジからの依頼で中止しました")
    terminal.until_screen("home")
    assert sale_of(system, till)["tenders"][0]["disconnected"] is False
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("2-1.5")
def test_disconnecting_before_the_read_withdraws_the_payment(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    operation = send_to_terminal(till)
    terminal.until_screen("choose_media")
    disconnect(till)
    at(till, "ended")
    assert terminal.until_screen("home", "frozen")["name"] == "home"
    assert sale_of(system, till)["tenders"][0]["state"] == "cancelled"
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("2-1.5")
def test_a_terminal_that_cannot_be_aborted_is_brought_home_by_hand_and_ok_waits_for_it(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    cannot_abort(system, terminal)
    ring_up(till)
    operation = send_to_terminal(till)
    terminal.until_screen("choose_media")
    disconnect(till)
    at(till, "disconnected")
    ok = till.get_by_role("link", name="OK")
    expect(ok).to_have_attribute("aria-disabled", "true")
    expect(till.locator("[data-guide]")).to_contain_text("「リセット」を押してください")
    expect(till.locator("[data-face]")).to_contain_text("支払種別")
    till.keyboard.press("Enter")
    till.reload()
    at(till, "disconnected")
    expect(ok).to_have_attribute("aria-disabled", "true")
    keep(till, pictures, "register-15-disconnected")
    terminal.press("リセット")
    at(till, "ended")
    assert terminal.until_screen("home", "frozen")["name"] == "home"
    assert approved_for(terminal, operation) == []
    assert sale_of(system, till)["balance"] == 165


@pytest.mark.manual("2-1.5")
def test_a_cancel_that_the_link_cannot_carry_becomes_a_guide_at_the_terminal(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    cannot_abort(system, terminal)
    ring_up(till)
    operation = send_to_terminal(till)
    walk_to(terminal, "read_card")
    expect(till.locator("#guided")).to_be_hidden()
    till.get_by_role("button", name="取消を依頼").click()
    guided = till.locator("#guided")
    expect(guided).to_contain_text("この端末はレジから中止できません")
    expect(guided).to_contain_text("「リセット」を押してください")
    expect(till.locator("#main > [data-refused]")).to_be_hidden()
    keep(till, pictures, "register-16-guided")
    terminal.press("リセット")
    at(till, "ended")
    terminal.until_screen("home")
    assert sale_of(system, till)["tenders"][0]["state"] == "cancelled"
    assert approved_for(terminal, operation) == []


@pytest.mark.manual("2-1.6")
def test_disconnecting_after_the_read_waits_for_the_terminals_word_and_attaches_it(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    terminal.fault("slow_centre", seconds=4)
    ring_up(till)
    operation = send_to_terminal(till)
    walk_to(terminal, "centre")
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    disconnect(till)
    at(till, "disconnected")
    expect(till.get_by_role("link", name="OK")).to_have_attribute("aria-disabled", "true")
    expect(till.locator("[data-guide]")).to_contain_text("処理が終わるまで、お待ちください")
    expect(till.locator(".doubt-band")).to_contain_text("もう一度決済しないでください")
    keep(till, pictures, "register-17-after-the-read")
    at(till, "complete")
    assert len(approved_for(terminal, operation)) == 1
    till.keyboard.press("Enter")
    at(till, "closed")
    assert sale_of(system, till)["state"] == "closed"


@pytest.mark.manual("2-1.6")
def test_whoever_does_not_wait_settles_by_another_payment_that_gives_way_to_the_truth(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    terminal.fault("slow_centre", seconds=9)
    sale = ring_up(till)
    operation = send_to_terminal(till)
    walk_to(terminal, "centre")
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    disconnect(till)
    at(till, "disconnected")
    release(till)
    till.get_by_role("link", name="¥165 を、端末で支払済みとして記録する").click()
    at(till, "amount")
    expect(till.locator("#amount")).to_have_value("¥165")
    expect(till.locator("[data-stands-for]")).to_be_checked()
    keep(till, pictures, "register-18-stand-in")
    till.get_by_role("button", name="会計").last.click()
    at(till, "closed")
    register = system.register()
    told = register.until_tender(sale, 1, "approved")
    (entry,) = approved_for(terminal, operation)
    assert (told["counted"], told["slip_number"]) == (True, entry["slip_number"])
    after = register.sale(sale)
    assert (after["state"], after["paid"], after["cases"]) == ("closed", 165, [])
    expect(till.locator(".note")).to_have_count(0)
