"""店舗管理 > 店舗個別管理 > プリンタ設定: where receipts come out, and who prints there."""

from typing import Final

import msgspec
from aiohttp import web

from contracts.envelope import Message
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
    told = command if isinstance(command, Told) else await done(request, caller, command)
    if told is None:
        return see_other(f"{PATH}?store={store}&done=saved")
    return await _page(request, caller, store, told, form)


def command_of(store: str, form: dict[str, str]) -> Message | Told:
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
    )
