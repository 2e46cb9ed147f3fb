"""A sale opens with a total, closes when it is paid, and is given up only when it holds nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_sale
from checkout.model import Decision, Refused
from contracts.money import Yen
from contracts.sales import Line, OpenSale, SaleState, TenderState
from contracts.stores import StoreSettings


def opened(build: Any, body: OpenSale) -> Decision | Refused:
    return decide_sale.open_sale(
        body, sale_id="id", number="S001-1", day="2026-11-22", moment=build.moment()
    )


def test_a_sale_opens_with_what_its_lines_add_up_to(build: Any) -> None:
    lines = tuple(
        Line(name="x", quantity=quantity, unit_price=Yen(price), tax_rate=10)
        for quantity, price in ((2, 100), (1, 65))
    )
    decided = opened(build, OpenSale(store="S001", register="R1", lines=lines))
    assert isinstance(decided, Decision)
    sale = decided.sale
    assert (sale.total, sale.balance, sale.state, sale.sequence) == (265, 265, SaleState.OPEN, 1)
    assert [event.name for event in decided.happened] == ["sale_opened"]
    assert decided.happened[0].sale == sale


@pytest.mark.parametrize("total", [0, 10_000_000])
def test_a_total_out_of_range_makes_no_sale(build: Any, total: int) -> None:
    quantity, price = (1, 0) if total == 0 else (10, 1_000_000)
    line = Line(name="x", quantity=quantity, unit_price=Yen(price), tax_rate=10)
    decided = opened(build, OpenSale(store="S001", register="R1", lines=(line,)))
    assert isinstance(decided, Refused)
    assert decided.code == "total_out_of_range"


@pytest.mark.parametrize(
    ("utc", "starts", "day"),
    [
        ("2026-11-21T20:00", "05:00", "2026-11-22"),
        ("2026-11-21T19:59", "05:00", "2026-11-21"),
        ("2026-11-22T14:59", "00:00", "2026-11-22"),
        ("2026-11-22T15:00", "00:00", "2026-11-23"),
    ],
)
def test_the_day_of_a_sale_is_the_stores_own(utc: str, starts: str, day: str) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    settings = StoreSettings(business_day_starts=starts, time_zone="Asia/Tokyo")
    assert decide_sale.business_date(at, settings) == day


def test_a_sale_number_can_be_read_out() -> None:
    assert decide_sale.sale_number("S001", "2026-11-22", 7) == "S001-20261122-0007"
    assert decide_sale.sale_number("S001", "2026-11-22", 12345) == "S001-20261122-12345"


def test_a_paid_sale_closes_and_says_the_same_again(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.PAID)
    closed = decide_sale.close_sale(sale, build.moment())
    assert isinstance(closed, Decision)
    assert (closed.sale.state, closed.sale.closed_at) == (SaleState.CLOSED, build.now)
    assert [event.name for event in closed.happened] == ["sale_closed"]
    assert decide_sale.close_sale(closed.sale, build.moment()) == Decision(sale=closed.sale)


def test_a_sale_with_something_owed_does_not_close(build: Any) -> None:
    sale = build.sale(build.cash(100, number=1))
    decided = decide_sale.close_sale(sale, build.moment())
    assert isinstance(decided, Refused)
    assert (decided.code, decided.fields["balance"]) == ("balance_due", 65)


def test_a_released_doubt_does_not_keep_a_paid_sale_open(build: Any) -> None:
    doubted = build.tender(TenderState.IN_DOUBT, released_by="cashier")
    sale = build.sale(doubted, build.cash(165), state=SaleState.PAID)
    closed = decide_sale.close_sale(sale, build.moment())
    assert isinstance(closed, Decision)


def test_only_a_sale_that_holds_nothing_is_given_up(build: Any) -> None:
    empty = decide_sale.abandon_sale(build.sale(), build.moment())
    assert isinstance(empty, Decision)
    assert empty.sale.state is SaleState.ABANDONED
    assert decide_sale.abandon_sale(empty.sale, build.moment()) == Decision(sale=empty.sale)
    for tender in (
        build.cash(1),
        build.tender(TenderState.REQUESTED),
        build.tender(TenderState.IN_DOUBT),
        build.tender(TenderState.IN_DOUBT, released_by="cashier"),
        build.tender(TenderState.APPROVED),
    ):
        held = decide_sale.abandon_sale(build.sale(tender, total=900), build.moment())
        assert isinstance(held, Refused)
        assert held.code == "money_held"
    for state in (TenderState.DECLINED, TenderState.CANCELLED, TenderState.NOT_PERFORMED):
        assert isinstance(
            decide_sale.abandon_sale(build.sale(build.tender(state)), build.moment()), Decision
        )


def test_parking_never_fails(build: Any) -> None:
    parked = decide_sale.park(build.sale(), build.moment())
    assert (parked.sale.parked, len(parked.happened)) == (True, 1)
    assert decide_sale.park(parked.sale, build.moment()).happened == ()
    closed = replace(build.sale(), state=SaleState.CLOSED)
    assert decide_sale.park(closed, build.moment()) == Decision(sale=closed)


@pytest.mark.parametrize("state", [SaleState.OPEN, SaleState.PAID])
def test_a_parked_sale_is_taken_up_again_once(build: Any, state: SaleState) -> None:
    cash = build.cash(165 if state is SaleState.PAID else 100)
    parked = replace(build.sale(cash, state=state), parked=True)
    decided = decide_sale.resume(parked, build.moment())
    assert isinstance(decided, Decision)
    assert (decided.sale.rung_up_now, decided.sale.state) == (True, state)
    assert [event.name for event in decided.happened] == ["sale_resumed"]
    assert decide_sale.resume(decided.sale, build.moment()) == Decision(sale=decided.sale)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (SaleState.CLOSED, "sale_closed"),
        (SaleState.VOIDED, "sale_voided"),
        (SaleState.ABANDONED, "sale_abandoned"),
    ],
)
def test_a_sale_that_ended_is_not_taken_up_again(build: Any, state: SaleState, code: str) -> None:
    decided = decide_sale.resume(build.sale(state=state), build.moment())
    assert isinstance(decided, Refused)
    assert decided.code == code
