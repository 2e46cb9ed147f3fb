"""Finding out about an operation that we lost sight of: what to ask next, what an answer proves.

Pure. The order of evidence: what is on the terminal's glass, then its journal by operation id,
then, on a link that cannot echo ids, by number, kind and amount, which may prove that nothing
happened but never that something did.
"""

from datetime import timedelta
from typing import Final, NamedTuple

from msgspec import Struct

from contracts.operations import Abilities, Phase
from terminal_gateway.model import (
    IN_SIGHT,
    JournalAnswer,
    JournalQuery,
    NumberedEntry,
    Operation,
    Sight,
    State,
)

PENDING: Final = "pending"
"""State of a journal entry whose centre has not answered: proves nothing."""

CLOCK_SLACK: Final = timedelta(minutes=2)
"""How far two clocks may drift apart between a reading and its use."""

CLOCK_WRONG: Final = timedelta(days=1)
"""Two clocks that differ by more were not set differently: one is not set at all."""

PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 3.0)
"""Pauses between questions to one terminal; the last repeats. A link that is back answers at the
first; a terminal that waits for its centre is not worth more than one question in three seconds."""


class AskSight(NamedTuple):
    """Ask what is on the glass now."""


class AskJournal(NamedTuple):
    """Ask the journal; all pages down to number `down_to` are wanted when it is not by id."""

    query: JournalQuery
    down_to: int


class Running(NamedTuple):
    """The terminal is working on it: it is in sight again."""

    phase: Phase


class Found(NamedTuple):
    """The journal has its end."""

    entry: NumberedEntry


class Absent(NamedTuple):
    """Proven: it did not happen."""

    note: str


class Wait(NamedTuple):
    """Nothing can be said yet; ask again after a pause."""

    reason: str


class Park(NamedTuple):
    """Nothing more can be found out over this link; people and the day's close decide."""

    reason: str


Verdict = AskSight | AskJournal | Running | Found | Absent | Wait | Park


class Findings(Struct, frozen=True, kw_only=True):
    """What this round of questions brought: `sight` first, then the journal's `answer`.

    `answer` was given after `sight`, on the same link: order is what makes it proof.
    """

    sight: Sight | None = None
    answer: JournalAnswer | None = None


def judge(operation: Operation, findings: Findings, abilities: Abilities) -> Verdict:
    """Return the next question about an open operation, or what was found out."""
    sight = findings.sight
    if sight is None:
        return AskSight()
    if sight.phase is not None and sight.at_work:
        return _busy(operation, sight, sight.phase, abilities)
    if not abilities.journal:
        return _without_journal(sight)
    if findings.answer is None:
        return _question(operation, abilities)
    found = _entry_of(operation, findings.answer)
    if found is not None:
        return Wait("pending") if found.line.state == PENDING else Found(found)
    return _absent(operation, sight, findings.answer, abilities)


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
    return Park("no_journal") if sight.home else Wait("not_home")


def _question(operation: Operation, abilities: Abilities) -> AskJournal:
    if abilities.echo:
        return AskJournal(JournalQuery(operation_id=operation.id), down_to=0)
    return AskJournal(JournalQuery(), down_to=(operation.intent.mark or 0) + 1)


def _entry_of(operation: Operation, answer: JournalAnswer) -> NumberedEntry | None:
    for entry in answer.entries:
        if entry.line.operation_id == operation.id:
            return entry
    return None


def _absent(
    operation: Operation, sight: Sight, answer: JournalAnswer, abilities: Abilities
) -> Absent | Wait | Park:
    if not sight.home:
        return Wait("not_home")
    if not _whole(operation, answer) or not _reaches_back(operation, sight, answer):
        return Park("journal_too_short")
    if not abilities.echo:
        alike = _alike(operation, answer)
        if any(entry.line.state == PENDING for entry in alike):
            return Wait("pending")
        if alike:
            slips = ", ".join(entry.line.slip_number for entry in alike)
            return Park(f"cannot_tell: slip {slips}")
    return Absent(f"journal {answer.covers_first} to {answer.covers_last}, home")


def _whole(operation: Operation, answer: JournalAnswer) -> bool:
    """Whether nothing is missing in the answer: so it says, or its numbers have no gap."""
    if answer.complete:
        return True
    since = range(answer.covers_last, operation.intent.mark or 0, -1)
    return [entry.number for entry in answer.entries][: len(since)] == list(since)


def _reaches_back(operation: Operation, sight: Sight, answer: JournalAnswer) -> bool:
    mark = operation.intent.mark
    if mark is not None:
        return answer.covers_first <= mark + 1
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
        and (intent.adopted or (entry.line.kind, entry.line.amount) == (intent.kind, intent.amount))
    ]


def wants_finding_out(operation: Operation) -> bool:
    """Whether an open operation is to be asked about as soon as the link is up."""
    return operation.state is State.UNRESOLVED and not operation.parked
