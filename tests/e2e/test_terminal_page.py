"""The simulated terminal's own page, in a real browser: what a hand can do to the device."""

import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from testkit.simulator_process import T1, SimulatorProcess, connected

pytestmark = pytest.mark.browser

CHROMIUM: Final = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def page(simulator: SimulatorProcess) -> Iterator[Page]:
    """The page of the first terminal; none of its scripts may fail, nor break the policy."""
    failed: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = chromium.new_page(
            viewport={"width": 1280, "height": 800}, locale="ja-JP", reduced_motion="reduce"
        )
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.on(
            "console",
            lambda told: (
                failed.append(told.text) if "Content Security Policy" in told.text else None
            ),
        )
        page.goto(f"{simulator.url}/terminals/{T1}")
        yield page
        chromium.close()
    assert failed == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.locator("#soft").get_by_role("button", name=key, exact=True).click()


def drag(page: Page, what: Locator, where: Locator) -> None:
    start, end = what.bounding_box(), where.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 30, steps=6)
    page.mouse.up()


def test_an_e_money_card_is_dragged_to_the_mark_and_the_slip_torn_off(
    simulator: SimulatorProcess, page: Page
) -> None:
    with connected(simulator) as box:
        operation = box.pay(500)
        expect(page.locator("#glass-body")).to_contain_text("¥500")
        press(page, "電子マネー", "iD", "確認")
        expect(page.locator("#place-contactless")).to_have_attribute("data-ready", "")
        drag(page, page.locator(".look-id"), page.locator("#place-contactless"))
        result = box.until_result(operation)
    assert (result.outcome, result.brand) == ("approved", "iD")
    page.get_by_role("button", name="切り取る").click()
    expect(page.locator("#papers .torn")).to_have_count(2)
    expect(page.locator("#papers")).to_contain_text("お客様控")
    page.reload()
    expect(page.locator("#glass-title")).not_to_be_empty()
    expect(page.locator("#strip")).to_be_hidden()


def test_a_card_with_its_pin_is_paid_with_the_keyboard_alone(
    simulator: SimulatorProcess, page: Page
) -> None:
    with connected(simulator) as box:
        operation = box.pay(12_650)
        for key in ("クレジットカード・銀聯", "セット", "一括", "実行"):
            page.locator("#soft").get_by_role("button", name=key, exact=True).focus()
            page.keyboard.press("Enter")
        page.locator(".look-visa").focus()
        page.keyboard.press("Enter")
        page.locator("#place-ic").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#glass-body")).to_contain_text("暗証番号を入力してください")
        page.keyboard.type("1123")
        expect(page.locator("#glass-body")).to_contain_text("****")
        press(page, "セット")
        assert box.until_result(operation).outcome == "approved"


def test_the_wrong_place_and_the_wrong_moment_are_told(page: Page) -> None:
    page.locator("#place-ic").click()
    expect(page.locator("#answer")).to_contain_text("先に財布から")
    page.locator(".look-paypay").click()
    page.locator("#place-ic").click()
    expect(page.locator("#answer")).to_contain_text("ここでは読み取れません")
    page.locator("#place-code").click()
    expect(page.locator("#answer")).to_contain_text("今は受け付けていません")


def test_switch_faults_and_language(page: Page) -> None:
    page.locator("#power").click()
    expect(page.locator("#device")).to_have_attribute("data-power", "off")
    expect(page.locator("#hint-text")).to_contain_text("電源が切れています")
    page.locator("#power").click()
    expect(page.locator("#device")).to_have_attribute("data-power", "on")
    page.locator(".drawer summary").click()
    slow = page.locator("[data-fault=slow_centre]")
    slow.get_by_role("button").click()
    expect(slow.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="すべて外す").click()
    expect(slow.get_by_role("button")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name="English").click()
    expect(page.locator("#hint-text")).to_contain_text("At rest")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def arm(page: Page, fault: str, **parameters: str) -> None:
    """Open the drawer if it is shut, fill the control in and arm the fault."""
    if page.locator(".drawer").get_attribute("open") is None:
        page.locator(".drawer summary").click()
    control = page.locator(f"[data-fault={fault}]")
    for name, value in parameters.items():
        field = control.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    control.get_by_role("button").click()


def test_each_fault_of_the_drawer_can_be_armed_as_its_control_proposes_it(
    simulator: SimulatorProcess, page: Page
) -> None:
    page.locator(".drawer summary").click()
    names = page.locator("[data-fault]").evaluate_all("all => all.map(one => one.dataset.fault)")
    for name in names:
        if name != "freeze":  # that one, unless a screen is chosen, strikes at once
            arm(page, name)
            button = page.locator(f"[data-fault={name}]").get_by_role("button")
            expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#answer")).to_be_empty()
    expect(page.locator("#fault-count")).to_have_text(str(len(names) - 1))
    assert {fault["fault"] for fault in simulator.view()["faults"]} == {*names} - {"freeze"}
    page.get_by_role("button", name="すべて外す").click()
    arm(page, "wrong_amount", amount="10000000")
    expect(page.locator("#answer")).to_contain_text("範囲の外")
    arm(page, "freeze")
    expect(page.locator("#device")).to_have_attribute("data-screen", "frozen")
    expect(page.locator("#hint-text")).to_contain_text("固まっています")
    page.locator("#power").click()
    expect(page.locator("#device")).to_have_attribute("data-power", "off")
    page.locator("#power").click()
    expect(page.locator("#device")).to_have_attribute("data-screen", "home")


def test_a_terminal_out_of_paper_says_so_and_prints_once_paper_is_put_in(
    simulator: SimulatorProcess, page: Page
) -> None:
    arm(page, "paper_out")
    with connected(simulator) as box:
        operation = box.pay(500)
        press(page, "電子マネー", "WAON", "確認")
        drag(page, page.locator(".look-waon"), page.locator("#place-contactless"))
        assert box.until_result(operation).outcome == "approved"
        expect(page.locator("#glass-body")).to_contain_text("お支払いは成立しています")
        expect(page.locator("#glass-body")).to_contain_text("¥500")
        expect(page.locator("#strip-text")).not_to_contain_text("¥500")
        page.get_by_role("button", name="用紙を入れる").click()
        expect(page.locator("#strip-text")).to_contain_text("¥500")
        expect(page.locator("#device")).to_have_attribute("data-screen", "home")
        expect(page.get_by_role("button", name="用紙を入れる")).to_be_hidden()
    page.get_by_role("button", name="切り取る").click()


def test_a_touch_that_broke_off_is_settled_in_the_drawer(
    simulator: SimulatorProcess, page: Page
) -> None:
    arm(page, "incomplete", brand="交通系")
    with connected(simulator) as box:
        operation = box.pay(700)
        press(page, "電子マネー", "交通系", "確認")
        drag(page, page.locator(".look-transit"), page.locator("#place-contactless"))
        assert box.until_result(operation).outcome == "incomplete"
        expect(page.locator("#hint-text")).to_contain_text("次にタッチした時に確定")
        expect(page.locator("#open-touches")).to_contain_text("交通系 ¥700")
        page.get_by_role("button", name="成立にする", exact=True).click()
        expect(page.locator("#settle")).to_be_hidden()
        expect(page.locator("#answer")).to_be_empty()
        entry = simulator.terminal().journal()[0]
        assert (entry["state"], entry["amount"]) == ("approved", 700)
    page.get_by_role("button", name="切り取る").click()
