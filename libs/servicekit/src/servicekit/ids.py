"""New identifiers, as an argument. This is the one module that draws randomness.

Ids are UUIDv7 (RFC 9562): they begin with the time, so that database indexes grow at one end, and
within one process they only go up.
"""

import os
import secrets
from datetime import datetime
from typing import Final, Protocol

from servicekit.clock import Clock, SystemClock

TOKEN_BYTES: Final = 32
"""256 bits: a session token cannot be guessed, however many are tried."""

_SUBMILLISECOND_STEPS: Final = 1 << 12
_RANDOM_BYTES: Final = 8
_VARIANT: Final = 0b10 << 62
_VERSION: Final = 0x7


class Ids(Protocol):
    """Where new identifiers come from."""

    def uuid(self) -> str:
        """Return a new UUIDv7, lower case with hyphens."""
        ...

    def token(self) -> str:
        """Return a new secret, safe in a URL and a header."""
        ...


class SystemIds(Ids):
    """Identifiers from the machine's clock and its source of randomness."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._last_step = 0

    def uuid(self) -> str:
        """Return a new UUIDv7, greater than every one that this object returned before."""
        step = int(self._clock.now().timestamp() * 1000 * _SUBMILLISECOND_STEPS)
        self._last_step = max(step, self._last_step + 1)
        random = int.from_bytes(os.urandom(_RANDOM_BYTES), "big")
        return uuid7(self._last_step, random)

    def token(self) -> str:
        """Return a new secret of 256 bits, safe in a URL and a header."""
        return secrets.token_urlsafe(TOKEN_BYTES)  # noqa: TID251 - the one place that draws it


def last_uuid_of(moment: datetime) -> str:
    """Return the greatest UUIDv7 of that millisecond: what was drawn until then is not greater.

    A moment before 1970 is one at which nothing was drawn.
    """
    milliseconds = max(0, int(moment.timestamp() * 1000))
    steps = milliseconds * _SUBMILLISECOND_STEPS + _SUBMILLISECOND_STEPS - 1
    return uuid7(steps, (1 << 62) - 1)


def uuid7(step: int, random: int) -> str:
    """Return the UUIDv7 for a time and 64 random bits.

    `step` counts 1/4096 milliseconds since 1970: 48 bits of milliseconds, then the 12 bits that
    RFC 9562 (method 3) puts into `rand_a`.
    """
    assert 0 <= step < 1 << 60, "beyond 48 bits of ms"  # noqa: S101 - house style 12
    milliseconds, fraction = divmod(step, _SUBMILLISECOND_STEPS)
    high = milliseconds << 16 | _VERSION << 12 | fraction
    low = _VARIANT | random & ((1 << 62) - 1)
    digits = f"{high << 64 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
