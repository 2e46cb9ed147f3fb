from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
    PointedAt,
    Sight,
    State,
)
from terminal_gateway.resolver import (
    BY_ID,
    BY_LIKENESS,
    BY_ORIGINAL,
    BY_POINTING,
    Absent,
    AskJournal,
    AskLater,
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
    assert judge(lost, Findings(sight=home, answer=answer(at, found)), ALL) == Found(found, BY_ID)


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


@pytest.mark.parametrize(
    "fields",
    [
        {"covers_first": 9},
        {"complete": False, "covers_last": 9},
        {"covers_last": 6},  # it was at 7 before the intent: it counts from the beginning again
    ],
)
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


def test_a_later_void_is_looked_for_before_an_approval_is_attached(
    lost: Operation, home: Sight, at: datetime
) -> None:
    paid = entry(8, lost.id, at)
    void = entry(9, None, at, kind=OperationKind.VOID, voids="00119")
    by_id = Findings(sight=home, answer=answer(at, paid, covers_last=9))
    assert judge(lost, by_id, ALL) == AskLater(8)
    assert judge(lost, replace(by_id, later=(void,)), ALL) == Found(paid, BY_ID, void)
    assert judge(lost, replace(by_id, later=()), ALL) == Found(paid, BY_ID)


@pytest.mark.parametrize(
    "fields",
    [
        {"voids": "00118"},
        {"amount": Yen(100)},
        {"state": "declined"},
        {"kind": OperationKind.PAYMENT},
        {"number": 8 + 99_999},
    ],
)
def test_what_does_not_give_all_of_it_back_is_no_void_of_it(
    lost: Operation, home: Sight, at: datetime, fields: dict[str, Any]
) -> None:
    paid = entry(8, lost.id, at)
    fields = {"kind": OperationKind.VOID, "voids": "00119", **fields}
    other = entry(fields.pop("number", 9), None, at, **fields)
    findings = Findings(sight=home, answer=answer(at, paid, covers_last=9), later=(other,))
    assert judge(lost, findings, ALL) == Found(paid, BY_ID)


def test_without_an_echo_the_only_entry_alike_is_the_operation(
    lost: Operation, home: Sight, at: datetime
) -> None:
    alike, other = entry(9, None, at), entry(8, None, at, amount=Yen(166))
    findings = Findings(sight=home, answer=answer(at, alike, other))
    assert judge(lost, findings, NO_ECHO) == Found(alike, BY_LIKENESS)


@pytest.mark.parametrize(
    ("findings", "clock_ahead", "entry_at"),
    [
        ({"others_alike": True}, timedelta(), timedelta()),
        ({"claimed": frozenset({8})}, timedelta(), timedelta()),
        ({}, timedelta(), timedelta(hours=-1)),
        ({}, timedelta(), timedelta(hours=1)),
        ({}, timedelta(minutes=5), timedelta(minutes=5)),
        ({}, timedelta(days=2), timedelta(days=2)),
    ],
    ids=[
        "another doubt is alike",
        "the word of another operation",
        "from before the intent",
        "from after now",
        "a clock was set since",
        "a clock is not set at all",
    ],
)
def test_amount_alone_is_never_enough(
    lost: Operation,
    at: datetime,
    *,
    findings: dict[str, Any],
    clock_ahead: timedelta,
    entry_at: timedelta,
) -> None:
    sight = Sight(
        screen=Screen(name="home"),
        phase=None,
        operation_id=None,
        sequence=1,
        terminal_at=at + clock_ahead,
        seen_at=at,
    )
    alike = answer(at, entry(8, None, at + entry_at))
    seen = Findings(sight=sight, answer=alike, **findings)
    assert judge(lost, seen, NO_ECHO) == Park("cannot_tell: slip 00119")


@pytest.mark.parametrize("box_knows_the_time_now", [True, False])
def test_a_box_that_began_in_1970_finds_by_id_and_guesses_nothing(
    lost: Operation, home: Sight, at: datetime, *, box_knows_the_time_now: bool
) -> None:
    """A box without a battery, before the network told it the time, and after."""
    then = datetime(1970, 1, 1, tzinfo=UTC)
    intent = replace(lost.intent, at=then, ahead_s=(at - then).total_seconds())
    early = replace(lost, intent=intent)
    sight = home if box_knows_the_time_now else replace(home, seen_at=then)
    ours = entry(8, early.id, at)
    by_id = Findings(sight=sight, answer=answer(at, ours))
    assert judge(early, by_id, ALL) == Found(ours, BY_ID)
    alike = Findings(sight=sight, answer=answer(at, entry(8, None, at)))
    assert isinstance(judge(early, alike, NO_ECHO), Park)
    nothing = Findings(sight=sight, answer=answer(at))
    assert isinstance(judge(early, nothing, ALL), Absent)


def test_the_time_fits_with_the_terminals_clock_set_right(
    lost: Operation, home: Sight, at: datetime
) -> None:
    """It has been an hour ahead all the time."""
    ahead = timedelta(hours=1)
    known = replace(lost, intent=replace(lost.intent, ahead_s=ahead.total_seconds()))
    skewed = replace(home, terminal_at=at + ahead)
    alike = entry(8, None, at + ahead)
    unlike = entry(8, None, at)
    fits = judge(known, Findings(sight=skewed, answer=answer(at, alike)), NO_ECHO)
    assert fits == Found(alike, BY_LIKENESS)
    early = judge(known, Findings(sight=skewed, answer=answer(at, unlike)), NO_ECHO)
    assert isinstance(early, Park)


def test_two_entries_alike_are_for_people_until_somebody_reads_the_slip(
    lost: Operation, home: Sight, at: datetime
) -> None:
    first, second = entry(8, None, at), entry(9, None, at, order_number="CODE-9")
    findings = Findings(sight=home, answer=answer(at, second, first), others_alike=True)
    assert judge(lost, findings, NO_ECHO) == Park("cannot_tell: slip 00120, 00119")
    by_slip = replace(lost, pointed_at=PointedAt(slip_number="00119"))
    assert judge(by_slip, replace(findings, later=()), NO_ECHO) == Found(first, BY_POINTING)
    by_order = replace(lost, pointed_at=PointedAt(order_number="CODE-9"))
    assert judge(by_order, findings, NO_ECHO) == Found(second, BY_POINTING)
    claimed = replace(findings, claimed=frozenset({9}))
    assert isinstance(judge(by_order, claimed, NO_ECHO), Park)


def test_a_void_without_an_echo_gives_back_what_it_was_asked_to(
    lost: Operation, home: Sight, at: datetime
) -> None:
    asked = replace(lost.intent, kind=OperationKind.VOID, original_slip_number="00050")
    void = replace(lost, intent=asked)
    other = entry(8, None, at, kind=OperationKind.VOID, voids="00051")
    verdict = judge(void, Findings(sight=home, answer=answer(at, other)), NO_ECHO)
    assert isinstance(verdict, Absent)
    same = entry(8, None, at, kind=OperationKind.VOID, voids="00050")
    verdict = judge(void, Findings(sight=home, answer=answer(at, same)), NO_ECHO)
    assert verdict == Found(same, BY_ORIGINAL)
    returned = entry(8, None, at, kind=OperationKind.RETURN, voids="00050")
    verdict = judge(void, Findings(sight=home, answer=answer(at, returned)), NO_ECHO)
    assert verdict == Found(returned, BY_ORIGINAL)


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
        line = verdict.entry.line
        assert line.operation_id == (ours.id if echo else None)
        assert echo or sum(like.line.amount == line.amount for like in entries) == 1


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
        ahead_s=0.0,
    )
