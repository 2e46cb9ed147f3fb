"""お困りの際は (manual 7-1): whom to call, the support site, and maintenance that was announced."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from contracts.envelope import Message
from contracts.stores import ListStores, StoreList
from contracts.support import AddNotice, ChangeSupport, ReadSupport, RemoveNotice, SupportView
from front import parameters
from front.model import Caller
from front.pages.admin.frame import (
    Difference,
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
    whole_number,
)
from front.pages.frame import page
from front.pages.people import for_people

PATH: Final = "/admin/support"

ZONE: Final = ZoneInfo("Asia/Tokyo")
"""Announcements are typed and read in Japan's time; stores beyond it would need their own."""


def add_routes(app: web.Application) -> None:
    """Mount these pages; `/support` is for everybody who is logged in, cashiers first."""
    app.router.add_get("/support", for_people(show_for_register))
    app.router.add_get(PATH, for_admins(show_support))
    app.router.add_post(PATH, for_admins(save_support))


async def show_for_register(request: web.Request, caller: Caller) -> web.StreamResponse:
    """What a cashier needs: numbers large enough to dial from, and what is being worked on."""
    view = await asked(request, caller, ReadSupport(), SupportView)
    stores = (await asked(request, caller, ListStores(), StoreList)).stores
    own = [one for one in stores if one.support_contact]
    context = {"view": view, "stores": own, "when": when}
    return page(request, "support.html", context, caller=caller)


async def show_support(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Whom to call, and what was announced."""
    return await _page(request, caller)


async def save_support(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Change the contact, announce work, or take an announcement back."""
    form = await form_of(request, caller)
    command = command_of(form)
    if isinstance(command, Told):
        return await _page(request, caller, command, form)
    told = await done(request, caller, command, expected(form))
    changed: tuple[Difference, ...] = ()
    if told is not None and told.code == "outdated":
        now = await asked(request, caller, ReadSupport(), SupportView)
        changed = differences(form, now)
        if not changed:
            told = await done(request, caller, command, now.version)
    if told is None:
        return see_other(f"{PATH}?done=saved")
    return await _page(request, caller, told, form, changed)


def expected(form: dict[str, str]) -> int | None:
    """Return the version that the contact was shown of; a notice takes nothing of anybody's."""
    return whole_number(form.get("version", "")) if form.get("do") == "contact" else None


def differences(form: dict[str, str], now: SupportView) -> tuple[Difference, ...]:
    """Return what was changed since the form was shown; it carries what it showed."""
    stands = {"contact": now.contact, "site": now.site}
    return tuple(
        Difference(name=name, seen=form.get(f"seen.{name}", ""), now=told, typed=form.get(name, ""))
        for name, told in stands.items()
        if form.get(f"seen.{name}", "") != told
    )


def command_of(form: dict[str, str]) -> Message | Told:
    """Return what the form asks for; `do` says which of the page's forms it is."""
    if form.get("do") == "remove":
        notice = form.get("notice", "")
        if parameters.PATH_PARTS["notice"].pattern.match(notice) is None:
            return Told(code="unknown_notice")
        return RemoveNotice(notice=notice)
    field = "starts_at"
    try:
        if form.get("do") == "contact":
            given = {name: form.get(name, "") for name in ("contact", "site")}
            return msgspec.convert(given | {"type": "change_support"}, ChangeSupport)
        starts_at = typed_time(form.get("starts_at", ""))
        field = "ends_at"
        ends_at = typed_time(form.get("ends_at", ""))
        times = {"starts_at": starts_at, "ends_at": ends_at}
        return msgspec.convert(
            {"type": "add_notice", "text": form.get("text", "")} | times, AddNotice
        )
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`")[0].rpartition("`")[2].removeprefix("$.")
    except ValueError:
        pass
    return Told(code="invalid_body", fields={"field": field})


def typed_time(text: str) -> datetime:
    """Return a time as `datetime-local` has it; ValueError where it is none."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def when(at: datetime) -> str:
    """Return a time as the page says it: `2026/05/25 15:45`."""
    return at.astimezone(ZONE).strftime("%Y/%m/%d %H:%M")


async def _page(
    request: web.Request,
    caller: Caller,
    told: Told | None = None,
    form: dict[str, str] | None = None,
    changed: tuple[Difference, ...] = (),
) -> web.Response:
    view = await asked(request, caller, ReadSupport(), SupportView)
    return admin_page(
        request, caller, "support", told, view=view, form=form or {}, when=when, changed=changed
    )
