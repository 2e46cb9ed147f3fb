"""The rules of support contacts and maintenance notices. Pure.

Order of refusals: `not_permitted` → `invalid_body` → `unknown_notice` → `too_many_notices`.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET

from contracts.envelope import Actor, Role
from contracts.support import AddNotice, ChangeSupport, Notice, RemoveNotice, SupportView
from store_config.decide import unknown
from store_config.model import Facts, Refused, Support, SupportChange

TELLERS: Final = frozenset({Role.ADMIN, Role.PLATFORM})

NOTICES_MAX: Final = 50
"""More announcements at once than anybody reads; they are shown on one page."""

SupportDecision = SupportChange | Support | Refused
"""`Support`: it is already so."""


def change(own: Support, actor: Actor, asked: ChangeSupport) -> SupportDecision:
    """Say whom to call and where to read."""
    if actor.role not in TELLERS:
        return Refused(code="not_permitted")
    contact = own.contact if asked.contact is UNSET else asked.contact
    site = own.site if asked.site is UNSET else asked.site
    if not contact.isprintable():
        return _wrong("contact", "A contact is printable text")
    if not _is_site(site):
        return _wrong("site", "A site is an https address")
    after = msgspec.structs.replace(own, contact=contact, site=site)
    return own if after == own else _changed("support_changed", own, after)


def add(
    own: Support, actor: Actor, asked: AddNotice, notice: str, now: datetime
) -> SupportDecision:
    """Announce work; those that are over leave with it."""
    if actor.role not in TELLERS:
        return Refused(code="not_permitted")
    if not asked.text.isprintable():
        return _wrong("text", "A notice is one line of printable text")
    if asked.starts_at.tzinfo is None or asked.ends_at.tzinfo is None:
        return _wrong("starts_at", "A time says its offset")
    if asked.ends_at <= asked.starts_at or asked.ends_at <= now:
        return _wrong("ends_at", "It ends after it starts, and not in the past")
    kept = tuple(each for each in own.notices if each.ends_at > now)
    if len(kept) >= NOTICES_MAX:
        return Refused(code="too_many_notices", fields={"limit": NOTICES_MAX})
    added = Notice(
        id=notice,
        text=asked.text,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        everybody=own.everybody,
    )
    after = msgspec.structs.replace(own, notices=(*kept, added))
    return _changed("notice_added", own, after)


def remove(own: Support, actor: Actor, asked: RemoveNotice) -> SupportDecision:
    """Take an announcement back."""
    if actor.role not in TELLERS:
        return Refused(code="not_permitted")
    kept = tuple(each for each in own.notices if each.id != asked.notice)
    if len(kept) == len(own.notices):
        return unknown("notice", asked.notice)
    return _changed("notice_removed", own, msgspec.structs.replace(own, notices=kept))


def view(own: Support, general: tuple[Support, ...], now: datetime) -> SupportView:
    """Return what a company is told: its own words, else everybody's; and everybody's notices."""
    told = (own, *(each for each in general if each.company != own.company))
    notices = [notice for each in told for notice in each.notices if notice.ends_at > now]
    return SupportView(
        contact=next((each.contact for each in told if each.contact), ""),
        site=next((each.site for each in told if each.site), ""),
        notices=tuple(sorted(notices, key=lambda one: (one.starts_at, one.id))),
        version=own.version,
    )


def difference(before: Support, after: Support) -> tuple[Facts, Facts]:
    """Return what differs, as it was and as it is: the two halves of an audit entry."""
    was, now = _facts(before), _facts(after)
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return ({name: was.get(name) for name in names}, {name: now.get(name) for name in names})


def _facts(support: Support) -> Facts:
    return {
        "support.contact": support.contact,
        "support.site": support.site,
        **{
            f"notice.{one.id}": f"{one.starts_at.isoformat()}/{one.ends_at.isoformat()} {one.text}"
            for one in support.notices
        },
    }


def _changed(action: str, before: Support, after: Support) -> SupportChange:
    after = msgspec.structs.replace(after, version=before.version + 1)
    return SupportChange(action=action, before=before, after=after)


def _is_site(site: str) -> bool:
    rest = site.removeprefix("https://")
    return not site or (rest != site and bool(rest) and rest.isprintable() and " " not in rest)


def _wrong(field: str, detail: str) -> Refused:
    return Refused(code="invalid_body", detail=detail, fields={"field": field})
