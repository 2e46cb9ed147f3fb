"""The receipt printer beside the simulated terminal, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from testkit.cashier import keep
from testkit.printers import PrinterClient, PrintHost
from testkit.simulator_process import T1, SimulatorProcess

pytestmark = pytest.mark.browser

ASK = b"\x1d(H\x06\x00000001"
ANSWER = b"\x37\x220001\x00"
SLIP = (
    b"\x1b@\x1cC\x01\x1ba\x01\x1d!\x11"
    + "領収書\n".encode("cp932")
    + b"\x1d!\x00"
    + "株式会社デモチェーン 渋谷店\n".encode("cp932")
    + b"\x1ba\x00"
    + ("緑茶 500ml ※" + " " * 29 + "\\1,650\n合計" + " " * 38 + "\\1,650\n").encode("cp932")
    + b"\x1ba\x01\x1dh\x40\x1dw\x02\x1dH\x02\x1dk\x49\x07{B00012\x1dV\x42\x10"
)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def printer(simulator: SimulatorProcess) -> PrinterClient:
    return simulator.printer().fresh()


@pytest.fixture
def page(chromium: Browser, simulator: SimulatorProcess) -> Iterator[Page]:
    """The page of the first terminal; none of its scripts may fail."""
    failed: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page = context.new_page()
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{simulator.url}/terminals/{T1}")
    yield page
    context.close()
    assert failed == []


def test_paper_comes_out_before_ones_eyes_and_goes_into_the_bin(
    page: Page, printer: PrinterClient
) -> None:
    expect(page.locator("#printer-state")).to_have_text("印刷できます")
    with PrintHost(printer.state()["address"]) as host:
        assert host.ask(SLIP + b"\x1bp\x00\x19\xfa" + ASK, len(ANSWER)) == ANSWER
        expect(page.locator("#printer-state")).to_have_text("受信中")
    slip = page.locator(".slip-cut img")
    expect(slip).to_have_count(1)
    assert "領  収  書" in str(slip.get_attribute("alt"))
    assert slip.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 576 + 48
    expect(page.locator("#printer-counts")).to_contain_text("ドロワー")
    page.get_by_role("button", name="くずかごへ").click()
    expect(page.locator(".slip")).to_have_count(0)
    expect(page.locator("#printer-empty")).to_be_visible()


def test_what_hangs_is_seen_and_torn_by_hand(page: Page, printer: PrinterClient) -> None:
    with PrintHost(printer.state()["address"]) as host:
        host.ask(b"\x1b@hangs\n" + ASK, len(ANSWER))
    expect(page.locator(".slip-hanging img")).to_have_attribute("alt", "hangs")
    page.get_by_role("button", name="手でちぎる").click()
    expect(page.locator(".slip-torn img")).to_have_attribute("alt", "hangs")
    expect(page.locator(".slip-hanging")).to_have_count(0)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("off", "電源 切"),
        ("paper_out", "紙がありません"),
        ("cover_open", "ふたが開いています"),
        ("cable", "ケーブルが抜けています"),
    ],
)
def test_a_fault_is_caused_seen_and_mended_on_the_page(
    page: Page, printer: PrinterClient, fault: str, told: str
) -> None:
    page.get_by_text("プリンターの不具合").click()
    page.locator(f"[data-printer-fault={fault}] button").click()
    expect(page.locator("#printer-state")).to_have_text(told)
    assert [each["fault"] for each in printer.state()["faults"]] == [fault]
    page.get_by_role("button", name="すべて直す").click()
    expect(page.locator("#printer-state")).to_have_text("印刷できます")
    assert printer.state()["faults"] == []


def test_the_stores_other_printer_is_one_tap_away(
    page: Page, simulator: SimulatorProcess, printer: PrinterClient
) -> None:
    other = simulator.printer("S001-P2").fresh()
    assert printer.pieces() == []
    with PrintHost(other.state()["address"]) as host:
        host.ask(SLIP + ASK, len(ANSWER))
    expect(page.locator(".slip")).to_have_count(0)
    page.get_by_role("button", name="P2 58 mm").click()
    slip = page.locator(".slip-cut img")
    expect(slip).to_have_count(1)
    assert slip.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 384 + 48


def test_a_wrong_value_is_told_in_words(page: Page, printer: PrinterClient) -> None:
    page.get_by_text("プリンターの不具合").click()
    page.locator("[data-printer-fault=slow] input").fill("99")
    page.locator("[data-printer-fault=slow] button").click()
    expect(page.locator("#printer-answer")).to_have_text("その値は使えません。")
    assert printer.state()["faults"] == []


def test_it_looks_like_a_printer(page: Page, printer: PrinterClient, pictures: Path) -> None:
    with PrintHost(printer.state()["address"]) as host:
        host.ask(SLIP + ASK, len(ANSWER))
    page.locator(".slip-cut img").evaluate("(img) => img.decode()")
    expect(page.locator("#printer-state")).to_have_text("印刷できます")
    keep(page, pictures, "printer-1-page")
