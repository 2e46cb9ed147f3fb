"""本部管理 > 操作履歴: who changed or overrode what, in words, from TOP, page by page."""

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

MANAGER: Final = {"operator_code": "manager", "password": "manager-demo"}


def corrected(system: RunningSystem) -> dict[str, Any]:
    """A sale whose tenders a manager lets a cashier put right."""
    till = system.register()
    sale = till.open_sale(300, register="R2")["id"]
    cash = {"method": "cash", "amount": 300, "received": 300}
    till.done(201, f"/sales/{sale}/tenders", cash)
    till.done(200, f"/sales/{sale}/close")
    other = {"method": "other", "amount": 300, "kind": "商品券"}
    body = {"tenders": [other], "reason": "商品券だった", "authorised_by": MANAGER}
    told: dict[str, Any] = till.done(200, f"/sales/{sale}/correct", body)
    return told


def test_an_override_and_a_change_are_told_in_words_on_one_page(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    admin = system.register("admin")
    years = admin.read("/stores/S001")["slip_retention_years"]
    body = {"slip_retention_years": years % 9 + 1}
    admin.expect(200, "PATCH", "/api/v1/stores/S001", body)
    sale = corrected(system)
    with at_a_desk(system, browser) as page:
        page.get_by_role("link", name="操作履歴").first.click()
        override = page.locator("tbody tr", has_text=sale["number"])
        for text in ("伝票訂正", "承認：manager", "商品券だった", "支払 1 の方法", "現金"):
            expect(override).to_contain_text(text)
        change = page.locator("tbody tr", has_text="控えを残す年数").first
        expect(change.locator("del")).to_have_text(str(years))
        expect(change.locator("ins")).to_have_text(str(years % 9 + 1))
        expect(page.locator("#audit")).not_to_contain_text('{"')
        keep(page, pictures, "admin-30-audit")
        page.locator("select[name=action]").select_option("sale_corrected")
        page.locator("input[name=operator]").fill("manager")
        page.get_by_role("button", name="検索").click()
        expect(page.locator("tbody tr", has_text=sale["number"])).to_be_visible()
        expect(page.locator("tbody")).not_to_contain_text("控えを残す年数")
        override.get_by_role("link", name=sale["number"]).click()
        expect(page.locator("body")).to_contain_text(sale["number"])
        page.go_back()
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
        expect(page.locator("tbody")).to_contain_text("Authorised by manager")
        keep(page, pictures, "admin-31-audit-english")


def test_its_pages_are_turned_on_a_phone_and_lead_to_the_oldest(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    admin = system.register("admin")
    for contact in ("03-1", "03-2", "03-3"):
        body = {"support_contact": contact}
        admin.expect(200, "PATCH", "/api/v1/stores/S002", body)
    with at_a_desk(system, browser) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{system.api}/admin/audit?store=S002&action=store_changed&limit=2")
        expect(page.locator("tbody tr")).to_have_count(2)
        newest = page.locator("tbody tr").first.get_attribute("id")
        keep(page, pictures, "admin-32-audit-phone")
        page.get_by_role("link", name="これより前").click()
        expect(page.locator(f"#{newest}")).to_have_count(0)
        expect(page.locator("tbody tr").first).to_contain_text("03-1")
        page.goto(f"{system.api}/admin/audit?day=yesterday")
        expect(page.get_by_role("alert")).to_contain_text("bad_parameter")


def test_who_does_not_look_after_people_does_not_see_what_they_did(
    system: RunningSystem, browser: BrowserContext
) -> None:
    with at_a_desk(system, browser, "manager") as page:
        expect(page.get_by_role("link", name="操作履歴")).to_have_count(0)
        answer = page.goto(f"{system.api}/admin/audit")
        assert answer is not None
        assert answer.status == 403


def test_the_api_tells_it_page_by_page(system: RunningSystem) -> None:
    sale = corrected(system)
    admin = system.register("auditor")
    told: list[Any] = []
    after = ""
    while len(told) < 200:
        page = admin.read(f"/audit?limit=7{after}")
        told += page["lines"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len({(one["source"], one["id"]) for one in told}) == len(told)
    assert [one["at"] for one in told] == sorted((one["at"] for one in told), reverse=True)
    assert {one["source"] for one in told} == {"settings", "sales"}
    (line,) = [one for one in told if one["sale"] == sale["id"]]
    assert (line["action"], line["operator"], line["authorised_by"]) == (
        "sale_corrected",
        "cashier",
        "manager",
    )
    assert (line["before"]["tender.1.method"], line["after"]["tender.2.method"]) == (
        "cash",
        "other",
    )
    wrong = admin.send("GET", "/api/v1/audit?after=nowhere")
    assert (wrong.status, wrong.body["code"]) == (400, "bad_parameter")
