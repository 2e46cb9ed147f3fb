"""The hands that do harm: seeded lanes, each with one fault at a time, each fault healed by itself.

One lane for what all share, one for each store's box and WAN, several for single terminals; so
faults of different places overlap, as they please.
"""

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import psutil

from chaos.cable import Cable, Hand
from chaos.harm import CENTRE, NOBODY, Harm, counted, rounds
from chaos.scripts import RECIPES, Parameters, Recipe
from chaos.stage import Stage
from chaos.terminals import NotNow, Unreachable
from servicekit.clock import Clock
from supervisor.addresses import HOST

SERVICES: Final = {
    "checkout": CENTRE,
    "receipts": CENTRE,
    "front": NOBODY,
    "store_config": NOBODY,
    "ct6100_simulator": CENTRE,
    "nats": CENTRE,
    "postgres": CENTRE,
}
"""What is killed and paused at the centre, and what a payment notices of it."""

GATEWAY: Final = "terminal_gateway"
CRASH: Final = "crash a PostgreSQL backend"
RESET: Final = "リセット by hand"

TERMINAL_LANES: Final = 6

STRUCK_S: Final = 9.0
"""A fault that met no payment for so long is taken off again, and does not count."""

LOOK_S: Final = 0.25
SERVER_S: Final = 2.0
"""A server that takes longer to greet is asked again."""

Doing = Callable[[random.Random], Awaitable[Harm | None]]
"""Do the harm and heal it; None: there was nothing to harm."""


class Hands:
    """`harms` is what they did."""

    def __init__(self, stage: Stage, clock: Clock, seed: int, scripted: tuple[str, ...]) -> None:
        self.harms: list[Harm] = []
        self._stage = stage
        self._clock = clock
        self._seed = seed
        self._scripted = scripted
        self._touched: set[str] = set()

    def kinds(self) -> tuple[str, ...]:
        """Return the names of all faults, as they are counted."""
        store = next(iter(self._stage.wans))
        return (*self._centre(), *self._of_store(store), *self._of_terminal())

    def counted(self) -> dict[str, int]:
        """Return how often each kind struck."""
        return counted(self.harms, self.kinds())

    async def work(self, stop: asyncio.Event) -> None:
        """Do harm until told to stop; everything that was begun is healed then."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._lane("centre", self._centre(), (1.5, 4.5), stop))
            for store in self._stage.wans:
                doings = self._of_store(store)
                lanes.create_task(self._lane(store, doings, (3.0, 11.0), stop))
            for number in range(TERMINAL_LANES):
                doings = self._of_terminal()
                lanes.create_task(self._lane(f"terminals {number}", doings, (0.2, 2.0), stop))

    async def _lane(
        self,
        name: str,
        doings: Mapping[str, Doing],
        pause: tuple[float, float],
        stop: asyncio.Event,
    ) -> None:
        rng = random.Random(f"{self._seed}/{name}")  # noqa: S311 - chaos, not a secret
        for kind in rounds(tuple(doings), rng):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), rng.uniform(*pause))
            if stop.is_set():
                return
            harm = await doings[kind](rng)
            if harm is not None:
                self.harms.append(harm)

    # --- the centre, and the boxes ---

    def _centre(self) -> dict[str, Doing]:
        doings: dict[str, Doing] = {}
        for process, scope in SERVICES.items():
            doings[f"kill {process}"] = self._kill(process, scope)
            doings[f"pause {process}"] = self._pause(process, scope, (0.3, 4.0))
        doings[CRASH] = self._crash
        return doings

    def _of_store(self, store: str) -> dict[str, Doing]:
        box, wan = f"{GATEWAY}:{store}", self._stage.wans[store]
        return {
            f"kill {GATEWAY}": self._kill(box, store),
            f"pause {GATEWAY}": self._pause(box, store, (0.5, 8.0)),
            "WAN cut": self._handle(wan, Hand.CUT, "WAN cut", store, (0.1, 6.0)),
            "WAN silent": self._handle(wan, Hand.HOLD, "WAN silent", store, (1.0, 15.0)),
        }

    def _kill(self, process: str, scope: str) -> Doing:
        system = self._stage.system

        async def do(_: random.Random) -> Harm | None:
            began = self._clock.now()
            try:
                dead = await asyncio.to_thread(system.kill, process)
            except ProcessLookupError:
                return None
            await asyncio.to_thread(system.wait_ready, process, other_than=dead)
            await self._until_servers_answer()
            return self._harm(f"kill {process.partition(':')[0]}", scope, began)

        return do

    def _pause(self, process: str, scope: str, length: tuple[float, float]) -> Doing:
        async def do(rng: random.Random) -> Harm | None:
            began = self._clock.now()
            stopped = _family(self._stage.system.pid(process))
            try:
                for one in stopped:
                    _signal(one, signal.SIGSTOP)
                await asyncio.sleep(rng.uniform(*length))
            finally:
                for one in stopped:
                    _signal(one, signal.SIGCONT)
            if not stopped:
                return None
            return self._harm(f"pause {process.partition(':')[0]}", scope, began)

        return do

    async def _crash(self, rng: random.Random) -> Harm | None:
        """Kill one backend: PostgreSQL throws all others out and recovers from its log."""
        began = self._clock.now()
        family = _family(self._stage.system.pid("postgres"))
        backends = [one for one in family if _is_backend(one)]
        if not backends:
            return None
        _signal(rng.choice(backends), signal.SIGKILL)
        await self._until_servers_answer()
        return self._harm(CRASH, CENTRE, began)

    async def _until_servers_answer(self) -> None:
        """Wait until PostgreSQL and NATS take connections; they have no page of their health."""
        told = self._stage.system.endpoints()
        nats = urlsplit(told.nats)
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
                connection = await asyncpg.connect(told.postgres, timeout=SERVER_S)
                await connection.close()
                async with asyncio.timeout(SERVER_S):
                    greeting, bus = await asyncio.open_connection(nats.hostname, nats.port)
                    await greeting.readline()
                    bus.close()
                return
            await asyncio.sleep(LOOK_S)

    def _handle(
        self, cable: Cable, hand: Hand, kind: str, scope: str, length: tuple[float, float]
    ) -> Doing:
        async def do(rng: random.Random) -> Harm | None:
            began = self._clock.now()
            cable.lay(hand)
            try:
                await asyncio.sleep(rng.uniform(*length))
            finally:
                cable.lay(Hand.OFF)
            return self._harm(kind, scope, began)

        return do

    # --- single terminals ---

    def _of_terminal(self) -> dict[str, Doing]:
        by_hand: dict[str, Callable[[str, random.Random], Awaitable[Harm | None]]] = {
            "link cut": self._cut_link,
            "link silent": self._hold_link,
            "power cycle": self._cycle_power,
            RESET: self._press_reset,
        }
        doings = {kind: self._somewhere(do, ()) for kind, do in by_hand.items()}
        for fault in self._scripted:
            recipe = RECIPES[fault]
            doings[fault] = self._somewhere(self._script(fault, recipe), recipe.media)
        return doings

    def _somewhere(
        self, do: Callable[[str, random.Random], Awaitable[Harm | None]], media: tuple[str, ...]
    ) -> Doing:
        """Do it at a terminal that nobody has his hands on."""

        async def at_one(rng: random.Random) -> Harm | None:
            free = [
                serial
                for serial, pilot in self._stage.pilots.items()
                if serial not in self._touched and (not media or pilot["media"] in media)
            ]
            if not free:
                return None
            serial = rng.choice(free)
            self._touched.add(serial)
            try:
                return await do(serial, rng)
            except (Unreachable, NotNow):
                return None
            finally:
                self._touched.discard(serial)

        return at_one

    async def _cut_link(self, serial: str, rng: random.Random) -> Harm | None:
        cable = self._stage.links[serial]
        return await self._handle(cable, Hand.CUT, "link cut", serial, (0.0, 3.0))(rng)

    async def _hold_link(self, serial: str, rng: random.Random) -> Harm | None:
        cable = self._stage.links[serial]
        return await self._handle(cable, Hand.HOLD, "link silent", serial, (0.5, 9.0))(rng)

    async def _cycle_power(self, serial: str, rng: random.Random) -> Harm | None:
        began = self._clock.now()
        try:
            await self._stage.terminals.power(serial, "off")
            await asyncio.sleep(rng.uniform(0.2, 3.0))
        finally:
            await self._stage.mend(serial)
        return self._harm("power cycle", serial, began)

    async def _press_reset(self, serial: str, _: random.Random) -> Harm | None:
        """The customer changes their mind: as soon as there is something to reset."""
        began = self._clock.now()
        deadline = self._clock.monotonic() + STRUCK_S
        while self._clock.monotonic() < deadline:
            with contextlib.suppress(NotNow):
                await self._stage.terminals.press(serial, "リセット")
                return self._harm(RESET, serial, began)
            await asyncio.sleep(LOOK_S / 5)
        return None

    def _script(
        self, fault: str, recipe: Recipe
    ) -> Callable[[str, random.Random], Awaitable[Harm | None]]:
        async def do(serial: str, rng: random.Random) -> Harm | None:
            parameters = recipe.draw(rng)
            simulator = self._stage.system.pid("ct6100_simulator")
            began = self._clock.now()
            await self._stage.terminals.arm(serial, fault, parameters)
            try:
                if not await self._struck(serial, fault, recipe):
                    return None
                struck = self._clock.now()
                if recipe.power_cycle:
                    await asyncio.sleep(rng.uniform(0.2, 3.0))
                    await self._stage.terminals.power(serial, "off")
            finally:
                await self._stage.mend(serial)
            if self._stage.system.pid("ct6100_simulator") != simulator:
                return None  # it forgot the fault when it was killed
            healed = self._clock.now() if recipe.window or recipe.power_cycle else struck
            return self._harm(fault, serial, began, healed=healed + _lingering(recipe, parameters))

        return do

    async def _struck(self, serial: str, fault: str, recipe: Recipe) -> bool:
        """Wait until the fault has met a payment."""
        before = self._ended(serial)
        deadline = self._clock.monotonic() + STRUCK_S
        while self._clock.monotonic() < deadline:
            await asyncio.sleep(LOOK_S)
            if recipe.window:
                if self._ended(serial) >= before + recipe.window:
                    return True
                continue
            view = await self._stage.terminals.view(serial)
            if all(one["fault"] != fault for one in view["faults"]):
                return True
        return bool(recipe.window) and self._ended(serial) > before

    def _ended(self, serial: str) -> int:
        """Return how many operations the terminal has ended, by its journal."""
        ask = "SELECT count(*) FROM journal WHERE serial = ? AND state <> 'pending'"
        place = f"file:{self._stage.journals}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(place, uri=True)) as disk:
                return int(disk.execute(ask, (serial,)).fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def _harm(
        self, kind: str, scope: str, began: datetime, *, healed: datetime | None = None
    ) -> Harm:
        return Harm(kind=kind, scope=scope, began=began, healed=healed or self._clock.now())


def _lingering(recipe: Recipe, parameters: Parameters) -> timedelta:
    seconds = parameters.get("seconds")
    lasts = recipe.lingers and isinstance(seconds, int | float)
    return timedelta(seconds=float(str(seconds))) if lasts else timedelta()


def _family(pid: int) -> list[psutil.Process]:
    """Return a process and its children: PostgreSQL is many."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _is_backend(process: psutil.Process) -> bool:
    """Whether it serves a client: its title says whose (a role a service) and where from."""
    try:
        return any(
            part.startswith("postgres: ") and f" {HOST}(" in part for part in process.cmdline()
        )
    except psutil.Error:
        return False


def _signal(process: psutil.Process, what: signal.Signals) -> None:
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        os.kill(process.pid, what)
