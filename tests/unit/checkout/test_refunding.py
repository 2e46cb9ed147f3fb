"""Money back: asked first, kept before it is sent, never twice, and carried on after a restart."""

from typing import Any

import msgspec
import pytest

from checkout.ports import AwayError, ChangedMeanwhile, OutOfReach, Unanswered
from contracts.envelope import Answer, Refusal
from contracts.money import Yen
from contracts.operations import (
    Accepted,
    Busy,
    CheckTerminal,
    ContentDiffers,
    Fenced,
    InquireOperation,
    OperationConcluded,
    OperationKind,
    OperationOpen,
    Outcome,
    Phase,
    StartOperation,
    StorageFull,
    Unreachable,
)
from contracts.refunds import RefundTender
from contracts.sales import SaleState, TenderState
from contracts.stores import BrandRule


def refund(sold: Any, **told: Any) -> RefundTender:
    return RefundTender(sale=sold.view.id, tender=1, **told)


def code_of(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=Refusal).code


def starts(sold: Any) -> list[StartOperation]:
    return sold.house.gateway.commands(StartOperation)


def back(build: Any, operation: str, number: str = "00120", **told: Any) -> OperationConcluded:
    """The terminal's word that it gave slip 00119 back."""
    fields = {"slip": build.slip(number), "kind": OperationKind.VOID, "voids": "00119"} | told
    return build.concluded(operation_id=operation, **fields)


async def test_a_refund_is_kept_before_it_is_sent_and_sent_as_it_was_kept(sold: Any) -> None:
    kept: list[tuple[str, TenderState, bool]] = []

    def start(command: StartOperation) -> Any:
        kept.append((sold.tender.operation.id, sold.tender.state, sold.tender.counted))
        return Accepted(operation_id=command.operation_id)

    sold.house.gateway.script["start_operation"] = start
    assert (await sold.house.ask(refund(sold))).outcome == "accepted"
    (command,) = starts(sold)
    assert kept == [(command.operation_id, TenderState.REFUNDING, True)]
    assert (command.kind, command.amount) == (OperationKind.VOID, Yen(165))
    assert (command.terminal, command.original_slip_number) == ("T1", "00119")
    assert command.operation_id != sold.payment


async def test_a_refund_is_a_return_on_another_day_of_the_terminal(sold: Any) -> None:
    sold.switch("connected", day="2026-11-23")
    await sold.house.ask(refund(sold))
    assert [command.kind for command in starts(sold)] == [OperationKind.RETURN]


@pytest.mark.parametrize("reply", [Unanswered(), ContentDiffers(field="amount"), Fenced(epoch=2)])
async def test_an_answer_that_was_lost_is_asked_for_under_the_same_id_and_nothing_is_sent_again(
    sold: Any, build: Any, reply: Any
) -> None:
    sold.house.gateway.answers("start_operation", reply)
    assert (await sold.house.ask(refund(sold))).outcome == "accepted"
    assert (sold.tender.state, sold.tender.counted) == (TenderState.REFUND_IN_DOUBT, True)
    again = await sold.house.ask(refund(sold))
    assert again.outcome == "tender_in_doubt"

    operation = sold.tender.operation.id
    sold.house.gateway.sent.clear()
    sold.house.gateway.answers("inquire_operation", back(build, operation))
    sold.house.clock.advance(60)
    await sold.house.edge.tick()
    asked = sold.house.gateway.commands(InquireOperation)
    assert {each.operation_id for each in asked} == {operation}
    assert starts(sold) == []
    assert (sold.tender.state, sold.tender.voided_by) == (TenderState.REFUNDED, "00120")
    assert sold.cases() == [("refund_not_voided", "open")]


async def test_a_refund_in_doubt_that_was_never_performed_leaves_the_payment(
    sold: Any, build: Any
) -> None:
    sold.house.gateway.answers("start_operation", Unanswered())
    await sold.house.ask(refund(sold, void=True))
    never = back(build, sold.tender.operation.id, outcome=Outcome.NOT_PERFORMED, slip=None)
    sold.house.gateway.answers("inquire_operation", never)
    sold.house.clock.advance(60)
    await sold.house.edge.tick()
    assert (sold.tender.state, sold.tender.counted) == (TenderState.APPROVED, True)
    assert (sold.sale.state, sold.sale.void_wanted) == (SaleState.CLOSED, None)


@pytest.mark.parametrize("verb", ["inquire_operation", "check_terminal"])
@pytest.mark.parametrize("reply", [OutOfReach(), Unanswered()])
async def test_without_the_terminals_word_nothing_is_kept_nor_sent(
    sold: Any, verb: str, reply: Exception
) -> None:
    before = sold.sale
    sold.house.gateway.answers(verb, reply)
    answer = await sold.house.ask(refund(sold), key="r")
    assert answer.outcome == code_of(answer) == "terminal_unreachable"
    assert (sold.sale, starts(sold)) == (before, [])
    sold.house.gateway.answers("inquire_operation", sold.taken)
    sold.switch("connected")
    again = await sold.house.ask(refund(sold), key="r")
    assert (again.outcome, again.replayed, len(starts(sold))) == ("accepted", False, 1)


async def test_a_terminal_without_its_link_and_a_box_that_fell_silent_are_out_of_reach(
    sold: Any,
) -> None:
    sold.switch("disconnected")
    assert (await sold.house.ask(refund(sold))).outcome == "terminal_unreachable"
    sold.switch("connected")
    sold.house.gateway.sent.clear()
    sold.house.clock.advance(3600)
    assert (await sold.house.ask(refund(sold))).outcome == "terminal_unreachable"
    assert (sold.tender.state, sold.house.gateway.sent) == (TenderState.APPROVED, [])


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (OutOfReach(), "terminal_unreachable"),
        (Unreachable(), "terminal_unreachable"),
        (StorageFull(), "edge_storage_full"),
        (Busy(operation_id=None, screen="menu"), "terminal_busy"),
    ],
)
async def test_proof_that_nothing_was_started_leaves_the_tender_as_it_was_and_no_wish(
    sold: Any, reply: Any, code: str
) -> None:
    before = sold.sale
    sold.house.gateway.answers("start_operation", reply)
    answer = await sold.house.ask(refund(sold, void=True), key="r")
    assert answer.outcome == code_of(answer) == code
    assert (sold.sale.tenders, sold.sale.void_wanted) == (before.tenders, None)
    assert sold.house.names(sold.view)[-2:] == ["tender_refunding", "refund_withdrawn"]
    sold.house.gateway.answers("start_operation", Accepted(operation_id="x"))
    assert (await sold.house.ask(refund(sold), key="other")).outcome == "accepted"
    assert len({command.operation_id for command in starts(sold)}) == 2


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_terminal_that_works_on_another_payment_is_busy_and_is_not_sent_anything(
    sold: Any, *, elsewhere: bool
) -> None:
    other = await sold.house.open()
    payment = (await sold.house.pay(other)).operations[0].id
    if elsewhere:
        sold.house.restart()  # another process has sent it
    sold.house.gateway.sent.clear()
    answer = await sold.house.ask(refund(sold))
    assert answer.outcome == code_of(answer) == "terminal_busy"
    assert (sold.tender.state, starts(sold)) == (TenderState.APPROVED, [])
    assert sold.house.store.holds[payment].holds_terminal


async def test_the_same_key_is_answered_the_same_and_sends_once(sold: Any) -> None:
    first = await sold.house.ask(refund(sold), key="r")
    again = await sold.house.ask(refund(sold), key="r")
    assert (again.outcome, again.replayed, bytes(again.body)) == (
        "accepted",
        True,
        bytes(first.body),
    )
    other = await sold.house.ask(refund(sold, void=True), key="r", fingerprint="1")
    assert other.outcome == "idempotency_key_reused"
    assert (await sold.house.ask(refund(sold), key="s")).outcome == "terminal_busy"
    assert len(starts(sold)) == 1


async def test_a_refund_that_was_not_kept_was_not_sent_and_goes_under_the_same_key(
    sold: Any,
) -> None:
    sold.house.fail_commits(1, told=AwayError(), kept=False)
    with pytest.raises(AwayError):
        await sold.house.ask(refund(sold), key="r")
    assert (starts(sold), sold.tender.state) == ([], TenderState.APPROVED)
    again = await sold.house.ask(refund(sold), key="r")
    assert (again.outcome, again.replayed, len(starts(sold))) == ("accepted", False, 1)


async def test_kept_but_not_heard_of_it_is_found_out_and_never_asked_for_anew(
    sold: Any, build: Any
) -> None:
    sold.house.fail_commits(1, told=AwayError(), kept=True)
    with pytest.raises(AwayError):
        await sold.house.ask(refund(sold), key="r")
    assert (starts(sold), sold.tender.state) == ([], TenderState.REFUNDING)
    operation = sold.tender.operation.id
    # Nothing was sent, so the gateway has never heard of it, and swears it off.
    never = back(build, operation, outcome=Outcome.NOT_PERFORMED, slip=None)
    sold.house.gateway.answers("inquire_operation", never)
    await sold.house.edge.restart()
    await sold.house.edge.tick()
    assert (starts(sold), sold.tender.state) == ([], TenderState.APPROVED)


async def test_a_sale_that_somebody_else_changed_is_decided_upon_anew(sold: Any) -> None:
    sold.house.fail_commits(1, told=ChangedMeanwhile(), kept=False)
    assert (await sold.house.ask(refund(sold))).outcome == "accepted"
    assert [command.operation_id for command in starts(sold)] == [sold.tender.operation.id]


@pytest.mark.parametrize(
    "answer",
    [Accepted(operation_id="x"), Unanswered(), OutOfReach(), Busy(operation_id=None, screen="")],
)
@pytest.mark.parametrize("void", [False, True])
async def test_a_result_that_is_faster_than_the_answer_stands_whatever_the_answer_is(
    sold: Any, build: Any, *, answer: Any, void: bool
) -> None:
    house = sold.house

    async def start(*to: Any) -> Any:
        command = to[-1]
        house.gateway.sent.append(command)
        await house.tell(back(build, command.operation_id))
        if isinstance(answer, Exception):
            raise answer
        return answer

    house.gateway.start = start
    said = await house.ask(refund(sold, void=void))
    assert said.outcome == "accepted"
    assert sold.tender.state is TenderState.REFUNDED
    assert sold.sale.state is (SaleState.VOIDED if void else SaleState.CLOSED)
    assert len(starts(sold)) == 1


@pytest.mark.parametrize("void", [False, True])
async def test_what_the_journal_shows_given_back_is_attached_and_nothing_is_sent(
    sold: Any, *, void: bool
) -> None:
    sold.show_given_back()
    assert (await sold.house.ask(refund(sold, void=void))).outcome == "accepted"
    assert starts(sold) == []
    assert (sold.tender.state, sold.tender.voided_by) == (TenderState.REFUNDED, "00120")
    assert sold.sale.state is (SaleState.VOIDED if void else SaleState.CLOSED)


async def test_what_the_brands_rule_forbids_is_refused_with_reason_and_ways_and_asks_nobody(
    sold: Any,
) -> None:
    rule = BrandRule(
        brand="AMEX", media="card", cancellable=False, reason="closed_scheme", ways=("support",)
    )
    await sold.house.configure(rules=(rule,), version=2)
    answer = await sold.house.ask(refund(sold), key="r")
    refusal = msgspec.json.decode(answer.body, type=Refusal)
    assert (answer.outcome, refusal.fields["reason"]) == ("not_cancellable", "closed_scheme")
    assert refusal.fields["ways"] == ["support"]
    in_cash = await sold.house.ask(refund(sold, by="cash"))
    assert in_cash.outcome == "card_money_not_in_cash"
    assert (sold.house.gateway.sent, sold.tender.state) == ([], TenderState.APPROVED)
    assert (await sold.house.ask(refund(sold), key="r")).replayed


@pytest.mark.parametrize("told_by", ["fact", "question"])
async def test_one_button_is_carried_through_by_whichever_process_hears_of_the_money(
    sold: Any, build: Any, told_by: str
) -> None:
    house = sold.house
    await house.ask(refund(sold, void=True))
    operation = sold.tender.operation.id
    house.restart()
    await house.beat(number=2)
    await house.edge.restart()
    assert sold.sale.state is SaleState.CLOSED
    if told_by == "fact":
        await house.tell(back(build, operation))
    else:
        house.gateway.answers("inquire_operation", back(build, operation))
        await house.edge.tick()
    voided = sold.sale.voided
    assert (sold.sale.state, sold.tender.state) == (SaleState.VOIDED, TenderState.REFUNDED)
    assert voided is not None
    assert voided.by == "cashier"
    assert all(state == "settled" for _, state in sold.cases())
    assert len(starts(sold)) == 1
    await house.tell(back(build, operation))  # and once more
    assert house.names(sold.view).count("sale_voided") == 1


async def test_the_question_before_a_refund_is_put_to_the_terminal_and_not_to_memory(
    sold: Any,
) -> None:
    await sold.house.ask(refund(sold))
    first, second, third = sold.house.gateway.sent
    assert isinstance(first, InquireOperation)
    assert (first.operation_id, first.fresh) == (sold.payment, True)
    assert isinstance(second, CheckTerminal)
    assert isinstance(third, StartOperation)


async def test_a_payment_that_the_terminal_is_still_asked_about_is_not_given_back(
    sold: Any,
) -> None:
    still = OperationOpen(operation_id=sold.payment, phase=Phase.DONE, in_doubt=True)
    sold.house.gateway.answers("inquire_operation", still)
    assert (await sold.house.ask(refund(sold))).outcome == "terminal_unreachable"
    assert starts(sold) == []
