"""What every page of a register knows: the store, its terminal, who has the register, its cases."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from contracts.sales import ReadRegister, ReadSale, RegisterView, SaleView, TenderState
from contracts.stores import StoreConfiguration
from front import decide, overlay
from front.http.keys import DESK
from front.model import Caller
from front.pages.frame import moment, stamp, words_of
from front.pages.stage import DEAD, standing
from front.routes import CHECKOUT
from front.streams import granted

TAGS: Final = {
    TenderState.REQUESTED: "waiting",
    TenderState.IN_PROGRESS: "waiting",
    TenderState.IN_DOUBT: "doubt",
    TenderState.APPROVED: "approved",
    TenderState.DECLINED: "declined",
    TenderState.CANCELLED: "ended",
    TenderState.NOT_PERFORMED: "ended",
    TenderState.REFUNDING: "waiting",
    TenderState.REFUND_IN_DOUBT: "doubt",
    TenderState.REFUNDED: "ended",
}
"""A state's colour; its word always stands beside it."""


class Place(Struct, frozen=True, kw_only=True):
    """One register, as a page of it needs it."""

    configuration: StoreConfiguration
    register: str
    held: tuple[str, ...]
    """The terminals that it holds; a CT-6100 is held alone."""
    view: RegisterView

    @property
    def terminal(self) -> str | None:
        """Return the register's terminal."""
        return self.held[0] if self.held else None

    @property
    def base(self) -> str:
        """Return the address of the register's own page."""
        return f"/registers/{self.configuration.store}/{self.register}"


async def place_of(request: web.Request, caller: Caller) -> Place:
    """Return the register of the address, or refuse."""
    store, register = request.match_info["store"], request.match_info["register"]
    desk = request.app[DESK]
    configuration = desk.store(caller, store)
    held = decide.terminals_held(configuration, register)
    answer = granted(await desk.ask(caller, CHECKOUT, ReadRegister(store=store, register=register)))
    heard = overlay.over_register(bytes(answer.body), desk.live)
    view = msgspec.json.decode(heard, type=RegisterView)
    return Place(configuration=configuration, register=register, held=held, view=view)


async def read_sale(request: web.Request, caller: Caller, sale: str) -> SaleView:
    """Return any sale of the caller's, with what is heard live, or refuse."""
    desk = request.app[DESK]
    answer = granted(await desk.ask(caller, CHECKOUT, ReadSale(sale=sale)))
    return msgspec.json.decode(overlay.over_sale(bytes(answer.body), desk.live), type=SaleView)


def context_of(
    request: web.Request,
    caller: Caller,
    place: Place,
    stage: str,
    *,
    sale: SaleView | None = None,
    **more: object,
) -> Mapping[str, Any]:
    """Return what the frame around every screen of the register is filled with."""
    configuration, register, terminal = place.configuration, place.register, place.terminal
    words = words_of(request)
    live = request.app[DESK].live
    sight = live.sight(caller.session.company, configuration.store, terminal) if terminal else None
    zone = configuration.settings.time_zone
    return {
        "store": configuration,
        "register": register,
        "terminal": terminal,
        "link": sight.link if sight is not None else "none",
        "base": place.base,
        "api": f"/api/v1/stores/{configuration.store}/registers/{register}",
        "problem_words": words.all("problem"),
        "cases": place.view.cases,
        "seat": place.view.seat,
        "support": configuration.settings.support_contact,
        "version": version_of(place, sale),
        "zone": zone,
        "stamp": partial(stamp, zone=zone),
        "moment": partial(moment, zone=zone),
        "stage": stage,
        "sale": sale,
        "tender": None,
        "tags": TAGS,
        "dead": DEAD,
        **more,
    }


def version_of(place: Place, shown: SaleView | None = None) -> str:
    """Return what changes whenever a screen of the register would look different.

    `shown` is the sale that the screen is about, which may be long closed.

    The page exchanges itself only then, so that nothing moves under a thumb.
    """
    view = place.view
    sales = (view.active, view.closed_last, *view.parked, shown)
    seen = [f"{sale.id}.{sale.sequence}.{standing(sale)}" for sale in sales if sale is not None]
    seen += [f"{case.id}.{case.state}" for case in view.cases]
    seat = view.seat.page if view.seat is not None else ""
    return f"{place.terminal or ''} {seat} {' '.join(seen)}"
