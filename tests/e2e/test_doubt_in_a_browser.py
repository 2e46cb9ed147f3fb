"""結果不明 on the register: it says what is known, lets the shop go on, and ends by itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from testkit.cashier import (
    at,
    confirm_as_manager,
    keep,
    pay_in_cash,
    release,
    ring_up,
    sale_of,
    send_to_terminal,
)
from testkit.customer import Wallet, approved_for, hold_out, pay, walk_to, walk_to_reader
from testkit.http import TerminalClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

NANACO: Final = Wallet(media="emoney", brand="nanaco", entry="contactless")
WAON: Final = Wallet(media="emoney", brand="WAON", entry="contactless")


@pytest.fixture(autouse=True)
def powered(terminal: TerminalClient) -> Iterator[None]:
    yield
    terminal.power("on")


def doubted_before_the_read(till: Page, terminal: TerminalClient, amount: int | None = None) -> str:
    """The terminal loses its power in front of a card; return the operation."""
    operation = send_to_terminal(till, amount)
    walk_to(terminal, "read_card")
    expect(till.locator("[data-face]")).to_contain_text("カードを読み取ってください")
    terminal.power("off")
    at(till, "doubt")
    return operation


def test_a_doubt_tells_what_is_done_about_it_and_resolves_in_front_of_the_cashiers_eyes(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    ring_up(till)
    operation = doubted_before_the_read(till, terminal)
    band = till.locator(".doubt-band")
    expect(band).to_contain_text("通信が途中で切れました")
    expect(band).to_contain_text("¥165 の決済が成立したかどうか、まだ分かりません")
    expect(band).to_contain_text("もう一度決済しないでください")
    asked = till.locator("[data-doubt]")
    expect(asked).to_contain_text("端末に3回確認しました。最終", timeout=15_000)
    expect(asked).to_contain_text("端末につながりません")
    expect(till.locator("[data-lost]")).to_be_visible()
    keep(till, pictures, "register-10-doubt")
    doubt = sale_of(system, till)["tenders"][0]["doubt"]
    assert doubt["asked"] >= 3

    terminal.power("on")
    at(till, "ended")
    expect(till.locator("#main .moment")).to_contain_text("支払が行われていないことが分かりました")
    assert sale_of(system, till)["tenders"][0]["state"] == "not_performed"
    assert approved_for(terminal, operation) == []


def test_a_page_drawn_before_the_link_was_lost_and_come_after_it_shows_no_glass(
    till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    till.get_by_role("link", name="決済端末").last.click()
    at(till, "amount")
    till.get_by_role("button", name="残額").click()
    till.get_by_role("button", name="会計", exact=False).last.click()
    at(till, "confirm")
    drawn: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        drawn.append((route, route.fetch()))

    def is_drawn() -> bool:
        till.wait_for_timeout(50)  # only while we wait for the page does it call `hold`
        return bool(drawn)

    till.route(re.compile(r"/registers/S001/R1(\?.*)?$"), hold, times=1)
    till.get_by_role("button", name="決済端末連携").click()
    chip = till.locator("[data-chip]")
    until(is_drawn, "the page to be drawn")
    terminal.power("off")
    expect(chip).to_have_attribute("data-link", "disconnected")
    ((route, page),) = drawn
    assert "data-lost hidden" in page.text()
    route.fulfill(response=page)
    at(till, "processing", "doubt", "ended")  # a slow machine has been told what became of it
    lost = '[data-lost]:visible, #main:not([data-stage="processing"])'
    expect(till.locator(lost).first).to_be_visible()
    expect(till.locator("[data-glass]:visible")).to_have_count(0)


def test_an_approval_whose_answer_was_lost_is_found_in_the_journal_with_its_evidence(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = ring_up(till)
    terminal.fault("answer_lost")
    operation = send_to_terminal(till)
    pay(terminal)
    at(till, "complete")
    (entry,) = approved_for(terminal, operation)
    tender = system.register().sale(sale)["tenders"][0]
    assert (tender["state"], tender["slip_number"]) == ("approved", entry["slip_number"])
    till.goto(f"{system.api}/registers/S001/R1/sales/{sale}")
    evidence = till.locator(".evidence")
    expect(evidence).to_contain_text(entry["slip_number"])
    expect(evidence).to_contain_text("確認のもと")
    keep(till, pictures, "register-19-evidence")
    till.keyboard.press("Escape")
    at(till, "sales")
    till.locator('[data-key-press="Escape"]').click()
    at(till, "complete")


def test_a_doubt_that_was_a_payment_turns_into_complete_by_itself(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    sale = ring_up(till)
    terminal.fault("slow_centre", seconds=2)
    operation = send_to_terminal(till)
    walk_to(terminal, "centre")
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    terminal.power("off")
    at(till, "doubt")
    terminal.power("on")
    at(till, "complete")
    expect(till.locator("#main .moment")).to_contain_text("結果が分かりました")
    (entry,) = approved_for(terminal, operation)
    tender = system.register().sale(sale)["tenders"][0]
    assert (tender["state"], tender["slip_number"]) == ("approved", entry["slip_number"])
    till.keyboard.press("Enter")
    at(till, "closed")


def test_a_released_doubt_stays_in_sight_while_the_sale_is_paid_in_cash(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    ring_up(till)
    operation = doubted_before_the_read(till, terminal)
    release(till)
    expect(till.locator(".note")).to_contain_text("結果をまだ確認しています")
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.type("1000")
    till.get_by_role("button", name="会計").last.click()
    at(till, "closed")
    expect(till.locator(".change")).to_have_text("¥835")
    expect(till.locator(".note")).to_contain_text("結果をまだ確認しています")
    terminal.power("on")
    expect(till.locator(".note")).to_have_count(0)
    tender = sale_of(system, till)["tenders"][0]
    assert (tender["state"], tender["counted"]) == ("not_performed", False)
    assert approved_for(terminal, operation) == []


def test_paid_twice_is_a_difference_on_this_register_until_a_manager_settles_it(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = ring_up(till)
    terminal.fault("slow_centre", seconds=6)
    operation = send_to_terminal(till)
    walk_to(terminal, "centre")
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    till.get_by_role("button", name="切断する").first.click()
    till.get_by_role("dialog").get_by_role("button", name="切断する").click()
    at(till, "disconnected")
    release(till)
    pay_in_cash(till)
    at(till, "closed")
    count = till.locator(".chip.case")
    expect(count).to_have_text("差異 1件", timeout=15_000)
    (entry,) = approved_for(terminal, operation)
    expect(till.locator(".note.case")).to_contain_text("二重に支払われています：端末で返金して")
    expect(till.locator(".note.case")).to_contain_text(f"伝票番号 {entry['slip_number']} ¥165")
    till.keyboard.press("Enter")
    at(till, "ring_up")
    expect(till.locator(".note.case")).to_contain_text("二重に支払われています")
    count.click()
    at(till, "cases")
    keep(till, pictures, "register-20-difference")

    till.get_by_role("button", name="このまま了承する").click()
    dialog = till.get_by_role("dialog")
    dialog.get_by_label("理由").fill("お客様が現金を受け取らなかった")
    confirm_as_manager(till, password="wrong")
    dialog.get_by_role("button", name="解決する").click()
    expect(dialog.get_by_role("alert")).to_contain_text("パスワードが違います")
    expect(dialog.get_by_label("パスワード")).to_have_value("")
    confirm_as_manager(till, operator="cashier")
    dialog.get_by_role("button", name="解決する").click()
    expect(dialog.get_by_role("alert")).to_contain_text("責任者の確認が必要です")
    confirm_as_manager(till)
    dialog.get_by_role("button", name="解決する").click()
    expect(till.locator("#main")).to_contain_text("差異はありません")
    expect(count).to_have_count(0)
    (case,) = system.register().sale(sale)["cases"]
    assert (case["state"], case["way"], case["authorised_by"]) == ("settled", "accept", "manager")


def test_cash_gives_way_to_the_terminals_payment_when_the_cashier_chooses_so(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    sale = ring_up(till)
    terminal.fault("slow_centre", seconds=6)
    operation = send_to_terminal(till)
    walk_to(terminal, "centre")
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    till.get_by_role("button", name="切断する").first.click()
    till.get_by_role("dialog").get_by_role("button", name="切断する").click()
    at(till, "disconnected")
    release(till)
    pay_in_cash(till)
    at(till, "closed")
    expect(till.locator(".note.case")).to_contain_text("二重に支払われています", timeout=15_000)
    till.locator(".chip.case").click()
    at(till, "cases")
    till.get_by_role("button", name="ほかの支払と入れ替える").click()
    dialog = till.get_by_role("dialog")
    expect(dialog.get_by_label("現金 ¥165")).to_be_checked()
    dialog.get_by_label("理由").fill("現金を返した")
    dialog.get_by_role("button", name="解決する").click()
    expect(till.locator("#main")).to_contain_text("差異はありません")
    after = system.register().sale(sale)
    counted = [tender["method"] for tender in after["tenders"] if tender["counted"]]
    assert (counted, after["paid"], after["state"]) == (["terminal"], 165, "closed")
    assert len(approved_for(terminal, operation)) == 1


def test_a_nanaco_touch_that_broke_off_is_booked_as_paid_in_one_tap(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = ring_up(till)
    send_to_terminal(till)
    walk_to_reader(terminal, NANACO)
    hold_out(terminal, NANACO, outcome="incomplete")
    at(till, "doubt")
    band = till.locator(".doubt-band")
    expect(band).to_contain_text("処理未了")
    expect(band).to_contain_text("調査の期限")
    expect(till.locator("#main .right")).to_contain_text("nanaco は、取り消しが分かるまで支払済み")
    expect(till.locator("[data-doubt]")).to_contain_text("処理未了のまま")
    keep(till, pictures, "register-21-incomplete")
    till.get_by_role("button", name="支払済みとして記録する").click()
    at(till, "settled")
    till.keyboard.press("Enter")
    at(till, "closed")
    after = system.register().sale(sale)
    doubted, stand_in = after["tenders"]
    assert (doubted["state"], doubted["released_by"]) == ("in_doubt", "cashier")
    assert (stand_in["kind"], stand_in["stands_for"], after["paid"]) == ("incomplete", 1, 165)
    assert terminal.journal()[0]["state"] == "incomplete"
    terminal.bring_home()


def test_a_waon_touch_that_broke_off_is_paid_another_way(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    sale = ring_up(till)
    send_to_terminal(till)
    walk_to_reader(terminal, WAON)
    hold_out(terminal, WAON, outcome="incomplete")
    at(till, "doubt")
    expect(till.locator("#main .right")).to_contain_text("WAON は、成立が分かるまで未払い")
    till.get_by_role("button", name="別の支払を受け取る").click()
    at(till, "tender")
    pay_in_cash(till)
    at(till, "closed")
    after = system.register().sale(sale)
    assert (after["state"], after["tenders"][0]["doubt"]["presumed"]) == ("closed", "not_sold")
    assert terminal.journal()[0]["state"] == "incomplete"
    terminal.bring_home()


def test_another_terminal_payment_while_one_is_in_doubt_needs_a_managers_name(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = ring_up(till, "傘")
    first = send_to_terminal(till, 650)
    walk_to_reader(terminal, WAON)
    hold_out(terminal, WAON, outcome="incomplete")
    at(till, "doubt")
    terminal.bring_home()
    till.get_by_role("link", name="残額 ¥1,000 の支払へ").click()
    at(till, "tender")
    expect(till.locator(".note")).to_contain_text("もう一度決済しないでください")
    till.keyboard.press("F12")
    at(till, "amount")
    till.keyboard.press("F2")
    till.keyboard.press("Enter")
    at(till, "confirm")
    till.get_by_role("button", name="決済端末連携").click()
    dialog = till.get_by_role("dialog")
    expect(dialog).to_contain_text("二重に請求するおそれがあります")
    keep(till, pictures, "register-22-override")
    assert terminal.screen()["name"] == "home"
    confirm_as_manager(till)
    dialog.get_by_role("button", name="確認して送る").click()
    at(till, "processing")
    pay(terminal)
    at(till, "complete")
    after = system.register().sale(sale)
    second = after["tenders"][1]
    assert (second["state"], second["authorised_by"]) == ("approved", "manager")
    assert len(approved_for(terminal, second["operations"][0]["id"])) == 1
    assert approved_for(terminal, first) == []


def test_a_manager_decides_where_the_terminal_is_dead_and_contrary_evidence_is_told(
    system: RunningSystem, till: Page, terminal: TerminalClient
) -> None:
    sale = ring_up(till)
    operation = send_to_terminal(till)
    walk_to(terminal, "read_card")
    expect(till.locator("[data-face]")).to_contain_text("カードを読み取ってください")
    terminal.fault("reboot_at", screen="approved")
    terminal.fault("answer_lost")
    hold_out(terminal)
    until(lambda: approved_for(terminal, operation), "the terminal to have charged")
    terminal.power("off")
    at(till, "doubt")
    till.get_by_role("button", name="端末が使えないとき").click()
    dialog = till.get_by_role("dialog")
    dialog.get_by_label("支払は行われていない").check()
    dialog.get_by_label("理由").fill("端末が壊れた")
    confirm_as_manager(till)
    dialog.get_by_role("button", name="この結果にする").click()
    at(till, "ended")
    register = system.register()
    resolved = register.sale(sale)["tenders"][0]
    assert (resolved["state"], resolved["resolved_from"]) == ("not_performed", "manager")
    terminal.power("on")
    terminal.clear_faults()
    found = register.until_tender(sale, 1, "approved")
    assert found["counted"] is True
    assert len(approved_for(terminal, operation)) == 1
