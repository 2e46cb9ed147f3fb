"""店舗管理 > 店舗個別管理 > プリンタ設定: where receipts come out, and who prints there."""

from typing import Final

import msgspec
from aiohttp import web

from contracts.stores import (
    AssignPrinter,
    ListPrinters,
    ListRegisters,
    PrinterEntry,
    PrinterList,
    PutPrinter,
    RegisterList,
    RemovePrinter,
)
from front import parameters
from front.model import Caller, PutPrinterBody, Refused
from front.pages.admin.frame import (
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
    store_of,
    stores_of,
    whole_number,
)

PATH: Final = "/admin/printers"

COLUMNS: Final = {48: 80, 32: 58}
"""Characters in a line, and the width of the paper in mm."""


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_printers))
    app.router.add_post(PATH + "/{store}", for_admins(save_printer))


async def show_printers(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Let a store be chosen; 検索 shows its printers."""
    return await _page(request, caller, request.query.get("store", ""))


async def save_printer(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Add, change or take away a printer, or let a register print on one."""
    store = str(parameters.read_path(request.match_info)["store"])
    form = await form_of(request, caller)
    command = command_of(store, form)
    if isinstance(command, Told):
        return await _page(request, caller, store, command, form)
    told = await done(request, caller, command, whole_number(form.get("version", "")))
    if told is not None and told.code == "outdated":
        told = await _again(request, caller, command, form)
    if told is None:
        return see_other(f"{PATH}?store={store}&done=saved")
    return await _page(request, caller, store, told, form)


def command_of(
    store: str, form: dict[str, str]
) -> PutPrinter | RemovePrinter | AssignPrinter | Told:
    """Return what the form asks for; `do` says which of the page's forms it is."""
    do, code = form.get("do", ""), form.get("printer", "")
    wanted = ("register", form.get("register", "")) if do == "assign" else ("printer", code)
    for name, text in (wanted, *([("printer", code)] if code else [])):
        if parameters.PATH_PARTS[name].pattern.match(text) is None:
            return Told(code="invalid_body", fields={"field": name})
    if do == "assign":
        return AssignPrinter(store=store, register=form["register"], printer=code or None)
    if do == "remove":
        return RemovePrinter(store=store, printer=code)
    given = {name: form[name] for name in ("host", "profile") if form.get(name)}
    numbers = {name: whole_number(form.get(name, "")) for name in ("port", "columns")}
    try:
        body = msgspec.convert(given | numbers, PutPrinterBody)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`")[0].rpartition("`")[2].removeprefix("$.")
        return Told(code="invalid_body", fields={"field": field})
    return PutPrinter(store=store, printer=body.entry(code))


async def _again(
    request: web.Request,
    caller: Caller,
    command: PutPrinter | RemovePrinter | AssignPrinter,
    form: dict[str, str],
) -> Told | None:
    """Do it under the version that stands now, unless this very thing was changed since."""
    view = await store_of(request, caller, command.store)
    printers = (
        await asked(request, caller, ListPrinters(store=command.store), PrinterList)
    ).printers
    registers = await asked(request, caller, ListRegisters(store=command.store), RegisterList)
    now = standing(command, printers, registers)
    if now != form.get("seen", ""):
        return Told(code="outdated", fields={"now": now})
    return await done(request, caller, command, view.version)


def standing(
    command: PutPrinter | RemovePrinter | AssignPrinter,
    printers: tuple[PrinterEntry, ...],
    registers: RegisterList,
) -> str:
    """Return what a form is about, as it stands now; empty: nothing is there."""
    if isinstance(command, AssignPrinter):
        where = {one.register: one.printer or "" for one in registers.registers}
        return where.get(command.register, "")
    code = command.printer.printer if isinstance(command, PutPrinter) else command.printer
    return next((seen_of(one) for one in printers if one.printer == code), "")


def seen_of(printer: PrinterEntry) -> str:
    """Return a printer as its form shows it."""
    return f"{printer.host}:{printer.port} {printer.profile} {printer.columns}"


async def _page(
    request: web.Request,
    caller: Caller,
    store: str,
    told: Told | None = None,
    form: dict[str, str] | None = None,
) -> web.Response:
    view = None
    try:
        view = await store_of(request, caller, store) if store else None
    except Refused as refused:
        told = told or Told(code=refused.code)
    printers: tuple[PrinterEntry, ...] = ()
    registers = RegisterList(registers=())
    if view is not None:
        printers = (await asked(request, caller, ListPrinters(store=store), PrinterList)).printers
        registers = await asked(request, caller, ListRegisters(store=store), RegisterList)
    return admin_page(
        request,
        caller,
        "printers",
        told,
        stores=stores_of(request, caller),
        chosen=store,
        view=view,
        printers=printers,
        registers=registers.registers,
        form=form or {},
        columns=COLUMNS,
        seen_of=seen_of,
    )
