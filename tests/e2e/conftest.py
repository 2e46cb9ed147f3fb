"""The browser that registers are driven with."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from testkit.http import RegisterClient, TerminalClient
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
    context.set_default_timeout(15_000)
    yield context
    context.close()


def put_away(register: RegisterClient) -> None:
    """End what other tests left standing at R1 of S001, where a cashier would land on it."""
    for state in ("open", "paid"):
        for sale in register.read(f"/sales?store=S001&register=R1&state={state}")["sales"]:
            path = f"/sales/{sale['id']}"
            if register.post(f"{path}/abandon").status == 200:
                continue
            if sale["balance"] > 0:
                rest = {"method": "cash", "amount": sale["balance"], "received": sale["balance"]}
                register.done(201, f"{path}/tenders", rest)
            register.done(200, f"{path}/close")


@pytest.fixture
def till(system: RunningSystem, browser: BrowserContext, terminal: TerminalClient) -> Page:
    """The register R1 of S001, logged in, ringing up; no script of it may fail."""
    terminal.until_screen("home")
    page = browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{system.api}/")
    page.get_by_label("企業コード").fill("DEMO")
    page.get_by_label("担当者コード").fill("cashier")
    page.get_by_label("パスワード").fill("cashier-demo")
    page.get_by_role("button", name="ログイン").click()
    page.locator('a[href="/registers/S001/R1"]').click()
    page.locator("#main[data-stage]").wait_for()
    put_away(system.register())
    page.goto(f"{system.api}/registers/S001/R1")
    page.locator('#main[data-stage="ring_up"]').wait_for()
    assert failed == []
    return page
