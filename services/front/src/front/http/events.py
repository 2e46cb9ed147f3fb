"""Event streams over HTTP: chunks out, until the listener goes or is let go."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from front import parameters
from front.http.keys import GUARD, STREAMS
from front.model import EventsQuery, FrontError
from front.routes import Route
from front.streams import EventStream

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STREAM_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}
"""Proxies must neither keep nor collect it."""

_log = logging.getLogger(__name__)


def watch_sale(route: Route) -> Handler:
    """`GET /sales/{sale}/events`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        sale = str(parameters.read_path(request.match_info)["sale"])
        query = parameters.read_query(request.query.items(), EventsQuery)
        after = parameters.read_last_event(request.headers.get("Last-Event-ID"), query.after)
        stream = await request.app[STREAMS].watch_sale(caller, sale, after)
        return await send(request, stream)

    return handle


def watch_register(route: Route) -> Handler:
    """`GET /stores/{store}/registers/{register}/events`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await request.app[GUARD].caller(request, route)
        parts = parameters.read_path(request.match_info)
        place = (str(parts["store"]), str(parts["register"]))
        stream = await request.app[STREAMS].watch_register(caller, *place)
        return await send(request, stream)

    return handle


async def send(request: web.Request, stream: EventStream) -> web.StreamResponse:
    """Write the chunks as they come. A listener that goes away is no error."""
    response = web.StreamResponse(headers=STREAM_HEADERS)
    response.force_close()
    try:
        await response.prepare(request)
        async for chunk in stream.chunks:
            await response.write(chunk)
        await response.write_eof()
    except (ConnectionError, FrontError) as error:
        _log.debug("an event stream ended: %r", error)
    finally:
        stream.close()
    return response
