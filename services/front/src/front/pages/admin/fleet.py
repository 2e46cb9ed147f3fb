"""本部管理 > 機器一覧: every box, its terminals, what is amiss; filters stand in the address."""

from typing import Final

from aiohttp import web

from contracts.envelope import Role
from front import parameters
from front.fleet import TROUBLES, FleetQuery
from front.http.keys import DESK
from front.model import Caller, Refused
from front.pages.admin.frame import Told, admin_page, for_admins
from front.pages.frame import moment
from front.pages.leaves import LeafNumber, leaf_of

PATH: Final = "/admin/fleet"

ZONE: Final = "Asia/Tokyo"


class FleetSearch(FleetQuery, frozen=True, kw_only=True):
    """The page's address: which boxes, and which leaf of them."""

    page: LeafNumber = 1


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_fleet))


async def show_fleet(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The boxes that are asked for, a leaf at a time."""
    if caller.session.role is Role.PLATFORM:
        raise Refused("not_permitted")
    told, query = None, FleetSearch()
    try:
        query = parameters.read_query(request.query.items(), FleetSearch)
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
    desk = request.app[DESK]
    now = desk.now()
    view = desk.read_fleet(caller, query)
    leaf = leaf_of(view.boxes, query.page)
    ages = {
        one.store: int((now - one.last_seen_at).total_seconds())
        for one in leaf.rows
        if one.last_seen_at is not None
    }
    return admin_page(
        request,
        caller,
        "fleet",
        told,
        view=view,
        leaf=leaf,
        query=query,
        troubles=TROUBLES,
        ages=ages,
        read_at=moment(now, ZONE),
    )
