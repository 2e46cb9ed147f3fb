"""Money back: asked for once, refused by name, and never more than was taken."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_correct, decide_foreign, decide_outcome, decide_refund, decide_void
from checkout.decide_refund import Terms
from checkout.holds import entry_of, holds_of
from checkout.model import Decision, Refused, Sale
from contracts.money import Yen
from contracts.operations import (
    Evidence,
    ForeignResultSeen,
    OperationConcluded,
    OperationKind,
    Outcome,
)
from contracts.problems import PROBLEMS
from contracts.refunds import CorrectedTender, CorrectSale, RefundTender, VoidSale
from contracts.sales import SaleState, TenderState
from contracts.stores import BrandRule

DAY = "2026-11-22"
REFUND = "00000000-0000-7000-8000-0000000000fe"
CARD = BrandRule(brand="AMEX", media="card")


def terms(rule: BrandRule = CARD, **told: Any) -> Terms:
    known: dict[str, Any] = {
        "rule": rule,
        "today": DAY,
        "operation_id": REFUND,
        "register": "R1",
        "terminal_day": DAY,
        "asked": True,
    }
    return Terms(**(known | told))


def paid(build: Any, state: SaleState = SaleState.CLOSED, **told: Any) -> Sale:
    details = {"brand": "AMEX", "terminal_business_date": DAY, "serial": "CT6100-S001-T1"}
    sale = build.sale(build.tender(TenderState.APPROVED, **(details | told)), state=state)
    return replace(sale, closed_at=build.now if state is SaleState.CLOSED else None)


def paid_by_code(build: Any) -> Sale:
    """It has no slip, and in its terminal's journal a number all the same."""
    sale = paid(build, brand="PayPay", media="code", slip_number=None, order_number="900100000006")
    tender = sale.tenders[0]
    word = Evidence(source="result", at=build.now, slip_number="00124")
    known = tender.with_operation(replace(tender.payment, evidence=word))
    return replace(sale, tenders=(known,))


def ask(
    build: Any, sale: Sale, known: Terms | None = None, authority: Any = None, **asked: Any
) -> Decision | Refused:
    body = RefundTender(sale=sale.id, tender=1, **asked)
    return decide_refund.refund_tender(
        sale, body, known or terms(), build.moment(authority=authority)
    )


def asked_of(build: Any, sale: Sale, **asked: Any) -> Sale:
    decided = ask(build, sale, **asked)
    assert isinstance(decided, Decision)
    return decided.sale


def word(build: Any, outcome: Outcome = Outcome.APPROVED, **told: Any) -> OperationConcluded:
    fields: dict[str, Any] = {
        "operation_id": REFUND,
        "kind": OperationKind.VOID,
        "slip": build.slip("00120") if outcome is Outcome.APPROVED else None,
        "voids": "00119" if outcome is Outcome.APPROVED else None,
    }
    return build.concluded(outcome, **(fields | told))


def hear(build: Any, sale: Sale, told: OperationConcluded) -> Sale:
    return decide_outcome.conclude(sale, told, build.moment(None)).sale


def kinds(sale: Sale) -> list[tuple[str, str]]:
    return [(case.kind, case.state) for case in sale.cases]


def test_the_refund_has_an_operation_of_its_own_and_is_kept_before_it_is_sent(build: Any) -> None:
    decided = ask(build, paid(build))
    assert isinstance(decided, Decision)
    tender = decided.sale.tenders[0]
    assert (tender.state, tender.holds, tender.operation.id) == ("refunding", True, REFUND)
    assert [each.kind for each in tender.operations] == ["payment", "void"]
    start = decided.start
    assert start is not None
    assert (start.operation_id, start.original_slip_number, start.amount) == (REFUND, "00119", 165)


def test_after_the_terminals_close_it_is_a_return(build: Any) -> None:
    decided = ask(build, paid(build), terms(terminal_day="2026-11-23"))
    assert isinstance(decided, Decision)
    assert decided.start is not None
    assert decided.start.kind is OperationKind.RETURN
    told = hear(build, decided.sale, word(build, kind=OperationKind.VOID)).tenders[0]
    assert told.operation.kind is OperationKind.VOID  # the terminal's word wins


@pytest.mark.parametrize(
    ("rule", "known", "reason"),
    [
        ({"cancellable": False, "reason": "prepaid"}, {}, "prepaid"),
        ({"window_days": 30}, {"today": "2026-12-23"}, "window_over"),
        ({"last_only": True}, {"newest": "00120"}, "not_the_last"),
    ],
)
def test_a_brands_rule_refuses_with_the_way_that_is_left(
    build: Any, rule: dict[str, Any], known: dict[str, Any], reason: str
) -> None:
    given = BrandRule(brand="AMEX", media="card", ways=("support",), **rule)
    decided = ask(build, paid(build), terms(given, **known))
    assert isinstance(decided, Refused)
    assert (decided.code, decided.fields["reason"]) == ("not_cancellable", reason)
    assert decided.fields["ways"] == ["support"]


def test_within_the_window_and_as_the_last_it_is_allowed(build: Any) -> None:
    rule = BrandRule(brand="AMEX", media="card", window_days=30, last_only=True)
    decided = ask(build, paid(build), terms(rule, today="2026-12-22", newest="00119"))
    assert isinstance(decided, Decision)


@pytest.mark.parametrize(
    ("cancellable", "ways", "allowed"),
    [(True, ("cash",), False), (False, ("support",), False), (False, ("cash",), True)],
)
def test_card_money_goes_back_in_cash_only_where_nothing_else_is_left(
    build: Any, ways: tuple[str, ...], *, cancellable: bool, allowed: bool
) -> None:
    rule = BrandRule(brand="AMEX", media="card", cancellable=cancellable, ways=ways)
    decided = ask(build, paid(build), terms(rule), by="cash")
    if not allowed:
        assert isinstance(decided, Refused)
        assert decided.code == "card_money_not_in_cash"
        return
    assert isinstance(decided, Decision)
    tender = decided.sale.tenders[0]
    assert (tender.state, tender.refunded_by, decided.start) == ("refunded", "cash", None)
    twice = hear(build, decided.sale, build.concluded(voided_by="00120"))
    assert ("refunded_twice", "open") in kinds(twice)


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"register": None}, "original_terminal_gone"),
        ({"busy_with": "00000000-0000-7000-8000-0000000000aa"}, "terminal_busy"),
        ({"needs_manager": True}, "authorisation_required"),
    ],
)
def test_place_and_person_refuse(build: Any, known: dict[str, Any], code: str) -> None:
    decided = ask(build, paid(build), terms(**known))
    assert isinstance(decided, Refused)
    assert decided.code == code
    assert PROBLEMS[code].status in {403, 409}
    if code == "authorisation_required":
        assert isinstance(ask(build, paid(build), terms(**known), build.manager), Decision)


def test_a_second_ask_is_refused_while_the_first_is_under_way_or_done(build: Any) -> None:
    sale = asked_of(build, paid(build))
    for state, code in (
        (sale, "terminal_busy"),
        (hear(build, sale, word(build)), "tender_settled"),
        (decide_outcome.doubt(sale, REFUND, "silence", build.moment(None)).sale, "tender_in_doubt"),
    ):
        decided = ask(build, state)
        assert isinstance(decided, Refused)
        assert decided.code == code


def test_nothing_started_by_proof_leaves_the_tender_as_it_was(build: Any) -> None:
    before = paid(build)
    sale = asked_of(build, before, void=True)
    after = decide_refund.withdraw_refund(sale, REFUND, build.moment(None)).sale
    assert (after.tenders, after.void_wanted) == (before.tenders, None)
    moved = hear(build, sale, word(build))
    assert decide_refund.withdraw_refund(moved, REFUND, build.moment(None)).sale is moved


@pytest.mark.parametrize(
    "outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.NOT_PERFORMED], ids=str
)
@pytest.mark.parametrize("doubtful", [False, True])
def test_a_refund_that_did_not_happen_leaves_the_payment_standing(
    build: Any, outcome: Outcome, *, doubtful: bool
) -> None:
    sale = asked_of(build, paid(build), void=True)
    if doubtful:
        sale = decide_outcome.doubt(sale, REFUND, "link_lost", build.moment(None)).sale
        assert sale.tenders[0].state is TenderState.REFUND_IN_DOUBT
        assert sale.paid == sale.total
    told = hear(build, sale, word(build, outcome))
    assert (told.tenders[0].state, told.tenders[0].counted) == ("approved", True)
    assert (told.state, told.void_wanted) == (SaleState.CLOSED, None)
    assert isinstance(ask(build, told, terms(operation_id=build.other_operation)), Decision)


def test_the_money_of_an_open_sale_is_owed_again(build: Any) -> None:
    sale = asked_of(build, paid(build, SaleState.PAID))
    assert sale.state is SaleState.PAID
    back = hear(build, sale, word(build))
    assert (back.state, back.balance, kinds(back)) == (SaleState.OPEN, 165, [])
    assert (back.tenders[0].voided_by, back.tenders[0].refunded_by) == ("00120", "terminal")


def test_one_button_voids_the_sale_with_the_word_that_proves_the_refund(build: Any) -> None:
    sale = asked_of(build, paid(build), void=True)
    doubted = decide_outcome.doubt(sale, REFUND, "restart", build.moment(None)).sale
    voided = hear(build, doubted, word(build))
    assert (voided.state, voided.paid, voided.void_wanted) == (SaleState.VOIDED, 0, None)
    assert voided.voided is not None
    assert (voided.voided.by, voided.voided.handed_back) == ("cashier", 0)
    assert hear(build, voided, word(build)) == voided


def test_by_hand_the_second_step_is_asked_for_until_it_is_done(build: Any) -> None:
    sale = hear(build, asked_of(build, paid(build)), word(build))
    assert (sale.void_due, kinds(sale)) == (True, [("refund_not_voided", "open")])
    void = VoidSale(sale=sale.id)
    decided = decide_void.void_sale(sale, void, build.moment(), needs_manager=False)
    assert isinstance(decided, Decision)
    assert (decided.sale.state, kinds(decided.sale)) == (
        SaleState.VOIDED,
        [("refund_not_voided", "settled")],
    )


def test_the_same_word_again_changes_nothing_another_is_a_second_refund(build: Any) -> None:
    sale = hear(build, asked_of(build, paid(build), void=True), word(build))
    assert hear(build, sale, word(build)) == sale
    twice = hear(build, sale, word(build, slip=build.slip("00121")))
    assert kinds(twice) == [("refunded_twice", "open")]


def test_the_journal_is_faster_and_the_refunds_own_word_joins_it(build: Any) -> None:
    sale = asked_of(build, paid(build), void=True)
    shown = hear(build, sale, build.concluded(voided_by="00120"))
    assert shown.state is SaleState.VOIDED
    joined = hear(build, shown, word(build))
    assert (joined.tenders[0].operation.slip_number, kinds(joined)) == ("00120", [])
    assert hear(build, joined, word(build)) == joined


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"amount": 160}, "amount_differs"),
        ({"voids": "00118"}, "foreign_result"),
        ({"kind": OperationKind.PAYMENT}, "foreign_result"),
        ({"echoed_operation_id": "00000000-0000-7000-8000-000000000002"}, "foreign_result"),
    ],
)
def test_a_word_that_is_not_about_this_refund_gives_nothing_back(
    build: Any, told: dict[str, Any], kind: str
) -> None:
    sale = hear(build, asked_of(build, paid(build), void=True), word(build, **told))
    assert (sale.tenders[0].state, sale.state) == ("refund_in_doubt", SaleState.CLOSED)
    assert kinds(sale) == [(kind, "open")]


def test_a_manager_who_only_confirms_has_not_said_that_it_was_given_back(build: Any) -> None:
    sale = paid(build)
    moment = build.moment(authority=build.manager)
    plain = decide_void.void_sale(sale, VoidSale(sale=sale.id), moment, needs_manager=True)
    assert isinstance(plain, Refused)
    assert plain.code == "tenders_not_refunded"
    alone = VoidSale(sale=sale.id, cancelled_on_terminal=True)
    unproven = decide_void.void_sale(sale, alone, build.moment(), needs_manager=False)
    assert isinstance(unproven, Refused)
    assert unproven.code == "not_in_journal"
    by_name = decide_void.void_sale(sale, alone, moment, needs_manager=False)
    assert isinstance(by_name, Decision)
    assert by_name.sale.voided is not None
    assert (by_name.sale.voided.authorised_by, by_name.sale.paid) == ("manager", 0)


def test_cash_is_handed_back_with_the_void(build: Any) -> None:
    sale = build.sale(build.cash(165, number=1), state=SaleState.CLOSED)
    void = VoidSale(sale=sale.id)
    decided = decide_void.void_sale(sale, void, build.moment(), needs_manager=False)
    assert isinstance(decided, Decision)
    assert decided.sale.voided is not None
    assert (decided.sale.voided.handed_back, decided.sale.paid) == (165, 0)


def test_a_correction_needs_the_terminals_record_a_manager_and_the_total(build: Any) -> None:
    sale = paid(build)
    cash = CorrectSale(sale=sale.id, tenders=(CorrectedTender(method="cash", amount=165),))

    def corrected(sale: Sale, asked: CorrectSale = cash, authority: Any = build.manager) -> Any:
        return decide_correct.correct_sale(sale, asked, build.moment(authority=authority))

    assert corrected(sale, authority=None).code == "authorisation_required"
    assert corrected(sale).code == "tenders_do_not_match_terminal"
    back = hear(build, asked_of(build, sale), word(build))
    short = CorrectSale(sale=sale.id, tenders=(CorrectedTender(method="cash", amount=164),))
    assert corrected(back, short).code == "tenders_do_not_add_up"
    kept = CorrectSale(sale=sale.id, tenders=(CorrectedTender(number=1),))
    assert corrected(back, kept).code == "tenders_do_not_match_terminal"
    right = corrected(back).sale
    assert (right.state, right.paid, right.void_due) == (SaleState.CLOSED, 165, False)
    assert kinds(right) == [("refund_not_voided", "settled")]
    assert [each.corrects for each in right.corrections] == [back.sequence]


def test_a_void_by_hand_that_no_gateway_knows_any_more_finds_its_payment(build: Any) -> None:
    seen = ForeignResultSeen(
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.VOID,
        outcome=Outcome.APPROVED,
        amount=Yen(165),
        echoed_operation_id=None,
        evidence=Evidence(source="journal", at=build.now, slip_number="00120"),
        voids="00119",
    )
    back = decide_foreign.foreign(paid(build), seen, None, build.moment(None)).sale
    assert (back.tenders[0].state, kinds(back)) == ("refunded", [("refunded_after_close", "open")])
    other = replace(seen, voids="00118")
    kept = decide_foreign.foreign(paid(build), other, None, build.moment(None)).sale
    assert (kept.tenders[0].state, kinds(kept)) == ("approved", [("foreign_result", "open")])


def test_a_codes_payment_is_found_by_its_number_in_the_journal(build: Any) -> None:
    sale = paid_by_code(build)
    assert holds_of(sale)[build.operation].entry == entry_of("CT6100-S001-T1", "00124")
    by_hand = ForeignResultSeen(
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.VOID,
        outcome=Outcome.APPROVED,
        amount=Yen(165),
        echoed_operation_id=None,
        evidence=Evidence(source="result", at=build.now, slip_number="00125"),
        voids="00124",
    )
    back = decide_foreign.foreign(sale, by_hand, None, build.moment(None)).sale
    assert (back.tenders[0].state, kinds(back)) == ("refunded", [("refunded_after_close", "open")])
    assert holds_of(back)[build.operation].entry == entry_of("CT6100-S001-T1", "00124")
    again = decide_foreign.foreign(back, by_hand, None, build.moment(None))
    assert again.happened == ()


def test_a_codes_payment_can_be_the_terminals_last(build: Any) -> None:
    rule = BrandRule(brand="PayPay", media="code", last_only=True)
    sale = paid_by_code(build)
    assert isinstance(ask(build, sale, terms(rule, newest="00124")), Decision)
    refused = ask(build, sale, terms(rule, newest="00125"))
    assert isinstance(refused, Refused)
    assert refused.fields["reason"] == "not_the_last"
