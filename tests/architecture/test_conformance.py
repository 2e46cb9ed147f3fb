"""The manual's table and the tests that show it belong together."""

import ast
from pathlib import Path
from typing import Final

import pytest

from testkit import conformance

ROOT: Final = Path(__file__).parents[2]
E2E: Final = sorted((ROOT / "tests" / "e2e").rglob("*.py"))
OURS: Final = {path.name for path in ROOT.glob("*/*/src/*") if path.is_dir()}


def test_every_mark_names_a_row_of_the_manual() -> None:
    assert conformance.unknown_marks() == set()


def test_the_committed_table_is_up_to_date() -> None:
    written = conformance.DOCUMENT.read_text(encoding="utf-8")
    assert written == conformance.document(), "run `make generate` and commit what it wrote"


def test_rows_have_distinct_ids_and_say_what_happens() -> None:
    found = conformance.rows()
    assert len({row.id for row in found}) == len(found)
    assert all(row.what for row in found)


@pytest.mark.parametrize("path", E2E, ids=lambda path: path.name)
def test_end_to_end_tests_know_nothing_of_the_inside(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.partition(".")[0] for name in names} & (OURS - {"testkit"})
