"""伝票明細: the store's sales, found by what somebody knows of one."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from contracts.identifiers import BusinessDate, RegisterCode, SaleId, SlipNumber
from contracts.money import Balance
from contracts.sales import FindSales, SalesPage, SaleView
from front import overlay, parameters
from front.http.keys import DESK
from front.model import Caller, Query, Refused
from front.pages.frame import page
from front.pages.people import for_people
from front.pages.place import context_of, place_of
from front.pages.stage import standing
from front.routes import CHECKOUT
from front.streams import granted

PAGE: Final = 200
"""Sales of one page: a busy register's day."""

FIELDS: Final = ("day", "register", "number", "amount", "slip", "card", "brand")

_SLIP_DIGITS: Final = 5


class Sought(Query, frozen=True, kw_only=True):
    """What is known of a sale; `after` is `next` of the page before."""

    day: BusinessDate | None = None
    register: RegisterCode | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None
    amount: Balance | None = None
    slip: SlipNumber | None = None
    card: Annotated[str, Meta(pattern=r"^[0-9]{4}$(?!\n)")] | None = None
    brand: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    after: SaleId | None = None


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get("/registers/{store}/{register}/sales", for_people(show_sales))


async def show_sales(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Show the sales that fit, newest first; the filters are the address."""
    place = await place_of(request, caller)
    typed = typed_of(request.query)
    wrong = wrong_of(typed)
    sales: tuple[SaleView, ...] = ()
    onward = None
    if not wrong:
        sought = parameters.read_query(typed.items(), Sought)
        asked = asked_of(sought, place.configuration.store)
        answer = granted(await request.app[DESK].ask(caller, CHECKOUT, asked))
        heard = overlay.over_page(bytes(answer.body), request.app[DESK].live)
        found = msgspec.json.decode(heard, type=SalesPage)
        sales, onward = found.sales, found.next
    context = context_of(
        request,
        caller,
        place,
        "sales",
        sales=[(one, standing(one)) for one in sales],
        onward=onward,
        typed={name: typed.get(name, "") for name in FIELDS},
        searched=any(typed.get(name) for name in FIELDS),
        wrong=wrong,
        registers=place.configuration.registers,
    )
    return page(request, "sales.html", context, caller=caller)


def typed_of(query: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, as it is meant: full-width digits, `¥1,650`, a slip number `12`."""
    typed = {
        name: unicodedata.normalize("NFKC", query.get(name, "")).strip()
        for name in (*FIELDS, "after")
    }
    typed["amount"] = typed["amount"].lstrip("¥\\").replace(",", "").removesuffix("円")
    if typed["slip"].isascii() and typed["slip"].isdigit():
        typed["slip"] = typed["slip"].zfill(_SLIP_DIGITS)
    return {name: text for name, text in typed.items() if text}


def wrong_of(typed: Mapping[str, str]) -> frozenset[str]:
    """Return the fields that cannot be meant so: nothing is searched until they are put right."""
    wrong: set[str] = set()
    for one in typed.items():
        try:
            parameters.read_query([one], Sought)
        except Refused:
            wrong.add(one[0])
    return frozenset(wrong)


def asked_of(sought: Sought, store: str) -> FindSales:
    """Return what `checkout` is asked."""
    return FindSales(
        store=store,
        register=sought.register,
        business_date=sought.day,
        number=sought.number,
        amount=sought.amount,
        slip_number=sought.slip,
        card_last=sought.card,
        brand=sought.brand,
        after=sought.after,
        limit=PAGE,
    )
