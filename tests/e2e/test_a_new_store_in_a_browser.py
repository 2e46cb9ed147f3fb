"""A new store, from the administrator's log-in to a paid sale on a freshly enrolled box.

Each step is what somebody does, in their own browser window or on the box itself.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from testkit.cashier import at, keep, ring_up, send_to_terminal, sit_down
from testkit.customer import CARD, approved_for, pay
from testkit.desk import at_a_desk, choose_store
from testkit.edge_box import EnrolledBox
from testkit.http import TerminalClient, until
from testkit.simulator_process import SimulatorProcess
from testkit.system import RunningSystem

pytestmark = pytest.mark.browser

HEADER: Final = "kind,store,name,register,main_register,terminal,serial,host,port"


class Shop(NamedTuple):
    """What stands in the new shop: a CT-6100 out of its carton, and a box that knows nothing."""

    store: str
    simulator: SimulatorProcess
    box: EnrolledBox

    @property
    def serial(self) -> str:
        """The CT-6100's."""
        return f"CT-{self.store}"

    @property
    def terminal(self) -> TerminalClient:
        """A customer before the CT-6100."""
        return self.simulator.terminal(self.serial)


class Windows(NamedTuple):
    """Three people's browsers: the administrator's, the register's, of those who run Renkei."""

    admin: BrowserContext
    register: BrowserContext
    platform: BrowserContext


@pytest.fixture
def shop(system: RunningSystem, tmp_path: Path) -> Iterator[Shop]:
    store, folder = f"N{time.time_ns() % 10**9}", tmp_path / "shop"
    folder.mkdir()
    simulator = SimulatorProcess(folder, (f"CT-{store}",))
    box = EnrolledBox(system, tmp_path / "box")
    simulator.start()
    try:
        yield Shop(store, simulator, box)
    finally:
        box.kill()
        simulator.stop()


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    with ExitStack() as stack:
        yield Windows(*(stack.enter_context(_window(chromium)) for _ in Windows._fields))


@contextmanager
def _window(chromium: Browser) -> Generator[BrowserContext]:
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="ja-JP", reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    yield context
    context.close()


def test_from_log_in_to_a_paid_sale_on_a_freshly_enrolled_box(
    system: RunningSystem, windows: Windows, shop: Shop, pictures: Path
) -> None:
    with at_a_desk(system, windows.admin) as desk:
        the_store_its_register_and_its_terminal_are_brought_up(desk, shop)
        the_option_is_contracted(system, windows.platform, shop)
        the_terminal_is_given_to_the_register(desk, shop, pictures)
        command = a_code_is_made(desk, shop, pictures)
        shop.box.type_in(command)
        shop.box.run()
        the_fleet_shows_the_box_and_its_terminal(system, desk, shop, pictures)
        a_cashier_sells_a_coffee_by_card(system, windows.register, shop, pictures)
        the_box_is_revoked_and_gone(system, desk, shop)


def the_store_its_register_and_its_terminal_are_brought_up(desk: Page, shop: Shop) -> None:
    """管理画面 > CSV取込・出力."""
    store, serial = shop.store, shop.serial
    host, port = shop.simulator.address(serial)
    rows = (
        HEADER,
        f"store,{store},大宮店,,,,,,",
        f"register,{store},レジ1,R1,,,,,",
        f"terminal,{store},,,,T1,{serial},{host},{port}",
    )
    desk.get_by_role("link", name="CSV取込・出力").first.click()
    text = "\r\n".join(rows).encode("utf-8-sig")
    file = FilePayload(name="places.csv", mimeType="text/csv", buffer=text)
    desk.get_by_label("ファイル").set_input_files(file)
    desk.get_by_role("button", name="内容を確認").click()
    expect(desk.locator("#report")).to_contain_text("追加 3")
    desk.get_by_role("button", name="この内容で登録").click()
    expect(desk.locator("#report")).to_contain_text("登録しました")


def the_option_is_contracted(system: RunningSystem, platform: BrowserContext, shop: Shop) -> None:
    """決済端末連携: the chain's contract is for those who run Renkei to enter."""
    with at_a_desk(system, platform, "platform", "RENKEI") as page:
        page.goto(f"{system.api}/admin/option?company=DEMO")
        row = page.locator(f"#option-{shop.store}")
        row.get_by_role("button", name="契約ありにする").click()
        expect(row).to_contain_text("契約あり")


def the_terminal_is_given_to_the_register(desk: Page, shop: Shop, pictures: Path) -> None:
    """店舗管理 > 店舗個別管理 > POS設定."""
    desk.get_by_role("link", name="POS設定").first.click()
    choose_store(desk, shop.store)
    row = desk.locator("#register-R1")
    row.get_by_label("決済端末").select_option("CT-6100")
    row.get_by_label("端末番号").select_option("T1")
    row.get_by_role("button", name="登録").click()
    expect(desk.locator(".done")).to_be_visible()
    keep(desk, pictures, "new-store-1-paired")


def a_code_is_made(desk: Page, shop: Shop, pictures: Path) -> str:
    """機器一覧 > 登録 > 新しい機器を登録; return the command that is shown."""
    desk.get_by_role("link", name="機器一覧").first.click()
    row = desk.locator(f"#box-{shop.store}")
    expect(row).to_contain_text("未登録")
    row.get_by_role("link", name=f"{shop.store} 登録").click()
    desk.get_by_role("button", name="新しい機器を登録").click()
    keep(desk, pictures, "new-store-2-code")
    return desk.locator("#code pre").inner_text()


def the_fleet_shows_the_box_and_its_terminal(
    system: RunningSystem, desk: Page, shop: Shop, pictures: Path
) -> None:
    """機器一覧, which looks again by itself."""
    desk.goto(f"{system.api}/admin/fleet?text={shop.store}")
    row = desk.locator(f"#box-{shop.store}")
    expect(row.locator('.chip[data-link="connected"]')).to_have_count(2, timeout=60_000)
    expect(row).to_contain_text("登録済み")
    keep(desk, pictures, "new-store-3-fleet")


def a_cashier_sells_a_coffee_by_card(
    system: RunningSystem, register: BrowserContext, shop: Shop, pictures: Path
) -> None:
    """ログイン > 会計 > 決済端末 > 支払完了 > 会計完了."""
    till = register.new_page()
    till.goto(f"{system.api}/")
    till.get_by_label("企業コード").fill("DEMO")
    till.get_by_label("担当者コード").fill("cashier")
    till.get_by_label("パスワード").fill("cashier-demo")
    till.get_by_role("button", name="ログイン").click()
    till.locator(f'a[href="/registers/{shop.store}/R1"]').click()
    till.locator("#main[data-stage]").wait_for()
    sit_down(till)
    sale = ring_up(till)
    operation = send_to_terminal(till)
    pay(shop.terminal, CARD)
    at(till, "complete")
    expect(till.get_by_role("heading", name="支払完了")).to_be_visible()
    keep(till, pictures, "new-store-4-paid")
    till.get_by_role("button", name="OK").click()
    at(till, "closed")
    told = system.register().sale(sale)
    assert (told["state"], told["paid"], told["store"]) == ("closed", 165, shop.store)
    (entry,) = approved_for(shop.terminal, operation)
    assert entry["amount"] == 165
    till.close()


def the_box_is_revoked_and_gone(system: RunningSystem, desk: Page, shop: Shop) -> None:
    """取り消す, and within seconds nobody hears of it any more."""
    desk.goto(f"{system.api}/admin/fleet/{shop.store}")
    present = desk.locator("#present")
    present.get_by_role("checkbox").check()
    present.get_by_role("button", name="取り消す").click()
    expect(desk.locator(".done")).to_contain_text("取り消しました")

    def away() -> bool:
        (told,) = system.register("admin").read(f"/fleet?text={shop.store}")["boxes"]
        return not told["present"]

    until(away, "the box to be cut off")
