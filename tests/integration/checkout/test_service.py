"""One payment on real servers, and what happens when a part of the way is not there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from contracts import subjects
from contracts.operations import Outcome
from contracts.sales import (
    CloseSale,
    ReadSale,
    ReadSaleEvents,
    SaleEvent,
    SaleEvents,
    SaleView,
)


async def until(read: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(10):
        while not good(got := await read()):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
    return got


async def test_a_card_payment_runs_from_the_register_to_the_terminal_and_back(
    start: Any, gateway: Any, caller: Any, bus: Any
) -> None:
    heard: list[SaleEvent] = []

    async def hear(event: SaleEvent, _delivery: Any) -> None:
        heard.append(event)

    await bus.subscribe_live(subjects.ALL_SALE_EVENTS, SaleEvent, hear)
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    operation = tender.operations[0].id
    assert gateway.commands[-1].operation_id == operation
    await gateway.show(operation)
    read = reader(caller, sale)
    await until(read, lambda sale: sale.tenders[0].state == "in_progress")
    await gateway.tell(gateway.concluded(operation, Outcome.APPROVED))
    paid = await until(read, lambda sale: sale.state == "paid")
    assert paid.tenders[0].slip_number == "00119"
    answer = await caller.ask(CloseSale(sale=sale.id))
    assert answer.outcome == "ok"
    async with asyncio.timeout(10):
        while len(heard) < 5:  # noqa: ASYNC110 - another process tells it
            await asyncio.sleep(0.02)
    names = [event.name for event in heard]
    assert names == [
        "sale_opened",
        "tender_requested",
        "tender_in_progress",
        "tender_approved",
        "sale_closed",
    ]
    assert [event.sequence for event in heard] == [1, 2, 3, 4, 5]
    answer = await caller.ask(ReadSaleEvents(sale=sale.id, after=3))
    told = msgspec.json.decode(answer.body, type=SaleEvents)
    assert [event.sequence for event in told.events] == [4, 5]


def reader(caller: Any, sale: SaleView) -> Callable[[], Awaitable[SaleView]]:
    async def read() -> SaleView:
        answer = await caller.ask(ReadSale(sale=sale.id))
        assert answer.outcome == "ok", bytes(answer.body)
        return msgspec.json.decode(answer.body, type=SaleView)

    return read
