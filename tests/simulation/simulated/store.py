"""One store and its centre: what stands there, and who lives at the moment."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from typing import Final

from checkout.memory import MemorySales
from ct6100.records import JournalEntry
from simulated.cashier import Cashier
from simulated.customer import Customer
from simulated.device import Device
from simulated.document import document
from simulated.line import Line
from simulated.shop import STORE, CheckoutProcess, GatewayProcess, Surroundings
from simulated.story import Story
from simulated.truth import Truth
from simulated.virtual import Process, SeededIds, VirtualClock, VirtualLoop
from terminal_gateway.memory import MemoryDisk
from terminal_gateway.memory_numbers import MemoryNumbers

PORT: Final = 9_000
REGISTERS: Final = (2, 3, 3, 4)


class Box:
    """A store's box: its disk outlives each life of the gateway on it."""

    def __init__(self, name: str, line: Line, clock: VirtualClock) -> None:
        self.name = name
        self.line = line
        self.clock = clock
        self.disk = MemoryDisk(f"journal of {name}")
        self.numbers = MemoryNumbers()
        self.life: GatewayProcess | None = None
        self.scrapped = False

    @property
    def alive(self) -> bool:
        """Whether a gateway runs on it."""
        return self.life is not None and self.life.process.alive


class Store:
    """Everything of one seed that outlives a process, and the processes."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self.story = Story(seed, loop)
        self.loop = loop
        self.rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self.around = Surroundings(loop, self.rng, self.story)
        loop.connector = self.around.wire
        self.around.gateway_ended = self._gateway_ended
        self.ids = SeededIds(loop, 1)
        self.sales = MemorySales()
        self.boxes = [Box("gateway", self.around.wan, self.box_clock())]
        self.truth = Truth(self.story, self.around.crashes)
        self.truth.parked = self._parked
        self.truth.kept = self._kept
        self.checkout: CheckoutProcess | None = None
        registers = self.rng.choice(REGISTERS)
        self.devices = [self._device(number) for number in range(1, registers + 1)]
        self.customers = [
            Customer(device, loop=loop, rng=self.rng, story=self.story) for device in self.devices
        ]
        self.cashiers = [
            Cashier(f"R{number}", self.around, self.rng, self.ids.uuid)
            for number in range(1, registers + 1)
        ]
        self.document = document(registers, self.rng, PORT)
        self.truth.rules(self.document.brand_rules)
        self.around.given_back = self.truth.given_back
        self.around.on_start = self.truth.on_start
        self.returning: set[asyncio.Task[None]] = set()

    def end(self) -> None:
        """Kill every process, so that nothing runs on."""
        for life in (self.checkout, *(box.life for box in self.boxes)):
            if life is not None:
                life.process.kill()

    # --- deaths ---

    def kill(self, box: Box) -> None:
        """End a gateway with -9: the kernel closes its sockets."""
        assert box.life is not None, "only what lives is killed"
        box.life.process.kill()
        self.around.wire.vanish(box.life.process)

    def scrap(self, *boxes: Box) -> None:
        """Somebody takes those away that are not the store's gateway any more."""
        value = self.around.epochs.value
        used = [box for box in boxes if value and box.disk.journal_id == value.instance]
        for box in boxes if used else ():
            if box in used or box.scrapped:
                continue
            self.story.tell("world", "{} is taken away", box.name)
            box.scrapped = True
            if box.alive:
                self.kill(box)

    def box_clock(self) -> VirtualClock:
        """Return the clock of a box, which is not set very well."""
        return VirtualClock(self.loop, ahead_s=self.rng.uniform(-20, 20))

    def _gateway_ended(self, process: Process) -> None:
        def end() -> None:
            for box in self.boxes:
                if box.life is not None and box.life.process is process and process.alive:
                    self.kill(box)
                    self.later(partial(self.start_gateway, box), 1.0)

        self.loop.call_soon(end, context=Context())

    # --- lives ---

    def later(self, start: Callable[[], Awaitable[None]], after_s: float) -> None:
        """Start something after a while."""

        async def come_back() -> None:
            await asyncio.sleep(after_s)
            await start()

        task = asyncio.create_task(come_back())
        self.returning.add(task)
        task.add_done_callback(self.returning.discard)

    async def start_checkout(self) -> None:
        """Let checkout begin another life."""
        self.story.tell("checkout", "starts")
        life = CheckoutProcess(
            self.around, self.sales, self.document, self.ids, self.truth.on_commit
        )
        self.checkout = life
        await _lived(life.process, life.start())

    async def start_gateway(self, box: Box) -> None:
        """Let a box's gateway begin another life, unless it lives or was taken away."""
        if box.alive or box.scrapped:
            return
        self.story.tell(box.name, "starts")
        life = GatewayProcess(
            box.name,
            self.around,
            disk=box.disk,
            numbers=box.numbers,
            line=box.line,
            clock=box.clock,
            ids=self.ids,
            document=self.document,
        )
        box.life = life
        await _lived(life.process, life.start())

    def _parked(self, operation_id: str) -> bool:
        for box in self.boxes:
            if box.life is None or not box.alive:
                continue
            for desk in box.life.floor.desks():
                operation = desk.open.get(operation_id)
                if operation is not None and operation.parked:
                    return True
        return False

    def _kept(self, device: Device, entry: JournalEntry) -> bool:
        key = f"{device.serial}/{entry.terminal_business_date}/{entry.slip_number}/"
        for box in self.boxes:
            disk = box.disk
            operation = disk.operations.get(entry.operation_id or "")
            if operation is not None and operation.conclusion is not None:
                return True
            if disk.lost_at is not None or any(seen.startswith(key) for seen in disk.seen):
                return True
            copied = disk.entries.get(device.serial, {}).get(entry.number)
            if copied is not None and copied.entry.line.state == str(entry.state):
                return True  # one by hand that was found in the journal, and taken for ours
        return False

    def _device(self, number: int) -> Device:
        device = Device(
            f"T{number}",
            f"CT6100-{STORE}-T{number}",
            PORT + number,
            wire=self.around.wire,
            loop=self.loop,
            rng=self.rng,
            story=self.story,
        )
        self.truth.watch(device)
        return device


async def _lived(process: Process, start: Awaitable[None]) -> None:
    async def starting() -> None:
        await start

    task = process.spawn(starting(), "start", awaited=True)
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
