from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import JournalEntry, OperationKind, Outcome
from terminal_gateway import history
from terminal_gateway.model import Ended, NumberedEntry

SETTLED = ["approved", "declined", "cancelled"]


def entry(number: int, at: datetime, **fields: Any) -> NumberedEntry:
    line = JournalEntry(
        serial="CT6100-S001-T1",
        terminal_business_date="2026-11-20",
        slip_number=f"{number:05}",
        kind=OperationKind.PAYMENT,
        state="approved",
        amount=Yen(165),
        at=at,
    )
    return NumberedEntry(number=number, line=replace(line, **fields))


@pytest.mark.parametrize("before", SETTLED)
@pytest.mark.parametrize("late", ["pending", "incomplete"])
def test_what_is_settled_stays_so(before: str, late: str) -> None:
    assert history.is_older(late, than=before)
    assert not history.is_older(before, than=late)


def test_what_waits_for_its_centre_is_older_than_what_broke_off() -> None:
    assert history.is_older("pending", than="incomplete")
    assert not history.is_older("incomplete", than="pending")
    assert not history.is_older("incomplete", than="incomplete")
    assert not history.is_older("declined", than="approved")


def test_a_result_is_noted_as_the_entry_that_it_tells_of(at: datetime) -> None:
    result = Ended(
        receipt=7,
        number=7,
        operation_id=None,
        kind=OperationKind.VOID,
        amount=Yen(165),
        outcome=Outcome.DECLINED,
        at=at,
        slip_number="00007",
        terminal_business_date="2026-11-20",
        reason="G12",
        media="card",
        voids="00005",
    )
    noted = history.noted(result, "CT6100-S001-T1", "019a9fd1-0000-7000-8000-000000000001")
    assert noted is not None
    line = noted.entry.line
    assert (noted.entry.number, line.state, line.reason, line.voids) == (
        7,
        "declined",
        "G12",
        "00005",
    )
    assert noted.operation_id == "019a9fd1-0000-7000-8000-000000000001"
    assert history.noted(replace(result, number=None), "CT6100-S001-T1", None) is None


def test_only_an_approved_payment_can_be_given_back(at: datetime) -> None:
    void = entry(9, at, kind=OperationKind.VOID, voids="00007")
    paid = entry(7, at)
    assert history.given_back_by(paid, [entry(8, at), void]) == void
    assert history.given_back_by(entry(7, at, state="declined"), [void]) is None
    assert history.given_back_by(replace(paid, number=10), [void]) is None
    returned = entry(9, at, kind=OperationKind.RETURN, voids="00007")
    assert history.given_back_by(paid, [returned]) == returned
