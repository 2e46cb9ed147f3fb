"""The pages: the shelf of terminals, and one terminal as a device. Live parts: `events`."""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
import msgspec
from aiohttp import web

from ct6100_simulator import words
from ct6100_simulator.device import Device
from ct6100_simulator.errors import UnknownSerialError
from ct6100_simulator.fault_specs import FAULTS
from ct6100_simulator.http import DEVICES, device_of, view_of
from ct6100_simulator.played_printer import FAULTS as PRINTER_FAULTS
from ct6100_simulator.printer_http import PRINTERS
from ct6100_simulator.printer_view import printer_view
from ct6100_simulator.wallet import WALLET

_HERE: Final = Path(__file__).parent
_LANGUAGE_COOKIE: Final = "simulator_language"
_YEAR_S: Final = 365 * 86_400

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def language_of(request: web.Request) -> str:
    """Return the page's language: what was just chosen, else what was chosen before, else ja."""
    chosen = request.query.get("lang") or request.cookies.get(_LANGUAGE_COOKIE)
    return chosen if chosen in words.LANGUAGES else words.LANGUAGES[0]


def _page(request: web.Request, template: str, **content: Any) -> web.Response:
    language = language_of(request)
    response = aiohttp_jinja2.render_template(
        template,
        request,
        {"language": language, "t": words.translator(language), **content},
    )
    response.headers.update(_HEADERS)
    if "lang" in request.query:
        response.set_cookie(
            _LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="Strict", httponly=True
        )
    return response


async def _shelf(request: web.Request) -> web.Response:
    views = [view_of(device) for device in request.app[DEVICES].values()]
    views.sort(key=lambda view: (view.company, view.store, view.terminal))
    stores = [
        {
            "company": company,
            "store": store,
            "terminals": tuple(of_store),
        }
        for (company, store), of_store in groupby(views, key=lambda v: (v.company, v.store))
    ]
    return _page(request, "terminals.html", stores=stores)


async def _terminal(request: web.Request) -> web.Response:
    try:
        device = device_of(request)
    except UnknownSerialError:
        raise web.HTTPFound("/") from None
    language = language_of(request)
    pockets = [
        {"kind": kind, "cards": [item for item in WALLET if item.kind == kind]}
        for kind in ("card", "emoney", "code")
    ]
    return _page(
        request,
        "terminal.html",
        state=view_of(device),
        pockets=pockets,
        wallet=WALLET,
        faults=tuple(FAULTS.values()),
        texts=msgspec.json.encode(words.for_script(language)).decode(),
        **_beside(request, device, language),
    )


def _beside(request: web.Request, device: Device, language: str) -> dict[str, Any]:
    """Return the store's receipt printers; the one of the terminal's own number is looked at."""
    place = device.place
    printers = [
        printer_view(each)
        for each in request.app[PRINTERS].values()
        if (each.place.company, each.place.store) == (place.company, place.store)
    ]
    number = place.terminal.lstrip("T")
    own = [each.printer for each in printers if each.code.lstrip("P") == number]
    return {
        "printers": printers,
        "printer": next(iter(own or [each.printer for each in printers]), ""),
        "printer_faults": PRINTER_FAULTS,
        "printer_texts": msgspec.json.encode(words.for_printer_script(language)).decode(),
    }


def add_routes(app: web.Application) -> None:
    """Mount the pages and their files."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    app.add_routes(
        [
            web.get("/", _shelf),
            web.get("/terminals/{serial}", _terminal),
            web.static("/static", _HERE / "static"),
        ]
    )
