"""The table of kills, printed wherever the tests ran."""

from collections.abc import Callable

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of kills, wherever the tests ran."""
    rows = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "kill" and getattr(report, "when", "") == "call"
    ]
    if not rows:
        return
    terminalreporter.section("kill -9 during a payment")
    row: Callable[..., str] = "{:<24}{:<20}{:<16}{:>8}{:>12}".format
    terminalreporter.line(row("process", "moment", "tender", "charged", "settled (s)"))
    for told in sorted(rows):
        terminalreporter.line(row(*told))
    terminalreporter.line(f"{len(rows)} kills; sale and terminal agree after each")
