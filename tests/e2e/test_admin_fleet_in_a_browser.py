"""管理画面 > 機器一覧: every box and terminal, and what is amiss, found by the address."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.http import TerminalClient, until
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


def test_a_terminal_that_is_off_is_seen_there_and_found(
    system: RunningSystem, browser: BrowserContext, terminal: TerminalClient, pictures: Path
) -> None:
    with at_a_desk(system, browser) as page:
        page.get_by_role("link", name="機器一覧").first.click()
        box = page.locator("#box-S001")
        expect(box).to_contain_text("接続中")
        boxes = system.register("admin").read("/fleet")["boxes"]
        expect(page.locator("tbody tr")).to_have_count(len(boxes))
        keep(page, pictures, "admin-17-fleet")
        terminal.power("off")
        try:
            # The page looks again by itself.
            expect(box.locator('.chip[data-link="disconnected"]')).to_be_visible()
            page.locator("select[name=trouble]").select_option("terminal_away")
            page.get_by_role("button", name="検索").click()
            expect(page.locator("#box-S001")).to_be_visible()
            expect(page.locator("#box-S003")).to_have_count(0)
            assert "trouble=terminal_away" in page.url
            keep(page, pictures, "admin-18-fleet-found")
        finally:
            terminal.power("on")


def test_a_change_is_in_force_at_the_box_and_the_fleet_says_which(system: RunningSystem) -> None:
    admin = system.register("admin")

    def box() -> dict[str, object]:
        return admin.read("/fleet?text=S001")["boxes"][0]

    until(lambda: box()["configuration"] == box()["configuration_wanted"], "what is written")
    before = box()["configuration"]
    years = admin.read("/stores/S001")["slip_retention_years"]
    other = {"slip_retention_years": years % 9 + 1}
    admin.expect(200, "PATCH", "/api/v1/stores/S001", other)
    until(lambda: int(str(box()["configuration"])) > int(str(before)), "the change to be in force")
    admin.expect(200, "PATCH", "/api/v1/stores/S001", {"slip_retention_years": years})
    told = box()
    assert told["version"]
    assert abs(int(str(told["clock_skew_ms"]))) < 60_000  # the same machine's clock


def test_the_fleet_is_the_companys_own_and_no_cashiers(system: RunningSystem) -> None:
    other = system.register("admin", "OTHER").read("/fleet")
    assert [one["store"] for one in other["boxes"]] == ["S901"]
    refused = system.register().send("GET", "/api/v1/fleet")
    assert (refused.status, refused.body["code"]) == (403, "not_permitted")
    wrong = system.register("admin").send("GET", "/api/v1/fleet?trouble=nothing")
    assert (wrong.status, wrong.body["code"]) == (400, "bad_parameter")
