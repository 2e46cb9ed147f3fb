"""Makes `simulated` importable for the tests beside it, and tells how to choose seeds.

`SEED=7` replays one seed and prints its story; `RENKEI_SEEDS=20000` lives through more of them.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

sys.path.insert(0, str(Path(__file__).parent))

SEEDS: Final = 400
CHUNKS: Final = 16
"""Tests among which the seeds are shared, so that several processes can work on them."""

CHUNK_MAX: Final = 250
"""Seeds of one test at most: a failure is seen within minutes, and ends no more than these."""


def _seeds() -> int:
    return int(os.environ.get("RENKEI_SEEDS", SEEDS))  # noqa: TID251 - choice of a test run


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give `seeds` their ranges."""
    if "seeds" not in metafunc.fixturenames:
        return
    one = os.environ.get("SEED")  # noqa: TID251 - choice of a test run
    if one is not None:
        metafunc.parametrize("seeds", [range(int(one), int(one) + 1)], ids=[f"seed {one}"])
        return
    size = min(-(-_seeds() // CHUNKS), CHUNK_MAX)
    chunks = [range(start, start + size) for start in range(0, _seeds(), size)]
    metafunc.parametrize("seeds", chunks, ids=[f"{each.start}-{each.stop - 1}" for each in chunks])


@pytest.fixture
def seeds_of_all() -> int:
    """How many seeds all tests together live through."""
    return 1 if "SEED" in os.environ else _seeds()  # noqa: TID251 - choice of a test run


@pytest.fixture
def unhurried_collector() -> Iterator[None]:
    """Let the collector of cycles rest within a seed: a fifth of the time was its."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()
