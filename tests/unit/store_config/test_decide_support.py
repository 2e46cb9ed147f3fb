from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.envelope import Actor, Role
from contracts.support import AddNotice, ChangeSupport, RemoveNotice
from store_config import decide_support
from store_config.model import Refused, Support, SupportChange

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWN = Support(company="DEMO", everybody=False)
GENERAL = Support(company="RENKEI", everybody=True, contact="0120-1", site="https://help.example")


def an_actor(role: Role = Role.ADMIN) -> Actor:
    return Actor(company="DEMO", operator="somebody", role=role)


def announced(own: Support, hours: int, number: int = 1) -> Support:
    asked = AddNotice(
        text=f"工事 {number}", starts_at=NOW + hours * HOUR, ends_at=NOW + (hours + 1) * HOUR
    )
    notice = f"00000000-0000-7000-8000-{number:012d}"
    change = decide_support.add(own, an_actor(), asked, notice, NOW)
    assert isinstance(change, SupportChange)
    assert change.after.version == own.version + 1
    return change.after


def test_a_company_that_says_nothing_is_told_what_holds_for_everybody() -> None:
    view = decide_support.view(OWN, (GENERAL,), NOW)
    assert (view.contact, view.site) == ("0120-1", "https://help.example")
    own = structs.replace(OWN, contact="03-1")
    view = decide_support.view(own, (GENERAL,), NOW)
    assert (view.contact, view.site) == ("03-1", "https://help.example")


def test_notices_are_shown_until_they_are_over_the_next_one_first() -> None:
    own = announced(OWN, 5, 1)
    general = announced(GENERAL, 2, 2)
    view = decide_support.view(own, (general,), NOW)
    assert [(one.text, one.everybody) for one in view.notices] == [
        ("工事 2", True),
        ("工事 1", False),
    ]
    later = decide_support.view(own, (general,), NOW + 3 * HOUR)
    assert [one.text for one in later.notices] == ["工事 1"]


def test_those_who_are_everybody_are_not_told_twice() -> None:
    general = announced(GENERAL, 2)
    assert len(decide_support.view(general, (general,), NOW).notices) == 1


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER, Role.AUDITOR, Role.PARTNER])
def test_only_admin_and_platform_say_anything(role: Role) -> None:
    refused = decide_support.change(OWN, an_actor(role), ChangeSupport(contact="x"))
    assert isinstance(refused, Refused)
    assert refused.code == "not_permitted"


@pytest.mark.parametrize(
    "site", ["http://help.example", "javascript:alert(1)", "https://", "https://a b", "help"]
)
def test_a_site_is_an_https_address(site: str) -> None:
    refused = decide_support.change(OWN, an_actor(), ChangeSupport(site=site))
    assert isinstance(refused, Refused)
    assert refused.fields == {"field": "site"}


def test_what_is_so_already_is_no_change_and_empty_is_a_word() -> None:
    own = structs.replace(OWN, contact="03-1", site="https://help.example")
    assert decide_support.change(own, an_actor(), ChangeSupport(contact="03-1")) is own
    emptied = decide_support.change(own, an_actor(), ChangeSupport(site=""))
    assert isinstance(emptied, SupportChange)
    assert (emptied.after.contact, emptied.after.site) == ("03-1", "")
    assert decide_support.difference(emptied.before, emptied.after) == (
        {"support.site": "https://help.example"},
        {"support.site": ""},
    )


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [(2, 1, "ends_at"), (1, 1, "ends_at"), (-3, -2, "ends_at"), (-3, 0, "ends_at")],
)
def test_a_notice_ends_after_it_starts_and_not_in_the_past(
    starts: int, ends: int, field: str
) -> None:
    asked = AddNotice(text="工事", starts_at=NOW + starts * HOUR, ends_at=NOW + ends * HOUR)
    refused = decide_support.add(OWN, an_actor(), asked, "x", NOW)
    assert isinstance(refused, Refused)
    assert refused.fields == {"field": field}


def test_a_time_without_an_offset_is_none() -> None:
    naive = NOW.replace(tzinfo=None)
    asked = AddNotice(text="工事", starts_at=naive, ends_at=naive + HOUR)
    assert isinstance(decide_support.add(OWN, an_actor(), asked, "x", NOW), Refused)


def test_there_are_only_so_many_and_those_that_are_over_make_room() -> None:
    own = OWN
    for number in range(decide_support.NOTICES_MAX):
        own = announced(own, 1, number)
    asked = AddNotice(text="工事", starts_at=NOW, ends_at=NOW + 3 * HOUR)
    refused = decide_support.add(own, an_actor(), asked, "x", NOW)
    assert isinstance(refused, Refused)
    assert refused.code == "too_many_notices"
    later = decide_support.add(own, an_actor(), asked, "x", NOW + 2 * HOUR)
    assert isinstance(later, SupportChange)
    assert [one.id for one in later.after.notices] == ["x"]


def test_what_is_not_there_cannot_be_taken_back() -> None:
    own = announced(OWN, 1)
    gone = decide_support.remove(own, an_actor(), RemoveNotice(notice=own.notices[0].id))
    assert isinstance(gone, SupportChange)
    assert gone.after.notices == ()
    again = decide_support.remove(gone.after, an_actor(), RemoveNotice(notice=own.notices[0].id))
    assert isinstance(again, Refused)
    assert again.code == "unknown_notice"
