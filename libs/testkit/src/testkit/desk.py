"""Somebody at 管理画面, in a real browser, whose page may say nothing in its console."""

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from testkit.system import RunningSystem


@contextmanager
def at_a_desk(
    system: RunningSystem, browser: BrowserContext, operator: str = "admin", company: str = "DEMO"
) -> Generator[Page]:
    """Log in to 管理画面; at the end no script failed, and nothing was forbidden by the policy."""
    page = browser.new_page()
    failed: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A refusal is a page with its status, which Chromium notes as a failed resource.
        if message.type == "error" and "Failed to load resource" not in message.text:
            failed.append(message.text)

    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", hear)
    sign_in(system, page, operator, company)
    yield page
    assert failed == []  # noqa: S101 - a test's
    page.close()


def sign_in(
    system: RunningSystem,
    page: Page,
    operator: str = "admin",
    company: str = "DEMO",
    password: str = "",
) -> None:
    """企業コード, 担当者コード, パスワード, ログイン."""
    page.goto(f"{system.api}/admin")
    page.get_by_label("企業コード").fill(company)
    page.get_by_label("担当者コード").fill(operator)
    page.get_by_label("パスワード").fill(password or f"{operator}-demo")
    page.get_by_role("button", name="ログイン").click()


def choose_store(page: Page, store: str) -> None:
    """店舗 and 検索."""
    page.locator("select[name=store]").select_option(store)
    page.get_by_role("button", name="検索").click()
    page.locator("section.block, form.block").first.wait_for()
