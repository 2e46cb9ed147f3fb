"""A sale from its opening to its close; upon the twin and a scripted gateway."""

from typing import Any

import msgspec

from contracts.envelope import Answer
from contracts.refunds import RefundTender
from contracts.sales import (
    AcknowledgeTender,
    AddTender,
    CloseSale,
    Method,
    ReadRegister,
    RegisterView,
    SaleState,
    SaleView,
    TenderView,
)


def told(answer: Answer, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


def terminal(sale: SaleView, amount: int = 165) -> AddTender:
    return AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)


def cash(sale: SaleView, amount: int = 165, **more: Any) -> AddTender:
    return AddTender(sale=sale.id, method=Method.CASH, amount=amount, **more)


async def test_a_new_sale_parks_the_open_one(house: Any) -> None:
    first = await house.open()
    second = await house.open()
    other = await house.open(register="R2")
    assert house.sale(first).parked
    assert not house.sale(second).parked
    assert house.names(first) == ["sale_opened", "sale_parked"]
    answer = await house.ask(ReadRegister(store="S001", register="R1"))
    register = told(answer, RegisterView)
    assert register.active.id == second.id
    assert [sale.id for sale in register.parked] == [first.id]
    assert not house.sale(other).parked


async def test_numbers_of_a_store_and_day_are_unique(house: Any) -> None:
    first = await house.open()
    house.restart()
    second = await house.open()
    assert [first.number, second.number] == ["S001-20261120-0001", "S001-20261120-0002"]


async def test_a_split_sale_is_paid_acknowledged_and_closed(house: Any, build: Any) -> None:
    sale = await house.open(total=300)
    tender = await house.pay(sale, 165)
    operation = tender.operations[0].id
    await house.tell(build.concluded(operation_id=operation))
    assert (await house.ask(AcknowledgeTender(sale=sale.id, tender=1))).outcome == "accepted"
    assert (await house.ask(CloseSale(sale=sale.id))).outcome == "balance_due"
    paid = await house.ask(cash(sale, 135, received=150))
    assert told(paid, TenderView).change == 15
    removed = await house.ask(RefundTender(sale=sale.id, tender=2))
    assert told(removed, SaleView).balance == 135
    await house.ask(cash(sale, 135))
    closed = await house.ask(CloseSale(sale=sale.id))
    assert told(closed, SaleView).state is SaleState.CLOSED
    again = await house.ask(CloseSale(sale=sale.id))
    assert bytes(again.body) == bytes(closed.body)
    register = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert (register.active, register.closed_last.id) == (None, sale.id)


async def test_a_store_or_register_that_is_not_there_is_told(house: Any, build: Any) -> None:
    assert (await house.ask(build.open_body(store="S999"))).outcome == "unknown_store"
    assert (await house.ask(build.open_body(register="R9"))).outcome == "unknown_register"
    assert (await house.ask(ReadRegister(store="S001", register="R9"))).outcome == (
        "unknown_register"
    )
