import os
from pathlib import Path

import pytest

from supervisor.errors import DatabaseLostError
from supervisor.postgres_home import POINTER, can_pass, find_home

STRANGER = 54_321


@pytest.fixture
def passable(tmp_path: Path) -> Path:
    """A folder whose parents, up to the temporary one, everybody may pass through."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o711)
    return folder


def test_a_closed_parent_stops_a_stranger_and_not_its_owner(passable: Path) -> None:
    closed = passable / "closed"
    below = closed / "below"
    below.mkdir(parents=True)
    closed.chmod(0o700)
    below.chmod(0o711)
    assert not can_pass(below, STRANGER)
    assert can_pass(below, os.getuid()) or not can_pass(passable, os.getuid())


def test_the_top_of_the_tree_is_open_to_everybody() -> None:
    assert can_pass(Path("/"), STRANGER)


def test_a_database_that_is_gone_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text(f"{tmp_path / 'gone'}\n")
    with pytest.raises(DatabaseLostError, match="gone"):
        find_home(tmp_path)
