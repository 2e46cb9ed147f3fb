"""管理画面 > CSV取込・出力: checked first, all or nothing, as spreadsheets in Japan write it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from testkit.cashier import keep
from testkit.desk import at_a_desk
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

HEADER: Final = "kind,store,name,register,main_register,terminal,serial,host,port"


@pytest.fixture
def desk(system: RunningSystem, browser: BrowserContext) -> Iterator[Page]:
    with at_a_desk(system, browser) as page:
        page.get_by_role("link", name="CSV取込・出力").first.click()
        yield page


def upload(page: Page, text: str, charset: str = "utf-8-sig") -> None:
    file = FilePayload(name="places.csv", mimeType="text/csv", buffer=text.encode(charset))
    page.get_by_label("ファイル").set_input_files(file)
    page.get_by_role("button", name="内容を確認").click()
    page.locator("#report, .refused").first.wait_for()


@pytest.mark.parametrize("charset", ["utf-8-sig", "cp932"])
def test_a_store_is_checked_and_then_registered(
    system: RunningSystem, desk: Page, charset: str, pictures: Path
) -> None:
    admin = system.register("admin")
    store = f"N{time.time_ns() % 10**9}"
    lines = (
        HEADER,
        f"store,{store},大宮髙島①店,,,,,,",
        f"register,{store},レジ1,R1,,,,,",
        f"terminal,{store},,,,T1,CT-{store},192.168.0.20,9000",
    )
    upload(desk, "\r\n".join(lines), charset)
    expect(desk.locator("#report")).to_contain_text("まだ登録していません")
    expect(desk.locator("#report")).to_contain_text("追加 3")
    assert store not in {one["store"] for one in admin.read("/stores")["stores"]}
    keep(desk, pictures, "admin-22-csv-checked")
    desk.get_by_role("button", name="この内容で登録").click()
    expect(desk.locator("#report")).to_contain_text("登録しました")
    assert admin.read(f"/stores/{store}")["name"] == "大宮髙島①店"
    found = admin.read(f"/stores/{store}/terminals")["terminals"]
    assert [one["serial"] for one in found] == [f"CT-{store}"]


def test_every_wrong_row_is_listed_and_nothing_is_registered(
    system: RunningSystem, desk: Page, pictures: Path
) -> None:
    admin = system.register("admin")
    before = admin.read("/places")["csv"]
    wrong = (
        "store,S 77,空白,,,,,,",
        "register,S404,レジ,R1,,,,,",
        "terminal,S001,,,,T9,CT6100-S001-T1,192.168.0.20,9000",
        "terminal,S001,,,,T8,CT6100-X8,192.168.0.20,99999",
        "store,S078,<script>alert(1)</script>,,,,,,",
        "store,S078,二度目,,,,,,",
    )
    upload(desk, "\n".join((HEADER, *wrong)))
    expect(desk.locator("#report")).to_contain_text("5行に誤りがあります")
    expect(desk.locator("#report tbody tr")).to_have_count(5)
    keep(desk, pictures, "admin-23-csv-wrong")
    assert admin.read("/places")["csv"] == before


def test_what_is_exported_can_be_imported_as_it_is(system: RunningSystem, desk: Page) -> None:
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSVをダウンロード").click()
    raw = Path(download.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf" + HEADER.encode())
    upload(desk, raw.decode("utf-8-sig"))
    expect(desk.locator("#report")).to_contain_text("追加 0、変更 0")
    expect(desk.get_by_role("button", name="この内容で登録")).to_have_count(0)


def test_what_is_no_text_or_far_too_long_is_refused(system: RunningSystem, desk: Page) -> None:
    file = FilePayload(name="x.csv", mimeType="text/csv", buffer=b"\xff\xfe\x00\x81")
    desk.get_by_label("ファイル").set_input_files(file)
    desk.get_by_role("button", name="内容を確認").click()
    expect(desk.get_by_role("alert")).to_contain_text("invalid_body")
    admin = system.register("admin")
    rows = "\n".join(f"store,S{number},x,,,,,," for number in range(9_000))
    told = admin.expect(200, "POST", "/api/v1/places/import", {"csv": f"{HEADER}\n{rows}"})
    assert [one["code"] for one in told["bad"]] == ["too_many_rows"]
    huge = "\n".join(f"store,S{number},{'x' * 20},,,,,," for number in range(100_000))
    refused = admin.send("POST", "/api/v1/places/import", {"csv": f"{HEADER}\n{huge}"})
    assert (refused.status, refused.body["code"]) == (413, "body_too_large")
    manager = system.register("manager")
    assert manager.send("POST", "/api/v1/places/import", {"csv": HEADER}).status == 403
