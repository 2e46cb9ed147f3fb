"""The manual's conformance table: which end-to-end tests show which row, and did they pass.

Pytest plugin: `--conformance-results FILE` writes the outcome of every test that names a row by
`@pytest.mark.manual("2-1.4")`. Program: `python -m testkit.conformance generate | check | table`.
"""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct

ROOT: Final = Path(__file__).parents[4]
ROWS: Final = ROOT / "docs" / "conformance-rows.tsv"
DOCUMENT: Final = ROOT / "docs" / "conformance.md"
TESTS: Final = ROOT / "tests" / "e2e"

OPTION: Final = "--conformance-results"
PROPERTY: Final = "manual"

FOREWORD: Final = """\
# Conformance with the operator manual

Made from `docs/conformance-rows.tsv` and the marks of the tests in `tests/e2e/` by `make generate`.
`make conformance` runs those tests and prints this table with their outcomes: a row is shown when
every test that names it passes on the running system, register *and* terminal.
"""


class Row(Struct, frozen=True, kw_only=True):
    """One row: its id in the manual's order, and what happens."""

    id: str
    what: str


def rows() -> tuple[Row, ...]:
    """Return the table's rows in their order."""
    lines = ROWS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines if line)
    return tuple(Row(id=pair[0], what=pair[1]) for pair in pairs)


def marks() -> dict[str, list[str]]:
    """Return, by row, the tests that name it (`test_file.py::test_name`), in the files' order."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for row in _rows_of(node):
                    found.setdefault(row, []).append(f"{path.name}::{node.name}")
    return found


def unknown_marks() -> set[str]:
    """Return what tests name as a row and is none."""
    return set(marks()) - {row.id for row in rows()}


def document() -> str:
    """Return `docs/conformance.md`."""
    shown = marks()
    count = sum(1 for row in rows() if row.id in shown)
    lines = [f"| {row.id} | {row.what} | {_tests(shown.get(row.id, []))} |" for row in rows()]
    head = ["| id | what happens | shown by |", "|---|---|---|"]
    summary = f"{count} of {len(rows())} rows have tests; the rest is open.\n"
    return "\n".join([FOREWORD, summary, *head, *lines, ""])


def table(results: dict[str, dict[str, str]]) -> str:
    """Return the table for a terminal; `results` maps row to test to outcome."""
    lines: list[str] = []
    shown = 0
    for row in rows():
        outcomes = results.get(row.id, {})
        state = "open"
        if outcomes:
            state = "shown" if set(outcomes.values()) == {"passed"} else "FAILED"
        shown += state == "shown"
        lines.append(f"{row.id:<8} {state:<7} {_shortened(row.what)}")
        lines += [f"{'':16} {outcome:<7} {test}" for test, outcome in outcomes.items()]
    return "\n".join([*lines, "", f"{shown} of {len(rows())} rows are shown."])


# --- plugin ---


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(OPTION, metavar="FILE", default=None, help="write outcomes by manual row")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report tell the rows of its test, from whichever worker it comes."""
    for item in items:
        for mark in item.iter_markers(PROPERTY):
            item.user_properties.extend((PROPERTY, str(row)) for row in mark.args)


class Outcomes:
    """Gathers what became of each marked test, and writes it at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a call's outcome, or the failure of what surrounds it."""
        if report.when != "call" and report.passed:
            return
        test = report.nodeid.rpartition("/")[2]
        for name, row in report.user_properties:
            if name == PROPERTY:
                tests = self._found.setdefault(str(row), {})
                if tests.get(test) != "failed":
                    tests[test] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        self._path.write_text(json.dumps(self._found, indent=2, ensure_ascii=False))


def pytest_configure(config: pytest.Config) -> None:
    """Gather outcomes where the reports arrive: not on the workers."""
    path = config.getoption(OPTION)
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(str(path))))


# --- program ---


def main() -> int:
    """Do what the first argument says; return the exit code."""
    match sys.argv[1:]:
        case ["generate"]:
            DOCUMENT.write_text(document(), encoding="utf-8")
        case ["check"]:
            if DOCUMENT.read_text(encoding="utf-8") != document():
                sys.stderr.write(f"{DOCUMENT.relative_to(ROOT)} is out of date: make generate\n")
                return 1
        case ["table", path]:
            results: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            sys.stdout.write(table(results) + "\n")
        case _:
            sys.stderr.write("generate | check | table RESULTS\n")
            return 2
    return 0


def _rows_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        if decorator.func.attr == PROPERTY:
            for argument in decorator.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def _tests(tests: list[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests) or "open"


def _shortened(text: str) -> str:
    width = 70
    return text if len(text) <= width else text[: width - 1] + "…"


if __name__ == "__main__":
    sys.exit(main())
