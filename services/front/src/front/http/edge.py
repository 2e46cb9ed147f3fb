"""What surrounds every request: an id, the trace, the log line, the headers, and every error.

Whatever is raised inside becomes a problem here; nothing of ours is named in it.
"""

import errno
import logging
import re
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from aiohttp import hdrs, web

from front.http.answers import response_of
from front.http.headers import SECURITY_HEADERS, STRICT_TRANSPORT
from front.http.keys import REQUEST_ID, TRACEPARENT, ErrorPage
from front.model import Refused, Reply
from front.ports import ServiceUnavailable, StoreUnreachable
from front.problems import of_refused, problem
from servicekit.clock import Clock
from servicekit.ids import Ids
from servicekit.telemetry import Telemetry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A caller's own `X-Request-Id` is kept when it can do no harm in a log."""

_STREAMS: Final = "/events"
"""Routes that end so stay open; no span may stay open with them."""

_log = logging.getLogger(__name__)


class Edge:
    """The outermost layer of the application."""

    def __init__(
        self,
        *,
        telemetry: Telemetry,
        clock: Clock,
        ids: Ids,
        behind_tls: bool,
        error_page: ErrorPage,
    ) -> None:
        self._telemetry = telemetry
        self._clock = clock
        self._process = ids.uuid()
        self._requests = count(1)
        self._behind_tls = behind_tls
        self._error_page = error_page

    def mount(self, app: web.Application) -> None:
        """Become the application's outermost middleware and last word on headers."""

        @web.middleware
        async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._around(request, handler)

        app.middlewares.insert(0, edge)
        app.on_response_prepare.append(self._complete)

    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("X-Request-Id", "")
        request[REQUEST_ID] = given if _REQUEST_ID.fullmatch(given) else self._new_id()
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else "unknown"
        started_s = self._clock.monotonic()
        span = self._telemetry.span(
            f"{request.method} {path}",
            parent=request.headers,
            kind="server",
            attributes={"http.request.method": request.method, "http.route": path},
        )
        if path.endswith(_STREAMS):
            with span:
                request[TRACEPARENT] = self._telemetry.traceparent() or ""
            response = await self._answered(request, handler)
        else:
            with span as work:
                request[TRACEPARENT] = self._telemetry.traceparent() or ""
                response = await self._answered(request, handler)
                work.set("http.response.status_code", response.status)
        if _log.isEnabledFor(logging.DEBUG):
            took_ms = (self._clock.monotonic() - started_s) * 1000
            _log.debug("%s %s %d %.1f ms", request.method, path, response.status, took_ms)
        return response

    def _new_id(self) -> str:
        return f"{self._process}-{next(self._requests):x}"

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:  # noqa: PLR2004 - a redirect is an answer
                raise
            reply = _of_aiohttp(error)
        except Refused as refused:
            reply = of_refused(refused)
        except ServiceUnavailable as error:
            _log.warning("%s does not answer (sent: %s)", error.service, error.sent)
            reply = problem("service_unavailable", retry_after_s=1)
        except StoreUnreachable as error:
            reply = problem("terminal_unreachable", fields={"store": error.store})
        except ConnectionResetError:
            raise
        except Exception as error:  # noqa: BLE001 - the door's last word; nothing of it gets out
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                reply = problem("not_found")  # a static file's name longer than any file's
            else:
                _log.exception("%s %s failed", request.method, request.path)
                reply = problem("internal_error")
        if request.path.startswith("/api/") or "text/html" not in request.headers.get(
            hdrs.ACCEPT, ""
        ):
            return response_of(reply)
        return self._error_page(request, reply) or response_of(reply)

    async def _complete(self, request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.update(SECURITY_HEADERS)
        if self._behind_tls:
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        headers["X-Request-Id"] = request.get(REQUEST_ID) or self._new_id()
        traceparent = request.get(TRACEPARENT)
        if traceparent:
            headers["traceparent"] = traceparent
        if hdrs.CACHE_CONTROL not in headers:
            headers[hdrs.CACHE_CONTROL] = "no-store"


def _of_aiohttp(error: web.HTTPException) -> Reply:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return problem("method_not_allowed", allow=", ".join(sorted(error.allowed_methods)))
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return problem("body_too_large")
    if error.status in {403, 404}:
        return problem("not_found")
    if error.status < 500:  # noqa: PLR2004 - ours or theirs
        return problem("bad_parameter", "the request cannot be read")
    return problem("internal_error")
