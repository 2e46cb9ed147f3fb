"""Overrides beside their sales: on PostgreSQL and on its twin."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from checkout import decide_case, decide_sale
from checkout.holds import cases_changed
from checkout.model import Decision, Moment, Refused, Sale
from checkout.overrides import Override, overrides_of
from checkout.ports import ChangedMeanwhile, Commit, SaleStore
from checkout.postgres import PostgresSales
from checkout.statements import Pool
from checkout.views import event_view
from contracts.audit import AuditLine, FindOverrides
from contracts.cases import SettleCase
from contracts.envelope import Actor, Authority, Role
from contracts.money import Yen
from contracts.sales import Line, OpenSale
from servicekit.ids import SystemIds

IDS = SystemIds()
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = "2026-11-22"
MANAGER = Authority(operator="manager", role=Role.MANAGER)


def moment(company: str = "DEMO", minutes: int = 0) -> Moment:
    actor = Actor(company=company, operator="cashier", role=Role.CASHIER)
    at = NOW + timedelta(minutes=minutes)
    return Moment(at=at, case_id=IDS.uuid(), actor=actor, authority=MANAGER)


def done(decided: Decision | Refused) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


async def with_case(store: SaleStore, number: int, shop: str, company: str) -> Sale:
    line = Line(name="お茶", quantity=1, unit_price=Yen(165), tax_rate=8)
    opened = done(
        decide_sale.open_sale(
            OpenSale(store=shop, register=f"R{number}", lines=(line,)),
            sale_id=IDS.uuid(),
            number=decide_sale.sale_number(shop, DAY, number),
            day=DAY,
            moment=moment(company),
        )
    )
    case = decide_case.open_case(
        opened.sale, "foreign_result", None, {"n": number}, amount=Yen(1), moment=moment(company)
    )
    happened = (*opened.happened, *case)
    events = tuple(event_view(event, IDS.uuid(), moment()) for event in happened)
    await store.commit(Commit(sale=case[-1].sale, events=events, number=number))
    return case[-1].sale


async def settled(
    store: SaleStore, number: int = 1, shop: str = "S001", company: str = "DEMO", minutes: int = 0
) -> Sale:
    sale = await with_case(store, number, shop, company)
    await settle(store, sale, moment(company, minutes))
    return sale


async def settle(store: SaleStore, sale: Sale, at: Moment) -> None:
    asked = SettleCase(case=sale.cases[0].id, way="accept", reason="a gift")
    decision = done(decide_case.settle_case(sale, asked, at))
    await store.commit(
        Commit(
            sale=decision.sale,
            before=sale.sequence,
            events=tuple(event_view(event, IDS.uuid(), at) for event in decision.happened),
            cases=cases_changed(sale, decision.sale),
            overrides=overrides_of(sale, decision, at),
        )
    )


async def found(
    record: SaleStore, *stores: str, company: str = "DEMO", **wanted: Any
) -> list[AuditLine]:
    return list(await record.overrides(company, stores, FindOverrides(**wanted)))


async def test_an_override_is_kept_with_its_sale(store: SaleStore) -> None:
    sale = await settled(store)
    (line,) = await found(store)
    assert line == AuditLine(
        source="sales",
        id=line.id,
        at=NOW,
        store="S001",
        by_company="DEMO",
        operator="cashier",
        role="cashier",
        action="case_settled",
        before={"case.1.state": "open"},
        after={"case.1.state": "settled", "case.1.way": "accept"},
        authorised_by="manager",
        reason="a gift",
        register="R1",
        sale=sale.id,
        sale_number=sale.number,
    )


async def test_an_override_of_a_change_that_was_undone_is_not_told(store: SaleStore) -> None:
    sale = await settled(store)
    with pytest.raises(ChangedMeanwhile):
        await settle(store, sale, moment())
    assert len(await found(store)) == 1


async def test_they_are_found_newest_first_and_page_by_page(store: SaleStore) -> None:
    sales = [await settled(store, number, minutes=number % 2) for number in range(1, 6)]
    order = [sales[index].id for index in (4, 2, 0, 3, 1)]
    assert [line.sale for line in await found(store)] == order
    told: list[AuditLine] = []
    for _ in range(3):
        bound: dict[str, Any] = {}
        if told:
            bound = {"before_at": told[-1].at, "before_id": told[-1].id}
        told += await found(store, limit=2, **bound)
    assert [line.sale for line in told] == order


async def test_each_filter_leaves_out_what_does_not_fit(store: SaleStore) -> None:
    first = await settled(store)
    second = await settled(store, 2, shop="S002", minutes=60)
    hour = timedelta(hours=1)

    async def ids(*stores: str, **wanted: Any) -> list[str | None]:
        return [line.sale for line in await found(store, *stores, **wanted)]

    assert await ids(store="S001") == [first.id]
    assert await ids("S002") == [second.id]
    assert await ids("S002", store="S001") == []
    for operator in ("cashier", "manager"):
        assert await ids(operator=operator) == [second.id, first.id]
    assert await ids(operator="admin") == []
    assert await ids(action="case_settled", until=NOW + hour) == [first.id]
    assert await ids(action="sale_voided") == []
    assert await ids(since=NOW + hour) == [second.id]
    assert await ids(company="OTHER") == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkout.override SET reason = ''",
        "DELETE FROM checkout.override",
        "TRUNCATE checkout.override",
    ],
)
async def test_what_was_overridden_stays_written(pool: Pool, statement: str) -> None:
    store = PostgresSales(pool, told=lambda: None)
    await settled(store)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await pool.execute(statement)
    assert len(await found(store)) == 1


async def test_a_void_that_the_terminal_carried_out_has_no_role(store: SaleStore) -> None:
    """Whoever wanted it may have another role by then, or be gone."""
    sale = await with_case(store, 1, "S001", "DEMO")
    asked = SettleCase(case=sale.cases[0].id, way="accept", reason="x")
    decision = done(decide_case.settle_case(sale, asked, moment()))
    (told,) = overrides_of(sale, decision, moment())
    nobody: Override = replace(told, operator=None, role="", authorised_by=None)
    events = tuple(event_view(event, IDS.uuid(), moment()) for event in decision.happened)
    await store.commit(
        Commit(sale=decision.sale, before=sale.sequence, events=events, overrides=(nobody,))
    )
    (line,) = await found(store)
    assert (line.operator, line.role, line.authorised_by) == (None, "", None)
