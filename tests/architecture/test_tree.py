"""What must not be in any committed file."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

# Written so that this file does not hold what it forbids.
FORBIDDEN: Final = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.])/(?:work|root|Users|home/[a-z]\w*)" + r"/[\w.-]+|/tmp" + r"/(?:plan|house)"
    ),
    "a package registry": re.compile(
        r"py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.(?:org|com)|extra-" + r"index-url"
    ),
    "unfinished work": re.compile(
        r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b"
    ),
    "a test that is not run": re.compile(
        r"pytest\.(?:mark\.)?(?:sk" + r"ip|xf" + r"ail|importorsk" + r"ip)"
    ),
    "a conflict": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}

NOT_OURS: Final = {"LICENSE", "requirements.lock", "requirements-dev.lock"}
"""Texts that are not written by us; the locks are checked for registries all the same."""


def committed() -> list[Path]:
    """All files under version control; in an unpacked archive, all that a checkout has."""
    if (ROOT / ".git").exists():
        git = shutil.which("git") or "git"
        listed = subprocess.run(  # noqa: S603 - git, with words of our own
            [git, "-c", "safe.directory=*", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    kept = (path for path in ROOT.rglob("*") if path.is_file())
    return [path for path in kept if not any(part.startswith(".") for part in path.parts)]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed()
        if path.name not in NOT_OURS or what == "a package registry"
        if (match := FORBIDDEN[what].search(text_of(path))) is not None
    ]
    assert found == []


def test_the_lock_names_a_hash_for_everything_it_installs() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
        assert pins
        for entry in re.split(r"\n(?=\S)", text.strip()):
            if not entry.startswith("#"):
                assert "--hash=sha256:" in entry, entry


def test_what_runs_brings_no_tool_of_tests() -> None:
    running = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for tool in ("pytest", "hypothesis", "playwright", "pyright", "ruff", "testcontainers"):
        assert not re.search(rf"^{tool}==", running, re.MULTILINE)
