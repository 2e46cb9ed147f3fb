"""The pages of 管理画面, mounted."""

from aiohttp import web

from front.pages.admin import (
    audit,
    boxes,
    fleet,
    option,
    places,
    pos,
    printers,
    rules,
    staff,
    store,
    support,
    top,
)


def add_routes(app: web.Application) -> None:
    """Mount every admin page."""
    top.add_routes(app)
    pos.add_routes(app)
    store.add_routes(app)
    printers.add_routes(app)
    rules.add_routes(app)
    option.add_routes(app)
    support.add_routes(app)
    fleet.add_routes(app)
    audit.add_routes(app)
    boxes.add_routes(app)
    staff.add_routes(app)
    places.add_routes(app)
