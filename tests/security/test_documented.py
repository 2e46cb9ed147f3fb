"""Whatever the document allows, or not: no answer but a documented one, and no 5xx for any role.

Schemathesis makes the requests out of the running system's own OpenAPI document; this only says to
whom, as whom, and with what in it that exists. The system is its own: much of it will be changed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from testkit.system import RunningSystem

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("system")]

PEOPLE: Final = (
    *(("DEMO", role) for role in ("cashier", "manager", "admin", "auditor")),
    ("RENKEI", "platform"),
)

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)

ENDLESS: Final = "/events$|/logout$"
"""Streams have no end, and who logs out is nobody."""

PATIENCE_S: Final = 600


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    folder = tmp_path_factory.mktemp("documented")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o711)
    running = RunningSystem(folder / "data")
    try:
        running.start()
        yield running
        running.stop()
    finally:
        running.stop()
        running.discard()


def configured(system: RunningSystem, folder: Path) -> Path:
    """Write what exists: requests about nothing would try the door alone."""
    till = system.register()
    sale = till.open_sale(300)["id"]
    till.done(201, f"/sales/{sale}/tenders", {"method": "cash", "amount": 100, "received": 100})
    known = {"store": "S001", "register": "R1", "terminal": "T1", "printer": "P1", "sale": sale}
    lines = [f'"path.{name}" = {json.dumps(value)}' for name, value in known.items()]
    path = folder / "schemathesis.toml"
    path.write_text("\n".join(["[parameters]", *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(("company", "role"), PEOPLE)
def test_every_answer_to_anybody_is_a_documented_one(
    alone: RunningSystem, tmp_path: Path, company: str, role: str
) -> None:
    client = alone.register(role, company)
    command = (
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(configured(alone, tmp_path)), "run"),
        f"{alone.api}/api/v1/openapi.json",
        *("--header", f"Authorization: {client.headers['Authorization']}"),
        *("--phases", "coverage,fuzzing", "--max-examples", "3", "--seed", "1"),
        *("--exclude-path-regex", ENDLESS, "--checks", ",".join(CHECKS)),
        *("--workers", "2", "--no-color", "--suppress-health-check", "all"),
    )
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout
    assert alone.register(role, company).read("/session")["role"] == role, "nobody was thrown out"
