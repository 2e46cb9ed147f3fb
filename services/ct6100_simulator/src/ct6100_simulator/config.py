"""What the simulator is told at its start."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ct6100_simulator.model import Place
from servicekit.settings import Settings

PORT: Final = 8600
TERMINALS_MAX: Final = 1_000
"""Each has a listening socket; a load test uses 64."""

LATENCY_MS: Final = 150
"""What a card network takes on a good day."""


class Config(Struct, frozen=True, kw_only=True):
    """`directory` is the terminals' disk; `port` 0 takes any free one."""

    port: int
    directory: Path
    terminals: tuple[Place, ...]
    centre_latency_s: float

    @property
    def disk_path(self) -> Path:
        """The file with every journal."""
        return self.directory / "terminals.sqlite3"


def read(settings: Settings) -> Config:
    """Read it; what is wrong is noted in `settings` and told by its `finish`."""
    terminals = _places(settings, "RENKEI_SIMULATOR_TERMINALS")
    return Config(
        port=settings.integer("RENKEI_SIMULATOR_PORT", PORT, low=0, high=65_535),
        directory=settings.path("RENKEI_SIMULATOR_DIR", ".renkei/simulator"),
        terminals=terminals,
        centre_latency_s=settings.integer(
            "RENKEI_SIMULATOR_CENTRE_MS", LATENCY_MS, low=0, high=60_000
        )
        / 1000,
    )


def _places(settings: Settings, name: str) -> tuple[Place, ...]:
    raw = settings.text(name)
    if not raw:
        return ()
    try:
        places = msgspec.json.decode(raw, type=tuple[Place, ...])
    except msgspec.DecodeError as error:
        settings.wrong(f"{name} cannot be read: {error}")
        return ()
    if len(places) > TERMINALS_MAX:
        settings.wrong(f"{name} lists {len(places)} terminals, more than {TERMINALS_MAX}")
    serials = [place.serial for place in places]
    for serial in sorted({each for each in serials if serials.count(each) > 1}):
        settings.wrong(f"{name} lists {serial} twice")
    return places
