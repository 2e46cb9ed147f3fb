"""契約オプション: which stores have contracted 決済端末連携. `platform` says so, others see it."""

from typing import Final

from aiohttp import web

from contracts.envelope import Role
from contracts.stores import ChangeStore, ListStores, StoreList, StoreView
from front import decide, parameters
from front.model import Caller, Refused
from front.pages.admin.frame import (
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
)
from front.pages.leaves import ROWS, found_by, leaf_of, number_of

PATH: Final = "/admin/option"


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_option))
    app.router.add_post(PATH, for_admins(save_option))


async def show_option(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Show which stores have it; `platform` names the company first."""
    return await _page(request, caller, request.query.get("company", ""))


async def save_option(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Contract the option for a store, or end it, which takes the store's pairings with it."""
    decide.permit(caller.session.role, frozenset({Role.PLATFORM}))
    form = await form_of(request, caller)
    company, store = form.get("company", ""), form.get("store", "")
    for code in (company, store):
        if parameters.PATH_PARTS["store"].pattern.match(code) is None:
            raise Refused("unknown_store")
    contracted = form.get("contracted") == "yes"
    command = ChangeStore(store=store, company=company, terminal_option=contracted)
    told = await done(request, caller, command)
    if told is None:
        return see_other(f"{PATH}?company={company}&done=saved")
    return await _page(request, caller, company, told)


async def _page(
    request: web.Request, caller: Caller, company: str, told: Told | None = None
) -> web.Response:
    stores: tuple[StoreView, ...] = ()
    if caller.session.role is not Role.PLATFORM:
        stores = (await asked(request, caller, ListStores(), StoreList)).stores
    elif parameters.PATH_PARTS["store"].pattern.match(company) is not None:
        stores = (await asked(request, caller, ListStores(company=company), StoreList)).stores
    text = request.query.get("text", "")
    found = [one for one in stores if found_by(text, one.store, one.name)]
    return admin_page(
        request,
        caller,
        "option",
        told,
        stores=stores,
        leaf=leaf_of(found, number_of(request.query.get("page", ""))),
        text=text,
        searched=len(stores) > ROWS,
        company=company,
    )
