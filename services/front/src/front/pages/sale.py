"""One sale of 伝票明細: its details with their evidence, its money back, 伝票取消 and 伝票訂正."""

from typing import Final

from aiohttp import web

from contracts.sales import SaleState, SaleView, TenderView
from front import parameters
from front.model import Caller
from front.pages.correction import draft_of
from front.pages.frame import REFUND_COOKIE, page
from front.pages.mirror import doubt_told, mirrored
from front.pages.papers import papers_of, picked_paper, slip_shown
from front.pages.people import for_people
from front.pages.place import Place, context_of, place_of, read_sale
from front.pages.register import KINDS
from front.pages.stage import Shown, Stage, asked_of, may_go_back, money_back
from front.routes import KEEPERS, SELLERS

REFUND_LASTS_S: Final = 7 * 86_400
"""What is not known of a refund after a week is in 差異, or nobody's on this tablet."""


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    base = "/registers/{store}/{register}/sales/{sale}"
    app.router.add_get(base, for_people(show_sale))
    app.router.add_get(f"{base}/correct", for_people(show_correction))


async def show_sale(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The sale as it stands, and for each tender what it is believed by.

    While money of it is on its way back, that commands the screen, after a crash as well.
    """
    place, sale = await _found(request, caller)
    asked = asked_of(request.query)
    here = works_here(place, caller, sale)
    if here and sale.state in {SaleState.CLOSED, SaleState.VOIDED}:
        shown = money_back(sale, asked)
        if shown is not None:
            return await _show_money_back(request, caller, place, shown)
    papers = await papers_of(request, caller, place, sale)
    context = context_of(
        request,
        caller,
        place,
        "details",
        sale=sale,
        papers=papers,
        picked=picked_paper(papers, sale, request.query.get("paper", "")),
        here=here,
        **_steps(place, caller, sale),
    )
    return page(request, "sale.html", context, caller=caller)


async def _show_money_back(
    request: web.Request, caller: Caller, place: Place, shown: Shown
) -> web.StreamResponse:
    sale = shown.sale
    assert sale is not None, "a screen about money back is about a sale"  # noqa: S101 - house style 12
    papers = await papers_of(request, caller, place, sale)
    context = context_of(
        request,
        caller,
        place,
        shown.stage,
        sale=sale,
        tender=shown.tender,
        asked=asked_of(request.query),
        papers=papers,
        slip=slip_shown(papers, shown),
        **_steps(place, caller, sale),
        **mirrored(request, caller, place, shown),
        **doubt_told(shown.tender),
    )
    response = page(request, f"register/{shown.stage}.html", context, caller=caller)
    if shown.stage not in {Stage.REFUND, Stage.REFUND_ENDED}:
        response.set_cookie(
            REFUND_COOKIE,
            sale.id,
            max_age=REFUND_LASTS_S,
            path="/registers",
            httponly=True,
            samesite="Lax",
        )
    return response


async def show_correction(request: web.Request, caller: Caller) -> web.StreamResponse:
    """伝票訂正: how the closed sale was paid indeed. What is drafted stands in the address."""
    place, sale = await _found(request, caller)
    context = context_of(
        request,
        caller,
        place,
        "correct",
        sale=sale,
        here=works_here(place, caller, sale),
        draft=draft_of(sale, request.query),
        kinds=KINDS,
        **_steps(place, caller, sale),
    )
    return page(request, "correct.html", context, caller=caller)


async def _found(request: web.Request, caller: Caller) -> tuple[Place, SaleView]:
    place = await place_of(request, caller)
    sale = str(parameters.read_path(request.match_info)["sale"])
    return place, await read_sale(request, caller, sale)


def _steps(place: Place, caller: Caller, sale: SaleView) -> dict[str, object]:
    return {
        "spot": f"{place.base}/sales/{sale.id}",
        "kept": kept(sale),
        "manages": caller.session.role in KEEPERS,
    }


def works_here(place: Place, caller: Caller, sale: SaleView) -> bool:
    """Tell whether the person may put the sale right at this register: it is rung up on it."""
    ours = (place.configuration.store, place.register) == (sale.store, sale.register)
    return ours and caller.session.role in SELLERS


def kept(sale: SaleView) -> tuple[TenderView, ...]:
    """Return the tenders whose money the terminal still has, and can be asked to give back."""
    return tuple(one for one in sale.tenders if may_go_back(sale, one))
