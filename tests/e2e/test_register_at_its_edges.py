"""The register's pages with what they are rarely given: long lists, no terminal, no mouse."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from testkit.system import RunningSystem

pytestmark = pytest.mark.browser


def at(page: Page, stage: str) -> None:
    """Wait until the register shows a screen."""
    page.locator(f'#main[data-stage="{stage}"]').wait_for()


def test_long_names_and_many_lines_leave_the_next_step_in_its_place(
    system: RunningSystem, till: Page
) -> None:
    markup = "<img src=x onerror=document.title=1>"
    first = {"name": f"{markup}{'W' * 160}", "quantity": 1, "unit_price": 9_990_000, "tax_rate": 8}
    more = [first | {"name": f"商品 {n}", "unit_price": 1} for n in range(60)]
    place = {"store": "S001", "register": "R1"}
    system.register().done(201, "/sales", {**place, "lines": [first, *more]})
    at(till, "tender")
    expect(till.locator(".rows .name").first).to_contain_text(markup)
    assert till.locator(".rows img").count() == 0
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert till.evaluate(size) == [1280, 800]
    box = till.locator("#main .primary").bounding_box()
    assert box is not None
    assert (round(box["y"]), round(box["height"])) == (663, 88)


def test_a_register_without_a_terminal_sells_by_keyboard_alone(
    system: RunningSystem, till: Page
) -> None:
    till.goto(f"{system.api}/registers/S001/R2?step=confirm&method=terminal&amount=1")
    at(till, "ring_up")
    till.keyboard.type("500")
    till.keyboard.press("Enter")
    till.keyboard.press("F12")
    at(till, "tender")
    till.keyboard.press("F12")
    at(till, "tender")
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.press("Escape")
    at(till, "tender")
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.press("F2")
    till.keyboard.press("Enter")
    at(till, "closed")
    expect(till.get_by_role("heading", name="会計完了")).to_be_visible()


def test_news_under_a_finger_wait_until_its_tap_is_done(till: Page) -> None:
    till.clock.install()
    till.get_by_role("button", name="コーヒー").hover()
    till.clock.pause_at(till.evaluate("Date.now() + 1000"))  # time stands
    till.evaluate("document.getElementById('main').dataset.version = 'an older one'")
    till.mouse.down()
    with till.expect_response(lambda response: response.url == till.url):
        till.evaluate("document.dispatchEvent(new CustomEvent('renkei:back'))")
    older = till.locator("#main[data-version='an older one']")
    till.wait_for_timeout(300)  # it would have been exchanged by now
    expect(older).to_have_count(1)
    till.mouse.up()
    till.clock.resume()
    expect(older).to_have_count(0)
    expect(till.locator("[data-lines] li")).to_have_count(1)


def test_a_wrong_log_in_keeps_what_is_no_secret(
    system: RunningSystem, browser: BrowserContext
) -> None:
    page = browser.new_page()
    page.goto(f"{system.api}/login")
    page.get_by_label("企業コード").fill("DEMO")
    page.get_by_label("担当者コード").fill('"><b>nobody')
    page.get_by_label("パスワード").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("いずれかが違います")
    expect(page.get_by_label("担当者コード")).to_have_value('"><b>nobody')
    expect(page.get_by_label("パスワード")).to_be_focused()
    expect(page.get_by_label("パスワード")).to_have_value("")
