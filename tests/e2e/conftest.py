"""The browser that registers are driven with, and who and what stands around a register."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from testkit.cashier import at, put_away, sit_down
from testkit.http import RegisterClient, TerminalClient
from testkit.printers import PrinterClient
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

STORE: Final = "/api/v1/stores/S001"

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


@pytest.fixture
def manager(system: RunningSystem) -> RegisterClient:
    return system.register("manager")


@pytest.fixture
def admin(system: RunningSystem) -> RegisterClient:
    return system.register("admin")


@pytest.fixture
def printer(system: RunningSystem) -> Iterator[PrinterClient]:
    """The printer of R1, mended and empty before and after."""
    found = system.printer().fresh()
    yield found
    found.fresh()


@pytest.fixture
def settings(admin: RegisterClient) -> Iterator[Callable[..., None]]:
    """Change the store's settings; as they were, afterwards."""
    usual = {"customer_slip": "manual", "slip_reprint": "terminal_only"}

    def change(**told: str) -> None:
        admin.expect(200, "PATCH", STORE, told)

    yield change
    admin.expect(200, "PATCH", STORE, usual)
