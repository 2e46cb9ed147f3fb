"""Two cases are the same where they tell of the same thing, however often it was told."""

from typing import Any

import pytest

from checkout import evidence
from checkout.model import Case
from contracts.money import Yen
from contracts.operations import Evidence, ForeignResultSeen, OperationKind, Outcome


def case(told: dict[str, Any]) -> Case:
    return Case(
        id="c",
        kind="paid_twice",
        tender=1,
        amount=told["amount"],
        evidence=told,
        opened_at=told["at"],
        ways=("accept",),
    )


def test_what_is_kept_finds_the_payment_again_and_says_how_it_is_known(build: Any) -> None:
    known = Evidence(source="journal", at=build.now, asked=3, note="by id")
    told = evidence.of_concluded(build.concluded(evidence=known))
    assert (told["operation"], told["slip_number"]) == (build.operation, "00119")
    assert (told["serial"], told["terminal_business_date"]) == ("CT6100-S001-T1", "2026-11-22")
    assert (told["source"], told["asked"], told["note"]) == ("journal", 3, "by id")
    assert told["at"] == build.now.isoformat()


def test_the_same_told_later_or_by_another_source_is_the_same(build: Any) -> None:
    once = evidence.of_concluded(build.concluded())
    again = build.concluded(evidence=Evidence(source="journal", at=build.now, asked=9))
    assert evidence.same(once, evidence.of_concluded(again))
    other = evidence.of_concluded(build.concluded(slip=build.slip("00120")))
    assert not evidence.same(once, other)


def test_an_old_case_without_circumstances_is_the_same_still(build: Any) -> None:
    told = evidence.of_concluded(build.concluded())
    old = {field: told[field] for field in told if field not in evidence.CIRCUMSTANCES}
    assert evidence.same(old, told)


def test_a_foreign_result_keeps_its_slip(build: Any) -> None:
    seen = ForeignResultSeen(
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=Yen(999),
        echoed_operation_id=None,
        evidence=Evidence(source="result", at=build.now),
        slip=build.slip("00777"),
    )
    told = evidence.of_foreign(seen)
    assert (told["operation"], told["slip_number"], told["amount"]) == (None, "00777", 999)


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({}, True),
        ({"slip": None}, True),
        ({"slip": "00120"}, False),
        ({"operation_id": "00000000-0000-7000-8000-000000000002"}, False),
        ({"terminal_business_date": "2026-11-21"}, False),
        ({"order_number": "A-1"}, True),
    ],
)
def test_a_case_is_about_one_charge(build: Any, changed: dict[str, Any], *, about: bool) -> None:
    standing = case(evidence.of_concluded(build.concluded()))
    if changed.get("slip"):
        changed = changed | {"slip": build.slip(changed["slip"])}
    assert evidence.is_about(standing, evidence.of_concluded(build.concluded(**changed))) is about


def test_a_case_about_a_decline_is_about_no_charge(build: Any) -> None:
    standing = case(evidence.of_concluded(build.concluded(Outcome.DECLINED)))
    assert not evidence.is_about(standing, evidence.of_concluded(build.concluded()))


def test_two_foreign_code_payments_of_one_amount_are_two(build: Any) -> None:
    """They have no slip; only the terminal's own number tells them apart."""

    def told(slip_number: str, day: str = "2026-11-22") -> evidence.Told:
        entry = Evidence(
            source="result", at=build.now, slip_number=slip_number, terminal_business_date=day
        )
        seen = ForeignResultSeen(
            terminal="T1",
            serial="CT6100-S001-T1",
            kind=OperationKind.PAYMENT,
            outcome=Outcome.APPROVED,
            amount=Yen(500),
            echoed_operation_id=None,
            evidence=entry,
        )
        return evidence.of_foreign(seen)

    assert evidence.same(told("00119"), told("00119"))
    assert not evidence.same(told("00119"), told("00120"))
    assert not evidence.same(told("00119"), told("00119", "2026-11-23")), "slip numbers wrap"
