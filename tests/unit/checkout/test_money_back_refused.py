"""Refund, 伝票取消 and 伝票訂正 are refused by name: nothing is given back that should not be."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_correct, decide_refund, decide_void
from checkout.decide_refund import Terms
from checkout.model import Decision, Refused, Sale
from contracts.money import AMOUNT_MAX
from contracts.refunds import CorrectedTender, CorrectSale, RefundTender, VoidSale
from contracts.sales import SaleState, TenderState
from contracts.stores import BrandRule

DAY = "2026-11-22"
TERMS = Terms(
    rule=BrandRule(brand="AMEX", media="card"),
    today=DAY,
    operation_id="00000000-0000-7000-8000-0000000000fe",
    register="R1",
    terminal_day=DAY,
    asked=True,
)


def paid(build: Any, state: SaleState = SaleState.CLOSED) -> Sale:
    tender = build.tender(TenderState.APPROVED, brand="AMEX", terminal_business_date=DAY)
    return replace(build.sale(tender, state=state), closed_at=build.now)


def refund(build: Any, sale: Sale, tender: int = 1, *, void: bool = False) -> Decision | Refused:
    body = RefundTender(sale=sale.id, tender=tender, void=void)
    return decide_refund.refund_tender(sale, body, TERMS, build.moment())


def code_of(decided: Decision | Refused) -> str:
    assert isinstance(decided, Refused)
    return decided.code


@pytest.mark.parametrize("state", [SaleState.VOIDED, SaleState.ABANDONED])
def test_nothing_goes_back_of_a_sale_that_is_over(build: Any, state: SaleState) -> None:
    assert code_of(refund(build, paid(build, state))) == f"sale_{state}"


def test_nothing_goes_back_of_a_tender_that_is_not_there(build: Any) -> None:
    assert code_of(refund(build, paid(build), tender=2)) == "unknown_tender"


def test_one_button_is_for_a_closed_sale(build: Any) -> None:
    assert code_of(refund(build, paid(build, SaleState.PAID), void=True)) == "sale_not_closed"
    assert isinstance(refund(build, paid(build, SaleState.PAID)), Decision)


def test_a_void_waits_for_a_manager_where_the_company_says_so(build: Any) -> None:
    sale = build.sale(build.cash(165, number=1), state=SaleState.CLOSED)

    def void(authority: Any = None) -> Decision | Refused:
        moment = build.moment(authority=authority)
        return decide_void.void_sale(sale, VoidSale(sale=sale.id), moment, needs_manager=True)

    assert code_of(void()) == "authorisation_required"
    assert isinstance(void(build.manager), Decision)


def test_a_void_waits_for_a_refund_that_is_under_way_even_by_a_managers_word(build: Any) -> None:
    decided = refund(build, paid(build))
    assert isinstance(decided, Decision)
    asked = VoidSale(sale=decided.sale.id, cancelled_on_terminal=True)
    moment = build.moment(authority=build.manager)
    refused = decide_void.void_sale(decided.sale, asked, moment, needs_manager=False)
    assert code_of(refused) == "terminal_busy"


CASH = CorrectedTender(method="cash", amount=165)
KEPT = CorrectedTender(number=1)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((CorrectedTender(number=2),), "unknown_tender"),
        ((KEPT, KEPT), "invalid_body"),
        ((replace(KEPT, amount=165),), "invalid_body"),
        ((replace(KEPT, note="釣り"),), "invalid_body"),
        ((KEPT, replace(CASH, method=None)), "invalid_body"),
        ((KEPT, replace(CASH, amount=None)), "invalid_body"),
        ((KEPT, replace(CASH, amount=0)), "invalid_amount"),
        ((KEPT, replace(CASH, amount=AMOUNT_MAX + 1)), "invalid_amount"),
        ((KEPT, replace(CASH, received=164)), "received_too_small"),
        ((KEPT, replace(CASH, method="other")), "kind_required"),
    ],
)
def test_a_line_of_a_correction_is_a_tender_once_or_whole_by_itself(
    build: Any, lines: tuple[CorrectedTender, ...], code: str
) -> None:
    sale = paid(build)
    asked = CorrectSale(sale=sale.id, tenders=lines)
    decided = decide_correct.correct_sale(sale, asked, build.moment(authority=build.manager))
    assert code_of(decided) == code


@pytest.mark.parametrize("state", [SaleState.OPEN, SaleState.PAID, SaleState.VOIDED])
def test_only_a_closed_sale_is_corrected_and_no_terminal_is_asked_of_another(
    build: Any, state: SaleState
) -> None:
    sale = paid(build, state)
    asked = CorrectSale(sale=sale.id, tenders=(CASH,))
    moment = build.moment(authority=build.manager)
    expected = "sale_voided" if state is SaleState.VOIDED else "sale_not_closed"
    assert code_of(decide_correct.correct_sale(sale, asked, moment)) == expected
    assert decide_correct.to_be_proven(sale, asked, moment) == ()
