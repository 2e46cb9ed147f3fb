"""What this process is told from outside, read once."""

from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from servicekit import settings
from servicekit.settings import Settings
from store_config.seed import SeedTerminal
from store_config.seed_printers import SeedPrinter

SEED: Final = "RENKEI_SEED"
SEED_TERMINALS: Final = "RENKEI_SEED_TERMINALS"
SEED_PRINTERS: Final = "RENKEI_SEED_PRINTERS"

POOL_MAX: Final = 10
"""A session is asked for with every request that `front` has not cached; each takes under 1 ms."""

_Listed = TypeVar("_Listed")


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs."""

    nats_url: str
    postgres_url: str
    instance: str
    demo: bool
    terminals: tuple[SeedTerminal, ...]
    printers: tuple[SeedPrinter, ...] = ()

    @classmethod
    def read(cls, given: Settings) -> "Config":
        """Read it; problems are noted in `given` and told by its `finish`."""
        return cls(
            nats_url=given.line(settings.NATS_URL),
            postgres_url=given.line(settings.POSTGRES_URL),
            instance=given.text(settings.INSTANCE, "store_config"),
            demo=given.choice(SEED, ("none", "demo"), "none") == "demo",
            terminals=_listed(given, SEED_TERMINALS, SeedTerminal),
            printers=_listed(given, SEED_PRINTERS, SeedPrinter),
        )


def _listed(given: Settings, name: str, kind: type[_Listed]) -> tuple[_Listed, ...]:
    try:
        return tuple(msgspec.json.decode(given.text(name, "[]"), type=list[kind]))
    except msgspec.DecodeError as error:
        given.wrong(f"{name}: {error}")
        return ()
