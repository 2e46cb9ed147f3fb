"""The history's entries are picked exactly, and only the same money takes another's place."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from contracts.cases import CaseView
from contracts.money import Yen
from contracts.operations import JournalEntry, OperationKind
from contracts.sales import Method, SaleState, SaleView, TenderState, TenderView
from front.model import JournalQuery
from front.pages.books import history_query, picked_by, replaceable

NOW = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)
SALE = "0190f1c4-0000-7000-8000-000000000001"
OPERATION = "0190f1c4-0000-7000-8000-000000000002"


def entry(**more: Any) -> JournalEntry:
    fields: dict[str, Any] = {
        "serial": "CT6100-S001-T1",
        "terminal_business_date": "2026-05-25",
        "slip_number": "00119",
        "kind": OperationKind.PAYMENT,
        "state": "approved",
        "amount": Yen(165),
        "at": NOW,
    }
    return JournalEntry(**fields | more)


def tender(number: int, method: Method, amount: int, **more: Any) -> TenderView:
    fields: dict[str, Any] = {
        "number": number,
        "method": method,
        "amount": Yen(amount),
        "state": TenderState.APPROVED,
        "counted": True,
    }
    return TenderView(**fields | more)


def test_slip_numbers_wrap_so_an_entry_is_picked_by_its_day_and_number() -> None:
    assert picked_by(entry(), "", "2026-05-25.00119")
    assert not picked_by(entry(), "", "2026-05-24.00119")
    assert picked_by(entry(operation_id=OPERATION), OPERATION, "")
    assert not picked_by(entry(operation_id=OPERATION), OPERATION, "2026-05-25.00120")
    assert not picked_by(entry(), "", "")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", JournalQuery()),
        ("media=card&day=2026-05-25", ("card", "2026-05-25", None)),
        ("media=&day=&entry=2026-05-25.00119", JournalQuery()),
        ("media=gold&day=nonsense", JournalQuery()),
        ("media=code&after=no", ("code", None, None)),
        ("day=2026-02-30", JournalQuery()),
        ("media=card&after=00119", ("card", None, "00119")),
    ],
)
def test_an_address_that_cannot_be_meant_shows_the_history_without_it(
    query: str, asked: JournalQuery | tuple[str | None, str | None, str | None]
) -> None:
    told = history_query(make_mocked_request("GET", f"/registers/S001/R1/history?{query}"))
    if isinstance(asked, tuple):
        assert (told.media, told.terminal_business_date, told.after) == asked
    else:
        assert told == asked


def test_only_cash_and_other_of_the_same_amount_give_way_to_a_cases_payment() -> None:
    tenders = (
        tender(1, Method.TERMINAL, 165),
        tender(2, Method.CASH, 165),
        tender(3, Method.OTHER, 165),
        tender(4, Method.CASH, 100),
        tender(5, Method.OTHER, 165, counted=False),
    )
    sale = SaleView(
        id=SALE,
        number="S001-20260525-0001",
        store="S001",
        register="R1",
        business_date="2026-05-25",
        state=SaleState.CLOSED,
        total=Yen(595),
        paid=Yen(595),
        pending=Yen(0),
        balance=Yen(0),
        change=Yen(0),
        void_due=False,
        lines=(),
        tenders=tenders,
        cases=(),
        operator="cashier",
        parked=False,
        opened_at=NOW,
        closed_at=NOW,
        sequence=1,
    )
    case = CaseView(
        id=OPERATION,
        kind="paid_twice",
        store="S001",
        register="R1",
        sale=SALE,
        tender=1,
        amount=Yen(165),
        evidence={},
        opened_at=NOW,
        ways=("replace_tender",),
        state="open",
    )
    assert [one.number for one in replaceable(sale, case)] == [2, 3]
