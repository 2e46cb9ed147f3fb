"""Doubts, cases and seats on real servers: what a person says, and who hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from contracts import subjects
from contracts.cases import CasesPage, CaseView, FindCases, SettleCase
from contracts.envelope import Authority, Refusal, Role
from contracts.operations import OperationOpen, Outcome, Phase
from contracts.sales import (
    AddTender,
    CloseSale,
    DoubtAsked,
    Method,
    ReadRegister,
    ReadSale,
    RegisterView,
    ReleaseTender,
    ResolveTender,
    ResumeSale,
    SaleView,
    TenderView,
)
from contracts.seats import RegisterTaken, SeatView, TakeRegister

MANAGER = Authority(operator="manager", role=Role.MANAGER)
FIRST, SECOND = "page-0001", "page-0002"


def told(answer: Any, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


async def until(read: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(10):
        while not good(got := await read()):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
    return got


def silence(_command: Any) -> None:
    """Leave a command without an answer."""


def reading(caller: Any, sale: SaleView) -> Callable[[], Awaitable[SaleView]]:
    async def read() -> SaleView:
        return told(await caller.ask(ReadSale(sale=sale.id)), SaleView)

    return read


async def test_a_doubt_is_told_live_resolved_by_a_manager_and_confirmed_by_the_terminal(
    start: Any, gateway: Any, caller: Any, bus: Any
) -> None:
    heard: list[DoubtAsked] = []

    async def hear(asked: DoubtAsked, _delivery: Any) -> None:
        heard.append(asked)

    def still_open(command: Any) -> OperationOpen:
        return OperationOpen(
            operation_id=command.operation_id,
            phase=Phase.READ,
            in_doubt=True,
            link="disconnected",
        )

    await bus.subscribe_live(subjects.ALL_DOUBTS, DoubtAsked, hear)
    gateway.replies["start_operation"] = silence
    gateway.replies["inquire_operation"] = still_open
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    read = reading(caller, sale)
    doubted = await until(read, lambda sale: sale.tenders[0].state == "in_doubt")
    assert doubted.tenders[0].doubt.reason == "no_answer"
    async with asyncio.timeout(10):
        while not heard:  # noqa: ASYNC110 - another process tells it
            await asyncio.sleep(0.02)
    assert (heard[0].sale, heard[0].answer) == (sale.id, "link_lost")

    resolve = ResolveTender(
        sale=sale.id, tender=1, outcome="approved", reason="fell into water", slip_number="00119"
    )
    refused = await caller.ask(resolve, key="k")
    assert told(refused, Refusal).code == "authorisation_required"
    answer = await caller.ask(resolve, key="k", authority=MANAGER)
    assert answer.outcome == "accepted", bytes(answer.body)
    assert told(answer, TenderView).authorised_by == "manager"
    again = await caller.ask(resolve, key="k", authority=MANAGER)
    assert (again.replayed, bytes(again.body)) == (True, bytes(answer.body))

    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED))
    confirmed = await until(read, lambda sale: sale.tenders[0].brand == "AMEX")
    assert (confirmed.state, confirmed.cases) == ("paid", ())
    assert confirmed.tenders[0].resolved_from == "manager"
    assert confirmed.tenders[0].operations[0].evidence.source == "result"


async def test_a_late_approval_is_a_case_that_one_finds_and_settles(
    start: Any, gateway: Any, caller: Any
) -> None:
    gateway.replies["start_operation"] = silence
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    read = reading(caller, sale)
    await until(read, lambda sale: sale.tenders[0].state == "in_doubt")
    await caller.ask(ReleaseTender(sale=sale.id, tender=1))
    await caller.ask(AddTender(sale=sale.id, method=Method.CASH, amount=165))
    assert (await caller.ask(CloseSale(sale=sale.id))).outcome == "ok"
    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED))
    await until(read, lambda sale: bool(sale.cases))
    register = ReadRegister(store="S001", register="R1")
    (case,) = told(await caller.ask(register), RegisterView).cases
    assert (case.kind, case.evidence["slip_number"]) == ("paid_twice", "00119")
    settle = SettleCase(case=case.id, way="replace_tender", reason="cash went back", tender=2)
    view = told(await caller.ask(settle, key="s"), CaseView)
    assert (view.state, view.settled_by) == ("settled", "cashier")
    assert told(await caller.ask(register), RegisterView).cases == ()
    found = told(await caller.ask(FindCases(state="settled")), CasesPage)
    assert [case.id for case in found.cases] == [case.id]
    closed = await read()
    assert [(tender.method, tender.counted) for tender in closed.tenders] == [("terminal", True)]


async def test_two_processes_obey_the_same_page_and_the_other_one_hears_it(
    start: Any, gateway: Any, caller: Any, bus: Any
) -> None:
    heard: list[RegisterTaken] = []

    async def hear(taken: RegisterTaken, _delivery: Any) -> None:
        heard.append(taken)

    await bus.subscribe_live(subjects.ALL_SEATS, RegisterTaken, hear)
    assert gateway.epoch
    await start()
    await start()
    taking = TakeRegister(store="S001", register="R1")
    assert told(await caller.ask(taking, page=FIRST), SeatView).page == FIRST
    over = TakeRegister(store="S001", register="R1", take_over=True)
    assert told(await caller.ask(over, page=SECOND), SeatView).page == SECOND
    first, second = await caller.open(), await caller.open()
    for _ in range(6):
        refused = await caller.ask(ResumeSale(sale=first.id), page=FIRST)
        assert told(refused, Refusal).code == "register_taken_over"
    for sale in (first, second, first):
        assert (await caller.ask(ResumeSale(sale=sale.id), page=SECOND)).outcome == "ok"
        view = told(await caller.ask(ReadRegister(store="S001", register="R1")), RegisterView)
        assert view.active.id == sale.id
        assert view.seat.page == SECOND
    async with asyncio.timeout(10):
        while len(heard) < 2:  # noqa: ASYNC110 - another process tells it
            await asyncio.sleep(0.02)
    assert [taken.seat.page for taken in heard] == [FIRST, SECOND]
