"""切断する in a refund, before and after the read (manual 2-2, 4-2): the terminal's word counts."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testkit.cashier import (
    at,
    confirm_as_manager,
    disconnect,
    keep,
    pay_and_close,
    pick_refund,
    ring_up,
    sale_of,
    send_refund,
    send_to_terminal,
    to_details,
)
from testkit.customer import Refund, approved_for, give_back, pay, walk_back_to
from testkit.http import TerminalClient
from testkit.system import RunningSystem, until_linked

pytestmark = pytest.mark.browser


def pay_a_part(system: RunningSystem, till: Page, terminal: TerminalClient) -> Any:
    """Pay ¥650 of an umbrella on the terminal; return the sale, still open."""
    ring_up(till, "傘")
    send_to_terminal(till, 650)
    pay(terminal)
    at(till, "complete")
    till.keyboard.press("Enter")
    at(till, "tender")
    terminal.bring_home()
    return sale_of(system, till)


def ask_back(till: Page) -> Refund:
    """× > 決済端末連携; return what is to be done on the terminal."""
    till.get_by_role("link", name="払い戻す ¥650").click()
    at(till, "refund")
    send_refund(till, till.get_by_role("button", name="決済端末連携").click)
    return Refund(number=str(till.locator("[data-number]").get_attribute("data-number")))


def given_back(terminal: TerminalClient, sale: Any) -> int:
    (paid,) = approved_for(terminal, sale["tenders"][0]["operations"][0]["id"])
    return len(
        [
            entry
            for entry in terminal.journal()
            if entry["voids"] == paid["slip_number"] and entry["state"] == "approved"
        ]
    )


def test_asked_to_stop_before_the_read_the_payment_stands_and_the_register_says_so(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    paid = pay_a_part(system, till, terminal)
    walk_back_to(terminal, "refund_card_slip", ask_back(till))
    till.get_by_role("button", name="払い戻しの中止を依頼").click()
    at(till, "refund_ended")
    expect(till.locator("#main .moment")).to_contain_text("¥650 の支払は成立したままです")
    keep(till, pictures, "refund-16-not-given-back")
    till.get_by_role("link", name="閉じる").click()
    at(till, "tender")
    expect(till.locator(".note")).to_contain_text("払い戻しは行われませんでした")
    expect(till.locator("#main .right .amount")).to_have_text("¥1,000")
    terminal.until_screen("home")
    assert given_back(terminal, paid) == 0
    assert sale_of(system, till)["tenders"][0]["state"] == "approved"


def test_cut_off_before_the_read_where_the_terminal_cannot_be_stopped_ok_waits_for_it(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    paid = pay_a_part(system, till, terminal)
    terminal.abilities(abort=False)
    until_linked(system.register(), terminal, abort=False)
    walk_back_to(terminal, "refund_card_slip", ask_back(till))
    disconnect(till)
    at(till, "refund_disconnected")
    ok = till.get_by_role("link", name="OK")
    expect(ok).to_have_attribute("aria-disabled", "true")
    expect(till.locator("[data-guide]")).to_contain_text("「リセット」を押してください")
    till.reload()
    at(till, "refund_disconnected")
    keep(till, pictures, "refund-17-disconnected")
    terminal.press("リセット")
    at(till, "refund_ended")
    terminal.until_screen("home")
    assert given_back(terminal, paid) == 0


@pytest.mark.manual("2-2.3")
def test_cut_off_after_the_read_the_sale_is_finished_and_then_corrected(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    paid = pay_a_part(system, till, terminal)
    terminal.fault("slow_centre", seconds=9)
    give_back(terminal, ask_back(till))
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    disconnect(till)
    at(till, "refund_disconnected")
    expect(till.locator(".doubt-band")).to_contain_text("もう一度払い戻したり")
    keep(till, pictures, "refund-18-after-the-read")
    system.register().done(202, f"/sales/{paid['id']}/tenders/1/release")
    at(till, "tender")
    expect(till.locator(".note").first).to_contain_text("¥650")
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.press("F2")
    till.get_by_role("button", name="会計").last.click()
    at(till, "closed")
    system.register().until_tender(paid["id"], 1, "refunded")
    assert given_back(terminal, paid) == 1

    till.locator(".chip.case").click()
    at(till, "cases")
    keep(till, pictures, "refund-19-case")
    till.get_by_role("link", name="伝票訂正").click()
    at(till, "correct")
    expect(till.locator("#missing")).to_have_value("¥650")
    keep(till, pictures, "refund-20-correct")
    till.get_by_role("button", name="現金で追加").click()
    expect(till.locator("#main .right")).to_contain_text("伝票の金額と合いました")
    till.reload()
    at(till, "correct")
    keep(till, pictures, "refund-21-it-fits")
    till.get_by_role("button", name="この内容に訂正する").first.click()
    till.get_by_role("dialog").get_by_label("理由").fill("払い戻し後に現金で受け取り")
    confirm_as_manager(till)
    keep(till, pictures, "refund-22-correct-by-name")
    till.get_by_role("dialog").get_by_role("button", name="この内容に訂正する").click()
    at(till, "details")
    expect(till.locator("#main .right .carried")).to_contain_text("責任者 manager が確認しました")
    keep(till, pictures, "refund-23-corrected")
    after = system.register().sale(paid["id"])
    assert (after["state"], after["paid"], after["void_due"]) == ("closed", 1_650, False)
    assert after["corrections"][0]["authorised_by"] == "manager"
    assert [one["state"] for one in after["cases"]] == ["settled"]
    assert given_back(terminal, paid) == 1


def test_in_doubt_about_a_refund_the_register_says_what_not_to_do_and_shows_its_end(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    paid = pay_a_part(system, till, terminal)
    terminal.fault("slow_centre", seconds=6)
    give_back(terminal, ask_back(till))
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    disconnect(till)
    at(till, "refund_disconnected")
    till.goto(f"{system.api}/registers/S001/R1?home=1")
    at(till, "refund_doubt")
    expect(till.locator(".doubt-band")).to_contain_text("もう一度払い戻したり")
    keep(till, pictures, "refund-24-in-doubt")
    at(till, "refunded")
    till.get_by_role("button", name="OK").click()
    at(till, "tender")
    expect(till.locator("#main .right .amount")).to_have_text("¥1,650")
    assert given_back(terminal, paid) == 1


@pytest.mark.manual("4-2.5")
def test_cut_off_after_the_read_a_closed_sale_is_voided_from_its_details(
    system: RunningSystem, till: Page, terminal: TerminalClient, pictures: Path
) -> None:
    sale = pay_and_close(till, terminal)
    paid = system.register().sale(sale)
    terminal.fault("slow_centre", seconds=6)
    to_details(till, sale)
    pick_refund(till)
    send_refund(till, till.get_by_role("button", name="払い戻しだけ行う").click)
    number = str(till.locator("[data-number]").get_attribute("data-number"))
    give_back(terminal, Refund(number=number))
    expect(till.locator("[data-face]")).to_contain_text("センタ通信中")
    disconnect(till)
    at(till, "refund_disconnected")
    # Whoever serves the next customer, or starts the tablet anew, is led back to it.
    till.goto(f"{system.api}/registers/S001/R1")
    at(till, "ring_up")
    expect(till.locator(".note").first).to_contain_text("払い戻しの途中の伝票があります")
    keep(till, pictures, "refund-34-left")
    system.register().until_tender(sale, 1, "refunded")
    expect(till.locator(".chip.case")).to_be_visible()
    till.locator(".note").first.get_by_role("link", name="確認する").click()
    at(till, "refunded")
    keep(till, pictures, "refund-25-found-out")
    till.locator("#main .right .primary").click()
    till.get_by_role("dialog").get_by_role("button", name="伝票取消をする").click()
    expect(till.locator("#main .right .carried")).to_contain_text("取り消しました")
    assert system.register().sale(sale)["state"] == "voided"
    assert given_back(terminal, paid) == 1
    till.get_by_role("button", name="OK").click()
    at(till, "details")
    till.goto(f"{system.api}/registers/S001/R1")
    at(till, "ring_up")
    expect(till.locator(".note")).to_have_count(0)
