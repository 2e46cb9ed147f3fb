"""The pages of 管理画面, mounted."""

from aiohttp import web

from front.pages.admin import pos, store, top


def add_routes(app: web.Application) -> None:
    """Mount every admin page."""
    top.add_routes(app)
    pos.add_routes(app)
    store.add_routes(app)
