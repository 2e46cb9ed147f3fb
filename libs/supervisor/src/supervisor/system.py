"""The whole system on one machine: servers first, then every service, watched to the end."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from nacl.signing import SigningKey

from contracts.permissions import OPERATIONS
from servicekit.clock import SystemClock
from supervisor import plan
from supervisor.addresses import HOST, free_port, holder, is_free
from supervisor.banner import banner
from supervisor.box_keys import public_half
from supervisor.child import Child
from supervisor.config import (
    BOX_HOST,
    DATA_DIR,
    FURTHER_TERMINALS,
    NATS_PORT,
    PLAYED_TERMINALS,
    PORT,
    SIMULATOR_PORT,
    WAYS,
    Config,
)
from supervisor.console import Console
from supervisor.data_dir import DataDir
from supervisor.demo import OPERATORS
from supervisor.endpoints import Endpoints, remove_endpoints, write_endpoints
from supervisor.errors import AddressTakenError
from supervisor.nats_server import NatsServer
from supervisor.nats_trust import Seeds, Trust
from supervisor.plan import Facts, ServicePlan
from supervisor.postgres_roles import roles_sql
from supervisor.postgres_server import PostgresServer
from supervisor.processes import Command, identify

DATABASE: Final = "renkei"

SERVICE_STOP_S: Final = 10.0
"""Services drain within 8 s and leave by themselves after 9.5 s."""

SERVER_STOP_S: Final = 10.0
"""A checkpoint of a small database; a killed server recovers all the same."""

OWN_SETTINGS: Final = frozenset(
    {
        BOX_HOST,
        DATA_DIR,
        PORT,
        SIMULATOR_PORT,
        NATS_PORT,
        FURTHER_TERMINALS,
        PLAYED_TERMINALS,
        WAYS,
        "RENKEI_READY_FILE",
    }
)
"""What is meant for the supervisor, or set for each child; the rest of the environment goes on."""


MakeCommand = Callable[[], Command]
IsReady = Callable[[int], bool]


class Ready(Struct, kw_only=True):
    """What a service writes into its ready file once it is useful."""

    pid: int
    health: str = ""


class System:
    """One run: `start` until everything is ready, `stop` until nothing is left."""

    def __init__(
        self, config: Config, env: Mapping[str, str], console: Console, rng: random.Random
    ) -> None:
        self._config = config
        self._env = {name: value for name, value in env.items() if name not in OWN_SETTINGS}
        self._console = console
        self._rng = rng
        self._data = DataDir(config.data_dir)
        self._servers: dict[str, Child] = {}
        self._services: dict[str, Child] = {}
        self._facts: Facts | None = None
        self._postgres_url = ""
        self._complete = False
        self.hurry = asyncio.Event()
        self.broken = asyncio.Event()
        """Set when the supervisor itself cannot go on keeping a child."""

    async def start(self) -> None:
        """Bring everything up and say where it is; `SupervisorError` when the machine refuses."""
        began = asyncio.get_running_loop().time()
        self._data.claim()
        remove_endpoints(self._config.data_dir)
        for key in await asyncio.to_thread(self._data.end_leftovers):
            self._console.say(f"ended {key}, left behind by a run that was killed")
        wanted = self._config.simulator_port
        port = self._port(PORT, self._config.port, avoid=frozenset({wanted}))
        simulator_port = self._port(SIMULATOR_PORT, wanted, avoid=frozenset({port}))
        self._console.say(f"data in {self._config.data_dir}")
        facts = await self._start_servers(port, simulator_port)
        self._facts = facts
        for service in plan.services(facts):
            self._services[service.key] = child = self._service(service)
            child.start()
        await asyncio.gather(*(child.ready.wait() for child in self._services.values()))
        self._complete = True
        self._write_endpoints()
        self._data.announce(f"http://{HOST}:{port}")
        took_s = asyncio.get_running_loop().time() - began
        self._console.show(banner(facts, took_s))
        self._console.say(f"ready after {took_s:.1f} s")

    async def stop(self) -> None:
        """End services, then PostgreSQL, then NATS; returns when every child is gone."""
        self._complete = False
        await _stop_all(self._services, signal.SIGTERM, SERVICE_STOP_S, self.hurry)
        # In hurry or not: the servers end cleanly, it takes no time without clients.
        patient = asyncio.Event()
        for key, how in ((plan.POSTGRES, signal.SIGINT), (plan.NATS, signal.SIGTERM)):
            if key in self._servers:
                await self._servers[key].stop(how, SERVER_STOP_S, patient)
        if self._data.is_claimed:
            remove_endpoints(self._config.data_dir)

    def _port(self, variable: str, wanted: int, *, avoid: frozenset[int]) -> int:
        if wanted == 0:
            return free_port(self._rng, avoid=avoid)
        if not is_free(wanted):
            raise AddressTakenError(variable, wanted, holder(wanted))
        return wanted

    async def _start_servers(self, port: int, simulator_port: int) -> Facts:
        """Start NATS and PostgreSQL and return all that services are told."""
        folder = self._config.data_dir
        passwords = self._data.secrets()
        terminals = self._data.terminals(self._rng)
        played = self._config.played_terminals
        taken = frozenset({port, simulator_port, *(one.port for one in (*terminals, *played))})
        printers = self._data.printers(self._rng, avoid=taken)
        taken |= {one.port for one in printers}
        nats_port = self._port(NATS_PORT, self._config.nats_port, avoid=taken)
        postgres_port = free_port(self._rng, avoid=taken | {nats_port})
        trust = self._trust(passwords.nats)
        nats = NatsServer(
            folder / "nats",
            port=nats_port,
            trust=trust,
            authority=SigningKey(bytes.fromhex(passwords.authority)),
            box_host=self._config.box_host,
        )
        postgres = PostgresServer(folder, port=postgres_port, password=passwords.postgres)
        self._postgres_url = postgres.url(DATABASE)
        # Said once and loudly when it is impossible; later starts may try again by themselves.
        await asyncio.to_thread(_prepare, nats, postgres)
        self._servers = {
            plan.NATS: self._server(plan.NATS, nats),
            plan.POSTGRES: self._server(plan.POSTGRES, postgres),
        }
        for child in self._servers.values():
            child.start()
        await asyncio.gather(*(child.ready.wait() for child in self._servers.values()))
        await asyncio.to_thread(_ensure_database, postgres, passwords.roles)
        return Facts(
            data_dir=folder,
            nats_urls={identity: nats.url_of(identity) for identity in trust.identities},
            postgres_urls={
                role: postgres.url_of(role, password, DATABASE)
                for role, password in passwords.roles.items()
            },
            box_keys=nats.box_keys,
            box_nats_url=nats.box_url,
            box_ca=nats.ca,
            receipts_private_key=passwords.receipts,
            receipts_public_key=public_half(passwords.receipts),
            port=port,
            simulator_port=simulator_port,
            terminals=terminals,
            printers=printers,
            further_terminals=self._config.further_terminals,
            played_terminals=played,
            ways=self._config.ways,
        )

    def _trust(self, seeds: Seeds) -> Trust:
        boxes = plan.gateways(self._config.further_terminals)
        stores = [(one.company, one.store) for one in boxes]
        return Trust(seeds, stores, int(SystemClock().now().timestamp()))

    def _server(self, key: str, server: NatsServer | PostgresServer) -> Child:
        def command() -> Command:
            server.prepare()
            return server.command()

        return self._child(key, command=command, is_ready=lambda _pid: server.is_ready())

    def _service(self, service: ServicePlan) -> Child:
        ready_file = self._ready_file(service.key)

        def command() -> Command:
            ready_file.parent.mkdir(parents=True, exist_ok=True)
            ready_file.unlink(missing_ok=True)
            own = {
                "RENKEI_READY_FILE": str(ready_file),
                "RENKEI_PARENT_PID": str(os.getpid()),
                "RENKEI_HEALTH_PORT": "0",
                "RENKEI_LOG_FORMAT": "json",
                "RENKEI_LOG_LEVEL": self._config.log_level,
                "PYTHONUNBUFFERED": "1",
            }
            return Command(
                argv=(sys.executable, "-P", "-m", service.module),
                env=self._env | own | service.settings,
                cwd=self._config.data_dir,
            )

        return self._child(service.key, command=command, is_ready=partial(_announced, ready_file))

    def _child(self, key: str, *, command: MakeCommand, is_ready: IsReady) -> Child:
        return Child(
            key,
            command=command,
            is_ready=is_ready,
            on_spawn=self._was_spawned,
            on_ready=self._became_ready,
            on_broken=self.broken.set,
            console=self._console,
        )

    def _was_spawned(self, key: str, pid: int) -> None:
        try:
            self._data.remember_child(key, identify(pid))
        except OSError as error:
            self._console.say(f"{key} runs, but its number could not be written down: {error}")

    def _became_ready(self, key: str) -> None:
        if not self._complete:
            return
        self._console.say(f"{key} is ready again")
        try:
            self._write_endpoints()
        except OSError as error:
            self._console.say(f"its new address could not be written down: {error}")

    def _write_endpoints(self) -> None:
        facts = self._facts
        assert facts is not None, "the system is complete"  # noqa: S101 - our own bug
        children = self._services | self._servers
        announced = {key: _read_ready(self._ready_file(key)) for key in self._services}
        write_endpoints(
            self._config.data_dir,
            Endpoints(
                api=f"http://{HOST}:{facts.port}",
                register=f"http://{HOST}:{facts.port}/",
                simulator=f"http://{HOST}:{facts.simulator_port}",
                nats=facts.nats_urls[OPERATIONS],
                postgres=self._postgres_url,
                supervisor=os.getpid(),
                operators=OPERATORS,
                terminals=facts.terminals,
                printers=facts.printers,
                processes={key: child.pid for key, child in children.items()},
                health={key: ready.health for key, ready in announced.items() if ready},
            ),
        )

    def _ready_file(self, key: str) -> Path:
        return self._config.data_dir / "run" / f"{key.replace(':', '-')}.json"


def _prepare(nats: NatsServer, postgres: PostgresServer) -> None:
    nats.prepare()
    postgres.prepare()


def _ensure_database(postgres: PostgresServer, passwords: Mapping[str, str]) -> None:
    if not postgres.has_database(DATABASE):
        postgres.create_database(DATABASE)
    postgres.execute(roles_sql(DATABASE, passwords), database=DATABASE)


def _read_ready(path: Path) -> Ready | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ready)
    except (OSError, msgspec.MsgspecError):
        return None


def _announced(path: Path, pid: int) -> bool:
    ready = _read_ready(path)
    return ready is not None and ready.pid == pid


async def _stop_all(
    children: Mapping[str, Child], how: signal.Signals, patience_s: float, hurry: asyncio.Event
) -> None:
    await asyncio.gather(*(child.stop(how, patience_s, hurry) for child in children.values()))
