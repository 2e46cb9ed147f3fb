"""`endpoints.json`: where everything is, how to log in, which process is what.

Its shape is relied on by tests, checks and people's scripts: keys are added, never renamed.
"""

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from supervisor.demo import Operator
from supervisor.plan import SimulatedPrinter, SimulatedTerminal

FILE: Final = "endpoints.json"


class Endpoints(Struct, frozen=True, kw_only=True):
    """Addresses, log-ins and process ids of a running system."""

    api: str
    register: str
    simulator: str
    nats: str
    postgres: str
    supervisor: int
    operators: tuple[Operator, ...]
    terminals: tuple[SimulatedTerminal, ...]
    printers: tuple[SimulatedPrinter, ...] = ()
    processes: dict[str, int]
    health: dict[str, str]


def write_endpoints(data_dir: Path, endpoints: Endpoints) -> None:
    """Put the file in place at once; only its owner reads it, since it holds passwords."""
    path = data_dir / FILE
    unfinished = path.with_name(f".{FILE}.{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(endpoints), indent=2) + b"\n")
    unfinished.replace(path)


def read_endpoints(data_dir: Path) -> Endpoints:
    """Read what a running system wrote; FileNotFoundError when none is ready."""
    return msgspec.json.decode((data_dir / FILE).read_bytes(), type=Endpoints)


def remove_endpoints(data_dir: Path) -> None:
    """Nothing runs here any more."""
    (data_dir / FILE).unlink(missing_ok=True)
