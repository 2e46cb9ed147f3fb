"""What users of register links complain about most, one test (at least) a complaint.

They were collected from the trackers, forums and help pages of the best systems; each docstring
names its line of that list and what the sources tell. Two lines have their tests where they will be
built: 6 (webhooks missing, late or changed) with the partners' events, 7 (refunds missing, or not
for split sales) with refunds.
"""

import json
import threading
from typing import Any, Final

import pytest

from testkit.customer import CARD, approved_for, hold_out, pay, walk_to, walk_to_reader
from testkit.http import RegisterClient, TerminalClient, until
from testkit.system import RunningSystem, until_linked

AMOUNT: Final = 165
HERE: Final = "/stores/S001/terminals/T1"


class Sent:
    """A sale whose amount is on the terminal."""

    def __init__(self, register: RegisterClient, total: int = AMOUNT) -> None:
        self.register = register
        self.sale = register.open_sale(total)["id"]
        self.path = f"/sales/{self.sale}/tenders"
        self.operation = register.tender(self.sale, AMOUNT)["operations"][0]["id"]

    def until(self, *states: str, number: int = 1) -> Any:
        return self.register.until_tender(self.sale, number, *states)

    def after(self) -> Any:
        return self.register.sale(self.sale)


def charged(terminal: TerminalClient, sale: Any) -> list[int]:
    """Return the amounts that the terminal's own journal shows for a sale's tenders."""
    return [
        entry["amount"]
        for tender in sale["tenders"]
        for operation in tender["operations"]
        for entry in approved_for(terminal, operation["id"])
    ]


@pytest.mark.parametrize("process", ["front", "checkout", "terminal_gateway:S001"])
def test_1_paid_on_the_terminal_is_paid_in_the_register_whoever_died_meanwhile(
    system: RunningSystem, terminal: TerminalClient, process: str
) -> None:
    """1: Paid on the terminal, not in the register.

    Authorised payments are lost silently when the page reloads or the process that waited for them
    restarts (Odoo 286930, 207425, 76481); help pages tell shops to book by hand, and warn that
    paying again charges twice (USEN 8193, Airレジ 360016056294, NEC mPOS).
    """
    terminal.fault("slow_centre", seconds=0.8)
    sent = Sent(system.register())
    pay(terminal)
    terminal.until_screen("centre")
    dead = system.kill(process)
    terminal.until_screen("approved", "home")
    system.wait_ready(process, other_than=dead)

    again = RegisterClient(system.api, sent.register.headers["Authorization"].split()[1])
    until(lambda: answers(again, sent.sale), "the centre to answer")
    paid = again.until_tender(sent.sale, 1, "approved")
    (entry,) = approved_for(terminal, sent.operation)
    assert (paid["counted"], paid["slip_number"]) == (True, entry["slip_number"])
    assert again.sale(sent.sale)["state"] == "paid"


def answers(register: RegisterClient, sale: str) -> bool:
    try:
        return register.send("GET", f"/api/v1/sales/{sale}").status == 200
    except OSError:
        return False


def test_2_stuck_at_waiting_ends_by_evidence_and_never_by_force(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """2: Stuck at "waiting for card"; then "Force done" or "Force cancel".

    The register waits for ever for an answer that was lost, and offers buttons that decide without
    proof (Odoo 228406, 235244, 243263); or falls into them on any error (173119, 202428).
    """
    terminal.fault("answer_lost")
    sent = Sent(register)
    pay(terminal)
    paid = sent.until("approved")
    (entry,) = approved_for(terminal, sent.operation)
    assert paid["slip_number"] == entry["slip_number"]

    terminal.fault("slow_centre", seconds=0.8)
    waiting = Sent(register)
    pay(terminal)
    terminal.until_screen("centre")
    for forced in ("approved", "not_performed"):
        body = {"outcome": forced, "reason": "待てない"}
        refused = register.post(f"{waiting.path}/1/resolve", body)
        assert refused.status in {403, 409}
    waiting.until("approved")
    assert charged(terminal, waiting.after()) == [AMOUNT]


def test_3_a_sale_is_not_paid_before_the_terminal_says_so(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """3: Register says paid, money is not; or the sale is closed at 0 while the terminal charged.

    A tender was counted before its answer, or a close slipped in beside a payment under way
    (Odoo 261521, 122539, 198014).
    """
    sent = Sent(register)
    walk_to_reader(terminal, CARD)
    until(lambda: sent.after()["tenders"][0]["state"] == "in_progress", "the tender to go on")
    for act in ("close", "abandon"):
        refused = register.post(f"/sales/{sent.sale}/{act}")
        assert refused.status == 409, act
    before = sent.after()
    assert (before["state"], before["paid"], before["pending"]) == ("open", 0, AMOUNT)
    hold_out(terminal, CARD, outcome="declined")
    sent.until("declined")
    assert register.post(f"/sales/{sent.sale}/close").body["code"] == "balance_due"
    assert charged(terminal, sent.after()) == []
    assert sent.after()["paid"] == 0


def test_4_a_late_result_goes_to_its_own_sale_and_the_next_amount_is_the_next_ones(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """4: Old amount still on the terminal; the result goes to the wrong sale.

    A cancelled amount is paid by the next customer, or a late answer is taken for the sale that is
    on the screen (OCA/pos 550, Odoo 219054).
    """
    first = Sent(register)
    walk_to(terminal, "read_card")
    register.done(202, f"{first.path}/1/cancel")
    first.until("cancelled")
    terminal.fault("answer_late", seconds=0.6)
    second = Sent(register, total=300)
    assert f"金額 ¥{AMOUNT}" in terminal.until_screen("choose_media")["lines"]
    pay(terminal)
    third = register.open_sale(AMOUNT)["id"]
    paid = second.until("approved")

    assert paid["operations"][0]["id"] == second.operation
    assert charged(terminal, second.after()) == [AMOUNT]
    assert charged(terminal, first.after()) == []
    assert register.sale(third)["paid"] == first.after()["paid"] == 0


def test_5_cancel_cancels_from_either_side_and_says_when_it_cannot(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """5: Cancel does not cancel, or not from the other side.

    The register's cancel leaves the terminal waiting, the terminal's leaves the register waiting,
    and a cancel that came too late is shown as done (OCA/pos 741, Odoo 226587, 264270, SumUp 39).
    """
    ours = Sent(register)
    walk_to(terminal, "read_card")
    register.done(202, f"{ours.path}/1/cancel")
    assert ours.until("cancelled")["reason"] == "aborted"
    assert terminal.until_screen("home")

    theirs = Sent(register)
    walk_to(terminal, "read_card")
    terminal.press("リセット")
    assert theirs.until("cancelled")["reason"] == "reset"

    terminal.fault("slow_centre", seconds=0.8)
    late = Sent(register)
    pay(terminal)
    terminal.until_screen("centre")
    refused = register.post(f"{late.path}/1/cancel")
    assert (refused.status, refused.body["code"]) == (409, "already_read")
    late.until("approved")
    assert [charged(terminal, one.after()) for one in (ours, theirs, late)] == [[], [], [AMOUNT]]


@pytest.mark.parametrize(
    ("fault", "more", "state"),
    [
        ("decline", {"code": "insufficient_funds"}, "declined"),
        ("answer_lost", {}, "approved"),
        ("answer_twice", {}, "approved"),
        ("link_drop_at", {"screen": "centre"}, "approved"),
    ],
)
def test_8_the_bad_cases_can_be_made_on_the_simulated_terminal(
    register: RegisterClient,
    terminal: TerminalClient,
    fault: str,
    more: dict[str, Any],
    state: str,
) -> None:
    """8: Test mode cannot make the bad cases.

    Sandboxes decline nothing, time out never, and lose no answer (Square forum 1667, 842, 1551;
    Adyen .NET 915: a documented time-out that cannot be met).
    """
    terminal.fault(fault, **more)
    sent = Sent(register)
    pay(terminal)
    ended = sent.until(state)
    assert charged(terminal, sent.after()) == ([AMOUNT] if state == "approved" else [])
    if fault == "decline":
        assert ended["reason"] == "insufficient_funds"


def test_9_a_dead_terminal_is_told_to_whoever_looks_at_its_register(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """9: Pairing and health: device dead and nobody told.

    A device is found dead by the first customer; pings time out without a word on what to do
    (Square forum 22285, 644, 24810; OCA/pos 701: dead after a night; Adyen .NET 903).
    """
    with register.events("/stores/S001/registers/R1/events") as events:
        news = (event.data for event in events if event.name == "terminal")
        assert next(one for one in news if one["link"] == "connected")
        terminal.power("off")
        try:
            told = next(one for one in news if one["link"] == "disconnected")
            assert told["terminal"] == "T1"
            checked = register.done(200, f"{HERE}/check")
            assert [step["code"] for step in checked["advice"]] == ["check_again", "power_cycle"]
            sale = register.open_sale(AMOUNT)["id"]
            refused = register.post(
                f"/sales/{sale}/tenders", {"method": "terminal", "amount": AMOUNT}
            )
            assert (refused.status, refused.body["code"]) == (503, "terminal_unreachable")
            assert register.sale(sale)["tenders"] == []
        finally:
            terminal.power("on")
        assert next(one for one in news if one["link"] == "connected")
    until_linked(register, terminal)


def test_10_an_answer_in_single_bytes_and_many_waiting_pages_stop_nothing(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """10: Fragile waiting code.

    A worker is pinned while it waits, and one `recv()` that brought half a message turned an
    accepted payment into an error (OCA/l10n-france 798); endless polling (OCA/pos 821); time-outs
    on calls that succeeded, or not reported at all (Adyen PHP 473, Stripe Android 374, 375).
    """
    terminal.fault("answer_split", bytes=1)
    sent = Sent(register)
    heard: list[str] = []

    def listen() -> None:
        with register.events(f"/sales/{sent.sale}/events") as events:
            if any("approved" in json.dumps(event.data) for event in events):
                heard.append("approved")

    pages = [threading.Thread(target=listen) for _ in range(12)]
    for page in pages:
        page.start()
    pay(terminal)
    sent.until("approved")
    for page in pages:
        page.join(10.0)
    assert heard == ["approved"] * len(pages)
    assert charged(terminal, sent.after()) == [AMOUNT]
    assert register.done(200, f"/sales/{sent.sale}/close")["state"] == "closed"


def test_also_a_failed_and_a_completed_payment_of_one_checkout_count_once(
    register: RegisterClient, terminal: TerminalClient
) -> None:
    """Also: one checkout can return a FAILED and a COMPLETED payment; the till counted both.

    (quicktill 254.) The first card is declined, the second pays; the answer to the second comes
    twice.
    """
    sent = Sent(register)
    walk_to_reader(terminal, CARD)
    hold_out(terminal, CARD, outcome="declined")
    sent.until("declined")
    terminal.bring_home()
    terminal.fault("answer_twice")
    second = register.tender(sent.sale, AMOUNT)
    pay(terminal)
    sent.until("approved", number=second["number"])

    after = sent.after()
    assert [tender["state"] for tender in after["tenders"]] == ["declined", "approved"]
    assert [tender["counted"] for tender in after["tenders"]] == [False, True]
    assert (after["state"], after["paid"], after["cases"]) == ("paid", AMOUNT, [])
    assert charged(terminal, after) == [AMOUNT]
    closed = register.done(200, f"/sales/{sent.sale}/close")
    assert (closed["paid"], closed["change"]) == (AMOUNT, 0)
