"""What a register, a wire or a stranger can send, and what is out of reach: each has its name."""

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from testkit import operations
from testkit.customer import finish
from testkit.http import RegisterClient, Reply, TerminalClient, until
from testkit.system import RunningSystem

SOON_S: Final = 5.0
"""A second is promised, on a machine that does not stand still; waiting takes longer than this."""

UNDECODABLE: Final = (b"", b"\xff\xfe\x00", b"{", b"null", b'{"type":"newer"}', b'{"a":' * 20_000)

SUBJECTS: Final = (
    "svc.checkout.add_tender",
    "svc.store_config.log_in",
    "cmd.DEMO.S001.terminal.T1.start_operation",
    "cmd.DEMO.S001.terminal.T1.nonsense",
    "cmd.DEMO.S001.gateway.greet",
    "evt.DEMO.S001.terminal.T1.operation_concluded",
    "evt.DEMO.S001.sale.nonsense.tender_approved",
    "live.DEMO.S001.screen.T1",
    "live.DEMO.S001.heartbeat",
    "$KV.gateway_epochs.DEMO.S001",
)


@pytest.fixture
def linked(system: RunningSystem, terminal: TerminalClient) -> TerminalClient:
    """The terminal, once its gateway is linked to it."""
    wait_for_link(system)
    finish(terminal)
    return terminal


@pytest.fixture
def stopped(system: RunningSystem) -> Iterator[int]:
    """The gateway of S001, hanging; it goes on afterwards."""
    pid = system.kill("terminal_gateway:S001", signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)
    wait_for_link(system)


def wait_for_link(system: RunningSystem) -> None:
    def connected() -> bool:
        reply = system.register().post("/stores/S001/terminals/T1/check")
        return reply.status == 200 and reply.body["connected"]

    until(connected, "the link", 30)


def refused(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.headers["content-type"].startswith("application/problem+json")


def timed_tender(register: RegisterClient, sale: str) -> tuple[Reply, float]:
    began = time.monotonic()  # noqa: TID251 - how long a person waits
    reply = register.post(f"/sales/{sale}/tenders", {"method": "terminal", "amount": 165})
    return reply, time.monotonic() - began  # noqa: TID251 - the same


def pay(register: RegisterClient, terminal: TerminalClient) -> None:
    sale = register.open_sale(165)
    register.tender(sale["id"], 165)
    finish(terminal)
    register.until_tender(sale["id"], 1, "approved")
    assert register.sale(sale["id"])["paid"] == 165


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "invalid_amount"),
        (-1, "invalid_amount"),
        (166, "amount_exceeds_balance"),
        (10_000_000, "invalid_amount"),
        (1.5, "invalid_amount"),
        ("165", "invalid_amount"),
        (True, "invalid_amount"),
        (None, "invalid_amount"),
        (10**40, "invalid_amount"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_and_leaves_no_tender(
    register: RegisterClient, linked: TerminalClient, amount: Any, code: str
) -> None:
    sale = register.open_sale(165)
    body = {"method": "terminal", "amount": amount}
    refused(register.post(f"/sales/{sale['id']}/tenders", body), 422, code)
    assert register.sale(sale["id"])["tenders"] == []
    assert linked.screen()["name"] == "home"


def test_what_is_not_there_or_anothers_is_not_found(
    system: RunningSystem, register: RegisterClient
) -> None:
    line = {"name": "お茶", "quantity": 1, "unit_price": 165, "tax_rate": 8}
    for store, till, code in (
        ("S999", "R1", "unknown_store"),
        ("S901", "R1", "unknown_store"),
        ("S001", "R9", "unknown_register"),
    ):
        reply = register.post("/sales", {"store": store, "register": till, "lines": [line]})
        refused(reply, 404, code)
    sale = register.open_sale(165)
    stranger = system.register("cashier", "OTHER")
    for path in (f"/sales/{sale['id']}", "/sales/00000000-0000-7000-8000-000000000000"):
        refused(stranger.send("GET", f"/api/v1{path}"), 404, "unknown_sale")
        body = {"method": "cash", "amount": 165}
        refused(stranger.post(f"{path}/tenders", body), 404, "unknown_sale")


def test_a_body_or_key_that_cannot_be_used_says_why(register: RegisterClient) -> None:
    sale = register.open_sale(165)
    path = f"/api/v1/sales/{sale['id']}/tenders"
    key = {"Idempotency-Key": f"bad-input-{sale['id']}"}
    for raw, status, code in (
        (b"{", 400, "not_json"),
        (b"\xff", 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"[]", 422, "invalid_body"),
        (b" " * 1_100_000, 413, "body_too_large"),
    ):
        refused(register.send("POST", path, raw=raw, headers=key), status, code)
    good = {"method": "cash", "amount": 100}
    refused(register.send("POST", path, good), 400, "idempotency_key_required")
    assert register.send("POST", path, good, headers=key).status == 201
    again = register.send("POST", path, good, headers=key)
    assert (again.status, again.headers["idempotent-replayed"]) == (201, "true")
    other = register.send("POST", path, good | {"amount": 65}, headers=key)
    refused(other, 422, "idempotency_key_reused")
    assert register.sale(sale["id"])["paid"] == 100


def test_a_terminal_that_is_off_is_told_at_once_and_leaves_no_tender(
    system: RunningSystem, register: RegisterClient, linked: TerminalClient
) -> None:
    sale = register.open_sale(165)
    linked.power("off")
    key = f"off-{sale['id']}"
    path, body = f"/sales/{sale['id']}/tenders", {"method": "terminal", "amount": 165}

    def unreachable() -> Reply | None:
        reply = register.post(path, body, key=key)
        return reply if reply.status == 503 else None

    refused(until(unreachable, "the refusal"), 503, "terminal_unreachable")
    reply, took_s = timed_tender(register, sale["id"])
    refused(reply, 503, "terminal_unreachable")
    assert took_s < SOON_S
    assert int(reply.headers["retry-after"]) > 0
    assert register.sale(sale["id"])["tenders"] == []
    linked.power("on")
    wait_for_link(system)
    assert register.post(path, body, key=key).status == 202, "a 503 is never kept for its key"
    finish(linked)
    tender = register.sale(sale["id"])["tenders"][0]["number"]
    register.until_tender(sale["id"], tender, "approved")


def test_a_gateway_that_hangs_is_told_at_once_and_leaves_no_tender(
    register: RegisterClient, linked: TerminalClient, stopped: int
) -> None:
    sale = register.open_sale(165)
    time.sleep(4.0)  # its presence lapses after 3.5 s; before that, silence proves nothing
    reply, took_s = timed_tender(register, sale["id"])
    refused(reply, 503, "terminal_unreachable")
    assert took_s < SOON_S
    assert register.sale(sale["id"])["tenders"] == []
    assert linked.screen()["name"] == "home"


def test_a_gateway_that_is_dead_is_told_at_once_and_leaves_no_tender(
    system: RunningSystem, register: RegisterClient, linked: TerminalClient
) -> None:
    """Before NATS notices, or once it is back again, it is a tender like any other."""

    def refused_while_dead() -> tuple[Reply, float, str] | None:
        sale = register.open_sale(165)["id"]
        dead = system.kill("terminal_gateway:S001")
        time.sleep(0.1)
        reply, took_s = timed_tender(register, sale)
        system.wait_ready("terminal_gateway:S001", other_than=dead)
        wait_for_link(system)
        if reply.status == 503:
            return reply, took_s, sale

        def ended() -> bool:
            finish(linked)
            return register.sale(sale)["tenders"][0]["state"] in {"approved", "not_performed"}

        until(ended, "the end of a tender after all", 30)
        return None

    reply, took_s, sale = until(refused_while_dead, "a refusal", 60)
    refused(reply, 503, "terminal_unreachable")
    assert took_s < SOON_S
    assert register.sale(sale)["tenders"] == []
    pay(register, linked)


def test_what_does_not_decode_on_nats_is_set_aside_and_nothing_stops(
    system: RunningSystem, register: RegisterClient, linked: TerminalClient
) -> None:
    async def send() -> tuple[int, int]:
        bus = await operations.connect(system.endpoints().nats)
        stream = bus.jetstream()  # pyright: ignore[reportUnknownMemberType]  # **opts
        before = (await stream.stream_info("DEAD")).state.messages
        for subject in SUBJECTS:
            for payload in UNDECODABLE:
                await bus.publish(subject, payload)
        await bus.flush()
        after = before
        while after < before + len(UNDECODABLE):
            await asyncio.sleep(0.05)
            after = (await stream.stream_info("DEAD")).state.messages
        await bus.close()
        return before, after

    processes = dict(system.endpoints().processes)
    before, after = asyncio.run(asyncio.wait_for(send(), 20))
    assert after >= before + len(UNDECODABLE)
    pay(register, linked)
    assert dict(system.endpoints().processes) == processes, "nothing crashed"


def test_garbage_on_the_terminals_own_line_charges_nobody(
    system: RunningSystem, register: RegisterClient, linked: TerminalClient
) -> None:
    place = next(
        one for one in system.endpoints().terminals if (one.store, one.terminal) == ("S001", "T1")
    )
    draw = random.Random(6100)  # noqa: S311 - the same noise each time
    charged = len(linked.journal())
    for data in (
        b"\x00" * 5_000,
        b"\x02" * 5_000,
        draw.randbytes(70_000),
        b"GET / HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection((place.host, place.port), 5) as stranger:
            try:
                for start in range(0, len(data), 997):
                    stranger.sendall(data[start : start + 997])
            except OSError:
                continue
    wait_for_link(system)
    assert len(linked.journal()) == charged
    pay(register, linked)
    assert len(linked.journal()) == charged + 1
