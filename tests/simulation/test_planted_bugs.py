"""The simulation can fail: each of these bugs, planted into production code, is found."""

import logging
from typing import Final

import pytest
from simulated.plant import Plant
from simulated.plants import PLANTS, PlantNotFoundError, planted
from simulated.plants_of_money_back import PLANTS_OF_MONEY_BACK
from simulated.story import Broken
from simulated.world import live

SEEDS_MAX: Final = 2_000
"""A bug that hides from so many stores would need more of them; most are found by the first ten."""


def found_by(plant: Plant) -> Broken:
    """Return the first story that shows the planted bug."""
    with planted(plant):
        for seed in range(plant.seed, plant.seed + SEEDS_MAX):
            try:
                live(seed)
            except Broken as broken:
                return broken
    pytest.fail(f"{SEEDS_MAX} seeds did not find it")


@pytest.mark.slow  # Its own step: `make planted-bugs`.
@pytest.mark.parametrize("name", PLANTS)
@pytest.mark.usefixtures("unhurried_collector")
def test_a_planted_bug_is_found_by_the_invariant_that_it_names(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    plant = PLANTS[name]
    broken = found_by(plant)
    assert broken.invariant in plant.caught_by, broken.what


@pytest.mark.usefixtures("unhurried_collector")
def test_a_bug_is_gone_when_it_is_dug_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    plant = PLANTS["the relay skips an id"]
    with planted(plant), pytest.raises(Broken):
        live(0)
    assert live(0).counts["event sale_opened"]


def test_a_bug_that_finds_no_ground_is_told() -> None:
    plant = PLANTS["the relay skips an id"]._replace(old="what is not there")
    with pytest.raises(PlantNotFoundError), planted(plant):
        pass


def test_there_are_at_least_twelve_and_six_of_money_back() -> None:
    assert len(PLANTS) - len(PLANTS_OF_MONEY_BACK) >= 12
    assert len(PLANTS_OF_MONEY_BACK) >= 6
