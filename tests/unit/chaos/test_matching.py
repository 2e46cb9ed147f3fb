"""The matching finds each planted wrong, and nothing where all is right."""

from typing import Any

import pytest
from msgspec.structs import replace

from chaos.matching import (
    Case,
    Charge,
    Finding,
    Part,
    Promise,
    Sold,
    Wrong,
    check_bookings,
    check_cases,
    check_journal,
    check_promises,
    check_sequences,
    check_sums,
    match,
)

SERIAL = "CT6100-C001-T1"
CHARGE = Charge(
    serial=SERIAL,
    number=1,
    business_date="2026-05-25",
    slip_number="00119",
    operation_id="op-1",
    amount=300,
)
PART = Part(
    sale="sale-1",
    number=1,
    method="terminal",
    amount=300,
    state="approved",
    counted=True,
    operations=("op-1",),
)
SALE = Sold(
    id="sale-1",
    state="closed",
    total=300,
    paid=300,
    pending=0,
    balance=0,
    sequence=5,
    parts=(PART,),
)


def case(**named: Any) -> Case:
    return Case(id="case-1", kind="paid_twice", sale="sale-1", tender=1, **named)


def with_part(part: Part, *cases: Case) -> Sold:
    return replace(SALE, parts=(part,), cases=cases)


def wrongs(findings: list[Finding] | tuple[Finding, ...]) -> list[Wrong]:
    return [one.wrong for one in findings]


def test_a_charge_and_its_tender_are_one() -> None:
    matched = match([CHARGE], [SALE])
    assert (matched.payments, matched.on_sales, matched.in_cases) == (1, 1, 0)
    assert matched.findings == ()


def test_a_charge_that_no_sale_asked_for_is_lost() -> None:
    stray = replace(CHARGE, number=2, slip_number="00120", operation_id="op-of-nobody")
    assert wrongs(match([CHARGE, stray], [SALE]).findings) == [Wrong.LOST]
    nameless = replace(stray, operation_id=None)
    assert wrongs(match([CHARGE, nameless], [SALE]).findings) == [Wrong.LOST]


@pytest.mark.parametrize("state", ["declined", "cancelled", "not_performed"])
def test_a_charge_whose_tender_says_otherwise_is_lost(state: str) -> None:
    part = replace(PART, state=state, counted=False)
    assert wrongs(match([CHARGE], [with_part(part)]).findings) == [Wrong.LOST]


def test_an_approval_that_the_sale_does_not_use_is_lost_without_a_case() -> None:
    part = replace(PART, counted=False)
    assert wrongs(match([CHARGE], [with_part(part)]).findings) == [Wrong.LOST]
    told = match([CHARGE], [with_part(part, case(operations=frozenset({"op-1"})))])
    assert (told.in_cases, told.findings) == (1, ())


def test_another_amount_than_the_sale_counts_is_lost_without_a_case() -> None:
    other = replace(CHARGE, amount=301)
    assert wrongs(match([other], [SALE]).findings) == [Wrong.LOST]
    told = match([other], [with_part(PART, case(operations=frozenset({"op-1"})))])
    assert (told.on_sales, told.in_cases, told.findings) == (0, 1, ())


def test_two_charges_for_one_operation_are_doubled() -> None:
    again = replace(CHARGE, number=2, slip_number="00120")
    assert Wrong.DOUBLED in wrongs(match([CHARGE, again], [SALE]).findings)


def test_two_operations_of_one_tender_that_were_both_charged_are_doubled() -> None:
    part = replace(PART, operations=("op-1", "op-2"))
    again = replace(CHARGE, number=2, slip_number="00120", operation_id="op-2")
    assert Wrong.DOUBLED in wrongs(match([CHARGE, again], [with_part(part)]).findings)


def test_a_second_charge_with_a_case_about_its_slip_is_known_and_the_first_is_not_excused() -> None:
    again = replace(CHARGE, number=2, slip_number="00120")
    told = case(serial=SERIAL, slip_number="00120", operations=frozenset({"op-1"}))
    assert match([CHARGE, again], [with_part(PART, told)]).findings == ()
    third = replace(CHARGE, number=3, slip_number="00121")
    assert Wrong.DOUBLED in wrongs(match([CHARGE, again, third], [with_part(PART, told)]).findings)


def test_a_counted_approval_without_a_charge_is_invented() -> None:
    assert wrongs(match([], [SALE]).findings) == [Wrong.INVENTED]


def test_cash_needs_no_charge() -> None:
    cash = replace(PART, method="cash", operations=())
    assert match([], [with_part(cash)]).findings == ()


@pytest.mark.parametrize("state", ["requested", "in_progress", "in_doubt"])
def test_what_is_open_at_the_end_is_left_in_doubt(state: str) -> None:
    part = replace(PART, state=state, counted=False)
    assert wrongs(match([], [with_part(part)]).findings) == [Wrong.IN_DOUBT]


def test_where_the_terminal_itself_does_not_know_people_decide() -> None:
    part = replace(PART, state="in_doubt", counted=False)
    matched = match([replace(CHARGE, incomplete=True)], [with_part(part)])
    assert (matched.payments, matched.for_people, matched.findings) == (0, 1, ())


def test_a_doubt_with_an_open_case_about_it_is_for_people_too() -> None:
    part = replace(PART, state="in_doubt", counted=False)
    about = case(serial=SERIAL, slip_number="00119")
    matched = match([CHARGE], [with_part(part, about)])
    assert (matched.in_cases, matched.for_people, matched.findings) == (1, 1, ())
    of_another = replace(about, tender=2)
    assert Wrong.IN_DOUBT in wrongs(match([CHARGE], [with_part(part, of_another)]).findings)


def test_a_case_about_another_day_or_terminal_names_no_charge() -> None:
    part = replace(PART, counted=False)
    for other in (
        case(serial="CT6100-C001-T2", slip_number="00119"),
        case(serial=SERIAL, slip_number="00119", business_date="2026-05-26"),
        case(operations=frozenset({"op-2"})),
    ):
        assert wrongs(match([CHARGE], [with_part(part, other)]).findings) == [Wrong.LOST]


def test_a_charge_on_its_sale_and_in_a_case_is_told() -> None:
    told = case(serial=SERIAL, slip_number="00119", business_date="2026-05-25")
    matched = match([CHARGE], [with_part(PART, told)])
    assert (matched.on_sales, len(matched.in_both), matched.findings) == (1, 1, ())


def test_a_case_that_claims_money_is_about_some() -> None:
    part = replace(PART, counted=False)
    by_tender = case(claims=True)
    by_slip = replace(by_tender, tender=None, serial=SERIAL, slip_number="00119")
    by_operation = replace(by_tender, tender=None, operations=frozenset({"op-1"}))
    for known in (by_tender, by_slip, by_operation):
        assert check_cases([CHARGE], [with_part(part, known)]) == []
        assert wrongs(check_cases([], [with_part(part, known)])) == [Wrong.NOTHING]
        assert check_cases([], [with_part(part, replace(known, claims=False))]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SALE, paid=299, balance=1),
        replace(SALE, balance=1),
        replace(SALE, total=400, balance=100),
        replace(SALE, state="open", paid=400, balance=-100, parts=(replace(PART, amount=400),)),
        replace(SALE, pending=300, paid=0),
    ],
)
def test_a_sale_that_does_not_add_up_is_miscounted(wrong: Sold) -> None:
    assert check_sums([SALE]) == []
    assert wrongs(check_sums([wrong])) == [Wrong.MISCOUNTED]


def test_a_register_that_was_promised_something_gets_it() -> None:
    cash = replace(PART, number=2, method="cash", operations=())
    sale = replace(SALE, parts=(PART, cash))
    kept = Promise(sale="sale-1", asked=frozenset({1, 2, 3}), money={2: 300}, closed=True)
    assert check_promises([kept], [sale]) == []
    for broken in (
        replace(kept, money={2: 301}),
        replace(kept, money={3: 300}),
        replace(kept, asked=frozenset({2, 3})),
        replace(kept, sale="sale-2"),
    ):
        assert Wrong.FORGOTTEN in wrongs(check_promises([broken], [sale]))
    assert wrongs(check_promises([kept], [replace(sale, state="paid")])) == [Wrong.FORGOTTEN]
    assert wrongs(check_promises([], [sale])) == [Wrong.FORGOTTEN]


def test_events_come_in_order_and_whole_and_may_come_again() -> None:
    whole = [("sale-1", number) for number in (1, 2, 3, 2, 3, 4, 5)]
    assert check_sequences(whole, [SALE]) == []
    for broken in (whole[:-1], [*whole[:2], *whole[5:]], [("sale-1", 6), *whole], []):
        assert Wrong.GAP in wrongs(check_sequences(broken, [SALE]))


def test_a_journal_that_dropped_something_cannot_be_matched() -> None:
    assert check_journal(SERIAL, [1, 2, 3]) == []
    for broken in ([2, 3], [1, 3], [1, 1]):
        assert wrongs(check_journal(SERIAL, broken)) == [Wrong.LOST]


def test_what_the_acquirer_booked_stands_in_the_journal() -> None:
    assert check_bookings([(SERIAL, 1)], [CHARGE]) == []
    assert wrongs(check_bookings([(SERIAL, 1), (SERIAL, 2)], [CHARGE])) == [Wrong.LOST]
