"""ブランド規則: what holds for each brand, in all stores or in one, and from which day on."""

from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from contracts.brand_rules import (
    BrandRuleList,
    CompanyView,
    ListBrandRules,
    PutBrandRule,
    PutCompanyRule,
    ReadCompany,
    RemoveBrandRule,
)
from contracts.envelope import Message, Role
from contracts.stores import BrandRule
from front import parameters
from front.http.keys import DESK
from front.model import Caller, Refused
from front.pages.admin.frame import (
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
    store_of,
    stores_of,
    whole_number,
)
from front.routes import KEEPERS
from front.rule_bodies import BrandRuleBody

PATH: Final = "/admin/rules"

MEDIA: Final = ("card", "emoney", "code")
REASONS: Final = ("brand", "contract", "other")
"""Why a brand cannot be given back on the terminal; each has its words."""

FLAGS: Final = (
    "same_terminal_only",
    "last_only",
    "needs_card",
    "prints_slip",
    "counts_as_sold_until_shown_otherwise",
)
WAYS: Final = ("cash", "support")
STATES: Final = ("now", "later", "before")

JAPAN_H: Final = 9
"""Hours that a day begins earlier than in UTC: the days of rules are Japan's."""


class Shown(Struct, frozen=True, kw_only=True):
    """One rule, and whether it holds now, later, or held before."""

    rule: BrandRule
    state: str


class Book(Struct, frozen=True, kw_only=True):
    """The rules of all stores (`store` empty), or what holds in one."""

    store: str
    rules: tuple[BrandRule, ...]
    version: int


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get(PATH, for_admins(show_rules))
    app.router.add_post(PATH, for_admins(save_rule))


async def show_rules(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The rules of the company, or of the store that is chosen; one may be open for a change."""
    store = request.query.get("store", "")
    return await _page(request, caller, store)


async def save_rule(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Let a rule hold from its day on, or take a store's own away; an old page changes nothing."""
    form = await form_of(request, caller)
    store = form.get("store", "")
    if store and parameters.PATH_PARTS["store"].pattern.match(store) is None:
        raise Refused("unknown_store")
    try:
        command = command_of(store, form)
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
        return await _page(request, caller, store, told, form)
    told = await done(request, caller, command, whole_number(form.get("version", "")))
    if told is not None and told.code == "outdated":
        book = await _read(request, caller, store)
        if seen_of(book.rules, form.get("media", ""), form.get("brand", "")) == form.get("seen"):
            told = await done(request, caller, command, book.version)
    if told is None:
        return see_other(f"{PATH}?store={store}&done=saved")
    return await _page(request, caller, store, told, form)


def command_of(store: str, form: dict[str, str]) -> Message:
    """Return what the form asks for, refused by field where it cannot be."""
    given: dict[str, Any] = {name: form.get(name, "") for name in ("brand", "media", "valid_from")}
    given |= {name: form.get(name) == "yes" for name in FLAGS}
    given["cancellable"] = form.get("cancellable") == "yes"
    given["reason"] = "" if given["cancellable"] else form.get("reason", "")
    given["window_days"] = whole_number(form.get("window_days", ""))
    given["investigation_days"] = whole_number(form.get("investigation_days", ""))
    given["ways"] = [way for way in WAYS if form.get(f"way_{way}") == "yes"]
    try:
        date.fromisoformat(given["valid_from"])
        rule = msgspec.convert(given, BrandRuleBody).entry()
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`")[0].rpartition("`")[2].removeprefix("$.")
        raise Refused("invalid_body", field=field) from error
    except ValueError as error:
        raise Refused("invalid_body", field="valid_from") from error
    if form.get("do") == "remove":
        return RemoveBrandRule(
            store=store, media=rule.media, brand=rule.brand, valid_from=rule.valid_from
        )
    return PutBrandRule(store=store, rule=rule) if store else PutCompanyRule(rule=rule)


def shown(rules: tuple[BrandRule, ...], today: str) -> tuple[Shown, ...]:
    """Return each rule with when it holds: of those that have begun, the newest holds now."""
    begun: dict[tuple[str, str], str] = {}
    for rule in rules:
        key = (rule.media, rule.brand)
        if rule.valid_from <= today:
            begun[key] = max(begun.get(key, ""), rule.valid_from)
    return tuple(
        Shown(
            rule=rule,
            state="later"
            if rule.valid_from > today
            else "now"
            if begun[rule.media, rule.brand] == rule.valid_from
            else "before",
        )
        for rule in sorted(rules, key=lambda one: (MEDIA.index(one.media), one.brand))
    )


def seen_of(rules: tuple[BrandRule, ...], media: str, brand: str) -> str:
    """Return what a page showed of one brand, to be compared when its form comes back."""
    found = [rule for rule in rules if (rule.media, rule.brand) == (media, brand)]
    return msgspec.json.encode(found).decode()


def form_from(rule: BrandRule, today: str) -> dict[str, str]:
    """Return a rule as the form has it; a change of it begins today at the earliest usual day."""
    told = {name: "yes" if getattr(rule, name) else "" for name in (*FLAGS, "cancellable")}
    told |= {f"way_{way}": "yes" if way in rule.ways else "" for way in WAYS}
    return told | {
        "brand": rule.brand,
        "media": rule.media,
        "valid_from": max(rule.valid_from, today),
        "reason": rule.reason,
        "window_days": "" if rule.window_days is None else str(rule.window_days),
        "investigation_days": str(rule.investigation_days),
    }


async def _read(request: web.Request, caller: Caller, store: str) -> Book:
    if not store:
        company = await asked(request, caller, ReadCompany(), CompanyView)
        return Book(store="", rules=company.rules, version=company.version)
    view = await store_of(request, caller, store)
    found = await asked(request, caller, ListBrandRules(store=store), BrandRuleList)
    return Book(store=store, rules=found.rules, version=view.version)


async def _page(
    request: web.Request,
    caller: Caller,
    store: str,
    told: Told | None = None,
    form: dict[str, str] | None = None,
) -> web.Response:
    decide_reader(caller)
    book = await _read(request, caller, store)
    today = (request.app[DESK].now() + timedelta(hours=JAPAN_H)).date().isoformat()
    opened = opened_form(request, book, today) if form is None else form
    role = caller.session.role
    return admin_page(
        request,
        caller,
        "rules",
        told,
        stores=stores_of(request, caller),
        chosen=store,
        book=book,
        rows=shown(book.rules, today),
        form=opened,
        seen_of=partial(seen_of, book.rules),
        may=role in KEEPERS if store else role is Role.ADMIN,
        media=MEDIA,
        reasons=REASONS,
        flags=FLAGS,
        ways=WAYS,
        today=today,
    )


def decide_reader(caller: Caller) -> None:
    """Refuse `platform`, which has no rules of its own."""
    if caller.session.role is Role.PLATFORM:
        raise Refused("not_permitted")


def opened_form(request: web.Request, book: Book, today: str) -> dict[str, str] | None:
    """Return the form that the address opens: for one rule, or empty for a new brand."""
    media, brand = request.query.get("media", ""), request.query.get("brand", "")
    if request.query.get("open") == "new":
        new = BrandRule(brand="-", media="code", valid_from=today)
        return form_from(new, today) | {"brand": ""}
    valid_from = request.query.get("valid_from", "")
    key = (media, brand, valid_from)
    for rule in book.rules:
        if key == (rule.media, rule.brand, rule.valid_from):
            return form_from(rule, today) | {"from": rule.valid_from}
    return None
