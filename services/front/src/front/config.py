"""What this process is told from outside, read once."""

from typing import Final

from msgspec import Struct

from servicekit import settings
from servicekit.settings import Settings

PORT: Final = "RENKEI_PORT"
HOST: Final = "RENKEI_HOST"
BEHIND_TLS: Final = "RENKEI_BEHIND_TLS"
REQUESTS_PER_S: Final = "RENKEI_REQUESTS_PER_S"

REQUESTS_PER_S_DEFAULT: Final = 500
"""Of one session: enough for a program that rings up for a whole chain with one, and no more."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs.

    `behind_tls`: a proxy that ends TLS stands in front; cookies are then `Secure`, and its
    `X-Forwarded-For` is believed. `requests_per_s`: of one session; 0: without a bound.
    """

    nats_url: str
    host: str
    port: int
    behind_tls: bool
    requests_per_s: int = 0

    @classmethod
    def read(cls, given: Settings) -> "Config":
        """Read it; problems are noted in `given` and told by its `finish`."""
        return cls(
            nats_url=given.line(settings.NATS_URL),
            host=given.text(HOST, "127.0.0.1"),
            port=given.integer(PORT, 8080, low=0, high=65_535),
            behind_tls=given.flag(BEHIND_TLS, default=False),
            requests_per_s=given.integer(
                REQUESTS_PER_S, REQUESTS_PER_S_DEFAULT, low=0, high=1_000_000
            ),
        )
