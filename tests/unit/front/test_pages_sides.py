"""Both sides of one payment are compared by what each says, and only once each is sure."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.money import Yen
from contracts.operations import JournalEntry, OperationKind
from contracts.sales import Method, OperationView, TenderState, TenderView
from front.pages.sides import Sides, is_about, is_payment_of, sides_of

NOW = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)
PAYMENT = "0190f1c4-0000-7000-8000-000000000002"
VOID = "0190f1c4-0000-7000-8000-000000000003"
DAY = "2026-05-25"


def entry(**more: Any) -> JournalEntry:
    fields: dict[str, Any] = {
        "serial": "CT6100-S001-T1",
        "terminal_business_date": DAY,
        "slip_number": "00119",
        "kind": OperationKind.PAYMENT,
        "state": "approved",
        "amount": Yen(165),
        "at": NOW,
        "operation_id": PAYMENT,
    }
    return JournalEntry(**fields | more)


def operation(name: str, kind: OperationKind, state: str) -> OperationView:
    return OperationView(id=name, kind=kind, state=state, slip_number=None, at=NOW)


def tender(state: TenderState = TenderState.APPROVED, **more: Any) -> TenderView:
    fields: dict[str, Any] = {
        "number": 1,
        "method": Method.TERMINAL,
        "amount": Yen(165),
        "state": state,
        "counted": state is TenderState.APPROVED,
        "slip_number": "00119",
        "terminal_business_date": DAY,
        "operations": (operation(PAYMENT, OperationKind.PAYMENT, "approved"),),
    }
    return TenderView(**fields | more)


GIVEN_BACK = entry(voided_by="00120")
VOIDED = entry(kind=OperationKind.VOID, slip_number="00120", voids="00119", operation_id=VOID)


@pytest.mark.parametrize(
    ("register", "terminal", "words", "agree"),
    [
        (tender(), entry(), "approved", True),
        (tender(), GIVEN_BACK, "given_back", False),
        (tender(TenderState.REFUNDED, refunded_by="terminal"), GIVEN_BACK, "given_back", True),
        (tender(TenderState.REFUNDED, refunded_by="terminal"), entry(), "approved", False),
        (tender(TenderState.REFUNDED, refunded_by="cash"), entry(), "approved", True),
        (tender(TenderState.REFUNDED, refunded_by="terminal"), VOIDED, "given_back", True),
        (tender(), VOIDED, "given_back", False),
        (tender(TenderState.DECLINED), entry(state="declined"), "declined", True),
        (tender(TenderState.DECLINED), entry(), "approved", False),
        (tender(), entry(state="pending"), "pending", None),
        (tender(TenderState.REFUNDING), entry(), "approved", None),
        (tender(TenderState.REFUND_IN_DOUBT), GIVEN_BACK, "given_back", None),
        (tender(), entry(state="of tomorrow"), "other", False),
    ],
)
def test_what_each_says_and_whether_they_agree(
    register: TenderView,
    terminal: JournalEntry,
    words: str,
    agree: bool | None,  # noqa: FBT001 - a case's column
) -> None:
    assert sides_of(register, terminal) == Sides(
        register=f"state.{register.state}", terminal=f"journal_state.{words}", agree=agree
    )


def test_slip_numbers_wrap_so_a_payment_is_meant_on_its_own_day() -> None:
    by_number = entry(operation_id=None)
    assert is_payment_of(by_number, tender())
    assert not is_payment_of(
        entry(operation_id=None, terminal_business_date="2026-05-24"), tender()
    )
    assert not is_about(entry(operation_id="0190f1c4-0000-7000-8000-000000000009"), tender())


def test_what_gave_it_back_is_about_it_asked_for_here_or_done_by_hand() -> None:
    asked = tender(
        operations=(
            operation(PAYMENT, OperationKind.PAYMENT, "approved"),
            operation(VOID, OperationKind.VOID, "refunded"),
        )
    )
    assert is_about(VOIDED, asked)
    assert not is_payment_of(VOIDED, asked)
    by_hand = entry(kind=OperationKind.VOID, slip_number="00120", voids="00119", operation_id=None)
    assert is_about(by_hand, tender(TenderState.REFUNDED, voided_by="00120"))
    assert not is_about(by_hand, tender())
