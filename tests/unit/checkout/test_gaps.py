"""Facts arrive doubled and out of order; what is missing is known, and what is lost is given up."""

from hypothesis import given
from hypothesis import strategies as st

from checkout.gaps import AHEAD_MAX, Seen
from contracts.operations import REPLAY_MAX


def seen(*sequences: int) -> Seen:
    all_seen = Seen()
    for sequence in sequences:
        all_seen = all_seen.with_fact(sequence)
    return all_seen


def test_in_order_nothing_is_missing() -> None:
    assert seen(1, 2, 3) == Seen(contiguous=3)
    assert seen(1, 2, 3).missing() is None


def test_a_gap_is_named_from_its_first_to_its_last() -> None:
    assert seen(1, 5).missing() == (2, 4)
    assert seen(3).missing() == (1, 2)


def test_a_wide_gap_is_asked_for_in_pieces() -> None:
    assert seen(5000).missing() == (1, REPLAY_MAX)


def test_what_the_gateway_no_longer_keeps_counts_as_seen() -> None:
    assert seen(1, 5).without_lost(4) == Seen(contiguous=3, ahead=frozenset({5}))
    assert seen(1, 5).without_lost(5) == Seen(contiguous=5)
    assert seen(1, 5).without_lost(9) == Seen(contiguous=8)
    assert seen(1, 5).without_lost(1) == seen(1, 5)


def test_a_gap_that_stays_is_given_up_in_the_end() -> None:
    ahead = frozenset(range(2, AHEAD_MAX + 2))
    given_up = Seen(contiguous=0, ahead=ahead).with_fact(AHEAD_MAX + 2)
    assert given_up == Seen(contiguous=AHEAD_MAX + 2)


@given(st.permutations(list(range(1, 12))), st.lists(st.integers(1, 11)))
def test_any_order_and_any_doubling_ends_complete(order: list[int], again: list[int]) -> None:
    assert seen(*again, *order, *again) == Seen(contiguous=11)


@given(st.lists(st.integers(1, 30)))
def test_what_is_missing_was_never_seen(sequences: list[int]) -> None:
    gap = seen(*sequences).missing()
    if gap is None:
        assert set(sequences) == set(range(1, len(set(sequences)) + 1))
    else:
        assert not set(range(gap[0], gap[1] + 1)) & set(sequences)
