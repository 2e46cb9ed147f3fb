"""Takes away one row or refusal after another and shows that a unit test notices each.

`python tests/planted/run.py [--workers 2] [words]`: only what holds all the words. Each is taken
away in a forked child, where pytest collects and runs the tests anew until the first one fails.
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import Final

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mutations import PARTS, Mutation, Part

ROOT: Final = Path(__file__).parents[2]
OPTIONS: Final = ("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist")

NOTICED: Final = pytest.ExitCode.TESTS_FAILED
"""A collection that fails counts as well: `Interrupted`."""


def main() -> int:
    """Return 0 when every loss is noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    os.chdir(ROOT)
    losses = [
        (part, mutation)
        for part in PARTS.values()
        for mutation in part.mutations()
        if all(word in mutation.name for word in options.words)
    ]
    _warm_up()
    for name, part in PARTS.items():
        if any(part is each for each, _ in losses) and _tested(part) != pytest.ExitCode.OK:
            _say(f"{name}: its tests fail as they are")
            return 1
    survived = _run(losses, options.workers)
    _say(f"{len(losses)} taken away, {len(survived)} not noticed")
    return 1 if survived else 0


def _warm_up() -> None:
    """Import pytest's plugins once: every child would do it anew. No test of a part is among it."""
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        pytest.main([*OPTIONS, "--collect-only", "tests/unit/testkit"])


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _run(losses: list[tuple[Part, Mutation]], workers: int) -> list[str]:
    """Return the names of what nobody noticed."""
    waiting, running, survived = list(reversed(losses)), dict[int, str](), list[str]()
    while waiting or running:
        while waiting and len(running) < workers:
            part, mutation = waiting.pop()
            running[_begin(part, mutation)] = mutation.name
        pid, status = os.wait()
        name = running.pop(pid)
        if os.waitstatus_to_exitcode(status) not in (NOTICED, pytest.ExitCode.INTERRUPTED):
            _say(f"not noticed: {name}")
            survived.append(name)
    return sorted(survived)


def _begin(part: Part, mutation: Mutation) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        mutation.apply()
        code = _tested(part, in_child=True)
    finally:
        os._exit(code)


def _tested(part: Part, *, in_child: bool = False) -> int:
    if not in_child and (pid := os.fork()):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        code = int(pytest.main([*OPTIONS, *part.tests]))
    if in_child:
        return code
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
