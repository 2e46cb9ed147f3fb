from pathlib import Path

import pytest

from servicekit.settings import Settings, SettingsError


def test_all_problems_are_told_together() -> None:
    settings = Settings({"PORT": "eighty", "SIZE": "99", "MODE": "fast", "LOUD": "perhaps"})
    settings.text("URL")
    settings.integer("PORT", low=0, high=65_535)
    settings.integer("SIZE", 5, low=1, high=10)
    settings.choice("MODE", ("slow", "slower"))
    settings.flag("LOUD", default=False)
    settings.wrong("A and B do not go together")
    with pytest.raises(SettingsError) as caught:
        settings.finish()
    assert caught.value.problems == (
        "URL is not set",
        "PORT is not a whole number: 'eighty'",
        "SIZE is 99, not from 1 to 10",
        "MODE is 'fast', not one of slow, slower",
        "LOUD is neither yes nor no: 'perhaps'",
        "A and B do not go together",
    )


def test_nothing_is_raised_when_there_is_no_problem() -> None:
    settings = Settings({"URL": " nats://hub ", "PORT": "0", "DIR": "~/edge", "LOUD": "On"})
    assert settings.text("URL") == "nats://hub"
    assert settings.integer("PORT", low=0) == 0
    assert settings.path("DIR") == Path.home() / "edge"
    assert settings.flag("LOUD") is True
    settings.finish()


def test_defaults_stand_in_for_what_is_missing_or_empty() -> None:
    settings = Settings({"EMPTY": " "})
    assert settings.text("EMPTY", "d") == "d"
    assert settings.text("OPTIONAL", "") == ""
    assert settings.integer("N", 7) == 7
    assert settings.flag("F", default=True) is True
    assert settings.path("P", Path("x")) == Path("x")
    assert settings.choice("C", ("a", "b"), "b") == "b"
    settings.finish()


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(5, None, "not at least 5"), (None, 1, "not at most 1"), (5, 9, "not from 5 to 9")],
)
def test_a_number_out_of_range_is_told_with_the_range(
    low: int | None, high: int | None, told: str
) -> None:
    settings = Settings({"N": "3"})
    settings.integer("N", low=low, high=high)
    with pytest.raises(SettingsError, match=told):
        settings.finish()


def test_a_required_flag_that_is_missing_is_a_problem() -> None:
    settings = Settings({})
    settings.flag("F")
    with pytest.raises(SettingsError, match="F is not set"):
        settings.finish()


@pytest.mark.parametrize(
    "url",
    [
        "nats://127.0.0.1:4222?credentials=/x",
        "nats://localhost:4222",
        "nats://[::1]:4222",
        "tls://centre.example:4222",
        "postgresql://x:y@127.0.0.1:5432/renkei",
        "postgresql://x:y@centre.example/renkei?sslmode=verify-full",
    ],
)
def test_a_line_that_nobody_else_can_read_is_taken(url: str) -> None:
    settings = Settings({"URL": url})
    assert settings.line("URL") == url
    settings.finish()


@pytest.mark.parametrize(
    "url",
    [
        "nats://10.0.0.1:4222",
        "nats://centre.example:4222?credentials=/x",
        "nats://127.0.0.1.evil.example:4222",
        "postgresql://x:y@centre.example/renkei",
        "postgresql://x:y@centre.example/renkei?sslmode=prefer",
        "nats://centre.example:4222?sslmode=verify-full",
        "http://x:y@centre.example/?sslmode=verify-full",
    ],
)
def test_a_line_to_another_machine_without_tls_stops_the_start(url: str) -> None:
    settings = Settings({"URL": url})
    settings.line("URL")
    with pytest.raises(SettingsError, match="without TLS") as caught:
        settings.finish()
    assert "y@" not in str(caught.value), "no password in a log"
    told_otherwise = Settings({"URL": url, "RENKEI_PLAIN_LINES": "yes"})
    assert told_otherwise.line("URL") == url
    told_otherwise.finish()
