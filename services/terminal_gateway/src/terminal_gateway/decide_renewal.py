"""When a box renews its token, and when it connects anew with what it has: pure."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

RENEW_AFTER: Final = 2 / 3
"""Of a token's life: of thirty days, ten are left in which the centre may be out of reach."""

CONNECT_BY: Final = 1 / 6
"""Of its life left, we connect with the new one whatever is going on: the server would cut us off
at the end, in the middle of something or not."""

FIRST_PAUSE: Final = 1 / 2000
"""Of its life, after a try, and the first that failed: of thirty days, 22 minutes."""

LONGEST_PAUSE: Final = 1 / 200

LOOK_AGAIN_S: Final = 3600.0
"""The machine's clock may be set right at any time."""

BUSY_S: Final = 1.0
"""How soon we look again whether the terminals are idle."""

SHORTEST_S: Final = 0.05


class Life(NamedTuple):
    """From when to when a token counts."""

    issued_at: datetime
    expires_at: datetime

    @property
    def length(self) -> timedelta:
        """Return how long that is."""
        return self.expires_at - self.issued_at


class Standing(NamedTuple):
    """What is known of our tokens; `busy`: an operation is open at a terminal."""

    kept: Life
    connected: Life
    """Of the token that the present connection was made with."""
    busy: bool
    failures: int = 0
    asked_at: datetime | None = None
    """When it was asked for last, with whatever outcome."""


class Does(Enum):
    """What to do now."""

    RENEW = "renew"
    CONNECT = "connect"
    WAIT = "wait"


class Step(NamedTuple):
    """What to do, and after it how long to wait at most before asking again."""

    does: Does
    wait_s: float = 0.0


def decide(now: datetime, standing: Standing) -> Step:
    """Return the next step. A reconnect waits for idle terminals, as long as there is time."""
    kept, connected = standing.kept, standing.connected
    if kept.expires_at > connected.expires_at:
        last_call = connected.expires_at - connected.length * CONNECT_BY
        if not standing.busy or now >= last_call:
            return Step(Does.CONNECT)
        return Step(Does.WAIT, _bounded(last_call - now, BUSY_S))
    due = kept.issued_at + kept.length * RENEW_AFTER
    if standing.asked_at is not None:
        # After a success as well: by a clock that is far ahead each new token is due at once.
        growing = min(FIRST_PAUSE * 2.0 ** min(max(standing.failures - 1, 0), 30), LONGEST_PAUSE)
        due = max(due, standing.asked_at + kept.length * growing)
    if now >= due:
        return Step(Does.RENEW)
    return Step(Does.WAIT, _bounded(due - now, LOOK_AGAIN_S))


def _bounded(left: timedelta, longest_s: float) -> float:
    return min(max(left.total_seconds(), SHORTEST_S), longest_s)
