"""What the person who starts the system may choose, read once."""

from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from servicekit.settings import LOG_FORMAT, LOG_LEVEL, PARENT_PID, Settings
from supervisor.plan import SimulatedTerminal, WayToCentre

DATA_DIR: Final = "RENKEI_DATA_DIR"
PORT: Final = "RENKEI_PORT"
SIMULATOR_PORT: Final = "RENKEI_SIMULATOR_PORT"
FURTHER_TERMINALS: Final = "RENKEI_FURTHER_TERMINALS"
"""JSON list of `SimulatedTerminal`: stores beside the demo's, with terminals run by others."""
PLAYED_TERMINALS: Final = "RENKEI_PLAYED_TERMINALS"
"""The same, of those that the simulator plays: where it listens. What `FURTHER_TERMINALS` says of
them is where their gateway dials: the near end of a cable that somebody cuts."""
NATS_PORT: Final = "RENKEI_NATS_PORT"
BOX_HOST: Final = "RENKEI_BOX_HOST"
"""Name or address by which boxes on other machines reach this one's NATS, which then speaks TLS
only. Empty: boxes on this machine alone."""
WAYS: Final = "RENKEI_WAYS_TO_CENTRE"
"""JSON list of `WayToCentre`."""

PORT_DEFAULT: Final = 8080
SIMULATOR_PORT_DEFAULT: Final = 8600
PORT_MAX: Final = 65_535

_Listed = TypeVar("_Listed")


class Config(Struct, frozen=True, kw_only=True):
    """A port of 0: any free one. `log_format` is `auto`, `text` or `json`.

    `parent_pid`: without this process, usually `make`, nobody could stop us; 0: nobody's child.
    """

    data_dir: Path
    port: int
    simulator_port: int
    log_format: str
    log_level: str
    further_terminals: tuple[SimulatedTerminal, ...] = ()
    played_terminals: tuple[SimulatedTerminal, ...] = ()
    nats_port: int = 0
    box_host: str = ""
    ways: tuple[WayToCentre, ...] = ()
    parent_pid: int = 0


def read_config(settings: Settings) -> Config:
    """Read and check everything; `SettingsError` names all that is wrong."""
    config = Config(
        data_dir=settings.path(DATA_DIR, ".renkei").absolute(),
        port=settings.integer(PORT, PORT_DEFAULT, low=0, high=PORT_MAX),
        simulator_port=settings.integer(
            SIMULATOR_PORT, SIMULATOR_PORT_DEFAULT, low=0, high=PORT_MAX
        ),
        log_format=settings.choice(LOG_FORMAT, ("auto", "text", "json"), "auto"),
        log_level=settings.text(LOG_LEVEL, "INFO").upper(),
        further_terminals=_listed(settings, FURTHER_TERMINALS, SimulatedTerminal),
        played_terminals=_listed(settings, PLAYED_TERMINALS, SimulatedTerminal),
        nats_port=settings.integer(NATS_PORT, 0, low=0, high=PORT_MAX),
        box_host=settings.text(BOX_HOST, ""),
        ways=_listed(settings, WAYS, WayToCentre),
        parent_pid=settings.integer(PARENT_PID, 0, low=0),
    )
    if config.port and config.port == config.simulator_port:
        settings.wrong(f"{PORT} and {SIMULATOR_PORT} are both {config.port}")
    settings.finish()
    return config


def _listed(settings: Settings, name: str, kind: type[_Listed]) -> tuple[_Listed, ...]:
    try:
        return tuple(msgspec.json.decode(settings.text(name, "[]"), type=list[kind]))
    except msgspec.DecodeError as error:
        settings.wrong(f"{name} cannot be read: {error}")
        return ()
