"""What a call does to the record, and what is sent; upon the twin and a scripted gateway."""

from typing import Any

import msgspec
import pytest

from checkout.ports import OutOfReach, Unanswered
from contracts.envelope import Actor, Answer, Refusal, Role
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    Accepted,
    AlreadyRead,
    Busy,
    ContentDiffers,
    Fenced,
    NotOpen,
    NotPaired,
    OperationKind,
    Recovering,
    StaleCommand,
    StartOperation,
    StorageFull,
    Unreachable,
)
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
    RegisterView,
    ReleaseTender,
    RemoveTender,
    SaleEvents,
    SalesPage,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)


def told(answer: Answer, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


def terminal(sale: SaleView, amount: int = 165) -> AddTender:
    return AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)


def cash(sale: SaleView, amount: int = 165, **more: Any) -> AddTender:
    return AddTender(sale=sale.id, method=Method.CASH, amount=amount, **more)


async def test_a_payment_is_kept_before_it_is_sent(house: Any) -> None:
    sale = await house.open()
    kept: list[tuple[str, str]] = []

    def start(_command: StartOperation) -> Any:
        tender = house.sale(sale).tenders[0]
        kept.append((tender.operation.id, str(tender.state)))
        return Unreachable()

    house.gateway.script["start_operation"] = start
    await house.ask(terminal(sale))
    (command,) = house.gateway.commands(StartOperation)
    assert kept == [(command.operation_id, "requested")]
    assert (command.amount, command.terminal, command.register) == (165, "T1", "R1")
    assert (command.kind, command.sale_id, command.tender) == (OperationKind.PAYMENT, sale.id, 1)
    assert (command.stamp.epoch, command.stamp.heartbeat) == (1, 1)


async def test_an_accepted_payment_waits_for_the_terminal(house: Any) -> None:
    sale = await house.open()
    tender = await house.pay(sale)
    assert (tender.state, tender.number, tender.counted) == (TenderState.REQUESTED, 1, False)
    assert tender.operations[0].kind is OperationKind.PAYMENT
    assert house.names(sale) == ["sale_opened", "tender_requested"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (OutOfReach(), "terminal_unreachable"),
        (Unreachable(), "terminal_unreachable"),
        (StaleCommand(), "terminal_unreachable"),
        (Fenced(epoch=2), "terminal_unreachable"),
        (Recovering(), "terminal_unreachable"),
        (StorageFull(), "edge_storage_full"),
        (Busy(operation_id=None, screen="menu"), "terminal_busy"),
        (NotPaired(holder="R2"), "no_terminal_paired"),
    ],
)
async def test_proof_that_nothing_was_started_leaves_no_tender(
    house: Any, reply: Any, code: str
) -> None:
    sale = await house.open()
    house.gateway.answers("start_operation", reply)
    answer = await house.ask(terminal(sale), key="k")
    assert answer.outcome == code
    assert told(answer, Refusal).code == code
    kept = house.sale(sale)
    assert (kept.tenders, kept.balance) == ((), 165)
    assert house.names(sale)[-1] == "tender_withdrawn"
    house.gateway.answers("start_operation", Accepted(operation_id=sale.id))
    again = await house.ask(terminal(sale), key="k")
    decided = code in {"terminal_busy", "no_terminal_paired"}
    assert again.replayed is decided
    assert (again.outcome == code) is decided


@pytest.mark.parametrize("reply", [Unanswered(), ContentDiffers(field="amount")])
async def test_a_command_without_an_answer_leaves_the_tender_in_doubt(
    house: Any, reply: Any
) -> None:
    sale = await house.open()
    house.gateway.answers("start_operation", reply)
    answer = await house.ask(terminal(sale))
    assert answer.outcome == "accepted"
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT
    assert len(house.gateway.commands(StartOperation)) == 1


async def test_a_store_out_of_reach_is_told_at_once_and_nothing_is_kept(house: Any) -> None:
    sale = await house.open()
    house.clock.advance(4.0)
    answer = await house.ask(terminal(sale), key="k")
    assert answer.outcome == "terminal_unreachable"
    assert told(answer, Refusal).fields["retry_after_s"] == 2
    assert house.gateway.sent == []
    assert house.names(sale) == ["sale_opened"]
    await house.beat(number=2)
    assert (await house.ask(terminal(sale), key="k")).outcome == "accepted"


async def test_a_gateway_never_heard_of_is_greeted_once(house: Any) -> None:
    house.restart()
    sale = await house.open()
    assert (await house.ask(terminal(sale))).outcome == "accepted"
    assert house.gateway.sent[0] == "greet"
    house.restart()
    house.gateway.answers("greet", OutOfReach())
    other = await house.open(register="R1")
    await house.edge.restart()
    assert (await house.ask(terminal(other))).outcome == "terminal_busy"


async def test_one_operation_at_a_time_on_a_terminal(house: Any) -> None:
    first = await house.open()
    await house.pay(first)
    second = await house.open()
    answer = await house.ask(terminal(second))
    assert answer.outcome == "terminal_busy"
    assert told(answer, Refusal).fields["terminal"] == "T1"


async def test_the_record_guards_a_terminal_that_this_process_takes_for_free(house: Any) -> None:
    first = await house.open()
    await house.pay(first)
    second = await house.open()
    house.restart()
    await house.beat()
    assert (await house.ask(terminal(second))).outcome == "terminal_busy"
    assert len(house.gateway.commands(StartOperation)) == 1


async def test_what_another_process_ended_does_not_keep_a_terminal_busy(
    house: Any, build: Any
) -> None:
    first = await house.open()
    tender = await house.pay(first)
    resolver = house.resolver
    await house.tell(build.concluded(operation_id=tender.operations[0].id))
    hold = house.store.holds[tender.operations[0].id]
    resolver.keep(
        msgspec.structs.replace(hold, holds_terminal=True, unresolved=True),
        TenderState.IN_PROGRESS,
        house.clock.monotonic(),
    )
    second = await house.open()
    assert (await house.ask(terminal(second))).outcome == "accepted"


async def test_a_new_sale_parks_the_open_one(house: Any) -> None:
    first = await house.open()
    second = await house.open()
    other = await house.open(register="R2")
    assert house.sale(first).parked
    assert not house.sale(second).parked
    assert house.names(first) == ["sale_opened", "sale_parked"]
    answer = await house.ask(ReadRegister(store="S001", register="R1"))
    register = told(answer, RegisterView)
    assert register.active.id == second.id
    assert [sale.id for sale in register.parked] == [first.id]
    assert not house.sale(other).parked


async def test_numbers_of_a_store_and_day_are_unique(house: Any) -> None:
    first = await house.open()
    house.restart()
    second = await house.open()
    assert [first.number, second.number] == ["S001-20261120-0001", "S001-20261120-0002"]


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


async def test_a_disconnect_before_the_read_waits_for_the_terminals_word(house: Any) -> None:
    sale = await house.open()
    tender = await house.pay(sale)
    house.gateway.answers("abort_operation", Aborting())
    answer = await house.ask(DisconnectTender(sale=sale.id, tender=1))
    assert told(answer, TenderView).disconnected
    assert house.sale(sale).tenders[0].state is TenderState.REQUESTED
    house.gateway.answers("inquire_operation", Unanswered())
    house.clock.advance(5.0)
    await house.beat(operation=tender.operations[0].id, number=2)
    await house.edge.tick()
    assert house.sale(sale).tenders[0].reason == "abort_unacknowledged"


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        (AlreadyRead(), TenderState.IN_DOUBT, "already_read"),
        (OutOfReach(), TenderState.IN_DOUBT, "link_lost"),
        (Unanswered(), TenderState.IN_DOUBT, "link_lost"),
        (Unreachable(), TenderState.IN_DOUBT, "link_lost"),
        (AbortNotSupported(), TenderState.REQUESTED, None),
        (NotOpen(known=True), TenderState.REQUESTED, None),
    ],
)
async def test_a_disconnect_that_cannot_be_acknowledged_leaves_a_doubt(
    house: Any, reply: Any, state: TenderState, reason: str | None
) -> None:
    sale = await house.open()
    await house.pay(sale)
    house.gateway.answers("abort_operation", reply)
    answer = await house.ask(DisconnectTender(sale=sale.id, tender=1))
    assert answer.outcome == "accepted"
    tender = house.sale(sale).tenders[0]
    assert (tender.state, tender.reason) == (state, reason)
    if isinstance(reply, NotOpen):
        assert house.resolver.next_due() == house.clock.monotonic()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Aborting(), "accepted"),
        (NotOpen(known=True), "accepted"),
        (AlreadyRead(), "already_read"),
        (AbortNotSupported(), "abort_not_supported"),
        (OutOfReach(), "terminal_unreachable"),
        (Unanswered(), "terminal_unreachable"),
        (Unreachable(), "terminal_unreachable"),
    ],
)
async def test_a_cancel_says_what_the_terminal_can_still_do(
    house: Any, reply: Any, code: str
) -> None:
    sale = await house.open()
    await house.pay(sale)
    house.gateway.answers("abort_operation", reply)
    answer = await house.ask(CancelTender(sale=sale.id, tender=1), key="c")
    assert answer.outcome == code
    assert house.sale(sale).tenders[0].state is TenderState.REQUESTED
    assert len(house.gateway.commands(AbortOperation)) == 1
    again = await house.ask(CancelTender(sale=sale.id, tender=1), key="c")
    assert again.replayed is (code != "terminal_unreachable")


async def test_cancel_and_disconnect_of_nothing_are_refused(house: Any) -> None:
    sale = await house.open()
    for body in (CancelTender(sale=sale.id, tender=1), DisconnectTender(sale=sale.id, tender=1)):
        assert (await house.ask(body)).outcome == "unknown_tender"
    for body in (
        CancelTender(sale="nobody", tender=1),
        DisconnectTender(sale="nobody", tender=1),
        AddTender(sale="nobody", method=Method.TERMINAL, amount=1),
        CloseSale(sale="nobody"),
        ReadSale(sale="nobody"),
        ReadSaleEvents(sale="nobody"),
    ):
        assert (await house.ask(body)).outcome == "unknown_sale"
    assert house.gateway.sent == []


async def test_a_split_sale_is_paid_acknowledged_and_closed(house: Any, build: Any) -> None:
    sale = await house.open(total=300)
    tender = await house.pay(sale, 165)
    operation = tender.operations[0].id
    await house.tell(build.concluded(operation_id=operation))
    assert (await house.ask(AcknowledgeTender(sale=sale.id, tender=1))).outcome == "accepted"
    assert (await house.ask(CloseSale(sale=sale.id))).outcome == "balance_due"
    paid = await house.ask(cash(sale, 135, received=150))
    assert told(paid, TenderView).change == 15
    removed = await house.ask(RemoveTender(sale=sale.id, tender=2))
    assert told(removed, SaleView).balance == 135
    await house.ask(cash(sale, 135))
    closed = await house.ask(CloseSale(sale=sale.id))
    assert told(closed, SaleView).state is SaleState.CLOSED
    again = await house.ask(CloseSale(sale=sale.id))
    assert bytes(again.body) == bytes(closed.body)
    register = told(await house.ask(ReadRegister(store="S001", register="R1")), RegisterView)
    assert (register.active, register.closed_last.id) == (None, sale.id)


async def test_events_can_be_read_from_any_number(house: Any) -> None:
    sale = await house.open()
    await house.ask(cash(sale, 100))
    await house.ask(AbandonSale(sale=sale.id))
    events = told(await house.ask(ReadSaleEvents(sale=sale.id, after=1)), SaleEvents).events
    assert [(event.sequence, event.name) for event in events] == [(2, "tender_approved")]
    assert events[0].sale.paid == 100
    assert events[0].by == "cashier"


async def test_a_released_doubt_lets_the_sale_go_on(house: Any) -> None:
    sale = await house.open()
    house.gateway.answers("start_operation", Unanswered())
    await house.ask(terminal(sale))
    assert (await house.ask(terminal(sale, 1))).outcome == "tender_in_doubt"
    assert (await house.ask(cash(sale))).outcome == "amount_exceeds_balance"
    await house.ask(ReleaseTender(sale=sale.id, tender=1))
    assert (await house.ask(cash(sale))).outcome == "created"
    assert (await house.ask(CloseSale(sale=sale.id))).outcome == "ok"


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
        RemoveTender(sale=sale.id, tender=1),
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


async def test_a_store_or_register_that_is_not_there_is_told(house: Any, build: Any) -> None:
    assert (await house.ask(build.open_body(store="S999"))).outcome == "unknown_store"
    assert (await house.ask(build.open_body(register="R9"))).outcome == "unknown_register"
    assert (await house.ask(ReadRegister(store="S001", register="R9"))).outcome == (
        "unknown_register"
    )


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PARTNER, Role.PLATFORM])
async def test_who_only_reads_changes_nothing(house: Any, build: Any, role: Role) -> None:
    sale = await house.open()
    reader = Actor(company="DEMO", operator="reader", role=role)
    for body in (build.open_body(), cash(sale), terminal(sale), CloseSale(sale=sale.id)):
        assert (await house.ask(body, actor=reader)).outcome == "not_permitted"
    assert (await house.ask(ReadSale(sale=sale.id), actor=reader)).outcome == "ok"


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


async def test_a_refused_total_is_kept_for_its_key(house: Any, build: Any) -> None:
    refused = await house.ask(build.open_body(0), key="k")
    assert refused.outcome == "total_out_of_range"
    assert (await house.ask(build.open_body(0), key="k")).replayed


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
