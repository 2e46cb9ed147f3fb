"""A cashier at the register's page, and a hand at the terminal's, in a real browser."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from testkit.accessibility import assert_open_to_all
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
