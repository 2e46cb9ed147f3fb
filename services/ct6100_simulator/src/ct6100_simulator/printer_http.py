"""The control API of the receipt printers: their paper, their faults, what a page hears live."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from ct6100_simulator.errors import UnknownPieceError, UnknownPrinterError
from ct6100_simulator.events import STOPPING, encode, waited
from ct6100_simulator.http import answer, body_of
from ct6100_simulator.model import SetPrinterFault
from ct6100_simulator.paper_picture import Press
from ct6100_simulator.played_printer import Piece, PlayedPrinter
from ct6100_simulator.ports import PaperWatcher
from ct6100_simulator.printer_view import Printers, paper_view, printer_view
from ct6100_simulator.strip import Row

PrintersByName = Mapping[str, PlayedPrinter]
PRINTERS: Final = web.AppKey("printers", PrintersByName)
PRESS: Final = web.AppKey("press", Press)


class Page(PaperWatcher):
    """One open page that looks at one printer."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.news.set()

    def changed(self) -> None:
        """There is something to look at."""
        self.news.set()


def printer_of(request: web.Request) -> PlayedPrinter:
    """Return the printer that the path names. Raises `UnknownPrinterError`."""
    name = request.match_info["printer"]
    printer = request.app[PRINTERS].get(name)
    if printer is None:
        raise UnknownPrinterError(name)
    return printer


async def _list(request: web.Request) -> web.Response:
    printers = request.app[PRINTERS].values()
    return answer(Printers(printers=tuple(printer_view(each) for each in printers)))


async def _read(request: web.Request) -> web.Response:
    return answer(printer_view(printer_of(request)))


async def _paper(request: web.Request) -> web.Response:
    return answer(paper_view(printer_of(request)))


async def _picture(request: web.Request) -> web.Response:
    printer, name = printer_of(request), request.match_info["piece"]
    if name == "hanging":
        return await _drawn(request, printer, tuple(printer.hanging))
    if not name.isascii() or not name.isdigit():
        raise UnknownPieceError(printer.place.name, 0)
    piece: Piece = printer.piece(int(name))
    return await _drawn(request, printer, piece.rows)


async def _drawn(
    request: web.Request, printer: PlayedPrinter, rows: tuple[Row, ...]
) -> web.Response:
    png = await asyncio.to_thread(request.app[PRESS].png, rows, printer.width)
    return web.Response(body=png, content_type="image/png", headers={"Cache-Control": "no-store"})


async def _throw_away(request: web.Request) -> web.Response:
    printer = printer_of(request)
    printer.throw_away()
    return answer(paper_view(printer))


async def _tear(request: web.Request) -> web.Response:
    printer = printer_of(request)
    printer.tear_off()
    return answer(paper_view(printer))


async def _arm(request: web.Request) -> web.Response:
    printer = printer_of(request)
    await printer.arm(await body_of(request, SetPrinterFault))
    return answer(printer_view(printer))


async def _clear(request: web.Request) -> web.Response:
    printer = printer_of(request)
    await printer.clear_faults()
    return answer(printer_view(printer))


async def _events(request: web.Request) -> web.StreamResponse:
    """`paper`: all of it, at each change; the page knows pieces that it has by their number."""
    printer, stopping = printer_of(request), request.app[STOPPING]
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    page = Page()
    printer.watchers.add(page)
    try:
        while not stopping.is_set():
            told = encode("paper", paper_view(printer)) if page.news.is_set() else b""
            page.news.clear()
            await response.write(told or b": still here\n\n")
            await waited(page.news, stopping)
    except ConnectionError:
        pass  # the page was closed
    finally:
        printer.watchers.discard(page)
    return response


def add_routes(app: web.Application, printers: PrintersByName, press: Press) -> None:
    """Mount the API."""
    app[PRINTERS] = printers
    app[PRESS] = press
    one = "/api/printers/{printer}"
    app.add_routes(
        [
            web.get("/api/printers", _list),
            web.get(one, _read),
            web.post(f"{one}/faults", _arm),
            web.delete(f"{one}/faults", _clear),
            web.post(f"{one}/tear", _tear),
            web.get(f"{one}/events", _events),
            web.get("/api/paper/{printer}", _paper),
            web.delete("/api/paper/{printer}", _throw_away),
            web.get("/api/paper/{printer}/{piece}.png", _picture),
        ]
    )
