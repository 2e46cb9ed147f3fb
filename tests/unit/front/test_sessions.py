"""Sessions are remembered for a moment, and no longer."""

from typing import Any

import pytest

from contracts.envelope import Answer
from front import sessions
from front.model import Refused
from front.ports import ServiceUnavailable


async def test_a_session_is_asked_for_once_and_again_after_a_moment(house: Any) -> None:
    for _ in range(3):
        await house.sessions.resolve("t")
    assert len(house.centre.asked) == 1
    house.clock.advance(sessions.FRESH_S + 0.1)
    await house.sessions.resolve("t")
    assert len(house.centre.asked) == 2


async def test_a_session_that_ended_elsewhere_is_refused_soon(house: Any) -> None:
    await house.sessions.resolve("t")
    house.centre.answers["resolve_session"] = Answer(outcome="not_authenticated")
    house.clock.advance(sessions.FRESH_S + 0.1)
    with pytest.raises(Refused, match="not_authenticated"):
        await house.sessions.resolve("t")


async def test_who_logs_out_here_is_forgotten_here_at_once(house: Any) -> None:
    await house.sessions.resolve("t")
    house.centre.answers["log_out"] = Answer(outcome="ok")
    house.centre.answers["resolve_session"] = Answer(outcome="not_authenticated")
    await house.sessions.log_out("t")
    with pytest.raises(Refused, match="not_authenticated"):
        await house.sessions.resolve("t")


async def test_a_session_past_its_end_is_not_taken_from_memory(house: Any) -> None:
    await house.sessions.resolve("t")
    house.clock.advance(13 * 3600)
    await house.sessions.resolve("t")
    assert len(house.centre.asked) == 2


@pytest.mark.parametrize("token", ["", "x" * 201, "é"])
async def test_what_cannot_be_a_token_is_not_looked_up(house: Any, token: str) -> None:
    with pytest.raises(Refused, match="not_authenticated"):
        await house.sessions.resolve(token)
    assert house.centre.asked == []


async def test_the_memory_is_bounded(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "SESSIONS_MAX", 2)
    for token in ("a", "b", "c"):
        await house.sessions.resolve(token)
    house.centre.asked.clear()
    await house.sessions.resolve("c")
    assert house.centre.asked == []
    await house.sessions.resolve("a")
    assert len(house.centre.asked) == 1


async def test_without_store_config_nobody_new_gets_in(house: Any) -> None:
    house.centre.away = True
    with pytest.raises(ServiceUnavailable):
        await house.sessions.resolve("t")


@pytest.mark.parametrize("away", ["nobody", "service_unavailable", "internal_error"])
async def test_who_was_known_stays_known_while_store_config_is_away(house: Any, away: str) -> None:
    await house.sessions.resolve("t")
    house.centre.away = away == "nobody"
    house.centre.answers["resolve_session"] = Answer(outcome=away)
    house.clock.advance(sessions.GRACE_S - 1)
    await house.sessions.resolve("t")
    house.clock.advance(2)
    with pytest.raises(ServiceUnavailable):
        await house.sessions.resolve("t")
