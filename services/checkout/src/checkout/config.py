"""What this process is told from outside, read once."""

from typing import Final

from msgspec import Struct

from servicekit import settings
from servicekit.settings import Settings

POOL_MAX: Final = 12
"""A commit takes about a millisecond: twelve at a time are more than a chain's registers need."""

POOL_MIN: Final = 2
"""One is the relay's own; the first payment after a start finds another."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs."""

    nats_url: str
    postgres_url: str

    @classmethod
    def read(cls, given: Settings) -> "Config":
        """Read it; problems are noted in `given` and told by its `finish`."""
        return cls(
            nats_url=given.line(settings.NATS_URL), postgres_url=given.line(settings.POSTGRES_URL)
        )
