"""A manager's word ends a doubt; the terminal's own word is listened for, and holds."""

from typing import Any

import pytest
from msgspec.structs import replace

from checkout import decide_outcome, decide_resolve
from checkout.holds import holds_of
from checkout.model import Decision, Moment, Refused, Sale
from contracts.envelope import Actor, Authority, Role
from contracts.operations import Evidence, OperationConcluded, Outcome
from contracts.sales import Method, ResolveTender, SaleState, TenderState

IN_DOUBT = TenderState.IN_DOUBT


def asked(outcome: Any = "approved", tender: int = 1, slip: str | None = None) -> ResolveTender:
    return ResolveTender(
        sale="", tender=tender, outcome=outcome, reason="terminal burnt", slip_number=slip
    )


def resolved(build: Any, sale: Sale, what: ResolveTender | None = None) -> Decision:
    decided = decide_resolve.resolve_tender(
        sale, what or asked(), build.moment(authority=build.manager)
    )
    assert isinstance(decided, Decision), decided
    return decided


def conclude(build: Any, sale: Sale, concluded: OperationConcluded) -> Decision:
    return decide_outcome.conclude(sale, concluded, build.moment(None))


def names(decided: Decision) -> list[str]:
    return [event.name for event in decided.happened]


def cases(sale: Sale) -> list[tuple[str, int | None]]:
    return [(case.kind, case.tender) for case in sale.cases]


@pytest.mark.parametrize("released_by", [None, "cashier"])
def test_an_approval_by_hand_pays_and_keeps_who_and_why(
    build: Any, released_by: str | None
) -> None:
    sale = build.sale(build.tender(IN_DOUBT, released_by=released_by))
    decided = resolved(build, sale, asked(slip="00119"))
    tender = decided.sale.tenders[0]
    assert (decided.sale.state, tender.state, tender.counted) == (
        SaleState.PAID,
        TenderState.APPROVED,
        True,
    )
    assert (tender.resolved_from, tender.authorised_by) == ("manager", "manager")
    assert tender.slip_number == "00119"
    kept = tender.resolution
    assert kept is not None
    assert (kept.by, kept.authorised_by, kept.reason, kept.at) == (
        "cashier",
        "manager",
        "terminal burnt",
        build.now,
    )
    known = tender.operation.evidence
    assert known is not None
    assert (known.source, known.note, known.at) == ("manager", "terminal burnt", build.now)
    assert not tender.operation.ended
    assert names(decided) == ["tender_approved"]
    assert decided.happened[0].by == "cashier"


def test_a_doubt_resolved_as_not_performed_is_owed_again(build: Any) -> None:
    decided = resolved(build, build.sale(build.tender(IN_DOUBT)), asked("not_performed"))
    tender = decided.sale.tenders[0]
    assert (tender.state, decided.sale.balance) == (TenderState.NOT_PERFORMED, 165)
    assert names(decided) == ["tender_not_performed"]


def test_an_approval_by_hand_that_does_not_fit_is_a_case(build: Any) -> None:
    sale = build.sale(
        build.tender(IN_DOUBT, released_by="cashier"), build.cash(165), state=SaleState.PAID
    )
    decided = resolved(build, sale)
    assert cases(decided.sale) == [("paid_twice", 1)]
    assert decided.sale.cases[0].evidence["source"] == "manager"
    assert decided.sale.paid == 165


@pytest.mark.parametrize(
    ("actor", "authority", "code"),
    [
        (None, None, "authorisation_required"),
        (None, Role.CASHIER, "authorisation_required"),
        (Role.MANAGER, None, None),
        (Role.ADMIN, None, None),
        (None, Role.MANAGER, None),
    ],
)
def test_a_manager_asks_or_confirms(
    build: Any, actor: Role | None, authority: Role | None, code: str | None
) -> None:
    moment: Moment = build.moment(
        Actor(company="DEMO", operator="asks", role=actor or Role.CASHIER),
        None if authority is None else Authority(operator="confirms", role=authority),
    )
    sale = build.sale(build.tender(IN_DOUBT))
    decided = decide_resolve.resolve_tender(sale, asked(), moment)
    assert (decided.code if isinstance(decided, Refused) else None) == code
    if isinstance(decided, Decision):
        by = "confirms" if authority else "asks"
        assert decided.sale.tenders[0].authorised_by == by


@pytest.mark.parametrize("outcome", ["approved", "not_performed"])
@pytest.mark.parametrize("state", [state for state in TenderState if state is not IN_DOUBT])
def test_only_a_doubt_is_resolved(build: Any, state: TenderState, outcome: str) -> None:
    decided = decide_resolve.resolve_tender(
        build.sale(build.tender(state)), asked(outcome), build.moment(authority=build.manager)
    )
    assert isinstance(decided, Refused)
    assert (decided.code, decided.fields["state"]) == ("not_in_doubt", str(state))


def test_a_tender_that_is_not_there_is_not_resolved(build: Any) -> None:
    moment = build.moment(authority=build.manager)
    decided = decide_resolve.resolve_tender(build.sale(), asked(), moment)
    assert isinstance(decided, Refused)
    assert decided.code == "unknown_tender"


# --- the terminal's own word after it ---


@pytest.mark.parametrize("source", ["result", "journal"])
def test_the_same_approval_confirms_it_and_tells_the_rest(build: Any, source: str) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT))).sale
    told = build.concluded(evidence=Evidence(source=source, at=build.now, asked=4))
    decided = conclude(build, sale, told)
    tender = decided.sale.tenders[0]
    assert (decided.sale.cases, names(decided)) == ((), ["tender_confirmed"])
    assert (tender.slip_number, tender.brand, tender.counted) == ("00119", "AMEX", True)
    assert tender.resolved_from == "manager"
    assert tender.operation.evidence == told.evidence
    assert tender.operation.ended
    assert conclude(build, decided.sale, told) == Decision(sale=decided.sale)


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.NOT_PERFORMED])
def test_the_same_word_that_nothing_was_taken_confirms_it(build: Any, outcome: Outcome) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT)), asked("not_performed")).sale
    decided = conclude(build, sale, build.concluded(outcome))
    assert names(decided) == ["tender_confirmed"]
    assert decided.sale.tenders[0].state is TenderState.NOT_PERFORMED
    again = conclude(build, decided.sale, build.concluded(outcome))
    assert again == Decision(sale=decided.sale)


@pytest.mark.parametrize("source", ["result", "journal"])
def test_another_slip_than_the_managers_is_a_case(build: Any, source: str) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT)), asked(slip="00118")).sale
    told = build.concluded(evidence=Evidence(source=source, at=build.now))
    decided = conclude(build, sale, told)
    assert cases(decided.sale) == [("contrary_evidence", 1)]
    assert decided.sale.cases[0].evidence["slip_number"] == "00119"
    assert decided.sale.tenders[0].slip_number == "00118"
    assert conclude(build, decided.sale, told) == Decision(sale=decided.sale)


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.NOT_PERFORMED])
def test_a_contrary_word_about_an_approval_by_hand_is_a_case(build: Any, outcome: Outcome) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT))).sale
    decided = conclude(build, sale, build.concluded(outcome))
    assert cases(decided.sale) == [("contrary_evidence", 1)]
    assert decided.sale.paid == 165
    assert not holds_of(decided.sale)[build.operation].unresolved


def test_another_amount_than_the_managers_is_a_case(build: Any) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT))).sale
    decided = conclude(build, sale, build.concluded(amount=1650))
    assert cases(decided.sale) == [("amount_differs", 1)]


@pytest.mark.parametrize("outcome", ["approved", "not_performed"])
def test_a_touch_that_broke_off_says_nothing_about_a_managers_word(
    build: Any, outcome: str
) -> None:
    broke_off = build.concluded(Outcome.INCOMPLETE)
    doubted = conclude(build, build.sale(build.tender()), broke_off).sale
    sale = resolved(build, doubted, asked(outcome)).sale
    assert conclude(build, sale, broke_off) == Decision(sale=sale)


@pytest.mark.parametrize("source", ["result", "journal"])
def test_an_approval_after_not_performed_by_hand_counts_if_it_fits(build: Any, source: str) -> None:
    sale = resolved(build, build.sale(build.tender(IN_DOUBT)), asked("not_performed")).sale
    told = build.concluded(evidence=Evidence(source=source, at=build.now))
    decided = conclude(build, sale, told)
    assert (decided.sale.paid, decided.sale.cases) == (165, ())
    assert decided.sale.tenders[0].resolved_from == source
    covered = replace(sale, tenders=(*sale.tenders, build.cash(165)), state=SaleState.PAID)
    twice = conclude(build, covered, told)
    assert cases(twice.sale) == [("paid_twice", 1)]


def test_the_word_of_a_replaced_gateway_confirms_a_manager_and_is_a_case_otherwise(
    build: Any,
) -> None:
    """A dead box comes back and tells what it knew: the same is no difference to anybody."""
    sale = resolved(build, build.sale(build.tender(IN_DOUBT)), asked(slip="00119")).sale
    same = decide_outcome.conclude_late(sale, build.concluded(), build.moment(None))
    assert (names(same), same.sale.cases) == (["tender_confirmed"], ())
    other = build.concluded(slip=build.slip("00120"))
    differs = decide_outcome.conclude_late(sale, other, build.moment(None))
    assert cases(differs.sale) == [("contrary_evidence", 1)]
    not_taken = resolved(build, build.sale(build.tender(IN_DOUBT)), asked("not_performed")).sale
    late = decide_outcome.conclude_late(not_taken, build.concluded(), build.moment(None))
    assert (cases(late.sale), late.sale.paid) == ([("contrary_evidence", 1)], 0)


# --- how long it is asked for ---


def test_the_terminal_is_still_asked_after_a_managers_word_but_keeps_nobody_waiting(
    build: Any,
) -> None:
    for outcome in ("approved", "not_performed"):
        sale = resolved(build, build.sale(build.tender(IN_DOUBT)), asked(outcome)).sale
        hold = holds_of(sale)[build.operation]
        assert (hold.unresolved, hold.holds_terminal) == (True, False)
        assert hold.investigate_until == "2027-01-16"
        confirming = Outcome.APPROVED if outcome == "approved" else Outcome.NOT_PERFORMED
        confirmed = conclude(build, sale, build.concluded(confirming)).sale
        assert not holds_of(confirmed)[build.operation].unresolved


def test_a_doubt_is_given_up_when_its_last_day_is_over(build: Any) -> None:
    sale = build.sale(build.tender(IN_DOUBT, investigate_until="2026-11-22"))
    on_the_day = decide_resolve.give_up(sale, build.operation, "2026-11-22", build.moment(None))
    assert on_the_day == Decision(sale=sale)
    over = decide_resolve.give_up(sale, build.operation, "2026-11-23", build.moment(None))
    assert names(over) == ["investigation_ended"]
    assert over.sale.tenders[0].state is IN_DOUBT
    assert not holds_of(over.sale)[build.operation].unresolved
    again = decide_resolve.give_up(over.sale, build.operation, "2026-11-24", build.moment(None))
    assert again == Decision(sale=over.sale)
    late = conclude(build, over.sale, build.concluded())
    assert late.sale.paid == 165


def test_what_is_not_in_doubt_or_has_no_last_day_is_not_given_up(build: Any) -> None:
    for tender in (
        build.tender(IN_DOUBT),
        build.tender(TenderState.APPROVED, investigate_until="2026-11-22"),
    ):
        sale = build.sale(tender)
        decided = decide_resolve.give_up(sale, build.operation, "2030-01-01", build.moment(None))
        assert decided == Decision(sale=sale)
    gone = decide_resolve.give_up(build.sale(), build.operation, "2030-01-01", build.moment(None))
    assert gone.happened == ()


def test_a_stand_in_for_what_a_manager_says_was_not_taken_is_a_case(build: Any) -> None:
    other = build.cash(165, method=Method.OTHER, kind="incomplete", stands_for=1)
    sale = build.sale(build.tender(IN_DOUBT, released_by="cashier"), other, state=SaleState.PAID)
    decided = resolved(build, sale, asked("not_performed"))
    assert cases(decided.sale) == [("contrary_evidence", 1)]
    taken = resolved(build, sale, asked("approved"))
    assert [tender.number for tender in taken.sale.tenders] == [1]
    assert taken.sale.cases == ()


def test_a_doubt_of_long_ago_is_asked_about_from_the_managers_word_on(build: Any) -> None:
    sale = replace(build.sale(build.tender(IN_DOUBT)), business_date="2026-08-01")
    tender = resolved(build, sale).sale.tenders[0]
    assert tender.investigate_until == "2027-01-16"
    assert not decide_resolve.is_over(tender.investigate_until, "2026-11-22")
