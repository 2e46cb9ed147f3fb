"""本部管理 > 機器一覧 > 店舗: the store's box, a code for a new one, and the end of an old one.

A page shows its code once: in the answer to the form that had it made, which is never kept.
"""

from functools import partial
from typing import Final

import msgspec
from aiohttp import web

from contracts.boxes import BoxCreated, BoxList, CreateBox, ListBoxes, RevokeBox
from contracts.stores import StoreView
from front import decide, parameters
from front.http.keys import DESK, GUARD
from front.model import Caller, Refused
from front.pages.admin.frame import (
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
    store_of,
)
from front.pages.frame import moment
from front.routes import ADMINS

PATH: Final = "/admin/fleet/{store}"


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_boxes))
    app.router.add_post(PATH, for_admins(change_boxes))


async def show_boxes(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Return what boxes a store has and had."""
    decide.permit(caller.session.role, ADMINS)
    return await _page(request, caller, _store(request))


async def change_boxes(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Have a code made and show it, or let a box be nobody."""
    decide.permit(caller.session.role, ADMINS)
    store, form = _store(request), await form_of(request, caller)
    if form.get("do") == "create":
        try:
            created = await asked(request, caller, CreateBox(store=store), BoxCreated)
        except Refused as refused:
            return await _page(request, caller, store, Told(code=refused.code))
        return await _page(request, caller, store, created=created)
    try:
        command = msgspec.convert({"box": form.get("box", "")}, RevokeBox)
    except msgspec.ValidationError as error:
        raise Refused("unknown_box") from error
    told = await done(request, caller, command)
    if told is None:
        return see_other(f"/admin/fleet/{store}?done=revoked")
    return await _page(request, caller, store, told)


def centre_of(scheme: str, host: str) -> str:
    """Return how a box reaches this centre: as the page itself was reached."""
    return f"{scheme}://{host}"


def _store(request: web.Request) -> str:
    return str(parameters.read_path(request.match_info)["store"])


async def _page(
    request: web.Request,
    caller: Caller,
    store: str,
    told: Told | None = None,
    *,
    created: BoxCreated | None = None,
) -> web.Response:
    view: StoreView = await store_of(request, caller, store)
    boxes = (await asked(request, caller, ListBoxes(store=store), BoxList)).boxes
    scheme = "https" if request.app[GUARD].behind_tls else request.scheme
    live = request.app[DESK].live
    return admin_page(
        request,
        caller,
        "fleet",
        told,
        template="boxes",
        view=view,
        boxes=boxes,
        present=next((one for one in boxes if one.state == "enrolled"), None),
        created=created,
        centre=centre_of(scheme, request.host),
        heard=live.box(caller.session.company, store) is not None,
        at=partial(moment, zone=view.time_zone),
    )
