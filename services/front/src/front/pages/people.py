"""Log-in, log-out, and which register this tablet is."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from contracts.stores import (
    ListRegisters,
    ListStores,
    LoggedIn,
    RegisterList,
    StoreList,
)
from front.http.keys import DESK, GUARD
from front.model import Caller, LogInBody
from front.pages.frame import PLACE_COOKIE, page
from front.problems import SUCCESS
from front.routes import STORE_CONFIG
from front.streams import granted
from front.tokens import CSRF_FIELD

PageHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

FIELD_LENGTH_MAX: Final = 256


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get("/login", show_log_in)
    app.router.add_post("/login", logging_in(onward="/"))
    app.router.add_post("/logout", log_out)
    app.router.add_get("/", start)
    app.router.add_get("/registers", for_people(choose_register))


def for_people(handler: PageHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that sends whoever is not logged in to the log-in first."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].session(request)
        if caller is None:
            raise web.HTTPSeeOther("/login")
        return await handler(request, caller)

    return handle


async def show_log_in(request: web.Request) -> web.StreamResponse:
    """企業コード, 担当者コード, パスワード."""
    return log_in_page(request)


def log_in_page(
    request: web.Request, code: str = "", company: str = "", operator: str = ""
) -> web.Response:
    """Return the log-in; the form goes to the address that shows it."""
    context = {"code": code, "company_code": company, "operator_code": operator}
    return page(request, "login.html", context, caller=None)


def logging_in(*, onward: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that logs a person in, who then goes on to `onward`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await log_in(request, onward)

    return handle


async def log_in(request: web.Request, onward: str) -> web.StreamResponse:
    """Open a session and go on; refused, say so and keep what is no secret."""
    guard = request.app[GUARD]
    form = await request.post()
    guard.check_form(request, None, None)

    def field(name: str) -> str:
        value = form.get(name, "")
        return value[:FIELD_LENGTH_MAX] if isinstance(value, str) else ""

    body = LogInBody(
        company_code=field("company_code")[:64],
        operator_code=field("operator_code")[:64],
        password=field("password"),
    )
    answer = await request.app[DESK].log_in(body, guard.address(request))
    if answer.outcome not in SUCCESS:
        response = log_in_page(request, answer.outcome, body.company_code, body.operator_code)
        response.set_status(429 if answer.outcome == "too_many_attempts" else 401)
        return response
    logged_in = msgspec.json.decode(answer.body, type=LoggedIn)
    response = web.Response(status=303, headers={"Location": onward})
    guard.remember(response, logged_in.token, logged_in.expires_at)
    return response


async def log_out(request: web.Request) -> web.StreamResponse:
    """End the session, here and everywhere."""
    guard = request.app[GUARD]
    caller = await guard.session(request)
    if caller is not None:
        form = await request.post()
        given = form.get(CSRF_FIELD)
        guard.check_form(request, caller, given if isinstance(given, str) else None)
        await request.app[DESK].sessions.log_out(caller.token)
    onward = web.Response(status=303, headers={"Location": "/login"})
    guard.forget(onward)
    return onward


async def start(request: web.Request) -> web.StreamResponse:
    """Go to the register that this tablet is, or let it be chosen."""
    place = request.cookies.get(PLACE_COOKIE, "")
    known = place.count("/") == 1 and all(
        part.isascii() and part.replace("-", "").replace("_", "").isalnum()
        for part in place.split("/")
    )
    raise web.HTTPSeeOther(f"/registers/{place}" if known else "/registers")


async def choose_register(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Show the stores that the person may see, and their registers."""
    desk = request.app[DESK]
    answer = granted(await desk.ask(caller, STORE_CONFIG, ListStores()))
    stores = msgspec.json.decode(answer.body, type=StoreList).stores
    offered: list[dict[str, object]] = []
    for store in stores:
        asked = await desk.ask(caller, STORE_CONFIG, ListRegisters(store=store.store))
        registers = msgspec.json.decode(granted(asked).body, type=RegisterList).registers
        offered.append({"store": store, "registers": registers})
    return page(request, "registers.html", {"offered": offered}, caller=caller)
