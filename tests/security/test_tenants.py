"""Another company's people see nothing and change nothing, on any route there is.

The routes are those of the running system's own document, so that a new one is tried without
anybody's remembering it; what they are tried with is made from the document, too.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import pytest

from testkit.http import JsonClient, RegisterClient, Reply
from testkit.system import RunningSystem

ROLES: Final = ("admin", "manager", "cashier", "auditor")

OURS: Final = {
    "store": "S001",
    "register": "R1",
    "terminal": "T1",
    "printer": "P1",
    "tender": "1",
    "copy": "customer",
    "format": "txt",
    "company": "DEMO",
    "operator": "only-in-demo",
}
"""What exists in the company that is looked into; the sale is rung up for it."""

TEXTS: Final = (
    *("x", "S001", "00119", "05:00", "2026-11-26", "page-0001"),
    "00000000-0000-7000-8000-000000000001",
)
"""The first that fits a pattern is sent."""

NAMED: Final = {"model": "CT-6100", "company_code": "DEMO", "way": "accept"} | OURS

NOBODYS: Final = frozenset({"/api/v1/login", "/api/v1/logout", "/api/v1/session"})
"""About whoever asks, or for everybody."""


ITS_OWN: Final = {("PUT", "/api/v1/people/{operator}"): 422}
"""Codes of people are each company's own: it would be a new person there, and lacks a password."""


class Operation(NamedTuple):
    """One method on one path, as documented."""

    method: str
    path: str
    told: dict[str, Any]


class World(NamedTuple):
    """The document, what is DEMO's own, and OTHER's people."""

    document: dict[str, Any]
    ours: dict[str, str]
    clients: dict[str, RegisterClient]


@pytest.fixture(scope="module")
def world(system: RunningSystem) -> Iterator[World]:
    till = system.register()
    sale = till.open_sale(300)["id"]
    till.done(201, f"/sales/{sale}/tenders", {"method": "cash", "amount": 100, "received": 100})
    cases = system.register("manager").read("/cases")["cases"]
    case = cases[0]["id"] if cases else "00000000-0000-7000-8000-000000000001"
    admin = system.register("admin")
    person = {"name": "内緒", "role": "cashier", "password": "only-in-demo-1"}
    admin.expect(200, "PUT", f"/api/v1/people/{OURS['operator']}", person)
    soon = {"starts_at": "2099-01-01T00:00:00+09:00", "ends_at": "2099-01-01T01:00:00+09:00"}
    told = admin.done(200, "/support/notices", {"text": "内緒の保守"} | soon)
    notice = next(one["id"] for one in told["notices"] if one["text"] == "内緒の保守")
    box = admin.expect(201, "POST", f"/api/v1/stores/{OURS['store']}/boxes")["box"]
    yield World(
        document=JsonClient(system.api).expect(200, "GET", "/api/v1/openapi.json"),
        ours=OURS | {"sale": sale, "case": case, "notice": notice, "box": box},
        clients={role: system.register(role, "OTHER") for role in ROLES},
    )
    till.done(200, f"/sales/{sale}/tenders/1/refund")
    till.done(200, f"/sales/{sale}/abandon")
    admin.expect(200, "DELETE", f"/api/v1/support/notices/{notice}")


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method != "parameters" and told.get("security") and path not in NOBODYS:
                yield Operation(method.upper(), path, told)


def filled(path: str, ours: dict[str, str]) -> str:
    """Return the path with DEMO's own codes in it; a part nobody knows is a new kind of thing."""
    return re.sub(r"\{(\w+)\}", lambda part: ours[part[1]], path)


def example(document: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """Return the least that a schema lets pass."""
    if "$ref" in schema:
        found = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return example(document, found, name)
    if "anyOf" in schema:
        return example(document, schema["anyOf"][0], name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", [None]))))
    if schema.get("type") == "object":
        properties: dict[str, Any] = schema.get("properties", {})
        wanted = schema.get("required", ())
        return {one: example(document, properties[one], one) for one in wanted}
    if schema.get("type") == "array":
        return [example(document, schema["items"], name)] * schema.get("minItems", 0)
    plain = {"integer": max(1, schema.get("minimum", 1)), "boolean": False}
    return plain[schema["type"]] if schema.get("type") in plain else text(schema, name)


def text(schema: dict[str, Any], name: str) -> str:
    pattern = re.compile(schema.get("pattern", ""))
    candidates = [NAMED[name]] if name in NAMED else []
    return next(one for one in (*candidates, *TEXTS) if pattern.search(one))


def send(world: World, operation: Operation, path: str) -> Reply:
    """Send it as the first of OTHER's people whose role may."""
    content = operation.told.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    body = None if schema is None else example(world.document, schema)
    headers = {"Idempotency-Key": f"walk{operation.path}", "Register-Page": "page-0001"}
    asked = {
        one["name"]: example(world.document, one["schema"], one["name"])
        for one in operation.told.get("parameters", ())
        if one["in"] == "query" and one["required"]
    }
    path = f"{path}?{urlencode(asked)}" if asked else path
    reply = None
    for role in ROLES:
        reply = world.clients[role].send(operation.method, path, body, headers=headers)
        if reply.status != 403:
            break
    assert reply is not None
    return reply


def shown(reply: Reply) -> str:
    return reply.body if isinstance(reply.body, str) else json.dumps(reply.body, ensure_ascii=False)


def test_every_route_about_a_thing_of_another_company_says_that_there_is_none(
    world: World,
) -> None:
    wrong: list[str] = []
    tried = 0
    for operation in operations(world.document):
        if "{" not in operation.path:
            continue
        tried += 1
        reply = send(world, operation, filled(operation.path, world.ours))
        if reply.status != ITS_OWN.get((operation.method, operation.path), 404):
            wrong.append(f"{operation.method} {operation.path}: {reply.status} {shown(reply)}")
    assert tried > 30
    assert wrong == []


def test_no_route_about_everything_shows_anything_of_another_company(world: World) -> None:
    leaks: list[str] = []
    for operation in operations(world.document):
        if "{" in operation.path or operation.method != "GET":
            continue
        asked = [
            one["name"] for one in operation.told.get("parameters", ()) if one["in"] == "query"
        ]
        queries = ["", *(f"?{name}={world.ours[name]}" for name in asked if name in world.ours)]
        for query in queries:
            reply = send(world, operation, operation.path + query)
            said = shown(reply)
            ours = (world.ours["sale"], world.ours["operator"], "内緒", '"DEMO"')
            if reply.status >= 500 or any(one in said for one in ours):
                leaks.append(f"{operation.path}{query}: {reply.status} {said}")
            if query == "?store=S001" and reply.status not in {404, 403} and "S001" in said:
                leaks.append(f"{operation.path}{query}: {reply.status} {said}")
    assert leaks == []


def test_the_audit_log_is_the_companys_own_and_for_those_who_look_after_it(
    system: RunningSystem, world: World
) -> None:
    """Walked with every filter: a company's log names its people, its stores and its settings."""
    own = system.register("admin").read("/audit")["lines"]
    assert world.ours["operator"] in json.dumps(own)
    for role in ("admin", "auditor"):
        client = world.clients[role]
        for query in ("", "?operator=admin", "?action=person_added", "?limit=200"):
            told = client.read(f"/audit{query}")["lines"]
            assert "DEMO" not in {one["by_company"] for one in told}
            assert world.ours["operator"] not in json.dumps(told)
        elsewhere = client.send("GET", "/api/v1/audit?store=S001")
        assert (elsewhere.status, elsewhere.body["code"]) == (404, "unknown_store")
    for client in (
        system.register("cashier"),
        system.register("manager"),
        system.register("platform", "RENKEI"),
        world.clients["manager"],
    ):
        refused = client.send("GET", "/api/v1/audit")
        assert (refused.status, refused.body["code"]) == (403, "not_permitted")
    assert JsonClient(system.api).send("GET", "/api/v1/audit").status == 401


@pytest.mark.parametrize("method", ["terminal", "cash"])
def test_nothing_is_rung_up_or_paid_in_another_companys_store(world: World, method: str) -> None:
    cashier = world.clients["cashier"]
    line = {"name": "x", "quantity": 1, "unit_price": 1, "tax_rate": 8}
    opened = cashier.post("/sales", {"store": "S001", "register": "R1", "lines": [line]})
    assert (opened.status, opened.body["code"]) == (404, "unknown_store")
    tender = {"method": method, "amount": 1} | ({"received": 1} if method == "cash" else {})
    paid = cashier.post(f"/sales/{world.ours['sale']}/tenders", tender)
    assert (paid.status, paid.body["code"]) == (404, "unknown_sale")


def test_what_was_walked_over_is_as_it_was(system: RunningSystem, world: World) -> None:
    sale = system.register().sale(world.ours["sale"])
    assert (sale["state"], sale["paid"], len(sale["tenders"])) == ("open", 100, 1)
    own = system.register("manager")
    for path in ("/stores/S001", "/stores/S001/registers/R1", "/stores/S001/terminals/T1"):
        assert own.read(path), "there is something to be hidden"


PAGES: Final = (
    "/registers/S001/R1",
    "/registers/S001/R1/pulse",
    "/registers/S001/R1/history",
    "/registers/S001/R1/cases",
    "/registers/S001/R1/sales",
    "/registers/S001/R1/sales/{sale}",
    "/registers/S001/R1/sales/{sale}/correct",
    "/registers/S001/R1/settings/terminal",
    "/registers/S901/R1/sales/{sale}",
)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_another_companys_people_a_thing(world: World, page: str) -> None:
    admin = world.clients["admin"]
    cookie = {"Cookie": admin.headers["Authorization"].replace("Bearer ", "renkei_session=")}
    content = JsonClient(admin.base, cookie).fetch(page.format(sale=world.ours["sale"]))
    assert content.status == 404
    assert b"300" not in content.content, "the sale's total"


@pytest.mark.parametrize("name", ["role", "company", "stores"])
def test_nobody_says_himself_who_he_is(world: World, name: str) -> None:
    """What a caller adds to a request does not become his role or his company."""
    admin = world.clients["cashier"]
    body = {"customer_slip": "auto", name: "DEMO"}
    reply = admin.send("PATCH", "/api/v1/stores/S001", body)
    assert reply.status in {403, 404, 422}
    headers = {f"X-{name}": "platform", "X-Company": "DEMO"}
    assert admin.send("GET", "/api/v1/stores/S001", headers=headers).status == 404
