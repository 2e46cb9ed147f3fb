"""Log-ins of one address are bounded."""

import pytest

from front import attempts
from front.attempts import Attempts, requests


def test_a_shop_full_of_tills_logs_in_at_once_and_then_has_to_wait() -> None:
    counted = Attempts()
    assert all(counted.wait_s("a", 0.0) == 0 for _ in range(int(attempts.BURST)))
    assert counted.wait_s("a", 0.0) > 0
    assert counted.wait_s("b", 0.0) == 0


def test_who_waits_as_told_gets_in() -> None:
    counted = Attempts()
    while (wait_s := counted.wait_s("a", 0.0)) == 0:
        pass
    assert counted.wait_s("a", float(wait_s)) == 0


def test_what_was_refused_does_not_count() -> None:
    counted = Attempts()
    while counted.wait_s("a", 0.0) == 0:
        pass
    assert {counted.wait_s("a", 0.0) for _ in range(100)} == {1}


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED_MAX", 2)
    counted = Attempts(burst=1.0)
    assert [counted.wait_s(address, 0.0) for address in "abc"] == [0, 0, 0]
    assert counted.wait_s("c", 0.0) > 0
    assert counted.wait_s("a", 0.0) == 0


def test_a_session_asks_as_often_as_it_may_and_spends_ten_seconds_at_once() -> None:
    counted = requests(20)
    assert all(counted.wait_s("t", 0.0) == 0 for _ in range(200))
    assert counted.wait_s("t", 0.0) == 1
    assert all(counted.wait_s("t", 60.0 + second) == 0 for second in range(60) for _ in range(20))


def test_codes_of_boxes_are_tried_slowly_and_by_each_address_for_itself() -> None:
    counted = attempts.enrolments()
    tried = sum(counted.wait_s("a", 0.0) == 0 for _ in range(1_000))
    assert tried == attempts.ENROLMENT_BURST
    assert counted.wait_s("b", 0.0) == 0
    an_hour = sum(counted.wait_s("c", float(second)) == 0 for second in range(3_600))
    assert an_hour <= attempts.ENROLMENT_BURST + 3_600 * attempts.ENROLMENTS_PER_S
