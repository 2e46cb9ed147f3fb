"""What this process is told from outside, read once."""

from typing import Final

import msgspec
from msgspec import Struct

from servicekit import settings
from servicekit.settings import Settings
from store_config.seed import SeedTerminal

SEED: Final = "RENKEI_SEED"
SEED_TERMINALS: Final = "RENKEI_SEED_TERMINALS"

POOL_MAX: Final = 10
"""A session is asked for with every request that `front` has not cached; each takes under 1 ms."""


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs."""

    nats_url: str
    postgres_url: str
    instance: str
    demo: bool
    terminals: tuple[SeedTerminal, ...]

    @classmethod
    def read(cls, given: Settings) -> "Config":
        """Read it; problems are noted in `given` and told by its `finish`."""
        return cls(
            nats_url=given.text(settings.NATS_URL),
            postgres_url=given.text(settings.POSTGRES_URL),
            instance=given.text(settings.INSTANCE, "store_config"),
            demo=given.choice(SEED, ("none", "demo"), "none") == "demo",
            terminals=_terminals(given),
        )


def _terminals(given: Settings) -> tuple[SeedTerminal, ...]:
    try:
        return msgspec.json.decode(given.text(SEED_TERMINALS, "[]"), type=tuple[SeedTerminal, ...])
    except msgspec.DecodeError as error:
        given.wrong(f"{SEED_TERMINALS}: {error}")
        return ()
