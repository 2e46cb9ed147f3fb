"""What the control API and the page are told about a receipt printer and its paper."""

from datetime import datetime

from msgspec import Struct

from ct6100_simulator.model import SetPrinterFault
from ct6100_simulator.played_printer import Note, Piece, PlayedPrinter
from ct6100_simulator.strip import Bars, Feed, Line, Row, text_of


class PrinterView(Struct, frozen=True, kw_only=True):
    """One receipt printer; `printer` is its name here, `code` what its store calls it."""

    printer: str
    company: str
    store: str
    code: str
    columns: int
    address: str
    power: str
    connected: bool
    online: bool
    paper: str
    cover: str
    waiting: int
    """Bytes that it has and could not print yet."""
    ignored: int
    """Commands, and characters, that it did not know or could not use."""
    drawer_kicks: int
    drawer_kicked_at: datetime | None
    faults: tuple[SetPrinterFault, ...]


class PieceView(Struct, frozen=True, kw_only=True):
    """One piece of paper; without a `number` it still hangs out of the printer.

    `text` has each character at its own column; `lines` are the characters as they were sent.
    """

    number: int | None
    at: datetime | None
    cut: bool
    text: str
    lines: tuple[str, ...]
    barcodes: tuple[str, ...]
    drawer_kicks: int
    width: int
    height: int
    png_url: str


class PaperView(Struct, frozen=True, kw_only=True):
    """Answer to `GET /api/paper/{printer}`: oldest piece first, what hangs, and the log."""

    printer: str
    pieces: tuple[PieceView, ...]
    hanging: PieceView | None
    state: PrinterView
    log: tuple[Note, ...]


class Printers(Struct, frozen=True, kw_only=True):
    """Answer to `GET /api/printers`."""

    printers: tuple[PrinterView, ...]


def printer_view(printer: PlayedPrinter) -> PrinterView:
    """Return a printer as it is now."""
    place, condition = printer.place, printer.condition
    return PrinterView(
        printer=place.name,
        company=place.company,
        store=place.store,
        code=place.printer,
        columns=place.columns,
        address=printer.plug.address,
        power="on" if printer.powered else "off",
        connected=printer.plug.connected,
        online=printer.powered and condition.online,
        paper="ok" if condition.paper else "out",
        cover="open" if condition.cover_open else "closed",
        waiting=printer.waiting,
        ignored=printer.ignored,
        drawer_kicks=printer.kicks,
        drawer_kicked_at=printer.kicked_at,
        faults=tuple(printer.faults.values()),
    )


def piece_view(printer: PlayedPrinter, piece: Piece) -> PieceView:
    """Return a piece of its tray."""
    return _view(
        printer,
        piece.rows,
        number=piece.number,
        at=piece.at,
        cut=piece.cut,
        kicks=piece.kicks,
        name=str(piece.number),
    )


def hanging_view(printer: PlayedPrinter) -> PieceView | None:
    """Return what hangs out of it."""
    if not printer.hanging:
        return None
    rows = tuple(printer.hanging)
    return _view(printer, rows, number=None, at=None, cut=False, kicks=0, name="hanging")


def paper_view(printer: PlayedPrinter) -> PaperView:
    """Return all of its paper."""
    return PaperView(
        printer=printer.place.name,
        pieces=tuple(piece_view(printer, each) for each in printer.pieces),
        hanging=hanging_view(printer),
        state=printer_view(printer),
        log=tuple(printer.notes),
    )


def _view(
    printer: PlayedPrinter,
    rows: tuple[Row, ...],
    *,
    number: int | None,
    at: datetime | None,
    cut: bool,
    kicks: int,
    name: str,
) -> PieceView:
    return PieceView(
        number=number,
        at=at,
        cut=cut,
        text="\n".join(text_of(row) for row in rows).rstrip("\n"),
        lines=tuple(_said(row) for row in rows if not isinstance(row, Feed)),
        barcodes=tuple(row.symbol.text for row in rows if isinstance(row, Bars)),
        drawer_kicks=kicks,
        width=printer.width,
        height=sum(row.height for row in rows),
        png_url=f"/api/paper/{printer.place.name}/{name}.png",
    )


def _said(row: Row) -> str:
    return row.said if isinstance(row, Line) and not row.pictures else text_of(row)
