"""What the OpenAPI document allows, and what it forbids, sent as each role: answered as it says.

Schemathesis makes the requests, good and bad ones, out of the document alone. An answer with a
status, a header, a content type or a body that the document does not know of fails, and so does
any 5xx but those that it names: a terminal that is out of reach is no crash.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as published

from testkit.http import RegisterClient
from testkit.system import RunningSystem

PEOPLE: Final = (
    ("DEMO", "cashier"),
    ("DEMO", "manager"),
    ("DEMO", "admin"),
    ("DEMO", "auditor"),
    ("RENKEI", "platform"),
)

EXAMPLES: Final = 8
"""For each operation, role and mode; a longer hunt is a greater number."""

_PUBLISHED: Final = cast("Any", published)
CHECKS: Final = (
    _PUBLISHED.status_code_conformance,
    _PUBLISHED.content_type_conformance,
    _PUBLISHED.response_headers_conformance,
    _PUBLISHED.response_schema_conformance,
)

NOT_ASKED: Final = frozenset({"log_out", "log_in"})
"""What would end the session that asks, or lock its operator out."""

OPERATIONS_MIN: Final = 40

TELLS_OF_US: Final = 429
NEVER: Final = frozenset({"internal_error", "service_unavailable", "too_many_requests"})
"""Documented for every operation; a request out of the document still must not meet them here."""

PLACED: Final = {"store": "S001", "register": "R1", "terminal": "T1"}
"""In every second request, so that not all end at a store that there is not."""


@pytest.fixture(scope="module")
def own() -> Iterator[RunningSystem]:
    """A system of its own: an administrator who sends anything leaves no store as it was."""
    folder = Path(tempfile.mkdtemp(prefix="renkei-openapi-"))
    folder.chmod(0o711)
    running = RunningSystem(folder / "data")
    try:
        running.start()
        yield running
        assert running.stop() == 0, running.log_tail()
    finally:
        running.stop()
        running.discard()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("company", "role"), PEOPLE)
def test_each_answer_is_as_documented(own: RunningSystem, company: str, role: str) -> None:
    client = own.register(role, company)
    places = dict(PLACED)
    if role == "cashier":
        places["sale"] = client.open_sale(165)["id"]
    operations = [
        operation
        for operation in _operations(own)
        if operation.definition.raw["operationId"] not in NOT_ASKED and not _streams(operation)
    ]
    assert len(operations) >= OPERATIONS_MIN
    for operation in operations:
        for mode in GenerationMode:
            _ask(client, operation, mode, places)


def _operations(own: RunningSystem) -> list[Any]:
    schema = cast("Any", schemathesis.openapi).from_url(f"{own.api}/api/v1/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


def _streams(operation: Any) -> bool:
    answers = operation.definition.raw["responses"].values()
    return any("text/event-stream" in answer.get("content", {}) for answer in answers)


def _ask(
    client: RegisterClient, operation: Any, mode: GenerationMode, places: dict[str, str]
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode), placed=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=(
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
        ),
    )
    def ask(*, case: Any, placed: bool) -> None:
        if placed:
            parts = cast("dict[str, str]", case.path_parameters or {})
            case.path_parameters = parts | {name: places.get(name, parts[name]) for name in parts}
        answer = case.call_and_validate(headers=dict(client.headers), checks=list(CHECKS))
        if answer.status_code >= TELLS_OF_US:
            assert answer.json()["code"] not in NEVER, (case.as_curl_command(), answer.text)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "only of what is wrong may there be nothing to send"
