"""A manager resolves a doubt only where the terminal cannot say it itself."""

from typing import Any

import msgspec
import pytest

from checkout.ports import OutOfReach, Unanswered
from contracts.envelope import Actor, Authority, Refusal, Role
from contracts.operations import (
    Fenced,
    InquireOperation,
    OperationDoubted,
    OperationOpen,
    Outcome,
    Phase,
    Recovering,
    UnknownTerminal,
    Unreachable,
)
from contracts.sales import ReleaseTender, ResolveTender, SaleView, TenderState, TenderView

MANAGER = Authority(operator="manager", role=Role.MANAGER)


def resolving(sale: SaleView, outcome: Any = "approved", **told: Any) -> ResolveTender:
    fields: dict[str, Any] = {"sale": sale.id, "tender": 1, "outcome": outcome, "reason": "burnt"}
    return ResolveTender(**(fields | told))


def still_open(operation: str, **told: Any) -> OperationOpen:
    fields: dict[str, Any] = {
        "operation_id": operation,
        "phase": Phase.READ,
        "in_doubt": True,
        "link": "connected",
    }
    return OperationOpen(**(fields | told))


async def doubted(house: Any) -> Any:
    sale = await house.open()
    house.gateway.answers("start_operation", Unanswered())
    await house.pay(sale)
    return sale


def code(answer: Any) -> str:
    return msgspec.json.decode(answer.body, type=Refusal).code


@pytest.mark.parametrize(
    "reply",
    [
        OutOfReach(),
        Unanswered(),
        UnknownTerminal(),
        Unreachable(),
        Fenced(epoch=2),
        Recovering(),
        still_open("x", parked="no_journal"),
        still_open("x", link="disconnected"),
    ],
)
async def test_a_dead_terminals_doubt_is_resolved_by_a_named_manager(
    house: Any, reply: Any
) -> None:
    sale = await doubted(house)
    house.gateway.answers("inquire_operation", reply)
    answer = await house.ask(resolving(sale), authority=MANAGER, key="k")
    assert answer.outcome == "accepted", bytes(answer.body)
    tender = msgspec.json.decode(answer.body, type=TenderView)
    assert (tender.state, tender.authorised_by) == (TenderState.APPROVED, "manager")
    assert tender.resolved_from == "manager"
    assert len(house.gateway.commands(InquireOperation)) == 1
    again = await house.ask(resolving(sale), authority=MANAGER, key="k")
    assert (again.replayed, again.body) == (True, answer.body)


async def test_the_slip_that_the_manager_read_helps_the_gateway_to_find_it(house: Any) -> None:
    sale = await doubted(house)
    house.gateway.answers("inquire_operation", OutOfReach())
    await house.ask(resolving(sale, slip_number="00119"), authority=MANAGER)
    (command,) = house.gateway.commands(InquireOperation)
    assert command.slip_number == "00119"


@pytest.mark.parametrize("told", [{"in_doubt": False}, {"link": "connected"}])
async def test_a_terminal_that_can_be_asked_speaks_for_itself(
    house: Any, told: dict[str, Any]
) -> None:
    sale = await doubted(house)
    operation = house.sale(sale).tenders[0].operation.id
    await house.ask(ReleaseTender(sale=sale.id, tender=1))
    house.gateway.answers("inquire_operation", still_open(operation, **told))
    answer = await house.ask(resolving(sale), authority=MANAGER)
    assert code(answer) == "terminal_answers"
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT


async def test_a_terminal_that_is_at_work_is_not_taken_for_one_that_has_ended(house: Any) -> None:
    sale = await doubted(house)
    operation = house.sale(sale).tenders[0].operation.id
    house.gateway.answers("inquire_operation", still_open(operation, in_doubt=False))
    answer = await house.ask(resolving(sale), authority=MANAGER)
    assert code(answer) == "terminal_answers"
    assert house.sale(sale).tenders[0].state is TenderState.IN_PROGRESS


@pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.DECLINED])
async def test_what_the_gateway_knows_holds_and_the_manager_is_told(
    house: Any, build: Any, outcome: Outcome
) -> None:
    sale = await doubted(house)
    operation = house.sale(sale).tenders[0].operation.id
    known = build.concluded(outcome, operation_id=operation)
    house.gateway.answers("inquire_operation", known)
    answer = await house.ask(resolving(sale, "not_performed"), authority=MANAGER, key="k")
    assert code(answer) == "tender_settled"
    assert str(house.sale(sale).tenders[0].state) == str(outcome)
    again = await house.ask(resolving(sale, "not_performed"), authority=MANAGER, key="k")
    assert again.replayed


async def test_a_touch_that_broke_off_may_be_resolved(house: Any, build: Any) -> None:
    sale = await doubted(house)
    operation = house.sale(sale).tenders[0].operation.id
    broke_off = build.concluded(Outcome.INCOMPLETE, operation_id=operation)
    house.gateway.answers("inquire_operation", broke_off)
    answer = await house.ask(resolving(sale, "not_performed"), authority=MANAGER)
    assert answer.outcome == "accepted"
    assert house.sale(sale).tenders[0].state is TenderState.NOT_PERFORMED


async def test_who_may_not_resolve_asks_no_gateway(house: Any) -> None:
    sale = await doubted(house)
    for authority in (None, Authority(operator="other", role=Role.CASHIER)):
        answer = await house.ask(resolving(sale), authority=authority, key="k")
        assert code(answer) == "authorisation_required"
    assert house.gateway.commands(InquireOperation) == []
    house.gateway.answers("inquire_operation", OutOfReach())
    boss = Actor(company="DEMO", operator="cashier", role=Role.MANAGER)
    answer = await house.ask(resolving(sale), actor=boss, key="k")
    assert (answer.outcome, answer.replayed) == ("accepted", False)


async def test_only_a_doubt_of_a_sale_that_is_there_is_resolved(house: Any) -> None:
    sale = await house.open()
    await house.pay(sale)
    answer = await house.ask(resolving(sale), authority=MANAGER)
    assert code(answer) == "not_in_doubt"
    unknown = await house.ask(resolving(sale, tender=2), authority=MANAGER)
    assert code(unknown) == "unknown_tender"
    nobody = msgspec.structs.replace(resolving(sale), sale="nobody")
    assert code(await house.ask(nobody, authority=MANAGER)) == "unknown_sale"
    assert house.gateway.commands(InquireOperation) == []


async def test_a_process_that_is_behind_asks_the_terminal_all_the_same(house: Any) -> None:
    sale = await house.open()
    tender = await house.pay(sale)
    old, operation = house.sale(sale), tender.operations[0].id
    await house.tell(OperationDoubted(operation_id=operation, terminal="T1", reason="link_lost"))
    house.fall_behind(old)
    house.gateway.answers("inquire_operation", still_open(operation))
    answer = await house.ask(resolving(sale, "not_performed"), authority=MANAGER)
    assert code(answer) == "terminal_answers"
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT


async def test_a_doubt_that_begins_while_a_manager_is_refused_is_not_resolved_unasked(
    house: Any,
) -> None:
    sale = await house.open()
    tender = await house.pay(sale)
    told = OperationDoubted(operation_id=tender.operations[0].id, terminal="T1", reason="link_lost")
    load, reads = house.store.load_fresh, 0

    async def doubted_meanwhile(company: str, sale_id: str) -> Any:
        nonlocal reads
        reads += 1
        found = await load(company, sale_id)
        if reads == 1:
            await house.tell(told)
        return found

    house.store.load_fresh = doubted_meanwhile
    answer = await house.ask(resolving(sale, "not_performed"), authority=MANAGER)
    assert answer.outcome == "not_in_doubt"
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT
    assert house.gateway.commands(InquireOperation) == []
