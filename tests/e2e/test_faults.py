"""Whatever goes wrong around a terminal: charged at most once, every charge on its sale.

What goes wrong on the terminal itself: `test_fault_scripts`.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from testkit import operations
from testkit.customer import approved_for, finish, walk_to
from testkit.http import RegisterClient, Reply, TerminalClient, until
from testkit.system import RunningSystem

HEALS_S: Final = 40.0

SETTLED: Final = ("approved", "declined", "cancelled", "not_performed")

TERMINAL: Final = {"method": "terminal", "amount": 165}


@pytest.fixture
def till(system: RunningSystem, terminal: TerminalClient) -> RegisterClient:
    """A register whose terminal is linked and home."""
    register = system.register()

    def connected() -> bool:
        reply = register.post("/stores/S001/terminals/T1/check")
        return reply.status == 200 and reply.body["connected"]

    until(connected, "the link", HEALS_S)
    finish(terminal)
    return register


def settled(till: RegisterClient, sale: str, number: int = 1) -> Any:
    """Wait for a tender's end and return it."""

    def ended() -> Any:
        tenders = till.sale(sale)["tenders"]
        found = next(one for one in tenders if one["number"] == number)
        return found if found["state"] in SETTLED else None

    return until(ended, "the tender's end", HEALS_S)


def agree(till: RegisterClient, terminal: TerminalClient, sale: str, state: str) -> None:
    """The sale's only tender ended so, and the terminal charged it accordingly."""
    tender = settled(till, sale)
    charged = approved_for(terminal, tender["operations"][0]["id"])
    assert (tender["state"], len(charged)) == (state, 1 if state == "approved" else 0)
    after = till.sale(sale)
    assert after["paid"] == (165 if state == "approved" else 0)
    assert (after["pending"], after["cases"]) == (0, [])


def at_once(calls: list[Callable[[], Reply]]) -> list[Reply]:
    """Make all calls at the same time, each on its own connection."""
    with ThreadPoolExecutor(len(calls)) as tabs:
        return [each.result() for each in [tabs.submit(call) for call in calls]]


def test_one_key_on_many_connections_starts_one_operation(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    path, key = f"/sales/{sale}/tenders", f"race-{sale}"
    replies = at_once([lambda: till.post(path, TERMINAL, key=key)] * 6)
    taken = [reply for reply in replies if reply.status == 202]
    others = {reply.body["code"] for reply in replies if reply.status != 202}
    assert others <= {"request_in_progress"}
    assert len({reply.body["operations"][0]["id"] for reply in taken}) == 1
    assert len([reply for reply in taken if "idempotent-replayed" not in reply.headers]) == 1
    finish(terminal)
    agree(till, terminal, sale, "approved")


def test_many_tabs_never_ask_for_more_than_is_owed(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    path = f"/sales/{sale}/tenders"
    replies = at_once(
        [lambda: till.post(path, TERMINAL)] * 3
        + [lambda: till.post(path, {"method": "cash", "amount": 165})] * 3
    )
    assert len([reply for reply in replies if reply.status in {201, 202}]) == 1
    finish(terminal)
    settled(till, sale)
    after = till.sale(sale)
    assert (after["paid"], after["pending"], len(after["tenders"])) == (165, 0, 1)


def test_a_register_that_hung_up_finds_its_tender_under_the_same_key(
    till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    path, key = f"/sales/{sale}/tenders", f"hung-up-{sale}"
    address, body = urlsplit(till.base), json.dumps(TERMINAL).encode()
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: {till.headers['Authorization']}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(head.encode() + body)

    def definite() -> Reply | None:
        reply = till.post(path, TERMINAL, key=key)
        return None if reply.status == 409 else reply

    assert until(definite, "a definite answer").status == 202
    finish(terminal)
    agree(till, terminal, sale, "approved")


def test_a_payment_outlives_a_new_sale_an_unpairing_and_a_closing_day(
    system: RunningSystem, till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    till.tender(sale, 165)
    walk_to(terminal, "read_card")
    second = till.open_sale(200)["id"]
    reply = till.post(f"/sales/{second}/tenders", {"method": "terminal", "amount": 200})
    assert (reply.status, reply.body["code"]) == (409, "terminal_busy")
    pairing = "/api/v1/stores/S001/registers/R1/terminal"
    key = {"Idempotency-Key": f"unpair-{sale}"}
    reply = system.register("manager").send("DELETE", pairing, headers=key)
    assert (reply.status, reply.body["code"]) == (409, "terminal_busy")
    closing = f"/api/terminals/{terminal.serial}/close_day"
    assert terminal.send("POST", closing, {}).status == 409
    terminal.present()
    agree(till, terminal, sale, "approved")
    assert till.done(200, f"/sales/{sale}/close")["state"] == "closed"
    assert till.sale(second)["paid"] == 0


def test_lost_streams_are_made_again_and_no_payment_is(
    system: RunningSystem, till: RegisterClient, terminal: TerminalClient
) -> None:
    async def lose() -> None:
        bus = await operations.connect(system.endpoints().nats)
        stream = bus.jetstream()  # pyright: ignore[reportUnknownMemberType]  # **opts
        for name in ("TERMINALS", "SALES", "KV_gateway_epochs", "KV_store_config"):
            await stream.delete_stream(name)
        await bus.close()

    sale = till.open_sale(165)["id"]
    till.tender(sale, 165)
    walk_to(terminal, "read_card")
    asyncio.run(lose())
    terminal.present()
    agree(till, terminal, sale, "approved")
    after = till.open_sale(165)["id"]
    with till.events(f"/sales/{after}/events") as events:
        till.tender(after, 165)
        finish(terminal)
        seen = next(one for one in events if "approved" in json.dumps(one.data))
    assert seen.data
    dead = system.kill("checkout")
    system.wait_ready("checkout", other_than=dead)
    agree(till, terminal, after, "approved")
    assert till.done(200, f"/sales/{after}/close")["state"] == "closed"


def test_a_killed_postgres_or_nats_is_no_second_charge(
    system: RunningSystem, till: RegisterClient, terminal: TerminalClient
) -> None:
    sale = till.open_sale(165)["id"]
    path, key = f"/sales/{sale}/tenders", f"hang-{sale}"
    for server in ("postgres", "nats"):
        dead = system.kill(server)
        at_once([lambda: _whatever(till, path, key)] * 3)
        system.wait_ready(server, other_than=dead)

    def definite() -> Reply | None:
        reply = _whatever(till, path, key)
        return reply if reply.status < 500 and reply.status != 409 else None

    reply = until(definite, "a definite answer", HEALS_S)
    assert reply.status == 202
    finish(terminal)
    tender = settled(till, sale, reply.body["number"])
    if tender["state"] == "not_performed":  # asked after before it was sent: sworn off
        again = till.tender(sale, 165)
        finish(terminal)
        tender = settled(till, sale, again["number"])
    charged = [
        entry
        for one in till.sale(sale)["tenders"]
        for entry in approved_for(terminal, one["operations"][0]["id"])
    ]
    assert (till.sale(sale)["paid"], len(charged)) == (165, 1)


def _whatever(till: RegisterClient, path: str, key: str) -> Reply:
    try:
        return till.post(path, TERMINAL, key=key)
    except OSError:
        return Reply(status=599, body=None, headers={})
