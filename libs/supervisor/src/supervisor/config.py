"""What the person who starts the system may choose, read once."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from servicekit.settings import LOG_FORMAT, LOG_LEVEL, PARENT_PID, Settings
from supervisor.plan import SimulatedTerminal

DATA_DIR: Final = "RENKEI_DATA_DIR"
PORT: Final = "RENKEI_PORT"
SIMULATOR_PORT: Final = "RENKEI_SIMULATOR_PORT"
FURTHER_TERMINALS: Final = "RENKEI_FURTHER_TERMINALS"
"""JSON list of `SimulatedTerminal`: stores beside the demo's, with terminals run by others."""

PORT_DEFAULT: Final = 8080
SIMULATOR_PORT_DEFAULT: Final = 8600
PORT_MAX: Final = 65_535


class Config(Struct, frozen=True, kw_only=True):
    """`port` and `simulator_port` 0: any free one. `log_format` is `auto`, `text` or `json`.

    `parent_pid`: without this process, usually `make`, nobody could stop us; 0: nobody's child.
    """

    data_dir: Path
    port: int
    simulator_port: int
    log_format: str
    log_level: str
    further_terminals: tuple[SimulatedTerminal, ...] = ()
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
        further_terminals=_further(settings),
        parent_pid=settings.integer(PARENT_PID, 0, low=0),
    )
    if config.port and config.port == config.simulator_port:
        settings.wrong(f"{PORT} and {SIMULATOR_PORT} are both {config.port}")
    settings.finish()
    return config


def _further(settings: Settings) -> tuple[SimulatedTerminal, ...]:
    raw = settings.text(FURTHER_TERMINALS, "[]")
    try:
        return msgspec.json.decode(raw, type=tuple[SimulatedTerminal, ...])
    except msgspec.DecodeError as error:
        settings.wrong(f"{FURTHER_TERMINALS} cannot be read: {error}")
        return ()
