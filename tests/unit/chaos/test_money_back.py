"""The matching of money back finds each planted wrong, and nothing where all is right."""

import pytest
from msgspec.structs import replace

from chaos.matching import Case, Charge, Part, Sold, Wrong, check_promises, check_sums
from chaos.matching import Promise as Told
from chaos.money_back import Back, match_all

SERIAL = "CT6100-C001-T1"
CHARGE = Charge(
    serial=SERIAL,
    number=1,
    business_date="2026-05-25",
    slip_number="00119",
    operation_id="op-1",
    amount=300,
)
BACK = Back(
    serial=SERIAL, number=2, slip_number="00120", operation_id="op-2", amount=300, voids="00119"
)
PART = Part(
    sale="sale-1",
    number=1,
    method="terminal",
    amount=300,
    state="refunded",
    counted=False,
    operations=("op-1", "op-2"),
    refunded_by="terminal",
)
SALE = Sold(
    id="sale-1",
    state="voided",
    total=300,
    paid=0,
    pending=0,
    balance=300,
    sequence=5,
    parts=(PART,),
)
TWICE = Case(
    id="case-1",
    kind="refunded_twice",
    sale="sale-1",
    tender=1,
    serial=SERIAL,
    slip_number="00120",
)


def found(sale: Sold, *backs: Back) -> list[Wrong]:
    return [each.wrong for each in match_all([CHARGE], backs, [sale]).findings]


def with_part(part: Part, *cases: Case) -> Sold:
    return replace(SALE, parts=(part,), cases=cases)


def test_a_sale_that_was_given_back_is_right() -> None:
    matched = match_all([CHARGE], [BACK], [SALE])
    assert (matched.payments, matched.on_sales, matched.findings) == (1, 0, ())
    assert check_sums([SALE]) == []


def test_a_refund_that_is_still_open_keeps_the_charge() -> None:
    part = replace(PART, state="refunding", counted=True, refunded_by=None)
    sale = replace(with_part(part), state="closed", paid=300, balance=0)
    assert found(sale) == [Wrong.IN_DOUBT]
    assert check_sums([sale]) == []


@pytest.mark.parametrize(
    ("back", "wrong"),
    [
        (replace(BACK, amount=301), Wrong.TOO_MUCH_BACK),
        (replace(BACK, voids="00118"), Wrong.TOO_MUCH_BACK),
    ],
)
def test_more_or_other_money_back_than_was_taken_is_found(back: Back, wrong: Wrong) -> None:
    assert wrong in found(SALE, back)


def test_a_payment_given_back_twice_is_found() -> None:
    assert found(SALE, BACK, replace(BACK, number=3, slip_number="00121")) == [Wrong.REFUNDED_TWICE]


def test_money_back_in_cash_and_on_the_terminal_is_found_unless_a_case_says_so() -> None:
    part = replace(PART, refunded_by="cash")
    assert found(with_part(part)) == []
    assert found(with_part(part), BACK) == [Wrong.REFUNDED_TWICE]
    assert found(with_part(part, TWICE), BACK) == []


def test_a_refund_that_the_terminal_never_made_is_lost_money() -> None:
    assert found(SALE) == [Wrong.LOST]


def test_money_back_that_still_pays_its_sale_is_found() -> None:
    part = replace(PART, state="approved", counted=True, refunded_by=None)
    closed = replace(with_part(part), state="closed", paid=300, balance=0)
    assert Wrong.BACK_UNKNOWN in found(closed, BACK)
    voided = with_part(part)
    assert Wrong.BACK_UNKNOWN in found(voided)


def test_a_closed_sale_without_its_money_needs_a_case() -> None:
    short = replace(SALE, state="closed")
    assert found(short, BACK) == [Wrong.BACK_UNKNOWN]
    due = replace(TWICE, kind="refund_not_voided")
    assert found(replace(short, cases=(due,)), BACK) == []


def test_only_who_asked_for_it_finds_a_sale_voided() -> None:
    told = Told(sale="sale-1", asked=frozenset({1}), money={}, closed=True, voids=True)
    assert check_promises([told], [SALE]) == []
    findings = check_promises([replace(told, voids=False)], [SALE])
    assert [each.wrong for each in findings] == [Wrong.FORGOTTEN]
