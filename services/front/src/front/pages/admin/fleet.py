"""本部管理 > 機器一覧: every box, its terminals, what is amiss; filters stand in the address."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from aiohttp import web

from contracts.boxes import BoxList, BoxView, ListBoxes
from contracts.envelope import Role
from front import parameters
from front.fleet import TROUBLES, FleetBox, FleetQuery
from front.http.keys import DESK
from front.model import Caller, Refused
from front.pages.admin.frame import Told, admin_page, asked, for_admins
from front.pages.frame import moment
from front.pages.leaves import LeafNumber, leaf_of
from front.ports import ServiceUnavailable

PATH: Final = "/admin/fleet"

ZONE: Final = "Asia/Tokyo"

Enrolment = Literal["enrolled", "awaiting", "over", "elsewhere", "none"]


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
    leaf = leaf_of(desk.search_fleet(caller, query), query.page)
    boxes = [desk.box(one) for one in leaf.rows]
    ages = {
        one.store: int((now - one.last_seen_at).total_seconds())
        for one in boxes
        if one.last_seen_at is not None
    }
    return admin_page(
        request,
        caller,
        "fleet",
        told,
        stores=len(desk.stores(caller)),
        boxes=boxes,
        leaf=leaf,
        query=query,
        troubles=TROUBLES,
        ages=ages,
        enrolled=await _enrolled(request, caller, boxes),
        read_at=moment(now, ZONE),
    )


async def _enrolled(
    request: web.Request, caller: Caller, fleet: Sequence[FleetBox]
) -> dict[str, Enrolment] | None:
    """Return how each store's box is enrolled; None where nobody says, or it is not theirs."""
    if caller.session.role is not Role.ADMIN or not fleet:
        return None
    ask = ListBoxes(stores=tuple(one.store for one in fleet))
    try:
        boxes = (await asked(request, caller, ask, BoxList)).boxes
    except ServiceUnavailable:
        return None
    heard = {one.store: one.last_seen_at is not None for one in fleet}
    return enrolments(heard, boxes)


def enrolments(heard: Mapping[str, bool], boxes: Iterable[BoxView]) -> dict[str, Enrolment]:
    """Return how each store's box is enrolled; `heard` are the stores, and whether one is there.

    `elsewhere`: one is there that was never enrolled by a code. A code that waits to be typed is
    told only where no box stands for the store.
    """
    states: dict[str, set[str]] = {}
    for box in boxes:
        states.setdefault(box.store, set()).add(box.state if _was_one(box) else "never")
    return {store: _told(states.get(store, set()), there) for store, there in heard.items()}


def _told(states: set[str], there: bool) -> Enrolment:  # noqa: FBT001 - two facts of one store
    if "enrolled" in states:
        return "enrolled"
    if "awaiting" in states:
        return "awaiting"
    if states & {"revoked", "replaced"}:
        return "over"
    return "elsewhere" if there else "none"


def _was_one(box: BoxView) -> bool:
    return box.enrolled_at is not None or box.state == "awaiting"
