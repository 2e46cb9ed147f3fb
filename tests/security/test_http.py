"""What the door refuses, and what every answer of it says, whoever asks and whatever comes back."""

import http.client
import json
import re
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from testkit.http import Content, JsonClient, RegisterClient
from testkit.system import RunningSystem

ANSWERS: Final = (
    "/",
    "/login",
    "/registers",
    "/registers/S001/R1",
    "/no-such-page",
    "/static/no-such-file.js",
    "/static/../config.py",
    "/api/v1/openapi.json",
    "/api/v1/health",
    "/api/v1/session",
    "/api/v1/stores/NONE",
    "/api/v1/no-such-route",
    "/live",
    "/ready",
)
"""Pages, redirects, files, answers and refusals."""

PROMISED: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "server": "renkei",
}

INLINE: Final = re.compile(
    rb"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:",
    re.IGNORECASE,
)
"""What the policy forbids, and a name with HTML in it would need. Words in JSON are no script."""


@pytest.fixture(scope="module")
def cookie(system: RunningSystem) -> dict[str, str]:
    """A browser in which the demo's cashier is logged in."""
    token = system.register().headers["Authorization"].removeprefix("Bearer ")
    return {"Cookie": f"renkei_session={token}"}


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("logged_in", [False, True])
def test_every_answer_carries_the_security_headers(
    system: RunningSystem, cookie: dict[str, str], path: str, *, logged_in: bool
) -> None:
    content = JsonClient(system.api, cookie if logged_in else None).fetch(path)
    assert content.status < 500
    assert PROMISED.items() <= content.headers.items()
    policy = dict(
        part.strip().split(" ", 1) for part in content.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in content.headers["content-security-policy"]
    if not path.startswith("/static"):
        assert content.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/registers",
        "/registers/S001/R1",
        "/registers/S001/R1/sales",
        "/registers/S001/R1/history",
        "/registers/S001/R1/settings/terminal",
        "/no-such-page",
    ],
)
def test_no_page_holds_a_script_or_style_of_its_own(
    system: RunningSystem, cookie: dict[str, str], path: str
) -> None:
    content = page(system, path, cookie)
    assert content.headers["content-type"].startswith("text/html")
    assert INLINE.findall(content.content) == []


def page(system: RunningSystem, path: str, cookie: dict[str, str]) -> Content:
    return JsonClient(system.api, cookie | {"Accept": "text/html"}).fetch(path)


NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Probe(NamedTuple):
    """A request, and how it is refused."""

    what: str
    method: str
    path: str
    status: int
    code: str
    headers: Mapping[str, str] = NOTHING
    body: bytes | None = None


JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY: Final = "/api/v1/sales/00000000-0000-7000-8000-000000000001"

PROBES: Final = (
    Probe("no token", "GET", "/api/v1/stores", 401, "not_authenticated"),
    Probe("no token, a change", "POST", "/api/v1/sales", 401, "not_authenticated", JSON, b"{}"),
    *(
        Probe(
            f"bearer {token!r}",
            "GET",
            "/api/v1/session",
            401,
            "not_authenticated",
            {"Authorization": token},
        )
        for token in (
            "Bearer ",
            "Bearer x",
            f"Bearer {'a' * 43}",
            f"Bearer {'a' * 5000}",
            "Bearer ' OR 1=1 --",
            "Basic Y2FzaGllcjpjYXNoaWVyLWRlbW8=",
            "Token x",
        )
    ),
    Probe(
        "a cookie that is none",
        "GET",
        "/api/v1/session",
        401,
        "not_authenticated",
        {"Cookie": "renkei_session=x"},
    ),
    Probe(
        "another cookie's name",
        "GET",
        "/api/v1/session",
        401,
        "not_authenticated",
        {"Cookie": "__Host-renkei_session=x"},
    ),
    *(
        Probe(f"{method} is not offered", method, "/api/v1/stores", 405, "method_not_allowed")
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND")
    ),
    Probe("a body that is no JSON", "POST", "/api/v1/login", 400, "not_json", JSON, b"{"),
    Probe("a body nested deep", "POST", "/api/v1/login", 400, "not_json", JSON, b"[" * 100_000),
    Probe(
        "a form for the API", "POST", "/api/v1/login", 415, "unsupported_media_type", FORM, b"a=b"
    ),
    Probe(
        "plain text for the API",
        "POST",
        "/api/v1/login",
        415,
        "unsupported_media_type",
        {"Content-Type": "text/plain"},
        b"{}",
    ),
    Probe(
        "a body too large", "POST", "/api/v1/login", 413, "body_too_large", JSON, b" " * 1_100_000
    ),
    Probe(
        "an unknown field",
        "POST",
        "/api/v1/login",
        422,
        "invalid_body",
        JSON,
        b'{"company_code":"DEMO","operator_code":"admin","password":"x","role":"platform"}',
    ),
    Probe(
        "a field twice",
        "POST",
        "/api/v1/login",
        422,
        "invalid_body",
        JSON,
        b'{"company_code":"A","company_code":"B","operator_code":"x","password":"x"}',
    ),
    Probe(
        "SQL for a code",
        "POST",
        "/api/v1/login",
        401,
        "invalid_credentials",
        JSON,
        json.dumps(
            {"company_code": "DEMO", "operator_code": "admin' OR '1'='1", "password": "' OR '1'='1"}
        ).encode(),
    ),
    Probe(
        "a wrong password",
        "POST",
        "/api/v1/login",
        401,
        "invalid_credentials",
        JSON,
        b'{"company_code":"DEMO","operator_code":"nobody","password":"x"}',
    ),
)


@pytest.mark.parametrize("probe", PROBES, ids=lambda one: one.what)
def test_it_is_refused_by_its_name_and_nothing_of_ours_is_said(
    system: RunningSystem, probe: Probe
) -> None:
    client = JsonClient(system.api)
    reply = client.send(probe.method, probe.path, raw=probe.body, headers=dict(probe.headers))
    assert (reply.status, reply.body["code"]) == (probe.status, probe.code), reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    said = json.dumps(reply.body)
    assert re.search(r"Traceback|\.py|asyncpg|nats|store_config|aiohttp|line \d", said) is None


@pytest.mark.parametrize(
    ("site", "origin"), [("cross-site", None), ("same-site", None), (None, "https://evil.example")]
)
def test_a_log_in_that_another_site_sends_is_refused(
    system: RunningSystem, site: str | None, origin: str | None
) -> None:
    headers = {"Sec-Fetch-Site": site, "Origin": origin}
    status, found = log_in(system, {name: told for name, told in headers.items() if told})
    assert status == 403
    assert "set-cookie" not in found


def test_the_cookie_is_for_no_script_and_no_other_site(system: RunningSystem) -> None:
    status, found = log_in(system, {})
    assert status == 303
    parts = {part.strip().lower() for part in found["set-cookie"].split(";")}
    assert {"httponly", "samesite=lax", "path=/"} <= parts


def log_in(system: RunningSystem, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Send the log-in form, and return the status and headers of the answer."""
    form = {"company_code": "DEMO", "operator_code": "auditor", "password": "auditor-demo"}
    connection = http.client.HTTPConnection(urlsplit(system.api).netloc, timeout=30)
    connection.request("POST", "/login", body=urlencode(form), headers=FORM | headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}


CHANGES: Final = (
    ("POST", "/api/v1/sales"),
    ("POST", f"{NOBODY}/tenders"),
    ("POST", f"{NOBODY}/close"),
    ("POST", f"{NOBODY}/tenders/1/refund"),
    ("PUT", "/api/v1/stores/S001/registers/R1/seat"),
    ("POST", "/api/v1/logout"),
)


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("token", [None, "", "x", "A" * 43])
def test_a_cookie_alone_changes_nothing(
    system: RunningSystem, cookie: dict[str, str], method: str, path: str, token: str | None
) -> None:
    given = {} if token is None else {"X-CSRF-Token": token}
    client = JsonClient(system.api, cookie | given | {"Idempotency-Key": "csrf"})
    reply = client.send(method, path, {})
    assert (reply.status, reply.body["code"]) == (403, "csrf_failed")
    assert JsonClient(system.api, cookie).send("GET", "/api/v1/session").status == 200


ROLES: Final[dict[str, tuple[tuple[str, str, Any], ...]]] = {
    "auditor": (
        ("POST", "/api/v1/sales", {"store": "S001", "register": "R1", "lines": []}),
        ("POST", f"{NOBODY}/close", {}),
        ("POST", f"{NOBODY}/void", {}),
        ("PATCH", "/api/v1/stores/S001", {"support_contact": "x"}),
        ("DELETE", "/api/v1/stores/S001/registers/R1/terminal", None),
        ("PUT", "/api/v1/stores/S001/registers/R1/seat", {}),
    ),
    "cashier": (
        ("PATCH", "/api/v1/stores/S001", {"support_contact": "x"}),
        (
            "PUT",
            "/api/v1/stores/S001/registers/R1/terminal",
            {"model": "CT-6100", "terminal": "T1"},
        ),
        ("DELETE", "/api/v1/stores/S001/registers/R1/terminal", None),
        ("PUT", "/api/v1/stores/S001/printers/P9", {"host": "192.168.0.9"}),
        ("PATCH", "/api/v1/company", {}),
    ),
    "manager": (
        ("PATCH", "/api/v1/stores/S001", {"terminal_option": False}),
        ("PATCH", "/api/v1/company", {}),
    ),
    "admin": (("PATCH", "/api/v1/stores/S001", {"terminal_option": False}),),
}


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [(role, *tried) for role, all_of in ROLES.items() for tried in all_of],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_role_may_not_what_is_not_its_own(
    system: RunningSystem, role: str, method: str, path: str, body: Any
) -> None:
    client = RegisterClient(system.api)
    client.headers = system.register(role).headers
    reply = client.send(method, path, body, headers={"Idempotency-Key": f"role-{role}"})
    # What is refused for its form is refused before anybody asks who may.
    assert reply.status == 403, reply.body
    assert reply.body["code"] == "not_permitted"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX : y\r\nA\x00B: c\r\n\r\n",
    ],
    ids=["TLS", "two lengths", "negative length", "long header", "long path", "NUL"],
)
def test_what_is_no_proper_http_is_refused_and_the_line_closed(
    system: RunningSystem, raw: bytes
) -> None:
    where = urlsplit(system.api)
    with socket.create_connection((where.hostname, where.port), timeout=30) as line:
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65_536):
            answer += part
    assert answer == b"" or re.match(rb"HTTP/1\.[01] 4\d\d ", answer), answer[:200]
    assert b"Traceback" not in answer
    assert JsonClient(system.api).send("GET", "/live").status == 200
