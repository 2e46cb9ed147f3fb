"""What two services keep is one list: nothing twice, nothing left out, wherever a page ends."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import json, structs

from contracts.audit import ID_MAX, AuditAsk, AuditFound, AuditLine, AuditSource
from front import audit
from front.audit import AuditQuery
from front.model import Refused

NOW = datetime(2026, 11, 22, 3, 0, 0, 123_456, tzinfo=UTC)


def line(source: AuditSource, number: int, seconds: int = 0) -> AuditLine:
    return AuditLine(
        source=source,
        id=number,
        at=NOW - timedelta(seconds=seconds),
        store="S001",
        by_company="DEMO",
        operator="admin",
        role="admin",
        action="store_changed",
        before={},
        after={},
    )


LOG = (
    *(line("settings", number, seconds=number // 3) for number in range(1, 20)),
    *(line("sales", number, seconds=number // 4) for number in range(1, 20)),
)
"""Many at one moment, in both."""


def answered(ask: AuditAsk, source: AuditSource) -> list[AuditLine]:
    """Answer as the services do."""
    found = [
        one
        for one in LOG
        if one.source == source
        and (ask.before_at is None or (one.at, one.id) < (ask.before_at, ask.before_id))
    ]
    found.sort(key=lambda one: (one.at, one.id), reverse=True)
    return found[: ask.limit]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 37, 38, 200])
def test_turning_the_pages_tells_every_line_once_and_newest_first(limit: int) -> None:
    told: list[AuditLine] = []
    after: str | None = None
    for _ in range(len(LOG) + 1):
        settings, sales = audit.asks(AuditQuery(limit=limit, after=after))
        found = (answered(settings, "settings"), answered(sales, "sales"))
        page = audit.merged(found, limit)
        assert len(page.lines) <= limit
        told += page.lines
        after = page.next
        if after is None:
            break
    assert len(told) == len(LOG)
    assert {(one.source, one.id) for one in told} == {(one.source, one.id) for one in LOG}
    assert [one.at for one in told] == sorted((one.at for one in LOG), reverse=True)


def test_both_are_asked_for_the_same() -> None:
    query = AuditQuery(store="S001", operator="admin", action="store_changed", day="2026-11-22")
    settings, sales = audit.asks(query)
    for ask in (settings, sales):
        assert (ask.store, ask.operator, ask.action, ask.limit) == (
            "S001",
            "admin",
            "store_changed",
            51,
        )
        assert (ask.before_at, ask.before_id) == (None, 0)
        assert ask.since == datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
        assert ask.until == datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def test_a_place_is_exact_to_the_microsecond() -> None:
    place = audit.place_from(audit.place_of(line("sales", 7)))
    assert place == (NOW, "sales", 7)


@pytest.mark.parametrize("after", ["", "1", "1-nobody-1", "999999999999999999-sales-1"])
def test_a_place_that_is_none_is_refused(after: str) -> None:
    with pytest.raises(Refused, match="bad_parameter"):
        audit.place_from(after)


def test_a_line_about_the_whole_company_is_read_as_any_other() -> None:
    told = structs.replace(line("settings", 1), store="")
    found = AuditFound(lines=(told,))
    assert json.decode(json.encode(found), type=AuditFound) == found


def test_an_id_beyond_all_is_the_last_one() -> None:
    assert audit.place_from("1-sales-9999999999999999").id == ID_MAX
