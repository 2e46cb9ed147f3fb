"""A thousand stores' boxes in this process: the gateway's own code on journals in memory.

Each has a connection, a token and a `terminal_gateway.box.Box` of its own, joined as a gateway's
process joins it; only its terminals are never found.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

from bench.chain import COMPANY, STORES, store_code
from contracts.identifiers import StoreCode
from contracts.operations import Evidence, ForeignResultSeen, OperationKind, Outcome
from contracts.permissions import box_identity
from contracts.stores import StoreConfiguration
from messaging.address import with_credentials
from messaging.bus import Bus, MessagingError
from messaging.nkeys import write_credentials
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from supervisor.nats_trust import Seeds, Trust
from terminal_gateway import nats_bus
from terminal_gateway.box import Box
from terminal_gateway.errors import CentreAwayError
from terminal_gateway.memory import MemoryDisk, MemoryJournal
from terminal_gateway.model import Change, FactDraft
from terminal_gateway.ports import TerminalLink

JOINING: Final = 32
"""Boxes that join at once at the start; what comes back after an outage comes back by itself."""

AGAIN_S: Final = 0.5


class NoTerminals:
    """`ports.Dialer`: nobody answers, and nobody says so."""

    async def dial(self, host: str, port: int) -> TerminalLink:
        """Wait for ever."""
        await asyncio.Event().wait()
        raise AssertionError(host, port)


class BenchBox:
    """One store's box."""

    def __init__(self, store: StoreCode, url: str, ids: SystemIds) -> None:
        self.store = store
        self._url = url
        self._ids = ids
        self._clock = SystemClock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._live = nats_bus.NatsLive(COMPANY, store)
        self._bus: Bus | None = None
        self.applied: dict[int, float] = {}
        """When each version of the configuration came into force."""
        self.newer = asyncio.Event()
        self._box = Box(
            company=COMPANY,
            store=store,
            journal=MemoryJournal(
                MemoryDisk(ids.uuid()), company=COMPANY, store=store, clock=self._clock
            ),
            live=self._live,
            dialer=NoTerminals(),
            clock=self._clock,
            ids=ids,
            spawn=self._spawn,
            version="bench",
            broken=_broken,
        )

    @property
    def version(self) -> int:
        """Return the configuration in force."""
        return max(self.applied, default=0)

    async def join(self) -> None:
        """Do what `terminal_gateway.wiring` does, without paper."""
        await self._box.open()
        telemetry = Telemetry(Resource("terminal_gateway", "bench", self.store))
        bus = self._bus = await Bus.connect(
            self._url,
            name=box_identity(COMPANY, self.store),
            telemetry=telemetry,
            lifecycle=Lifecycle(),
        )
        bus.atomic_batches = True
        await nats_bus.watch_configuration(bus, COMPANY, self.store, self._apply)
        epochs = nats_bus.NatsEpochs(bus, COMPANY, self.store)
        stream = nats_bus.NatsFactStream(bus, COMPANY, self.store)
        while True:
            try:
                await self._box.join(epochs, stream)
                break
            except (MessagingError, CentreAwayError):
                await asyncio.sleep(AGAIN_S)
        self._box.dial()
        await epochs.watch(self._box.on_epoch)
        self._live.bus = bus
        await nats_bus.serve_commands(bus, COMPANY, self.store, self._box.handlers.on_command)
        await self._box.begin_to_beat()

    async def until_version(self, version: int) -> float:
        """Return when a version, or a later one, came into force."""
        while self.version < version:
            self.newer.clear()
            await self.newer.wait()
        return min(at for number, at in self.applied.items() if number >= version)

    async def keep_fact(self) -> str:
        """Put a fact on the disk, for the centre whenever it is there; return its id."""
        now, fact = self._clock.now(), self._ids.uuid()
        seen = ForeignResultSeen(
            terminal="T1",
            serial=f"CT6100-{self.store}-1",
            kind=OperationKind.PAYMENT,
            outcome=Outcome.APPROVED,
            amount=165,
            echoed_operation_id=None,
            evidence=Evidence(source="result", at=now),
            ended_at=now,
        )
        draft = FactDraft(id=fact, terminal="T1", name="foreign_result_seen", at=now, body=seen)
        await self._box.office.keep(Change(facts=(draft,)))
        return fact

    async def leave(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._bus is not None:
            await self._bus.wire.close()

    async def _apply(self, document: StoreConfiguration) -> None:
        await self._box.floor.apply(document)
        self.applied.setdefault(document.version, time.perf_counter())
        self.newer.set()

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Boxes:
    """All boxes of the chain."""

    def __init__(self, nats_url: str, seeds: Seeds, folder: Path) -> None:
        codes = [store_code(number) for number in range(1, STORES + 1)]
        now_s = int(SystemClock().now().timestamp())
        trust = Trust(seeds, [(COMPANY, code) for code in codes], now_s)
        ids = SystemIds()
        folder.mkdir(mode=0o700)
        self.all: list[BenchBox] = []
        for code in codes:
            path = folder / f"{code}.creds"
            path.touch(mode=0o600)
            held = trust.identities[box_identity(COMPANY, code)]
            path.write_text(write_credentials(held), encoding="utf-8")
            self.all.append(BenchBox(code, with_credentials(nats_url, path), ids))

    async def join(self) -> float:
        """Let all join; return how many seconds it took."""
        began = time.perf_counter()
        await _together(JOINING, (box.join for box in self.all))
        return time.perf_counter() - began

    async def leave(self) -> None:
        """Let all go."""
        await _together(JOINING, (box.leave for box in self.all))


async def _together(at_once: int, work: Iterable[Callable[[], Coroutine[Any, Any, None]]]) -> None:
    slots = asyncio.Semaphore(at_once)

    async def one(begin: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async with slots:
            await begin()

    async with asyncio.TaskGroup() as group:
        for begin in work:
            group.create_task(one(begin))


def _broken(error: Exception) -> NoReturn:
    raise error
