import json

import pytest

from ct6100_simulator.config import LATENCY_MS, PORT, Config, read
from servicekit.settings import Settings, SettingsError

T1 = {"company": "DEMO", "store": "S001", "terminal": "T1", "serial": "CT6100-S001-T1"}


def config(**env: str) -> Config:
    settings = Settings(env)
    found = read(settings)
    settings.finish()
    return found


def test_terminals_are_read_and_the_rest_has_defaults() -> None:
    found = config(RENKEI_SIMULATOR_TERMINALS=json.dumps([{**T1, "port": 9600}]))
    (place,) = found.terminals
    assert (place.serial, place.host, place.port) == ("CT6100-S001-T1", "127.0.0.1", 9600)
    assert (found.port, found.centre_latency_s) == (PORT, LATENCY_MS / 1000)


@pytest.mark.parametrize(
    ("terminals", "problem"),
    [
        ("", "is not set"),
        ("not json", "cannot be read"),
        (json.dumps([{"company": "DEMO"}]), "cannot be read"),
        (json.dumps([{**T1, "port": 70_000}]), "cannot be read"),
        (json.dumps([T1, T1]), "CT6100-S001-T1 twice"),
        (json.dumps([{**T1, "serial": f"X{n}"} for n in range(1_001)]), "more than 1000"),
    ],
)
def test_a_wrong_list_is_told(terminals: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        config(RENKEI_SIMULATOR_TERMINALS=terminals)
