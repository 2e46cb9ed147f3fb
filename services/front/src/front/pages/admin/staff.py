"""本部管理 > 担当者: who may log in, as what, and in which stores."""

from typing import Any, Final

import msgspec
from aiohttp import web

from contracts.people import ListPeople, PersonList, PersonView, PutPerson
from front import parameters
from front.model import Caller, Refused
from front.pages.admin.frame import (
    Told,
    admin_page,
    asked,
    done,
    for_admins,
    form_of,
    see_other,
    stores_of,
    whole_number,
)
from front.pages.leaves import ROWS, found_by, leaf_of, number_of
from front.person_bodies import PutPersonBody

PATH: Final = "/admin/people"

ROLES: Final = ("cashier", "manager", "admin", "auditor")


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_people))
    app.router.add_post(PATH, for_admins(save_person))


async def show_people(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Everybody, and the form of the one whom the address names."""
    return await _page(request, caller)


async def save_person(request: web.Request, caller: Caller) -> web.StreamResponse:
    """Add or change a person; whoever was changed since the page was shown stays as it is."""
    form = await form_of(request, caller)
    form["stores"] = " ".join(form.get("stores", "").replace(",", " ").split())
    try:
        command = command_of(form)
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
        return await _page(request, caller, told, form)
    told = await done(request, caller, command, whole_number(form.get("version", "")))
    if told is None:
        return see_other(f"{PATH}?done=saved")
    return await _page(request, caller, told, form)


def command_of(form: dict[str, str]) -> PutPerson:
    """Return the form as a command, refused by field where it cannot be one."""
    operator = form.get("operator", "")
    if parameters.PATH_PARTS["operator"].pattern.match(operator) is None:
        raise Refused("invalid_body", field="operator")
    given: dict[str, Any] = {
        "name": form.get("name", ""),
        "role": form.get("role", ""),
        "stores": form.get("stores", "").split(),
        "active": form.get("active") == "yes",
        "password": form.get("password") or None,
    }
    try:
        return msgspec.convert(given, PutPersonBody).command(operator)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("`")[0].rpartition("`")[2].removeprefix("$.")
        raise Refused("invalid_body", field=field.partition("[")[0]) from error


def form_from(person: PersonView) -> dict[str, str]:
    """Return a person as the form has it."""
    return {
        "operator": person.operator,
        "name": person.name,
        "role": person.role,
        "stores": " ".join(person.stores),
        "active": "yes" if person.active else "",
        "version": str(person.version),
    }


async def _page(
    request: web.Request,
    caller: Caller,
    told: Told | None = None,
    form: dict[str, str] | None = None,
) -> web.Response:
    people = (await asked(request, caller, ListPeople(), PersonList)).people
    by_code = {one.operator: one for one in people}
    named = request.query.get("open", "")
    if form is None and named in by_code:
        form = form_from(by_code[named])
    elif form is None and named == "-new":
        form = {"active": "yes", "role": "cashier", "version": "0"}
    text = request.query.get("text", "")
    found = [one for one in people if found_by(text, one.operator, one.name)]
    standing = by_code.get(form.get("operator", "")) if form is not None else None
    if form is not None and told is not None and told.code == "outdated":
        form["version"] = str(standing.version if standing is not None else 0)
    return admin_page(
        request,
        caller,
        "people",
        told,
        count=len(people),
        leaf=leaf_of(found, number_of(request.query.get("page", ""))),
        text=text,
        searched=len(people) > ROWS,
        form=form,
        standing=standing,
        stores=stores_of(request, caller),
        roles=ROLES,
    )
