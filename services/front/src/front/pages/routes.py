"""Where the pages are mounted, and how a refusal looks in a browser."""

from importlib import resources
from pathlib import Path
from typing import Final

import aiohttp_jinja2
import jinja2
import msgspec
from aiohttp import web

from front.model import ProblemView, Reply
from front.pages import books, people, register, sale, search, settings
from front.pages.admin import routes as admin
from front.pages.frame import LANGUAGE_COOKIE, WORDS, given, page, yen
from front.pages.words import LANGUAGES, load

STATIC: Final = "/static"

YEAR_S: Final = 365 * 86_400


def add_routes(app: web.Application) -> None:
    """Mount every page and the static files."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.PackageLoader("front"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["yen"] = yen
    environment.tests["given"] = given
    app[WORDS] = load()
    app.router.add_static(STATIC, Path(str(resources.files("front").joinpath("static"))))
    app.router.add_get("/language/{language}", choose_language)
    people.add_routes(app)
    register.add_routes(app)
    books.add_routes(app)
    sale.add_routes(app)
    search.add_routes(app)
    settings.add_routes(app)
    admin.add_routes(app)


async def choose_language(request: web.Request) -> web.StreamResponse:
    """Remember the language, and go back to where the person was."""
    came_from = request.query.get("back", "/")
    local = came_from.startswith("/") and not came_from.startswith(("//", "/\\"))
    response = web.HTTPSeeOther(came_from if local else "/")
    language = request.match_info["language"]
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, path="/", samesite="Lax")
    return response


def error_page(request: web.Request, reply: Reply) -> web.StreamResponse | None:
    """Return a page for a refusal outside of the API; None leaves the problem as it is."""
    try:
        problem = msgspec.json.decode(reply.body, type=ProblemView)
    except msgspec.MsgspecError:
        return None
    response = page(request, "refused.html", {"code": problem.code}, caller=None)
    response.set_status(reply.status)
    return response
