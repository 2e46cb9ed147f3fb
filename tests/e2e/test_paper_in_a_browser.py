"""控え and レシート at the register (manual 3-1): printed by hand and by itself, on real paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from testkit.cashier import at, keep, pay_in_cash, ring_up, send_to_terminal
from testkit.customer import CARD, CODE, EMONEY, Wallet, pay
from testkit.http import RegisterClient, TerminalClient, until
from testkit.printers import PrinterClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

CUSTOMER = "お客様控"
MERCHANT = "加盟店控"


def set_customer_slip(system: RunningSystem, way: str) -> None:
    """Set the store's お客様控え, and wait until who prints has heard of it."""
    manager = system.register("manager")
    assert manager.send("PATCH", "/api/v1/stores/S001", {"customer_slip": way}).status == 200
    until(lambda: manager.read("/stores/S001")["customer_slip"] == way, f"お客様控え to be {way}")


@pytest.fixture
def printer(system: RunningSystem) -> Iterator[PrinterClient]:
    """R1's printer, mended and empty; お客様控え is 手動, whatever the test sets."""
    found = system.printer().fresh()
    yield found
    found.clear_faults()
    set_customer_slip(system, "manual")


def pay_to_complete(till: Page, terminal: TerminalClient, wallet: Wallet = CARD) -> str:
    """Ring up a coffee and pay it on the terminal; return the sale's id."""
    sale = ring_up(till)
    send_to_terminal(till)
    pay(terminal, wallet)
    at(till, "complete")
    return sale


def slip_state(till: Page) -> Locator:
    return till.locator("#slip-progress .printing-state")


def seen(image: Locator) -> bool:
    """Whether the picture is really there."""
    return bool(image.evaluate("(img) => img.decode().then(() => img.naturalWidth > 0)"))


def copies(pieces: list[Any]) -> list[str]:
    """Return whose the pieces of paper are, in their order."""
    return [name for one in pieces for name in (CUSTOMER, MERCHANT) if name in one["text"]]


@pytest.mark.manual("2-1.3")
def test_both_copies_are_printed_by_hand_and_each_alone(
    till: Page, terminal: TerminalClient, printer: PrinterClient, pictures: Path
) -> None:
    pay_to_complete(till, terminal)
    expect(slip_state(till)).to_have_text("控えはまだ印刷していません")
    preview = till.locator(".preview img")
    expect(preview).to_have_count(1)
    assert seen(preview)
    keep(till, pictures, "paper-1-complete")
    till.get_by_role("button", name="控え印刷").click()
    expect(slip_state(till)).to_have_text("控えを印刷しました")
    assert copies(printer.until_pieces(2)) == [CUSTOMER, MERCHANT]
    assert all("377782" in one["text"] and "165" in one["text"] for one in printer.pieces())
    keep(till, pictures, "paper-2-printed")
    till.get_by_role("button", name="加盟店控えだけ").click()
    assert copies(printer.until_pieces(3)) == [CUSTOMER, MERCHANT, MERCHANT]
    till.get_by_role("button", name="お客様控えだけ").click()
    assert copies(printer.until_pieces(4)) == [CUSTOMER, MERCHANT, MERCHANT, CUSTOMER]


def test_with_automatic_slips_both_copies_come_out_without_a_tap(
    system: RunningSystem, till: Page, terminal: TerminalClient, printer: PrinterClient
) -> None:
    set_customer_slip(system, "auto")
    pay_to_complete(till, terminal, EMONEY)
    assert copies(printer.until_pieces(2)) == [CUSTOMER, MERCHANT]
    expect(slip_state(till)).to_have_text("控えを印刷しました")
    assert seen(till.locator(".preview img"))


def test_with_the_printer_off_the_payment_stands_and_the_register_says_what_to_do(
    system: RunningSystem,
    till: Page,
    terminal: TerminalClient,
    printer: PrinterClient,
    pictures: Path,
) -> None:
    printer.fault("off")
    sale = pay_to_complete(till, terminal)
    till.get_by_role("button", name="控え印刷").click()
    expect(slip_state(till)).to_have_text("控えを印刷できませんでした")
    told = till.locator("#slip-progress")
    expect(told).to_contain_text("お支払いは成立しています。")
    expect(told).to_contain_text("電源を入れてから、もう一度印刷してください。")
    expect(till.get_by_role("heading", name="支払完了")).to_be_visible()
    keep(till, pictures, "paper-3-printer-off")
    assert system.register().sale(sale)["tenders"][0]["state"] == "approved"

    printer.clear_faults()
    till.get_by_role("button", name="控え印刷").click()
    expect(slip_state(till)).to_have_text("控えを印刷しました")
    assert copies(printer.until_pieces(2)) == [CUSTOMER, MERCHANT]


@pytest.mark.parametrize(
    ("fault", "todo"),
    [
        ("paper_out", "用紙を補充してから"),
        ("cover_open", "カバーを閉めてから"),
    ],
)
def test_what_to_put_right_at_the_printer_is_said(
    till: Page, terminal: TerminalClient, printer: PrinterClient, fault: str, todo: str
) -> None:
    printer.fault(fault)
    pay_to_complete(till, terminal)
    till.get_by_role("button", name="控え印刷").click()
    expect(till.locator("#slip-progress")).to_contain_text(todo)
    expect(till.locator("#slip-progress")).to_contain_text("お支払いは成立しています。")


def test_a_cable_pulled_while_a_slip_prints_is_told_and_what_broke_off_is_printed_anew_by_hand(
    system: RunningSystem,
    till: Page,
    terminal: TerminalClient,
    printer: PrinterClient,
    pictures: Path,
) -> None:
    printer.fault("cable", bytes=400)
    sale = pay_to_complete(till, terminal)
    till.get_by_role("button", name="控え印刷").click()
    told = till.locator('#slip-progress:is([data-paper="look"], [data-paper="not_printed"])')
    expect(told).to_contain_text("お支払いは成立しています。", timeout=30_000)
    keep(till, pictures, "paper-9-cable-pulled")
    assert system.register().sale(sale)["tenders"][0]["state"] == "approved"
    torn = len(printer.pieces())

    printer.clear_faults()
    till.get_by_role("button", name="控え印刷").click()
    expect(slip_state(till)).to_have_text("控えを印刷しました", timeout=30_000)
    assert copies(printer.pieces()[torn:])[-2:] == [CUSTOMER, MERCHANT]


def test_a_code_payment_has_no_slip_and_the_register_says_so(
    till: Page, terminal: TerminalClient, printer: PrinterClient, pictures: Path
) -> None:
    pay_to_complete(till, terminal, CODE)
    expect(till.locator(".no-slip")).to_have_text("コード支払いでは控えは発行されません。")
    expect(till.get_by_role("button", name="控え印刷")).to_have_count(0)
    keep(till, pictures, "paper-4-code")
    till.get_by_role("button", name="OK").click()
    at(till, "closed")
    assert printer.pieces() == []


def test_a_receipt_with_its_tax_lines_is_printed_when_the_sale_is_closed(
    till: Page, printer: PrinterClient, pictures: Path
) -> None:
    ring_up(till, "コーヒー", "おにぎり")
    pay_in_cash(till)
    at(till, "closed")
    till.get_by_role("button", name="レシート印刷").click()
    expect(till.locator("#receipt-progress .printing-state")).to_have_text("レシートを印刷しました")
    (receipt,) = printer.until_pieces(1)
    assert "8%" in receipt["text"]
    assert "10%" in receipt["text"]
    assert "軽減" in receipt["text"]
    keep(till, pictures, "paper-5-closed")


@pytest.mark.manual("3-1.3")
def test_a_sale_is_found_again_and_after_close_the_terminals_way_to_reprint_is_told(
    system: RunningSystem,
    till: Page,
    terminal: TerminalClient,
    printer: PrinterClient,
    pictures: Path,
) -> None:
    sale = pay_to_complete(till, terminal)
    till.get_by_role("button", name="OK").click()
    at(till, "closed")
    number = system.register().sale(sale)["tenders"][0]["slip_number"]
    till.get_by_role("link", name="伝票明細").click()
    at(till, "sales")
    till.get_by_label("伝票番号").fill(number.lstrip("0"))
    till.get_by_label("金額").fill("¥165")
    till.get_by_label("カード番号 下4桁").fill("6304")
    till.get_by_label("ブランド").fill("amex")
    till.get_by_role("button", name="検索").click()
    found = till.locator(f'.found a[href$="/sales/{sale}"]')
    expect(found).to_contain_text("¥165")
    expect(till.locator(".found li")).to_have_count(1)
    keep(till, pictures, "paper-6-search")
    till.get_by_label("カード番号 下4桁").fill("9999")
    till.get_by_role("button", name="検索").click()
    expect(till.locator(".empty")).to_contain_text("条件に合う会計はありません")
    till.go_back()
    found.click()
    at(till, "details")
    expect(till.locator(".reprint")).to_contain_text("再印字")
    expect(till.get_by_role("link", name="お客様控え")).to_have_count(0)
    till.get_by_role("link", name="レシートを見る").click()
    assert seen(till.locator(".preview img"))
    keep(till, pictures, "paper-7-details")
    till.get_by_role("button", name="レシート印刷").click()
    (receipt,) = printer.until_pieces(1)
    assert number in receipt["text"]


def test_what_a_search_cannot_mean_is_marked_and_nothing_is_listed(till: Page) -> None:
    till.get_by_role("link", name="伝票明細").click()
    at(till, "sales")
    till.get_by_label("カード番号 下4桁").fill("63")
    till.get_by_role("button", name="検索").click()
    expect(till.locator("#card")).to_have_attribute("aria-invalid", "true")
    expect(till.locator(".found")).to_have_count(0)


def test_the_settings_tell_how_the_printer_is(
    till: Page, printer: PrinterClient, pictures: Path
) -> None:
    till.get_by_role("link", name="設定").click()
    at(till, "settings")

    def told(state: str) -> bool:
        till.locator("#check-printer").click()
        till.locator("#check-printer:not([aria-busy])").wait_for()
        return till.locator("#printer-told").get_attribute("data-state") == state

    until(lambda: told("ready"), "the printer told as ready")
    printer.fault("cover_open")
    until(lambda: told("cover_open"), "the printer told as open")
    expect(till.locator("#printer-told")).to_have_text(
        "カバーが開いています。カバーを閉めてください。"
    )
    keep(till, pictures, "paper-8-settings")


def test_a_manager_sets_how_customer_slips_print(
    system: RunningSystem, till: Page, printer: PrinterClient
) -> None:
    till.get_by_role("link", name="設定").click()
    expect(till.locator(".slip-setting .tag")).to_have_text("手動")
    expect(till.locator(".slip-setting button")).to_have_count(0)
    till.goto(f"{system.api}/registers/S001/R1")
    till.get_by_role("button", name="ログアウト").click()
    till.get_by_label("企業コード").fill("DEMO")
    till.get_by_label("担当者コード").fill("manager")
    till.get_by_label("パスワード").fill("manager-demo")
    till.get_by_role("button", name="ログイン").click()
    till.goto(f"{system.api}/registers/S001/R1/settings/terminal")
    at(till, "settings")
    till.get_by_role("button", name="自動", exact=True).click()
    expect(till.get_by_role("button", name="自動", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    manager: RegisterClient = system.register("manager")
    assert manager.read("/stores/S001")["customer_slip"] == "auto"
