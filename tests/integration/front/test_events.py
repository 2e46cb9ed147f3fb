"""Event streams over HTTP, fed by the real `checkout` through the real bus."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from contracts import subjects
from contracts.operations import Heartbeat, Phase, Screen, ScreenShown, TerminalSeen
from contracts.receipts import PaperTold, PrintJobView
from contracts.sales import DoubtAsked
from contracts.seats import RegisterTaken, SeatView
from front import hub
from messaging.bus import Bus
from servicekit.clock import SystemClock

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
Key = Callable[[], str]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

PATIENCE_S = 20.0
LINES = [{"name": "茶", "quantity": 1, "unit_price": 300, "tax_rate": 8}]


class Heard:
    """One open stream, event by event."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> dict[str, Any]:
        """Return the next event as its fields; `data` decoded. Comments are left out."""
        fields: dict[str, Any] = {}
        async with asyncio.timeout(PATIENCE_S):
            async for raw in self.response.content:
                line = raw.decode().rstrip("\n")
                if not line and "data" in fields:
                    return fields
                name, _, value = line.partition(": ")
                if name:
                    fields[name] = json.loads(value) if name == "data" else value
        raise AssertionError("the stream ended")

    async def until(self, name: str) -> dict[str, Any]:
        """Return the next event of a kind (`message` has no name)."""
        while True:
            event = await self.next()
            if event.get("event", "message") == name:
                return event

    async def ended(self) -> bool:
        """Wait for the end of the stream."""
        async with asyncio.timeout(PATIENCE_S):
            await self.response.content.read()
        return self.response.content.at_eof()


@asynccontextmanager
async def listening(cashier: Any, path: str, **headers: str) -> AsyncGenerator[Heard]:
    sent = {"Authorization": f"Bearer {cashier.token}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with cashier.http.get(cashier.base + path, headers=sent) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield Heard(response)


async def opened(cashier: Client, key: Key, register: str = "R1") -> str:
    body = {"store": "S001", "register": register, "lines": LINES}
    headers = {"Idempotency-Key": key()}
    response, sale = await cashier("POST", "/api/v1/sales", body, headers=headers)
    assert response.status == 201
    return str(sale["id"])


async def pay(cashier: Client, key: Key, sale: str, amount: int) -> None:
    body = {"method": "cash", "amount": amount}
    headers = {"Idempotency-Key": key()}
    path = f"/api/v1/sales/{sale}/tenders"
    response, _ = await cashier("POST", path, body, headers=headers)
    assert response.status == 201


async def test_every_change_comes_once_in_order_with_its_sequence_as_id(
    cashier: Client, key: Key
) -> None:
    sale = await opened(cashier, key)
    async with listening(cashier, f"/api/v1/sales/{sale}/events") as heard:
        first = await heard.next()
        assert (first["id"], first["data"]["name"]) == ("1", "sale_opened")
        for expected in (2, 3, 4):
            await pay(cashier, key, sale, 100)
            event = await heard.until("message")
            assert event["id"] == str(expected)
            assert event["data"]["sequence"] == event["data"]["sale"]["sequence"] == expected


async def test_a_listener_resumes_without_a_gap(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key)
    path = f"/api/v1/sales/{sale}/events"
    async with listening(cashier, path) as heard:
        assert (await heard.next())["id"] == "1"
    for _ in range(2):
        await pay(cashier, key, sale, 100)
    async with listening(cashier, path, Last_Event_ID="1") as heard:
        assert [(await heard.next())["id"] for _ in range(2)] == ["2", "3"]
        await pay(cashier, key, sale, 100)
        assert (await heard.next())["id"] == "4"
    async with listening(cashier, f"{path}?after=3") as heard:
        assert (await heard.next())["id"] == "4"


async def test_many_listeners_hear_the_same_while_the_sale_moves(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key)

    async def count() -> list[str]:
        async with listening(cashier, f"/api/v1/sales/{sale}/events") as heard:
            return [(await heard.until("message"))["id"] for _ in range(7)]

    listeners = [asyncio.create_task(count()) for _ in range(8)]
    for _ in range(6):
        await pay_and_take_back(cashier, key, sale)
    counted = await asyncio.gather(*listeners)
    assert all(ids == [str(number) for number in range(1, 8)] for ids in counted)


async def pay_and_take_back(cashier: Client, key: Key, sale: str) -> None:
    body = {"method": "cash", "amount": 1}
    headers = {"Idempotency-Key": key()}
    path = f"/api/v1/sales/{sale}/tenders"
    response, tender = await cashier("POST", path, body, headers=headers)
    assert response.status == 201
    response, _ = await cashier("POST", f"{path}/{tender['number']}/refund")
    assert response.status == 200


async def test_a_register_shows_how_it_stands_and_then_what_happens(
    cashier: Client, key: Key, bus: Bus
) -> None:
    sale = await opened(cashier, key)
    async with listening(cashier, "/api/v1/stores/S001/registers/R1/events") as heard:
        standing = await heard.next()
        assert standing["event"] == "register"
        assert standing["data"]["active"]["id"] == sale
        terminal = await heard.next()
        assert (terminal["event"], terminal["data"]["terminal"]) == ("terminal", "T1")
        await pay(cashier, key, sale, 100)
        event = await heard.until("sale")
        assert (event["data"]["sale_id"], event["data"]["sequence"]) == (sale, 2)
        assert "id" not in event
        now = SystemClock().now()
        seen = TerminalSeen(terminal="T1", link="connected", screen="home")
        beat = Heartbeat(epoch=7, number=1, at=now, terminals=(seen,))
        await bus.publish_live(subjects.heartbeat("DEMO", "S001"), beat)
        told = await heard.until("terminal")
        assert (told["data"]["link"], told["data"]["screen"]) == ("connected", "home")
        shown = ScreenShown(
            terminal="T1",
            operation_id=None,
            sequence=1,
            phase=Phase.DONE,
            screen=Screen(name="menu", lines=("業務",), keys=("閉じる",)),
            at=now,
        )
        await bus.publish_live(subjects.screen("DEMO", "S001", "T1"), shown)
        glass = await heard.until("screen")
        assert glass["data"]["screen"] == {"name": "menu", "lines": ["業務"], "keys": ["閉じる"]}
        assert (await heard.until("terminal"))["data"]["link"] == "unknown"


async def test_a_question_about_a_doubt_is_told_to_its_sale_and_its_register(
    cashier: Client, key: Key, bus: Bus
) -> None:
    sale = await opened(cashier, key)
    register = "/api/v1/stores/S001/registers/R1/events"
    async with (
        listening(cashier, f"/api/v1/sales/{sale}/events") as of_sale,
        listening(cashier, register) as of_register,
        listening(cashier, "/api/v1/stores/S001/registers/R2/events") as of_another,
    ):
        for heard, first in ((of_sale, "message"), (of_register, "register")):
            await heard.until(first)
        await of_another.until("register")
        now = SystemClock().now()
        for number, company in ((7, "OTHER"), (8, "DEMO")):
            asked = DoubtAsked(
                operation_id=sale, sale=sale, asked=number, at=now, answer="link_lost"
            )
            await bus.publish_live(subjects.doubt(company, "S001", sale), asked)
        for heard in (of_sale, of_register):
            told = (await heard.until("doubt"))["data"]
            assert (told["sale"], told["asked"], told["answer"]) == (sale, 8, "link_lost")
        other = await opened(cashier, key, register="R2")
        event = await of_another.next()
        while event["data"].get("sale_id") != other:
            assert event["event"] != "doubt"
            event = await of_another.next()


async def test_a_register_taken_by_another_page_is_told_to_the_first(
    cashier: Client, bus: Bus
) -> None:
    async with listening(cashier, "/api/v1/stores/S001/registers/R1/events") as heard:
        await heard.until("register")
        now = SystemClock().now()
        seat = SeatView(store="S001", register="R1", page="page-two", operator="manager", since=now)
        for company in ("OTHER", "DEMO"):
            taken = RegisterTaken(seat=msgspec.structs.replace(seat, page=f"page-{company}"))
            await bus.publish_live(subjects.seat(company, "S001", "R1"), taken)
        told = (await heard.until("seat"))["data"]
        assert (told["page"], told["operator"]) == ("page-DEMO", "manager")


async def test_paper_is_told_to_its_sale_and_its_register_and_to_no_other_company(
    cashier: Client, key: Key, bus: Bus
) -> None:
    sale = await opened(cashier, key)
    job = PrintJobView(
        id=sale,
        sale=sale,
        store="S001",
        register="R1",
        what="receipt",
        state="not_printed",
        reason="paper_out",
        requested_at=SystemClock().now(),
    )
    async with (
        listening(cashier, f"/api/v1/sales/{sale}/events") as of_sale,
        listening(cashier, "/api/v1/stores/S001/registers/R1/events") as of_register,
    ):
        for heard, first in ((of_sale, "message"), (of_register, "register")):
            await heard.until(first)
        for company, reason in (("OTHER", "cable"), ("DEMO", "paper_out")):
            told = PaperTold(job=msgspec.structs.replace(job, reason=reason))
            await bus.publish_live(subjects.paper(company, "S001", sale), told)
        for heard in (of_sale, of_register):
            event = await heard.until("paper")
            assert event["data"]["reason"] == "paper_out"
            assert "id" not in event


async def test_other_registers_and_companies_are_not_heard(
    cashier: Client, key: Key, bus: Bus
) -> None:
    mine = await opened(cashier, key)
    async with listening(cashier, "/api/v1/stores/S001/registers/R1/events") as heard:
        assert (await heard.next())["event"] == "register"
        await opened(cashier, key, register="R2")
        shown = ScreenShown(
            terminal="T1",
            operation_id=None,
            sequence=1_000,
            phase=Phase.DONE,
            screen=Screen(name="secret"),
            at=SystemClock().now(),
        )
        await bus.publish_live(subjects.screen("OTHER", "S001", "T1"), shown)
        await pay(cashier, key, mine, 100)
        event = await heard.until("sale")
        assert event["data"]["sale_id"] == mine


async def test_one_session_has_a_bounded_number_of_streams(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key)
    path = f"/api/v1/sales/{sale}/events"
    stack = [listening(cashier, path) for _ in range(hub.LISTENERS_PER_SESSION_MAX)]
    for one in stack:
        await one.__aenter__()
    try:
        response, told = await cashier("GET", path)
        assert (response.status, told["code"]) == (429, "too_many_listeners")
    finally:
        for one in stack:
            await one.__aexit__(None, None, None)


async def test_a_resume_point_that_is_none_is_refused(cashier: Client, key: Key) -> None:
    sale = await opened(cashier, key)
    path = f"/api/v1/sales/{sale}/events"
    response, told = await cashier("GET", path, headers={"Last-Event-ID": "x"})
    assert (response.status, told["code"]) == (400, "bad_parameter")
