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

PATH: Final = "/admin/fleet"

ZONE: Final = "Asia/Tokyo"


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_fleet))


async def show_fleet(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Every box that is asked for, on one page."""
    if caller.session.role is Role.PLATFORM:
        raise Refused("not_permitted")
    told, query = None, FleetQuery()
    try:
        asked = parameters.read_query(request.query.items(), FleetQuery)
        assert isinstance(asked, FleetQuery)  # noqa: S101 - what read_query promises
        query = asked
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
    desk = request.app[DESK]
    now = desk.now()
    view = desk.read_fleet(caller, query)
    ages = {
        one.store: int((now - one.last_seen_at).total_seconds())
        for one in view.boxes
        if one.last_seen_at is not None
    }
    return admin_page(
        request,
        caller,
        "fleet",
        told,
        view=view,
        query=query,
        troubles=TROUBLES,
        ages=ages,
        read_at=moment(now, ZONE),
    )
