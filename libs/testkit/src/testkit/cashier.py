"""A cashier at the register's page, and a hand at the terminal's, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from testkit.accessibility import assert_open_to_all
from testkit.customer import CARD, Wallet, pay
from testkit.http import TerminalClient, until
from testkit.system import RunningSystem

AMOUNT: Final = 165
"""One coffee."""

SETTLE_MS: Final = 120
"""What is drawn after a screen was exchanged is there by then."""


def at(page: Page, *stages: str) -> None:
    """Wait until the register shows one of its screens."""
    page.locator(", ".join(f'#main[data-stage="{stage}"]' for stage in stages)).wait_for()


def keep(page: Page, folder: Path, name: str) -> None:
    """Take a picture of a screen that nobody is shut out of."""
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=folder / f"{name}.png")
    assert_open_to_all(page, name)


def sit_down(page: Page) -> None:
    """Be the page that the register obeys, whichever page it obeyed before."""
    page.locator("body[data-seat]").wait_for()
    if page.locator("body").get_attribute("data-seat") == "theirs":
        page.get_by_role("button", name="この画面に戻す").click()
    page.locator('body:not([data-seat="theirs"])').wait_for()


def ring_up(till: Page, *goods: str) -> str:
    """Ring up goods by their quick keys, one coffee unless told; return the sale's id."""
    for good in goods or ("コーヒー",):
        till.get_by_role("button", name=good).click()
    till.get_by_role("button", name="会計へ").click()
    at(till, "tender")
    return str(till.locator("#main").get_attribute("data-sale"))


def sale_of(system: RunningSystem, page: Page) -> Any:
    """The sale on the page, as the API tells it."""
    return system.register().sale(str(page.locator("#main").get_attribute("data-sale")))


def send_to_terminal(till: Page, amount: int | None = None, pictures: Path | None = None) -> str:
    """決済端末 > 残額 or the amount > 会計 > 決済端末連携; return the operation's id."""
    till.get_by_role("link", name="決済端末").last.click()
    at(till, "amount")
    if amount is None:
        till.get_by_role("button", name="残額").click()
    else:
        till.keyboard.type(str(amount))
    if pictures:
        keep(till, pictures, "register-3-amount")
    till.get_by_role("button", name="会計", exact=False).last.click()
    at(till, "confirm")
    if pictures:
        keep(till, pictures, "register-4-confirm")
    till.get_by_role("button", name="決済端末連携").click()
    at(till, "processing")
    return till.locator("#main").get_attribute("data-operation") or ""


def pay_in_cash(till: Page) -> None:
    """現金: just what is owed."""
    till.keyboard.press("F3")
    at(till, "amount")
    till.keyboard.press("F2")
    till.get_by_role("button", name="会計").last.click()


def disconnect(till: Page) -> None:
    """切断する, and once more in its dialog."""
    till.get_by_role("button", name="切断する").first.click()
    till.get_by_role("dialog").get_by_role("button", name="切断する").click()


def release(till: Page) -> None:
    """別の方法で支払う, and once more in its dialog."""
    till.get_by_role("button", name="別の方法で支払う").click()
    till.get_by_role("dialog").get_by_role("button", name="別の方法で支払う").click()
    at(till, "tender")


def confirm_as_manager(till: Page, operator: str = "manager", password: str = "") -> None:
    """Type a manager's operator code and password into the question that is open."""
    dialog = till.get_by_role("dialog")
    dialog.get_by_label("担当者コード").fill(operator)
    dialog.get_by_label("パスワード").fill(password or f"{operator}-demo")


def press(glass: Page, *keys: str) -> None:
    """Touch the keys under the terminal's glass, one after another."""
    for key in keys:
        soft = glass.locator("#soft").get_by_role("button", name=key, exact=True)
        (glass.locator("#reset") if key == "リセット" else soft).click()


def shows(glass: Page, screen: str, *says: str) -> None:
    """Wait for a screen on the terminal's own page, and what it says."""
    expect(glass.locator("#device")).to_have_attribute("data-screen", screen)
    for words in says:
        expect(glass.locator("#glass-body")).to_contain_text(words)


def pay_and_close(till: Page, terminal: TerminalClient, wallet: Wallet = CARD) -> str:
    """Pay one coffee on the terminal to 会計完了; return the sale's id."""
    sale = ring_up(till)
    send_to_terminal(till)
    pay(terminal, wallet)
    at(till, "complete")
    till.keyboard.press("Enter")
    at(till, "closed")
    terminal.bring_home()
    return sale


def to_details(till: Page, sale: str) -> None:
    """伝票明細 > 詳細."""
    till.get_by_role("link", name="伝票明細").click()
    at(till, "sales")
    till.locator(f'.found a[href$="/sales/{sale}"]').click()
    at(till, "details")


def pick_payment(till: Page) -> None:
    """詳細 > 決済端末 > its history > the payment."""
    till.get_by_role("link", name="決済端末 ¥165").click()
    at(till, "history")
    till.locator(".journal li a").filter(has_text="売上").click()
    expect(till.locator(".sides")).to_be_visible()


def pick_refund(till: Page) -> None:
    """詳細 > 決済端末 > its history > the payment > 取消, up to the question."""
    pick_payment(till)
    till.get_by_role("link", name="取消", exact=True).click()
    at(till, "refund")


def send_refund(till: Page, tap: Callable[[], None]) -> None:
    """Tap what sends the refund to the terminal; once more where its store was not reached in time.

    Before a refund starts the terminal is asked twice, and a busy machine may be too slow for that:
    then nothing was started, the register says so, and a cashier taps again.
    """
    refused = '#main[data-stage="refund"] [data-refused]:not([hidden])'

    def under_way() -> bool:
        tap()
        till.locator(f'#main[data-stage="refunding"], {refused}').first.wait_for()
        if till.locator("#main").get_attribute("data-stage") == "refunding":
            return True
        expect(till.locator(refused)).to_contain_text("terminal_unreachable")
        return False

    until(under_way, "the refund to be on the terminal")


def type_number(till: Page, glass: Page) -> str:
    """Type on the terminal what the register shows big; return it."""
    number = str(till.locator("[data-number]").get_attribute("data-number"))
    expect(till.locator("[data-number]")).to_have_text(number)
    for digit in number:
        glass.locator(f".digit[data-digit='{digit}']").click()
    return number


def put_away(system: RunningSystem) -> None:
    """End what other tests left standing at R1 of S001, where a cashier would land on it."""
    register, manager = system.register(), system.register("manager")
    for case in register.read("/cases?store=S001&register=R1&state=open")["cases"]:
        accepted = {"way": "accept", "reason": "left by another test"}
        manager.done(200, f"/cases/{case['id']}/settle", accepted)
    for state in ("open", "paid"):
        for found in register.read(f"/sales?store=S001&register=R1&state={state}")["sales"]:
            path = f"/sales/{found['id']}"
            for tender in found["tenders"]:
                verb = "refund" if tender["method"] != "terminal" else "release"
                register.post(f"{path}/tenders/{tender['number']}/{verb}")
                if tender["state"] == "refunded":
                    register.done(202, f"{path}/tenders/{tender['number']}/acknowledge")
            if register.post(f"{path}/abandon").status == 200:  # noqa: PLR2004 - HTTP's own number
                continue
            rest = register.sale(found["id"])["balance"]
            if rest > 0:
                cash = {"method": "cash", "amount": rest, "received": rest}
                register.done(201, f"{path}/tenders", cash)
            register.done(200, f"{path}/close")


def stays(page: Page, stage: str, wait_ms: int = 400) -> None:
    """Look that a screen is still there after a while."""
    page.wait_for_timeout(wait_ms)
    expect(page.locator("#main")).to_have_attribute("data-stage", stage)
