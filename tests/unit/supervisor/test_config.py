from pathlib import Path

import pytest

from servicekit.settings import Settings, SettingsError
from supervisor.config import read_config


def test_nothing_set_means_the_well_known_places() -> None:
    config = read_config(Settings({}))
    assert (config.port, config.simulator_port) == (8080, 8600)
    assert config.data_dir == Path.cwd() / ".renkei"


def test_a_relative_folder_is_meant_from_here() -> None:
    config = read_config(Settings({"RENKEI_DATA_DIR": "some where"}))
    assert config.data_dir == Path.cwd() / "some where"


def test_everything_that_is_wrong_is_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        read_config(Settings({"RENKEI_PORT": "70000", "RENKEI_SIMULATOR_PORT": "x"}))
    assert len(caught.value.problems) == 2


def test_register_and_terminals_cannot_share_a_port() -> None:
    with pytest.raises(SettingsError, match="both 8600"):
        read_config(Settings({"RENKEI_PORT": "8600"}))


def test_zero_twice_is_two_free_ports() -> None:
    config = read_config(Settings({"RENKEI_PORT": "0", "RENKEI_SIMULATOR_PORT": "0"}))
    assert (config.port, config.simulator_port) == (0, 0)


def test_terminals_and_ways_that_cannot_be_read_are_told_by_name() -> None:
    wrong = {"RENKEI_PLAYED_TERMINALS": "[1]", "RENKEI_WAYS_TO_CENTRE": "{"}
    with pytest.raises(SettingsError) as caught:
        read_config(Settings(wrong))
    told = "".join(caught.value.problems)
    assert len(caught.value.problems) == 2
    assert all(name in told for name in wrong)
