"""Many stores, each in its own kind of trouble: charged at most once, all recorded, all agree."""

import gc
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
from simulated.coverage import counted
from simulated.expected import expected
from simulated.world import live

COLLECTED_EVERY: Final = 25
"""Seeds between two collections of cycles."""

COUNTED_FROM: Final = 2_000
"""Fewer seeds than this may miss something rare."""


@pytest.mark.usefixtures("unhurried_collector")
def test_whatever_fails_every_charge_is_made_once_recorded_and_agreed_upon(
    seeds: range,
    seeds_of_all: int,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    counts: Counter[str] = Counter()
    with counted() as visits:
        for number, seed in enumerate(seeds):
            story = live(seed)
            counts.update(story.counts)
            if number % COLLECTED_EVERY == 0:
                gc.collect()
            if len(seeds) == 1:
                record_property("story", str(story))
    record_property("counts", dict(counts + visits))
    if seeds_of_all >= COUNTED_FROM:
        record_property("expected", expected())
