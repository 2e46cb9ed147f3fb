"""What request handlers find on the application and on a request."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from front.handlers import Desk
from front.http.guard import Guard
from front.model import Reply
from front.streams import Streams
from servicekit.telemetry import Telemetry

DESK: Final = web.AppKey("desk", Desk)
STREAMS: Final = web.AppKey("streams", Streams)
GUARD: Final = web.AppKey("guard", Guard)
TELEMETRY: Final = web.AppKey("telemetry", Telemetry)

ErrorPage = Callable[[web.Request, Reply], web.StreamResponse | None]
"""How a refusal looks to a browser; None leaves it as `application/problem+json`."""

REQUEST_ID: Final = web.RequestKey("request_id", str)
TRACEPARENT: Final = web.RequestKey("traceparent", str)
"""Both are in the request's own mapping."""
