"""店舗管理 > 店舗個別管理 > POS設定: which register holds which CT-6100."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from contracts.stores import (
    TERMINAL_MODEL,
    ListRegisters,
    ListTerminals,
    PairTerminal,
    RegisterEntryView,
    RegisterList,
    StoreView,
    TerminalEntryView,
    TerminalList,
    UnpairTerminal,
)
from front import parameters
from front.http.keys import DESK
from front.live import Link
from front.model import Caller, Refused
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

PATH: Final = "/admin/pos"

MANUAL: Final = "https://www.cardnet.co.jp/non-login/login.html"
"""Where the CT-6100's own manual is got (manual 1-4)."""

TRIES_MAX: Final = 5
"""Changes elsewhere in the store while one row is saved; more in a row are no accident."""


class Row(Struct, frozen=True, kw_only=True):
    """One register, and how the terminal that it holds is linked."""

    register: RegisterEntryView
    link: Link | None


class Place(Struct, frozen=True, kw_only=True):
    """The chosen store."""

    store: StoreView
    rows: tuple[Row, ...]
    terminals: tuple[TerminalEntryView, ...]
    version: int

    def held_by(self, register: str) -> str | None:
        """Return the terminal that a register holds."""
        return next((one.terminal for one in self.registers if one.register == register), None)

    def offered(self, register: RegisterEntryView) -> str | None:
        """Return the terminal that stands chosen: the register's own, else the first free one."""
        free = (one.terminal for one in self.terminals if one.paired_register is None)
        return register.terminal or next(free, None)

    @property
    def registers(self) -> tuple[RegisterEntryView, ...]:
        """Return the store's registers."""
        return tuple(row.register for row in self.rows)


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_pos))
    app.router.add_post(PATH + "/{store}/{register}", for_admins(register_terminal))


async def show_pos(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Let a store be chosen; 検索 shows its registers."""
    return await _page(request, caller, request.query.get("store", ""))


async def register_terminal(request: web.Request, caller: Caller) -> web.StreamResponse:
    """登録: the register holds what its row says, or nothing."""
    parts = parameters.read_path(request.match_info)
    store, register = str(parts["store"]), str(parts["register"])
    form = await form_of(request, caller)
    told = await _save(request, caller, (store, register), form)
    if told is None:
        return see_other(f"{PATH}?store={store}&done=registered&register={register}")
    return await _page(request, caller, store, told, register, form)


async def _save(
    request: web.Request, caller: Caller, place: tuple[str, str], form: dict[str, str]
) -> Told | None:
    """Write one row; refuse only where that register itself was changed since it was shown."""
    store, register = place
    expects = whole_number(form.get("version", ""))
    for _ in range(TRIES_MAX):
        told = await done(request, caller, _command(store, register, form), expects)
        if told is None or told.code != "outdated":
            return told
        now = await _read(request, caller, store)
        held = now.held_by(register) or ""
        if held != form.get("seen", ""):
            return Told(code="outdated", fields={"register": register, "terminal": held})
        expects = now.version
    return Told(code="changed_meanwhile")


def _command(store: str, register: str, form: dict[str, str]) -> PairTerminal | UnpairTerminal:
    model, terminal = form.get("model", ""), form.get("terminal", "")
    if not model:
        return UnpairTerminal(store=store, register=register)
    for name, code in (("terminal", terminal), ("register", form.get("moved_from") or register)):
        part = parameters.PATH_PARTS[name]
        if part.pattern.match(code) is None:
            raise Refused(part.refusal)
    return PairTerminal(
        store=store,
        register=register,
        model=model,
        terminal=terminal,
        moved_from=form.get("moved_from") or None,
    )


async def _read(request: web.Request, caller: Caller, store: str) -> Place:
    view = await store_of(request, caller, store)
    registers = await asked(request, caller, ListRegisters(store=store), RegisterList)
    terminals = await asked(request, caller, ListTerminals(store=store), TerminalList)
    live = request.app[DESK].live
    company = caller.session.company
    return Place(
        store=view,
        rows=tuple(
            Row(
                register=one,
                link=live.sight(company, store, one.terminal).link if one.terminal else None,
            )
            for one in registers.registers
        ),
        terminals=terminals.terminals,
        version=registers.version,
    )


async def _page(  # noqa: PLR0917 - a page, and what came of the form on it
    request: web.Request,
    caller: Caller,
    store: str,
    told: Told | None = None,
    register: str = "",
    form: dict[str, str] | None = None,
) -> web.Response:
    place = None
    try:
        place = await _read(request, caller, store) if store else None
    except Refused as refused:
        told = told or Told(code=refused.code)
    return admin_page(
        request,
        caller,
        "pos",
        told,
        stores=stores_of(request, caller),
        chosen=store,
        place=place,
        register=register or request.query.get("register", ""),
        form=form or {},
        model=TERMINAL_MODEL,
        manual=MANUAL,
    )
