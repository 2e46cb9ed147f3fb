"""Cases are found and settled by those who see them; a register obeys one page."""

from typing import Any

import msgspec
import pytest

from contracts.cases import CasesPage, CaseView, FindCases, SettleCase
from contracts.envelope import Actor, Authority, Refusal, Role
from contracts.sales import (
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Method,
    ReadRegister,
    RegisterView,
    ResolveTender,
    ResumeSale,
    SaleView,
)
from contracts.seats import SeatView, TakeRegister

MANAGER = Authority(operator="manager", role=Role.MANAGER)
FIRST, SECOND = "page-0001", "page-0002"


def told(answer: Any, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


async def paid_twice(house: Any, build: Any, register: str = "R1") -> SaleView:
    """A card payment that was declined, then cash, then the terminal says it was approved."""
    sale = await house.open(register=register)
    tender = await house.pay(sale)
    operation = tender.operations[0].id
    await house.tell(build.concluded("declined", operation_id=operation))
    await house.ask(AddTender(sale=sale.id, method=Method.CASH, amount=165))
    await house.ask(CloseSale(sale=sale.id))
    await house.tell(build.concluded(operation_id=operation))
    return sale


async def test_open_cases_are_shown_on_the_register_that_rang_them_up(
    house: Any, build: Any
) -> None:
    sale = await paid_twice(house, build)
    view = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    (case,) = view.cases
    assert (case.kind, case.sale, case.sale_number) == ("paid_twice", sale.id, sale.number)
    assert (case.state, case.evidence["slip_number"]) == ("open", "00119")
    other = told(await house.ask(ReadRegister(store="S001", register="R2")), RegisterView)
    assert other.cases == ()
    await house.ask(SettleCase(case=case.id, way="accept", reason="gift"), authority=MANAGER)
    view = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert view.cases == ()


async def test_pages_of_cases_join_without_a_gap(house: Any, build: Any) -> None:
    sales = [await paid_twice(house, build) for _ in range(5)]
    seen: list[CaseView] = []
    after = None
    for _ in range(3):
        page = told(await house.ask(FindCases(limit=2, after=after)), CasesPage)
        seen.extend(page.cases)
        after = page.next
    assert after is None
    assert [case.sale for case in seen] == [sale.id for sale in reversed(sales)]


async def test_cases_are_found_by_what_is_asked_and_seen_only_by_their_own(
    house: Any, build: Any
) -> None:
    await paid_twice(house, build)
    first = told(await house.ask(FindCases()), CasesPage).cases[0]
    await house.ask(SettleCase(case=first.id, way="accept", reason="x"), authority=MANAGER)
    await paid_twice(house, build)

    async def found(actor: Actor = build.cashier, **wanted: Any) -> list[str]:
        page = told(await house.ask(FindCases(**wanted), actor=actor), CasesPage)
        return [case.state for case in page.cases]

    assert await found() == ["open", "settled"]
    assert await found(state="settled") == ["settled"]
    assert await found(store="S001", register="R1", state="open") == ["open"]
    assert await found(store="S001", register="R2") == []
    elsewhere = Actor(company="DEMO", operator="x", role=Role.MANAGER, stores=("S002",))
    assert await found(elsewhere) == []
    assert await found(Actor(company="OTHER", operator="x", role=Role.MANAGER)) == []
    wrong = await house.ask(FindCases(after="x"))
    assert told(wrong, Refusal).code == "bad_parameter"
    unknown = await house.ask(FindCases(store="S009"))
    assert told(unknown, Refusal).code == "unknown_store"
    settle = SettleCase(case=first.id, way="accept", reason="x")
    for actor in (elsewhere, Actor(company="OTHER", operator="x", role=Role.MANAGER)):
        assert told(await house.ask(settle, actor=actor), Refusal).code == "unknown_case"


async def test_a_settled_case_is_answered_and_told_as_an_event(house: Any, build: Any) -> None:
    sale = await paid_twice(house, build)
    case = house.sale(sale).cases[0]
    settle = SettleCase(case=case.id, way="replace_tender", reason="handed back", tender=2)
    answer = await house.ask(settle, key="k")
    view = told(answer, CaseView)
    assert (answer.outcome, view.state, view.way) == ("ok", "settled", "replace_tender")
    assert (view.settled_by, view.reason) == ("cashier", "handed back")
    assert house.names(sale)[-2:] == ["tender_replaced", "case_settled"]
    assert (await house.ask(settle, key="k")).body == answer.body
    again = await house.ask(settle)
    assert (again.outcome, again.body) == ("ok", answer.body)


async def test_a_refusal_for_want_of_a_name_is_not_kept(house: Any, build: Any) -> None:
    sale = await paid_twice(house, build)
    settle = SettleCase(case=house.sale(sale).cases[0].id, way="accept", reason="gift")
    refused = await house.ask(settle, key="k")
    assert told(refused, Refusal).code == "authorisation_required"
    assert (await house.ask(settle, key="k", authority=MANAGER)).outcome == "ok"


# --- which page a register obeys ---


def taking(*, take_over: bool = False, register: str = "R1") -> TakeRegister:
    return TakeRegister(store="S001", register=register, take_over=take_over)


async def test_the_first_page_gets_the_register_and_keeps_it(house: Any) -> None:
    first = await house.ask(taking(), page=FIRST)
    view = told(first, SeatView)
    assert (view.page, view.operator, view.register) == (FIRST, "cashier", "R1")
    house.clock.advance(60.0)
    assert (await house.ask(taking(), page=FIRST)).body == first.body
    assert (await house.ask(taking(take_over=True), page=FIRST)).body == first.body
    second = told(await house.ask(taking(), page=SECOND), Refusal)
    assert second.code == "register_taken_over"
    assert second.fields == {"operator": "cashier", "since": view.since.isoformat()}
    assert told(await house.ask(taking(register="R2"), page=SECOND), SeatView).page == SECOND


async def test_a_second_page_takes_over_and_the_first_is_told(house: Any) -> None:
    await house.ask(taking(), page=FIRST)
    taken = told(await house.ask(taking(take_over=True), page=SECOND), SeatView)
    assert taken.page == SECOND
    assert [news.seat.page for news in house.heard.seats] == [FIRST, SECOND]
    register = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert register.seat == taken


async def test_an_old_asking_repeated_takes_nothing_back(house: Any) -> None:
    first = await house.ask(taking(take_over=True), page=FIRST, key="k")
    await house.ask(taking(take_over=True), page=SECOND)
    again = await house.ask(taking(take_over=True), page=FIRST, key="k")
    assert (again.replayed, again.body) == (True, first.body)
    register = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert register.seat is not None
    assert register.seat.page == SECOND


async def test_only_a_page_of_a_register_that_is_there_takes_it(house: Any) -> None:
    assert told(await house.ask(taking()), Refusal).code == "bad_parameter"
    unknown = await house.ask(taking(register="R9"), page=FIRST)
    assert told(unknown, Refusal).code == "unknown_register"
    auditor = Actor(company="DEMO", operator="a", role=Role.AUDITOR)
    refused = await house.ask(taking(), page=FIRST, actor=auditor)
    assert told(refused, Refusal).code == "not_permitted"


async def test_a_page_that_was_taken_over_changes_nothing_any_more(house: Any, build: Any) -> None:
    sale = await house.open()
    await house.ask(taking(), page=FIRST)
    await house.ask(taking(take_over=True), page=SECOND)
    before = house.sale(sale)
    for body in (
        build.open_body(),
        AddTender(sale=sale.id, method=Method.CASH, amount=1),
        AddTender(sale=sale.id, method=Method.TERMINAL, amount=1),
        CancelTender(sale=sale.id, tender=1),
        DisconnectTender(sale=sale.id, tender=1),
        ResolveTender(sale=sale.id, tender=1, outcome="approved", reason="x"),
        CloseSale(sale=sale.id),
        ResumeSale(sale=sale.id),
    ):
        answer = await house.ask(body, page=FIRST)
        assert told(answer, Refusal).code == "register_taken_over", body
    assert house.sale(sale) == before
    assert len(house.store.sales) == 1
    assert house.gateway.sent == []
    for page in (SECOND, None):
        body = AddTender(sale=sale.id, method=Method.CASH, amount=1)
        assert (await house.ask(body, page=page)).outcome == "created"


async def test_that_a_page_was_taken_over_is_not_kept_for_a_key(house: Any) -> None:
    sale = await house.open()
    body = AddTender(sale=sale.id, method=Method.CASH, amount=1)
    done = await house.ask(body, page=FIRST, key="done")
    await house.ask(taking(take_over=True), page=SECOND)
    refused = await house.ask(body, page=FIRST, key="k")
    assert told(refused, Refusal).code == "register_taken_over"
    replayed = await house.ask(body, page=FIRST, key="done")
    assert (replayed.replayed, replayed.body) == (True, done.body)
    await house.ask(taking(take_over=True), page=FIRST)
    assert (await house.ask(body, page=FIRST, key="k")).outcome == "created"


# --- parked sales ---


async def test_a_parked_sale_is_taken_up_and_the_open_one_parked(house: Any) -> None:
    first = await house.open()
    second = await house.open()
    answer = await house.ask(ResumeSale(sale=first.id), key="k")
    assert answer.outcome == "ok"
    view = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert view.active is not None
    assert (view.active.id, [sale.id for sale in view.parked]) == (first.id, [second.id])
    assert house.names(second) == ["sale_opened", "sale_parked"]
    assert house.names(first) == ["sale_opened", "sale_parked", "sale_resumed"]
    assert (await house.ask(ResumeSale(sale=first.id), key="k")).body == answer.body
    again = await house.ask(ResumeSale(sale=first.id))
    assert told(again, SaleView) == told(answer, SaleView)


@pytest.mark.parametrize("closed", [True, False])
async def test_a_sale_is_taken_up_where_no_other_is_open_unless_it_ended(
    house: Any, *, closed: bool
) -> None:
    first = await house.open()
    second = await house.open()
    paid = first if closed else second
    await house.ask(AddTender(sale=paid.id, method=Method.CASH, amount=165))
    await house.ask(CloseSale(sale=paid.id))
    answer = await house.ask(ResumeSale(sale=first.id))
    if closed:
        assert told(answer, Refusal).code == "sale_closed"
    else:
        assert told(answer, SaleView).parked is False
    nobody = await house.ask(ResumeSale(sale="nobody"))
    assert told(nobody, Refusal).code == "unknown_sale"
