"""The OpenAPI 3.1 document, generated from the route table and the msgspec types."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from contracts.identifiers import PageId, TenderNumber
from contracts.problems import PROBLEMS
from front.model import NoQuery, ProblemView
from front.parameters import IDEMPOTENCY_KEY_MAX, PAGE_HEADER, PATH_PARTS
from front.problems import PROBLEM_TYPE
from front.routes import EVENT_STREAM, Given, Route, refusals_of, takes_match

_REF: Final = "#/components/schemas/{name}"
_PART: Final = re.compile(r"\{([a-z]+)\}")
_HEADERS: Final = {
    "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"},
    "traceparent": {"$ref": "#/components/headers/traceparent"},
}

TAGS: Final = (
    "company",
    "support",
    "fleet",
    "audit",
    "boxes",
    "places",
    "stores",
    "sales",
    "cases",
)

Document = dict[str, Any]


def document(routes: Iterable[Route], version: str) -> Document:
    """Return the whole document; the same for the same table."""
    table = tuple(routes)
    types: dict[str, type[Struct]] = {"ProblemView": ProblemView}
    for route in table:
        for kind in (route.body, *route.answers.values()):
            if kind is not None:
                types[kind.__name__] = kind
    _, schemas = msgspec.json.schema_components(types.values(), ref_template=_REF)
    schemas["ProblemView"]["additionalProperties"] = True
    paths: dict[str, Document] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Renkei",
            "version": version,
            "description": "Registers linked with their CT-6100 terminals. Money is whole yen.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in ("people", *TAGS, "about")],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "renkei_session"},
            },
            "headers": {
                "X-Request-Id": {"schema": {"type": "string"}},
                "traceparent": {"schema": {"type": "string"}},
                "Idempotent-Replayed": {"schema": {"const": "true"}},
                "Retry-After": {"schema": {"type": "integer"}},
            },
        },
    }


def operation(route: Route) -> Document:
    """Return one operation."""
    told: Document = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [_tag(route)],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": {**_successes(route), **_refusals(route)},
        "security": [] if route.roles is None else [{"bearer": []}, {"cookie": []}],
    }
    if route.body is not None:
        told["requestBody"] = {
            "required": any(field.required for field in msgspec.structs.fields(route.body)),
            "content": {"application/json": {"schema": _reference(route.body)}},
        }
    return told


def _tag(route: Route) -> str:
    first = route.path.removeprefix("/api/v1/").split("/")[0]
    people = {"people", "login", "logout", "session"}
    if first == "enrollments":
        return "boxes"
    return "people" if first in people else first if first in TAGS else "about"


def _reference(kind: type[Struct]) -> Document:
    return {"$ref": _REF.format(name=kind.__name__)}


def _path_parameters(route: Route) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in _PART.findall(route.path)
    ]


def _path_schema(name: str) -> Document:
    if name == "tender":
        return msgspec.json.schema(TenderNumber)
    return {"type": "string", "pattern": PATH_PARTS[name].pattern.pattern}


def _query_parameters(route: Route) -> list[Document]:
    if route.query is NoQuery:
        return []
    _, components = msgspec.json.schema_components([route.query], ref_template=_REF)
    told = components[route.query.__name__]
    properties: Mapping[str, Document] = told["properties"]
    required = frozenset(told.get("required", ()))
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _inlined(schema, components),
        }
        for name, schema in properties.items()
    ]


def _inlined(schema: Document, components: Mapping[str, Document]) -> Document:
    if "$ref" in schema:
        return components[schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        kept = [_inlined(choice, components) for choice in schema["anyOf"]]
        kept = [choice for choice in kept if choice != {"type": "null"}]
        return kept[0] if len(kept) == 1 else {"anyOf": kept}
    return schema


def _headers(route: Route) -> list[Document]:
    headers: list[Document] = []
    if route.key is not Given.NONE:
        text = {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX}
        headers.append(_header("Idempotency-Key", text, route.key))
    if route.page is not Given.NONE:
        headers.append(_header(PAGE_HEADER, msgspec.json.schema(PageId), route.page))
    if takes_match(route):
        etag = {"type": "string", "pattern": '^(\\*|"[0-9]{1,15}")$'}
        headers.append(_header("If-Match", etag, Given.OPTIONAL))
    if route.media == EVENT_STREAM:
        number = {"type": "string", "pattern": "^[0-9]{1,16}$"}
        headers.append(_header("Last-Event-ID", number, Given.OPTIONAL))
    return headers


def _header(name: str, schema: Document, given: Given) -> Document:
    return {"name": name, "in": "header", "required": given is Given.REQUIRED, "schema": schema}


def _successes(route: Route) -> Document:
    answers: Document = {}
    for status, kind in route.answers.items():
        answer: Document = {"description": route.summary, "headers": dict(_HEADERS)}
        if route.key is not Given.NONE:
            replayed = {"$ref": "#/components/headers/Idempotent-Replayed"}
            answer["headers"]["Idempotent-Replayed"] = replayed
        if kind is not None:
            answer["content"] = {route.media[0]: {"schema": _reference(kind)}}
        elif status == 200:  # noqa: PLR2004 - HTTP's own number
            answer["content"] = {media: _body_of(media) for media in route.media}
        answers[str(status)] = answer
    return answers


def _body_of(media: str) -> Document:
    """Return what a body without a type of ours is; bytes have no schema (OpenAPI 3.1, 4.8.14)."""
    if media.startswith("text/"):
        return {"schema": {"type": "string"}}
    return {"schema": {"type": "object"}} if media == "application/json" else {}


def _refusals(route: Route) -> Document:
    by_status: dict[int, list[str]] = {}
    for code in refusals_of(route):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    answers: Document = {}
    for status, codes in sorted(by_status.items()):
        if status in route.answers:
            continue
        schema = {
            "allOf": [
                _reference(ProblemView),
                {"properties": {"code": {"enum": sorted(codes)}}},
            ]
        }
        answer: Document = {
            "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in sorted(codes)),
            "headers": dict(_HEADERS),
            "content": {PROBLEM_TYPE: {"schema": schema}},
        }
        if status in {429, 503}:
            answer["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
        answers[str(status)] = answer
    return answers
