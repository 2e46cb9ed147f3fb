"""Pytest plugin: what tests counted (`record_property("counts", {...})`), added up at the end.

A simulation that never meets a fault proves nothing; here one sees how often it met which.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final, cast

import pytest

PROPERTY: Final = "counts"
STORY: Final = "story"
"""A property that is printed as it is; test processes of their own cannot print."""

COLUMNS: Final = 3
WIDTH: Final = 44


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums, if anything was counted."""
    counts: Counter[str] = Counter()
    stories: list[str] = []
    for reports in terminalreporter.stats.values():
        for report in cast("Iterable[object]", reports):
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, value in report.user_properties:
                    if name == PROPERTY:
                        counts.update(cast("dict[str, int]", value))
                    elif name == STORY:
                        stories.append(str(value))
    for story in stories:
        terminalreporter.section("the story that was asked for")
        terminalreporter.write_line(story)
    if not counts:
        return
    terminalreporter.section("states visited and faults met")
    cells = [f"{counts[name]:>9} {name}" for name in sorted(counts)]
    for start in range(0, len(cells), COLUMNS):
        line = "".join(f"{cell:<{WIDTH}}" for cell in cells[start : start + COLUMNS])
        terminalreporter.write_line(line.rstrip())
