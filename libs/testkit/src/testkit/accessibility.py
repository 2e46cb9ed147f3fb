"""Accessibility as axe sees it, a published checker: what shuts somebody out of a screen."""

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SHUTS_OUT: Final = frozenset({"serious", "critical"})
"""axe's own grades from which a finding fails a test; the lesser ones are advice."""

_AXE: Final = Axe()


class ShutsOutError(AssertionError):
    """A screen that somebody cannot read or use."""


def assert_open_to_all(page: Page, screen: str) -> None:
    """Look at the page as it stands; raise `ShutsOutError` with every serious finding."""
    found = [
        _told(violation, node)
        for violation in _AXE.run(page).response["violations"]
        if violation["impact"] in SHUTS_OUT
        for node in violation["nodes"]
    ]
    if found:
        raise ShutsOutError("\n".join([f"{screen}: {len(found)} findings", *found]))


def _told(violation: Any, node: Any) -> str:
    where = " ".join(str(part) for part in node["target"])
    why = "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
    return f"{violation['impact']} {violation['id']} at {where}: {why}"
