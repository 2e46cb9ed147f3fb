"""結果不明: what may be done meanwhile, and by whom; both sides agree at last."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from testkit.customer import Wallet, approved_for, hold_out, pay, walk_to_reader
from testkit.http import RegisterClient, Reply, TerminalClient, until
from testkit.system import RunningSystem, until_linked

AMOUNT: Final = 165
MANAGER: Final = {"operator_code": "manager", "password": "manager-demo"}
CASHIER: Final = {"operator_code": "cashier", "password": "cashier-demo"}
NANACO: Final = Wallet(media="emoney", brand="nanaco", entry="contactless")
DEAD: Final = {"outcome": "not_performed", "reason": "端末が故障し、交換した"}


class Doubt:
    """A sale with a tender in doubt: its paths, and the operation at the terminal."""

    def __init__(self, register: RegisterClient, total: int = AMOUNT) -> None:
        self.register = register
        self.sale = register.open_sale(total)["id"]
        self.tenders = f"/sales/{self.sale}/tenders"
        self.operation = register.tender(self.sale, AMOUNT)["operations"][0]["id"]

    def tender(self, **more: object) -> Reply:
        """Try to send an amount to the terminal once more."""
        body = {"method": "terminal", "amount": AMOUNT} | more
        return self.register.post(self.tenders, body)

    def resolve(self, *, key: str | None = None, **more: object) -> Reply:
        """Say what became of the tender."""
        return self.register.post(f"{self.tenders}/1/resolve", DEAD | more, key=key)


@pytest.fixture
def dead(register: RegisterClient, terminal: TerminalClient) -> Iterator[Doubt]:
    """The terminal approved and died before it could say so; it is switched on again at the end."""
    terminal.fault("answer_late", seconds=60)
    doubt = Doubt(register)
    pay(terminal)
    until(lambda: approved_for(terminal, doubt.operation), "the terminal's approval")
    terminal.power("off")
    register.until_tender(doubt.sale, 1, "in_doubt")
    until(lambda: unreachable(register), "the terminal to be gone")
    yield doubt
    terminal.power("on")
    terminal.clear_faults()
    register.until_tender(doubt.sale, 1, "approved", "not_performed")
    until_linked(register, terminal)


def unreachable(register: RegisterClient) -> bool:
    return register.read("/stores/S001/terminals/T1")["link"] != "connected"


@pytest.fixture
def broken_off(register: RegisterClient, terminal: TerminalClient) -> Doubt:
    """処理未了: the touch broke off, so the terminal is home and the outcome still not known."""
    doubt = Doubt(register, total=2 * AMOUNT)
    walk_to_reader(terminal, NANACO)
    hold_out(terminal, NANACO, outcome="incomplete")
    terminal.until_screen("incomplete")
    register.until_tender(doubt.sale, 1, "in_doubt")
    terminal.bring_home()
    return doubt


def test_while_in_doubt_no_further_amount_goes_out_without_a_named_override(
    broken_off: Doubt, terminal: TerminalClient
) -> None:
    refused = broken_off.tender()
    assert (refused.status, refused.body["code"]) == (409, "tender_in_doubt")
    wrong = broken_off.tender(authorised_by=MANAGER | {"password": "guessed"})
    assert (wrong.status, wrong.body["code"]) == (403, "authorisation_refused")
    cashiers = broken_off.tender(authorised_by=CASHIER)
    assert cashiers.status == 403
    assert terminal.screen()["name"] == "home"

    sent = broken_off.tender(authorised_by=MANAGER)
    assert (sent.status, sent.body["authorised_by"]) == (202, "manager")
    pay(terminal)
    number = sent.body["number"]
    approved = broken_off.register.until_tender(broken_off.sale, number, "approved")
    assert approved["authorised_by"] == "manager"
    assert len(approved_for(terminal, sent.body["operations"][0]["id"])) == 1
    assert approved_for(terminal, broken_off.operation) == []


def test_a_broken_off_touch_shows_its_brands_rule(broken_off: Doubt) -> None:
    (tender,) = broken_off.register.sale(broken_off.sale)["tenders"]
    assert tender["doubt"]["reason"] == "incomplete"
    assert tender["doubt"]["presumed"] == "sold"
    assert tender["doubt"]["investigate_until"]


def test_it_is_shown_how_often_a_doubt_was_asked_about(
    dead: Doubt, register: RegisterClient
) -> None:
    with register.events(f"/sales/{dead.sale}/events") as events:
        asked = next(event.data for event in events if event.name == "doubt")
    assert (asked["sale"], asked["operation"]) == (dead.sale, dead.operation)
    (tender,) = register.sale(dead.sale)["tenders"]
    assert tender["doubt"]["asked"] >= asked["asked"] >= 1
    assert tender["doubt"]["last_asked_at"] >= asked["last_asked_at"]
    assert tender["doubt"]["answer"]


def test_only_a_manager_says_what_a_dead_terminal_did(
    system: RunningSystem, dead: Doubt, terminal: TerminalClient
) -> None:
    key = f"resolve-{dead.sale}"  # the page asks once more under it: no refusal of these is kept
    alone = dead.resolve(key=key)
    assert (alone.status, alone.body["code"]) == (403, "authorisation_required")
    assert dead.resolve(key=key, authorised_by=CASHIER).status == 403
    wrong = dead.resolve(key=key, authorised_by=MANAGER | {"password": "x"})
    assert (wrong.status, wrong.body["code"]) == (403, "authorisation_refused")

    resolved = dead.resolve(key=key, authorised_by=MANAGER)
    assert (resolved.status, resolved.body["state"]) == (202, "not_performed")
    assert resolved.body["authorised_by"] == "manager"
    again = dead.resolve(key=key, authorised_by=MANAGER)
    assert (again.status, again.body) == (202, resolved.body)
    assert again.headers["idempotent-replayed"] == "true"
    cash = {"method": "cash", "amount": AMOUNT, "received": AMOUNT}
    dead.register.done(201, dead.tenders, cash)
    closed = dead.register.done(200, f"/sales/{dead.sale}/close")
    assert closed["cases"] == []

    # The terminal is not dead after all, and says the contrary.
    terminal.power("on")
    until_linked(dead.register, terminal)

    def contrary() -> Any:
        return dead.register.sale(dead.sale)["cases"]

    (case,) = until(contrary, "the case")
    (entry,) = approved_for(terminal, dead.operation)
    assert (case["kind"], case["amount"]) == ("paid_twice", AMOUNT)
    assert case["evidence"]["slip_number"] == entry["slip_number"]
    manager = system.register("manager")
    path = f"/cases/{case['id']}/settle"
    settled = manager.done(200, path, {"way": "accept", "reason": "現金で返金した"})
    assert (settled["state"], settled["settled_by"]) == ("settled", "manager")


def test_what_a_manager_said_and_the_terminal_confirms_needs_no_case(
    dead: Doubt, terminal: TerminalClient
) -> None:
    (entry,) = approved_for(terminal, dead.operation)
    word: dict[str, Any] = {
        "outcome": "approved",
        "slip_number": entry["slip_number"],
        "authorised_by": MANAGER,
    }
    resolved = dead.resolve(**word)
    assert (resolved.status, resolved.body["state"]) == (202, "approved")
    assert dead.register.sale(dead.sale)["paid"] == AMOUNT
    terminal.power("on")
    until_linked(dead.register, terminal)

    def confirmed() -> bool:
        (tender,) = dead.register.sale(dead.sale)["tenders"]
        return tender["operations"][0]["evidence"]["source"] in {"journal", "result"}

    until(confirmed, "the terminal's own word")
    after = dead.register.sale(dead.sale)
    assert (after["state"], after["paid"], after["cases"]) == ("paid", AMOUNT, [])
    assert len(approved_for(terminal, dead.operation)) == 1


def test_a_terminal_that_answers_is_not_spoken_for(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    terminal.fault("slow_centre", seconds=2.5)
    doubt = Doubt(register)
    pay(terminal)
    terminal.until_screen("centre")
    early = doubt.resolve(authorised_by=MANAGER)
    assert (early.status, early.body["code"]) == (409, "not_in_doubt")
    register.done(202, f"{doubt.tenders}/1/disconnect")
    register.until_tender(doubt.sale, 1, "in_doubt")
    refused = doubt.resolve(authorised_by=MANAGER)
    assert (refused.status, refused.body["code"]) == (409, "terminal_answers")
    register.until_tender(doubt.sale, 1, "approved")
    late = doubt.resolve(authorised_by=MANAGER)
    assert (late.status, late.body["code"]) == (409, "not_in_doubt")
    assert len(approved_for(terminal, doubt.operation)) == 1
