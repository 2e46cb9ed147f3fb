"""The audit log: who may look, and that no action is written that nobody can look for."""

import re
from importlib import resources

import pytest

from contracts.audit import SETTINGS_ACTIONS
from contracts.envelope import Actor, Role
from store_config.audit import may_read

WRITTEN = re.compile(
    r"(?:action=|_changed\(\s*|_ended\(\w+, |_clock\.now\(\), |(?:SEEDED|MOVED): Final = )"
    r'"(\w+)"'
)


def test_every_action_that_is_written_can_be_looked_for() -> None:
    sources = [
        file.read_text(encoding="utf-8")
        for file in resources.files("store_config").iterdir()
        if file.name.endswith(".py")
    ]
    written = {action for source in sources for action in WRITTEN.findall(source)}
    assert sorted(written) == sorted(SETTINGS_ACTIONS)


@pytest.mark.parametrize("role", Role)
def test_only_who_looks_after_people_sees_what_they_did(role: Role) -> None:
    actor = Actor(company="DEMO", operator="x", role=role)
    assert may_read(actor) is (role in {Role.ADMIN, Role.AUDITOR})
