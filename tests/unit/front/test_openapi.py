"""The document says what the table says, and nothing dangles."""

import re
from typing import Any

import msgspec
import pytest

from contracts.problems import PROBLEMS
from front.http.api import DOCUMENT, FLOWS
from front.openapi import document
from front.parameters import PATH_PARTS
from front.routes import CHECKOUT, ROUTES, Given, Route, refusals_of

DOC = msgspec.json.decode(msgspec.json.encode(document(ROUTES, "1.2.3")))


def operation_of(route: Route) -> dict[str, Any]:
    return DOC["paths"][route.path][route.method.lower()]


def references(told: object) -> list[str]:
    raw = msgspec.json.encode(told).decode()
    return re.findall(r'"\$ref":"([^"]+)"', raw)


def test_it_is_openapi_3_1_with_what_that_requires() -> None:
    assert DOC["openapi"].startswith("3.1.")
    assert DOC["info"]["version"] == "1.2.3"
    for path, operations in DOC["paths"].items():
        assert path.startswith("/")
        for operation in operations.values():
            assert operation["responses"]
            for answer in operation["responses"].values():
                assert answer["description"]


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOC):
        found = DOC
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_it_describes_the_routes_and_no_others() -> None:
    described = {(path, verb) for path, verbs in DOC["paths"].items() for verb in verbs}
    assert described == {(route.path, route.method.lower()) for route in ROUTES}


def test_names_are_unique() -> None:
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_says_its_parameters_body_and_answers(route: Route) -> None:
    operation = operation_of(route)
    parts = set(re.findall(r"\{([a-z]+)\}", route.path))
    assert parts <= PATH_PARTS.keys()
    told = {(one["in"], one["name"]) for one in operation["parameters"]}
    assert {name for place, name in told if place == "path"} == parts
    assert {name for place, name in told if place == "query"} == set(route.query.__struct_fields__)
    assert (("header", "Idempotency-Key") in told) is (route.key is not Given.NONE)
    assert (("header", "Register-Page") in told) is (route.page is not Given.NONE)
    assert ("requestBody" in operation) is (route.body is not None)
    statuses = {str(PROBLEMS[code].status) for code in refusals_of(route)}
    assert operation["responses"].keys() == {str(status) for status in route.answers} | statuses


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_is_answered_by_one_flow(route: Route) -> None:
    own = route.name in FLOWS or route.name == DOCUMENT
    assert own is (route.service is None)


@pytest.mark.parametrize(
    "route", [one for one in ROUTES if one.command is not None], ids=lambda route: route.name
)
def test_path_and_body_together_make_the_command(route: Route) -> None:
    assert route.command is not None
    parts = set(re.findall(r"\{([a-z]+)\}", route.path))
    given = parts | set((route.body or route.query).__struct_fields__)
    required = {one.name for one in msgspec.structs.fields(route.command) if one.required}
    assert parts <= set(route.command.__struct_fields__)
    assert required <= given


def test_what_moves_a_sale_or_makes_one_needs_a_key() -> None:
    required = {route.name for route in ROUTES if route.key is Given.REQUIRED}
    assert required == {"open_sale", "add_tender"}
    for route in ROUTES:
        if route.command is not None and route.method != "GET":
            assert route.key is not Given.NONE


def test_every_change_of_a_sale_says_which_page_asks_for_it() -> None:
    for route in ROUTES:
        changes = route.service == CHECKOUT and route.method != "GET"
        assert (route.page is not Given.NONE) is changes, route.name
    assert [one.name for one in ROUTES if one.page is Given.REQUIRED] == ["take_register"]


def test_where_a_manager_may_confirm_both_refusals_of_it_are_told() -> None:
    for name in (
        "add_tender",
        "resolve_tender",
        "settle_case",
        "refund_tender",
        "void_sale",
        "correct_sale",
    ):
        route = next(one for one in ROUTES if one.name == name)
        answers = operation_of(route)["responses"]
        assert "authorisation_refused" in answers["403"]["description"]
        assert "too_many_attempts" in answers["429"]["description"]
    body = DOC["components"]["schemas"]["AddTenderBody"]
    assert "authorised_by" not in body["required"]
