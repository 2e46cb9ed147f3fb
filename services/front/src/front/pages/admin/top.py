"""TOP, and the way in: 企業コード, 担当者コード, パスワード."""

from aiohttp import web

from front.model import Caller
from front.pages.admin.frame import ADMIN, LOG_IN, admin_page, for_admins
from front.pages.people import log_in_page, logging_in


def add_routes(app: web.Application) -> None:
    """Mount these pages."""
    app.router.add_get(LOG_IN, show_log_in)
    app.router.add_post(LOG_IN, logging_in(onward=ADMIN))
    app.router.add_get(ADMIN, for_admins(show_top))


async def show_log_in(request: web.Request) -> web.StreamResponse:
    """Ask for the three that stand in the notice of log-in ids (ログインID通知書)."""
    return log_in_page(request)


async def show_top(request: web.Request, caller: Caller) -> web.StreamResponse:
    """TOP: where everything is."""
    return admin_page(request, caller, "top")
