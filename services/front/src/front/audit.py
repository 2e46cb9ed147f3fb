"""操作履歴: what two services keep, told as one list, newest first, page by page. Pure.

Lines of one moment stand in the order of `SOURCES`, so that a page ends at a place of its own
whatever the two say at the same time.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from contracts.audit import (
    ID_MAX,
    LINES_MAX,
    AuditAction,
    AuditAsk,
    AuditLine,
    AuditSource,
    FindAudit,
    FindOverrides,
)
from contracts.identifiers import BusinessDate, OperatorCode, StoreCode
from front.model import Query, Refused

ZONE: Final = ZoneInfo("Asia/Tokyo")
"""A day is looked for by people in Japan; companies beyond it would need their own."""

SOURCES: Final[tuple[AuditSource, ...]] = ("sales", "settings")
"""In this order within one moment."""

PLACE_PATTERN: Final = r"^([0-9]{1,18})-(sales|settings)-([0-9]{1,16})$(?!\n)"

Ask = TypeVar("Ask", bound=AuditAsk)

_PLACE: Final = re.compile(PLACE_PATTERN)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class AuditQuery(Query, frozen=True, kw_only=True):
    """Which lines, newest first; `day` in Japan's time, `after` is `next` of the page before.

    `operator` is who did it or who authorised it.
    """

    store: StoreCode | None = None
    operator: OperatorCode | None = None
    action: AuditAction | None = None
    day: BusinessDate | None = None
    after: Annotated[str, Meta(pattern=PLACE_PATTERN)] | None = None
    limit: Annotated[int, Meta(ge=1, le=LINES_MAX)] = 50


class AuditView(Struct, frozen=True, kw_only=True):
    """One page of 操作履歴; `next` None: nothing is older."""

    lines: tuple[AuditLine, ...]
    next: str | None


class Place(NamedTuple):
    """Where a page ended: its last line."""

    at: datetime
    source: AuditSource
    id: int


def asks(query: AuditQuery) -> tuple[FindAudit, FindOverrides]:
    """Return what each service is asked: one line more than a page holds."""
    return _ask(FindAudit, query, "settings"), _ask(FindOverrides, query, "sales")


def _ask(kind: type[Ask], query: AuditQuery, source: AuditSource) -> Ask:
    since, until = (None, None) if query.day is None else day_of(query.day)
    place = None if query.after is None else place_from(query.after)
    return kind(
        store=query.store,
        operator=query.operator,
        action=query.action,
        since=since,
        until=until,
        before_at=None if place is None else place.at,
        before_id=_bound(place, source),
        limit=query.limit + 1,
    )


def merged(found: Sequence[Sequence[AuditLine]], limit: int) -> AuditView:
    """Return the newest `limit` lines of all, and where the next page goes on."""
    lines = sorted((line for each in found for line in each), key=_newest_first)
    page = tuple(lines[:limit])
    return AuditView(lines=page, next=place_of(page[-1]) if len(lines) > limit else None)


def place_of(line: AuditLine) -> str:
    """Return a line's place in the list, for `after`."""
    return f"{(line.at - _EPOCH) // _MICROSECOND}-{line.source}-{line.id}"


def place_from(text: str) -> Place:
    """Return the place that `after` names, or refuse what is no moment or no line."""
    told = _PLACE.match(text)
    try:
        if told is None:
            raise Refused("bad_parameter", parameter="after")
        at = _EPOCH + int(told[1]) * _MICROSECOND
    except OverflowError as error:
        raise Refused("bad_parameter", parameter="after") from error
    source: AuditSource = "sales" if told[2] == "sales" else "settings"
    return Place(at, source, min(int(told[3]), ID_MAX))


def day_of(day: str) -> tuple[datetime, datetime]:
    """Return when a day begins and when it is over; refuse the last day there is."""
    begins = datetime.combine(date.fromisoformat(day), time(), ZONE)
    return begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)


def _bound(place: Place | None, source: AuditSource) -> int:
    """Return below which id a service goes on within the moment at which the page ended."""
    if place is None or place.source == source:
        return 0 if place is None else place.id
    told_already = SOURCES.index(source) < SOURCES.index(place.source)
    return 0 if told_already else ID_MAX


def _newest_first(line: AuditLine) -> tuple[timedelta, int, int]:
    return _EPOCH - line.at, SOURCES.index(line.source), -line.id
