"""Pytest plugin: the table of kills (`record_property("kill", (...))`), wherever the tests ran."""

from collections.abc import Callable, Iterable
from typing import Final, cast

import pytest

PROPERTY: Final = "kill"
"""Process, moment, the tender's state, times charged, seconds until settled: all as text."""

_ROW: Final[Callable[..., str]] = "{:<24}{:<20}{:<16}{:>8}{:>12}".format


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a row for each kill after which both sides agreed; the others have failed above."""
    rows = [
        cast("tuple[str, ...]", value)
        for reports in terminalreporter.stats.values()
        for report in cast("Iterable[object]", reports)
        if isinstance(report, pytest.TestReport) and report.when == "call" and report.passed
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if not rows:
        return
    terminalreporter.section("kill -9 during a payment")
    terminalreporter.write_line(_ROW("process", "moment", "tender", "charged", "settled (s)"))
    for row in sorted(rows):
        terminalreporter.write_line(_ROW(*row))
    terminalreporter.write_line(f"{len(rows)} kills after which sale and terminal agree")
