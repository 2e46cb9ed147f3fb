"""What the totals of closed business days prove of an operation that left no other trace.

Pure. The last evidence of all, for a link whose journal cannot be read: the terminal's totals of
each day on which the operation could be, against what our own copy holds of those days.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from contracts.identifiers import BusinessDate
from contracts.money import Yen
from contracts.operations import OperationKind
from terminal_gateway.history import APPROVED, may_answer
from terminal_gateway.model import Book, DayLog, NumberedEntry, Operation, Total, Totals

DAYS_MAX: Final = 7
"""An operation on the glass for longer than a week is a matter for people."""

LOSS_MARGIN: Final = timedelta(days=2)
"""So long after rows of ours may have been lost, a terminal business day is whole in our copy."""

NOTHING: Final = Total(0, Yen(0))


class NotThere(NamedTuple):
    """Equal: it did not happen."""

    note: str


class Taken(NamedTuple):
    """The terminal has exactly one more than we know of, and it is this one."""

    day: BusinessDate
    media: str
    kind: OperationKind
    note: str


class Unclear(NamedTuple):
    """The totals do not tell; it stays parked."""

    reason: str


Finding = NotThere | Taken | Unclear


def days_of(operation: Operation, today: BusinessDate | None) -> tuple[BusinessDate, ...]:
    """Return the days on which it can be, once all of them are over; else nothing."""
    first, last = operation.intent.business_date, operation.home_day
    if first is None or last is None or today is None or not first <= last < today:
        return ()
    count = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    if count > DAYS_MAX:
        return ()
    begin = date.fromisoformat(first)
    return tuple(f"{begin + timedelta(days=more)}" for more in range(count))


def can_be_trusted(operation: Operation, book: Book | None, lost_at: datetime | None) -> bool:
    """Whether our copy holds all that the terminal told on the operation's days."""
    intent = operation.intent
    if book is None or intent.business_date is None or book.began >= intent.business_date:
        return False
    return lost_at is None or intent.at - lost_at > LOSS_MARGIN


def judge(
    operation: Operation,
    theirs: Mapping[BusinessDate, DayLog],
    ours: Mapping[BusinessDate, Totals],
    *,
    others_alike: bool,
    foreign_alike: bool = False,
) -> Finding:
    """Compare the terminal's days with our copy. `others_alike`: another doubt fits as well.

    `foreign_alike`: our copy itself holds one that would fit and is nobody's, so that what is equal
    proves nothing: it may be this one, come back without its id or with another.
    """
    for day, log in theirs.items():
        if not log.closed or not log.complete or log.pending:
            return Unclear(f"{day} is not closed and whole")
    more = [
        (day, *line)
        for day, log in theirs.items()
        for line in _differences(log.totals, ours.get(day, {}))
    ]
    days = ", ".join(theirs)
    if not more and foreign_alike:
        return Unclear(f"day log of {days}: one alike is nobody's")
    if not more:
        return NotThere(f"day log of {days}: nothing that we do not hold")
    day, media, kind, total = more[0]
    intent = operation.intent
    ours_alone = (
        len(more) == 1 and may_answer(intent.kind, kind) and total == Total(1, intent.amount)
    )
    if not ours_alone or others_alike:
        return Unclear(f"day log of {days} differs by more than this one")
    return Taken(day, media, kind, f"day log of {day}: one {media} more than we hold")


def is_alike(operation: Operation, entry: NumberedEntry) -> bool:
    """Whether an entry of our copy could be this operation, whatever id it came with.

    An id that is nobody's may be this one's, told wrongly (seed 12331 of the simulation).
    """
    intent, line = operation.intent, entry.line
    return (
        entry.number > (intent.mark or 0)
        and line.state == APPROVED
        and may_answer(intent.kind, line.kind)
        and line.amount == intent.amount
    )


def _differences(theirs: Totals, ours: Totals) -> list[tuple[str, OperationKind, Total]]:
    lines: list[tuple[str, OperationKind, Total]] = []
    for media, kind in sorted({*theirs, *ours}):
        they, we = theirs.get((media, kind), NOTHING), ours.get((media, kind), NOTHING)
        if they != we:
            more = Total(they.operations - we.operations, Yen(they.amount - we.amount))
            lines.append((media, kind, more))
    return lines
