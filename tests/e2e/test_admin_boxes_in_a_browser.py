"""管理画面 > 機器一覧 > 店舗: a code for a new box, the box that stands for the store, its end."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.http import until
from testkit.new_box import show_code
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

STORE: Final = "S003"


def test_a_box_is_enrolled_replaced_and_revoked_on_its_page(
    system: RunningSystem, browser: BrowserContext, pictures: Path
) -> None:
    with at_a_desk(system, browser) as page:
        page.get_by_role("link", name="機器一覧").first.click()
        row = page.locator(f"#box-{STORE}")
        expect(row.get_by_role("link", name=f"{STORE} 登録")).to_be_visible()
        expect(page.locator("#fleet")).to_contain_text("この画面以外")
        page.goto(f"{system.api}/admin/fleet/S001")
        expect(page.locator("#present")).to_contain_text("この画面で登録したものではありません")
        page.goto(f"{system.api}/admin/fleet/{STORE}")
        expect(page.locator("#present")).to_contain_text("まだ機器が登録されていません")

        page.get_by_role("button", name="新しい機器を登録").click()
        code = page.locator(".big-code").inner_text()
        expect(page.locator("#code")).to_contain_text(f"renkei-edge enroll {code} --centre")
        expect(page.locator("#code")).to_contain_text("まで使えます")
        keep(page, pictures, "admin-24-box-code")
        page.goto(f"{system.api}/admin/fleet/{STORE}")
        expect(page.locator("body")).not_to_contain_text(code)
        expect(page.locator("body")).to_contain_text("登録待ち")

        assert show_code(system.api, code, "renkei-s003").status == 200
        page.reload()
        expect(page.locator("#present")).to_contain_text("renkei-s003")
        expect(page.get_by_role("heading", name="機器の交換")).to_be_visible()
        keep(page, pictures, "admin-25-box-enrolled")

        page.get_by_role("button", name="新しい機器を登録").click()
        code = page.locator(".big-code").inner_text()
        assert show_code(system.api, code, "renkei-s003b").status == 200
        page.goto(f"{system.api}/admin/fleet/{STORE}")
        expect(page.locator("table")).to_contain_text("交換済み")

        present = page.locator("#present")
        present.get_by_role("button", name="取り消す").click()
        expect(page.locator(".done")).to_have_count(0)  # the question was not answered
        present.get_by_role("checkbox").check()
        present.get_by_role("button", name="取り消す").click()
        expect(page.locator(".done")).to_contain_text("取り消しました")

        def cut_off() -> bool:
            page.reload()
            return page.locator("table").inner_text().count("切断済み") >= 2

        until(cut_off, "both keys to be cut off")
        keep(page, pictures, "admin-26-box-revoked")
        page.set_viewport_size({"width": 390, "height": 844})
        keep(page, pictures, "admin-27-box-phone")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{system.api}/admin/fleet")
        expect(row).to_contain_text("取り消し済み")
        expect(page.locator(".chip").filter(has_text="レジ未登録").first).to_be_visible()
        nothing_is_cut_off(page)
        keep(page, pictures, "admin-28-fleet-enrolment")
        page.set_viewport_size({"width": 390, "height": 844})
        nothing_is_cut_off(page)
        keep(page, pictures, "admin-29-fleet-phone")


def nothing_is_cut_off(page: Page) -> None:
    """Everything in the table is seen without moving it aside."""
    hidden = page.locator(".wide").evaluate("one => one.scrollWidth - one.clientWidth")
    assert hidden <= 0, f"{hidden} px are hidden"


def test_only_administrators_see_who_is_enrolled(
    system: RunningSystem, browser: BrowserContext
) -> None:
    with at_a_desk(system, browser, "manager") as page:
        page.get_by_role("link", name="機器一覧").first.click()
        expect(page.locator("#box-S001")).to_be_visible()
        expect(page.get_by_role("columnheader", name="登録")).to_have_count(0)
        refused = page.goto(f"{system.api}/admin/fleet/{STORE}")
        assert refused is not None
        assert refused.status == 403
