from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from supervisor.restarts import PAUSE_FIRST_S, PAUSE_MAX_S, STEADY_S, failures_after, pause_before


def test_a_process_that_was_killed_once_is_back_at_once() -> None:
    assert pause_before(failures_after(0, lived_s=3)) == PAUSE_FIRST_S


def test_pauses_grow_and_then_stay() -> None:
    pauses = [pause_before(number) for number in range(1, 40)]
    assert all(before <= after for before, after in pairwise(pauses))
    assert pauses[-1] == PAUSE_MAX_S


def test_a_process_that_lived_long_begins_a_new_story() -> None:
    assert failures_after(9, lived_s=STEADY_S) == 1
    assert failures_after(9, lived_s=STEADY_S - 0.1) == 10


@given(st.integers(min_value=1))
def test_no_number_of_failures_is_too_many(failures: int) -> None:
    assert 0 < pause_before(failures) <= PAUSE_MAX_S
