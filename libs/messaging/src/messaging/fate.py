"""What becomes of a message whose handler raised. Pure; the consumer loop carries it out.

Three fates: retry later, set aside where operations can see it, or end the process.
"""

from typing import Final, NamedTuple

from messaging import backoff
from messaging.errors import MessagingError, Undecodable

RETRY_FIRST_S: Final = 0.25
RETRY_LONGEST_S: Final = 30.0
"""A dependency that is away for long is asked twice a minute."""

TRIES_MAX: Final = 8
"""An error that nobody foresaw is tried for half a minute, then a person must look at it."""

CRASHES_MAX: Final = 3
"""A message that only our own bug cannot take may end the process this often, then it waits
aside: a fresh process may be all it needed, but it must not keep the others from being read."""


class RetryLater(NamedTuple):
    """Deliver it again after a pause."""

    after_s: float


class SetAside(NamedTuple):
    """Keep it on `dead.<name>` and go on with the next."""

    reason: str


class Crash(NamedTuple):
    """End the process; the message is delivered again to the next one."""

    reason: str


Fate = RetryLater | SetAside | Crash


class Fates:
    """Which error means what. The first kind that fits decides."""

    def __init__(
        self,
        *,
        away: tuple[type[BaseException], ...] = (),
        unreadable: tuple[type[BaseException], ...] = (),
    ) -> None:
        """Take the caller's own kinds.

        `away`: something we depend on is away, retried for ever. `unreadable`: no retry will
        help, set aside at once.
        """
        self._away = (OSError, TimeoutError, MessagingError, *away)
        self._unreadable = (Undecodable, *unreadable)

    def decide(self, error: BaseException, attempts: int, *, draw: float = 1.0) -> Fate:
        """Return the fate of a message that has been delivered `attempts` times by now."""
        told = f"{type(error).__name__}: {error}"
        if isinstance(error, self._unreadable):
            return SetAside(told)
        again = RetryLater(
            backoff.pause_s(attempts, first_s=RETRY_FIRST_S, longest_s=RETRY_LONGEST_S, draw=draw)
        )
        if isinstance(error, self._away):
            return again
        if isinstance(error, AssertionError | MemoryError | SystemError):
            return Crash(told) if attempts < CRASHES_MAX else SetAside(told)
        return again if attempts < TRIES_MAX else SetAside(told)


DEFAULT: Final = Fates()
