"""Where the pages are mounted, and how a refusal looks in a browser."""

from aiohttp import web

from front.model import Reply


def add_routes(app: web.Application) -> None:
    """Mount every page and the static files."""
    del app


def error_page(request: web.Request, reply: Reply) -> web.StreamResponse | None:
    """Return a page for a refusal outside of the API; None leaves the problem as it is."""
    del request, reply
    return None
