"""The register: one page whose screen follows from the sale; and the connection check."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from contracts.operations import Screen
from contracts.problems import PROBLEMS
from contracts.sales import Method, ReadRegister, RegisterView, TenderState, TenderView
from contracts.stores import StoreConfiguration
from front import decide
from front.http.keys import DESK
from front.model import Caller
from front.pages.frame import PLACE_COOKIE, page, words_of
from front.pages.people import for_people
from front.pages.stage import RAIL, Asked, Shown, Stage, open_cases, rail_map, rail_step, stage_of
from front.routes import CHECKOUT
from front.streams import granted

PLACE_LASTS_S: Final = 365 * 86_400

GOODS: Final = (
    ("goods.coffee", 165, 10),
    ("goods.tea", 150, 8),
    ("goods.rice_ball", 140, 8),
    ("goods.sandwich", 320, 8),
    ("goods.magazine", 650, 10),
    ("goods.umbrella", 1_650, 10),
)
"""Quick keys of the demonstration register: name, price with tax, tax rate."""

NO_ANSWER: Final = "no_answer"
"""What the page says for itself where nobody answered a tap: it may have been done or not."""

HOME: Final = "home"

MIRRORING: Final = (Stage.PROCESSING, Stage.DOUBT)
"""The screens that show the terminal's glass."""


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get("/registers/{store}/{register}", for_people(show_register))
    app.router.add_get("/registers/{store}/{register}/pulse", for_people(answer_pulse))
    app.router.add_get(
        "/registers/{store}/{register}/settings/terminal", for_people(show_terminal_settings)
    )


async def show_register(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Show the screen that the register's sale commands."""
    store, register = request.match_info["store"], request.match_info["register"]
    desk = request.app[DESK]
    configuration = desk.store(caller, store)
    held = decide.terminals_held(configuration, register)
    answer = granted(await desk.ask(caller, CHECKOUT, ReadRegister(store=store, register=register)))
    view = msgspec.json.decode(answer.body, type=RegisterView)
    asked = asked_of(request)
    shown = stage_of(view, asked, has_terminal=bool(held))
    screen = _screen(request, caller, configuration, shown)
    response = page(
        request,
        f"register/{shown.stage}.html",
        {
            **_place(request, caller, configuration, register, held),
            "stage": shown.stage,
            "sale": shown.sale,
            "tender": shown.tender,
            "parked": view.parked,
            "asked": asked,
            "goods": GOODS,
            "method": asked.method or Method.TERMINAL,
            "screen": screen,
            "at_home": screen is not None and screen.name == HOME,
            "open_cases": open_cases(shown.sale),
            "rail": RAIL,
            "rail_step": rail_step(screen.name if screen is not None else None),
            "rail_map": msgspec.json.encode(rail_map()).decode(),
            "tags": TAGS,
            "unset": UNSET,
        },
        caller=caller,
    )
    response.set_cookie(
        PLACE_COOKIE,
        f"{store}/{register}",
        max_age=PLACE_LASTS_S,
        path="/",
        httponly=True,
        samesite="Lax",
    )
    return response


async def show_terminal_settings(request: web.Request, caller: Caller) -> web.StreamResponse:
    """設定 > 機器接続 > 決済端末接続."""
    store, register = request.match_info["store"], request.match_info["register"]
    configuration = request.app[DESK].store(caller, store)
    held = decide.terminals_held(configuration, register)
    context = _place(request, caller, configuration, register, held)
    entries = [decide.terminal_of(configuration, terminal) for terminal in held]
    return page(request, "settings.html", {**context, "entries": entries}, caller=caller)


async def answer_pulse(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Answer once `checkout` has: an open page asks, to tell a quiet line from a dead one."""
    place = ReadRegister(store=request.match_info["store"], register=request.match_info["register"])
    granted(await request.app[DESK].ask(caller, CHECKOUT, place))
    return web.Response(status=204)


def asked_of(request: web.Request) -> Asked:
    """Return what the address asks for; what it cannot mean is left out."""
    query = request.query

    def number(name: str) -> int:
        text = query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - nine digits hold any amount

    return Asked(
        step=query.get("step", ""),
        method=query.get("method", ""),
        amount=number("amount"),
        seen=number("seen"),
        done=query.get("done", ""),
    )


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


def _place(
    request: web.Request,
    caller: Caller,
    configuration: StoreConfiguration,
    register: str,
    held: tuple[str, ...],
) -> dict[str, object]:
    company, store = caller.session.company, configuration.store
    terminal = held[0] if held else None
    words = words_of(request)
    sight = request.app[DESK].live.sight(company, store, terminal) if terminal else None
    return {
        "store": configuration,
        "register": register,
        "terminal": terminal,
        "link": sight.link if sight is not None else "none",
        "base": f"/registers/{store}/{register}",
        "api": f"/api/v1/stores/{store}/registers/{register}",
        "problem_words": {code: words.problem(code) for code in (*PROBLEMS, NO_ANSWER)},
    }


def _screen(
    request: web.Request, caller: Caller, configuration: StoreConfiguration, shown: Shown
) -> Screen | None:
    """Return the glass of the tender's terminal, as last heard: home too, once it is back there."""
    tender: TenderView | None = shown.tender
    if tender is None or not tender.operations or shown.stage not in MIRRORING:
        return None
    live = request.app[DESK].live
    if tender.terminal is not UNSET:
        now = live.shown(caller.session.company, configuration.store, tender.terminal)
        if now is not None:
            return now.screen
    return live.screen_of(tender.operations[-1].id)
