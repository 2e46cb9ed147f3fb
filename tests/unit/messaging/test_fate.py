import pytest

from messaging.errors import NoAnswer, NotSent, Undecodable
from messaging.fate import (
    CRASHES_MAX,
    DEFAULT,
    RETRY_FIRST_S,
    RETRY_LONGEST_S,
    TRIES_MAX,
    Crash,
    Fates,
    RetryLater,
    SetAside,
)


class OfOurDatabase(Exception):  # noqa: N818 - a stand-in
    pass


def test_what_cannot_be_read_is_set_aside_at_once() -> None:
    fate = DEFAULT.decide(Undecodable("evt.x", "no `id`"), 1)
    assert fate == SetAside("Undecodable: evt.x: no `id`")


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), NoAnswer("s", "w"), NotSent("s", "w")]
)
@pytest.mark.parametrize("attempts", [1, TRIES_MAX, 1000])
def test_while_something_is_away_a_message_is_tried_for_ever(
    error: Exception, attempts: int
) -> None:
    assert isinstance(DEFAULT.decide(error, attempts), RetryLater)


def test_what_counts_as_away_or_unreadable_can_be_added() -> None:
    assert isinstance(Fates(away=(OfOurDatabase,)).decide(OfOurDatabase(), 99), RetryLater)
    assert isinstance(Fates(unreadable=(OfOurDatabase,)).decide(OfOurDatabase(), 1), SetAside)


def test_pauses_grow_and_are_bounded() -> None:
    pauses = [
        fate.after_s
        for attempt in range(1, 50)
        if isinstance(fate := DEFAULT.decide(OSError(), attempt), RetryLater)
    ]
    assert pauses[0] == RETRY_FIRST_S
    assert pauses == sorted(pauses)
    assert pauses[-1] == RETRY_LONGEST_S


def test_an_error_that_nobody_foresaw_is_set_aside_after_some_tries() -> None:
    assert isinstance(DEFAULT.decide(KeyError("k"), TRIES_MAX - 1), RetryLater)
    assert DEFAULT.decide(KeyError("k"), TRIES_MAX) == SetAside("KeyError: 'k'")


def test_our_own_bug_crashes_but_cannot_block_the_stream_for_ever() -> None:
    assert DEFAULT.decide(AssertionError("bug"), 1) == Crash("AssertionError: bug")
    assert isinstance(DEFAULT.decide(AssertionError("bug"), CRASHES_MAX), SetAside)
