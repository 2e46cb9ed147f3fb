"""What is not even HTTP: answered as a problem too, and without a stack trace for each in the log.

aiohttp answers it below the application, with its own words; this is the one place to say ours.
"""

import logging
from http import HTTPStatus
from typing import Any

from aiohttp import web

from front.http.answers import response_of
from front.http.headers import SECURITY_HEADERS
from front.problems import problem
from servicekit.ids import SystemIds

_ids = SystemIds()

_log = logging.getLogger(__name__)


class DoorProtocol(web.RequestHandler):
    """aiohttp's connection, with our words for what cannot be read."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to a request that never reached the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("below the application: %s", message, exc_info=exc)
            response = response_of(problem("internal_error"))
        else:
            _log.debug("unreadable request from %s: %r", request.remote, exc)
            response = response_of(problem("bad_request"))
        response.headers.update(SECURITY_HEADERS)
        response.headers["X-Request-Id"] = _ids.uuid()
        response.force_close()
        return response


class DoorServer(web.Server):
    """aiohttp's server, making our connections."""

    def __init__(self, like: web.Server) -> None:
        super().__init__(
            like.request_handler,
            request_factory=like.request_factory,
            handler_cancellation=like.handler_cancellation,
        )
        self._options: dict[str, Any] = like._kwargs  # noqa: SLF001 - aiohttp offers no other way in

    def __call__(self) -> DoorProtocol:
        """Return a new connection."""
        return DoorProtocol(self, loop=self._loop, **self._options)


class DoorRunner(web.AppRunner):
    """aiohttp's runner, using our server."""

    async def _make_server(self) -> web.Server:
        return DoorServer(await super()._make_server())
