"""管理画面 > 店舗管理 > 店舗個別管理 > 店舗情報: what a manager sets, and two at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.cashier import keep
from testkit.customer import CARD, pay
from testkit.desk import at_a_desk, choose_store
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

STORE: Final = "S001"
PATH: Final = f"/api/v1/stores/{STORE}"
USUAL: Final = {
    "customer_slip": "manual",
    "slip_reprint": "terminal_only",
    "support_contact": "",
    "slip_retention_years": 7,
}


@pytest.fixture
def manager(system: RunningSystem) -> Iterator[RegisterClient]:
    """S001's settings are the demo's before and after."""
    client = system.register("manager")
    client.expect(200, "PATCH", PATH, USUAL)
    yield client
    client.expect(200, "PATCH", PATH, USUAL)


@pytest.fixture
def desk(system: RunningSystem, browser: BrowserContext) -> Iterator[Page]:
    with at_a_desk(system, browser, "manager") as page:
        page.get_by_role("link", name="店舗情報").first.click()
        choose_store(page, STORE)
        yield page


def test_automatic_slips_are_set_there_and_the_next_payment_prints_by_itself(
    system: RunningSystem,
    manager: RegisterClient,
    terminal: TerminalClient,
    desk: Page,
    pictures: Path,
) -> None:
    printer = system.printer().fresh()
    desk.get_by_label("自動").check()
    keep(desk, pictures, "admin-9-store")
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    expect(desk.get_by_label("自動")).to_be_checked()
    assert manager.read(f"/stores/{STORE}")["customer_slip"] == "auto"

    terminal.until_screen("home")
    register = system.register()
    sale = register.open_sale(165)
    tender = register.tender(sale["id"], 165)
    pay(terminal, CARD)
    register.until_tender(sale["id"], tender["number"], "approved")
    printed = [one["text"] for one in printer.until_pieces(2)]
    assert "お客様控" in printed[0]
    assert "加盟店控" in printed[1]
    register.done(200, f"/sales/{sale['id']}/close")


def test_the_second_of_two_who_save_the_same_page_is_told_what_changed(
    manager: RegisterClient, desk: Page, pictures: Path
) -> None:
    desk.get_by_label("お困りの際の連絡先").fill("06-1111-1111")
    manager.expect(200, "PATCH", PATH, {"support_contact": "0120-000-000"})
    desk.get_by_role("button", name="登録").click()
    told = desk.get_by_role("alert")
    expect(told).to_contain_text("ほかの担当者が変更しました")
    expect(told.locator("tbody tr")).to_have_count(1)
    for text in ("お困りの際の連絡先", "0120-000-000", "06-1111-1111"):
        expect(told).to_contain_text(text)
    assert manager.read(f"/stores/{STORE}")["support_contact"] == "0120-000-000"
    keep(desk, pictures, "admin-10-two-admins")
    expect(desk.get_by_label("お困りの際の連絡先")).to_have_value("06-1111-1111")
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    assert manager.read(f"/stores/{STORE}")["support_contact"] == "06-1111-1111"


def test_what_changed_elsewhere_in_the_store_is_in_nobodys_way(
    system: RunningSystem, manager: RegisterClient, desk: Page
) -> None:
    desk.get_by_label("控えを残す年数").fill("9")
    before = manager.read(f"/stores/{STORE}")["version"]
    printer = manager.read(f"/stores/{STORE}/registers")["registers"][0]["printer"]
    printing = f"{PATH}/registers/R1/printer"
    manager.expect(200, "PUT", printing, {"printer": None})
    manager.expect(200, "PUT", printing, {"printer": printer})
    assert manager.read(f"/stores/{STORE}")["version"] == before + 2
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    until(
        lambda: manager.read(f"/stores/{STORE}")["slip_retention_years"] == 9, "the years to be 9"
    )


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "'; DROP TABLE stores; --", "店😀🈂️", "\u202eأ"],
)
def test_a_name_is_a_name_whatever_stands_in_it(
    system: RunningSystem, manager: RegisterClient, desk: Page, name: str
) -> None:
    field = desk.get_by_label("発行者名")
    was = field.input_value()
    field.fill(name)
    desk.get_by_role("button", name="登録").click()
    if name.isprintable():
        expect(desk.get_by_role("status")).to_contain_text("登録しました")
        expect(desk.get_by_label("発行者名")).to_have_value(name)
        desk.get_by_label("発行者名").fill(was)
        desk.get_by_role("button", name="登録").click()
        expect(desk.get_by_label("発行者名")).to_have_value(was)
    else:
        expect(desk.get_by_role("alert")).to_contain_text("invalid_body")
    assert manager.read(f"/stores/{STORE}")["issuer"]["name"] == was
