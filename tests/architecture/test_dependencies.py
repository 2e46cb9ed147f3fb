"""A package says what it imports: an undeclared one works here and fails alone."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = sorted(path.parent for path in ROOT.glob("*/*/pyproject.toml"))
DISTRIBUTIONS: Final = packages_distributions()


def name_of(package: Path) -> str:
    return package.name


def described(package: Path) -> dict[str, Any]:
    return tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(package: Path) -> set[str]:
    texts: list[str] = described(package)["project"]["dependencies"]
    return {normal(re.split(r"[ <>=!~;\[]", text, maxsplit=1)[0]) for text in texts}


def imported(package: Path) -> Iterator[tuple[str, Path]]:
    for path in package.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name, path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module, path


def our_distribution(module: str) -> str | None:
    found = [path for path in ROOT.glob(f"*/*/src/{module}") if path.is_dir()]
    return f"renkei-{normal(module)}" if found else None


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_package_declares_what_it_imports(package: Path) -> None:
    known = declared(package)
    missing: set[str] = set()
    for name, path in imported(package):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top == package.name:
            continue
        ours = our_distribution(top)
        offered = {ours} if ours else {normal(one) for one in DISTRIBUTIONS.get(top, [top])}
        if not offered & known:
            missing.add(f"{name} in {path.relative_to(package)}")
    assert missing == set()


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_package_declares_nothing_that_it_does_not_import(package: Path) -> None:
    used = {name.partition(".")[0] for name, _ in imported(package)}
    offered = {normal(one) for top in used for one in DISTRIBUTIONS.get(top, [])}
    offered |= {ours for top in used if (ours := our_distribution(top))}
    text = "\n".join(path.read_text(encoding="utf-8") for path in package.glob("src/**/*.py"))
    idle = {one for one in declared(package) - offered if f'"{one}"' not in text}
    assert idle == set(), "not imported, and not named as a wheel whose programs are run"


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_a_sibling_package_is_found_in_the_workspace(package: Path) -> None:
    ours = {one for one in declared(package) if one.startswith("renkei-")}
    sources = described(package).get("tool", {}).get("uv", {}).get("sources", {})
    assert {normal(one) for one in sources} == ours
