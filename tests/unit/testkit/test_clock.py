from datetime import timedelta

from testkit.clock import START, CountingIds, FakeClock


def test_time_moves_only_when_told() -> None:
    clock = FakeClock()
    before = clock.monotonic()
    assert clock.now() == START
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)
    assert clock.monotonic() == before + 1.5


def test_a_clock_that_is_set_back_still_counts_forward() -> None:
    clock = FakeClock()
    before = clock.monotonic()
    clock.set_back(3600)
    assert clock.now() < START
    assert clock.monotonic() == before


def test_ids_are_uuids_in_shape_and_never_the_same_twice() -> None:
    ids = CountingIds()
    first, second = ids.uuid(), ids.uuid()
    assert first == "00000000-0000-7000-8000-000000000001"
    assert first != second
    assert CountingIds(family=2).uuid() != first
    assert ids.token() != ids.token()
