"""店舗管理 > 店舗個別管理 > 店舗情報: how a store prints, who sells, whom to call."""

from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec.structs import asdict

from contracts.stores import ChangeStore, Issuer, StoreView
from front import parameters
from front.model import Caller, ChangeStoreBody, IssuerBody, Refused
from front.pages.admin.frame import (
    Difference,
    Told,
    admin_page,
    done,
    for_admins,
    form_of,
    see_other,
    store_of,
    stores_of,
    whole_number,
)
from front.pages.frame import words_of
from front.pages.words import Words

PATH: Final = "/admin/store"

TEXTS: Final = ("customer_slip", "slip_reprint", "business_day_starts", "support_contact")
NUMBERS: Final = ("slip_retention_years",)
CHOICES: Final = ("customer_slip", "slip_reprint")
ISSUER: Final = ("name", "registration_number", "address", "phone")

Fields = dict[str, str]
"""The page's fields by name, as they stand in the form."""


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_store))
    app.router.add_post(PATH + "/{store}", for_admins(save_store))


async def show_store(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Let a store be chosen; 検索 shows its settings."""
    return await _page(request, caller, request.query.get("store", ""))


async def save_store(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Write the whole page; told what differs where somebody else changed it meanwhile."""
    store = str(parameters.read_path(request.match_info)["store"])
    form = await form_of(request, caller)
    try:
        command = command_of(store, form)
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
        return await _page(request, caller, store, told, form=form)
    expects = whole_number(form.get("version", ""))
    told = await done(request, caller, command, expects)
    now = await store_of(request, caller, store)
    changed = differences(form, fields_of(now))
    if told is not None and told.code == "outdated" and not changed:
        told = await done(request, caller, command, now.version)
    if told is None:
        return see_other(f"{PATH}?store={store}&done=saved")
    return await _page(request, caller, store, told, form=form, changed=changed)


def fields_of(view: StoreView) -> Fields:
    """Return a store's settings as the form has them."""
    return {
        **{name: str(getattr(view, name)) for name in (*TEXTS, *NUMBERS)},
        **{f"issuer.{name}": str(told) for name, told in asdict(view.issuer).items()},
    }


def differences(form: Fields, now: Fields) -> tuple[Difference, ...]:
    """Return what was changed since the form was shown; it carries what it showed."""
    return tuple(
        Difference(name=name, seen=form[f"seen.{name}"], now=now[name], typed=form.get(name, ""))
        for name in now
        if f"seen.{name}" in form and form[f"seen.{name}"] != now[name]
    )


def command_of(store: str, form: Fields) -> ChangeStore:
    """Return the form as a command, refused by field where it cannot be one."""
    given: dict[str, Any] = {name: form[name] for name in TEXTS if name in form}
    given |= {name: whole_number(form[name]) for name in NUMBERS if name in form}
    given["issuer"] = {name: form.get(f"issuer.{name}", "") for name in ISSUER}
    try:
        body = msgspec.convert(given, ChangeStoreBody)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("`$.")[2].rstrip("`")
        raise Refused("invalid_body", field=path) from error
    issuer = body.issuer
    assert isinstance(issuer, IssuerBody)  # noqa: S101 - given above
    return ChangeStore(
        store=store,
        customer_slip=body.customer_slip,
        slip_reprint=body.slip_reprint,
        business_day_starts=body.business_day_starts,
        support_contact=body.support_contact,
        issuer=Issuer(**asdict(issuer)),
        slip_retention_years=body.slip_retention_years,
    )


async def _page(
    request: web.Request,
    caller: Caller,
    store: str,
    told: Told | None = None,
    *,
    form: Fields | None = None,
    changed: tuple[Difference, ...] = (),
) -> web.Response:
    view = None
    try:
        view = await store_of(request, caller, store) if store else None
    except Refused as refused:
        told = told or Told(code=refused.code)
    now = fields_of(view) if view is not None else {}
    typed = {name: (form or {}).get(name, now[name]) for name in now}
    return admin_page(
        request,
        caller,
        "store",
        told,
        stores=stores_of(request, caller),
        chosen=store,
        view=view,
        now=now,
        typed=typed,
        changed=changed,
        words=partial(spoken, words_of(request)),
    )


def spoken(words: Words, name: str, value: str) -> str:
    """Return a field's value as the page says it: choices have words, the rest is its own."""
    return words(f"store.{name}.{value}") if name in CHOICES else value
