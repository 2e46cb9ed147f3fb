"""Pytest plugin: what tests counted (`record_property("counts", {...})`), added up at the end.

A simulation that never meets a fault proves nothing; here one sees how often it met which, and a
run in which something is missing that it should have met (`record_property("expected", [...])`)
fails, as soon as it was long enough.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

import pytest

PROPERTY: Final = "counts"
EXPECTED: Final = "expected"
"""Names that the whole run must have counted."""
STORY: Final = "story"
"""A property that is printed as it is; test processes of their own cannot print."""

COLUMNS: Final = 3
WIDTH: Final = 52


class Told(NamedTuple):
    """What all tests told."""

    counts: Counter[str]
    expected: list[str]
    stories: list[str]

    @property
    def missing(self) -> list[str]:
        """What should have been counted and was not."""
        return [name for name in dict.fromkeys(self.expected) if not self.counts[name]]


def _properties(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, object]]:
    for reports in reporter.stats.values():
        for report in cast("Iterable[object]", reports):
            if isinstance(report, pytest.TestReport) and report.when == "call":
                yield from report.user_properties


def told(reporter: pytest.TerminalReporter) -> Told:
    """Add up what the tests of this run told."""
    sums = Told(Counter(), [], [])
    for name, value in _properties(reporter):
        if name == PROPERTY:
            sums.counts.update(cast("dict[str, int]", value))
        elif name == EXPECTED:
            sums.expected.extend(cast("list[str]", value))
        elif name == STORY:
            sums.stories.append(str(value))
    return sums


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that did not meet what it should have met."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and told(reporter).missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums, if anything was counted."""
    sums = told(terminalreporter)
    for story in sums.stories:
        terminalreporter.section("the story that was asked for")
        terminalreporter.write_line(story)
    if not sums.counts:
        return
    terminalreporter.section("states visited, rows used and faults met")
    cells = [f"{sums.counts[name]:>9} {name}" for name in sorted(sums.counts)]
    for start in range(0, len(cells), COLUMNS):
        line = "".join(f"{cell:<{WIDTH}}" for cell in cells[start : start + COLUMNS])
        terminalreporter.write_line(line.rstrip())
    for name in sums.missing:
        terminalreporter.write_line(f"never met: {name}", red=True)
