"""No result is ever dropped: it is attached, or it is a case; a repeat changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_foreign, decide_outcome
from checkout.model import Decision, Sale
from contracts.operations import (
    Evidence,
    ForeignResultSeen,
    OperationConcluded,
    OperationKind,
    Outcome,
)
from contracts.sales import Method, SaleState, TenderState
from contracts.stores import BrandRule


def names(decided: Decision) -> list[str]:
    return [event.name for event in decided.happened]


def cases(sale: Sale) -> list[tuple[str, int | None]]:
    return [(case.kind, case.tender) for case in sale.cases]


def conclude(build: Any, sale: Sale, concluded: OperationConcluded) -> Decision:
    return decide_outcome.conclude(sale, concluded, build.moment(None))


@pytest.mark.parametrize(
    "state", [TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT]
)
def test_an_approval_pays_the_sale_and_tells_how(build: Any, state: TenderState) -> None:
    decided = conclude(build, build.sale(build.tender(state)), build.concluded())
    sale, tender = decided.sale, decided.sale.tenders[0]
    assert (sale.state, sale.paid, sale.pending) == (SaleState.PAID, 165, 0)
    assert (tender.state, tender.counted) == (TenderState.APPROVED, True)
    assert (tender.media, tender.brand, tender.entry) == ("credit", "AMEX", "ic")
    assert (tender.slip_number, tender.approval_code) == ("00119", "012345")
    assert (tender.card_number, tender.payment_condition) == ("377782****6304", "一括")
    assert tender.operation.ended
    assert tender.resolved_from == ("result" if state is TenderState.IN_DOUBT else None)
    assert names(decided) == ["tender_approved"]
    assert decided.happened[0].by is None


def test_the_same_approval_again_changes_nothing(build: Any) -> None:
    once = conclude(build, build.sale(build.tender()), build.concluded()).sale
    assert once.tenders[0].operation.evidence == build.concluded().evidence
    for source in ("result", "status", "journal"):
        again = build.concluded(evidence=Evidence(source=source, at=build.now, asked=3))
        assert conclude(build, once, again) == Decision(sale=once)


@pytest.mark.parametrize("source", ["result", "status", "journal"])
def test_a_second_approval_with_another_slip_is_a_case_once(build: Any, source: str) -> None:
    once = conclude(build, build.sale(build.tender()), build.concluded()).sale
    known = Evidence(source=source, at=build.now)
    other = build.concluded(slip=build.slip("00120"), evidence=known)
    twice = conclude(build, once, other)
    assert cases(twice.sale) == [("paid_twice", 1)]
    assert names(twice) == ["case_opened"]
    assert twice.sale.tenders[0].slip_number == "00119"
    assert conclude(build, twice.sale, other) == Decision(sale=twice.sale)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"order_number": "A-1"}, {"order_number": "A-2"}),
        ({"terminal_business_date": "2026-11-21"}, {}),
    ],
)
def test_approvals_differ_by_order_number_or_day_too(
    build: Any, known: dict[str, Any], told: dict[str, Any]
) -> None:
    tender = build.tender(TenderState.APPROVED, **known)
    sale = build.sale(tender, state=SaleState.PAID)
    assert cases(conclude(build, sale, build.concluded(**told)).sale) == [("paid_twice", 1)]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.DECLINED, TenderState.DECLINED),
        (Outcome.CANCELLED, TenderState.CANCELLED),
        (Outcome.NOT_PERFORMED, TenderState.NOT_PERFORMED),
    ],
)
@pytest.mark.parametrize(
    "before", [TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT]
)
def test_what_was_not_taken_is_owed_again(
    build: Any, outcome: Outcome, state: TenderState, before: TenderState
) -> None:
    told = build.concluded(outcome, reason="reset")
    decided = conclude(build, build.sale(build.tender(before)), told)
    sale = decided.sale
    assert (sale.tenders[0].state, sale.balance, sale.state) == (state, 165, SaleState.OPEN)
    assert sale.tenders[0].reason == "reset"
    assert names(decided) == [f"tender_{state}"]
    assert conclude(build, sale, told) == Decision(sale=sale)


@pytest.mark.parametrize(
    "outcome",
    [Outcome.DECLINED, Outcome.CANCELLED, Outcome.INCOMPLETE, Outcome.NOT_PERFORMED],
)
def test_a_contrary_word_about_an_approval_is_a_case_and_money_stays(
    build: Any, outcome: Outcome
) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.PAID)
    decided = conclude(build, sale, build.concluded(outcome))
    assert cases(decided.sale) == [("contrary_evidence", 1)]
    assert (decided.sale.paid, decided.sale.state) == (165, SaleState.PAID)
    assert decided.sale.tenders[0].brand == sale.tenders[0].brand
    # Only money that may be there can be given back.
    offered = "refund_on_terminal" in decided.sale.cases[0].ways
    assert offered is (outcome is Outcome.INCOMPLETE)


def test_a_touch_that_was_finished_is_not_contradicted_by_its_older_word(build: Any) -> None:
    """Two processes share the facts of a store: 処理未了 may be taken in after its end."""
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.PAID)
    at = Evidence(source="result", at=build.now, slip_number="00119")
    older = build.concluded(Outcome.INCOMPLETE, evidence=at)
    assert conclude(build, sale, older) == Decision(sale=sale)
    other = build.concluded(Outcome.INCOMPLETE, evidence=replace(at, slip_number="00120"))
    assert cases(conclude(build, sale, other).sale) == [("contrary_evidence", 1)]


@pytest.mark.parametrize(
    "before", [TenderState.DECLINED, TenderState.CANCELLED, TenderState.NOT_PERFORMED]
)
@pytest.mark.parametrize("source", ["result", "journal"])
def test_a_late_approval_counts_if_it_fits(build: Any, before: TenderState, source: str) -> None:
    late = build.concluded(evidence=Evidence(source=source, at=build.now))
    fits = conclude(build, build.sale(build.tender(before)), late)
    assert (fits.sale.paid, cases(fits.sale)) == (165, [])
    covered = build.sale(build.tender(before), build.cash(165), state=SaleState.PAID)
    twice = conclude(build, covered, late)
    assert (twice.sale.paid, twice.sale.tenders[0].counted) == (165, False)
    assert twice.sale.tenders[0].state is TenderState.APPROVED
    assert cases(twice.sale) == [("paid_twice", 1)]
    assert names(twice) == ["tender_approved", "case_opened"]
    assert [event.sale.sequence for event in twice.happened] == [2, 3]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (SaleState.CLOSED, "paid_twice"),
        (SaleState.VOIDED, "late_approval"),
        (SaleState.ABANDONED, "late_approval"),
    ],
)
def test_an_approval_after_the_end_of_a_sale_is_a_case(
    build: Any, state: SaleState, kind: str
) -> None:
    sale = build.sale(build.tender(TenderState.CANCELLED), state=state)
    decided = conclude(build, sale, build.concluded())
    assert cases(decided.sale) == [(kind, 1)]
    assert decided.sale.state is state
    assert not decided.sale.tenders[0].counted


def test_an_approval_that_only_half_fits_is_a_case(build: Any) -> None:
    released = build.tender(TenderState.IN_DOUBT, released_by="cashier")
    sale = build.sale(released, build.cash(100))
    decided = conclude(build, sale, build.concluded())
    assert (cases(decided.sale), decided.sale.paid) == ([("late_approval", 1)], 100)
    assert decided.sale.cases[0].evidence["slip_number"] == "00119"
    assert "refund_on_terminal" in decided.sale.cases[0].ways


@pytest.mark.parametrize("state", [SaleState.OPEN, SaleState.PAID, SaleState.CLOSED])
def test_what_stood_for_a_doubt_gives_way_without_a_case(build: Any, state: SaleState) -> None:
    released = build.tender(TenderState.IN_DOUBT, released_by="cashier")
    other = build.cash(165, method=Method.OTHER, kind="手書き", stands_for=1)
    sale = build.sale(released, other, total=200 if state is SaleState.OPEN else 165, state=state)
    decided = conclude(build, sale, build.concluded())
    assert [tender.number for tender in decided.sale.tenders] == [1]
    assert (decided.sale.paid, decided.sale.cases, decided.sale.state) == (165, (), state)


def test_a_smaller_stand_in_does_not_give_way_in_a_closed_sale(build: Any) -> None:
    released = build.tender(TenderState.IN_DOUBT, released_by="cashier")
    other = build.cash(100, method=Method.OTHER, kind="手書き", stands_for=1)
    cash = build.cash(65, number=3)
    sale = build.sale(released, other, cash, state=SaleState.CLOSED)
    decided = conclude(build, sale, build.concluded())
    assert cases(decided.sale) == [("paid_twice", 1)]
    assert decided.sale.paid == 165


@pytest.mark.parametrize(
    "before", [TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT]
)
@pytest.mark.parametrize(
    ("told", "kind", "ended"),
    [
        ({"amount": 1650}, "amount_differs", True),
        ({"amount": None}, "amount_differs", True),
        ({"echoed_operation_id": "00000000-0000-7000-8000-000000000002"}, "foreign_result", False),
    ],
)
def test_a_stale_or_foreign_amount_is_never_taken_for_the_payment(
    build: Any, before: TenderState, told: dict[str, Any], kind: str, *, ended: bool
) -> None:
    decided = conclude(build, build.sale(build.tender(before)), build.concluded(**told))
    sale, tender = decided.sale, decided.sale.tenders[0]
    assert (tender.state, sale.paid, sale.pending) == (TenderState.IN_DOUBT, 0, 165)
    assert cases(sale) == [(kind, 1)]
    assert tender.operation.ended is ended
    assert names(decided)[-1] == "case_opened"
    assert conclude(build, sale, build.concluded(**told)) == Decision(sale=sale)


@pytest.mark.parametrize(
    "before", [TenderState.APPROVED, TenderState.DECLINED, TenderState.CANCELLED]
)
def test_a_mismatch_about_something_settled_is_a_case_and_rewrites_nothing(
    build: Any, before: TenderState
) -> None:
    sale = build.sale(build.tender(before))
    decided = conclude(build, sale, build.concluded(amount=1650))
    assert cases(decided.sale) == [("amount_differs", 1)]
    assert decided.sale.tenders == sale.tenders


def test_an_incomplete_touch_stays_in_doubt_and_frees_the_terminal(build: Any) -> None:
    told = build.concluded(Outcome.INCOMPLETE)
    decided = conclude(build, build.sale(build.tender()), told)
    tender = decided.sale.tenders[0]
    assert (tender.state, tender.reason) == (TenderState.IN_DOUBT, "incomplete")
    assert tender.operation.ended
    assert conclude(build, decided.sale, told) == Decision(sale=decided.sale)
    doubted = conclude(build, build.sale(build.tender(TenderState.IN_DOUBT)), told)
    assert doubted.sale.tenders[0].operation.ended


def test_a_doubt_keeps_since_when_it_is_one(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.REQUESTED))
    doubted = decide_outcome.doubt(sale, build.operation, "silence", build.moment(None)).sale
    assert doubted.tenders[0].doubted_at == build.now
    later = replace(build.moment(None), at=build.now + timedelta(minutes=1))
    broke_off = decide_outcome.conclude(doubted, build.concluded(Outcome.INCOMPLETE), later).sale
    assert broke_off.tenders[0].doubted_at == build.now
    foreign_echo = build.concluded(echoed_operation_id=build.other_operation)
    mismatched = decide_outcome.conclude(sale, foreign_echo, later).sale
    assert mismatched.tenders[0].doubted_at == later.at


def test_an_incomplete_touch_is_presumed_by_its_brands_rule(build: Any) -> None:
    rule = BrandRule(
        brand="nanaco",
        media="emoney",
        counts_as_sold_until_shown_otherwise=True,
        investigation_days=30,
    )
    told = build.concluded(Outcome.INCOMPLETE, brand="nanaco")
    for before in (TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT):
        sale = build.sale(build.tender(before))
        decided = decide_outcome.conclude(sale, told, build.moment(None), (rule,))
        tender = decided.sale.tenders[0]
        assert (tender.presumed, tender.investigate_until) == ("sold", "2026-12-22")
        assert (tender.brand, decided.sale.pending) == ("nanaco", 165)
        unruled = decide_outcome.conclude(sale, told, build.moment(None)).sale.tenders[0]
        assert (unruled.presumed, unruled.investigate_until) == ("not_sold", "2027-01-16")
        again = decide_outcome.conclude(decided.sale, told, build.moment(None), (rule,))
        assert again == Decision(sale=decided.sale)


@pytest.mark.parametrize(
    "before",
    [
        TenderState.REQUESTED,
        TenderState.IN_PROGRESS,
        TenderState.IN_DOUBT,
        TenderState.DECLINED,
        TenderState.CANCELLED,
        TenderState.NOT_PERFORMED,
    ],
)
def test_what_was_taken_and_given_back_is_refunded_and_owed_again(
    build: Any, before: TenderState
) -> None:
    told = build.concluded(voided_by="00123")
    decided = conclude(build, build.sale(build.tender(before)), told)
    tender = decided.sale.tenders[0]
    assert (tender.state, tender.counted) == (TenderState.REFUNDED, False)
    assert (tender.slip_number, tender.voided_by) == ("00119", "00123")
    assert (decided.sale.balance, decided.sale.cases) == (165, ())
    assert names(decided) == ["tender_refunded"]
    assert conclude(build, decided.sale, told) == Decision(sale=decided.sale)


def test_another_amount_that_was_given_back_leaves_no_doubt_and_no_case(build: Any) -> None:
    doubted = conclude(build, build.sale(build.tender()), build.concluded(amount=1650)).sale
    decided = conclude(build, doubted, build.concluded(amount=1650, voided_by="00123"))
    assert decided.sale.tenders[0].state is TenderState.REFUNDED
    assert [case.state for case in decided.sale.cases] == ["settled"]


def test_a_payment_given_back_on_the_terminal_pays_an_open_sale_no_more(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.PAID)
    decided = conclude(build, sale, build.concluded(voided_by="00123"))
    assert (decided.sale.state, decided.sale.balance) == (SaleState.OPEN, 165)
    assert decided.sale.cases == ()


def test_a_payment_given_back_after_the_sale_was_closed_is_a_case(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.CLOSED)
    told = build.concluded(voided_by="00123")
    decided = conclude(build, sale, told)
    assert cases(decided.sale) == [("refunded_after_close", 1)]
    assert decided.sale.cases[0].ways == ("correct", "void", "accept")
    assert decided.sale.cases[0].evidence["voided_by"] == "00123"
    assert decided.sale.state is SaleState.CLOSED
    assert conclude(build, decided.sale, told) == Decision(sale=decided.sale)


@pytest.mark.parametrize(
    ("outcome", "told", "kind"),
    [
        (Outcome.APPROVED, {}, None),
        (Outcome.APPROVED, {"slip": "00120"}, "paid_twice"),
        (Outcome.APPROVED, {"slip": "00120", "kind": OperationKind.VOID}, "refunded_twice"),
        (Outcome.DECLINED, {}, None),
        (Outcome.CANCELLED, {}, None),
        (Outcome.INCOMPLETE, {}, None),
        (Outcome.NOT_PERFORMED, {}, "contrary_evidence"),
        (Outcome.APPROVED, {"amount": 1650}, "amount_differs"),
    ],
)
@pytest.mark.parametrize("source", ["result", "journal"])
def test_a_refunded_payment_takes_another_charge_as_a_case(
    build: Any, outcome: Outcome, told: dict[str, Any], kind: str | None, source: str
) -> None:
    refunded = conclude(build, build.sale(build.tender()), build.concluded(voided_by="00123")).sale
    if "slip" in told:
        told = told | {"slip": build.slip(told["slip"])}
    known = Evidence(source=source, at=build.now)
    decided = conclude(build, refunded, build.concluded(outcome, evidence=known, **told))
    assert cases(decided.sale) == ([] if kind is None else [(kind, 1)])
    assert decided.sale.tenders[0].state is TenderState.REFUNDED
    shown = decide_outcome.progress(decided.sale, build.operation, build.moment(None))
    doubted = decide_outcome.doubt(decided.sale, build.operation, "silence", build.moment(None))
    assert shown == doubted == Decision(sale=decided.sale)


def test_a_foreign_charge_that_was_given_back_is_no_payment_of_ours(build: Any) -> None:
    told = build.concluded(echoed_operation_id=build.other_operation, voided_by="00123")
    decided = conclude(build, build.sale(build.tender()), told)
    assert cases(decided.sale) == [("foreign_result", 1)]
    assert decided.sale.tenders[0].state is TenderState.IN_DOUBT


def test_money_of_a_tender_that_is_gone_is_a_case(build: Any) -> None:
    decided = conclude(build, build.sale(), build.concluded())
    assert cases(decided.sale) == [("foreign_result", None)]
    assert conclude(build, build.sale(), build.concluded(Outcome.DECLINED)).happened == ()


def test_a_screen_puts_a_tender_in_progress_while_the_cashier_waits(build: Any) -> None:
    for state in (TenderState.REQUESTED, TenderState.IN_DOUBT):
        sale = build.sale(build.tender(state, reason="link_lost"))
        shown = decide_outcome.progress(sale, build.operation, build.moment(None))
        assert shown.sale.tenders[0].state is TenderState.IN_PROGRESS
        assert shown.sale.tenders[0].reason is None
        again = decide_outcome.progress(shown.sale, build.operation, build.moment(None))
        assert again == Decision(sale=shown.sale)
    for no_longer in ({"released_by": "cashier"}, {"disconnected": True}):
        left = build.sale(build.tender(TenderState.IN_DOUBT, **no_longer))
        shown = decide_outcome.progress(left, build.operation, build.moment(None))
        assert shown == Decision(sale=left)


def test_an_old_screen_that_comes_late_takes_no_ended_operation_up_again(build: Any) -> None:
    told = build.concluded(Outcome.INCOMPLETE)
    broke_off = conclude(build, build.sale(build.tender()), told).sale
    assert broke_off.tenders[0].state is TenderState.IN_DOUBT
    shown = decide_outcome.progress(broke_off, build.operation, build.moment(None))
    assert shown == Decision(sale=broke_off)


def test_a_doubt_keeps_the_amount_set_apart(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.REQUESTED))
    doubted = decide_outcome.doubt(sale, build.operation, "silence", build.moment(None))
    assert (doubted.sale.pending, doubted.sale.tenders[0].reason) == (165, "silence")
    again = decide_outcome.doubt(doubted.sale, build.operation, "restart", build.moment(None))
    assert again == Decision(sale=doubted.sale)
    nobody = decide_outcome.doubt(sale, build.other_operation, "silence", build.moment(None))
    assert nobody == Decision(sale=sale)


def foreign(build: Any, **told: Any) -> ForeignResultSeen:
    fields: dict[str, Any] = {
        "terminal": "T1",
        "serial": "CT6100-S001-T1",
        "kind": OperationKind.PAYMENT,
        "outcome": Outcome.APPROVED,
        "amount": 999,
        "echoed_operation_id": None,
        "evidence": Evidence(source="result", at=build.now),
    }
    return ForeignResultSeen(**(fields | told))


def test_a_result_that_fits_no_intent_is_a_case_and_what_is_open_there_is_doubted(
    build: Any,
) -> None:
    sale = build.sale(build.tender())
    decided = decide_foreign.foreign(sale, foreign(build), build.operation, build.moment(None))
    assert cases(decided.sale) == [("foreign_result", 1)]
    assert names(decided) == ["case_opened", "tender_in_doubt"]
    idle = decide_foreign.foreign(build.sale(), foreign(build), None, build.moment(None))
    assert cases(idle.sale) == [("foreign_result", None)]
    again = decide_foreign.foreign(idle.sale, foreign(build), None, build.moment(None))
    assert again == Decision(sale=idle.sale)


def test_a_foreign_decline_moved_no_money_and_is_no_case(build: Any) -> None:
    seen = foreign(build, outcome=Outcome.DECLINED)
    decided = decide_foreign.foreign(build.sale(), seen, None, build.moment(None))
    assert decided.happened == ()


def test_a_foreign_void_is_never_to_be_given_back_once_more(build: Any) -> None:
    seen = foreign(build, kind=OperationKind.VOID)
    decided = decide_foreign.foreign(build.sale(), seen, None, build.moment(None))
    assert [case.ways for case in decided.sale.cases] == [("accept",)]


def test_what_a_replaced_gateway_says_otherwise_is_a_case_and_no_payment(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.NOT_PERFORMED))
    decided = decide_outcome.conclude_late(sale, build.concluded(), build.moment(None))
    assert cases(decided.sale) == [("contrary_evidence", 1)]
    assert decided.sale.tenders == sale.tenders
    quiet = decide_outcome.conclude_late(
        sale, build.concluded(Outcome.DECLINED), build.moment(None)
    )
    assert quiet == Decision(sale=sale)


def test_money_back_that_only_a_replaced_gateway_knows_of_is_a_case_until_the_present_one_says_so(
    build: Any,
) -> None:
    told = build.concluded(voided_by="00120")
    paid = decide_outcome.conclude(
        build.sale(build.tender()), build.concluded(), build.moment(None)
    )
    late = decide_outcome.conclude_late(paid.sale, told, build.moment(None))
    assert cases(late.sale) == [("contrary_evidence", 1)]
    assert [case.ways for case in late.sale.cases] == [("accept",)]
    assert late.sale.tenders == paid.sale.tenders
    known = decide_outcome.conclude(paid.sale, told, build.moment(None))
    assert decide_outcome.conclude_late(known.sale, told, build.moment(None)).happened == ()


def test_a_changed_sale_never_counts_more_than_is_owed(build: Any) -> None:
    overpaid = build.sale(build.tender(TenderState.APPROVED), build.cash(1))
    with pytest.raises(AssertionError, match="owed"):
        decide_outcome.progress(
            replace(
                overpaid,
                tenders=(
                    *overpaid.tenders,
                    build.tender(TenderState.REQUESTED, number=3, operation=build.other_operation),
                ),
            ),
            build.other_operation,
            build.moment(None),
        )
