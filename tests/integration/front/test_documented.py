"""Whatever is sent to whichever route, the answer is one that the document promises."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

import aiohttp
import pytest

from front.routes import EVENT_STREAM, ROUTES, Route, refusals_of

Client = Callable[..., Awaitable[tuple[aiohttp.ClientResponse, dict[str, Any]]]]
LogIn = Callable[[str, str], Awaitable[Client]]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("front")]

SENT_A_ROUTE = 25
OPERATORS = (("DEMO", "cashier"), ("DEMO", "admin"), ("DEMO", "auditor"))
CODES = ("S003", "S999", "R1", "R2", "T1", "T9", "P1", "a b", "%00", "x" * 50, "S901", "*", "é")
"""S003 has no contracted option: whatever is tried there, no other test's pairing moves."""

VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 165, 10**7, 2**63, 1.5, "", "x", "S001", "R1", "T1", "cash", "other"),
    *("terminal", "CT-6100", "05:00", "auto", [], {}, "\0", "😀" * 30, "x" * 600),
    *([{"name": "a", "quantity": 1, "unit_price": 1, "tax_rate": 8}], "DEMO", "OTHER"),
    *(["customer"], ["merchant", "customer", "customer"], "payment", "refund"),
    *("P1", "192.168.0.9", "127.1", 9100, 48, {"name": "株式会社", "phone": "x"}),
    *({"operator_code": "nobody-here", "password": "x"}, "approved", "accept", "page-0001"),
)
PAGES = ("page-0001", "page-0002", "x", "a b c d e f g")
NAMES = (
    *("store", "register", "limit", "after", "state", "business_date", "media", "company", "zz"),
    *("operation", "columns"),
)


NO_BOX: Final = "01a1f677-ce1f-7001-8000-000000000000"


def path_of(route: Route, draw: random.Random, sales: list[str]) -> str:
    path = route.path
    for part in ("store", "register", "terminal", "printer"):
        path = path.replace(f"{{{part}}}", draw.choice(CODES))
    path = path.replace("{sale}", draw.choice([*sales, "x", "0" * 8]))
    path = path.replace("{case}", draw.choice(["x", "0" * 8, sales[0] if sales else "y"]))
    path = path.replace("{notice}", draw.choice(["x", "0" * 8]))
    path = path.replace("{box}", draw.choice(["x", "0" * 8, NO_BOX]))
    path = path.replace("{operator}", draw.choice(["x1", "a b", "*", "é"]))
    path = path.replace("{tender}", draw.choice(["1", "2", "0", "99", "x"]))
    path = path.replace("{copy}", draw.choice(["customer", "merchant", "both", "%2e%2e"]))
    path = path.replace("{format}", draw.choice(["txt", "svg", "png", "pdf", "escpos", "html"]))
    asked = [f"{draw.choice(NAMES)}={draw.choice(('', 'S001', '1', 'open', '-'))}"]
    return path + ("?" + "&".join(asked) if draw.random() < 0.3 else "")


def body_of(route: Route, draw: random.Random) -> object:
    if route.body is None:
        return None
    names = [*route.body.__struct_fields__, "zz"]
    return {name: draw.choice(VALUES) for name in names if draw.random() < 0.8}


@pytest.mark.parametrize(
    "route",
    # A stream that opens has no end; `test_events` has them.
    [one for one in ROUTES if one.media != EVENT_STREAM and one.name != "log_out"],
    ids=lambda route: route.name,
)
async def test_every_answer_is_one_that_is_documented(log_in: LogIn, route: Route) -> None:
    draw = random.Random(route.name)  # noqa: S311 - the same for the same route
    clients = [await log_in(company, operator) for company, operator in OPERATORS]
    _, page = await clients[0]("GET", "/api/v1/sales?limit=5")
    sales = [sale["id"] for sale in page["sales"]]
    known = set(refusals_of(route))
    for _ in range(SENT_A_ROUTE):
        headers = {"Idempotency-Key": str(draw.random())} if draw.random() < 0.9 else {}
        if draw.random() < 0.7:
            headers["Register-Page"] = draw.choice(PAGES)
        path = path_of(route, draw, sales)
        response, told = await draw.choice(clients)(
            route.method, path, body_of(route, draw), headers=headers
        )
        if response.content_type == "application/problem+json":
            assert told["code"] in known, (path, told)
            assert told["code"] != "internal_error", (path, told)
        else:
            assert response.status in route.answers, (path, response.status)
            assert told == {} or response.content_type in route.media, path
