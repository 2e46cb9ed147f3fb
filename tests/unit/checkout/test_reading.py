"""Readers see what is theirs, page by page and event by event."""

from typing import Any

import msgspec
import pytest

from contracts.envelope import Actor, Answer, Refusal, Role
from contracts.refunds import RefundTender
from contracts.sales import (
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    FindSales,
    Method,
    ReadRegister,
    ReadSale,
    ReadSaleEvents,
    ReleaseTender,
    SaleEvents,
    SalesPage,
    SaleView,
)


def told(answer: Answer, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


def terminal(sale: SaleView, amount: int = 165) -> AddTender:
    return AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)


def cash(sale: SaleView, amount: int = 165, **more: Any) -> AddTender:
    return AddTender(sale=sale.id, method=Method.CASH, amount=amount, **more)


async def test_events_can_be_read_from_any_number(house: Any) -> None:
    sale = await house.open()
    await house.ask(cash(sale, 100))
    await house.ask(AbandonSale(sale=sale.id))
    events = told(await house.ask(ReadSaleEvents(sale=sale.id, after=1)), SaleEvents).events
    assert [(event.sequence, event.name) for event in events] == [(2, "tender_approved")]
    assert events[0].sale.paid == 100
    assert events[0].by == "cashier"


OTHER = Actor(company="OTHER", operator="cashier", role=Role.CASHIER)
NEXT_DOOR = Actor(company="DEMO", operator="next", role=Role.CASHIER, stores=("S002",))


@pytest.mark.parametrize("actor", [OTHER, NEXT_DOOR])
async def test_nobody_sees_what_is_not_theirs(house: Any, build: Any, actor: Actor) -> None:
    await house.configure("OTHER", "S901")
    await house.configure("DEMO", "S002")
    sale = await house.open()
    for body in (
        ReadSale(sale=sale.id),
        ReadSaleEvents(sale=sale.id),
        CloseSale(sale=sale.id),
        AbandonSale(sale=sale.id),
        terminal(sale),
        cash(sale),
        CancelTender(sale=sale.id, tender=1),
        DisconnectTender(sale=sale.id, tender=1),
        ReleaseTender(sale=sale.id, tender=1),
        RefundTender(sale=sale.id, tender=1),
        AcknowledgeTender(sale=sale.id, tender=1),
    ):
        assert (await house.ask(body, actor=actor)).outcome == "unknown_sale"
    for body in (
        build.open_body(),
        FindSales(store="S001"),
        ReadRegister(store="S001", register="R1"),
    ):
        assert (await house.ask(body, actor=actor)).outcome == "unknown_store"
    page = told(await house.ask(FindSales(), actor=actor), SalesPage)
    assert page.sales == ()
    assert house.names(sale) == ["sale_opened"]


async def test_pages_of_sales_join_without_a_gap(house: Any) -> None:
    sales = [await house.open() for _ in range(5)]
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        answer = await house.ask(FindSales(store="S001", limit=2, after=after))
        page = told(answer, SalesPage)
        seen.extend(sale.id for sale in page.sales)
        after = page.next
    assert seen == [sale.id for sale in reversed(sales)]
    assert after is None


@pytest.mark.parametrize(
    ("wanted", "parameter"),
    [
        ({"business_date": "2026-02-30"}, "business_date"),
        ({"after": "yesterday"}, "after"),
    ],
)
async def test_a_parameter_without_a_meaning_is_told(
    house: Any, wanted: dict[str, Any], parameter: str
) -> None:
    answer = await house.ask(FindSales(**wanted))
    assert answer.outcome == "bad_parameter"
    assert told(answer, Refusal).fields["parameter"] == parameter


@pytest.mark.parametrize("after", [-(10**30), 10**30])
async def test_events_after_any_number_are_none_or_all(house: Any, after: int) -> None:
    sale = await house.open()
    answer = await house.ask(ReadSaleEvents(sale=sale.id, after=after))
    assert len(told(answer, SaleEvents).events) == (1 if after < 0 else 0)
