"""The system as `make run` starts it, with stores of our own behind cables that we hold.

    terminal of the simulator ◀── link ── its store's gateway ── WAN ──▶ NATS

Both cables are put in place by configuration only: `store_config` is told a link's near end as the
terminal's address, a gateway its WAN's near end as the address of NATS.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

from chaos.cable import HOST, Cable, Hand
from chaos.terminals import NotNow, Terminals, Unreachable
from supervisor.addresses import is_free
from testkit.system import RunningSystem

COMPANY: Final = "DEMO"
STORES: Final = ("C001", "C002")

CENTRE_MS: Final = "120"
"""What the card network of this run takes: long enough to be hit in the middle of a payment."""

PORTS: Final = range(12_000, 20_000)
"""Below those that the supervisor draws from: ours are told minutes before they are listened on."""

LOOK_AFTER_S: Final = 0.5
"""A killed simulator forgets its customers: they are sent back at once."""

PILOTS: Final[tuple[dict[str, object], ...]] = (
    {"media": "card", "think_ms": 30},
    {"media": "card", "brand": "VISA", "think_ms": 60},
    {"media": "emoney", "brand": "交通系", "think_ms": 30},
    {"media": "card", "brand": "JCB", "think_ms": 20},
    {"media": "code", "brand": "PayPay", "think_ms": 40},
    {"media": "emoney", "brand": "nanaco", "think_ms": 60},
    {"media": "card", "think_ms": 10},
    {"media": "emoney", "brand": "iD", "think_ms": 20},
)
"""Who stands at the first terminal, the second, ..., and so on again from the first."""


class Stage:
    """Everything that runs, and where one takes hold of it."""

    def __init__(self, data_dir: Path, *, registers: int, rng: random.Random) -> None:
        """`registers`: in each store, each with its terminal."""
        self.data_dir = data_dir
        self.links: dict[str, Cable] = {}
        self.wans: dict[str, Cable] = {}
        self.stores: dict[str, str] = {}
        """The store of each terminal, by serial."""
        self.pilots: dict[str, dict[str, object]] = {}
        self._registers = registers
        self._rng = rng
        self._further: list[dict[str, Any]] = []
        self.system = RunningSystem(data_dir)
        self.terminals = Terminals("")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator["Stage"]:
        """Start it all; it is stopped at the end, but its data and log stay."""
        settings = await self._lay_cables()
        self.system = RunningSystem(self.data_dir, settings=settings)
        try:
            await asyncio.to_thread(self.system.start)
            self.terminals = Terminals(self.system.simulator)
            async with self.terminals.opened():
                keeper = asyncio.create_task(self._keep_customers())
                try:
                    yield self
                finally:
                    keeper.cancel()
        finally:
            try:
                await asyncio.to_thread(self.system.stop)
            finally:
                for cable in (*self.links.values(), *self.wans.values()):
                    await cable.close()

    @property
    def log(self) -> Path:
        """Where everything that ran has written."""
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    @property
    def journals(self) -> Path:
        """The simulator's disk: every terminal's journal."""
        return self.data_dir / "simulator" / "terminals.sqlite3"

    def registers(self) -> list[tuple[str, str]]:
        """Return (store, register) of every register of ours."""
        numbers = range(1, self._registers + 1)
        return [(store, f"R{number}") for store in STORES for number in numbers]

    async def heal(self) -> None:
        """Let go of everything: cables carry, terminals are on and without faults."""
        for cable in (*self.links.values(), *self.wans.values()):
            cable.lay(Hand.OFF)
        for serial in self.links:
            await self.mend(serial)

    async def mend(self, serial: str) -> None:
        """Take all faults off a terminal and switch it on; waits for the simulator if need be."""
        while True:
            with contextlib.suppress(Unreachable):
                await self.terminals.clear(serial)
                await self.terminals.power(serial, "on")
                return
            await asyncio.sleep(LOOK_AFTER_S)

    async def _lay_cables(self) -> dict[str, str]:
        """Return what the supervisor is told."""
        ports = (port for port in self._rng.sample(PORTS, len(PORTS)) if is_free(port))
        nats_port = next(ports)
        played: list[dict[str, Any]] = []
        ways: list[dict[str, Any]] = []
        for store in STORES:
            self.wans[store] = wan = Cable(nats_port)
            await wan.open()
            ways.append({"company": COMPANY, "store": store, "host": HOST, "port": wan.port})
            for number in range(1, self._registers + 1):
                one = self._place(store, number, next(ports))
                link = Cable(one["port"])
                await link.open()
                self.links[one["serial"]] = link
                self.stores[one["serial"]] = store
                self.pilots[one["serial"]] = PILOTS[number % len(PILOTS)]
                played.append(one)
                self._further.append(one | {"port": link.port})
        return {
            "RENKEI_NATS_PORT": str(nats_port),
            "RENKEI_PLAYED_TERMINALS": json.dumps(played),
            "RENKEI_FURTHER_TERMINALS": json.dumps(self._further),
            "RENKEI_WAYS_TO_CENTRE": json.dumps(ways),
            "RENKEI_SIMULATOR_CENTRE_MS": CENTRE_MS,
        }

    def _place(self, store: str, number: int, port: int) -> dict[str, Any]:
        return {
            "company": COMPANY,
            "store": store,
            "terminal": f"T{number}",
            "serial": f"CT6100-{store}-T{number}",
            "host": HOST,
            "port": port,
        }

    async def _keep_customers(self) -> None:
        while True:
            with contextlib.suppress(Unreachable, NotNow):
                for serial, view in (await self.terminals.views()).items():
                    if serial in self.pilots and not view["autopilot"]["on"]:
                        await self.terminals.fly(serial, self.pilots[serial])
            await asyncio.sleep(LOOK_AFTER_S)
