"""Cases beside their sales, sales taken up again, and seats: on PostgreSQL and on its twin."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_case, decide_outcome, decide_sale, decide_tender
from checkout.decide_tender import TerminalAtHand
from checkout.holds import cases_changed, holds_changed, holds_of
from checkout.model import Decision, Moment, Refused, Sale, Seat
from checkout.ports import ChangedMeanwhile, Commit, Key, KeyTaken, SaleStore, StoredAnswer
from checkout.postgres import PostgresSales
from checkout.statements import Pool
from checkout.views import event_view
from contracts.cases import FindCases, SettleCase
from contracts.envelope import Actor, Authority, Role
from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome
from contracts.sales import AddTender, Line, Method, OpenSale, TenderState
from servicekit.ids import SystemIds, last_uuid_of

IDS = SystemIds()
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
MANAGER = Authority(operator="manager", role=Role.MANAGER)
DAY = "2026-11-22"


def moment(company: str = "DEMO") -> Moment:
    actor = replace(CASHIER, company=company)
    return Moment(at=NOW, case_id=IDS.uuid(), actor=actor, authority=MANAGER)


def done(decided: Decision | Refused) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


async def keep(
    store: SaleStore, decision: Decision, before: Sale | None = None, **more: Any
) -> Sale:
    await store.commit(
        Commit(
            sale=decision.sale,
            before=0 if before is None else before.sequence,
            events=tuple(event_view(event, IDS.uuid(), moment()) for event in decision.happened),
            holds=holds_changed(before, decision.sale),
            cases=cases_changed(before, decision.sale),
            **more,
        )
    )
    return decision.sale


async def opened(
    store: SaleStore,
    number: int = 1,
    register: str = "R1",
    shop: str = "S001",
    company: str = "DEMO",
    *,
    at: datetime | None = None,
) -> Sale:
    line = Line(name="お茶", quantity=1, unit_price=Yen(165), tax_rate=8)
    decision = decide_sale.open_sale(
        OpenSale(store=shop, register=register, lines=(line,)),
        sale_id=IDS.uuid() if at is None else last_uuid_of(at),
        number=decide_sale.sale_number(shop, DAY, number),
        day=DAY,
        moment=replace(moment(company), at=at or NOW),
    )
    return await keep(store, done(decision), number=number)


def foreign_charge(operation: str, amount: int) -> OperationConcluded:
    return OperationConcluded(
        operation_id=operation,
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=Yen(amount),
        evidence=Evidence(source="result", at=NOW),
    )


async def with_case(store: SaleStore, sale: Sale, amount: int = 165) -> Sale:
    decision = decide_outcome.conclude(sale, foreign_charge(IDS.uuid(), amount), moment())
    assert len(decision.sale.cases) == len(sale.cases) + 1
    return await keep(store, decision, sale)


async def found(record: SaleStore, *stores: str, company: str = "DEMO", **wanted: Any) -> list[str]:
    rows = await record.cases(company, stores, FindCases(**wanted))
    assert all(sale.case(case.id) == case for case, sale in rows)
    return [case.id for case, _ in rows]


async def test_a_case_is_found_newest_first_with_its_sale(store: SaleStore) -> None:
    assert await found(store) == []
    sale = await with_case(store, await opened(store))
    both = await with_case(store, sale, 999)
    other = await with_case(store, await opened(store, 2, register="R2"))
    old, new = (case.id for case in both.cases)
    assert await found(store) == [other.cases[0].id, new, old]
    assert await store.sale_of_case("DEMO", old) == sale.id
    assert await found(store, limit=1) == [other.cases[0].id, new]
    assert await found(store, after=new) == [old]
    assert await found(store, store="S001", register="R1") == [new, old]
    assert await found(store, store="S001", register="R1", state="open", limit=1) == [new, old]
    assert await found(store, register="R2") == [other.cases[0].id]
    assert await found(store, store="S002") == []


async def test_another_companys_or_stores_cases_are_not_there(store: SaleStore) -> None:
    sale = await with_case(store, await opened(store, company="OTHER"))
    assert await found(store) == []
    assert await store.sale_of_case("DEMO", sale.cases[0].id) is None
    assert await store.sale_of_case("DEMO", IDS.uuid()) is None
    assert await found(store, company="OTHER") == [sale.cases[0].id]
    assert await found(store, "S002", company="OTHER") == []
    assert await found(store, "S002", company="OTHER", store="S001", register="R1") == []
    one = {"store": "S001", "register": "R1", "state": "open"}
    assert await found(store, "S002", company="OTHER", **one) == []
    assert await found(store, "S001", company="OTHER", **one) == [sale.cases[0].id]


async def test_a_settled_case_is_no_longer_open(store: SaleStore) -> None:
    sale = await with_case(store, await opened(store))
    case = sale.cases[0]
    asked = SettleCase(case=case.id, way="accept", reason="a gift")
    settled = await keep(store, done(decide_case.settle_case(sale, asked, moment())), sale)
    assert await found(store, state="open") == []
    assert await found(store, store="S001", register="R1", state="open") == []
    assert await found(store, state="settled") == [case.id]
    ((kept, of),) = await store.cases("DEMO", (), FindCases())
    assert (kept.way, kept.authorised_by, of) == ("accept", "manager", settled)


async def test_a_case_of_a_change_that_was_undone_is_not_there(store: SaleStore) -> None:
    sale = await opened(store)
    await with_case(store, sale)
    with pytest.raises(ChangedMeanwhile):
        await with_case(store, sale, 999)
    assert len(await found(store)) == 1


async def test_an_override_gives_the_terminal_to_the_new_operation(store: SaleStore) -> None:
    sale = await opened(store)

    def paying(sale: Sale, amount: int) -> Decision:
        asked = AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)
        at_hand = TerminalAtHand(terminal="T1", busy_with=None, operation_id=IDS.uuid())
        return done(decide_tender.add_tender(sale, asked, at_hand=at_hand, moment=moment()))

    first = await keep(store, paying(sale, 100), sale)
    doubt = decide_outcome.doubt(first, first.tenders[0].operation.id, "silence", moment())
    doubted = await keep(store, doubt, first)
    second = await keep(store, paying(doubted, 65), doubted)
    holds = {hold.operation_id: hold for hold, _ in await store.unresolved()}
    assert holds == holds_of(second)
    assert [hold.holds_terminal for hold in holds.values()] == [False, True]


async def test_unresolved_operations_say_until_when_they_are_looked_into(store: SaleStore) -> None:
    sale = await opened(store)
    asked = AddTender(sale=sale.id, method=Method.TERMINAL, amount=165)
    at_hand = TerminalAtHand(terminal="T1", busy_with=None, operation_id=IDS.uuid())
    decided = done(decide_tender.add_tender(sale, asked, at_hand=at_hand, moment=moment()))
    paying = await keep(store, decided, sale)
    broke_off = replace(
        foreign_charge(paying.tenders[0].operation.id, 165), outcome=Outcome.INCOMPLETE
    )
    await keep(store, decide_outcome.conclude(paying, broke_off, moment()), paying)
    ((hold, state),) = await store.unresolved()
    assert (hold.investigate_until, hold.holds_terminal) == ("2027-01-16", False)
    assert state is TenderState.IN_DOUBT


# --- taken up again ---


def parking(sale: Sale) -> Decision:
    return decide_sale.park(sale, moment())


async def two_on_a_register(store: SaleStore) -> tuple[Sale, Sale]:
    """A parked sale and the one that it was parked for."""
    first = await opened(store)
    parked = await keep(store, parking(first), first)
    return parked, await opened(store, 2)


def resuming(parked: Sale, active: Sale, **more: Any) -> Commit:
    aside, back = parking(active), done(decide_sale.resume(parked, moment()))
    happened = (*aside.happened, *back.happened)
    return Commit(
        sale=back.sale,
        before=parked.sequence,
        parked=aside.sale,
        events=tuple(event_view(event, IDS.uuid(), moment()) for event in happened),
        **more,
    )


async def test_a_sale_is_taken_up_and_the_active_one_parked_together(store: SaleStore) -> None:
    parked, active = await two_on_a_register(store)
    commit = resuming(parked, active)
    await store.commit(commit)
    assert await store.active("DEMO", "S001", "R1") == commit.sale
    now, aside, _ = await store.register_sales("DEMO", "S001", "R1")
    assert (now, aside) == (commit.sale, (commit.parked,))
    for sale in (parked, active):
        told = await store.events("DEMO", sale.id, 0)
        assert [event.sequence for event in told] == list(range(1, len(told) + 1))
        assert told[-1].name in {"sale_resumed", "sale_parked"}


async def test_a_sale_is_not_taken_up_beside_another_one(store: SaleStore) -> None:
    parked, _ = await two_on_a_register(store)
    alone = done(decide_sale.resume(parked, moment()))
    with pytest.raises(ChangedMeanwhile):
        await keep(store, alone, parked)
    assert await store.load_fresh("DEMO", parked.id) == parked


async def test_nothing_is_parked_when_one_of_both_changed_meanwhile(store: SaleStore) -> None:
    parked, active = await two_on_a_register(store)
    late = resuming(parked, active)
    cash = AddTender(sale=active.id, method=Method.CASH, amount=1)
    paid = done(decide_tender.add_tender(active, cash, at_hand=None, moment=moment()))
    await keep(store, paid, active)
    with pytest.raises(ChangedMeanwhile):
        await store.commit(late)
    assert await store.load_fresh("DEMO", active.id) == paid.sale
    other = resuming(parked, paid.sale)
    changed = done(
        decide_tender.add_tender(
            parked, replace(cash, sale=parked.id), at_hand=None, moment=moment()
        )
    )
    await keep(store, changed, parked)
    with pytest.raises(ChangedMeanwhile):
        await store.commit(other)
    assert await store.load_fresh("DEMO", active.id) == paid.sale


async def test_an_answer_is_kept_with_a_sale_that_was_taken_up(store: SaleStore) -> None:
    parked, active = await two_on_a_register(store)
    key = Key(company="DEMO", operator="cashier", key="k")
    answer = StoredAnswer(key=key, fingerprint="f" * 64, outcome="ok", body=b"{}", at=NOW)
    commit = resuming(parked, active, answer=answer)
    await store.commit(commit)
    assert await store.stored_answer(key, NOW) == answer
    assert commit.sale is not None
    assert commit.parked is not None
    with pytest.raises(KeyTaken):
        await store.commit(resuming(commit.parked, commit.sale, answer=answer))
    assert await store.active("DEMO", "S001", "R1") == commit.sale


# --- seats ---


def seat(page: str, register: str = "R1", company: str = "DEMO", later: int = 0) -> Seat:
    return Seat(
        company=company,
        store="S001",
        register=register,
        page=page,
        operator="cashier",
        since=NOW + timedelta(seconds=later),
    )


async def test_a_register_obeys_the_page_that_took_it(store: SaleStore) -> None:
    assert await store.seat("DEMO", "S001", "R1") is None
    first = seat("page-0001")
    assert await store.take_seat(first, take_over=False) == first
    again = seat("page-0001", later=9)
    for take_over in (False, True):
        assert await store.take_seat(again, take_over=take_over) == first
    other = seat("page-0002", later=9)
    assert await store.take_seat(other, take_over=False) == first
    assert await store.seat("DEMO", "S001", "R1") == first
    assert await store.take_seat(other, take_over=True) == other
    assert await store.seat("DEMO", "S001", "R1") == other
    assert await store.seat("OTHER", "S001", "R1") is None
    elsewhere = seat("page-0003", company="OTHER")
    assert await store.take_seat(elsewhere, take_over=False) == elsewhere
    assert await store.seat("DEMO", "S001", "R1") == other


async def test_of_many_pages_at_once_one_gets_the_register(store: SaleStore) -> None:
    pages = [seat(f"page-{n:04}") for n in range(8)]
    got = await asyncio.gather(*(store.take_seat(one, take_over=False) for one in pages))
    assert len({one.page for one in got}) == 1


async def test_cases_from_before_they_could_be_searched_are_found(pool: Pool) -> None:
    """What the migration reads out of the documents is what a commit would have written."""
    store = PostgresSales(pool, told=lambda: None)
    sale = await with_case(store, await with_case(store, await opened(store)), 999)
    asked = SettleCase(case=sale.cases[0].id, way="accept", reason="a gift")
    settled = await keep(store, done(decide_case.settle_case(sale, asked, moment())), sale)
    await opened(store, 2, register="R2")
    await pool.execute("DELETE FROM checkout.sale_case")
    assert await found(store) == []
    script = resources.files("checkout").joinpath("migrations/0003_cases_and_seats.sql")
    statements = script.read_text(encoding="utf-8").split(";")
    (backfill,) = [text for text in statements if "INSERT INTO sale_case" in text]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL search_path TO checkout, public")
        await connection.execute(backfill)
    opened_case, settled_case = settled.cases[1].id, settled.cases[0].id
    assert await found(store, state="open") == [opened_case]
    assert await found(store, store="S001", register="R1") == [opened_case, settled_case]


async def test_the_sale_that_was_on_a_register_is_found_whatever_became_of_it(
    store: SaleStore,
) -> None:
    async def at(minute: int) -> Sale | None:
        return await store.rung_up_until("DEMO", "S001", "R1", NOW + timedelta(minutes=minute))

    assert await at(0) is None
    await opened(store, 3, register="R2")
    await opened(store, 4, company="OTHER")
    sales: list[Sale] = []
    for number, minute in ((1, 10), (2, 20)):
        sale = await opened(store, number, at=NOW + timedelta(minutes=minute))
        sales.append(await keep(store, done(decide_sale.abandon_sale(sale, moment())), sale))
    first, second = sales
    assert await at(10) == await at(19) == first
    assert await at(20) == await at(10_000) == second
    assert await at(9) == first, "before the first one it is nobody else's"
    assert await store.active("DEMO", "S001", "R1") is None
