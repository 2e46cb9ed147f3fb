"""Finding out about an operation that we lost sight of: what to ask next, what an answer proves.

Pure. The order of evidence: what is on the terminal's glass, then its journal by operation id; of a
void or return, by the payment that an entry of nobody's gives back, since that is the same money;
on a link that cannot echo ids, by what people read from slip or phone, else by number, kind, amount
and time: nothing alike proves that nothing happened, exactly one that fits is it, anything between
is for people. Amount alone is never enough. What cannot be found out is parked; the day's close may
still tell (`day_log`).
"""

from datetime import timedelta
from typing import Final, NamedTuple

from msgspec import Struct

from contracts.operations import Abilities, OperationKind, Phase
from terminal_gateway.history import APPROVED, PENDING, given_back_by, may_answer, may_undo
from terminal_gateway.model import (
    IN_SIGHT,
    JournalAnswer,
    JournalQuery,
    NumberedEntry,
    Operation,
    Sight,
    State,
)

CLOCK_SLACK: Final = timedelta(minutes=2)
"""How far two clocks may drift apart between a reading and its use."""

CLOCK_WRONG: Final = timedelta(days=1)
"""Two clocks that differ by more were not set differently: one is not set at all."""

_GAVE_BACK: Final = frozenset({APPROVED, PENDING})
"""States of an entry that is evidence of money given back, at once or once its centre answers."""

PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0)
"""Pauses between questions to one terminal; the last repeats. A link that is back answers at the
first; a terminal that waits for its centre is not worth more than one question in three seconds."""


NO_JOURNAL: Final = "no_journal"
"""Why it is parked: nothing but a late result, or the day's close, can tell."""

BY_ID: Final = "operation id"
BY_ORIGINAL: Final = "the payment that it gives back"
BY_POINTING: Final = "the number that was read to us"
BY_LIKENESS: Final = "amount and time, the only one alike"


class AskSight(NamedTuple):
    """Ask what is on the glass now."""


class AskJournal(NamedTuple):
    """Ask the journal; all pages down to number `down_to` are wanted when it is not by id."""

    query: JournalQuery
    down_to: int


class AskLater(NamedTuple):
    """Read what the journal has above number `above`: a later entry may give the found one back."""

    above: int


class Running(NamedTuple):
    """The terminal is working on it: it is in sight again."""

    phase: Phase


class Found(NamedTuple):
    """The journal has its end; `by` says how it was recognised, `given_back_by` what undid it."""

    entry: NumberedEntry
    by: str
    given_back_by: NumberedEntry | None = None


class Absent(NamedTuple):
    """Proven: it did not happen."""

    note: str


class Wait(NamedTuple):
    """Nothing can be said yet; ask again after a pause."""

    reason: str


class Park(NamedTuple):
    """Nothing more can be found out over this link; people and the day's close decide."""

    reason: str


Verdict = AskSight | AskJournal | AskLater | Running | Found | Absent | Wait | Park


class Findings(Struct, frozen=True, kw_only=True):
    """What this round of questions brought: `sight` first, then the journal's `answer`.

    `answer` was given after `sight`, on the same link: order is what makes it proof. `later` are
    entries above the found one. `claimed` are numbers that are the word of other operations of
    ours; `others_alike`: another one that is open would fit the same entry.
    """

    sight: Sight | None = None
    answer: JournalAnswer | None = None
    later: tuple[NumberedEntry, ...] | None = None
    claimed: frozenset[int] = frozenset()
    others_alike: bool = False


def judge(operation: Operation, findings: Findings, abilities: Abilities) -> Verdict:
    """Return the next question about an open operation, or what was found out."""
    sight, answer = findings.sight, findings.answer
    if sight is None:
        return AskSight()
    if sight.phase is not None and sight.at_work:
        return _busy(operation, sight, sight.phase, abilities)
    if not abilities.journal:
        return _without_journal(sight)
    if answer is None:
        return _question(operation, abilities)
    found = _entry_of(operation, answer)
    if found is not None:
        return _netted(found, BY_ID, findings)
    return _not_by_id(operation, sight, answer, findings, abilities)


def pause_s(asked: int) -> float:
    """Return how long to wait before the next question."""
    return PAUSES_S[min(asked, len(PAUSES_S) - 1)]


def _busy(operation: Operation, sight: Sight, phase: Phase, abilities: Abilities) -> Running | Wait:
    if sight.operation_id == operation.id:
        return Running(phase)
    # Without an echo, what this link itself showed is still on the glass.
    if not abilities.echo and operation.state in IN_SIGHT:
        return Running(phase)
    return Wait("in_use")


def _without_journal(sight: Sight) -> Verdict:
    # Its result, if there is one, comes again by itself when the terminal connects.
    return Park(NO_JOURNAL) if sight.home else Wait("not_home")


def _question(operation: Operation, abilities: Abilities) -> AskJournal:
    if abilities.echo and not _gives_back(operation):
        return AskJournal(JournalQuery(operation_id=operation.id), down_to=0)
    return AskJournal(JournalQuery(), down_to=(operation.intent.mark or 0) + 1)


def _gives_back(operation: Operation) -> bool:
    """Whether it could have been done by hand as well, so that its id alone is not asked for."""
    intent = operation.intent
    asked = intent.original_slip_number is not None or intent.original_order_number is not None
    return asked and intent.kind is not OperationKind.PAYMENT and not intent.adopted


def _entry_of(operation: Operation, answer: JournalAnswer) -> NumberedEntry | None:
    for entry in answer.entries:
        if entry.line.operation_id == operation.id:
            return entry
    return None


def _not_by_id(
    operation: Operation,
    sight: Sight,
    answer: JournalAnswer,
    findings: Findings,
    abilities: Abilities,
) -> Verdict:
    if not sight.home:
        return Wait("not_home")
    if not _whole(operation, answer) or not _reaches_back(operation, sight, answer):
        return Park("journal_too_short")
    alike = _alike(operation, answer)
    undoing = [
        entry
        for entry in alike
        if _undoes_it(operation, entry) and entry.number not in findings.claimed
    ]
    if abilities.echo:
        alike = undoing
    if len(undoing) == 1:
        return _netted(undoing[0], BY_ORIGINAL, findings)
    if alike:
        return _among(alike, operation, sight, findings)
    return Absent(f"journal {answer.covers_first} to {answer.covers_last}, home")


def _netted(found: NumberedEntry, by: str, findings: Findings) -> Wait | AskLater | Found:
    """Return the entry as the operation's end, with what was given back since."""
    if found.line.state == PENDING:
        return Wait("pending")
    answer = findings.answer
    if findings.later is None and answer is not None and answer.covers_last > found.number:
        return AskLater(found.number)
    return Found(found, by, given_back_by(found, findings.later or ()))


def _among(
    alike: list[NumberedEntry], operation: Operation, sight: Sight, findings: Findings
) -> Verdict:
    """Return which of the entries alike is this operation's, if that is beyond doubt."""
    if any(entry.line.state == PENDING for entry in alike):
        return Wait("pending")
    slips = ", ".join(entry.line.slip_number for entry in alike)
    unknown = Park(f"cannot_tell: slip {slips}")
    free = [entry for entry in alike if entry.number not in findings.claimed]
    if operation.intent.adopted or not free:
        return unknown
    pointed = [entry for entry in free if _is_pointed_at(operation, entry)]
    if len(pointed) == 1:
        return _netted(pointed[0], BY_POINTING, findings)
    only = len(free) == 1 and not findings.others_alike
    if only and _fits_time(operation, sight, free[0]):
        return _netted(free[0], BY_LIKENESS, findings)
    return unknown


def _is_pointed_at(operation: Operation, entry: NumberedEntry) -> bool:
    told, line = operation.pointed_at, entry.line
    if told is None:
        return False
    return (told.slip_number, told.order_number) != (None, None) and (
        told.slip_number in {None, line.slip_number}
        and told.order_number in {None, line.order_number}
    )


def _fits_time(operation: Operation, sight: Sight, entry: NumberedEntry) -> bool:
    """Whether it happened between our intent and now, the terminal's clock set right."""
    ahead, ahead_then = sight.ahead_s, operation.intent.ahead_s
    if abs(ahead) > CLOCK_WRONG.total_seconds():
        return False  # one of the two clocks is not set, and nobody knows which
    if ahead_then is None or abs(ahead - ahead_then) > CLOCK_SLACK.total_seconds():
        return False  # one of them was set in between
    since = operation.intent.at + timedelta(seconds=ahead) - CLOCK_SLACK
    return since <= entry.line.at <= sight.terminal_at + CLOCK_SLACK


def _whole(operation: Operation, answer: JournalAnswer) -> bool:
    """Whether nothing is missing in the answer: so it says, or its numbers have no gap."""
    if answer.complete:
        return True
    since = range(answer.covers_last, operation.intent.mark or 0, -1)
    return [entry.number for entry in answer.entries][: len(since)] == list(since)


def _reaches_back(operation: Operation, sight: Sight, answer: JournalAnswer) -> bool:
    mark = operation.intent.mark
    if mark is not None:
        # One that ends before the intent counts from the beginning again: it is another journal.
        return answer.covers_first <= mark + 1 and mark <= answer.covers_last
    # No number is known from before the intent: by time, with the terminal's clock set right by
    # its difference from ours.
    ahead = sight.terminal_at - sight.seen_at
    needed = operation.intent.at - CLOCK_SLACK
    if abs(ahead) > CLOCK_WRONG and answer.covers_from > needed:
        return False  # one of the two clocks is wrong, and nobody knows which
    try:
        return answer.covers_from - ahead <= needed
    except OverflowError:
        return False


def _alike(operation: Operation, answer: JournalAnswer) -> list[NumberedEntry]:
    """Return entries after the intent that could be this operation, as far as anyone can tell."""
    intent = operation.intent
    return [
        entry
        for entry in answer.entries
        if entry.number > (intent.mark or 0)
        and entry.line.operation_id is None
        and (
            intent.adopted
            or (may_answer(intent.kind, entry.line.kind) and entry.line.amount == intent.amount)
        )
        and _undoes_the_same(operation, entry)
    ]


def _undoes_the_same(operation: Operation, entry: NumberedEntry) -> bool:
    """Whether a void gives back what this one was to give back, as far as the terminal says."""
    intent, line = operation.intent, entry.line
    if line.kind is OperationKind.PAYMENT:
        return True
    orders = {intent.original_order_number, line.order_number} - {None}
    return may_undo(intent.original_slip_number, line.voids) and len(orders) <= 1


def _undoes_it(operation: Operation, entry: NumberedEntry) -> bool:
    """Whether it gave back, or may still, the very payment that this one was to give back."""
    intent, line = operation.intent, entry.line
    slip = intent.original_slip_number is not None and line.voids == intent.original_slip_number
    order = intent.original_order_number is not None and (
        line.order_number == intent.original_order_number
    )
    return _gives_back(operation) and line.state in _GAVE_BACK and (slip or order)


def wants_finding_out(operation: Operation) -> bool:
    """Whether an open operation is to be asked about as soon as the link is up."""
    return operation.state is State.UNRESOLVED and not operation.parked
