"""What this process is told from outside, read once."""

from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from servicekit import settings
from servicekit.settings import Settings
from store_config.box_model import Place
from store_config.seed import SeedTerminal
from store_config.seed_printers import SeedPrinter

SEED: Final = "RENKEI_SEED"
SEED_TERMINALS: Final = "RENKEI_SEED_TERMINALS"
SEED_PRINTERS: Final = "RENKEI_SEED_PRINTERS"

KEYS_FILE: Final = "RENKEI_KEYS_FILE"
BOX_NATS_URL: Final = "RENKEI_BOX_NATS_URL"
BOX_CA_FILE: Final = "RENKEI_BOX_CA_FILE"
RECEIPTS_PUBLIC_KEY: Final = "RENKEI_RECEIPTS_PUBLIC_KEY"

POOL_MAX: Final = 10
"""A session is asked for with every request that `front` has not cached; each takes under 1 ms."""

NOWHERE: Final = Place(nats_url="", ca="", receipts_public_key="")
"""Where no box is enrolled."""

_Listed = TypeVar("_Listed")


class Config(Struct, frozen=True, kw_only=True):
    """Everything that differs between two places where this service runs.

    `keys_file` holds what the boxes' tokens are signed with; empty: no box is enrolled here.
    """

    nats_url: str
    postgres_url: str
    instance: str
    demo: bool
    terminals: tuple[SeedTerminal, ...]
    printers: tuple[SeedPrinter, ...] = ()
    keys_file: str = ""
    place: Place = NOWHERE

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
            keys_file=given.text(KEYS_FILE, ""),
            place=_place(given),
        )


def _place(given: Settings) -> Place:
    """Return where boxes belong; who signs for them must be able to say so."""
    if not given.text(KEYS_FILE, ""):
        return NOWHERE
    return Place(
        nats_url=given.line(BOX_NATS_URL),
        ca=_text_of(given, BOX_CA_FILE),
        receipts_public_key=given.text(RECEIPTS_PUBLIC_KEY, ""),
    )


def _text_of(given: Settings, name: str) -> str:
    path = given.text(name, "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        given.wrong(f"{name}: {error}")
        return ""


def _listed(given: Settings, name: str, kind: type[_Listed]) -> tuple[_Listed, ...]:
    try:
        return tuple(msgspec.json.decode(given.text(name, "[]"), type=list[kind]))
    except msgspec.DecodeError as error:
        given.wrong(f"{name}: {error}")
        return ()
