"""伝票訂正: the draft stands in the address, and the terminal's money stays until it went back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import MultiDict

from contracts.money import Yen
from contracts.sales import Method, SaleState, SaleView, TenderState, TenderView
from front.pages.correction import ADDED_MAX, draft_of

NOW = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)


def tender(number: int, method: Method, amount: int, **more: Any) -> TenderView:
    fields: dict[str, Any] = {
        "number": number,
        "method": method,
        "amount": Yen(amount),
        "state": TenderState.APPROVED,
        "counted": True,
    }
    return TenderView(**fields | more)


def sale(*tenders: TenderView, total: int = 1_650) -> SaleView:
    paid = sum(one.amount for one in tenders if one.counted)
    return SaleView(
        id="0190f1c4-0000-7000-8000-000000000001",
        number="S001-20260525-0001",
        store="S001",
        register="R1",
        business_date="2026-05-25",
        state=SaleState.CLOSED,
        total=Yen(total),
        paid=Yen(paid),
        pending=Yen(0),
        balance=Yen(total - paid),
        change=Yen(0),
        void_due=False,
        lines=(),
        tenders=tenders,
        cases=(),
        operator="cashier",
        parked=False,
        opened_at=NOW,
        closed_at=NOW,
        sequence=9,
    )


REFUNDED = tender(1, Method.TERMINAL, 650, state=TenderState.REFUNDED, counted=False)
CASH = tender(2, Method.CASH, 1_000)


def address(*parts: tuple[str, str]) -> MultiDict[str]:
    return MultiDict(parts)


def test_what_the_terminal_gave_back_is_missing_until_something_takes_its_place() -> None:
    draft = draft_of(sale(REFUNDED, CASH), address())
    assert (draft.missing, draft.changed, draft.lines) == (650, False, [{"number": 2}])
    whole = draft_of(sale(REFUNDED, CASH), address(("add", "cash.650")))
    assert (whole.missing, whole.changed) == (0, True)
    assert whole.lines == [{"number": 2}, {"method": "cash", "amount": 650, "received": 650}]


def test_what_the_terminal_holds_cannot_be_taken_out() -> None:
    held = tender(1, Method.TERMINAL, 650)
    draft = draft_of(sale(held, CASH), address(("flip", "1"), ("flip", "2")))
    assert [(one.stays, one.free) for one in draft.choices] == [(True, False), (False, True)]
    assert (draft.missing, draft.lines) == (1_000, [{"number": 1}])


def test_an_approval_that_came_late_may_take_its_place() -> None:
    late = tender(1, Method.TERMINAL, 650, counted=False)
    cash = tender(2, Method.CASH, 650)
    draft = draft_of(sale(late, cash, total=650), address(("flip", "1"), ("flip", "2")))
    assert (draft.missing, draft.lines) == (0, [{"number": 1}])


def test_each_choice_and_each_addition_has_its_way_back() -> None:
    asked = address(("flip", "2"), ("add", "cash.650"), ("add", "other.1000.points"))
    draft = draft_of(sale(REFUNDED, CASH), asked)
    assert draft.address() == list(asked.items())
    assert draft.address(flip=2, without=0) == [("add", "other.1000.points")]
    assert draft.added[1].line == {"method": "other", "amount": 1_000, "kind": "points"}


@pytest.mark.parametrize(
    "text",
    [
        *("", "cash", "cash.", "cash.0", "cash.-5", "cash.５", "cash.12345678", "card.5"),
        *("terminal.5", "other.5", "cash.5.points"),
    ],
)
def test_what_cannot_be_meant_is_left_out(text: str) -> None:
    assert draft_of(sale(CASH), address(("add", text))).added == ()


def test_a_draft_has_an_end() -> None:
    many = address(*(("add", "cash.1") for _ in range(ADDED_MAX + 5)))
    assert len(draft_of(sale(CASH), many).added) == ADDED_MAX
