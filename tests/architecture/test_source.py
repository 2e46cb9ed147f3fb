"""Rules that every Python file of ours keeps (house style 3, 4, 5, 16)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = sorted([*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")])
BESIDE: Final = [*ROOT.glob("bench/**/*.py"), *ROOT.glob("chaos/**/*.py")]
PYTHON: Final = sorted([*SOURCES, *ROOT.glob("tests/**/*.py"), *BESIDE])

LINES_MAX: Final = 420
"""What one can keep in mind; longer means two things in one file."""

TEST_LINES_MAX: Final = 500
"""A test file mirrors one module and lists its cases; it is searched, not read."""

LONGER: Final = {
    "libs/contracts/src/contracts/operations.py": "one seam: all that a gateway is asked and says",
    "services/front/src/front/routes.py": "one table: the whole HTTP surface at a glance",
}
"""Files over the bound, and why each is better whole."""

LATE_IMPORTS: Final = {
    "libs/testkit/src/testkit/servers.py": "the client of a container engine is optional",
}
"""Imports inside functions, and why each has to be."""

EMPTY_WORDS: Final = {"common", "core", "helpers", "misc", "shared", "util", "utils"}

WAIVER: Final = re.compile(r"# ?(noqa|type: ignore|pyright: ignore)(?P<rest>.*)")
# What follows the word: `: CODE - why`, or `[rule]  # why`.
REASONED: Final = re.compile(
    r"^: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.*"
    r"|^\[[A-Za-z, ]+\]\s+(#|-) ?\S.*"
)
BASIC: Final = re.compile(r"# ?pyright: ?(basic|strict=false)")

SUBJECT: Final = re.compile(r"^(svc|cmd|evt|live|dead)\.[a-z*<>{]")


def of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PYTHON, ids=of)
def test_a_file_is_about_one_thing(path: Path) -> None:
    bound = TEST_LINES_MAX if of(path).startswith("tests/") else LINES_MAX
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= bound or of(path) in LONGER


@pytest.mark.parametrize("path", SOURCES, ids=of)
def test_imports_stand_at_the_top_and_are_real(path: Path) -> None:
    module = tree(path)
    names = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    assert "TYPE_CHECKING" not in names
    if of(path) in LATE_IMPORTS:
        return
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            late = [
                node.lineno
                for node in ast.walk(function)
                if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            assert late == [], f"imports inside a function, in lines {late}"


@pytest.mark.parametrize("path", PYTHON, ids=of)
def test_every_exception_from_a_rule_says_why(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        assert not BASIC.search(line), f"{number}: types are strict everywhere"
        found = WAIVER.search(line)
        if found is not None:
            assert REASONED.match(found["rest"]), f"{number}: {line.strip()}"


@pytest.mark.parametrize("path", SOURCES, ids=of)
def test_subjects_are_written_in_contracts_only(path: Path) -> None:
    if of(path).startswith(("libs/contracts/", "libs/testkit/")):
        return
    written = [text for text in literals(tree(path)) if SUBJECT.match(text)]
    assert written == []


def literals(module: ast.Module) -> Iterator[str]:
    """Every text in the code; docstrings are none."""
    prose = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def packages() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("*/*/src/*/__init__.py"))


@pytest.mark.parametrize("package", packages(), ids=of)
def test_a_package_is_typed_and_opens_with_nothing_but_a_sentence(package: Path) -> None:
    assert (package / "py.typed").exists()
    body = tree(package / "__init__.py").body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr), "a docstring and no more"


@pytest.mark.parametrize("path", SOURCES, ids=of)
def test_no_module_is_named_for_nothing(path: Path) -> None:
    assert not EMPTY_WORDS & {path.stem, *path.relative_to(ROOT).parts[:-1]}


def test_every_exception_that_is_listed_still_exists() -> None:
    for name in [*LATE_IMPORTS, *LONGER]:
        assert (ROOT / name).exists()
