"""Cases are opened once, settled by the evidence or by somebody, and only in their own ways."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout import change, decide_case, decide_outcome, decide_tender, evidence
from checkout.model import Case, Decision, Moment, Refused, Sale
from contracts.cases import SettleCase
from contracts.envelope import Actor, Role
from contracts.operations import Outcome
from contracts.problems import PROBLEMS
from contracts.sales import Method, SaleState, TenderState

CASE = "00000000-0000-7000-8000-00000000ca5e"
MANAGER = Actor(company="DEMO", operator="boss", role=Role.MANAGER)


def paid_twice(build: Any, state: SaleState = SaleState.PAID) -> Sale:
    """A sale that was settled in cash, and whose card payment came late."""
    sale = build.sale(build.tender(TenderState.CANCELLED), build.cash(165), state=state)
    decided = decide_outcome.conclude(sale, build.concluded(), build.moment(None))
    assert [case.kind for case in decided.sale.cases] == ["paid_twice"]
    return decided.sale


def settle(
    sale: Sale, moment: Moment, way: str = "accept", tender: int | None = None, case: str = CASE
) -> Decision | Refused:
    asked = SettleCase(case=case, way=way, reason="looked into", tender=tender)
    return decide_case.settle_case(sale, asked, moment)


def code(decided: Decision | Refused) -> str | None:
    return decided.code if isinstance(decided, Refused) else None


def done(decided: Decision | Refused) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


def names(decided: Decision | Refused) -> list[str]:
    decided = done(decided)
    return [event.name for event in decided.happened]


# --- by somebody ---


def test_a_manager_accepts_a_case_and_the_reason_is_kept(build: Any) -> None:
    sale = paid_twice(build)
    decided = done(settle(sale, build.moment(authority=build.manager)))
    assert names(decided) == ["case_settled"]
    case: Case = decided.sale.cases[0]
    assert (case.state, case.way, case.reason) == ("settled", "accept", "looked into")
    assert (case.settled_by, case.authorised_by) == ("cashier", "manager")
    assert case.settled_at == build.now
    assert decided.happened[0].tender == 1
    by_itself = done(settle(sale, build.moment(MANAGER)))
    assert by_itself.sale.cases[0].authorised_by == "boss"


def test_a_cashier_alone_accepts_nothing(build: Any) -> None:
    assert code(settle(paid_twice(build), build.moment())) == "authorisation_required"


@pytest.mark.parametrize("way", ["correct", "void", "shrug", "remove_tender"])
def test_a_way_that_the_case_does_not_have_is_not_offered(build: Any, way: str) -> None:
    decided = settle(paid_twice(build), build.moment(authority=build.manager), way)
    assert isinstance(decided, Refused)
    assert decided.code == "way_not_offered"
    assert decided.fields["ways"] == ["refund_on_terminal", "replace_tender", "accept"]


def test_money_given_back_is_settled_by_the_evidence_and_not_by_word(build: Any) -> None:
    sale = paid_twice(build)
    decided = settle(sale, build.moment(authority=build.manager), "refund_on_terminal")
    assert code(decided) == "not_in_journal"


def test_a_settled_case_gives_the_same_answer_again_and_takes_no_other_way(build: Any) -> None:
    moment = build.moment(authority=build.manager)
    settled = done(settle(paid_twice(build), moment)).sale
    assert settle(settled, moment) == Decision(sale=settled)
    other = settle(settled, moment, "replace_tender", 2)
    assert isinstance(other, Refused)
    assert (other.code, other.fields["way"]) == ("case_settled", "accept")


def test_a_case_that_is_not_there_is_unknown(build: Any) -> None:
    assert code(settle(build.sale(), build.moment(authority=build.manager))) == "unknown_case"


@pytest.mark.parametrize("state", [SaleState.PAID, SaleState.CLOSED])
@pytest.mark.parametrize("method", [Method.CASH, Method.OTHER])
def test_the_terminals_money_takes_the_place_of_cash_that_is_handed_back(
    build: Any, state: SaleState, method: Method
) -> None:
    kind = "gift" if method is Method.OTHER else None
    sale = build.sale(
        build.tender(TenderState.CANCELLED),
        build.cash(165, method=method, kind=kind),
        state=state,
    )
    late = decide_outcome.conclude(sale, build.concluded(), build.moment(None)).sale
    decided = done(settle(late, build.moment(), "replace_tender", 2))
    assert names(decided) == ["tender_replaced", "case_settled"]
    after = decided.sale
    assert [(tender.number, tender.counted) for tender in after.tenders] == [(1, True)]
    assert (after.paid, after.state, after.cases[0].state) == (165, state, "settled")
    assert [event.sale.sequence - late.sequence for event in decided.happened] == [1, 2]


def test_the_terminals_money_takes_the_place_of_cash_in_an_open_sale(build: Any) -> None:
    sale = build.sale(
        build.tender(TenderState.CANCELLED), build.cash(165), build.cash(10, number=3), total=200
    )
    late = decide_outcome.conclude(sale, build.concluded(), build.moment(None)).sale
    assert [case.kind for case in late.cases] == ["late_approval"]
    decided = done(settle(late, build.moment(), "replace_tender", 2))
    assert (decided.sale.paid, decided.sale.state) == (175, SaleState.OPEN)


@pytest.mark.parametrize("tender", [None, 1, 3, 9])
def test_only_a_tender_of_the_same_amount_is_replaced(build: Any, tender: int | None) -> None:
    sale = build.sale(
        build.tender(TenderState.CANCELLED), build.cash(165), build.cash(10, number=3), total=200
    )
    late = decide_outcome.conclude(sale, build.concluded(), build.moment(None)).sale
    decided = settle(late, build.moment(), "replace_tender", tender)
    assert code(decided) == "tenders_do_not_match"


@pytest.mark.parametrize("state", [SaleState.ABANDONED, SaleState.VOIDED])
def test_a_sale_that_was_given_up_uses_no_tender_any_more(build: Any, state: SaleState) -> None:
    late = paid_twice_in(build, state)
    assert [case.kind for case in late.cases] == ["late_approval"]
    decided = settle(late, build.moment(), "replace_tender", 2)
    assert code(decided) == "tenders_do_not_match"


def paid_twice_in(build: Any, state: SaleState) -> Sale:
    sale = build.sale(build.tender(TenderState.CANCELLED), build.cash(165), state=state)
    return decide_outcome.conclude(sale, build.concluded(), build.moment(None)).sale


def test_a_tender_that_counts_already_or_is_doubted_replaces_nothing(build: Any) -> None:
    sale = build.sale(
        build.tender(TenderState.APPROVED), build.cash(165), total=330, state=SaleState.PAID
    )
    opened = decide_outcome.conclude(
        sale, build.concluded(slip=build.slip("00120")), build.moment(None)
    ).sale
    assert [case.kind for case in opened.cases] == ["paid_twice"]
    assert code(settle(opened, build.moment(), "replace_tender", 2)) == "tenders_do_not_match"


def test_money_on_a_terminal_is_never_handed_back_as_if_it_were_cash(build: Any) -> None:
    second = build.tender(TenderState.APPROVED, number=2, operation=build.other_operation)
    sale = build.sale(build.tender(TenderState.DECLINED), second, state=SaleState.PAID)
    late = decide_outcome.conclude(sale, build.concluded(), build.moment(None)).sale
    assert [case.kind for case in late.cases] == ["paid_twice"]
    assert code(settle(late, build.moment(), "replace_tender", 2)) == "tenders_do_not_match"


def test_a_payment_that_was_given_back_replaces_nothing(build: Any) -> None:
    sale = build.sale(
        build.tender(TenderState.APPROVED), build.cash(165), total=330, state=SaleState.PAID
    )
    second = build.concluded(slip=build.slip("00120"))
    opened = decide_outcome.conclude(sale, second, build.moment(None)).sale
    voided = build.concluded(voided_by="00121")
    given_back = decide_outcome.conclude(opened, voided, build.moment(None)).sale
    assert [case.state for case in given_back.cases] == ["open"]
    decided = settle(given_back, build.moment(), "replace_tender", 2)
    assert code(decided) == "tenders_do_not_match"


def test_every_refusal_and_way_is_one_of_ours() -> None:
    for ways in decide_case.WAYS.values():
        assert "accept" in ways
    for refusal in ("unknown_case", "case_settled", "way_not_offered", "not_in_journal"):
        assert PROBLEMS[refusal].status in {404, 409}


# --- by the evidence ---


@pytest.mark.parametrize("state", [SaleState.PAID, SaleState.CLOSED])
def test_money_that_the_terminal_gave_back_settles_its_case(build: Any, state: SaleState) -> None:
    sale = paid_twice(build, state)
    voided = build.concluded(voided_by="00123")
    decided = decide_outcome.conclude(sale, voided, build.moment(None))
    assert names(decided) == ["tender_refunded", "case_settled"]
    case = decided.sale.cases[0]
    assert (case.state, case.way, case.settled_by) == ("settled", "refund_on_terminal", None)
    assert case.settled_at == build.now
    assert decided.sale.tenders[0].state is TenderState.REFUNDED
    again = decide_outcome.conclude(decided.sale, voided, build.moment(None))
    assert again == Decision(sale=decided.sale)


def test_only_the_case_about_the_charge_that_was_given_back_is_settled(build: Any) -> None:
    sale = build.sale(build.tender(TenderState.APPROVED), state=SaleState.PAID)
    second = build.concluded(slip=build.slip("00120"))
    opened = decide_outcome.conclude(sale, second, build.moment(None)).sale
    voided = build.concluded(slip=build.slip("00120"), voided_by="00121")
    decided = decide_outcome.conclude(opened, voided, build.moment(None))
    assert names(decided) == ["case_settled"]
    tender = decided.sale.tenders[0]
    assert (tender.state, tender.counted, decided.sale.paid) == (TenderState.APPROVED, True, 165)


def test_money_of_a_tender_that_is_gone_is_settled_when_it_is_given_back(build: Any) -> None:
    opened = decide_outcome.conclude(build.sale(), build.concluded(), build.moment(None)).sale
    voided = build.concluded(voided_by="00121")
    decided = decide_outcome.conclude(opened, voided, build.moment(None))
    assert names(decided) == ["case_settled"]
    never = decide_outcome.conclude(build.sale(), voided, build.moment(None))
    assert never.happened == ()


def test_a_case_of_an_old_gateway_is_settled_when_the_payment_counts_after_all(
    build: Any,
) -> None:
    doubted = build.sale(build.tender(TenderState.IN_DOUBT))
    opened = decide_outcome.conclude_late(doubted, build.concluded(), build.moment(None)).sale
    assert [case.kind for case in opened.cases] == ["contrary_evidence"]
    decided = decide_outcome.conclude(opened, build.concluded(), build.moment(None))
    assert names(decided) == ["tender_approved", "case_settled"]
    other = build.concluded(slip=build.slip("00120"))
    apart = decide_outcome.conclude(opened, other, build.moment(None))
    assert names(apart) == ["tender_approved"]


def test_a_wrong_answer_is_settled_when_the_journal_shows_that_very_entry_paid(build: Any) -> None:
    for wrong in ({"amount": 999}, {"echoed_operation_id": build.other_operation}):
        doubted = build.sale(build.tender(TenderState.IN_PROGRESS))
        lied = decide_outcome.conclude(doubted, build.concluded(**wrong), build.moment(None)).sale
        assert [case.open for case in lied.cases] == [True]
        right = decide_outcome.conclude(lied, build.concluded(), build.moment(None))
        assert names(right) == ["tender_approved", "case_settled"]
        assert right.sale.cases[0].settled_by is None
    doubted = build.sale(build.tender(TenderState.IN_PROGRESS))
    lied = decide_outcome.conclude(doubted, build.concluded(amount=999), build.moment(None)).sale
    for other in ({"terminal_business_date": "2026-11-23"}, {"serial": "CT6100-S001-T9"}):
        apart = decide_outcome.conclude(lied, build.concluded(**other), build.moment(None))
        assert names(apart) == ["tender_approved"]


def test_a_wrong_answer_that_comes_after_the_journals_is_settled_at_once(build: Any) -> None:
    doubted = build.sale(build.tender(TenderState.IN_PROGRESS))
    word = build.concluded().evidence
    by_journal = build.concluded(evidence=replace(word, source="journal"))
    right = decide_outcome.conclude(doubted, by_journal, build.moment(None)).sale
    late = decide_outcome.conclude(right, build.concluded(amount=999), build.moment(None))
    assert names(late) == ["case_opened", "case_settled"]
    again = decide_outcome.conclude(late.sale, build.concluded(amount=999), build.moment(None))
    assert names(again) == []
    other = build.concluded(amount=999, terminal_business_date="2026-11-23")
    assert names(decide_outcome.conclude(right, other, build.moment(None))) == ["case_opened"]
    by_result = decide_outcome.conclude(doubted, build.concluded(), build.moment(None)).sale
    apart = decide_outcome.conclude(by_result, build.concluded(amount=999), build.moment(None))
    assert names(apart) == ["case_opened"]


# --- money that is missing ---


def stood_for(build: Any, state: SaleState, kind: str = "incomplete") -> Sale:
    other = build.cash(165, method=Method.OTHER, kind=kind, stands_for=1)
    return build.sale(build.tender(TenderState.IN_DOUBT, released_by="cashier"), other, state=state)


@pytest.mark.parametrize("state", [SaleState.PAID, SaleState.CLOSED])
@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.NOT_PERFORMED])
def test_a_stand_in_for_money_that_was_never_taken_is_a_case(
    build: Any, state: SaleState, outcome: Outcome
) -> None:
    sale = stood_for(build, state)
    decided = decide_outcome.conclude(sale, build.concluded(outcome), build.moment(None))
    assert [event.name for event in decided.happened][-1] == "case_opened"
    case = decided.sale.cases[0]
    assert (case.kind, case.tender, case.amount) == ("contrary_evidence", 1, 165)
    assert (case.evidence["stand_in"], case.ways) == (2, ("correct", "accept"))
    assert decided.sale.paid == 165


def test_what_the_terminal_gave_back_leaves_a_stand_in_without_money(build: Any) -> None:
    voided = build.concluded(voided_by="00123")
    decided = decide_outcome.conclude(stood_for(build, SaleState.PAID), voided, build.moment(None))
    assert [case.kind for case in decided.sale.cases] == ["contrary_evidence"]
    again = decide_outcome.conclude(decided.sale, voided, build.moment(None))
    assert again == Decision(sale=decided.sale)


def test_a_case_about_missing_money_ends_with_the_stand_in(build: Any) -> None:
    declined = build.concluded(Outcome.DECLINED)
    opened = decide_outcome.conclude(
        stood_for(build, SaleState.PAID), declined, build.moment(None)
    ).sale
    removed = done(decide_tender.remove_tender(opened, 2, build.moment()))
    assert names(removed) == ["tender_removed", "case_settled"]
    assert (removed.sale.cases[0].way, removed.sale.balance) == ("remove_tender", 165)
    late = decide_outcome.conclude(opened, build.concluded(), build.moment(None))
    assert names(late) == ["tender_approved", "case_settled"]
    assert [tender.number for tender in late.sale.tenders] == [1]


def test_a_sale_that_was_given_up_misses_no_money(build: Any) -> None:
    sale = stood_for(build, SaleState.VOIDED)
    declined = build.concluded(Outcome.DECLINED)
    assert decide_outcome.conclude(sale, declined, build.moment(None)).sale.cases == ()


def test_a_case_about_missing_money_ends_when_the_stand_in_is_replaced(build: Any) -> None:
    late = build.tender(
        TenderState.APPROVED, number=3, operation=build.other_operation, counted=False
    )
    sale = change.with_tender(stood_for(build, SaleState.CLOSED), late)
    missing = decide_outcome.conclude(sale, build.concluded(Outcome.DECLINED), build.moment(None))
    twice = decide_case.open_case(
        missing.sale,
        "late_approval",
        3,
        evidence.of_tender(late),
        amount=late.amount,
        moment=build.moment(None, case=OTHER_CASE),
    )[-1].sale
    asked = SettleCase(case=OTHER_CASE, way="replace_tender", reason="x", tender=2)
    decided = done(decide_case.settle_case(twice, asked, build.moment()))
    assert names(decided) == ["tender_replaced", "case_settled", "case_settled"]
    assert [case.way for case in decided.sale.cases] == ["remove_tender", "replace_tender"]


OTHER_CASE = "00000000-0000-7000-8000-0000000ca5e2"
