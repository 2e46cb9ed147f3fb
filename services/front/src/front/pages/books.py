"""What stands written: the terminal's history, and 差異."""

import re
from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from contracts.cases import CaseView
from contracts.identifiers import ID_PATTERN
from contracts.operations import JournalEntry
from contracts.sales import (
    FindSales,
    Method,
    SalesPage,
    SaleView,
    TenderState,
    TenderView,
)
from front import parameters
from front.http.keys import DESK
from front.model import Caller, JournalQuery, JournalView, Refused
from front.pages.frame import page
from front.pages.people import for_people
from front.pages.place import Place, context_of, place_of, read_sale
from front.pages.sale import works_here
from front.pages.sides import is_about, is_payment_of, sides_of
from front.pages.stage import may_go_back
from front.ports import StoreUnreachable
from front.routes import CHECKOUT
from front.streams import granted

MEDIA: Final = ("card", "emoney", "code")
"""支払種別, in the order of the terminal's own history."""

PAGE: Final = 200
"""Entries of one question: all that the terminal's link takes."""

PAGES_MAX: Final = 5
"""Of a thousand payments in a terminal's day one is found; the register's own record has it too."""

REPLACEABLE: Final = (Method.CASH, Method.OTHER)
"""Tenders that go without a terminal having to give money back."""


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    base = "/registers/{store}/{register}"
    app.router.add_get(f"{base}/history", for_people(show_history))
    app.router.add_get(f"{base}/cases", for_people(show_cases))


async def show_history(request: web.Request, caller: Caller) -> web.StreamResponse:
    """決済履歴 (4-1): by media and by day, with details; whose copy it is stands above it.

    With a sale and its tender in the address (4-2 ③) only the entries about that one are listed.
    """
    place = await place_of(request, caller)
    sale, tender = await _wanted(request, caller, place)
    if tender is None:
        query = history_query(request)
        told = await _history(request, caller, place, query)
    else:
        query = JournalQuery(terminal_business_date=tender.terminal_business_date or None)
        told = await _about(request, caller, place, tender)
    operation, picked = request.query.get("operation", ""), request.query.get("entry", "")
    entries = told.entries if told is not None else ()
    entry = next((one for one in entries if picked_by(one, operation, picked)), None)
    if entry is not None and tender is None:
        sale, tender = await _paid_by(request, caller, place, entry)
    context = context_of(
        request,
        caller,
        place,
        "history",
        about=sale,
        of_sale=bool(request.query.get("sale")),
        tender_about=tender,
        payment=entry is not None and tender is not None and is_payment_of(entry, tender),
        sides=None if entry is None or tender is None else sides_of(tender, entry),
        refundable=sale is not None and tender is not None and may_go_back(sale, tender),
        here=sale is not None and works_here(place, caller, sale),
        told=told,
        entry=entry,
        media=MEDIA,
        media_now=query.media,
        day=query.terminal_business_date or "",
        operation=operation,
    )
    return page(request, "history.html", context, caller=caller)


async def _wanted(
    request: web.Request, caller: Caller, place: Place
) -> tuple[SaleView | None, TenderView | None]:
    """Return the sale and tender of the address; neither where it names no such ones."""
    asked = request.query.get("sale", "")
    if re.fullmatch(ID_PATTERN, asked) is None:
        return None, None
    sale = await read_sale(request, caller, asked)
    number = request.query.get("tender", "")
    if sale.store != place.configuration.store:
        return None, None
    return sale, next((one for one in sale.tenders if str(one.number) == number), None)


async def _about(
    request: web.Request, caller: Caller, place: Place, tender: TenderView
) -> JournalView | None:
    """Return the entries about one tender: those of its day, and of today for what came later."""
    day = None if tender.terminal_business_date is UNSET else tender.terminal_business_date
    found: dict[tuple[str, str], JournalEntry] = {}
    told: JournalView | None = None
    for asked in dict.fromkeys((None, day)):
        query = JournalQuery(terminal_business_date=asked, limit=PAGE)
        for _ in range(PAGES_MAX):
            told = await _history(request, caller, place, query)
            if told is None:
                return None
            about = (one for one in told.entries if is_about(one, tender))
            found |= {(one.terminal_business_date, one.slip_number): one for one in about}
            if told.next is None or asked is None:
                break
            query = msgspec.structs.replace(
                query, after=told.next, after_business_date=told.next_business_date
            )
    assert told is not None, "asked at least once"  # noqa: S101 - house style 12
    newest_first = sorted(found.values(), key=lambda one: one.at, reverse=True)
    return msgspec.structs.replace(told, entries=tuple(newest_first), next=None)


async def _paid_by(
    request: web.Request, caller: Caller, place: Place, entry: JournalEntry
) -> tuple[SaleView | None, TenderView | None]:
    """Return the sale and tender that an entry of the terminal is about, if there are any here."""
    ask = FindSales(store=place.configuration.store, slip_number=entry.slip_number)
    answer = granted(await request.app[DESK].ask(caller, CHECKOUT, ask))
    for sale in msgspec.json.decode(answer.body, type=SalesPage).sales:
        for tender in sale.tenders:
            if tender.terminal == place.terminal and is_about(entry, tender):
                return sale, tender
    return None, None


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
