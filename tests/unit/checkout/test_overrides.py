"""What the audit log is told of a change: every override, by name, with before and after."""

from typing import Any

from msgspec.structs import replace

from checkout import decide_case, decide_correct, decide_resolve, decide_tender, decide_void
from checkout.change import happen
from checkout.decide_tender import TerminalAtHand
from checkout.model import Decision, Moment, Refused, Sale
from checkout.overrides import Override, overrides_of
from contracts.cases import SettleCase
from contracts.money import Yen
from contracts.refunds import CorrectedTender, CorrectSale, VoidSale
from contracts.sales import AddTender, Method, ResolveTender, SaleState, TenderState

IN_DOUBT, APPROVED = TenderState.IN_DOUBT, TenderState.APPROVED


def done(decided: Decision | Refused) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


def only(sale: Sale, decided: Decision | Refused, moment: Moment) -> Override:
    (told,) = overrides_of(sale, done(decided), moment)
    assert (told.company, told.store, told.register) == ("DEMO", "S001", "R1")
    assert (told.sale, told.sale_number, told.at) == (sale.id, sale.number, moment.at)
    return told


def test_a_managers_word_for_the_terminals(build: Any) -> None:
    sale = build.sale(build.tender(IN_DOUBT))
    moment = build.moment(authority=build.manager)
    asked = ResolveTender(sale="", tender=1, outcome="approved", reason="burnt")
    told = only(sale, decide_resolve.resolve_tender(sale, asked, moment), moment)
    assert (told.action, told.operator, told.role) == ("tender_resolved", "cashier", "cashier")
    assert (told.authorised_by, told.reason) == ("manager", "burnt")
    assert told.before == {
        "sale.state": "open",
        "sale.paid": 0,
        "tender.1.state": "in_doubt",
        "tender.1.counted": False,
    }
    assert told.after == {
        "sale.state": "paid",
        "sale.paid": 165,
        "tender.1.state": "approved",
        "tender.1.counted": True,
    }


def test_a_payment_sent_beside_a_doubt(build: Any) -> None:
    sale = build.sale(build.tender(IN_DOUBT), total=500)
    moment = build.moment(authority=build.manager)
    asked = AddTender(sale=sale.id, method=Method.TERMINAL, amount=Yen(100))
    at_hand = TerminalAtHand(terminal="T1", busy_with=None, operation_id=build.other_operation)
    decided = done(decide_tender.add_tender(sale, asked, at_hand=at_hand, moment=moment))
    told = only(sale, decided, moment)
    assert (told.action, told.authorised_by) == ("sent_beside_a_doubt", "manager")
    assert told.sequence == decided.sale.sequence
    assert (told.before, told.after["tender.2.amount"]) == ({}, 100)


def test_without_a_doubt_a_payment_is_nobodys_override(build: Any) -> None:
    sale = build.sale()
    asked = AddTender(sale=sale.id, method=Method.TERMINAL, amount=Yen(100))
    at_hand = TerminalAtHand(terminal="T1", busy_with=None, operation_id=build.operation)
    for authority in (None, build.manager):
        moment = build.moment(authority=authority)
        decided = decide_tender.add_tender(sale, asked, at_hand=at_hand, moment=moment)
        assert overrides_of(sale, done(decided), moment) == ()


def with_case(build: Any, sale: Sale) -> Sale:
    opened = decide_case.open_case(
        sale, "foreign_result", None, {"operation": None}, amount=Yen(1), moment=build.moment()
    )
    return opened[-1].sale


def test_a_case_that_somebody_settles_and_not_one_that_the_evidence_does(build: Any) -> None:
    sale = with_case(build, build.sale())
    moment = build.moment(authority=build.manager)
    asked = SettleCase(case=sale.cases[0].id, way="accept", reason="a gift")
    told = only(sale, decide_case.settle_case(sale, asked, moment), moment)
    assert (told.action, told.authorised_by, told.reason) == ("case_settled", "manager", "a gift")
    assert told.before == {"case.1.state": "open"}
    assert told.after == {"case.1.state": "settled", "case.1.way": "accept"}
    by_itself = decide_case.settle_where(sale, lambda _case: True, "void", moment)
    assert overrides_of(sale, Decision(sale=by_itself[-1].sale, happened=by_itself), moment) == ()


def closed(build: Any, *tenders: Any) -> Sale:
    sale: Sale = build.sale(*tenders)
    return replace(sale, state=SaleState.CLOSED, closed_at=build.now)


def test_a_void_that_the_terminals_record_does_not_show(build: Any) -> None:
    sale = closed(build, build.tender(APPROVED, counted=True))
    moment = build.moment(authority=build.manager)
    asked = VoidSale(sale=sale.id, cancelled_on_terminal=True, reason="seen it")
    decided = decide_void.void_sale(sale, asked, moment, needs_manager=False)
    told = only(sale, decided, moment)
    assert (told.action, told.authorised_by, told.reason) == ("sale_voided", "manager", "seen it")
    assert (told.before["sale.state"], told.after["sale.state"]) == ("closed", "voided")


def test_a_void_that_nobody_had_to_confirm_is_no_override(build: Any) -> None:
    sale = closed(build, build.tender(TenderState.REFUNDED, counted=False))
    decided = decide_void.void_sale(
        sale, VoidSale(sale=sale.id), build.moment(), needs_manager=False
    )
    assert overrides_of(sale, done(decided), build.moment()) == ()


def test_a_correction_shows_what_stood_before(build: Any) -> None:
    cash = build.tender(APPROVED, counted=True)
    cash = replace(cash, method=Method.CASH, operations=(), received=Yen(165))
    sale = closed(build, cash)
    moment = build.moment(authority=build.manager)
    line = CorrectedTender(method="other", amount=165, kind="voucher")
    asked = CorrectSale(sale=sale.id, tenders=(line,), reason="typed wrong")
    told = only(sale, decide_correct.correct_sale(sale, asked, moment), moment)
    assert (told.action, told.reason) == ("sale_corrected", "typed wrong")
    assert (told.before["tender.1.method"], told.after["tender.2.method"]) == ("cash", "other")


def test_money_back_that_was_confirmed_beside_who_asked(build: Any) -> None:
    sale = build.sale(build.tender(APPROVED, counted=True))
    back = replace(sale.tenders[0], state=TenderState.REFUNDING, authorised_by="manager")
    after = replace(sale, tenders=(back,), sequence=sale.sequence + 1)
    happened = happen(after, "tender_refunding", tender=1, moment=build.moment())
    decided = Decision(sale=happened.sale, happened=(happened,))
    moment = build.moment(authority=build.manager)
    told = only(sale, decided, moment)
    assert (told.action, told.authorised_by) == ("refund_authorised", "manager")
    assert overrides_of(sale, decided, build.moment()) == ()


def test_what_was_refused_overrides_nothing(build: Any) -> None:
    refused = Refused(code="authorisation_required")
    assert overrides_of(build.sale(), refused, build.moment(authority=build.manager)) == ()
