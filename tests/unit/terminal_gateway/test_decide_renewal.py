from datetime import UTC, datetime, timedelta

from terminal_gateway.decide_renewal import (
    BUSY_S,
    LOOK_AGAIN_S,
    Does,
    Life,
    Standing,
    decide,
)

START = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = Life(START, START + 30 * DAY)


IDLE = Standing(KEPT, KEPT, busy=False)


def test_before_two_thirds_of_its_life_nothing_is_asked() -> None:
    step = decide(START + 19.99 * DAY, IDLE)
    assert step.does is Does.WAIT
    assert 0 < step.wait_s <= LOOK_AGAIN_S


def test_after_two_thirds_it_is_renewed_busy_or_not() -> None:
    assert decide(START + 20.01 * DAY, IDLE).does is Does.RENEW
    assert decide(START + 20.01 * DAY, IDLE._replace(busy=True)).does is Does.RENEW


def test_what_failed_is_tried_again_after_growing_pauses_that_end() -> None:
    asked_at = START + 21 * DAY
    pauses: list[int] = []
    for failures in (1, 2, 3, 50):
        standing = IDLE._replace(failures=failures, asked_at=asked_at)
        assert decide(asked_at, standing).does is Does.WAIT
        pause = next(
            minutes
            for minutes in range(1, 10_000)
            if decide(asked_at + timedelta(minutes=minutes), standing).does is Does.RENEW
        )
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1] < pauses[2]
    assert timedelta(minutes=pauses[-1]) < 0.2 * DAY, "fifty tries fit into what is left"


def test_a_clock_that_is_far_ahead_asks_no_faster_for_it() -> None:
    ahead = START + 40 * DAY  # each new token is due as soon as it comes
    assert decide(ahead, IDLE._replace(asked_at=ahead)).does is Does.WAIT
    assert decide(ahead + timedelta(minutes=22), IDLE._replace(asked_at=ahead)).does is Does.RENEW


def test_with_a_renewed_token_it_connects_when_the_terminals_are_idle() -> None:
    now = START + 20 * DAY
    renewed = Life(now, now + 30 * DAY)
    assert decide(now, Standing(renewed, KEPT, busy=False)).does is Does.CONNECT
    waiting = decide(now, Standing(renewed, KEPT, busy=True))
    assert waiting.does is Does.WAIT
    assert waiting.wait_s <= BUSY_S
    assert decide(now, Standing(renewed, renewed, busy=False)).does is Does.WAIT


def test_it_does_not_wait_for_idle_terminals_until_the_server_cuts_it_off() -> None:
    renewed = Life(START + 20 * DAY, START + 50 * DAY)
    late = Standing(renewed, KEPT, busy=True)
    assert decide(START + 24.9 * DAY, late).does is Does.WAIT
    assert decide(START + 25.1 * DAY, late).does is Does.CONNECT
