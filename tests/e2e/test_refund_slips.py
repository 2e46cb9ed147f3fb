"""Slips of money given back (manual 3-1, 3-2), beside those of the payments, from both sides.

All eight samples of 3-2 through terminal, box, bus and door, as text. What only this terminal and
this moment can say (its counts, its clock) is compared with the terminal's own journal.
"""

from collections.abc import Callable
from typing import Any

import pytest

from testkit.customer import CARD, CODE, EMONEY, Refund, Wallet, give_back
from testkit.http import RegisterClient, TerminalClient, until
from testkit.money_back import MANAGER
from testkit.printers import PrinterClient
from testkit.slips import Papers, blankless, sample, uncounted

PAPER = [CARD, EMONEY]
"""What has slips."""

BOTH = ["お客様控", "加盟店控"]


def ends(pieces: list[Any]) -> list[str]:
    """Return which copies lie in the tray."""
    return sorted(piece["lines"][-1].strip() for piece in pieces)


def codes(reply: Any) -> tuple[int, str]:
    return reply.status, reply.body["code"]


@pytest.fixture
def buy(register: RegisterClient, terminal: TerminalClient) -> Callable[[Wallet], Papers]:
    return lambda wallet: Papers(register, terminal, wallet)


Buy = Callable[[Wallet], Papers]


def of_sample(seen: str, name: str, copy: str, entry: Any, columns: int = 48) -> None:
    """Look that a slip is the sample, and that its own numbers are those of the journal."""
    assert uncounted(seen) == uncounted(sample(name, copy, columns))
    number = entry["slip_number"]
    assert f"\n{number}：" in seen or f"伝票番号#{number}\n" in seen
    assert entry["slip"]["used_at"] in seen
    assert f"ATC{entry['slip']['atc']}" in seen or not entry["slip"]["atc"]


@pytest.mark.manual(
    "3-2.1", "3-2.2", "3-2.3", "3-2.4", "3-2.5", "3-2.6", "3-2.7", "3-2.8"
)
@pytest.mark.parametrize(("wallet", "media"), [(CARD, "card"), (EMONEY, "emoney")])
def test_payment_and_money_back_are_the_manuals_samples_on_both_copies_and_in_the_journal(
    buy: Buy, manager: RegisterClient, wallet: Wallet, media: str
) -> None:
    bought = buy(wallet)
    bought.give_back()
    paid, back = bought.entries()
    assert (paid["state"], back["state"], back["voids"]) == (
        "approved",
        "approved",
        paid["slip_number"],
    )
    for of, name, entry in (
        ("payment", f"{media}-sale", paid),
        ("refund", f"{media}-void", back),
    ):
        for copy in ("customer", "merchant"):
            for columns in (48, 32):
                more = f"?operation={of}&columns={columns}"
                shown = bought.slip(manager, copy, more=more)
                assert shown.status == 200, shown.content
                of_sample(shown.content.decode(), name, copy, entry, columns)
