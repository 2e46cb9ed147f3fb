import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import backoff
from messaging.backoff import pause_s


@pytest.mark.parametrize(("attempt", "expected"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 5), (99, 5)])
def test_pauses_double_up_to_the_longest(attempt: int, expected: float) -> None:
    assert pause_s(attempt, first_s=1, longest_s=5) == expected


@given(st.integers(min_value=0, max_value=10**9), st.floats(min_value=0, max_value=1))
def test_chance_takes_away_half_at_most(attempt: int, draw: float) -> None:
    whole = pause_s(attempt, first_s=0.1, longest_s=30)
    assert whole / 2 <= pause_s(attempt, first_s=0.1, longest_s=30, draw=draw) <= whole


def test_draws_are_numbers_from_0_to_1() -> None:
    assert all(0 <= backoff.draw() <= 1 for _ in range(100))
