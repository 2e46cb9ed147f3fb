"""What this process is told from outside, read once."""

from typing import Final

from msgspec import Struct
from nacl.public import PrivateKey

from receipts.sealing import private_key
from servicekit import settings
from servicekit.settings import Settings

PRIVATE_KEY: Final = "RENKEI_RECEIPTS_PRIVATE_KEY"
"""Opens merchant's numbers: base64; several with commas between, the newest first."""

POOL_MIN: Final = 2
POOL_MAX: Final = 8
"""A commit takes about a millisecond: eight at a time are more than a chain's printers need."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs."""

    nats_url: str
    postgres_url: str
    private_keys: tuple[PrivateKey, ...]

    @classmethod
    def read(cls, given: Settings) -> "Config":
        """Read it; problems are noted in `given` and told by its `finish`."""
        return cls(
            nats_url=given.line(settings.NATS_URL),
            postgres_url=given.line(settings.POSTGRES_URL),
            private_keys=_keys(given),
        )

    def __repr__(self) -> str:
        """Show no key, wherever it may be written."""
        return "Config()"


def _keys(given: Settings) -> tuple[PrivateKey, ...]:
    keys: list[PrivateKey] = []
    for text in filter(None, given.text(PRIVATE_KEY).split(",")):
        try:
            keys.append(private_key(text.strip()))
        except ValueError as error:
            given.wrong(f"{PRIVATE_KEY} cannot be used: {error}")
    return tuple(keys)
