"""The register: one page whose screen follows from the sale; and the connection check."""

import re
from typing import Final

import msgspec
from aiohttp import web

from contracts.identifiers import ID_PATTERN
from contracts.sales import (
    TENDERS_MAX,
    Method,
    ReadRegister,
    RegisterView,
    SaleState,
    SaleView,
)
from front.http.keys import DESK
from front.model import Caller, Refused
from front.pages.frame import PLACE_COOKIE, REFUND_COOKIE, page
from front.pages.mirror import doubt_told, mirrored
from front.pages.papers import NO_PAPERS, papers_of, slip_shown
from front.pages.people import for_people
from front.pages.place import Place, context_of, place_of, read_sale, version_of
from front.pages.stage import (
    Asked,
    Shown,
    Stage,
    asked_of,
    live_count,
    money_back,
    open_cases,
    stage_of,
    standing,
    to_stand_for,
)
from front.routes import CHECKOUT
from front.streams import granted

PLACE_LASTS_S: Final = 365 * 86_400

GOODS: Final = (
    ("goods.coffee", 165, 10),
    ("goods.tea", 150, 8),
    ("goods.rice_ball", 140, 8),
    ("goods.sandwich", 320, 8),
    ("goods.magazine", 650, 10),
    ("goods.umbrella", 1_650, 10),
)
"""Quick keys of the demonstration register: name, price with tax, tax rate."""

KINDS: Final = ("gift_certificate", "points", "invoice", "elsewhere")
"""その他支払: what it can be, in the order of the list. Codes, named by the catalogues.

Two more are offered where a tender is in doubt, for the very money that is: `unconfirmed`, and
`incomplete` for 処理未了.
"""

PAPERED: Final = (Stage.COMPLETE, Stage.CLOSED, Stage.REFUNDED)
"""The screens that paper belongs to."""

NOTHING_ASKED: Final = Asked()


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get("/registers/{store}/{register}", for_people(show_register))
    app.router.add_get("/registers/{store}/{register}/pulse", for_people(answer_pulse))


async def show_register(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Show the screen that the register's sale commands."""
    place = await place_of(request, caller)
    asked = asked_of(request.query)
    view = await _with_done(request, caller, place.view, asked.done)
    shown = stage_of(view, asked, has_terminal=place.terminal is not None)
    refunded = await _refund_under_way(request, caller, place, shown)
    papers = NO_PAPERS
    if shown.stage in PAPERED:
        papers = await papers_of(request, caller, place, shown.sale)
    context = context_of(
        request,
        caller,
        place,
        shown.stage,
        papers=papers,
        sale=shown.sale,
        tender=shown.tender,
        asked=asked,
        spot=place.base,
        refunded=refunded,
        version=version_of(place, refunded),
        slip=slip_shown(papers, shown),
        held=held_sales(view, shown),
        goods=GOODS,
        method=asked.method or Method.TERMINAL,
        kinds=KINDS,
        limit=TENDERS_MAX,
        full=shown.sale is not None and live_count(shown.sale) >= TENDERS_MAX,
        stand_ins=() if shown.sale is None else to_stand_for(shown.sale),
        open_cases=open_cases(shown.sale),
        **mirrored(request, caller, place, shown),
        **doubt_told(shown.tender),
    )
    response = page(request, f"register/{shown.stage}.html", context, caller=caller)
    response.set_cookie(
        PLACE_COOKIE,
        f"{place.configuration.store}/{place.register}",
        max_age=PLACE_LASTS_S,
        path="/",
        httponly=True,
        samesite="Lax",
    )
    if refunded is None and shown.stage is Stage.RING_UP:
        response.del_cookie(REFUND_COOKIE, path="/registers")
    return response


async def _refund_under_way(
    request: web.Request, caller: Caller, place: Place, shown: Shown
) -> SaleView | None:
    """Return the closed sale whose refund was left here, by a crash or for the next customer."""
    left = request.cookies.get(REFUND_COOKIE, "")
    if shown.stage is not Stage.RING_UP or re.fullmatch(ID_PATTERN, left) is None:
        return None
    try:
        sale = await read_sale(request, caller, left)
    except Refused:
        return None
    here = (sale.store, sale.register) == (place.configuration.store, place.register)
    return sale if here and money_back(sale, NOTHING_ASKED) is not None else None


async def _with_done(
    request: web.Request, caller: Caller, view: RegisterView, done: str
) -> RegisterView:
    """Return the register with the sale whose 会計完了 is asked for.

    A sale that was on hold is closed after later ones, and its change must be told all the same.
    """
    known = view.closed_last is not None and view.closed_last.id == done
    if known or view.active is not None or re.fullmatch(ID_PATTERN, done) is None:
        return view
    try:
        sale = await read_sale(request, caller, done)
    except Refused:
        return view
    here = (sale.store, sale.register) == (view.store, view.register)
    closed = here and sale.state is SaleState.CLOSED
    return msgspec.structs.replace(view, closed_last=sale) if closed else view


def held_sales(view: RegisterView, shown: Shown) -> tuple[tuple[SaleView, str, bool], ...]:
    """Return the sales that wait while another is rung up: each, how it stands, if it is open."""
    if shown.stage is not Stage.RING_UP:
        return ()
    active = () if view.active is None else ((view.active, standing(view.active), True),)
    return (*active, *((sale, standing(sale), False) for sale in view.parked))


async def answer_pulse(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Answer once `checkout` has: an open page asks, to tell a quiet line from a dead one."""
    place = ReadRegister(store=request.match_info["store"], register=request.match_info["register"])
    granted(await request.app[DESK].ask(caller, CHECKOUT, place))
    return web.Response(status=204)
