"""Who is asked what, and what comes of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from contracts.envelope import Answer, Authority, Call, Idempotency, Refusal, Role
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
from contracts.printing import PrinterStatus, UnknownPrinter
from contracts.receipts import PrintReceipt
from contracts.sales import ReadSale, SaleView, TenderState
from contracts.stores import Confirmed
from front.attempts import BURST
from front.handlers import Beside
from front.model import Confirmation, JournalQuery, LogInBody, Refused
from front.ports import ServiceUnavailable, StoreUnreachable
from front.routes import ROUTES
from testkit.clock import START

OPERATION = "00000000-0000-7000-8000-00000000000b"
SALE = "00000000-0000-7000-8000-00000000000a"
READ_SALE = next(route for route in ROUTES if route.name == "read_sale")

PRINT = PrintReceipt(sale=SALE)

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


def told(view: SaleView) -> Answer:
    return Answer(outcome="ok", body=msgspec.Raw(msgspec.json.encode(view)))


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


async def test_what_goes_with_a_command_goes_with_its_call(house: Any) -> None:
    house.centre.answers["read_sale"] = Answer(outcome="unknown_sale")
    more = Beside(
        idempotency=Idempotency(key="k", fingerprint="0" * 64),
        authority=Authority(operator="manager", role=Role.MANAGER),
        page="page-one",
    )
    await house.desk.pass_on(house.caller(), READ_SALE, ReadSale(sale=SALE), more)
    _, call = house.centre.asked[-1]
    assert (call.idempotency, call.authority, call.page) == (
        more.idempotency,
        more.authority,
        more.page,
    )


CONFIRMATION = Confirmation(operator_code="manager", password="manager-demo")
CONFIRMED = Confirmed(operator="manager", name="鈴木", role=Role.MANAGER, stores=("S",))


async def test_a_confirmation_is_proven_in_the_callers_name_and_its_password_ends_there(
    house: Any,
) -> None:
    house.centre.answers["confirm_operator"] = Answer(
        outcome="ok", body=msgspec.Raw(msgspec.json.encode(CONFIRMED))
    )
    authority = await house.desk.confirm(house.caller(), CONFIRMATION, "192.0.2.1")
    assert authority == Authority(operator="manager", role=Role.MANAGER, stores=("S",))
    verb, call = house.centre.asked[-1]
    assert verb == "confirm_operator"
    assert (call.actor.operator, call.body.operator_code) == ("cashier", "manager")
    assert (call.body.password, call.body.address) == ("manager-demo", "192.0.2.1")
    assert b"manager-demo" not in msgspec.json.encode(authority)
    assert "manager-demo" not in repr(CONFIRMATION)


@pytest.mark.parametrize("code", ["authorisation_refused", "too_many_attempts"])
async def test_a_confirmation_that_does_not_hold_ends_the_request(house: Any, code: str) -> None:
    refusal = Refusal(code=code, fields={"retry_after": 7})
    house.centre.answers["confirm_operator"] = Answer(
        outcome=code, body=msgspec.Raw(msgspec.json.encode(refusal))
    )
    with pytest.raises(Refused, match=code) as caught:
        await house.desk.confirm(house.caller(), CONFIRMATION, "192.0.2.1")
    assert caught.value.fields == {"retry_after": 7}


async def test_a_confirmation_that_nobody_can_prove_is_no_refusal(house: Any) -> None:
    house.centre.answers["confirm_operator"] = Answer(outcome="service_unavailable")
    with pytest.raises(ServiceUnavailable):
        await house.desk.confirm(house.caller(), CONFIRMATION, "192.0.2.1")


async def test_passwords_tried_as_confirmations_are_counted_like_log_ins(house: Any) -> None:
    house.centre.answers["confirm_operator"] = Answer(outcome="authorisation_refused")
    house.centre.answers["log_in"] = Answer(outcome="invalid_credentials")
    body = LogInBody(company_code="C", operator_code="x", password="x")
    for _ in range(int(BURST) // 2):
        await house.desk.log_in(body, "192.0.2.1")
        with pytest.raises(Refused, match="authorisation_refused"):
            await house.desk.confirm(house.caller(), CONFIRMATION, "192.0.2.1")
    asked = len(house.centre.asked)
    with pytest.raises(Refused, match="too_many_attempts"):
        await house.desk.confirm(house.caller(), CONFIRMATION, "192.0.2.1")
    assert len(house.centre.asked) == asked


async def test_a_view_without_a_waiting_tender_passes_byte_by_byte(house: Any) -> None:
    odd = b'{ "id": "x",  "tenders": [] }'
    house.centre.answers["read_sale"] = Answer(outcome="ok", body=msgspec.Raw(odd))
    reply = await house.desk.pass_on(house.caller(), READ_SALE, ReadSale(sale=SALE))
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
        reply = await house.desk.pass_on(house.caller(), READ_SALE, ReadSale(sale=SALE))
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


async def test_a_printer_is_told_as_its_box_finds_it(house: Any) -> None:
    await house.with_store()
    house.boxes.printer = PrinterStatus(
        printer="P1", state="paper_out", waiting=2, paper_near_end=True
    )
    told = await house.desk.check_printer(house.caller(), "S", "P1")
    assert (told.printer, told.state, told.waiting) == ("P1", "paper_out", 2)
    assert told.paper_near_end


async def test_a_printer_whose_box_is_silent_or_behind_is_not_told_as_fine(house: Any) -> None:
    await house.with_store()
    with pytest.raises(StoreUnreachable):
        await house.desk.check_printer(house.caller(), "S", "P1")
    house.boxes.printer = UnknownPrinter()
    with pytest.raises(StoreUnreachable):
        await house.desk.check_printer(house.caller(), "S", "P1")


async def test_a_printer_that_the_store_does_not_have_is_not_asked_for(house: Any) -> None:
    await house.with_store()
    house.boxes.printer = PrinterStatus(printer="P9", state="ready", waiting=0)
    with pytest.raises(Refused, match="unknown_printer"):
        await house.desk.check_printer(house.caller(), "S", "P9")
    with pytest.raises(Refused, match="not_permitted"):
        await house.desk.check_printer(house.caller("S2"), "S", "P1")


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


async def test_a_journals_pages_follow_each_other_by_day_and_number_since_numbers_wrap(
    house: Any,
) -> None:
    await house.with_store()
    house.boxes.journal = JournalPage(
        entries=(),
        next="00001",
        next_business_date="2026-05-25",
        source="copy",
        read_at=START,
        complete=False,
    )
    view = await house.desk.read_journal(house.caller(), "S", "T1", JournalQuery())
    assert (view.next, view.next_business_date, view.complete) == ("00001", "2026-05-25", False)
    on = JournalQuery(after=view.next, after_business_date=view.next_business_date)
    await house.desk.read_journal(house.caller(), "S", "T1", on)
    asked = house.boxes.journal_asked[-1]
    assert (asked.after, asked.after_business_date) == ("00001", "2026-05-25")


async def test_receipts_is_asked_to_know_as_much_of_a_sale_as_checkout_does(
    house: Any, sale_of: SaleOf
) -> None:
    drawn = Answer(outcome="ok", body=msgspec.Raw(b"{}"))
    house.centre.answers |= {"read_sale": told(sale_of(7)), "print_receipt": drawn}
    assert await house.desk.ask_for_paper(house.caller(), PRINT) == drawn
    assert house.centre.asked[-1][1].body.at_least == 7

    house.centre.answers["read_sale"] = Answer(outcome="service_unavailable")
    assert await house.desk.ask_for_paper(house.caller(), PRINT) == drawn
    assert house.centre.asked[-1][1].body.at_least == 0

    unknown = Answer(outcome="unknown_sale")
    house.centre.answers["read_sale"] = unknown
    assert await house.desk.ask_for_paper(house.caller(), PRINT) == unknown
    assert house.centre.asked[-1][0] == "read_sale"
