"""What every answer carries, and the flows that succeed."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from contracts import subjects
from contracts.operations import (
    CheckTerminal,
    Heartbeat,
    JournalPage,
    ReadJournal,
    ReadTerminal,
    TerminalSeen,
    TerminalStatus,
    Unreachable,
)
from front.model import CheckView
from front.tokens import CSRF_HEADER, SESSION_COOKIE, csrf_token
from messaging.bus import Bus, Delivery
from servicekit.clock import SystemClock

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
LogIn = Callable[[str, str], Awaitable[Client]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

TRACE = "0af7651916cd43dd8448eb211c80319c"
LINES = [{"name": "茶", "quantity": 2, "unit_price": 100, "tax_rate": 8}]


async def test_the_trace_goes_on_and_the_request_has_its_id(nobody: Client) -> None:
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Request-Id": "till-7.42"}
    response, _ = await nobody("GET", "/api/v1/nothing", headers=headers)
    assert response.headers["traceparent"].split("-")[1] == TRACE
    assert response.headers["X-Request-Id"] == "till-7.42"


async def test_a_request_id_that_could_forge_a_log_line_is_replaced(nobody: Client) -> None:
    for wrong in ("a b", "x" * 65, "é"):
        response, _ = await nobody("GET", "/live", headers={"X-Request-Id": wrong})
        assert re.fullmatch(r"[0-9a-f-]{36}-[0-9a-f]+", response.headers["X-Request-Id"])


async def test_every_answer_forbids_scripts_from_elsewhere(nobody: Client) -> None:
    for path in ("/live", "/api/v1/nothing", "/api/v1/openapi.json"):
        response, _ = await nobody("GET", path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Server"] == "renkei"


async def test_what_is_not_http_is_a_problem_and_no_trace_of_ours(door: str) -> None:
    place = urlsplit(door)
    for garbage in (b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"):
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(garbage)
        answer = await reader.read()
        writer.close()
        assert b" 400 " in answer.split(b"\r\n", 1)[0]
        assert b'"code":"bad_request"' in answer
        assert b"X-Request-Id" in answer
        assert b"aiohttp" not in answer


async def test_the_document_is_served_to_everybody(nobody: Client) -> None:
    response, told = await nobody("GET", "/api/v1/openapi.json")
    assert response.status == 200
    assert told["openapi"] == "3.1.0"


async def test_health_names_each_service_and_its_instances(nobody: Client) -> None:
    response, told = await nobody("GET", "/api/v1/health")
    known = {one["service"]: one for one in told["services"]}
    assert known.keys() == {"checkout", "front", "receipts", "store_config", "terminal_gateway"}
    assert known["checkout"]["instances"][0]["instance"] == "checkout-test"
    assert known["checkout"]["instances"][0]["version"] == "0"
    assert known["terminal_gateway"]["instances"] == []
    assert response.status == 503


async def test_a_cookie_needs_the_csrf_token_to_change_anything(
    nobody: Client, log_in: LogIn, key: Key
) -> None:
    cashier = await log_in("DEMO", "cashier")
    token = str(getattr(cashier, "token", ""))
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    response, me = await nobody("GET", "/api/v1/session", headers=cookie)
    assert (response.status, me["csrf_token"]) == (200, csrf_token(token))
    body = {"store": "S001", "register": "R2", "lines": LINES}
    for wrong in ({}, {CSRF_HEADER: "x"}, {CSRF_HEADER: csrf_token("other")}):
        headers = {**cookie, **wrong, "Idempotency-Key": key()}
        response, told = await nobody("POST", "/api/v1/sales", body, headers=headers)
        assert (response.status, told["code"]) == (403, "csrf_failed")
    headers = {**cookie, CSRF_HEADER: me["csrf_token"], "Idempotency-Key": key()}
    response, _ = await nobody("POST", "/api/v1/sales", body, headers=headers)
    assert response.status == 201


async def test_who_logs_out_is_out_at_once(nobody: Client) -> None:
    body = {"company_code": "DEMO", "operator_code": "manager", "password": "manager-demo"}
    response, told = await nobody("POST", "/api/v1/login", body)
    assert {"token", "operator", "role", "company", "expires_at"} <= told.keys()
    headers = {"Authorization": f"Bearer {told['token']}"}
    response, _ = await nobody("GET", "/api/v1/session", headers=headers)
    assert response.status == 200
    response, _ = await nobody("POST", "/api/v1/logout", headers=headers)
    assert response.status == 204
    response, _ = await nobody("GET", "/api/v1/session", headers=headers)
    assert response.status == 401


async def test_a_sale_is_paid_in_parts_taken_back_and_closed(cashier: Client, key: Key) -> None:
    body = {"store": "S002", "register": "R1", "lines": LINES}
    response, sale = await cashier(
        "POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()}
    )
    assert (response.status, sale["total"], sale["balance"]) == (201, 200, 200)
    path = f"/api/v1/sales/{sale['id']}"
    cash = {"method": "cash", "amount": 50, "received": 100}
    for number in (1, 2):
        headers = {"Idempotency-Key": key()}
        response, tender = await cashier("POST", f"{path}/tenders", cash, headers=headers)
        assert (response.status, tender["number"]) == (201, number)
    response, _ = await cashier("POST", f"{path}/tenders/1/refund")
    assert response.status == 200
    response, told = await cashier("POST", f"{path}/close")
    assert (response.status, told["code"]) == (409, "balance_due")
    other = {"method": "other", "amount": 150, "kind": "商品券", "note": "<b>&\u202e😀"}
    headers = {"Idempotency-Key": key()}
    response, tender = await cashier("POST", f"{path}/tenders", other, headers=headers)
    assert (response.status, tender["note"]) == (201, other["note"])
    response, told = await cashier("POST", f"{path}/close")
    assert (response.status, told["state"]) == (200, "closed")
    response, page = await cashier("GET", "/api/v1/sales?store=S002&register=R1&state=closed")
    assert page["sales"][0]["id"] == sale["id"]
    response, register = await cashier("GET", "/api/v1/stores/S002/registers/R1")
    assert register["closed_last"]["id"] == sale["id"]


async def test_an_empty_sale_is_abandoned(cashier: Client, key: Key) -> None:
    body = {"store": "S002", "register": "R2", "lines": LINES}
    _, sale = await cashier("POST", "/api/v1/sales", body, headers={"Idempotency-Key": key()})
    response, told = await cashier("POST", f"/api/v1/sales/{sale['id']}/abandon")
    assert (response.status, told["state"]) == (200, "abandoned")


async def test_stores_registers_and_terminals_are_listed(cashier: Client) -> None:
    _, stores = await cashier("GET", "/api/v1/stores")
    assert [one["store"] for one in stores["stores"]] == ["S001", "S002", "S003"]
    _, registers = await cashier("GET", "/api/v1/stores/S001/registers")
    assert [one["register"] for one in registers["registers"]] == ["R1", "R2"]
    _, terminals = await cashier("GET", "/api/v1/stores/S001/terminals")
    assert [one["terminal"] for one in terminals["terminals"]] == ["T1", "T2"]


async def test_a_terminal_is_paired_and_let_go(admin: Client, key: Key) -> None:
    path = "/api/v1/stores/S002/registers/R2/terminal"
    headers = {"Idempotency-Key": key()}
    body = {"model": "CT-6100", "terminal": "T2"}
    response, told = await admin("PUT", path, body, headers=headers)
    assert (response.status, told["terminal"]) == (200, "T2")
    response, same = await admin("PUT", path, body, headers=headers)
    assert (response.headers["Idempotent-Replayed"], same) == ("true", told)
    response, told = await admin("DELETE", path)
    assert (response.status, told["terminal"]) == (200, None)


async def test_a_terminal_of_a_silent_store_is_unknown(cashier: Client) -> None:
    response, told = await cashier("GET", "/api/v1/stores/S001/terminals/T1")
    assert response.status == 200
    assert (told["link"], told["screen"], told["paired_register"]) == ("unknown", None, "R1")


async def test_a_present_store_answers_for_its_terminal(cashier: Client, bus: Bus) -> None:
    now = SystemClock().now()
    known = TerminalStatus(
        terminal="T1",
        serial="CT6100-S002-T1",
        model="CT-6100",
        paired_register="R1",
        link="connected",
        screen="home",
        terminal_business_date="2026-11-23",
        last_seen_at=now,
        operation_id=None,
    )
    answers: list[TerminalStatus | Unreachable] = [Unreachable(), known]

    async def read(_ask: ReadTerminal, _delivery: Delivery) -> TerminalStatus:
        return known

    async def check(_ask: CheckTerminal, _delivery: Delivery) -> TerminalStatus | Unreachable:
        told = answers.pop()
        return (
            told
            if isinstance(told, Unreachable)
            else msgspec.structs.replace(told, round_trip_ms=1.5)
        )

    async def journal(_ask: ReadJournal, _delivery: Delivery) -> JournalPage:
        return JournalPage(entries=(), next=None, source="copy", read_at=now)

    for asked, answer in ((ReadTerminal, read), (CheckTerminal, check), (ReadJournal, journal)):
        verb = str(asked.__struct_config__.tag)
        subject = subjects.terminal_command("DEMO", "S002", "T1", verb)
        await bus.serve(subject, asked, answer, queue=None, concurrency=1)
    seen = TerminalSeen(terminal="T1", link="connected", screen="home")
    beat = Heartbeat(epoch=1, number=1, at=now, terminals=(seen,))
    await bus.publish_live(subjects.heartbeat("DEMO", "S002"), beat)
    await bus.ping()
    path = "/api/v1/stores/S002/terminals/T1"
    _, told = await cashier("GET", path)
    assert (told["link"], told["screen"], told["terminal_business_date"]) == (
        "connected",
        "home",
        "2026-11-23",
    )
    response, told = await cashier("POST", f"{path}/check")
    assert (response.status, msgspec.convert(told, CheckView).round_trip_ms) == (200, 1.5)
    response, told = await cashier("POST", f"{path}/check")
    assert (response.status, told["connected"]) == (200, False)
    assert [step["code"] for step in told["advice"]] == ["check_again", "power_cycle"]
    response, told = await cashier("GET", f"{path}/journal?media=card&limit=5")
    assert (response.status, told["source"], told["entries"]) == (200, "copy", [])
