"""What the simulator is told at its start."""

from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from ct6100_simulator.model import Place, PrinterPlace
from servicekit.settings import Settings

PORT: Final = 8600
TERMINALS_MAX: Final = 1_000
"""Each has a listening socket; a load test uses 64."""

PRINTERS_MAX: Final = 200
"""The same; a large chain's demo would have a few dozen."""

LATENCY_MS: Final = 150
"""What a card network takes on a good day."""

_Listed = TypeVar("_Listed")


class Config(Struct, frozen=True, kw_only=True):
    """`directory` is the terminals' disk; `port` 0 takes any free one."""

    port: int
    directory: Path
    terminals: tuple[Place, ...]
    printers: tuple[PrinterPlace, ...]
    centre_latency_s: float

    @property
    def disk_path(self) -> Path:
        """The file with every journal."""
        return self.directory / "terminals.sqlite3"


def read(settings: Settings) -> Config:
    """Read it; what is wrong is noted in `settings` and told by its `finish`."""
    terminals = _listed(settings, "RENKEI_SIMULATOR_TERMINALS", Place, TERMINALS_MAX, required=True)
    printers = _listed(settings, "RENKEI_SIMULATOR_PRINTERS", PrinterPlace, PRINTERS_MAX)
    _refuse_doubles(settings, "RENKEI_SIMULATOR_TERMINALS", [one.serial for one in terminals])
    _refuse_doubles(settings, "RENKEI_SIMULATOR_PRINTERS", [one.name for one in printers])
    latency_ms = settings.integer("RENKEI_SIMULATOR_CENTRE_MS", LATENCY_MS, low=0, high=60_000)
    return Config(
        port=settings.integer("RENKEI_SIMULATOR_PORT", PORT, low=0, high=65_535),
        directory=settings.path("RENKEI_SIMULATOR_DIR", ".renkei/simulator"),
        terminals=terminals,
        printers=printers,
        centre_latency_s=latency_ms / 1000,
    )


def _listed(
    settings: Settings, name: str, kind: type[_Listed], most: int, *, required: bool = False
) -> tuple[_Listed, ...]:
    raw = settings.text(name) if required else settings.text(name, "[]")
    if not raw:
        return ()
    try:
        listed = tuple(msgspec.json.decode(raw, type=list[kind]))
    except msgspec.DecodeError as error:
        settings.wrong(f"{name} cannot be read: {error}")
        return ()
    if len(listed) > most:
        settings.wrong(f"{name} lists {len(listed)}, more than {most}")
    return listed


def _refuse_doubles(settings: Settings, name: str, names: list[str]) -> None:
    for each in sorted({each for each in names if names.count(each) > 1}):
        settings.wrong(f"{name} lists {each} twice")
