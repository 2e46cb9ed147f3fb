"""本部管理 > 操作履歴: who changed or overrode what; what is looked for is the address."""

from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct, structs

from contracts.audit import OVERRIDE_ACTIONS, SETTINGS_ACTIONS, AuditLine
from contracts.envelope import Role
from front import decide, parameters
from front.audit import ZONE, AuditQuery, AuditView
from front.http.keys import DESK
from front.model import Caller, Refused
from front.pages.admin.audit_words import Difference, differences
from front.pages.admin.frame import Told, admin_page, for_admins, stores_of
from front.pages.frame import moment, words_of
from front.routes import AUDITORS

PATH: Final = "/admin/audit"

ACTIONS: Final = (*OVERRIDE_ACTIONS, *SETTINGS_ACTIONS)


class Shown(Struct, frozen=True, kw_only=True):
    """One line, and what differs in words."""

    line: AuditLine
    at: str
    differences: tuple[Difference, ...]


def add_routes(app: web.Application) -> None:
    """Mount this page."""
    app.router.add_get(PATH, for_admins(show_audit))


async def show_audit(request: web.Request, caller: Caller) -> web.StreamResponse:
    """The newest lines that are asked for; older ones are a page further."""
    if caller.session.role is Role.PLATFORM:
        raise Refused("not_permitted")
    decide.permit(caller.session.role, AUDITORS)
    query, view, told = AuditQuery(), AuditView(lines=(), next=None), None
    try:
        asked = parameters.read_query(request.query.items(), AuditQuery)
        assert isinstance(asked, AuditQuery)  # noqa: S101 - what read_query promises
        query = asked
        view = await request.app[DESK].read_audit(caller, query)
    except Refused as refused:
        told = Told(code=refused.code, fields=refused.fields)
    words = words_of(request)
    return admin_page(
        request,
        caller,
        "audit",
        told,
        shown=[
            Shown(line=one, at=moment(one.at, ZONE.key), differences=differences(words, one))
            for one in view.lines
        ],
        query=query,
        actions=ACTIONS,
        older=None if view.next is None else f"{PATH}?{onward(query, view.next)}",
        stores=stores_of(request, caller),
    )


def onward(query: AuditQuery, after: str) -> str:
    """Return the address's query of the next page: the same filters, from there on."""
    asked = structs.asdict(structs.replace(query, after=after))
    return urlencode({name: value for name, value in asked.items() if value is not None})
