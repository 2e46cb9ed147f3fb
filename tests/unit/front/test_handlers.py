"""Who is asked what, and what comes of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from contracts.envelope import Answer, Call
from contracts.operations import (
    Heartbeat,
    JournalPage,
    Phase,
    Screen,
    ScreenShown,
    TerminalSeen,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from contracts.sales import ReadSale, SaleView, TenderState
from front.model import JournalQuery, Refused
from front.ports import ServiceUnavailable, StoreUnreachable
from front.routes import ROUTES
from testkit.clock import START

OPERATION = "00000000-0000-7000-8000-00000000000b"
SALE = "00000000-0000-7000-8000-00000000000a"
READ_SALE = next(route for route in ROUTES if route.name == "read_sale")

SaleOf = Callable[..., SaleView]

STATUS = TerminalStatus(
    terminal="T1",
    serial="X1",
    model="CT-6100",
    paired_register="R1",
    link="connected",
    screen="home",
    terminal_business_date="2026-11-20",
    last_seen_at=START,
    operation_id=None,
    round_trip_ms=2.0,
)


async def present(house: Any) -> None:
    await house.with_store()
    seen = TerminalSeen(terminal="T1", link="connected", screen="home")
    beat = Heartbeat(epoch=1, number=1, at=START, terminals=(seen,))
    await house.ears.on_heartbeat("C", "S", beat)


async def test_a_question_goes_out_in_the_callers_name(house: Any) -> None:
    house.centre.answers["read_sale"] = Answer(outcome="unknown_sale")
    await house.desk.ask(house.caller("S1"), "checkout", ReadSale(sale=SALE))
    verb, call = house.centre.asked[-1]
    assert verb == "read_sale"
    assert isinstance(call, Call)
    assert (call.actor.company, call.actor.operator, call.actor.stores) == ("C", "cashier", ("S1",))


async def test_a_view_without_a_waiting_tender_passes_byte_by_byte(house: Any) -> None:
    odd = b'{ "id": "x",  "tenders": [] }'
    house.centre.answers["read_sale"] = Answer(outcome="ok", body=msgspec.Raw(odd))
    reply = await house.desk.pass_on(house.caller(), READ_SALE, ReadSale(sale=SALE), None)
    assert reply.body == odd


async def test_a_waiting_tender_shows_the_terminals_glass(house: Any, sale_of: SaleOf) -> None:
    screen = Screen(name="pin", lines=("暗証番号",))
    told = ScreenShown(
        terminal="T1",
        operation_id=OPERATION,
        sequence=1,
        phase=Phase.READ,
        screen=screen,
        at=START,
    )
    await house.ears.on_screen("C", "S", told)
    for state, expected in ((TenderState.IN_PROGRESS, screen), (TenderState.APPROVED, None)):
        body = msgspec.Raw(msgspec.json.encode(sale_of(1, state)))
        house.centre.answers["read_sale"] = Answer(outcome="ok", body=body)
        reply = await house.desk.pass_on(house.caller(), READ_SALE, ReadSale(sale=SALE), None)
        tender = msgspec.json.decode(reply.body, type=SaleView).tenders[0]
        assert (tender.screen or None) == expected


async def test_before_the_stores_are_known_none_is_said_to_be_missing(house: Any) -> None:
    with pytest.raises(ServiceUnavailable):
        house.desk.store(house.caller(), "S")
    await house.with_store()
    assert house.desk.store(house.caller(), "S").store == "S"
    with pytest.raises(Refused, match="unknown_store"):
        house.desk.store(house.caller(), "S2")


async def test_a_present_gateway_says_how_its_terminal_is(house: Any) -> None:
    await present(house)
    house.boxes.terminal = STATUS
    view = await house.desk.read_terminal(house.caller(), "S", "T1")
    assert (view.link, view.screen) == ("connected", "home")


@pytest.mark.parametrize("told", [None, Unreachable(), UnknownTerminal()])
async def test_a_gateway_without_an_answer_leaves_the_terminal_unknown(
    house: Any, told: Unreachable | UnknownTerminal | None
) -> None:
    await present(house)
    house.boxes.terminal = told
    view = await house.desk.read_terminal(house.caller(), "S", "T1")
    assert (view.link, view.last_seen_at) == ("unknown", START)


async def test_a_silent_store_is_not_even_asked(house: Any) -> None:
    await house.with_store()
    house.boxes.terminal = STATUS
    assert (await house.desk.read_terminal(house.caller(), "S", "T1")).link == "unknown"


async def test_a_check_needs_the_store_but_not_the_terminal(house: Any) -> None:
    await house.with_store()
    with pytest.raises(StoreUnreachable):
        await house.desk.check_terminal(house.caller(), "S", "T1")
    house.boxes.terminal = Unreachable()
    assert not (await house.desk.check_terminal(house.caller(), "S", "T1")).connected
    house.boxes.terminal = STATUS
    assert (await house.desk.check_terminal(house.caller(), "S", "T1")).connected
    with pytest.raises(Refused, match="unknown_terminal"):
        await house.desk.check_terminal(house.caller(), "S", "T9")


async def test_a_journal_comes_from_the_terminal_or_not_at_all(house: Any) -> None:
    await house.with_store()
    ask = house.desk.read_journal
    for out_of_reach in (None, Unreachable(), UnknownTerminal()):
        house.boxes.journal = out_of_reach
        with pytest.raises(StoreUnreachable):
            await ask(house.caller(), "S", "T1", JournalQuery())
    house.boxes.journal = JournalPage(entries=(), next=None, source="terminal", read_at=START)
    view = await ask(house.caller(), "S", "T1", JournalQuery())
    assert view.source == "terminal"
