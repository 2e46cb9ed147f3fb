import pytest

from outbox.migrations import Migration, MigrationError, lock_key, missing

FIRST = Migration(1, "0001_a.sql", "digest-1", "SELECT 1")
SECOND = Migration(2, "0002_b.sql", "digest-2", "SELECT 2")


def test_what_was_not_applied_is_left_to_apply_in_order() -> None:
    assert missing((FIRST, SECOND), {}) == (FIRST, SECOND)
    assert missing((FIRST, SECOND), {1: "digest-1"}) == (SECOND,)
    assert missing((FIRST, SECOND), {1: "digest-1", 2: "digest-2"}) == ()


def test_a_file_changed_after_it_was_applied_stops_the_start() -> None:
    with pytest.raises(MigrationError, match=r"0001_a\.sql was changed"):
        missing((FIRST, SECOND), {1: "another"})


def test_what_a_newer_version_applied_is_left_alone() -> None:
    assert missing((FIRST,), {1: "digest-1", 2: "digest-2"}) == ()


def test_lock_keys_differ_and_fit_into_64_bits() -> None:
    keys = {lock_key(name) for name in ("migrate:a", "migrate:b", "relay:a.outbox")}
    assert len(keys) == 3
    assert all(-(1 << 63) <= key < 1 << 63 for key in keys)
