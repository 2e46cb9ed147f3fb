"""The data folder: one supervisor at a time, its secrets, its ports, its children's numbers."""

import fcntl
import os
import random
import secrets
import signal
from pathlib import Path
from typing import IO, Final, TypeVar

import msgspec
from msgspec import Struct

from supervisor.addresses import HOST, claim, free_port, is_free
from supervisor.box_keys import new_private_key
from supervisor.demo import PRINTERS, TERMINALS
from supervisor.errors import AlreadyRunningError, ConfigurationError
from supervisor.nats_trust import Seeds, new_seeds
from supervisor.plan import RECORDS, SimulatedPrinter, SimulatedTerminal
from supervisor.postgres_home import WORLD_PASSES
from supervisor.processes import Identity, end, is_alive

LEFTOVER_S: Final = 12.0
"""Services drain for 10 s at most; what a killed supervisor left behind gets that and more."""


T = TypeVar("T")


class Holder(Struct, frozen=True, kw_only=True):
    """Who works on a data folder."""

    pid: int
    address: str = ""


def _new_passwords() -> dict[str, str]:
    return {service: secrets.token_hex(16) for service in RECORDS}


def _new_authority() -> str:
    return secrets.token_hex(32)


class Secrets(Struct, frozen=True, kw_only=True):
    """What the embedded servers are guarded with: made once, kept with the data."""

    postgres: str
    receipts: str = msgspec.field(default_factory=new_private_key)
    """Opens the merchant's numbers: a Curve25519 private key, base64."""
    roles: dict[str, str] = msgspec.field(default_factory=_new_passwords)
    """Of PostgreSQL: each service's own."""
    nats: Seeds = msgspec.field(default_factory=new_seeds)
    authority: str = msgspec.field(default_factory=_new_authority)
    """Signs the certificate of NATS: an Ed25519 seed, hexadecimal."""


class DataDir:
    """One data folder, held by this process from `claim` until it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        self._children: dict[str, Identity] = {}

    @property
    def is_claimed(self) -> bool:
        """Whether this process holds the folder."""
        return self._lock is not None

    def claim(self) -> None:
        """Make the folder if need be and take it; `AlreadyRunningError` names who holds it."""
        if not self.path.exists():
            try:
                self.path.mkdir(parents=True)
                self.path.chmod(WORLD_PASSES)
            except OSError as error:
                raise ConfigurationError(f"{self.path} cannot be made: {error}") from error
        try:
            lock = (self.path / "lock").open("a+b")
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read(self.path / "holder.json", Holder) or Holder(pid=0)
            lock.close()
            raise AlreadyRunningError(str(self.path), holder.pid, holder.address) from None
        self._lock = lock
        self._write("holder.json", Holder(pid=os.getpid()))

    def announce(self, address: str) -> None:
        """Say to whoever comes second where the system answers."""
        self._write("holder.json", Holder(pid=os.getpid(), address=address))

    def end_leftovers(self) -> list[str]:
        """End the children of a supervisor that was killed, and return their keys.

        They were told by the kernel and are usually gone, or about to be.
        """
        known = _read(self.path / "children.json", dict[str, Identity]) or {}
        left = {key: identity for key, identity in known.items() if is_alive(identity)}
        end(tuple(left.values()), signal.SIGINT, LEFTOVER_S)
        return list(left)

    def remember_child(self, key: str, identity: Identity | None) -> None:
        """Note a child that was started, so that the next supervisor knows it again."""
        if identity is not None:
            self._children[key] = identity
            self._write("children.json", self._children)

    def secrets(self) -> Secrets:
        """Return the passwords of this folder's servers, made on first use."""
        known = _read(self.path / "secrets.json", Secrets)
        if known is None:
            known = Secrets(postgres=secrets.token_hex(16))
        self._write("secrets.json", known)  # with what an older version had not made yet
        return known

    def terminals(self, rng: random.Random) -> tuple[SimulatedTerminal, ...]:
        """Return the demo's terminals with the ports they had before, others only where taken."""
        serials = tuple(place.serial for place in TERMINALS)
        ports = self._ports("terminals.json", serials, rng, frozenset())
        return tuple(
            SimulatedTerminal(
                company=place.company,
                store=place.store,
                terminal=place.terminal,
                serial=place.serial,
                host=HOST,
                port=ports[place.serial],
            )
            for place in TERMINALS
        )

    def printers(
        self, rng: random.Random, *, avoid: frozenset[int]
    ) -> tuple[SimulatedPrinter, ...]:
        """Return the demo's receipt printers in the same way; `avoid` holds others' ports."""
        names = tuple(place.name for place in PRINTERS)
        ports = self._ports("printers.json", names, rng, avoid)
        return tuple(
            SimulatedPrinter(
                company=place.company,
                store=place.store,
                printer=place.printer,
                host=HOST,
                port=ports[place.name],
                columns=place.columns,
                register=place.register,
            )
            for place in PRINTERS
        )

    def _ports(
        self, file: str, names: tuple[str, ...], rng: random.Random, avoid: frozenset[int]
    ) -> dict[str, int]:
        before = _read(self.path / file, dict[str, int]) or {}
        ports: dict[str, int] = {}
        for name in names:
            port = before.get(name, 0)
            taken = avoid | frozenset(ports.values())
            if port == 0 or port in taken or not is_free(port):
                port = free_port(rng, avoid=taken | frozenset(before.values()))
            else:
                claim(port)
            ports[name] = port
        self._write(file, ports)
        return ports

    def _write(self, name: str, content: object) -> None:
        path = self.path / name
        unfinished = path.with_name(f".{name}.{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(msgspec.json.encode(content))
        unfinished.replace(path)


def _read(path: Path, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.MsgspecError):
        return None
