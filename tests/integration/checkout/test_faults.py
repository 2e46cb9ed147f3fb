"""A part of the way is missing, doubled or forged: the payment ends in the terminal's truth."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts import streams, subjects
from contracts.envelope import Actor, Refusal, Role
from contracts.operations import (
    Aborting,
    AlreadyRead,
    Evidence,
    InquireOperation,
    Outcome,
    ReplayFacts,
    StartOperation,
    Unreachable,
)
from contracts.sales import (
    AddTender,
    CloseSale,
    DisconnectTender,
    Method,
    ReadRegister,
    ReadSale,
    RegisterView,
    SaleView,
    TenderState,
)
from contracts.stores import GatewayEpoch
from messaging.bucket import Bucket
from messaging.errors import NoResponder
from messaging.publisher import StreamPublisher

Read = Callable[[], Awaitable[SaleView]]


def reader(caller: Any, sale: SaleView) -> Read:
    async def read() -> SaleView:
        answer = await caller.ask(ReadSale(sale=sale.id))
        assert answer.outcome == "ok", bytes(answer.body)
        return msgspec.json.decode(answer.body, type=SaleView)

    return read


async def until(read: Read, good: Callable[[SaleView], bool], bound_s: float = 8) -> SaleView:
    async with asyncio.timeout(bound_s):
        while not good(got := await read()):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
    return got


def ended(state: TenderState) -> Callable[[SaleView], bool]:
    return lambda sale: bool(sale.tenders) and sale.tenders[0].state is state


def terminal(sale: SaleView, amount: int = 165) -> AddTender:
    return AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)


def always(reply: Any) -> Callable[[Any], Any]:
    return lambda _: reply


def concluding(gateway: Any, outcome: Outcome, **told: Any) -> Callable[[Any], Any]:
    return lambda command: gateway.concluded(command.operation_id, outcome, **told)


async def test_a_store_without_a_gateway_is_told_at_once_and_leaves_no_tender(
    start: Any, caller: Any
) -> None:
    await start()
    sale = await caller.open()
    async with asyncio.timeout(10):
        answer = await caller.ask(terminal(sale), key="k")
    assert answer.outcome == "terminal_unreachable"
    assert msgspec.json.decode(answer.body, type=Refusal).fields["retry_after"] == 2
    assert (await reader(caller, sale)()).tenders == ()


async def test_a_terminal_that_is_off_leaves_no_tender(
    start: Any, caller: Any, gateway: Any
) -> None:
    await start()
    gateway.replies["start_operation"] = always(Unreachable())
    sale = await caller.open()
    answer = await caller.ask(terminal(sale), key="k")
    assert answer.outcome == "terminal_unreachable"
    kept = await reader(caller, sale)()
    assert (kept.tenders, kept.balance) == ((), 165)
    del gateway.replies["start_operation"]


async def test_a_start_without_an_answer_is_asked_again_and_never_started_twice(
    start: Any, caller: Any, gateway: Any
) -> None:
    await start()
    gateway.replies["start_operation"] = always(None)
    gateway.replies["inquire_operation"] = concluding(gateway, Outcome.APPROVED, evidence=journal())
    sale = await caller.open()
    await caller.pay(sale)
    paid = await until(reader(caller, sale), lambda sale: sale.state == "paid")
    assert paid.tenders[0].resolved_from == "journal"
    assert count(gateway, StartOperation) == 1
    assert count(gateway, InquireOperation) == 1


def journal(source: str = "journal") -> Evidence:
    return Evidence(source=source, at=datetime(2026, 11, 22, tzinfo=UTC))


def count(gateway: Any, kind: type) -> int:
    return sum(isinstance(command, kind) for command in gateway.commands)


async def test_a_restarted_checkout_asks_after_every_open_operation_first(
    start: Any, caller: Any, gateway: Any
) -> None:
    service = await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    await service.drain()
    gateway.replies["inquire_operation"] = concluding(
        gateway, Outcome.NOT_PERFORMED, evidence=journal("tombstone")
    )
    await start()
    never = await until(reader(caller, sale), ended(TenderState.NOT_PERFORMED))
    assert never.balance == 165
    asked = [one for one in gateway.commands if isinstance(one, InquireOperation)]
    assert asked[0].operation_id == tender.operations[0].id


async def test_a_result_told_while_checkout_was_away_is_taken_in(
    start: Any, caller: Any, gateway: Any
) -> None:
    service = await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    await service.drain()
    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED))
    await start()
    paid = await until(reader(caller, sale), lambda sale: sale.state == "paid")
    assert paid.paid == 165


async def test_a_fact_told_twice_counts_once(start: Any, caller: Any, gateway: Any) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    told = gateway.concluded(tender.operations[0].id, Outcome.APPROVED)
    fact_id = await gateway.tell(told)
    await gateway.tell(told, sequence=1, fact_id=fact_id)
    other = await caller.open(register="R2")
    paid = await until(reader(caller, sale), lambda sale: sale.state == "paid")
    await asyncio.sleep(0.2)
    assert (await reader(caller, sale)()).sequence == paid.sequence
    assert other.total == 165


async def test_a_gap_in_a_gateways_facts_is_asked_for(
    start: Any, caller: Any, gateway: Any
) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED), sequence=5)
    async with asyncio.timeout(10):
        while not count(gateway, ReplayFacts):  # noqa: ASYNC110 - another process asks
            await asyncio.sleep(0.02)
    (asked,) = [one for one in gateway.commands if isinstance(one, ReplayFacts)]
    assert (asked.epoch, asked.from_sequence, asked.to_sequence) == (1, 1, 4)


async def test_what_cannot_be_read_or_is_not_ours_is_set_aside_and_the_next_is_taken(
    start: Any, caller: Any, gateway: Any, bus: Any
) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    publisher = StreamPublisher(bus)
    subject = subjects.terminal_fact("DEMO", "S001", "T1", "operation_concluded")
    await publisher.publish(subject, b"{not json", "garbage")
    await publisher.publish(subject, b'{"body":{"type":"from_tomorrow"}}', "tomorrow")
    await gateway.tell(gateway.concluded("00000000-0000-7000-8000-00000000dead", Outcome.DECLINED))
    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED))
    await until(reader(caller, sale), lambda sale: sale.state == "paid")
    async with asyncio.timeout(10):
        while await dead(bus) < 3:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


async def dead(bus: Any) -> int:
    info = await bus.jetstream.stream_info(streams.DEAD.name)
    return info.state.messages


async def test_a_fact_on_another_stores_subject_is_not_believed(
    start: Any, caller: Any, gateway: Any, bus: Any
) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    told = gateway.concluded(tender.operations[0].id, Outcome.APPROVED)
    await gateway.tell(told)
    await until(reader(caller, sale), lambda sale: sale.state == "paid")
    second = await caller.open()
    forged = await caller.pay(second)
    fact = msgspec.json.encode(
        {
            "id": "00000000-0000-7000-8000-00000000f00d",
            "company": "DEMO",
            "store": "S001",
            "epoch": 1,
            "sequence": 2,
            "at": datetime(2026, 11, 22, tzinfo=UTC),
            "body": gateway.concluded(forged.operations[0].id, Outcome.APPROVED),
        }
    )
    subject = subjects.terminal_fact("OTHER", "S901", "T1", "operation_concluded")
    await StreamPublisher(bus).publish(subject, fact, "forged")
    async with asyncio.timeout(10):
        while not await dead(bus):  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)
    assert (await reader(caller, second)()).paid == 0


async def test_a_replaced_gateways_word_needs_the_present_one(
    start: Any, caller: Any, gateway: Any, bus: Any
) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    operation = tender.operations[0].id
    bucket = Bucket(bus, streams.GATEWAY_EPOCHS, GatewayEpoch)
    taken = GatewayEpoch(epoch=2, instance="new", taken_at=datetime(2026, 11, 22, tzinfo=UTC))
    await bucket.put(streams.store_key("DEMO", "S001"), taken)
    await asyncio.sleep(0.2)
    gateway.replies["inquire_operation"] = concluding(gateway, Outcome.CANCELLED)
    await gateway.tell(gateway.concluded(operation, Outcome.APPROVED))
    kept = await until(reader(caller, sale), lambda sale: bool(sale.cases))
    assert (kept.paid, kept.tenders[0].state) == (0, TenderState.CANCELLED)
    assert kept.cases[0].kind == "contrary_evidence"
    answer = await caller.ask(terminal(sale))
    assert answer.outcome == "terminal_unreachable", "the old gateway's heartbeats do not count"


async def test_a_disconnect_ends_in_the_terminals_word(
    start: Any, caller: Any, gateway: Any
) -> None:
    await start()
    sale = await caller.open()
    tender = await caller.pay(sale)
    gateway.replies["abort_operation"] = always(Aborting())
    answer = await caller.ask(DisconnectTender(sale=sale.id, tender=1))
    assert answer.outcome == "accepted"
    await gateway.tell(
        gateway.concluded(tender.operations[0].id, Outcome.CANCELLED, reason="aborted", slip=None)
    )
    done = await until(reader(caller, sale), ended(TenderState.CANCELLED))
    assert (done.balance, done.tenders[0].disconnected) == (165, True)
    again = await caller.pay(sale)
    assert again.number == 2
    gateway.replies["abort_operation"] = always(AlreadyRead())
    await caller.ask(DisconnectTender(sale=sale.id, tender=2))
    await gateway.tell(gateway.concluded(again.operations[0].id, Outcome.APPROVED))
    paid = await until(reader(caller, sale), lambda sale: sale.state == "paid")
    assert paid.tenders[1].resolved_from == "result"


async def test_two_processes_share_stores_terminals_and_numbers(
    start: Any, caller: Any, gateway: Any
) -> None:
    await asyncio.gather(start(), start())
    await asyncio.sleep(0.4)
    sales = await asyncio.gather(*(caller.open(register=f"R{1 + n % 2}") for n in range(12)))
    assert len({sale.number for sale in sales}) == 12
    register = await caller.ask(ReadRegister(store="S001", register="R1"))
    view = msgspec.json.decode(register.body, type=RegisterView)
    assert len(view.parked) == 5
    mine = [sale for sale in sales if sale.register == "R1"]
    answers = await asyncio.gather(*(caller.ask(terminal(sale)) for sale in mine))
    outcomes = sorted(answer.outcome for answer in answers)
    assert outcomes == ["accepted", *["terminal_busy"] * 5]
    assert count(gateway, StartOperation) == 1
    (paying,) = [
        sale for sale, answer in zip(mine, answers, strict=True) if answer.outcome == "accepted"
    ]
    tender = (await reader(caller, paying)()).tenders[0]
    await gateway.tell(gateway.concluded(tender.operations[0].id, Outcome.APPROVED))
    await until(reader(caller, paying), lambda sale: sale.state == "paid")
    for sale in mine:
        if sale.id != paying.id:
            assert (await caller.ask(terminal(sale))).outcome == "accepted"
            break
    closed = await asyncio.gather(*(caller.ask(CloseSale(sale=paying.id)) for _ in range(8)))
    assert len({bytes(answer.body) for answer in closed}) == 1


async def test_eight_times_the_same_key_pay_once(start: Any, caller: Any, gateway: Any) -> None:
    await asyncio.gather(start(), start())
    await asyncio.sleep(0.4)
    sale = await caller.open()
    answers = await asyncio.gather(*(caller.ask(terminal(sale), key="k") for _ in range(8)))
    assert {answer.outcome for answer in answers} <= {"accepted", "request_in_progress"}
    assert count(gateway, StartOperation) == 1
    async with asyncio.timeout(10):
        # The other process cannot tell at once that the first one's answer is not taken back.
        again = await caller.ask(terminal(sale), key="k")
        while again.outcome == "request_in_progress":
            await asyncio.sleep(0.05)
            again = await caller.ask(terminal(sale), key="k")
    assert again.replayed
    assert count(gateway, StartOperation) == 1


async def test_another_company_is_told_nothing(start: Any, caller: Any) -> None:
    await start()
    sale = await caller.open()
    other = Actor(company="OTHER", operator="cashier", role=Role.CASHIER)
    for body in (ReadSale(sale=sale.id), CloseSale(sale=sale.id), terminal(sale)):
        assert (await caller.ask(body, actor=other)).outcome == "unknown_sale"


async def test_events_go_on_after_the_bus_was_away(
    start: Any, caller: Any, bus: Any, nats_server: Any
) -> None:
    await start()
    sale = await caller.open()
    nats_server.kill()
    await asyncio.sleep(0.3)
    nats_server.start()
    async with asyncio.timeout(15):
        while not await bus.ping():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.1)
    answer = None
    async with asyncio.timeout(15):
        while answer is None:  # the service may find the way back later than this test
            with contextlib.suppress(NoResponder):
                answer = await caller.ask(AddTender(sale=sale.id, method=Method.CASH, amount=165))
    assert answer.outcome == "created"
    async with asyncio.timeout(15):
        while (await bus.jetstream.stream_info(streams.SALES.name)).state.messages < 2:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)
