"""管理画面 > 担当者: a cashier is hired, moved and dismissed, and is out within seconds."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.http import RegisterClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

PASSWORD = "correct-horse-1"


def open_form(page: Page, operator: str) -> None:
    page.locator(f"#person-{operator}").get_by_role("link", name="変更").click()


def save(page: Page) -> None:
    page.get_by_role("button", name="登録").click()


def test_a_cashier_is_hired_moved_and_dismissed(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    operator = f"hire{time.time_ns() % 10**9}"
    log_in = {"company_code": "DEMO", "operator_code": operator, "password": PASSWORD}
    api = RegisterClient(system.api)
    with at_a_desk(system, browser) as page:
        page.get_by_role("link", name="担当者").first.click()
        page.get_by_role("link", name="担当者を追加").click()
        page.get_by_label("担当者コード").fill(operator)
        page.get_by_label("氏名").fill("加藤 <b>健</b>")
        page.locator("input[name=stores]").fill("S001 S901")
        page.get_by_label("パスワード").fill(PASSWORD)
        save(page)
        expect(page.get_by_role("alert")).to_contain_text("S901")  # another company's
        page.locator("input[name=stores]").fill("S001")
        page.get_by_label("氏名").fill("4111 1111 1111 1111")
        page.get_by_label("パスワード").fill(PASSWORD)
        save(page)
        expect(page.get_by_role("alert")).to_contain_text("card_number_in_text")
        page.get_by_label("氏名").fill("加藤 <b>健</b>")
        page.get_by_label("パスワード").fill(PASSWORD)
        save(page)
        row = page.locator(f"#person-{operator}")
        expect(row).to_contain_text("加藤 <b>健</b>")
        expect(row).to_contain_text("レジ担当")
        keep(page, pictures, "admin-19-people")

        token = api.send("POST", "/api/v1/login", log_in).body["token"]
        hired = RegisterClient(system.api, token)
        assert [one["store"] for one in hired.read("/stores")["stores"]] == ["S001"]
        open_form(page, operator)
        keep(page, pictures, "admin-20-person")
        page.get_by_label("ログインできる").uncheck()
        save(page)
        expect(row).to_contain_text("停止")
        until(lambda: hired.send("GET", "/api/v1/stores").status == 401, "the dismissed to be out")
        assert api.send("POST", "/api/v1/login", log_in).status == 401


def test_the_second_of_two_who_change_a_person_is_told(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    admin = system.register("admin")
    operator = f"two{time.time_ns() % 10**9}"
    path = f"/api/v1/people/{operator}"
    person = {"name": "木村", "role": "cashier", "stores": ["S001"], "password": PASSWORD}
    assert admin.expect(200, "PUT", path, person)["version"] == 1
    with at_a_desk(system, browser) as page:
        page.goto(f"{system.api}/admin/people?open={operator}")
        admin.expect(200, "PUT", path, {"name": "木村", "role": "manager", "stores": ["S001"]})
        page.get_by_label("氏名").fill("木村 拓")
        save(page)
        expect(page.get_by_role("alert")).to_contain_text("木村 · 店長")
        keep(page, pictures, "admin-21-person-outdated")
        found = [one for one in admin.read("/people")["people"] if one["operator"] == operator]
        assert (found[0]["name"], found[0]["role"]) == ("木村", "manager")
        save(page)
        expect(page.get_by_role("status")).to_contain_text("登録しました")


def test_an_administrator_keeps_the_own_access_and_others_see_nobody(
    system: RunningSystem,
) -> None:
    admin = system.register("admin")
    mine = {"name": "高橋 美咲", "role": "manager"}
    refused = admin.send("PUT", "/api/v1/people/admin", mine)
    assert (refused.status, refused.body["code"]) == (409, "own_access")
    for operator in ("cashier", "manager"):
        assert system.register(operator).send("GET", "/api/v1/people").status == 403
    assert system.register("auditor").send("GET", "/api/v1/people").status == 200
    short = {"name": "x", "role": "cashier", "password": "zq7!"}
    wrong = admin.send("PUT", "/api/v1/people/new1", short)
    assert (wrong.status, wrong.body["code"]) == (422, "invalid_body")
    assert "zq7!" not in str(wrong.body)
