"""お困りの際は (manual 7): whom to call, the support site and maintenance, told and seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

EMPTY = {"contact": "", "site": ""}


@pytest.fixture
def told(system: RunningSystem) -> Iterator[None]:
    """Nothing is said at first, and nothing is left behind."""

    def silence() -> None:
        for operator, company in (("admin", "DEMO"), ("platform", "RENKEI")):
            client = system.register(operator, company)
            client.expect(200, "PATCH", "/api/v1/support", EMPTY)
            for one in client.read("/support")["notices"]:
                client.send("DELETE", f"/api/v1/support/notices/{one['id']}")

    silence()
    yield
    silence()


def announce(page: Page, text: str, starts: datetime) -> None:
    form = page.locator("#notice")
    form.get_by_label("お知らせ", exact=True).fill(text)
    form.get_by_label("開始").fill(starts.strftime("%Y-%m-%dT%H:%M"))
    form.get_by_label("終了").fill((starts + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    form.get_by_role("button", name="お知らせを出す").click()


@pytest.mark.manual("7-1")
def test_the_cashier_sees_whom_to_call_the_site_and_what_is_being_worked_on(
    system: RunningSystem, browser: BrowserContext, told: None, pictures: Path
) -> None:
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)  # noqa: TID251 - a real page
    with at_a_desk(system, browser, "platform", "RENKEI") as page:
        page.goto(f"{system.api}/admin/support")
        page.get_by_label("お問い合わせ先").fill("0120-117-440（24時間）")
        page.get_by_label("サポートサイト").fill("https://support.example/renkei")
        page.get_by_role("button", name="登録").click()
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        announce(page, "センター設備の点検のため、決済が遅れることがあります。", tomorrow)
        expect(page.locator("tbody")).to_contain_text("センター設備の点検")
        keep(page, pictures, "admin-16-support")
    browser.clear_cookies()
    with at_a_desk(system, browser, "admin") as page:
        page.goto(f"{system.api}/admin/support")
        announce(page, "本部の電話は年末の3日間お休みです。", tomorrow + timedelta(hours=5))
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(page.get_by_role("button", name="削除")).to_have_count(1)  # its own alone
    seen = system.register().read("/support")
    assert seen["contact"] == "0120-117-440（24時間）"
    assert [one["everybody"] for one in seen["notices"]] == [True, False]

    browser.clear_cookies()
    with at_a_desk(system, browser, "cashier") as page:
        page.goto(f"{system.api}/registers/S001/R1/settings/terminal")
        page.get_by_role("link", name="お困りの際は").click()
        expect(page.get_by_role("heading", name="お困りの際は")).to_be_visible()
        expect(page.get_by_text("0120-117-440（24時間）")).to_be_visible()
        site = page.get_by_role("link", name="https://support.example/renkei")
        expect(site).to_have_attribute("rel", "noreferrer")
        expect(page.get_by_role("status")).to_have_count(2)
        keep(page, pictures, "register-41-support")

    other = system.register("cashier", "OTHER").read("/support")
    assert len(other["notices"]) == 1
    assert other["contact"] == "0120-117-440（24時間）"


def test_what_cannot_be_is_refused_by_field(
    system: RunningSystem, browser: BrowserContext, told: None
) -> None:
    with at_a_desk(system, browser, "admin") as page:
        page.goto(f"{system.api}/admin/support")
        announce(page, "昨日の工事", datetime(2020, 1, 1, 1, 0, tzinfo=UTC))
        expect(page.get_by_role("alert")).to_contain_text("終了")
        expect(page.locator("#notice").get_by_label("お知らせ", exact=True)).to_have_value(
            "昨日の工事"
        )
    admin = system.register("admin")
    for site in ("javascript:alert(1)", "http://plain.example"):
        reply = admin.send("PATCH", "/api/v1/support", {"site": site})
        assert (reply.status, reply.body["code"]) == (422, "invalid_body")
    manager = system.register("manager")
    assert manager.send("PATCH", "/api/v1/support", {"contact": "x"}).status == 403


def test_the_second_of_two_who_save_the_contact_is_told_what_changed(
    system: RunningSystem, browser: BrowserContext, told: None, pictures: Path
) -> None:
    admin = system.register("admin")
    with at_a_desk(system, browser, "admin") as page:
        page.goto(f"{system.api}/admin/support")
        admin.expect(200, "PATCH", "/api/v1/support", {"contact": "03-9999"})
        page.get_by_label("お問い合わせ先").fill("03-8888")
        page.get_by_role("button", name="登録").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("03-9999")
        expect(alert).to_contain_text("03-8888")
        assert admin.read("/support")["contact"] == "03-9999"
        keep(page, pictures, "admin-33-support-outdated")
        page.get_by_role("button", name="登録").click()
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        assert admin.read("/support")["contact"] == "03-8888"

        soon = {"starts_at": "2099-01-01T00:00:00+09:00", "ends_at": "2099-01-01T01:00:00+09:00"}
        admin.done(200, "/support/notices", {"text": "工事"} | soon)
        page.get_by_label("サポートサイト").fill("https://help.example")
        page.get_by_role("button", name="登録").click()
        expect(page.get_by_role("status")).to_contain_text("登録しました")
        seen = admin.read("/support")
        assert (seen["contact"], seen["site"]) == ("03-8888", "https://help.example")


def test_an_if_match_of_older_support_texts_changes_nothing(
    system: RunningSystem, told: None
) -> None:
    admin = system.register("admin")
    path = "/api/v1/support"
    seen = admin.send("GET", path).headers["etag"]
    first = admin.send("PATCH", path, {"contact": "1"}, headers={"If-Match": seen})
    assert (first.status, first.headers["etag"] != seen) == (200, True)
    soon = {"starts_at": "2099-01-01T00:00:00+09:00", "ends_at": "2099-01-01T01:00:00+09:00"}
    for method, where, body in (
        ("PATCH", path, {"contact": "2"}),
        ("POST", f"{path}/notices", {"text": "工事"} | soon),
    ):
        second = admin.send(method, where, body, headers={"If-Match": seen})
        assert (second.status, second.body["code"]) == (409, "outdated")
    stands = admin.read("/support")
    assert (stands["contact"], stands["notices"]) == ("1", [])
