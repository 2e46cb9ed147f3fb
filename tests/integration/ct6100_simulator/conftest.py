"""One simulator for a module's tests."""

from collections.abc import Iterator

import pytest

from testkit.http import TerminalClient
from testkit.simulator_process import SimulatorProcess


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """One simulator for all tests of a module; each finds its terminals at home."""
    process = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def terminal(simulator: SimulatorProcess) -> TerminalClient:
    """Return the first terminal: freshly switched on, no fault, nobody before it."""
    person = simulator.terminal()
    person.clear_faults()
    person.autopilot(on=False)
    person.power("off")
    person.power("on")
    return person
