"""What every admin page has around it: who may, the menu, forms, and how a change is told.

A form carries the version that it was filled in with. Where somebody changed the same meanwhile,
what differs is told and nothing is written; where they changed something else, the form goes
through.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from contracts.envelope import Message, Role
from contracts.stores import ReadStore, StoreConfiguration, StoreView
from front import decide, parameters
from front.bodies import refuse_card_numbers
from front.handlers import NOTHING_MORE, Beside
from front.http.keys import DESK, GUARD
from front.model import Caller, Refused
from front.pages.frame import page, words_of
from front.pages.words import Words
from front.problems import problem
from front.routes import AUDITORS, KEEPERS, STORE_CONFIG
from front.streams import granted
from front.tokens import CSRF_FIELD

View = TypeVar("View", bound=Struct)
PageHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

ADMIN: Final = "/admin"
LOG_IN: Final = "/admin/login"

VISITORS: Final = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR, Role.PLATFORM})
"""A cashier has the register; a partner has events."""

Menu = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Groups, and in each the names and addresses of its pages."""

MENU: Final[Menu] = (
    (
        "each_store",
        (("pos", "/admin/pos"), ("store", "/admin/store"), ("printers", "/admin/printers")),
    ),
    (
        "company",
        (
            ("rules", "/admin/rules"),
            ("option", "/admin/option"),
            ("fleet", "/admin/fleet"),
            ("people", "/admin/people"),
            ("audit", "/admin/audit"),
            ("csv", "/admin/csv"),
        ),
    ),
    ("help", (("support", "/admin/support"),)),
)

OF_PLATFORM: Final = frozenset({"option", "support"})
"""Pages for those who run Renkei: a company's stores are the company's own."""

OF_AUDITORS: Final = frozenset({"people", "audit"})
"""Pages about people, for those who look after them."""

FIELD_LENGTH_MAX: Final = 4_000
"""Longer than any field of ours may be, so that what is too long is refused and not cut."""


class Told(Struct, frozen=True, kw_only=True):
    """What stands on top of a page after a form was sent: how it went."""

    code: str
    fields: Mapping[str, Any] = {}

    @property
    def status(self) -> int:
        """Return the page's HTTP status."""
        return problem(self.code).status


class Difference(Struct, frozen=True, kw_only=True):
    """A field that somebody else changed: as it was shown, as it is, and as it was typed."""

    name: str
    seen: str
    now: str
    typed: str


def for_admins(handler: PageHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that sends whoever is not logged in to the log-in, and a cashier away."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].session(request)
        if caller is None:
            raise web.HTTPSeeOther(LOG_IN)
        decide.permit(caller.session.role, VISITORS)
        return await handler(request, caller)

    return handle


def admin_page(
    request: web.Request,
    caller: Caller,
    name: str,
    told: Told | None = None,
    *,
    template: str = "",
    **more: object,
) -> web.Response:
    """Return an admin page; `name` is its place in the menu, and its template unless told."""
    role = caller.session.role
    context = {
        "name": name,
        "told": told,
        "done": request.query.get("done", "") if told is None else "",
        "role": role,
        "menu": menu_for(role),
        "trail": trail_of(words_of(request), name),
        "keeps": role in KEEPERS,
        "is_admin": role is Role.ADMIN,
        "is_platform": role is Role.PLATFORM,
        **more,
    }
    response = page(request, f"admin/{template or name}.html", context, caller=caller)
    if told is not None:
        response.set_status(told.status)
    return response


def menu_for(role: Role) -> Menu:
    """Return the part of the menu that leads somewhere for a role."""
    kept = [
        (group, tuple(place for place in places if _leads_somewhere(place[0], role)))
        for group, places in MENU
    ]
    return tuple((group, places) for group, places in kept if places)


def _leads_somewhere(place: str, role: Role) -> bool:
    if role is Role.PLATFORM:
        return place in OF_PLATFORM
    return role in AUDITORS or place not in OF_AUDITORS


def trail_of(words: Words, name: str) -> tuple[str, ...]:
    """Return the headings under which a page stands in the menu, outermost first."""
    for group, places in MENU:
        if any(name == place for place, _ in places):
            return tuple(words(f"admin_group.{group}").split(" › "))
    return ()


async def form_of(request: web.Request, caller: Caller) -> dict[str, str]:
    """Return what stands in a form that a page of ours sent; files have a way of their own."""
    form = await request.post()
    given = form.get(CSRF_FIELD)
    request.app[GUARD].check_form(request, caller, given if isinstance(given, str) else None)
    return {
        name: value.strip()[:FIELD_LENGTH_MAX]
        for name, value in form.items()
        if isinstance(value, str)
    }


async def asked(
    request: web.Request,
    caller: Caller,
    command: Message,
    view: type[View],
    more: Beside = NOTHING_MORE,
) -> View:
    """Ask `store_config`, and return what it says or raise what it refuses."""
    answer = granted(await request.app[DESK].ask(caller, STORE_CONFIG, command, more))
    return msgspec.json.decode(answer.body, type=view)


async def done(
    request: web.Request, caller: Caller, command: Message, expects: int | None = None
) -> Told | None:
    """Carry out a change; return why it was refused, None where it was granted."""
    more = Beside(expects=expects)
    try:
        refuse_card_numbers(command)
        granted(await request.app[DESK].ask(caller, STORE_CONFIG, command, more))
    except Refused as refused:
        return Told(code=refused.code, fields=refused.fields)
    return None


def stores_of(request: web.Request, caller: Caller) -> tuple[StoreConfiguration, ...]:
    """Return the stores to choose from, from memory: a chain's thousand are no work."""
    return request.app[DESK].stores(caller)


async def store_of(request: web.Request, caller: Caller, store: str) -> StoreView:
    """Return one store as it stands written, or refuse."""
    if parameters.PATH_PARTS["store"].pattern.match(store) is None:
        raise Refused("unknown_store")
    return await asked(request, caller, ReadStore(store=store), StoreView)


def whole_number(text: str) -> int | None:
    """Return what a hidden or numeric field holds, None where it holds no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - JSON's bound


def see_other(path: str) -> web.Response:
    """Send the browser on, so that a reload sends nothing twice."""
    return web.Response(status=303, headers={"Location": path})
