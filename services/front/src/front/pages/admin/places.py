"""本部管理 > CSV取込・出力: a chain's stores, registers and terminals as one file."""

from typing import Final

import msgspec
from aiohttp import hdrs, web

from contracts.places import CSV_BYTES_MAX, ExportPlaces, ImportPlaces, ImportReport, PlacesCsv
from front.http.keys import DESK, GUARD
from front.model import Caller, Refused
from front.pages.admin.frame import Told, admin_page, asked, for_admins
from front.routes import STORE_CONFIG
from front.streams import granted
from front.tokens import CSRF_FIELD

PATH: Final = "/admin/csv"

CHARSETS: Final = ("utf-8-sig", "cp932")
"""What spreadsheets write in Japan; Shift_JIS as Windows has it (NEC and IBM signs included)."""

BAD_CODES: Final = (
    "missing_column",
    "not_csv",
    "too_many_rows",
    "unknown_kind",
    "bad_code",
    "empty",
    "not_printable",
    "too_long",
    "bad_host",
    "bad_port",
    "doubled",
    "unknown_store",
    "unknown_register",
    "serial_taken",
    "terminal_busy",
    "card_number",
)


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get(PATH, for_admins(show_csv))
    app.router.add_post(PATH, for_admins(import_csv))
    app.router.add_get(PATH + "/places.csv", for_admins(export_csv))


async def show_csv(request: web.Request, caller: Caller) -> web.StreamResponse:
    """What a file looks like, and where one comes from."""
    return admin_page(request, caller, "csv", report=None, text="", dry_run=True)


async def export_csv(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The file, with the mark that spreadsheets know UTF-8 by."""
    told = await asked(request, caller, ExportPlaces(), PlacesCsv)
    return web.Response(
        body=told.csv.encode("utf-8-sig"),
        content_type="text/csv",
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: 'attachment; filename="places.csv"'},
    )


async def import_csv(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Check the file, or carry out what was checked: the same text comes back with the form."""
    form = await request.post()
    given = form.get(CSRF_FIELD)
    request.app[GUARD].check_form(request, caller, given if isinstance(given, str) else None)
    dry_run = form.get("do") != "apply"
    try:
        text = text_of(form.get("text"), form.get("file"))
        command = ImportPlaces(csv=text, dry_run=dry_run)
        answer = granted(await request.app[DESK].ask(caller, STORE_CONFIG, command))
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
        return admin_page(request, caller, "csv", told, report=None, text="", dry_run=True)
    report = msgspec.json.decode(answer.body, type=ImportReport)
    return admin_page(request, caller, "csv", report=report, text=text, dry_run=dry_run)


def text_of(typed: object, file: object) -> str:
    """Return the text that was sent, whether in the form or as a file, in either charset."""
    if isinstance(typed, str) and typed:
        text = typed
    elif isinstance(file, web.FileField):
        text = decoded(file.file.read(CSV_BYTES_MAX + 1))
    else:
        raise Refused("invalid_body", field="file")
    if len(text.encode()) > CSV_BYTES_MAX:
        raise Refused("body_too_large")
    return text


def decoded(raw: bytes) -> str:
    """Return what a spreadsheet wrote; refuse what is neither UTF-8 nor Shift_JIS."""
    for charset in CHARSETS:
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    raise Refused("invalid_body", field="file")
