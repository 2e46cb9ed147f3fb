"""管理画面: ブランド規則, プリンタ設定, 決済端末連携: changed on a page, told by the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk, choose_store
from testkit.http import RegisterClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

STORE: Final = "S002"
LATER: Final = "2099-04-01"


@pytest.fixture
def admin(system: RunningSystem) -> RegisterClient:
    return system.register("admin")


@pytest.fixture
def desk(system: RunningSystem, browser: BrowserContext) -> Iterator[Page]:
    with at_a_desk(system, browser) as page:
        yield page


def rules_of(client: RegisterClient, store: str, brand: str) -> list[Any]:
    found = client.read(f"/stores/{store}/brand-rules")["rules"]
    return [one for one in found if one["brand"] == brand]


def row_of(page: Page, brand: str, state: str = "now") -> Locator:
    return page.locator(f'tr.rule-{state}[data-brand="{brand}"]')


def choose(page: Page, store: str) -> None:
    page.locator("select[name=store]").select_option(store)
    page.get_by_role("button", name="検索").click()


def test_a_stores_own_rule_holds_from_its_day_on_and_goes_again(
    system: RunningSystem, browser: BrowserContext, admin: RegisterClient, pictures: Path
) -> None:
    with at_a_desk(system, browser, "manager") as page:
        page.get_by_role("link", name="ブランド規則").first.click()
        expect(row_of(page, "iD")).to_contain_text("できる")
        expect(page.get_by_role("link", name="iD 変更")).to_have_count(0)  # the company's: admin
        choose(page, STORE)
        keep(page, pictures, "admin-11-rules")
        row_of(page, "iD").get_by_role("link", name="変更").click()
        page.get_by_label("できない", exact=True).check()
        page.locator("select[name=reason]").select_option("contract")
        page.get_by_label("現金で返金").check()
        keep(page, pictures, "admin-12-rule")
        page.get_by_role("button", name="登録").click()
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        expect(row_of(page, "iD")).to_contain_text("この店舗の規則")
        expect(row_of(page, "iD")).to_contain_text("決済会社との契約")

        own = rules_of(admin, STORE, "iD")[-1]
        assert (own["store"], own["cancellable"], own["reason"]) == (STORE, False, "contract")
        assert own["ways"] == ["cash", "support"]
        assert all(one["store"] is None for one in rules_of(admin, "S001", "iD"))

        row_of(page, "iD").get_by_role("button", name="削除").click()
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        assert all(one["store"] is None for one in rules_of(admin, STORE, "iD"))
        expect(row_of(page, "iD")).to_contain_text("できる")


def test_a_rule_of_the_company_is_announced_for_a_day_to_come(
    system: RunningSystem, admin: RegisterClient, desk: Page
) -> None:
    desk.goto(f"{system.api}/admin/rules")
    row_of(desk, "PayPay").get_by_role("link", name="変更").click()
    desk.get_by_label("適用開始日").fill(LATER)
    desk.get_by_label("取消・返品の期限（日）").fill("30")
    desk.get_by_role("button", name="登録").click()
    expect(row_of(desk, "PayPay", "later")).to_contain_text("30日以内")
    expect(row_of(desk, "PayPay")).to_have_count(1)
    for store in ("S001", STORE):
        newest = rules_of(admin, store, "PayPay")[-1]
        assert (newest["valid_from"], newest["window_days"]) == (LATER, 30)


def test_card_money_is_not_handed_back_in_cash_whatever_the_form_says(
    system: RunningSystem, admin: RegisterClient, desk: Page
) -> None:
    desk.goto(f"{system.api}/admin/rules")
    row_of(desk, "VISA").get_by_role("link", name="変更").click()
    desk.get_by_label("現金で返金").check()
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("alert")).to_contain_text("できないときの方法")
    expect(desk.get_by_label("現金で返金")).to_be_checked()
    assert all("cash" not in one["ways"] for one in rules_of(admin, "S001", "VISA"))


def test_the_second_of_two_who_change_a_brand_is_told(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    path = f"/api/v1/stores/{STORE}/brand-rules"
    rule = {"brand": "QUICPay", "media": "emoney", "valid_from": LATER, "window_days": 3}
    desk.goto(f"{system.api}/admin/rules?store={STORE}")
    row_of(desk, "QUICPay").get_by_role("link", name="変更").click()
    desk.get_by_label("取消・返品の期限（日）").fill("5")
    desk.get_by_label("適用開始日").fill(LATER)
    admin.expect(200, "PUT", path, {"rule": rule})
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("alert")).to_contain_text("ほかの担当者がこのブランドの規則を変更")
    assert rules_of(admin, STORE, "QUICPay")[-1]["window_days"] == 3
    keep(desk, pictures, "admin-13-rule-outdated")
    desk.get_by_role("button", name="登録").click()
    expect(desk.get_by_role("status")).to_contain_text("登録しました")
    assert rules_of(admin, STORE, "QUICPay")[-1]["window_days"] == 5
    query = f"?media=emoney&brand=QUICPay&valid_from={LATER}"
    assert admin.send("DELETE", path + query).status == 204


def test_a_printer_is_added_given_to_a_register_and_taken_away(
    system: RunningSystem, admin: RegisterClient, desk: Page, pictures: Path
) -> None:
    desk.get_by_role("link", name="プリンタ設定").first.click()
    choose_store(desk, STORE)
    before = admin.read(f"/stores/{STORE}/registers")["registers"][1]["printer"]
    new = desk.locator("#printer-new")
    new.get_by_label("プリンタ").fill("P9")
    new.get_by_label("アドレス").fill("not a host")
    new.get_by_role("button", name="追加").click()
    expect(desk.get_by_role("alert")).to_contain_text("invalid_body")
    expect(new.get_by_label("プリンタ")).to_have_value("P9")
    new.get_by_label("アドレス").fill("127.0.0.1")
    new.get_by_role("button", name="追加").click()
    expect(desk.locator("#printer-P9")).to_be_visible()
    row = desk.locator("#prints-R2")
    row.get_by_label("印刷先").select_option("P9")
    row.get_by_role("button", name="登録").click()
    expect(row.get_by_label("印刷先")).to_have_value("P9")
    assert admin.read(f"/stores/{STORE}/registers")["registers"][1]["printer"] == "P9"
    keep(desk, pictures, "admin-14-printers")
    desk.get_by_role("button", name="P9 削除").click()
    expect(desk.locator("#printer-P9")).to_have_count(0)
    codes = [one["printer"] for one in admin.read(f"/stores/{STORE}/printers")["printers"]]
    assert "P9" not in codes
    admin.expect(200, "PUT", f"/api/v1/stores/{STORE}/registers/R2/printer", {"printer": before})


@pytest.mark.manual("1-3.0")
def test_the_option_is_contracted_by_the_platform_and_seen_by_the_admin(
    system: RunningSystem, browser: BrowserContext, admin: RegisterClient, pictures: Path
) -> None:
    pairing = "/api/v1/stores/S003/registers/R1/terminal"
    with at_a_desk(system, browser, "platform", "RENKEI") as platform:
        platform.get_by_role("link", name="決済端末連携").first.click()
        platform.get_by_label("企業コード").fill("DEMO")
        platform.get_by_role("button", name="検索").click()
        row = platform.locator("#option-S003")
        expect(row).to_contain_text("契約なし")
        keep(platform, pictures, "admin-15-option")
        row.get_by_role("button", name="契約ありにする").click()
        expect(row).to_contain_text("契約あり")
        admin.expect(200, "PUT", pairing, {"model": "CT-6100", "terminal": "T1"})
        row.get_by_role("checkbox").check()
        row.get_by_role("button", name="契約を終了する").click()
        expect(row).to_contain_text("契約なし")
    assert admin.read("/stores/S003/registers")["registers"][0]["terminal"] is None
    refused = admin.send("PUT", pairing, {"model": "CT-6100", "terminal": "T1"})
    assert (refused.status, refused.body["code"]) == (409, "terminal_option_not_contracted")
    refused = admin.send("PATCH", "/api/v1/stores/S003", {"terminal_option": True})
    assert (refused.status, refused.body["code"]) == (403, "not_permitted")
