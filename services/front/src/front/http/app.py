"""The application: the edge around the API, the pages and the health routes."""

from aiohttp import web

from front.handlers import Desk
from front.http import api
from front.http.edge import Edge
from front.http.guard import Guard
from front.http.keys import DESK, GUARD, STREAMS, TELEMETRY
from front.model import BODY_SIZE_MAX
from front.pages import routes as pages
from front.streams import Streams
from servicekit import health
from servicekit.clock import Clock
from servicekit.ids import Ids
from servicekit.service import Service
from servicekit.telemetry import Telemetry


def make_app(
    *,
    service: Service,
    desk: Desk,
    streams: Streams,
    telemetry: Telemetry,
    clock: Clock,
    ids: Ids,
    behind_tls: bool,
    requests_per_s: int,
    version: str,
) -> web.Application:
    """Return the whole application, ready to be served."""
    app = web.Application(client_max_size=BODY_SIZE_MAX)
    app[DESK] = desk
    app[STREAMS] = streams
    app[GUARD] = Guard(desk, clock, behind_tls=behind_tls, requests_per_s=requests_per_s)
    app[TELEMETRY] = telemetry
    edge = Edge(
        telemetry=telemetry,
        clock=clock,
        ids=ids,
        behind_tls=behind_tls,
        error_page=pages.error_page,
    )
    edge.mount(app)
    health.add_routes(app, service)
    api.add_routes(app, version)
    pages.add_routes(app)
    return app
