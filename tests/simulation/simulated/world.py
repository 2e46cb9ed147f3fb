"""One seed: a shop opens, everything goes wrong for a while, everything works again, all agree."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from typing import Final

from checkout.memory import MemorySales
from contracts.stores import RegisterEntry, StoreConfiguration, StoreSettings, TerminalEntry
from simulated.bus import Line
from simulated.cashier import Cashier
from simulated.customer import Customer
from simulated.device import Device
from simulated.shop import COMPANY, STORE, CheckoutProcess, GatewayProcess, Surroundings
from simulated.story import Broken, Story
from simulated.truth import Truth
from simulated.virtual import Process, SeededIds, VirtualLoop, chance, run_virtually
from terminal_gateway.memory import ROOM_MAX, MemoryDisk

PORT: Final = 9_000
REGISTERS_MAX: Final = 2
TROUBLE_S: Final = (6.0, 20.0)
FAULT_EVERY_S: Final = (0.2, 5.0)
REST_S: Final = 60.0
"""All links healed and everybody done: within a virtual minute nothing may be open any more."""
LOOK_S: Final = 1.0
SCRAPPED_AFTER_S: Final = 15.0
"""When everything works again, the last box that started has taken the epoch by then."""


class Box:
    """A store's box: its disk outlives each life of the gateway on it."""

    def __init__(self, name: str, line: Line) -> None:
        self.name = name
        self.line = line
        self.disk = MemoryDisk(f"journal of {name}")
        self.life: GatewayProcess | None = None
        self.scrapped = False

    @property
    def alive(self) -> bool:
        """Whether a gateway runs on it."""
        return self.life is not None and self.life.process.alive


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self.story = Story(seed, loop)
        self._loop = loop
        self._rng = random.Random(seed)  # noqa: S311 - a simulation, not a secret
        self._around = Surroundings(loop, self._rng, self.story)
        loop.connector = self._around.wire
        self._around.gateway_ended = self._gateway_ended
        self._ids = SeededIds(self._around.clock, 1)
        self._sales = MemorySales()
        self._boxes = [Box("gateway", self._around.wan)]
        self._truth = Truth(self.story, self._around.crashes)
        self._checkout: CheckoutProcess | None = None
        registers = self._rng.choice((1, 1, REGISTERS_MAX))
        self._devices = [self._device(number) for number in range(1, registers + 1)]
        self._customers = [
            Customer(device, loop=loop, rng=self._rng, story=self.story) for device in self._devices
        ]
        self._cashiers = [
            Cashier(f"R{number}", self._around, self._rng, self._ids.uuid)
            for number in range(1, registers + 1)
        ]
        self._document = _document(registers)
        self._returning: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Live through the seed. Raises `Broken`."""
        around, rng = self._around, self._rng
        delivering = asyncio.create_task(around.stream.deliver_forever())
        for device in self._devices:
            device.switch_on()
        await self._start_checkout()
        await self._start_gateway(self._boxes[0])
        working = [asyncio.create_task(each.work(rng.randint(1, 2))) for each in self._cashiers]
        until = self._loop.now + rng.uniform(*TROUBLE_S)
        while self._loop.now < until:
            await asyncio.sleep(rng.uniform(*FAULT_EVERY_S))
            self._strike()
        self._look_for_crashes(delivering)
        await self._heal()
        await asyncio.gather(*working)
        await asyncio.gather(*(each.finish() for each in self._cashiers))
        await self._come_to_rest(delivering)

    def end(self) -> None:
        """Kill every process, so that nothing runs on."""
        for life in (self._checkout, *(box.life for box in self._boxes)):
            if life is not None:
                life.process.kill()

    # --- faults ---

    def _strike(self) -> None:
        faults: tuple[Callable[[], None], ...] = (
            self._kill_checkout,
            self._kill_gateway,
            self._lose_box_power,
            self._lose_journal,
            self._replace_box,
            self._lose_terminal_power,
            self._lose_terminal_power_soon,
            self._pull_cable,
            self._hold_cable,
            self._cut_wan,
            self._swallow_wan,
            self._fill_disk,
        )
        self._rng.choice(faults)()

    def _kill_checkout(self) -> None:
        if self._checkout is not None and self._checkout.process.alive:
            self.story.count("fault: checkout killed")
            self.story.tell("fault", "checkout is killed")
            self._checkout.process.kill()
            self._later(self._start_checkout, 0.05, 5.0)

    def _kill_gateway(self) -> None:
        box = self._rng.choice(self._boxes)
        if box.alive:
            self.story.count("fault: gateway killed")
            self.story.tell("fault", "{} is killed", box.name)
            self._kill(box)
            self._later(partial(self._start_gateway, box), 0.05, 5.0)

    def _kill(self, box: Box) -> None:
        assert box.life is not None, "only what lives is killed"
        box.life.process.kill()
        self._around.wire.vanish(box.life.process)

    def _gateway_ended(self, process: Process) -> None:
        def end() -> None:
            for box in self._boxes:
                if box.life is not None and box.life.process is process and process.alive:
                    self._kill(box)
                    self._later(partial(self._start_gateway, box), 0.05, 5.0)

        self._loop.call_soon(end, context=Context())

    def _lose_box_power(self) -> None:
        box = self._rng.choice(self._boxes)
        if box.life is not None and box.alive:
            self.story.count("fault: box without power")
            self.story.tell("fault", "{} loses its power", box.name)
            box.life.process.kill()
            self._around.gateway.vanish()
            self._later(partial(self._start_gateway, box), 0.5, 12.0)

    def _lose_journal(self) -> None:
        box = self._rng.choice(self._boxes)
        if box.alive:
            self.story.count("fault: journal lost")
            self.story.tell("fault", "{} is killed and its journal damaged", box.name)
            self._kill(box)
            box.disk.lose_everything(self._around.clock.now(), self._ids)
            self._later(partial(self._start_gateway, box), 0.05, 5.0)

    def _replace_box(self) -> None:
        """Another box takes the store's place; the old one is cut off, or back from the dead."""
        old = self._boxes[0]
        if len(self._boxes) > 1 or not old.alive:
            return
        self.story.count("fault: box replaced")
        line = Line("wan-2", self._loop, self._rng, self.story)
        new = Box("gateway-2", line)
        self._boxes.append(new)
        if chance(self._rng, 0.5):
            self.story.tell("fault", "the box is unplugged, and another takes its place")
            self._kill(old)
            self._later(partial(self._start_gateway, old), 3.0, 20.0)
        else:
            self.story.tell("fault", "the box is cut off, and another takes its place")
            old.line.known_down = True
            self._loop.call_later(self._rng.uniform(3.0, 20.0), self._mend_wan)
            self._loop.call_later(self._rng.uniform(0.0, 3.0), self._around.wire.cut)
        self._later(partial(self._start_gateway, new), 0.1, 2.0)

    def _lose_terminal_power(self) -> None:
        device = self._rng.choice(self._devices)
        if device.on:
            self.story.count("fault: terminal without power")
            device.switch_off()
            self._loop.call_later(self._rng.uniform(0.1, 6.0), device.switch_on)

    def _lose_terminal_power_soon(self) -> None:
        device = self._rng.choice(self._devices)
        if device.on:
            device.dies_in = self._rng.randint(1, 30)

    def _pull_cable(self) -> None:
        self.story.count("fault: cable pulled")
        self.story.tell("fault", "the cable is pulled")
        self._around.wire.cut()

    def _hold_cable(self) -> None:
        self.story.count("fault: cable held")
        self.story.tell("fault", "the cable holds everything back")
        self._around.wire.hold(self._rng.uniform(0.5, 9.0))

    def _cut_wan(self) -> None:
        self.story.count("fault: wan down")
        self.story.tell("fault", "the WAN is down, and everybody knows")
        self._around.wan.known_down = True
        self._loop.call_later(self._rng.uniform(0.5, 15.0), self._mend_wan)

    def _swallow_wan(self) -> None:
        self.story.count("fault: wan swallows")
        self.story.tell("fault", "the WAN swallows everything")
        self._around.wan.black_hole = True
        self._loop.call_later(self._rng.uniform(0.5, 10.0), self._mend_wan)

    def _mend_wan(self) -> None:
        self.story.tell("fault", "the WAN is back")
        self._around.wan.known_down = self._around.wan.black_hole = False

    def _fill_disk(self) -> None:
        self.story.count("fault: disk full")
        self.story.tell("fault", "the box's disk is full")
        disk = self._rng.choice(self._boxes).disk
        disk.room = self._rng.randint(1, 4)

        def tidy() -> None:
            disk.room = ROOM_MAX

        self._loop.call_later(self._rng.uniform(0.5, 8.0), tidy)

    # --- healing ---

    async def _heal(self) -> None:
        self.story.tell("world", "everything works again")
        around = self._around
        around.lan.trouble = around.wire.trouble = False
        for box in self._boxes:
            box.line.trouble = False
        for cashier in self._cashiers:
            cashier.trouble = False
        for customer, device in zip(self._customers, self._devices, strict=True):
            customer.trouble = device.centre.trouble = False
            device.dies_in = None
        if self._returning:
            await asyncio.wait(self._returning)
        await self._scrap_what_was_replaced()
        for device in self._devices:
            if device.terminal.frozen:
                device.switch_off()
            device.switch_on()

    async def _scrap_what_was_replaced(self) -> None:
        """Somebody takes the box away that is not the store's any more."""
        if len(self._boxes) == 1:
            return
        await asyncio.sleep(SCRAPPED_AFTER_S)
        value = self._around.epochs.value
        for box in self._boxes:
            if value is not None and box.disk.journal_id != value.instance:
                self.story.tell("world", "{} is taken away", box.name)
                box.scrapped = True
                if box.alive:
                    self._kill(box)

    async def _come_to_rest(self, delivering: asyncio.Task[None]) -> None:
        fault: str | None = "nothing was looked at"
        until = self._loop.now + REST_S
        while fault is not None and self._loop.now < until:
            await asyncio.sleep(LOOK_S)
            self._look_for_crashes(delivering)
            fault = self._truth.at_rest()
        if fault is not None:
            raise Broken(fault, self.story)

    def _look_for_crashes(self, delivering: asyncio.Task[None]) -> None:
        for error in self._around.crashes:
            if isinstance(error, Broken):
                raise error
            raise Broken(f"a process crashed: {error!r}", self.story) from error
        if delivering.done() and (failed := delivering.exception()) is not None:
            raise failed

    # --- lives ---

    def _later(self, start: Callable[[], Awaitable[None]], low_s: float, high_s: float) -> None:
        async def come_back() -> None:
            await asyncio.sleep(self._rng.uniform(low_s, high_s))
            await start()

        task = asyncio.create_task(come_back())
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _start_checkout(self) -> None:
        self.story.tell("checkout", "starts")
        life = CheckoutProcess(
            self._around, self._sales, self._document, self._ids, self._truth.on_commit
        )
        self._checkout = life
        await _lived(life.process, life.start())

    async def _start_gateway(self, box: Box) -> None:
        if box.alive or box.scrapped:
            return
        self.story.tell(box.name, "starts")
        life = GatewayProcess(
            box.name,
            self._around,
            disk=box.disk,
            line=box.line,
            ids=self._ids,
            document=self._document,
        )
        box.life = life
        await _lived(life.process, life.start())

    def _device(self, number: int) -> Device:
        device = Device(
            f"T{number}",
            f"CT6100-{STORE}-T{number}",
            PORT + number,
            wire=self._around.wire,
            loop=self._loop,
            rng=self._rng,
            story=self.story,
        )
        self._truth.watch(device)
        return device


async def _lived(process: Process, start: Awaitable[None]) -> None:
    async def starting() -> None:
        await start

    task = process.spawn(starting(), "start", awaited=True)
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _document(registers: int) -> StoreConfiguration:
    numbers = range(1, registers + 1)
    return StoreConfiguration(
        company=COMPANY,
        store=STORE,
        name="渋谷店",
        version=1,
        terminal_option=True,
        registers=tuple(RegisterEntry(register=f"R{n}", name=f"レジ{n}") for n in numbers),
        terminals=tuple(
            TerminalEntry(
                terminal=f"T{n}",
                model="CT-6100",
                serial=f"CT6100-{STORE}-T{n}",
                host="terminal",
                port=PORT + n,
                paired_register=f"R{n}",
            )
            for n in numbers
        ),
        settings=StoreSettings(),
    )


def live(seed: int) -> Story:
    """Live through one seed and return its story. Raises `Broken`."""

    async def main(loop: VirtualLoop) -> Story:
        world = World(seed, loop)
        try:
            await world.run()
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"the simulation stopped: {error!r}", world.story) from error
        finally:
            world.end()
        return world.story

    return run_virtually(main)
