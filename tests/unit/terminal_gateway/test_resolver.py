from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.money import Yen
from contracts.operations import Abilities, JournalEntry, OperationKind, Phase, Screen
from terminal_gateway import resolver
from terminal_gateway.model import (
    Intent,
    JournalAnswer,
    JournalQuery,
    NumberedEntry,
    Operation,
    Sight,
    State,
)
from terminal_gateway.resolver import (
    Absent,
    AskJournal,
    AskSight,
    Findings,
    Found,
    Park,
    Running,
    Wait,
    judge,
)

InState = Callable[..., Operation]
ALL = Abilities()
NO_ECHO = Abilities(echo=False)
NO_JOURNAL = Abilities(journal=False)
OTHER = "019a9fd1-0000-7000-8000-0000000000ff"


@pytest.fixture
def lost(in_state: InState) -> Operation:
    """Intended when the terminal's newest entry was number 7, and lost sight of."""
    return in_state(State.UNRESOLVED)


def entry(number: int, operation_id: str | None, at: datetime, **fields: Any) -> NumberedEntry:
    line = JournalEntry(
        serial="CT6100-S001-T1",
        terminal_business_date="2026-11-20",
        slip_number=f"{number + 111:05}",
        kind=OperationKind.PAYMENT,
        state="approved",
        amount=Yen(165),
        at=at,
        operation_id=operation_id,
    )
    return NumberedEntry(number=number, line=replace(line, **fields))


def answer(at: datetime, *entries: NumberedEntry, **fields: Any) -> JournalAnswer:
    given_back = JournalAnswer(
        entries=entries,
        covers_first=1,
        covers_last=max((each.number for each in entries), default=7),
        covers_from=at - timedelta(days=30),
        complete=True,
        more=False,
        pending=0,
    )
    return replace(given_back, **fields)


def test_the_glass_is_asked_for_first(lost: Operation) -> None:
    assert judge(lost, Findings(), ALL) == AskSight()


def test_an_operation_on_the_glass_is_in_sight_again(lost: Operation, home: Sight) -> None:
    at_work = replace(home, phase=Phase.READ, operation_id=lost.id, screen=Screen(name="centre"))
    assert judge(lost, Findings(sight=at_work), ALL) == Running(Phase.READ)


def test_another_operation_on_the_glass_is_waited_for(lost: Operation, home: Sight) -> None:
    at_work = replace(home, phase=Phase.READ, operation_id=OTHER)
    assert judge(lost, Findings(sight=at_work), ALL) == Wait("in_use")


def test_without_an_echo_the_glass_counts_only_for_what_this_link_showed(
    in_state: InState, home: Sight
) -> None:
    at_work = Findings(sight=replace(home, phase=Phase.READ))
    assert judge(in_state(State.SHOWN), at_work, NO_ECHO) == Running(Phase.READ)
    assert judge(in_state(State.UNRESOLVED), at_work, NO_ECHO) == Wait("in_use")


def test_then_the_journal_is_asked_by_operation_id(lost: Operation, home: Sight) -> None:
    question = judge(lost, Findings(sight=home), ALL)
    assert question == AskJournal(JournalQuery(operation_id=lost.id), down_to=0)


def test_without_an_echo_everything_since_the_intent_is_read(lost: Operation, home: Sight) -> None:
    assert judge(lost, Findings(sight=home), NO_ECHO) == AskJournal(JournalQuery(), down_to=8)


@pytest.mark.parametrize("state", ["approved", "declined", "cancelled", "incomplete"])
def test_an_entry_of_the_operation_is_its_end(
    lost: Operation, home: Sight, at: datetime, state: str
) -> None:
    found = entry(8, lost.id, at, state=state)
    assert judge(lost, Findings(sight=home, answer=answer(at, found)), ALL) == Found(found)


def test_an_entry_that_waits_for_its_centre_proves_nothing(
    lost: Operation, home: Sight, at: datetime
) -> None:
    waits = answer(at, entry(8, lost.id, at, state="pending"), pending=1)
    assert judge(lost, Findings(sight=home, answer=waits), ALL) == Wait("pending")


def test_absent_from_a_complete_journal_of_a_terminal_that_is_home_is_proof(
    lost: Operation, home: Sight, at: datetime
) -> None:
    verdict = judge(lost, Findings(sight=home, answer=answer(at)), ALL)
    assert verdict == Absent("journal 1 to 7, home")


def test_absent_is_no_proof_while_the_terminal_is_not_home(
    lost: Operation, home: Sight, at: datetime
) -> None:
    menu = replace(home, screen=Screen(name="business"))
    assert judge(lost, Findings(sight=menu, answer=answer(at)), ALL) == Wait("not_home")


@pytest.mark.parametrize("fields", [{"covers_first": 9}, {"complete": False, "covers_last": 9}])
def test_absent_is_no_proof_in_a_journal_with_a_gap_since_the_intent(
    lost: Operation, home: Sight, at: datetime, fields: dict[str, Any]
) -> None:
    short = answer(at, **fields)
    verdict = judge(lost, Findings(sight=home, answer=short), ALL)
    assert verdict == Park("journal_too_short")


def test_an_adopted_operation_is_bounded_by_time_with_the_clocks_set_right(
    lost: Operation, home: Sight, at: datetime
) -> None:
    """The terminal's clock runs a day ahead; its journal reaches back to an hour before."""
    adopted = replace(lost, intent=replace(lost.intent, mark=None, adopted=True))
    ahead = timedelta(days=1)
    skewed = replace(home, terminal_at=at + ahead)
    reaching = answer(at, covers_from=at + ahead - timedelta(hours=1))
    too_short = answer(at, covers_from=at + ahead + timedelta(minutes=1))
    assert isinstance(judge(adopted, Findings(sight=skewed, answer=reaching), ALL), Absent)
    assert judge(adopted, Findings(sight=skewed, answer=too_short), ALL) == Park(
        "journal_too_short"
    )


@pytest.mark.parametrize("ahead_days", [20_000, -700_000])
def test_a_clock_that_is_not_set_at_all_proves_no_absence(
    lost: Operation, home: Sight, at: datetime, ahead_days: int
) -> None:
    adopted = replace(lost, intent=replace(lost.intent, mark=None, adopted=True))
    # seen by a box in 1970, or told by a terminal in the year 109
    seen_at = at - timedelta(days=ahead_days) if ahead_days > 0 else at
    terminal_at = at if ahead_days > 0 else at + timedelta(days=ahead_days)
    unset = replace(home, seen_at=seen_at, terminal_at=terminal_at)
    too_short = answer(at, covers_from=at + timedelta(minutes=1))
    assert judge(adopted, Findings(sight=unset, answer=too_short), ALL) == Park("journal_too_short")
    if ahead_days > 0:
        reaching = answer(at, covers_from=at - timedelta(days=30))
        assert isinstance(judge(adopted, Findings(sight=unset, answer=reaching), ALL), Absent)


def test_without_an_echo_a_like_entry_leaves_it_in_doubt_for_people(
    lost: Operation, home: Sight, at: datetime
) -> None:
    alike = answer(at, entry(8, None, at))
    verdict = judge(lost, Findings(sight=home, answer=alike), NO_ECHO)
    assert verdict == Park("cannot_tell: slip 00119")


@pytest.mark.parametrize(
    "fields", [{"amount": Yen(166)}, {"kind": OperationKind.VOID}, {"number": 7}]
)
def test_without_an_echo_nothing_alike_since_the_intent_is_proof(
    lost: Operation, home: Sight, at: datetime, fields: dict[str, Any]
) -> None:
    number = fields.pop("number", 8)
    unlike = answer(at, entry(number, None, at, **fields))
    verdict = judge(lost, Findings(sight=home, answer=unlike), NO_ECHO)
    assert isinstance(verdict, Absent)


def test_without_an_echo_a_like_entry_that_is_pending_is_waited_for(
    lost: Operation, home: Sight, at: datetime
) -> None:
    waits = answer(at, entry(8, None, at, state="pending"))
    assert judge(lost, Findings(sight=home, answer=waits), NO_ECHO) == Wait("pending")


def test_without_a_journal_it_stays_in_doubt_once_the_terminal_is_home(
    lost: Operation, home: Sight
) -> None:
    menu = replace(home, screen=Screen(name="business"))
    assert judge(lost, Findings(sight=home), NO_JOURNAL) == Park("no_journal")
    assert judge(lost, Findings(sight=menu), NO_JOURNAL) == Wait("not_home")


def test_a_parked_operation_is_not_asked_about(lost: Operation) -> None:
    assert resolver.wants_finding_out(lost)
    assert not resolver.wants_finding_out(replace(lost, parked="no_journal"))


def test_pauses_grow_and_stay_bounded() -> None:
    pauses = [resolver.pause_s(asked) for asked in range(20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == resolver.PAUSES_S[-1]


lines = st.lists(
    st.tuples(
        st.sampled_from(["approved", "declined", "cancelled", "incomplete", "pending"]),
        st.sampled_from([Yen(165), Yen(166)]),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=300)
@given(lines=lines, kept_from=st.integers(1, 12), echo=st.booleans(), whole=st.booleans())
def test_not_performed_is_never_said_of_something_that_the_terminal_did(
    lines: list[tuple[str, Yen, bool]],
    kept_from: int,
    echo: bool,  # noqa: FBT001 - drawn by hypothesis
    whole: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    """Whatever the journal looks like, and whichever of its entries is ours."""
    at = datetime.fromisoformat("2026-11-20T10:00:00+09:00")
    ours = Operation(
        intent=_intent(at),
        state=State.UNRESOLVED,
    )
    entries = [
        entry(8 + n, (ours.id if mine else OTHER) if echo else None, at, state=state, amount=amount)
        for n, (state, amount, mine) in enumerate(lines)
    ]
    did = any(mine and amount == ours.intent.amount for _, amount, mine in lines)
    kept = [each for each in reversed(entries) if each.number >= kept_from]
    told = answer(at, *kept, covers_first=kept_from, covers_last=7 + len(lines), complete=whole)
    sight = Sight(
        screen=Screen(name="home"),
        phase=None,
        operation_id=None,
        sequence=1,
        terminal_at=at,
        seen_at=at,
    )
    verdict = judge(ours, Findings(sight=sight, answer=told), Abilities(echo=echo))
    if did:
        assert not isinstance(verdict, Absent)
    if isinstance(verdict, Found):
        assert verdict.entry.line.operation_id == ours.id


def _intent(at: datetime) -> Intent:
    return Intent(
        operation_id="019a9fd1-0000-7000-8000-000000000001",
        terminal="T1",
        serial="CT6100-S001-T1",
        register="R1",
        sale_id="019a9fd1-0000-7000-8000-00000000000a",
        tender=1,
        kind=OperationKind.PAYMENT,
        amount=Yen(165),
        at=at,
        epoch=1,
        mark=7,
    )
