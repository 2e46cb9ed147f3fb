"""What a server's words mean for whoever connects."""

import pytest

from messaging.wire import is_busy, is_refusal


@pytest.mark.parametrize(
    "words",
    ["'Authorization Violation'", "nats: 'User Authentication Expired'", "Authentication Revoked"],
)
def test_who_is_turned_away_is_refused(words: str) -> None:
    assert is_refusal(words)
    assert not is_busy(words)


def test_a_server_that_had_no_time_has_said_nothing_of_us() -> None:
    assert is_busy("nats: 'Authentication Timeout'")
    assert not is_refusal("nats: 'Authentication Timeout'")
