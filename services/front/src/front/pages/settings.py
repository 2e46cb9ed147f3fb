"""設定 > 機器接続: the terminal, the receipt printer, and how お客様控え is printed."""

import msgspec
from aiohttp import web

from contracts.stores import ReadStore, StoreView, printer_of
from front import decide
from front.http.keys import DESK
from front.model import Caller
from front.pages.frame import page
from front.pages.people import for_people
from front.pages.place import context_of, place_of
from front.routes import KEEPERS, STORE_CONFIG
from front.streams import granted


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(
        "/registers/{store}/{register}/settings/terminal", for_people(show_terminal_settings)
    )


async def show_terminal_settings(request: web.Request, caller: Caller) -> web.StreamResponse:
    """設定 > 機器接続 > 決済端末接続, and the printer below it."""
    place = await place_of(request, caller)
    configuration = place.configuration
    # As it stands written, not as it was last heard of: who has just changed it sees it changed.
    answer = await request.app[DESK].ask(caller, STORE_CONFIG, ReadStore(store=configuration.store))
    customer_slip = msgspec.json.decode(granted(answer).body, type=StoreView).customer_slip
    context = context_of(
        request,
        caller,
        place,
        "settings",
        entries=[decide.terminal_of(configuration, terminal) for terminal in place.held],
        printer=printer_of(configuration, place.register),
        customer_slip=customer_slip,
        keeps=caller.session.role in KEEPERS,
    )
    return page(request, "settings.html", context, caller=caller)
