import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from servicekit.ids import SystemIds, last_uuid_of, uuid7
from testkit.clock import FakeClock

STEPS = st.integers(min_value=0, max_value=(1 << 60) - 1)
RANDOM = st.integers(min_value=0, max_value=(1 << 64) - 1)


@given(STEPS, RANDOM)
def test_an_id_is_a_version_7_uuid_in_lower_case(step: int, random: int) -> None:
    made = uuid7(step, random)
    assert str(uuid.UUID(made)) == made
    assert uuid.UUID(made).version == 7
    assert uuid.UUID(made).variant == uuid.RFC_4122


@given(STEPS, RANDOM, RANDOM)
def test_a_later_id_sorts_after_an_earlier_one(step: int, random: int, other: int) -> None:
    if step > 0:
        assert uuid7(step - 1, random) < uuid7(step, other)


def test_an_id_begins_with_the_milliseconds_since_1970() -> None:
    clock = FakeClock()
    made = SystemIds(clock).uuid()
    assert int(made.replace("-", "")[:12], 16) == int(clock.now().timestamp() * 1000)


def test_ids_go_up_even_while_the_clock_stands_still_or_is_set_back() -> None:
    clock = FakeClock()
    ids = SystemIds(clock)
    drawn = [ids.uuid() for _ in range(1000)]
    clock.set_back(3600)
    drawn += [ids.uuid() for _ in range(1000)]
    assert drawn == sorted(set(drawn))


def test_tokens_differ_and_are_safe_in_a_url() -> None:
    ids = SystemIds()
    tokens = {ids.token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.replace("-", "").replace("_", "").isalnum() for token in tokens)
    assert all(len(token) == 43 for token in tokens)


def test_what_was_drawn_until_a_moment_is_told_from_what_was_drawn_after_it() -> None:
    clock = FakeClock()
    ids = SystemIds(clock)
    before = [ids.uuid() for _ in range(9)]
    then = clock.now()
    clock.advance(0.001)
    assert max(before) < last_uuid_of(then) < ids.uuid()


def test_nothing_was_drawn_before_1970() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert last_uuid_of(epoch - timedelta(days=400_000)) == last_uuid_of(epoch)
