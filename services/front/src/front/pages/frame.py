"""What every page has around it: words, who is logged in, the clock's zone, the way back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from msgspec import UNSET

from front.model import Caller
from front.pages.words import Words, language_of
from front.tokens import csrf_token

WORDS: Final = web.AppKey("words", dict[str, Words])

LANGUAGE_COOKIE: Final = "renkei_language"
PLACE_COOKIE: Final = "renkei_register"
"""The register that this tablet is: `<store>/<register>`."""

REFUND_COOKIE: Final = "renkei_refund"
"""The closed sale whose money this tablet was last giving back: a crash leads back to it."""


def words_of(request: web.Request) -> Words:
    """Return the words of the request's language."""
    language = language_of(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("Accept-Language", "")
    )
    return request.app[WORDS][language]


def page(
    request: web.Request, template: str, context: Mapping[str, Any], *, caller: Caller | None
) -> web.Response:
    """Return a page in the request's language."""
    words = words_of(request)
    return aiohttp_jinja2.render_template(
        template,
        request,
        {
            "t": words,
            "language": words.language,
            "caller": caller,
            "csrf": csrf_token(caller.token) if caller is not None else "",
            "here": request.path_qs,
            **context,
        },
    )


def yen(amount: int) -> str:
    """Return an amount as a shop writes it: `¥1,650`."""
    return f"¥{amount:,}"


def given(value: object) -> bool:
    """Tell whether a field of a view says anything (`is given` in templates)."""
    return value is not UNSET and value is not None and value != ""


def stamp(at: datetime | None, zone: str) -> str:
    """Return a time of the store's day, to the second: `12:31:05`."""
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def moment(at: datetime | None, zone: str) -> str:
    """Return a time with its day, as paper writes it: `2026/05/25 15:45:05`."""
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%Y/%m/%d %H:%M:%S")
