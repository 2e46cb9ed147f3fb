"""A key is worked on once; its answer is given again, byte by byte, for a day."""

import asyncio
from typing import Any

import msgspec
import pytest

from checkout.handlers import Checkout
from checkout.ledger import Ledger
from checkout.ports import OutOfReach
from checkout.resolver import START_BOUND_S, Resolver
from contracts.envelope import Actor, Answer, Role
from contracts.operations import Busy, StartOperation
from contracts.sales import (
    AddTender,
    CloseSale,
    Method,
    ReadSale,
    SaleView,
    TenderView,
)


def told(answer: Answer, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


def terminal(sale: SaleView, amount: int = 165) -> AddTender:
    return AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)


def cash(sale: SaleView, amount: int = 165, **more: Any) -> AddTender:
    return AddTender(sale=sale.id, method=Method.CASH, amount=amount, **more)


async def test_the_same_key_gets_the_same_answer_byte_by_byte(house: Any, build: Any) -> None:
    first = await house.ask(build.open_body(), key="open")
    again = await house.ask(build.open_body(), key="open")
    assert (again.outcome, bytes(again.body)) == (first.outcome, bytes(first.body))
    assert (first.replayed, again.replayed) == (False, True)
    assert len(house.store.sales) == 1
    sale = told(first, SaleView)
    paid = await house.ask(terminal(sale), key="pay")
    repeated = await house.ask(terminal(sale), key="pay")
    assert bytes(repeated.body) == bytes(paid.body)
    assert repeated.replayed
    assert len(house.gateway.commands(StartOperation)) == 1


async def test_the_same_key_for_something_else_is_refused(house: Any) -> None:
    sale = await house.open()
    await house.ask(cash(sale, 100), key="k", fingerprint="a")
    answer = await house.ask(cash(sale, 65), key="k", fingerprint="b")
    assert answer.outcome == "idempotency_key_reused"
    assert house.sale(sale).paid == 100


async def test_the_key_of_a_payment_is_refused_for_another_sale_and_not_put_off(
    house: Any,
) -> None:
    first = await house.open()
    await house.ask(cash(first, 100))
    answer = await house.ask(terminal(first, 65), key="k", fingerprint="a")
    assert (answer.outcome, told(answer, TenderView).number) == ("accepted", 2)
    other = await house.open()  # has no second tender that could still be being sent
    reused = await house.ask(terminal(other), key="k", fingerprint="b")
    assert reused.outcome == "idempotency_key_reused"


async def test_a_key_of_another_operator_is_another_key(house: Any) -> None:
    sale = await house.open()
    await house.ask(cash(sale, 100), key="k", fingerprint="a")
    manager = Actor(company="DEMO", operator="manager", role=Role.MANAGER)
    answer = await house.ask(cash(sale, 65), key="k", fingerprint="b", actor=manager)
    assert answer.outcome == "created"


async def test_a_refusal_that_was_decided_is_kept_for_its_key(house: Any) -> None:
    sale = await house.open()
    refused = await house.ask(cash(sale, 166), key="k")
    assert refused.outcome == "amount_exceeds_balance"
    await house.ask(CloseSale(sale=sale.id))
    again = await house.ask(cash(sale, 166), key="k")
    assert again.replayed
    assert bytes(again.body) == bytes(refused.body)


async def test_a_stored_answer_is_given_even_when_the_store_is_out_of_reach(house: Any) -> None:
    sale = await house.open(total=1000)
    paid = await house.ask(terminal(sale), key="k")
    operation = told(paid, TenderView).operations[0].id
    house.gateway.answers("inquire_operation", OutOfReach())
    house.clock.advance(10.0)
    again = await house.ask(terminal(sale), key="k")
    assert again.replayed
    assert told(again, TenderView).operations[0].id == operation


async def test_a_key_is_free_again_after_a_day(house: Any) -> None:
    sale = await house.open(total=1000)
    await house.ask(cash(sale, 100), key="k")
    house.clock.advance(24 * 3600 + 1)
    again = await house.ask(cash(sale, 100), key="k")
    assert (again.outcome, again.replayed) == ("created", False)
    assert house.sale(sale).paid == 200


async def test_two_at_once_under_one_key_are_told_apart(house: Any) -> None:
    sale = await house.open()
    second: list[Answer] = []

    started = house.gateway.start

    async def start(*to: Any) -> Any:
        second.append(await house.ask(terminal(sale), key="k"))
        return await started(*to)

    house.gateway.start = start
    first = await house.ask(terminal(sale), key="k")
    assert first.outcome == "accepted"
    assert [answer.outcome for answer in second] == ["request_in_progress"]
    assert (await house.ask(terminal(sale), key="k")).outcome == "accepted"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PARTNER, Role.PLATFORM])
async def test_who_only_reads_changes_nothing(house: Any, build: Any, role: Role) -> None:
    sale = await house.open()
    reader = Actor(company="DEMO", operator="reader", role=role)
    for body in (build.open_body(), cash(sale), terminal(sale), CloseSale(sale=sale.id)):
        assert (await house.ask(body, actor=reader)).outcome == "not_permitted"
    assert (await house.ask(ReadSale(sale=sale.id), actor=reader)).outcome == "ok"


async def test_a_refused_total_is_kept_for_its_key(house: Any, build: Any) -> None:
    refused = await house.ask(build.open_body(0), key="k")
    assert refused.outcome == "total_out_of_range"
    assert (await house.ask(build.open_body(0), key="k")).replayed


async def test_an_answer_that_another_process_may_still_take_back_is_not_given(
    house: Any,
) -> None:
    sale = await house.open()
    sent = asyncio.Event()
    refused = asyncio.Event()

    class SlowGateway:
        async def start(self, *_to: Any) -> Any:
            sent.set()
            await refused.wait()
            return Busy(operation_id=None, screen="menu")

    slow: Any = SlowGateway()
    other = Ledger(house.store, Resolver(), house.clock, house.ids)
    first = Checkout(other, slow, house.documents, house.presence)
    call = house.call(terminal(sale), key="k")
    sending = asyncio.create_task(first.add_tender(call))
    await sent.wait()
    assert (await house.checkout.add_tender(call)).outcome == "request_in_progress"
    refused.set()
    assert (await sending).outcome == "terminal_busy"
    again = await house.checkout.add_tender(call)
    assert (again.outcome, again.replayed) == ("terminal_busy", True)


async def test_an_answer_of_a_process_that_died_is_given_once_it_cannot_change(
    house: Any,
) -> None:
    sale = await house.open()
    await house.pay(sale, key="k")
    assert (await house.ask(terminal(sale), key="k")).replayed
    house.restart()
    await house.beat()
    assert (await house.ask(terminal(sale), key="k")).outcome == "request_in_progress"
    house.clock.advance(START_BOUND_S)
    await house.beat(number=2)
    again = await house.ask(terminal(sale), key="k")
    assert (again.outcome, again.replayed) == ("accepted", True)
