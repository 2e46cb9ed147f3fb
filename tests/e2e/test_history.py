"""決済履歴 (manual 4-1): what the terminal says it did, and that it decides after a failed link."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from testkit.customer import CARD, CODE, EMONEY, Wallet, approved_for, pay, walk_to
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import until_linked

JOURNAL: Final = "/stores/S001/terminals/T1/journal"


def history(register: RegisterClient, **asked: str) -> Any:
    return register.read(f"{JOURNAL}?{urlencode(asked)}")


def paid(
    register: RegisterClient, terminal: TerminalClient, amount: int, wallet: Wallet = CARD
) -> Any:
    """Pay a sale with the wallet and return the terminal's own entry of it."""
    sale = register.open_sale(amount)["id"]
    tender = register.tender(sale, amount)
    pay(terminal, wallet)
    register.until_tender(sale, tender["number"], "approved")
    register.done(200, f"/sales/{sale}/close")
    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    return entry


@pytest.mark.manual("4-1")
def test_the_history_is_read_by_media_and_by_day_with_all_details(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    entries = {
        wallet.media: paid(register, terminal, amount, wallet)
        for wallet, amount in ((CARD, 1_010), (EMONEY, 1_020), (CODE, 1_030))
    }
    today = entries["card"]["terminal_business_date"]

    for media, entry in entries.items():
        page = history(register, media=media, terminal_business_date=today, limit="5")
        assert page["source"] == "terminal"
        assert {one["media"] for one in page["entries"]} == {media}
        shown = page["entries"][0]
        for field in ("slip_number", "amount", "state", "kind", "brand", "operation_id"):
            assert shown[field] == entry[field], field
        assert shown["order_number"] == entry["order_number"]
    card = history(register, media="card")["entries"][0]
    assert card["slip"]["card_number"].endswith("6304")
    assert "0" * 4 not in card["slip"]["card_number"]
    everything = history(register)["entries"]
    assert [one["amount"] for one in everything[:3]] == [1_030, 1_020, 1_010]
    assert history(register, terminal_business_date="2001-01-01")["entries"] == []


@pytest.mark.manual("4-1")
def test_a_long_history_is_read_page_by_page(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    for amount in (2_010, 2_020, 2_030):
        paid(register, terminal, amount)
    first = history(register, media="card", limit="2")
    second = history(register, media="card", limit="2", after=first["next"])
    amounts = [one["amount"] for one in (*first["entries"], *second["entries"])]
    assert amounts[:3] == [2_030, 2_020, 2_010]


@pytest.mark.manual("4-1")
def test_the_history_of_a_terminal_that_is_off_is_the_boxes_copy_and_says_its_age(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    entry = paid(register, terminal, 3_010)
    asked = {"media": "card", "terminal_business_date": entry["terminal_business_date"]}
    assert history(register, **asked)["source"] == "terminal"
    terminal.power("off")
    try:
        until(lambda: history(register)["source"] == "copy", "the copy")
        copy = history(register, **asked)
        shown = copy["entries"][0]
        assert (shown["slip_number"], shown["amount"]) == (entry["slip_number"], 3_010)
        # It grows older while the terminal is off: what it says of its age stays as it is.
        assert datetime.fromisoformat(copy["read_at"]).tzinfo is not None
        assert history(register, **asked)["read_at"] == copy["read_at"]
    finally:
        terminal.power("on")
    until_linked(register, terminal)
    assert history(register)["source"] == "terminal"


@pytest.mark.manual("4-1")
def test_after_a_failed_link_the_terminals_journal_decides_that_it_was_paid(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.fault("answer_lost")
    terminal.fault("link_drop_at", screen="approved")
    sale = register.open_sale(4_010)["id"]
    tender = register.tender(sale, 4_010)
    pay(terminal)

    found = register.until_tender(sale, tender["number"], "approved")

    (entry,) = approved_for(terminal, tender["operations"][0]["id"])
    assert found["resolved_from"] == "journal"
    assert found["slip_number"] == entry["slip_number"]
    evidence = found["operations"][0]["evidence"]
    assert (evidence["source"], evidence["asked"] >= 1) == ("journal", True)
    assert register.sale(sale)["state"] == "paid"


@pytest.mark.manual("4-1")
def test_what_is_absent_from_a_complete_journal_may_be_charged_again(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.fault("reboot_at", screen="read_card")
    sale = register.open_sale(5_010)["id"]
    tender = register.tender(sale, 5_010)
    walk_to(terminal, "card_execute")
    terminal.press("実行")

    found = register.until_tender(sale, tender["number"], "not_performed")

    assert approved_for(terminal, tender["operations"][0]["id"]) == []
    assert found["operations"][0]["evidence"]["source"] == found["resolved_from"] == "journal"
    again = register.tender(sale, 5_010)
    pay(terminal)
    register.until_tender(sale, again["number"], "approved")
    charged = [
        entry
        for one in register.sale(sale)["tenders"]
        for entry in approved_for(terminal, one["operations"][0]["id"])
    ]
    assert [entry["amount"] for entry in charged] == [5_010]
