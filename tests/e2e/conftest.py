"""The browser that registers are driven with."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from testkit.cashier import at, put_away, sit_down
from testkit.http import TerminalClient
from testkit.system import RunningSystem

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

SETTING = "RENKEI_SCREENSHOTS"
"""Where the pictures are kept; a folder of the machine's own unless named (`make browser`)."""


@pytest.fixture(scope="session")
def pictures() -> Path:
    named = os.environ.get(SETTING)  # noqa: TID251 - a test's own setting
    folder = Path(named) if named else Path(tempfile.gettempdir()) / "renkei-screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module."""
    expect.set_options(timeout=15_000)  # 5 s are short for a machine that runs everything at once
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A tablet of 1280×800 that speaks Japanese, and knows nobody yet."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, locale="ja-JP", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


def log_in(system: RunningSystem, page: Page) -> None:
    """The demo's cashier logs in and chooses R1 of S001."""
    page.goto(f"{system.api}/")
    page.get_by_label("企業コード").fill("DEMO")
    page.get_by_label("担当者コード").fill("cashier")
    page.get_by_label("パスワード").fill("cashier-demo")
    page.get_by_role("button", name="ログイン").click()
    page.locator('a[href="/registers/S001/R1"]').click()
    page.locator("#main[data-stage]").wait_for()


@pytest.fixture
def till(
    system: RunningSystem, browser: BrowserContext, terminal: TerminalClient
) -> Iterator[Page]:
    """The register R1 of S001, logged in, ringing up; no script of it may fail, to the end."""
    terminal.until_screen("home")
    page = browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    log_in(system, page)
    sit_down(page)
    put_away(system)
    page.goto(f"{system.api}/registers/S001/R1")
    at(page, "ring_up")
    yield page
    assert failed == []


@pytest.fixture
def glass(system: RunningSystem, browser: BrowserContext) -> Page:
    """The customer's side: the terminal's own page."""
    page = browser.new_page()
    page.goto(f"{system.simulator}/terminals/CT6100-S001-T1")
    return page
