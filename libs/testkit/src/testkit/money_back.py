"""Money back as a cashier asks for it over HTTP, for end-to-end tests; both sides are looked at."""

from typing import Any, Final

from testkit.customer import CARD, Refund, Wallet, approved_for, give_back, pay
from testkit.http import RegisterClient, TerminalClient

AMOUNT: Final = 165
MANAGER: Final = {"operator_code": "manager", "password": "manager-demo"}


def paid(
    register: RegisterClient,
    terminal: TerminalClient,
    wallet: Wallet = CARD,
    *,
    total: int = AMOUNT,
) -> Any:
    """Pay ¥165 of an open sale on the terminal and return the sale; the terminal is home."""
    terminal.bring_home()
    sale = register.open_sale(total)["id"]
    register.tender(sale, AMOUNT)
    pay(terminal, wallet)
    register.until_tender(sale, 1, "approved")
    register.done(202, f"/sales/{sale}/tenders/1/acknowledge")
    terminal.bring_home()
    return register.sale(sale)


def closed(register: RegisterClient, terminal: TerminalClient, wallet: Wallet = CARD) -> Any:
    """Pay ¥165 on the terminal, close the sale and return it."""
    sale = paid(register, terminal, wallet)
    return register.done(200, f"/sales/{sale['id']}/close")


def refund(register: RegisterClient, sale: Any, **body: object) -> Any:
    """Ask for the money of the first tender back; return the reply, whatever it is."""
    return register.post(f"/sales/{sale['id']}/tenders/1/refund", body)


def number_of(told: Any, wallet: Wallet) -> str:
    """Return what the register shows big, since the terminal asks for it."""
    return str(told["order_number" if wallet.media == "code" else "slip_number"])


def carried_through(
    register: RegisterClient,
    terminal: TerminalClient,
    sale: Any,
    wallet: Wallet = CARD,
    kind: str = "取消",
    **body: object,
) -> Any:
    """Ask for the refund, do it on the terminal, and return the tender as it then is."""
    said = refund(register, sale, **body)
    asked = (said.status, said.body.get("state"), said.body.get("kind"))
    expected = (202, "refunding", "void" if kind == "取消" else "return")
    assert asked == expected, said.body  # noqa: S101 - a test's
    give_back(terminal, Refund(number=number_of(said.body, wallet), wallet=wallet, kind=kind))
    return register.until_tender(sale["id"], 1, "refunded")


def given_back(terminal: TerminalClient, sale: Any) -> list[str]:
    """Return the slips by which the terminal's own journal gives the payment back."""
    (paid_for,) = approved_for(terminal, sale["tenders"][0]["operations"][0]["id"])
    return [
        str(entry["slip_number"])
        for entry in terminal.journal()
        if entry["voids"] == paid_for["slip_number"] and entry["state"] == "approved"
    ]
