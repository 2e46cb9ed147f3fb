"""What a refund came to, also where somebody did it by hand: manual 4-5."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import Abilities, JournalEntry, OperationKind
from terminal_gateway.model import (
    JournalAnswer,
    JournalQuery,
    NumberedEntry,
    Operation,
    Sight,
    State,
)
from terminal_gateway.resolver import (
    BY_ID,
    BY_ORIGINAL,
    Absent,
    AskJournal,
    Findings,
    Found,
    Park,
    Wait,
    judge,
)

InState = Callable[..., Operation]
ALL = Abilities()
NO_ECHO = Abilities(echo=False)
OTHER = "019a9fd1-0000-7000-8000-0000000000ff"


@pytest.fixture
def lost(in_state: InState) -> Operation:
    """Intended when the terminal's newest entry was number 7, and lost sight of."""
    return in_state(State.UNRESOLVED)


def entry(number: int, operation_id: str | None, at: datetime, **fields: Any) -> NumberedEntry:
    """Return what gives slip 00050 back."""
    line = JournalEntry(
        serial="CT6100-S001-T1",
        terminal_business_date="2026-11-20",
        slip_number=f"{number + 111:05}",
        kind=OperationKind.VOID,
        state="approved",
        amount=Yen(165),
        at=at,
        operation_id=operation_id,
        voids="00050",
    )
    return NumberedEntry(number=number, line=replace(line, **fields))


def answer(at: datetime, *entries: NumberedEntry) -> JournalAnswer:
    return JournalAnswer(
        entries=entries,
        covers_first=1,
        covers_last=max(each.number for each in entries),
        covers_from=at - timedelta(days=30),
        complete=True,
        more=False,
        pending=0,
    )


def refund(lost: Operation, **fields: Any) -> Operation:
    asked = {"kind": OperationKind.VOID, "original_slip_number": "00050", **fields}
    return replace(lost, intent=replace(lost.intent, **asked))


def test_what_a_refund_came_to_is_looked_for_in_all_since_since_it_may_be_done_by_hand(
    lost: Operation, home: Sight
) -> None:
    asked = judge(refund(lost), Findings(sight=home), ALL)
    assert asked == AskJournal(JournalQuery(), down_to=(lost.intent.mark or 0) + 1)
    unknown = refund(lost, original_slip_number=None)
    adopted = refund(lost, adopted=True)
    for one in (lost, unknown, adopted):
        verdict = judge(one, Findings(sight=home), ALL)
        assert verdict == AskJournal(JournalQuery(operation_id=lost.id), down_to=0)


def test_a_refund_is_found_by_its_id_before_all_else(
    lost: Operation, home: Sight, at: datetime
) -> None:
    own = entry(9, lost.id, at, kind=OperationKind.RETURN)
    by_hand = entry(8, None, at)
    findings = Findings(sight=home, answer=answer(at, own, by_hand), later=())
    assert judge(refund(lost), findings, ALL) == Found(own, BY_ID)


@pytest.mark.parametrize("kind", [OperationKind.VOID, OperationKind.RETURN])
def test_a_refund_that_was_done_by_hand_is_found_by_what_it_gives_back(
    lost: Operation, home: Sight, at: datetime, kind: OperationKind
) -> None:
    by_hand = entry(8, None, at, kind=kind)
    findings = Findings(sight=home, answer=answer(at, by_hand), later=())
    assert judge(refund(lost), findings, ALL) == Found(by_hand, BY_ORIGINAL)
    by_order = refund(lost, original_slip_number=None, original_order_number="CODE-1")
    code = entry(8, None, at, kind=kind, order_number="CODE-1")
    findings = Findings(sight=home, answer=answer(at, code), later=())
    assert judge(by_order, findings, ALL) == Found(code, BY_ORIGINAL)


def test_a_refund_whose_centre_has_not_answered_waits_by_hand_too(
    lost: Operation, home: Sight, at: datetime
) -> None:
    by_hand = entry(8, None, at, state="pending")
    findings = Findings(sight=home, answer=answer(at, by_hand))
    assert judge(refund(lost), findings, ALL) == Wait("pending")


@pytest.mark.parametrize(
    "fields",
    [
        {"voids": "00051"},
        {"voids": None},
        {"amount": Yen(166)},
        {"state": "declined"},
        {"state": "cancelled"},
        {"state": "incomplete"},
        {"number": 7},
        {"operation_id": OTHER},
        {"kind": OperationKind.PAYMENT, "voids": None},
    ],
)
def test_what_gives_back_something_else_or_nothing_is_no_end_of_a_refund(
    lost: Operation, home: Sight, at: datetime, fields: dict[str, Any]
) -> None:
    given: dict[str, Any] = dict(fields)
    other = entry(given.pop("number", 8), given.pop("operation_id", None), at, **given)
    findings = Findings(sight=home, answer=answer(at, other), later=())
    assert isinstance(judge(refund(lost), findings, ALL), Absent)


def test_what_is_the_word_of_another_refund_is_not_taken_for_this_one(
    lost: Operation, home: Sight, at: datetime
) -> None:
    by_hand = entry(8, None, at)
    findings = Findings(sight=home, answer=answer(at, by_hand), later=(), claimed=frozenset({8}))
    assert isinstance(judge(refund(lost), findings, ALL), Absent)
    assert judge(refund(lost), findings, NO_ECHO) == Park("cannot_tell: slip 00119")
