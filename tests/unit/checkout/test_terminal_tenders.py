"""What is sent to a terminal is kept first; what comes back is told apart by what it proves."""

from typing import Any

import msgspec
import pytest

from checkout.ports import OutOfReach, Unanswered
from contracts.envelope import Answer, Refusal
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
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Method,
    ReadSale,
    ReadSaleEvents,
    ReleaseTender,
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


@pytest.mark.parametrize("reply", [Unanswered(), ContentDiffers(field="amount"), Fenced(epoch=2)])
async def test_a_command_without_an_answer_of_the_box_it_was_for_leaves_the_tender_in_doubt(
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
    assert told(answer, Refusal).fields["retry_after"] == 2
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


@pytest.mark.parametrize("reply", [Aborting(), AbortNotSupported()])
async def test_a_disconnect_before_the_read_waits_for_the_terminals_word(
    house: Any, reply: Any
) -> None:
    sale = await house.open()
    tender = await house.pay(sale)
    house.gateway.answers("abort_operation", reply)
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


async def test_a_released_doubt_lets_the_sale_go_on(house: Any) -> None:
    sale = await house.open()
    house.gateway.answers("start_operation", Unanswered())
    await house.ask(terminal(sale))
    assert (await house.ask(terminal(sale, 1))).outcome == "tender_in_doubt"
    assert (await house.ask(cash(sale))).outcome == "amount_exceeds_balance"
    await house.ask(ReleaseTender(sale=sale.id, tender=1))
    assert (await house.ask(cash(sale))).outcome == "created"
    assert (await house.ask(CloseSale(sale=sale.id))).outcome == "ok"


async def test_what_another_process_released_does_not_keep_a_terminal_busy(house: Any) -> None:
    sale = await house.open()
    house.gateway.answers("start_operation", Unanswered())
    tender = await house.pay(sale)
    held = house.store.holds[tender.operations[0].id]
    await house.ask(ReleaseTender(sale=sale.id, tender=1))
    house.resolver.keep(held, TenderState.IN_DOUBT, house.clock.monotonic())
    house.gateway.answers("start_operation", Accepted(operation_id="x"))
    assert (await house.ask(terminal(sale))).outcome == "accepted"
    assert house.resolver.find(held.operation_id) is not None, "it is still asked after"


async def test_a_cancel_finds_the_tender_that_another_process_added(house: Any) -> None:
    sale = await house.open()
    old = house.sale(sale)
    await house.pay(sale)
    house.fall_behind(old)
    house.gateway.answers("abort_operation", Aborting())
    answer = await house.ask(CancelTender(sale=sale.id, tender=1))
    assert answer.outcome == "accepted"
