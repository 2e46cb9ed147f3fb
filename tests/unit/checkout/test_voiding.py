"""伝票取消 and 伝票訂正: the terminal's record is read, or it is said that it cannot be."""

from typing import Any

import msgspec
import pytest

from checkout.ports import AwayError, OutOfReach, Unanswered
from contracts.envelope import Answer, Refusal
from contracts.operations import (
    CheckTerminal,
    InquireOperation,
    OperationOpen,
    Phase,
    UnknownTerminal,
)
from contracts.refunds import CorrectedTender, CorrectSale, RefundTender, VoidSale
from contracts.sales import SaleState, TenderState

CASH = CorrectedTender(method="cash", amount=165)


def void(sold: Any, **told: Any) -> VoidSale:
    return VoidSale(sale=sold.view.id, cancelled_on_terminal=True, **told)


def in_cash(sold: Any, *lines: CorrectedTender) -> CorrectSale:
    return CorrectSale(sale=sold.view.id, tenders=lines or (CASH,))


def code_of(answer: Answer) -> str:
    return msgspec.json.decode(answer.body, type=Refusal).code


AWAY = [
    ("check_terminal", OutOfReach()),
    ("check_terminal", Unanswered()),
    ("switch", None),
]
"""How a terminal cannot be asked: its box is not there, does not answer, or has no link to it."""


def take_away(sold: Any, verb: str, reply: Any) -> None:
    if verb == "switch":
        sold.switch("disconnected")
    else:
        sold.house.gateway.answers(verb, reply)


@pytest.mark.parametrize(("verb", "reply"), AWAY)
async def test_a_terminal_that_cannot_be_asked_is_out_of_reach_and_nothing_is_decided(
    sold: Any, build: Any, verb: str, reply: Any
) -> None:
    take_away(sold, verb, reply)
    before = sold.sale
    for key, body, how in (
        ("v", void(sold), {}),
        ("c", in_cash(sold), {"authority": build.manager}),
    ):
        answer = await sold.house.ask(body, key=key, **how)
        assert answer.outcome == code_of(answer) == "terminal_unreachable"
    assert sold.sale == before
    sold.switch("connected")
    # The terminal is back, and so is its gateway: nothing was kept for these keys.
    again = await sold.house.ask(void(sold), key="v")
    assert (again.outcome, again.replayed) == ("not_in_journal", False)
    corrected = await sold.house.ask(in_cash(sold), key="c", authority=build.manager)
    assert corrected.outcome == "tenders_do_not_match_terminal"


async def test_a_store_whose_box_fell_silent_is_not_waited_for(sold: Any, build: Any) -> None:
    sold.house.clock.advance(3600)
    assert (await sold.house.ask(void(sold))).outcome == "terminal_unreachable"
    corrected = await sold.house.ask(in_cash(sold), authority=build.manager)
    assert corrected.outcome == "terminal_unreachable"
    assert sold.house.gateway.sent == []


async def test_what_is_refused_anyway_asks_no_terminal(sold: Any, build: Any) -> None:
    sold.switch("disconnected")
    sold.house.clock.advance(3600)  # nor a box that fell silent
    plain = await sold.house.ask(VoidSale(sale=sold.view.id))
    assert plain.outcome == "tenders_not_refunded"
    assert (await sold.house.ask(in_cash(sold))).outcome == "authorisation_required"
    for lines, code in (
        ((CorrectedTender(number=7),), "unknown_tender"),
        ((CorrectedTender(method="cash", amount=164),), "tenders_do_not_add_up"),
    ):
        answer = await sold.house.ask(in_cash(sold, *lines), authority=build.manager)
        assert answer.outcome == code
    assert sold.house.gateway.sent == []


async def test_the_journal_is_read_afresh_and_voids_what_was_given_back_by_hand(sold: Any) -> None:
    sold.show_given_back()
    assert (await sold.house.ask(void(sold))).outcome == "ok"
    (asked,) = sold.house.gateway.commands(InquireOperation)
    assert (asked.operation_id, asked.fresh) == (sold.payment, True)
    assert (sold.sale.state, sold.tender.state) == (SaleState.VOIDED, TenderState.REFUNDED)
    assert sold.tender.voided_by == "00120"
    assert sold.cases() == [("refunded_after_close", "settled")]


async def test_money_back_that_the_copy_shows_is_proof_with_the_terminal_away(
    sold: Any, build: Any
) -> None:
    sold.switch("disconnected")
    sold.show_given_back()
    corrected = await sold.house.ask(in_cash(sold), authority=build.manager)
    assert corrected.outcome == "ok"
    assert (sold.sale.state, sold.sale.paid) == (SaleState.CLOSED, 165)


async def test_a_terminal_that_nobody_has_any_more_is_a_managers_to_speak_for(
    sold: Any, build: Any
) -> None:
    sold.house.gateway.answers("check_terminal", UnknownTerminal())
    assert (await sold.house.ask(void(sold))).outcome == "not_in_journal"
    assert (await sold.house.ask(void(sold), authority=build.manager)).outcome == "ok"


@pytest.mark.parametrize("link", ["connected", "disconnected"])
async def test_voided_by_name_the_money_that_the_terminal_still_has_is_a_case_until_it_is_back(
    sold: Any, build: Any, link: str
) -> None:
    sold.switch(link)
    voided = await sold.house.ask(void(sold, reason="端末の伝票で確認"), authority=build.manager)
    assert voided.outcome == "ok"
    assert (sold.sale.state, sold.tender.state) == (SaleState.VOIDED, TenderState.APPROVED)
    (case,) = sold.sale.cases
    assert (case.kind, case.state, case.tender, case.amount) == (
        "contrary_evidence",
        "open",
        1,
        165,
    )
    assert case.evidence["operation"] == sold.payment
    await sold.house.tell(build.concluded(operation_id=sold.payment, voided_by="00120"))
    assert sold.tender.state is TenderState.REFUNDED
    assert sold.cases() == [("contrary_evidence", "settled")]


async def test_a_refund_that_is_in_doubt_is_no_case_before_the_terminal_has_spoken(
    sold: Any, build: Any
) -> None:
    house = sold.house
    house.gateway.answers("start_operation", Unanswered())
    await house.ask(RefundTender(sale=sold.view.id, tender=1))
    refund = sold.tender.operation.id
    house.gateway.answers(
        "inquire_operation", OperationOpen(operation_id=refund, phase=Phase.DONE, in_doubt=True)
    )
    assert (await house.ask(void(sold), authority=build.manager)).outcome == "ok"
    assert sold.cases() == []
    never = build.concluded("not_performed", operation_id=refund, kind="void", amount=None)
    await house.tell(never)
    assert sold.cases() == [("contrary_evidence", "open")]


async def test_under_the_same_key_it_is_voided_once_and_told_again(sold: Any) -> None:
    sold.show_given_back()
    first = await sold.house.ask(void(sold), key="v")
    asked = len(sold.house.gateway.commands(CheckTerminal))
    again = await sold.house.ask(void(sold), key="v")
    assert (again.outcome, again.replayed, bytes(again.body)) == ("ok", True, bytes(first.body))
    assert len(sold.house.gateway.commands(CheckTerminal)) == asked
    assert sold.house.names(sold.view).count("sale_voided") == 1
    other = await sold.house.ask(void(sold), key="v", fingerprint="1")
    assert other.outcome == "idempotency_key_reused"


async def test_a_void_that_was_not_kept_is_kept_under_the_same_key(sold: Any) -> None:
    sold.show_given_back()
    # The journal's word is kept, the void is not.
    sold.house.fail_commits(1, after=1, told=AwayError(), kept=False)
    with pytest.raises(AwayError):
        await sold.house.ask(void(sold), key="v")
    assert (sold.sale.state, sold.tender.state) == (SaleState.CLOSED, TenderState.REFUNDED)
    again = await sold.house.ask(void(sold), key="v")
    assert (again.outcome, again.replayed) == ("ok", False)
    assert sold.sale.state is SaleState.VOIDED
