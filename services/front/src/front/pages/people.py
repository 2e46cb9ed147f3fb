"""Log-in, log-out, and which register this tablet is."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from contracts.stores import LoggedIn, StoreConfiguration
from front import decide, parameters
from front.http.keys import DESK, GUARD
from front.model import Caller, LogInBody, Query, Refused
from front.pages.frame import PLACE_COOKIE, page
from front.pages.leaves import ROWS, LeafNumber, found_by, leaf_of
from front.problems import SUCCESS
from front.routes import STORE_READERS
from front.tokens import CSRF_FIELD

PageHandler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]

FIELD_LENGTH_MAX: Final = 256


class RegisterSearch(Query, frozen=True, kw_only=True):
    """Which stores are offered: `text` stands in the code or the name."""

    text: str = ""
    page: LeafNumber = 1


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
    """Show the stores that the person may see, and their registers; a chain's are searched."""
    decide.permit(caller.session.role, STORE_READERS)
    try:
        query = parameters.read_query(request.query.items(), RegisterSearch)
    except Refused:
        query = RegisterSearch()
    stores = request.app[DESK].stores(caller)
    found = [one for one in stores if found_by(query.text, one.store, one.name)]
    leaf = leaf_of(found, query.page)
    offered = [{"store": one, "registers": registers_of(one)} for one in leaf.rows]
    context = {"offered": offered, "leaf": leaf, "query": query, "searched": len(stores) > ROWS}
    return page(request, "registers.html", context, caller=caller)


def registers_of(store: StoreConfiguration) -> list[tuple[str, str | None]]:
    """Return a store's registers, each with the terminal that it holds."""
    held = {one.paired_register: one.terminal for one in store.terminals}
    return [(one.register, held.get(one.register)) for one in store.registers]
