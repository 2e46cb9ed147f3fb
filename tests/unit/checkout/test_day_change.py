"""A sale that was paid and never OK'd ends with its store's day."""

from typing import Any

from checkout.day_change import DayChange
from contracts.sales import AddTender, Method, SaleState

FIRST_CHANGE_S = 19 * 3600
"""The test's clock stands at 10:00 in Tokyo; the day changes at 05:00."""


async def test_yesterdays_paid_sale_is_closed_by_nobody(house: Any) -> None:
    day_change = DayChange(house.ledger, house.documents)
    paid, owed = await house.open(register="R1"), await house.open(register="R2")
    await house.ask(AddTender(sale=paid.id, method=Method.CASH, amount=165))
    house.clock.advance(FIRST_CHANGE_S - 1)
    assert await day_change.sweep() == 0
    house.clock.advance(1)
    assert await day_change.sweep() == 1
    assert house.sale(paid).state is SaleState.CLOSED
    assert house.sale(owed).state is SaleState.OPEN
    event = house.store.outbox[-1].event
    assert (event.name, event.by) == ("sale_closed", None)
    assert await day_change.sweep() == 0


async def test_a_store_that_is_not_known_yet_keeps_its_sales(house: Any) -> None:
    sale = await house.open()
    await house.ask(AddTender(sale=sale.id, method=Method.CASH, amount=165))
    house.clock.advance(FIRST_CHANGE_S)
    assert await DayChange(house.ledger, type(house.documents)()).sweep() == 0
