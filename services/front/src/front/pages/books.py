"""What stands written: the terminal's history, a sale's details with their evidence, 差異."""

from typing import Final

from aiohttp import web

from contracts.cases import CaseView
from contracts.operations import JournalEntry
from contracts.sales import Method, SaleView, TenderState, TenderView
from front import parameters
from front.http.keys import DESK
from front.model import Caller, JournalQuery, JournalView, Refused
from front.pages.frame import page
from front.pages.papers import papers_of, picked_paper
from front.pages.people import for_people
from front.pages.place import Place, context_of, place_of, read_sale
from front.ports import StoreUnreachable

MEDIA: Final = ("card", "emoney", "code")
"""支払種別, in the order of the terminal's own history."""

REPLACEABLE: Final = (Method.CASH, Method.OTHER)
"""Tenders that go without a terminal having to give money back."""


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    base = "/registers/{store}/{register}"
    app.router.add_get(f"{base}/history", for_people(show_history))
    app.router.add_get(f"{base}/sales/{{sale}}", for_people(show_sale))
    app.router.add_get(f"{base}/cases", for_people(show_cases))


async def show_history(request: web.Request, caller: Caller) -> web.StreamResponse:
    """決済履歴 (4-1): by media and by day, with details; whose copy it is stands above it."""
    place = await place_of(request, caller)
    query = history_query(request)
    told = await _history(request, caller, place, query)
    operation, picked = request.query.get("operation", ""), request.query.get("entry", "")
    entries = told.entries if told is not None else ()
    entry = next((one for one in entries if picked_by(one, operation, picked)), None)
    context = context_of(
        request,
        caller,
        place,
        "history",
        told=told,
        entry=entry,
        media=MEDIA,
        media_now=query.media,
        day=query.terminal_business_date or "",
        operation=operation,
    )
    return page(request, "history.html", context, caller=caller)


def history_query(request: web.Request) -> JournalQuery:
    """Return what the address asks of the history; what it cannot mean is left out."""
    given = {
        "media": request.query.get("media", ""),
        "terminal_business_date": request.query.get("day", ""),
        "after": request.query.get("after", ""),
        "after_business_date": request.query.get("after_day", ""),
    }
    for drop in ((), ("after", "after_business_date"), tuple(given)):
        kept = [(name, value) for name, value in given.items() if value and name not in drop]
        try:
            query = parameters.read_query(kept, JournalQuery)
        except Refused:
            continue
        assert isinstance(query, JournalQuery)  # noqa: S101 - what read_query promises
        return query
    return JournalQuery()


async def _history(
    request: web.Request, caller: Caller, place: Place, query: JournalQuery
) -> JournalView | None:
    """Return one page of the history; None where there is no terminal, or its store is silent."""
    if place.terminal is None:
        return None
    desk = request.app[DESK]
    try:
        return await desk.read_journal(caller, place.configuration.store, place.terminal, query)
    except StoreUnreachable:
        return None


def picked_by(entry: JournalEntry, operation: str, picked: str) -> bool:
    """Tell whether the address means this entry: by its operation, or by its day and number."""
    if picked:
        return picked == f"{entry.terminal_business_date}.{entry.slip_number}"
    return bool(operation) and entry.operation_id == operation


async def show_sale(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The sale as it stands, and for each tender what it is believed by."""
    place = await place_of(request, caller)
    sale = await read_sale(request, caller, str(parameters.read_path(request.match_info)["sale"]))
    papers = await papers_of(request, caller, place, sale)
    picked = picked_paper(papers, sale, request.query.get("paper", ""))
    context = context_of(request, caller, place, "details", sale=sale, papers=papers, picked=picked)
    return page(request, "sale.html", context, caller=caller)


async def show_cases(request: web.Request, caller: Caller) -> web.StreamResponse:
    """差異: what is open on this register, and the ways to settle each."""
    place = await place_of(request, caller)
    offered: list[tuple[CaseView, tuple[TenderView, ...]]] = []
    for case in place.view.cases:
        sale = (
            await read_sale(request, caller, case.sale) if "replace_tender" in case.ways else None
        )
        offered.append((case, () if sale is None else replaceable(sale, case)))
    context = context_of(request, caller, place, "cases", offered=offered)
    return page(request, "cases.html", context, caller=caller)


def replaceable(sale: SaleView, case: CaseView) -> tuple[TenderView, ...]:
    """Return the tenders that the case's payment can take the place of: the same money."""
    return tuple(
        one
        for one in sale.tenders
        if one.method in REPLACEABLE
        and one.state is TenderState.APPROVED
        and one.counted
        and one.amount == case.amount
    )
