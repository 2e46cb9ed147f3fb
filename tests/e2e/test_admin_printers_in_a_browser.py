"""店舗個別管理 > プリンタ設定: the second of two who save the same printer is told what changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.http import RegisterClient
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

PRINTERS: Final = "/api/v1/stores/S002/printers"
HALL: Final = {"host": "192.0.2.7", "port": 9100, "profile": "default", "columns": 48}


@pytest.fixture
def admin(system: RunningSystem) -> Iterator[RegisterClient]:
    """A printer HALL that nobody prints on, gone at the end."""
    client = system.register("admin")
    client.expect(200, "PUT", f"{PRINTERS}/HALL", HALL)
    yield client
    client.send("DELETE", f"{PRINTERS}/HALL")


def port_of(admin: RegisterClient) -> int | None:
    found = admin.read("/stores/S002/printers")["printers"]
    return next((one["port"] for one in found if one["printer"] == "HALL"), None)


def save(page: Page, port: int) -> None:
    row = page.locator("#printer-HALL")
    row.get_by_label("ポート").fill(str(port))
    row.get_by_role("button", name="登録").click()


def test_the_second_of_two_who_save_a_printer_is_told(
    system: RunningSystem, browser: BrowserContext, admin: RegisterClient, pictures: Path
) -> None:
    with at_a_desk(system, browser) as page:
        page.goto(f"{system.api}/admin/printers?store=S002")
        admin.expect(200, "PUT", f"{PRINTERS}/HALL", HALL | {"port": 9101})
        save(page, 9102)
        expect(page.get_by_role("alert")).to_contain_text("192.0.2.7:9101")
        assert port_of(admin) == 9101
        expect(page.locator("#printer-HALL").get_by_label("ポート")).to_have_value("9102")
        keep(page, pictures, "admin-34-printer-outdated")
        save(page, 9102)
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        assert port_of(admin) == 9102


def test_what_somebody_changed_elsewhere_in_the_store_is_in_nobodys_way(
    system: RunningSystem, browser: BrowserContext, admin: RegisterClient
) -> None:
    with at_a_desk(system, browser) as page:
        page.goto(f"{system.api}/admin/printers?store=S002")
        admin.expect(200, "PUT", f"{PRINTERS}/SHED", HALL | {"host": "192.0.2.8"})
        admin.expect(204, "DELETE", f"{PRINTERS}/SHED")
        save(page, 9103)
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        assert port_of(admin) == 9103


def test_a_printer_that_was_changed_meanwhile_is_not_taken_away(
    system: RunningSystem, browser: BrowserContext, admin: RegisterClient
) -> None:
    with at_a_desk(system, browser) as page:
        page.goto(f"{system.api}/admin/printers?store=S002")
        admin.expect(200, "PUT", f"{PRINTERS}/HALL", HALL | {"port": 9104})
        page.get_by_role("button", name="HALL 削除").click()
        expect(page.get_by_role("alert")).to_contain_text("192.0.2.7:9104")
        assert port_of(admin) == 9104
