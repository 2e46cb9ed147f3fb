"""The centre or a store out of reach: said at once and by name, and over by itself."""

import signal
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from testkit.customer import approved_for, hold_out, pay, walk_to_reader
from testkit.http import RegisterClient, Reply, TerminalClient, until
from testkit.system import RunningSystem

STORE: Final = "S002"
BOX: Final = f"terminal_gateway:{STORE}"
ANOTHER_BOX: Final = "terminal_gateway:S901"
TERMINAL: Final = f"/stores/{STORE}/terminals/T1"
AMOUNT: Final = 165

AT_ONCE_S: Final = 8.0
"""Bad news takes milliseconds; a machine that runs everything at once may stand still for seconds,
and whoever waits for a connection or a lost answer waits for longer than this."""

STOPS_MAX: Final = 3


def timed(call: Callable[[], Reply]) -> tuple[Reply, float]:
    started = time.monotonic()  # noqa: TID251 - how long a person waits
    reply = call()
    return reply, time.monotonic() - started  # noqa: TID251 - the same


def said(call: Callable[[], Reply], code: str) -> None:
    reply, took_s = timed(call)
    assert (reply.status, reply.body["code"]) == (503, code)
    assert int(reply.headers["retry-after"]) >= 1
    assert reply.body.get("retry_after", 0) in {0, int(reply.headers["retry-after"])}
    assert "retry_after_s" not in reply.body
    assert took_s < AT_ONCE_S


@pytest.mark.parametrize("process", ["checkout", "nats", "postgres"])
def test_a_dead_centre_is_said_at_once_and_is_over_by_itself(
    system: RunningSystem, register: RegisterClient, terminal: TerminalClient, process: str
) -> None:
    sale = register.open_sale(AMOUNT)["id"]
    cash = {"method": "cash", "amount": AMOUNT, "received": AMOUNT}

    def book() -> Reply:
        return register.post(f"/sales/{sale}/tenders", cash, key=f"centre-{sale}")

    with system.without_restarts():
        dead = system.kill(process)
        book()  # it may have been on its way to who died: nobody can tell that from slowness
        said(book, "service_unavailable")
        said(lambda: register.send("GET", f"/api/v1/sales/{sale}"), "service_unavailable")
    system.wait_ready(process, other_than=dead)

    until(lambda: book().status == 201, "the same request to be answered")
    after = register.sale(sale)
    assert (after["paid"], len(after["tenders"])) == (AMOUNT, 1)
    assert register.done(200, f"/sales/{sale}/close")["state"] == "closed"
    assert terminal.screen()["name"] == "home"


@pytest.fixture
def shop(system: RunningSystem) -> Iterator[RegisterClient]:
    """The register of a store of its own, whose box answers again afterwards."""
    register = system.register()
    until(lambda: linked(register), "the link")
    yield register
    system.wait_ready(BOX)
    until(lambda: linked(register), "the link", 40.0)


def linked(register: RegisterClient) -> bool:
    return register.read(TERMINAL)["link"] == "connected"


def send(register: RegisterClient, sale: str) -> Reply:
    return register.post(f"/sales/{sale}/tenders", {"method": "terminal", "amount": AMOUNT})


def test_a_store_without_its_box_is_said_at_once_and_leaves_no_tender(
    system: RunningSystem, shop: RegisterClient
) -> None:
    sale = shop.open_sale(AMOUNT, store=STORE)["id"]
    with system.without_restarts():
        dead = system.kill(BOX)
        until(lambda: shop.read(TERMINAL)["link"] == "unknown", "the bus to know that it is gone")
        said(lambda: send(shop, sale), "terminal_unreachable")
        assert shop.sale(sale)["tenders"] == []
        said(lambda: shop.post(f"{TERMINAL}/check"), "terminal_unreachable")
        said(lambda: shop.send("GET", f"/api/v1{TERMINAL}/journal"), "terminal_unreachable")
    system.wait_ready(BOX, other_than=dead)


def sent_to_a_box_just_stopped(system: RunningSystem, shop: RegisterClient, sale: str) -> Reply:
    """Stop both boxes and send, before ours is missed.

    A machine that stood still between the two for as long as a box may be silent has missed it
    already: then nothing was sent, nothing is left, and it is done again.
    """
    for _ in range(STOPS_MAX):
        for box in (ANOTHER_BOX, BOX):  # ours last: it must have been heard of just before
            system.kill(box, signal.SIGSTOP)
        reply, took_s = timed(lambda: send(shop, sale))
        assert took_s < AT_ONCE_S
        if reply.status == 202:
            return reply
        assert (reply.status, reply.body["code"]) == (503, "terminal_unreachable"), reply
        assert shop.sale(sale)["tenders"] == []
        for box in (BOX, ANOTHER_BOX):
            system.kill(box, signal.SIGCONT)
        until(lambda: linked(shop), "the link", 40.0)
    raise AssertionError("the box was missed each time before anything could be sent")


def test_a_silent_box_leaves_nothing_in_doubt_and_charges_nothing_later(
    system: RunningSystem, shop: RegisterClient
) -> None:
    terminal = system.terminal(f"CT6100-{STORE}-T1")
    terminal.bring_home()
    elsewhere = system.register("cashier", "OTHER")
    unheard = shop.open_sale(AMOUNT, store=STORE)["id"]
    unsent = elsewhere.open_sale(AMOUNT, store="S901")["id"]
    try:
        # Sent, and not answered: nobody knows, and nobody is kept waiting.
        assert sent_to_a_box_just_stopped(system, shop, unheard).status == 202
        with elsewhere.events("/stores/S901/registers/R1/events") as events:
            news = (one.data for one in events if one.name == "terminal")
            assert next(one for one in news if one["link"] == "unknown")
        assert shop.sale(unheard)["tenders"][0]["state"] in {"requested", "in_doubt"}
        assert send(shop, unheard).status == 409
        # Known to be silent: nothing is sent, and nothing is left.
        said(lambda: send(elsewhere, unsent), "terminal_unreachable")
        assert elsewhere.sale(unsent)["tenders"] == []
        said(lambda: shop.send("GET", f"/api/v1{TERMINAL}/journal"), "terminal_unreachable")
    finally:
        for box in (BOX, ANOTHER_BOX):
            system.kill(box, signal.SIGCONT)
    ended = shop.until_tender(unheard, 1, "not_performed", "in_progress")
    if ended["state"] == "in_progress":  # heard in time after all
        pay(terminal)
        shop.until_tender(unheard, 1, "approved")
    charged = approved_for(terminal, ended["operations"][0]["id"])
    assert shop.sale(unheard)["paid"] == AMOUNT * len(charged)


def test_what_a_terminal_did_while_the_centre_was_away_is_delivered_once_and_in_order(
    system: RunningSystem, shop: RegisterClient
) -> None:
    terminal = system.terminal(f"CT6100-{STORE}-T1")
    terminal.bring_home()
    sale = shop.open_sale(AMOUNT, store=STORE)["id"]
    operation = send(shop, sale).body["operations"][0]["id"]
    walk_to_reader(terminal)
    shop.until_tender(sale, 1, "in_progress")
    system.kill("nats", signal.SIGSTOP)
    try:
        # The card is read, charged and printed beside a bus that is dead.
        hold_out(terminal)
        until(lambda: approved_for(terminal, operation), "the terminal's approval")
        terminal.until_screen("home")
    finally:
        system.kill("nats", signal.SIGCONT)
    paid = shop.until_tender(sale, 1, "approved")
    (entry,) = approved_for(terminal, operation)
    assert paid["slip_number"] == entry["slip_number"]
    after = shop.sale(sale)
    assert (after["state"], after["paid"], after["cases"]) == ("paid", AMOUNT, [])
    with shop.events(f"/sales/{sale}/events") as events:
        told = [next(events) for _ in range(after["sequence"])]
    assert [event.id for event in told] == [str(n + 1) for n in range(after["sequence"])]
    assert [event.data["name"] for event in told].count("tender_approved") == 1
