"""The WHERE of a page holds what was asked for and nothing else; values are never in its text."""

from datetime import UTC, datetime

from contracts.audit import FindAudit, FindOverrides
from outbox.audit_page import ORDER, page_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_newest_of_a_company() -> None:
    assert page_of(FindAudit(limit=3), "DEMO", ()) == (
        f" {ORDER} LIMIT $2",
        ("DEMO", 3),
    )


def test_everything_at_once() -> None:
    ask = FindOverrides(
        store="S001",
        operator="sato",
        action="tender_resolved",
        since=NOW,
        until=NOW,
        before_at=NOW,
        before_id=7,
        limit=9,
    )
    text, values = page_of(ask, "DEMO", ("S001", "S002"), ("operator", "authorised_by"))
    assert text == (
        " AND store = ANY($2) AND store = $3"
        " AND (operator = $4 OR authorised_by = $4) AND action = $5 AND at >= $6 AND at < $7"
        f" AND (at, id) < ($8, $9) {ORDER} LIMIT $10"
    )
    assert values == (
        "DEMO",
        ["S001", "S002"],
        "S001",
        "sato",
        "tender_resolved",
        NOW,
        NOW,
        NOW,
        7,
        9,
    )
