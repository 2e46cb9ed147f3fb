"""What a commit promises, on PostgreSQL and on its twin: all of it or nothing, and why nothing."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_outcome, decide_sale, decide_tender
from checkout.decide_tender import TerminalAtHand
from checkout.gaps import Seen
from checkout.holds import entry_of, holds_changed
from checkout.model import Decision, Moment, Sale
from checkout.ports import (
    ChangedMeanwhile,
    Commit,
    FactKnown,
    Key,
    KeyAct,
    KeyTaken,
    NumberTaken,
    SaleStore,
    SeenFact,
    StoredAnswer,
    TerminalTaken,
)
from checkout.views import event_view
from contracts.envelope import Actor, Role
from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome
from contracts.sales import AddTender, FindSales, Line, Method, OpenSale, SaleState, TenderState
from contracts.slips import Slip
from servicekit.ids import SystemIds

IDS = SystemIds()
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
DAY = "2026-11-22"


def moment() -> Moment:
    return Moment(at=NOW, case_id=IDS.uuid(), actor=CASHIER)


def opening(
    number: int = 1, register: str = "R1", shop: str = "S001", company: str = "DEMO"
) -> Decision:
    line = Line(name="お茶", quantity=1, unit_price=Yen(165), tax_rate=8)
    actor = replace(CASHIER, company=company)
    decided = decide_sale.open_sale(
        OpenSale(store=shop, register=register, lines=(line,)),
        sale_id=IDS.uuid(),
        number=decide_sale.sale_number(shop, DAY, number),
        day=DAY,
        moment=replace(moment(), actor=actor),
    )
    assert isinstance(decided, Decision)
    return decided


def commit_of(decision: Decision, before: Sale | None = None, **more: Any) -> Commit:
    return Commit(
        sale=decision.sale,
        before=0 if before is None else before.sequence,
        events=tuple(event_view(event, IDS.uuid(), moment()) for event in decision.happened),
        holds=holds_changed(before, decision.sale),
        **more,
    )


async def opened(store: SaleStore, number: int = 1, **where: str) -> Sale:
    decision = opening(number, **where)
    await store.commit(commit_of(decision, number=number))
    return decision.sale


def paying(sale: Sale, terminal: str = "T1", amount: int = 165) -> Decision:
    decided = decide_tender.add_tender(
        sale,
        AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount),
        at_hand=TerminalAtHand(terminal=terminal, busy_with=None, operation_id=IDS.uuid()),
        moment=moment(),
    )
    assert isinstance(decided, Decision)
    return decided


def closing(sale: Sale) -> Decision:
    decided = decide_sale.abandon_sale(sale, moment())
    assert isinstance(decided, Decision)
    return decided


def answer(key: str = "k", body: bytes = b'{"a":1}', at: datetime = NOW) -> StoredAnswer:
    return StoredAnswer(
        key=Key(company="DEMO", operator="cashier", key=key),
        fingerprint="f" * 64,
        outcome="created",
        body=body,
        at=at,
    )


def fact(sequence: int, epoch: int = 1) -> SeenFact:
    return SeenFact(
        id=IDS.uuid(), company="DEMO", store="S001", epoch=epoch, sequence=sequence, at=NOW
    )


async def numbers(store: SaleStore, sale: Sale) -> list[int]:
    return [event.sequence for event in await store.events(sale.company, sale.id, 0)]


async def test_what_was_committed_is_read_back_whole(store: SaleStore) -> None:
    sale = await opened(store)
    request = paying(sale)
    await store.commit(commit_of(request, sale))
    assert await store.load("DEMO", sale.id) == request.sale
    assert await store.load_fresh("DEMO", sale.id) == request.sale
    assert await numbers(store, sale) == [1, 2]
    assert await store.events("OTHER", sale.id, 0) == ()
    (second,) = await store.events("DEMO", sale.id, 1)
    assert (second.name, second.sale.pending) == ("tender_requested", 165)


async def test_another_companys_sale_is_not_there(store: SaleStore) -> None:
    sale = await opened(store)
    assert await store.load("OTHER", sale.id) is None
    assert await store.load_fresh("OTHER", sale.id) is None
    assert await store.load("DEMO", IDS.uuid()) is None


async def test_a_decision_upon_an_old_sale_changes_nothing(store: SaleStore) -> None:
    sale = await opened(store)
    first, second = paying(sale), closing(sale)
    await store.commit(commit_of(first, sale))
    with pytest.raises(ChangedMeanwhile):
        await store.commit(commit_of(second, sale, answer=answer(), fact=fact(1)))
    assert await store.load_fresh("DEMO", sale.id) == first.sale
    assert await numbers(store, sale) == [1, 2]
    assert await store.stored_answer(answer().key, NOW) is None
    assert await store.seen("DEMO", "S001", 1) == Seen()


async def test_a_refusal_decided_upon_an_old_sale_is_not_kept(store: SaleStore) -> None:
    sale = await opened(store)
    await store.commit(commit_of(paying(sale), sale))
    with pytest.raises(ChangedMeanwhile):
        await store.commit(Commit(sale=sale, before=sale.sequence, answer=answer()))
    assert await store.stored_answer(answer().key, NOW) is None


async def test_of_two_at_once_one_is_told(store: SaleStore) -> None:
    sale = await opened(store)
    commits = [commit_of(paying(sale, f"T{n}"), sale) for n in range(8)]
    results = await asyncio.gather(
        *(store.commit(commit) for commit in commits), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, ChangedMeanwhile) for result in results) == 7
    assert await numbers(store, sale) == [1, 2]


async def test_a_terminal_takes_one_operation(store: SaleStore) -> None:
    first = await opened(store, 1, register="R1")
    second = await opened(store, 2, register="R2")
    request = paying(first)
    await store.commit(commit_of(request, first))
    with pytest.raises(TerminalTaken):
        await store.commit(commit_of(paying(second), second, answer=answer()))
    assert await store.load_fresh("DEMO", second.id) == second
    assert await store.stored_answer(answer().key, NOW) is None
    other = await opened(store, 1, register="R1", company="OTHER")
    await store.commit(commit_of(paying(other), other))
    operation = request.sale.tenders[0].operation.id
    gone = decide_tender.withdraw_tender(request.sale, operation, moment())
    await store.commit(commit_of(gone, request.sale))
    await store.commit(commit_of(paying(second), second))


async def test_sixteen_registers_at_one_terminal_make_one_operation(store: SaleStore) -> None:
    sales = [await opened(store, n + 1, register=f"R{n}") for n in range(16)]
    results = await asyncio.gather(
        *(store.commit(commit_of(paying(sale), sale)) for sale in sales), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, TerminalTaken) for result in results) == 15


async def test_unresolved_operations_are_found_with_where_they_stand(store: SaleStore) -> None:
    sale = await opened(store)
    assert await store.unresolved() == ()
    request = paying(sale)
    await store.commit(commit_of(request, sale))
    operation = request.sale.tenders[0].operation.id
    ((hold, state),) = await store.unresolved()
    assert (hold, state) == (commit_of(request, sale).holds[0], TenderState.REQUESTED)
    doubted = decide_outcome.doubt(request.sale, operation, "silence", moment())
    await store.commit(commit_of(doubted, request.sale))
    ((_, state),) = await store.unresolved()
    assert state is TenderState.IN_DOUBT
    gone = decide_tender.withdraw_tender(request.sale, operation, moment())
    with pytest.raises(ChangedMeanwhile):
        await store.commit(commit_of(gone, request.sale))
    assert len(await store.unresolved()) == 1


async def test_an_ended_operation_still_finds_its_sale(store: SaleStore) -> None:
    sale = await opened(store)
    request = paying(sale)
    await store.commit(commit_of(request, sale))
    operation = request.sale.tenders[0].operation.id
    gone = decide_tender.withdraw_tender(request.sale, operation, moment())
    await store.commit(commit_of(gone, request.sale))
    hold = await store.hold_of(operation)
    assert hold is not None
    assert (hold.sale_id, hold.holds_terminal, hold.unresolved) == (sale.id, False, False)
    assert await store.unresolved() == ()
    assert await store.hold_of(IDS.uuid()) is None


async def test_an_answer_is_kept_with_what_it_tells_of(store: SaleStore) -> None:
    decision = opening()
    await store.commit(commit_of(decision, number=1, answer=answer()))
    assert await store.stored_answer(answer().key, NOW) == answer()
    with pytest.raises(KeyTaken):
        await store.commit(commit_of(opening(2, register="R2"), number=2, answer=answer()))
    with pytest.raises(KeyTaken):
        await store.commit(commit_of(paying(decision.sale), decision.sale, answer=answer()))
    with pytest.raises(KeyTaken):
        await store.commit(Commit(answer=answer(body=b"{}")))
    assert await numbers(store, decision.sale) == [1]
    assert len(await store.find("DEMO", (), FindSales())) == 1
    assert await store.stored_answer(answer().key, NOW) == answer()


async def test_a_taken_key_is_told_before_a_changed_sale(store: SaleStore) -> None:
    sale = await opened(store)
    await store.commit(commit_of(paying(sale), sale, answer=answer()))
    with pytest.raises(KeyTaken):
        await store.commit(commit_of(paying(sale, "T2"), sale, answer=answer()))


async def test_an_answer_is_given_for_a_day(store: SaleStore) -> None:
    await store.commit(Commit(answer=answer()))
    day = timedelta(hours=24)
    assert await store.stored_answer(answer().key, NOW + day) == answer()
    later = NOW + day + timedelta(seconds=1)
    assert await store.stored_answer(answer().key, later) is None
    again = answer(body=b"{}", at=later)
    await store.commit(Commit(answer=again))
    assert await store.stored_answer(answer().key, later) == again


async def test_an_answer_that_proved_wrong_is_replaced_or_forgotten(store: SaleStore) -> None:
    for act, expected in ((KeyAct.REPLACE, b"{}"), (None, None)):
        sale = await opened(store, 1 if act else 2, register="R1" if act else "R2")
        request = paying(sale)
        kept = answer(key=f"k{act}")
        await store.commit(commit_of(request, sale, answer=kept))
        gone = decide_tender.withdraw_tender(
            request.sale, request.sale.tenders[0].operation.id, moment()
        )
        how: dict[str, Any] = {"forget": kept.key}
        if act is not None:
            how = {"answer": replace(kept, body=b"{}"), "key_act": act}
        await store.commit(commit_of(gone, request.sale, **how))
        found = await store.stored_answer(kept.key, NOW)
        assert (None if found is None else found.body) == expected


async def test_a_replacement_never_touches_another_requests_answer(store: SaleStore) -> None:
    sale = await opened(store)
    await store.commit(Commit(answer=answer()))
    other = replace(answer(body=b"{}"), fingerprint="0" * 64)
    with pytest.raises(KeyTaken):
        await store.commit(commit_of(paying(sale), sale, answer=other, key_act=KeyAct.REPLACE))
    assert await store.stored_answer(answer().key, NOW) == answer()


async def test_a_fact_is_marked_with_what_it_changed(store: SaleStore) -> None:
    sale = await opened(store)
    mark = fact(1)
    await store.commit(commit_of(paying(sale), sale, fact=mark))
    now = await store.load_fresh("DEMO", sale.id)
    assert now is not None
    with pytest.raises(FactKnown):
        await store.commit(commit_of(closing(sale), now, fact=mark))
    assert await numbers(store, sale) == [1, 2]
    await store.commit(Commit(sale=now, before=now.sequence, fact=fact(4)))
    assert await store.seen("DEMO", "S001", 1) == Seen(contiguous=1, ahead=frozenset({4}))
    assert await store.seen("DEMO", "S001", 2) == Seen()
    assert await store.seen("OTHER", "S001", 1) == Seen()


async def test_a_cursor_only_goes_up(store: SaleStore) -> None:
    await store.keep_cursor("DEMO", "S001", 1, 7)
    await store.keep_cursor("DEMO", "S001", 1, 5)
    assert await store.seen("DEMO", "S001", 1) == Seen(contiguous=7)


async def test_a_register_works_on_one_sale(store: SaleStore) -> None:
    first = await opened(store)
    with pytest.raises(ChangedMeanwhile):
        await opened(store, 2)
    parking = decide_sale.park(first, moment())
    second = opening(2)
    both = (*parking.happened, *second.happened)
    commit = replace(
        commit_of(second, number=2),
        parked=parking.sale,
        events=tuple(event_view(event, IDS.uuid(), moment()) for event in both),
    )
    await store.commit(commit)
    assert await store.active("DEMO", "S001", "R1") == second.sale
    assert await store.load_fresh("DEMO", first.id) == parking.sale
    active, parked, closed = await store.register_sales("DEMO", "S001", "R1")
    assert (active, parked, closed) == (second.sale, (parking.sale,), None)
    assert await numbers(store, first) == [1, 2]
    with pytest.raises(ChangedMeanwhile):
        await store.commit(replace(commit_of(opening(3), number=3), parked=parking.sale))


async def test_a_parked_sale_that_changed_meanwhile_undoes_the_new_one(store: SaleStore) -> None:
    first = await opened(store)
    parking = decide_sale.park(first, moment())
    await store.commit(commit_of(paying(first), first))
    second = opening(2)
    with pytest.raises(ChangedMeanwhile):
        await store.commit(replace(commit_of(second, number=2), parked=parking.sale))
    assert await store.load_fresh("DEMO", second.sale.id) is None
    kept = await store.load_fresh("DEMO", first.id)
    assert kept is not None
    assert not kept.parked


async def test_of_many_openings_at_once_one_is_active(store: SaleStore) -> None:
    commits = [commit_of(opening(n), number=n) for n in range(1, 9)]
    results = await asyncio.gather(
        *(store.commit(commit) for commit in commits), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert all(result is None or isinstance(result, ChangedMeanwhile) for result in results)


async def test_a_number_is_given_once(store: SaleStore) -> None:
    await opened(store, 1)
    with pytest.raises(NumberTaken):
        await opened(store, 1, register="R2")
    await opened(store, 1, register="R2", shop="S002")
    assert await store.next_number("DEMO", "S001", DAY) == 2
    assert await store.next_number("DEMO", "S001", DAY) == 3
    assert await store.next_number("DEMO", "S001", "2026-11-23") == 1


async def test_a_number_that_was_drawn_is_not_drawn_again_whatever_failed_meanwhile(
    store: SaleStore,
) -> None:
    sale = await opened(store, await store.next_number("DEMO", "S001", DAY))
    drawn = [await store.next_number("DEMO", "S001", DAY) for _ in range(3)]
    await store.commit(commit_of(paying(sale), sale))
    with pytest.raises(ChangedMeanwhile):
        await store.commit(commit_of(closing(sale), sale))
    drawn.append(await store.next_number("DEMO", "S001", DAY))
    with pytest.raises(NumberTaken):
        await opened(store, 1, register="R2")
    drawn.append(await store.next_number("DEMO", "S001", DAY))
    assert drawn == [2, 3, 4, 5, 6]


def ids(sales: Sequence[Sale]) -> list[str]:
    return [sale.id for sale in sales]


async def test_sales_are_found_by_what_is_asked(store: SaleStore) -> None:
    first = await opened(store, 1, register="R1")
    second = await opened(store, 2, register="R2")
    third = await opened(store, 1, shop="S002")
    await opened(store, 1, company="OTHER")
    left = closing(second)
    await store.commit(commit_of(left, second))
    for wanted, expected in (
        (FindSales(), [third, second, first]),
        (FindSales(store="S001"), [second, first]),
        (FindSales(store="S001", register="R2"), [second]),
        (FindSales(state=SaleState.OPEN), [third, first]),
        (FindSales(business_date=DAY), [third, second, first]),
        (FindSales(business_date="2026-11-21"), []),
        (FindSales(after=third.id), [second, first]),
        (FindSales(limit=1), [third, second]),
    ):
        assert ids(await store.find("DEMO", (), wanted)) == ids(expected)
    assert ids(await store.find("DEMO", ("S002",), FindSales())) == [third.id]


async def test_paid_sales_are_found_until_they_are_closed(store: SaleStore) -> None:
    assert await store.paid(10) == ()
    sale = await opened(store)
    asked = AddTender(sale=sale.id, method=Method.CASH, amount=165)
    paid = decide_tender.add_tender(sale, asked, at_hand=None, moment=moment())
    assert isinstance(paid, Decision)
    await store.commit(commit_of(paid, sale))
    assert await store.paid(10) == (paid.sale,)
    assert await store.paid(0) == ()
    closed = decide_sale.close_sale(paid.sale, moment())
    assert isinstance(closed, Decision)
    await store.commit(commit_of(closed, paid.sale))
    assert await store.paid(10) == ()


async def test_what_a_sale_is_searched_by_may_stand_on_any_one_of_its_tenders(
    store: SaleStore,
) -> None:
    sale = await opened(store)
    taken = approved(paying(sale).sale)
    first = taken.sale.tenders[0]
    told = {"slip_number": "00120", "voided_by": "00121", "brand": "iD", "card_number": None}
    second = replace(first, number=2, operations=(), **told)
    await store.commit(commit_of(Decision(sale=replace(taken.sale, tenders=(first, second))), sale))
    amount = first.amount
    for wanted, found in (
        (FindSales(number=sale.number), True),
        (FindSales(number="S001-20261122-9999"), False),
        (FindSales(amount=amount), True),
        (FindSales(amount=Yen(sale.total + 1)), False),
        (FindSales(slip_number="00119"), True),
        (FindSales(slip_number="00118"), False),
        (FindSales(card_last="6304"), True),
        (FindSales(card_last="6305"), False),
        (FindSales(brand="AMEX"), True),
        (FindSales(brand="VISA"), False),
        (FindSales(void_due=False), True),
        (FindSales(void_due=True), False),
        (FindSales(slip_number="00119", card_last="6305"), False),
        (FindSales(number=sale.number[-4:]), True),
        (FindSales(number="0043x"), False),
        (FindSales(slip_number="00119", card_last="6304", brand="amex"), True),
        (FindSales(card_last="6304", brand="iD"), False),
        (FindSales(slip_number="00121", brand="id"), True),
        (FindSales(slip_number="00121", brand="AMEX"), False),
    ):
        assert bool(await store.find("DEMO", (), wanted)) is found, wanted


async def test_an_entry_of_the_journal_finds_the_payment_that_it_is_of(store: SaleStore) -> None:
    sale = await opened(store)
    request = paying(sale)
    await store.commit(commit_of(request, sale))
    assert await store.hold_of_entry("DEMO", "S001", ENTRY) is None
    taken = approved(request.sale)
    await store.commit(commit_of(taken, request.sale))
    hold = await store.hold_of_entry("DEMO", "S001", ENTRY)
    assert hold is not None
    assert (hold.sale_id, hold.kind, hold.entry) == (sale.id, OperationKind.PAYMENT, ENTRY)
    assert await store.hold_of_entry("DEMO", "S002", ENTRY) is None
    assert await store.hold_of_entry("DEMO", "S001", entry_of("CT6100-S001-T1", "00118")) is None


def approved(sale: Sale) -> Decision:
    """The terminal has taken the sale's first tender."""
    tender = sale.tenders[0]
    told = OperationConcluded(
        operation_id=tender.operation.id,
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=tender.amount,
        evidence=Evidence(source="result", at=moment().at, slip_number="00119"),
        media="credit",
        brand="AMEX",
        slip=Slip(
            slip_number="00119",
            title="カード売上票",
            merchant_name="(DXテスト)",
            merchant_phone="999-999-999",
            used_at="2026/11/22 12:00:00",
            transaction="売上",
            amount=tender.amount,
            total=tender.amount,
            card_number="377782****6304",
        ),
    )
    return decide_outcome.conclude(sale, told, moment())


ENTRY = entry_of("CT6100-S001-T1", "00119")
