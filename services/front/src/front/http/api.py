"""Handlers of `/api/v1`, built from the route table; one flow of its own for each that needs it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from contracts.envelope import Authority, Idempotency
from contracts.receipts import Copy, DrawReceipt, DrawSlip, PaperFormat
from front import papers, parameters
from front.audit import AuditQuery
from front.bodies import fingerprint
from front.box_bodies import EnrollBody
from front.fleet import FleetQuery
from front.handlers import NO_CONTENT, Beside, encoded
from front.http import events
from front.http.answers import body_of, response_of
from front.http.keys import DESK, GUARD
from front.model import (
    Body,
    Caller,
    ConfirmableBody,
    EmptyBody,
    JournalQuery,
    LogInBody,
    NoQuery,
    Query,
    Reply,
)
from front.openapi import document
from front.papers import ReceiptQuery, SlipQuery
from front.problems import reply_of
from front.routes import ROUTES, Given, Route, takes_match

ENROLMENT_SIZE_MAX: Final = 4 * 1024
"""Ten times what stands in one; nobody is known yet who sends it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DOCUMENT: Final = "read_openapi"


def add_routes(app: web.Application, version: str) -> None:
    """Mount every route of the table."""
    described = Reply(status=200, body=msgspec.json.encode(document(ROUTES, version)))
    for route in ROUTES:
        if route.service is not None:
            handler = passing_on(route)
        elif route.name == DOCUMENT:
            handler = telling(described)
        else:
            handler = FLOWS[route.name](route)
        app.router.add_route(route.method, route.path, handler)


def telling(reply: Reply) -> Handler:
    """Return the handler of a route whose answer never changes."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        return response_of(reply)

    return handle


def passing_on(route: Route) -> Handler:
    """Return the handler of a route that a central service answers."""
    command_type = route.command
    assert command_type is not None  # noqa: S101 - the table's own shape
    source = route.body or (route.query if route.query is not NoQuery else None)
    known = frozenset(command_type.__struct_fields__)
    matching = takes_match(route)
    taken = tuple(name for name in source.__struct_fields__ if name in known) if source else ()

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        parts: dict[str, Any] = parameters.read_path(request.match_info)
        query = query_of(request, route)
        key, page = key_of(request, route), page_of(request, route)
        body = await body_of(request, route.body) if route.body is not None else None
        given: Body | Query | None = body if body is not None else query
        if route.make is not None:
            command = route.make(parts, given)
        else:
            command = command_type(**parts, **{name: getattr(given, name) for name in taken})
        authority = await authority_of(request, caller, body)
        expects = parameters.read_match(request.headers.get(hdrs.IF_MATCH)) if matching else None
        idempotency = None
        if key is not None:
            asked = fingerprint(request.method, request.path, body)
            idempotency = Idempotency(key=key, fingerprint=asked)
        more = Beside(idempotency=idempotency, authority=authority, page=page, expects=expects)
        reply = await request.app[DESK].pass_on(caller, route, command, more)
        return response_of(reply)

    return handle


async def authority_of(request: web.Request, caller: Caller, body: Body | None) -> Authority | None:
    """Return who confirmed the request, proven; None where nobody did."""
    if not isinstance(body, ConfirmableBody) or not body.authorised_by:
        return None
    address = request.app[GUARD].address(request)
    return await request.app[DESK].confirm(caller, body.authorised_by, address)


def query_of(request: web.Request, route: Route) -> Query | None:
    """Return the typed query; None where there is none and none is known."""
    if route.query is NoQuery and not request.query_string:
        return None
    return parameters.read_query(request.query.items(), route.query)


def key_of(request: web.Request, route: Route) -> str | None:
    """Return the `Idempotency-Key` where the route takes one."""
    if route.key is Given.NONE:
        return None
    given = request.headers.get("Idempotency-Key")
    return parameters.read_idempotency_key(given, required=route.key is Given.REQUIRED)


def page_of(request: web.Request, route: Route) -> str | None:
    """Return the `Register-Page` where the route takes one."""
    if route.page is Given.NONE:
        return None
    given = request.headers.get(parameters.PAGE_HEADER)
    return parameters.read_page(given, required=route.page is Given.REQUIRED)


def log_in(_route: Route) -> Handler:
    """`POST /login`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await body_of(request, LogInBody)
        assert isinstance(body, LogInBody)  # noqa: S101 - what body_of promises
        answer = await request.app[DESK].log_in(body, request.app[GUARD].address(request))
        return response_of(reply_of(answer))

    return handle


def log_out(route: Route) -> Handler:
    """`POST /logout`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        await body_of(request, EmptyBody)
        await request.app[DESK].sessions.log_out(caller.token)
        response = response_of(NO_CONTENT)
        if caller.by_cookie:
            request.app[GUARD].forget(response)
        return response

    return handle


def read_session(route: Route) -> Handler:
    """`GET /session`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        return response_of(encoded(request.app[DESK].read_session(caller)))

    return handle


def read_terminal(route: Route) -> Handler:
    """`GET /stores/{store}/terminals/{terminal}`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        place = place_of(request)
        query_of(request, route)
        return response_of(encoded(await request.app[DESK].read_terminal(caller, *place)))

    return handle


def check_terminal(route: Route) -> Handler:
    """`POST /stores/{store}/terminals/{terminal}/check`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        place = place_of(request)
        await body_of(request, EmptyBody)
        return response_of(encoded(await request.app[DESK].check_terminal(caller, *place)))

    return handle


def check_printer(route: Route) -> Handler:
    """`POST /stores/{store}/printers/{printer}/check`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        parts = parameters.read_path(request.match_info)
        store, printer = str(parts["store"]), str(parts["printer"])
        await body_of(request, EmptyBody)
        return response_of(encoded(await request.app[DESK].check_printer(caller, store, printer)))

    return handle


def read_journal(route: Route) -> Handler:
    """`GET /stores/{store}/terminals/{terminal}/journal`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        place = place_of(request)
        query = parameters.read_query(request.query.items(), JournalQuery)
        return response_of(encoded(await request.app[DESK].read_journal(caller, *place, query)))

    return handle


def draw_slip(route: Route) -> Handler:
    """`GET /sales/{sale}/tenders/{tender}/slips/{copy}.{format}`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        parts = parameters.read_path(request.match_info)
        query = parameters.read_query(request.query.items(), SlipQuery)
        ask = DrawSlip(
            sale=str(parts["sale"]),
            tender=int(parts["tender"]),
            copy=Copy(parts["copy"]),
            format=PaperFormat(parts["format"]),
            operation=query.operation,
            columns=query.columns,
        )
        answer = await request.app[DESK].ask_for_paper(caller, ask)
        return response_of(papers.slip_reply(answer))

    return handle


def draw_receipt(route: Route) -> Handler:
    """`GET /sales/{sale}/receipt.{format}`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        parts = parameters.read_path(request.match_info)
        query = parameters.read_query(request.query.items(), ReceiptQuery)
        ask = DrawReceipt(
            sale=str(parts["sale"]), format=PaperFormat(parts["format"]), columns=query.columns
        )
        answer = await request.app[DESK].ask_for_paper(caller, ask)
        known = request.headers.get(hdrs.IF_NONE_MATCH, "")
        return response_of(papers.receipt_reply(answer, known))

    return handle


def read_fleet(route: Route) -> Handler:
    """`GET /fleet`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        query = parameters.read_query(request.query.items(), FleetQuery)
        return response_of(encoded(request.app[DESK].read_fleet(caller, query)))

    return handle


def read_audit(route: Route) -> Handler:
    """`GET /audit`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        query = parameters.read_query(request.query.items(), AuditQuery)
        return response_of(encoded(await request.app[DESK].read_audit(caller, query)))

    return handle


def create_box(route: Route) -> Handler:
    """`POST /stores/{store}/boxes`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        store = str(parameters.read_path(request.match_info)["store"])
        await body_of(request, EmptyBody)
        return response_of(reply_of(await request.app[DESK].create_box(caller, store)))

    return handle


def enroll_box(_route: Route) -> Handler:
    """`POST /enrollments`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request.app[DESK].count_enrolment(request.app[GUARD].address(request))
        body = await body_of(request, EnrollBody, size_max=ENROLMENT_SIZE_MAX)
        assert isinstance(body, EnrollBody)  # noqa: S101 - what body_of promises
        return response_of(reply_of(await request.app[DESK].enroll_box(body)))

    return handle


def read_health(_route: Route) -> Handler:
    """`GET /health`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        health = await request.app[DESK].read_health()
        return response_of(encoded(health, 200 if health.ready else 503))

    return handle


def place_of(request: web.Request) -> tuple[str, str]:
    """Return the store and terminal of the path."""
    parts = parameters.read_path(request.match_info)
    return str(parts["store"]), str(parts["terminal"])


FLOWS: Final[Mapping[str, Callable[[Route], Handler]]] = {
    "log_in": log_in,
    "log_out": log_out,
    "read_session": read_session,
    "read_terminal": read_terminal,
    "check_terminal": check_terminal,
    "check_printer": check_printer,
    "read_journal": read_journal,
    "draw_slip": draw_slip,
    "draw_receipt": draw_receipt,
    "read_fleet": read_fleet,
    "read_audit": read_audit,
    "create_box": create_box,
    "enroll_box": enroll_box,
    "read_health": read_health,
    "watch_sale": events.watch_sale,
    "watch_register": events.watch_register,
}
"""Routes that no central service answers alone."""
