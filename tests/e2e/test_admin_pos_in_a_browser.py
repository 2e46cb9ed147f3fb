"""管理画面 > 店舗管理 > 店舗個別管理 > POS設定, as chapter 1-3 of the manual walks through it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from testkit.cashier import keep
from testkit.customer import CARD, pay
from testkit.desk import at_a_desk, choose_store, sign_in
from testkit.http import RegisterClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

STORE: Final = "S002"
R2: Final = f"/api/v1/stores/{STORE}/registers/R2/terminal"


@pytest.fixture
def admin(system: RunningSystem) -> Iterator[RegisterClient]:
    """The API as the chain's administrator; S002 is as the demo has it before and after."""
    client = system.register("admin")
    as_it_was(client)
    yield client
    as_it_was(client)


def as_it_was(admin: RegisterClient) -> None:
    base = f"/api/v1/stores/{STORE}/registers"
    until(lambda: admin.send("DELETE", f"{base}/R2/terminal").status == 200, "R2 to be free")
    pair = {"model": "CT-6100", "terminal": "T1"}
    until(lambda: admin.send("PUT", f"{base}/R1/terminal", pair).status == 200, "T1 at R1")


@pytest.fixture
def desk(system: RunningSystem, browser: BrowserContext) -> Iterator[Page]:
    with at_a_desk(system, browser) as page:
        yield page


def holders(admin: RegisterClient) -> dict[str, Any]:
    found = admin.read(f"/stores/{STORE}/registers")["registers"]
    return {one["register"]: one["terminal"] for one in found}


def row_of(page: Page, register: str) -> Locator:
    return page.locator(f"#register-{register}")


def register_terminal(page: Page, register: str, terminal: str | None) -> None:
    """決済端末 > CT-6100, the terminal, 登録; None: なし."""
    row = row_of(page, register)
    row.get_by_label("決済端末").select_option("CT-6100" if terminal else "")
    if terminal:
        row.get_by_label("端末番号").select_option(terminal)
    row.get_by_role("button", name="登録").click()


@pytest.mark.manual("1-3.1")
def test_one_logs_in_with_company_code_operator_code_and_password(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    page = browser.new_page()
    sign_in(system, page, password="wrong")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("invalid_credentials")
    expect(page.get_by_label("企業コード")).to_have_value("DEMO")
    keep(page, pictures, "admin-1-login")
    page.get_by_label("パスワード").fill("admin-demo")
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("heading", name="TOP")).to_be_visible()
    expect(page.get_by_role("heading", name="店舗個別管理").last).to_be_visible()
    keep(page, pictures, "admin-2-top")


def test_a_cashier_has_no_business_there(system: RunningSystem, browser: BrowserContext) -> None:
    page = browser.new_page()
    sign_in(system, page, "cashier")
    expect(page.get_by_role("alert")).to_contain_text("not_permitted")


@pytest.mark.manual("1-3.2")
@pytest.mark.manual("1-3.3")
@pytest.mark.manual("1-4")
def test_a_sub_register_gets_its_terminal_and_is_paid_on_without_a_restart(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    desk.get_by_role("link", name="POS設定").last.click()
    choose_store(desk, STORE)
    expect(desk.locator("tbody tr")).to_have_count(2)
    expect(row_of(desk, "R1").get_by_label("決済端末")).to_have_value("CT-6100")
    expect(row_of(desk, "R2").get_by_label("決済端末")).to_have_value("")
    manual = desk.get_by_role("link", name="CT-6100操作マニュアル")
    expect(manual).to_have_attribute("href", "https://www.cardnet.co.jp/non-login/login.html")
    keep(desk, pictures, "admin-3-pos")
    register_terminal(desk, "R2", "T2")
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    expect(row_of(desk, "R2").get_by_label("決済端末")).to_have_value("CT-6100")
    keep(desk, pictures, "admin-4-registered")
    assert holders(admin) == {"R1": "T1", "R2": "T2"}

    register, terminal = system.register(), system.terminal(f"CT6100-{STORE}-T2")
    until(
        lambda: (
            register.read(f"/stores/{STORE}/terminals/T2")["link"] == "connected"
            and register.read(f"/stores/{STORE}/terminals/T2")["paired_register"] == "R2"
        ),
        "the store's box to have taken it over",
    )
    terminal.until_screen("home")
    sale = register.open_sale(1650, store=STORE, register="R2")
    tender = register.tender(sale["id"], 1650)
    pay(terminal, CARD)
    paid = register.until_tender(sale["id"], tender["number"], "approved")
    assert paid["slip_number"] == terminal.journal()[0]["slip_number"]
    assert register.done(200, f"/sales/{sale['id']}/close")["state"] == "closed"

    register_terminal(desk, "R2", None)
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    assert holders(admin) == {"R1": "T1", "R2": None}


@pytest.mark.manual("6-1")
def test_a_held_terminal_is_refused_with_its_holder_and_moves_in_one_step(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    refused = admin.send("PUT", R2, {"model": "CT-6100", "terminal": "T1"})
    assert (refused.status, refused.body["code"]) == (409, "terminal_already_paired")
    assert refused.body["holder"] == "R1"
    assert holders(admin) == {"R1": "T1", "R2": None}

    desk.goto(f"{system.api}/admin/pos?store={STORE}")
    register_terminal(desk, "R2", "T1")
    expect(desk.get_by_role("alert")).to_contain_text("T1 は R1 が使用中です")
    assert holders(admin) == {"R1": "T1", "R2": None}
    keep(desk, pictures, "admin-5-held")
    desk.get_by_role("button", name="T1 を R1 から R2 へ移す").click()
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    assert holders(admin) == {"R1": None, "R2": "T1"}

    register, terminal = system.register(), system.terminal(f"CT6100-{STORE}-T1")
    until(
        lambda: register.read(f"/stores/{STORE}/terminals/T1")["paired_register"] == "R2",
        "the store's box to have taken it over",
    )
    terminal.until_screen("home")
    sale = register.open_sale(165, store=STORE, register="R1")
    nothing = register.post(f"/sales/{sale['id']}/tenders", {"method": "terminal", "amount": 165})
    assert (nothing.status, nothing.body["code"]) == (409, "no_terminal_paired")
    assert terminal.screen()["name"] == "home"
    register.done(200, f"/sales/{sale['id']}/abandon")


def test_a_terminal_at_work_is_not_taken_away(
    system: RunningSystem, admin: RegisterClient, desk: Page
) -> None:
    register, terminal = system.register(), system.terminal(f"CT6100-{STORE}-T1")
    terminal.until_screen("home")
    desk.goto(f"{system.api}/admin/pos?store={STORE}")
    sale = register.open_sale(165, store=STORE, register="R1")
    tender = register.tender(sale["id"], 165)
    register.until_tender(sale["id"], tender["number"], "in_progress")
    register_terminal(desk, "R1", None)
    expect(desk.get_by_role("alert")).to_contain_text("terminal_busy")
    assert holders(admin)["R1"] == "T1"
    pay(terminal, CARD)
    register.until_tender(sale["id"], tender["number"], "approved")
    register.done(200, f"/sales/{sale['id']}/close")


@pytest.mark.manual("1-3.0")
def test_without_the_contracted_option_no_terminal_is_registered(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    refused = admin.send(
        "PUT",
        "/api/v1/stores/S003/registers/R1/terminal",
        {"model": "CT-6100", "terminal": "T1"},
    )
    assert (refused.status, refused.body["code"]) == (409, "terminal_option_not_contracted")
    assert admin.read("/stores/S003/registers")["registers"][0]["terminal"] is None
    desk.goto(f"{system.api}/admin/pos?store=S003")
    expect(desk.locator(".limit")).to_contain_text("決済端末連携のお申し込みがありません")
    expect(row_of(desk, "R1").get_by_role("button", name="登録")).to_be_disabled()
    keep(desk, pictures, "admin-6-not-contracted")


def test_the_second_of_two_who_save_the_same_register_is_told(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    desk.goto(f"{system.api}/admin/pos?store={STORE}")
    admin.expect(200, "PUT", R2, {"model": "CT-6100", "terminal": "T2"})
    register_terminal(desk, "R2", None)
    expect(desk.get_by_role("alert")).to_contain_text("いまの決済端末は「T2」です")
    assert holders(admin)["R2"] == "T2"
    keep(desk, pictures, "admin-7-outdated")
    register_terminal(desk, "R2", None)
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    assert holders(admin)["R2"] is None


def test_an_if_match_of_an_older_version_changes_nothing(admin: RegisterClient) -> None:
    path = f"/api/v1/stores/{STORE}"
    seen = admin.send("GET", path).headers["etag"]
    other = admin.read(f"/stores/{STORE}")["slip_retention_years"] % 9 + 1
    first = admin.send("PATCH", path, {"slip_retention_years": other}, headers={"If-Match": seen})
    assert first.status == 200
    assert first.headers["etag"] != seen
    second = admin.send("PATCH", path, {"slip_retention_years": 9}, headers={"If-Match": seen})
    assert (second.status, second.body["code"]) == (409, "outdated")
    assert admin.read(f"/stores/{STORE}")["slip_retention_years"] == other
    for wrong in ("7", 'W/"7"', '"x"'):
        refused = admin.send(
            "PATCH", path, {"slip_retention_years": 7}, headers={"If-Match": wrong}
        )
        assert (refused.status, refused.body["code"]) == (400, "bad_parameter")
    admin.expect(200, "PATCH", path, {"slip_retention_years": 7})


def test_a_managers_phone_is_wide_enough(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    with at_a_desk(system, browser, "manager") as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{system.api}/admin/pos?store={STORE}")
        expect(row_of(page, "R1").get_by_role("button", name="登録")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390
        keep(page, pictures, "admin-8-phone")
