"""Slips as a cashier has them shown and printed over HTTP, and the manual's samples beside them."""

import re
from pathlib import Path
from typing import Any, Final, cast

from testkit.customer import Refund, Wallet, give_back, pay
from testkit.http import Content, RegisterClient, TerminalClient, until

GOLDENS: Final = Path(__file__).parents[4] / "tests" / "unit" / "receipts" / "goldens"
COUNTED: Final = (
    (re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"), "YYYY/MM/DD hh:mm:ss"),
    (re.compile(r"(?m)^\d{5}(?=：)"), "NNNNN"),
    (re.compile(r"(?<=伝票番号#)\d{5}"), "NNNNN"),
    (re.compile(r"(?<=ATC)[0-9A-F]{4}"), "NNNN"),
)
"""The time of use, the slip number and the card's own count: as wide, and never the sample's."""


class Papers:
    """A sale that was paid on the terminal, its one tender, and the paper of it."""

    def __init__(self, register: RegisterClient, terminal: TerminalClient, wallet: Wallet) -> None:
        amount = {"card": 165, "emoney": 500, "code": 800}[wallet.media]
        self.register = register
        self.terminal = terminal
        self.wallet = wallet
        self.sale = register.open_sale(amount)["id"]
        number = register.tender(self.sale, amount)["number"]
        pay(terminal, wallet)
        self.tender = register.until_tender(self.sale, number, "approved")
        terminal.bring_home()
        self.path = f"/sales/{self.sale}/tenders/{number}"
        self.slips = f"{self.path}/slips"

    def give_back(self, kind: str = "取消", **body: object) -> None:
        """取消: ask for it and do it on the terminal; it is home again, and `tender` refunded."""
        told = self.register.done(202, f"{self.path}/refund", body)
        number = str(told["order_number" if self.wallet.media == "code" else "slip_number"])
        give_back(self.terminal, Refund(number=number, wallet=self.wallet, kind=kind))
        self.tender = self.register.until_tender(self.sale, self.tender["number"], "refunded")
        self.terminal.bring_home()

    def entries(self) -> list[Any]:
        """Return what the terminal's own journal has of it: the payment, and what gave it back."""
        paid = self.tender["slip_number"]
        here = [e for e in self.terminal.journal() if paid in (e["slip_number"], e["voids"])]
        return sorted(here, key=lambda entry: entry["voids"] is not None)

    def slip(self, client: RegisterClient, copy: str, form: str = "txt", more: str = "") -> Content:
        """Return one copy as it is shown to `client`, as soon as its fields have come."""

        def shown() -> Content | None:
            found = client.fetch(f"/api/v1{self.slips}/{copy}.{form}{more}")
            return None if b'"code":"slip_not_ready"' in found.content else found

        return cast("Content", until(shown, "the slip to be there"))

    def print(self, **wish: Any) -> Any:
        """Ask for paper, and wait for how each piece ended; newest first."""
        asked = self.register.done(202, f"{self.slips}/print", wish)["jobs"]
        return self.until_ended(len(asked), {job["id"] for job in asked})

    def jobs(self) -> list[Any]:
        """Return its pieces of paper, newest first."""
        return self.register.read(f"/sales/{self.sale}/print-jobs")["jobs"]

    def until_ended(self, count: int, only: set[str] | None = None) -> list[Any]:
        """Wait until so many pieces have ended, printed or not; return them, newest first."""

        def ended() -> list[Any] | None:
            jobs = [job for job in self.jobs() if only is None or job["id"] in only]
            over = [job for job in jobs if job["state"] != "queued"]
            return over if len(over) >= count else None

        return until(ended, f"{count} pieces of paper of {self.sale} to have ended")

    def close(self) -> None:
        """会計完了."""
        self.register.done(200, f"/sales/{self.sale}/close")


def sample(name: str, copy: str, columns: int = 48) -> str:
    """Return a sample of the manual as text."""
    return (GOLDENS / f"{name}-{copy}-{columns}.txt").read_text(encoding="utf-8")


def uncounted(text: str) -> str:
    """Return a slip without what no two slips have in common."""
    for pattern, stand_in in COUNTED:
        text = pattern.sub(stand_in, text)
    return text


def blankless(text: str) -> str:
    """Return what is printed of a text, wherever on the line it stands."""
    return "".join(text.split())
