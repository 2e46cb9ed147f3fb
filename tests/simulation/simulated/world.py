"""One seed: a store opens, everything goes wrong for a while, all works again, all agree."""

import asyncio
import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from messaging import backoff
from simulated.invariants import Invariant
from simulated.store import Store
from simulated.story import Broken, Story
from simulated.trouble import Trouble
from simulated.virtual import VirtualLoop, run_virtually

SALES: Final = (9, 12)
"""Customers of a store in one seed, shared among its registers."""

FAULT_EVERY_S: Final = (0.3, 5.0)
REST_S: Final = 60.0
"""All links healed and everybody done: within a virtual minute nothing may be open any more."""
LOOK_S: Final = 1.0
SCRAPPED_AFTER_S: Final = 15.0
"""When everything works again, the last box that started has taken the epoch by then."""


class World:
    """Lives through one seed."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self.store = Store(seed, loop)
        self._loop = loop
        self._trouble = Trouble(self.store, self.store.rng)

    async def run(self) -> None:
        """Live through the seed. Raises `Broken`."""
        store = self.store
        delivering = asyncio.create_task(store.around.stream.deliver_forever())
        for device in store.devices:
            device.switch_on()
        await store.start_checkout()
        await store.start_gateway(store.boxes[0])
        each = -(-store.rng.randint(*SALES) // len(store.cashiers))
        working = asyncio.gather(*(cashier.work(each) for cashier in store.cashiers))
        while not working.done():
            await asyncio.sleep(store.rng.uniform(*FAULT_EVERY_S))
            self._trouble.strike()
            self._look_for_crashes(delivering)
        await self._heal()
        await working
        await asyncio.gather(*(cashier.finish() for cashier in store.cashiers))
        await self._come_to_rest(delivering)

    async def _heal(self) -> None:
        store, around = self.store, self.store.around
        store.story.tell("world", "everything works again")
        around.lan.trouble = around.wire.trouble = False
        for box in store.boxes:
            box.line.trouble = False
        for cashier in store.cashiers:
            cashier.page.trouble = False
        for customer, device in zip(store.customers, store.devices, strict=True):
            customer.trouble = device.centre.trouble = False
            device.dies_in = device.lie = None
        if store.returning:
            await asyncio.wait(store.returning)
        if sum(not box.scrapped for box in store.boxes) > 1:
            await asyncio.sleep(SCRAPPED_AFTER_S)
            store.scrap(*store.boxes)
        for device in store.devices:
            device.switch_on()

    async def _come_to_rest(self, delivering: asyncio.Task[None]) -> None:
        store = self.store
        fault = store.truth.at_rest(store.around.listener)
        until = self._loop.now + REST_S
        while fault is not None and self._loop.now < until:
            await asyncio.sleep(LOOK_S)
            self._look_for_crashes(delivering)
            for sale in store.truth.sales:
                store.around.listener.ask_soon(sale, LOOK_S)
            fault = store.truth.at_rest(store.around.listener)
        if fault is not None:
            raise Broken(*fault, store.story)

    def _look_for_crashes(self, delivering: asyncio.Task[None]) -> None:
        story = self.store.story
        for error in self.store.around.crashes:
            if isinstance(error, Broken):
                raise error
            raise Broken(Invariant.NOTHING_CRASHES, repr(error), story) from error
        if delivering.done() and (failed := delivering.exception()) is not None:
            raise failed


def live(seed: int) -> Story:
    """Live through one seed and return its story. Raises `Broken`."""

    async def main(loop: VirtualLoop) -> Story:
        world = World(seed, loop)
        story = world.store.story
        try:
            await world.run()
        except Broken:
            raise
        except Exception as error:
            raise Broken(Invariant.NOTHING_CRASHES, repr(error), story) from error
        finally:
            world.store.end()
        story.counts["steps"] = loop.steps
        story.counts["virtual seconds"] = int(loop.now)
        return story

    with _seeded(seed):
        return run_virtually(main)


@contextmanager
def _seeded(seed: int) -> Generator[None]:
    """Let the one module that draws from the machine draw from the seed."""
    drawn = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    real, backoff.draw = backoff.draw, drawn.random
    try:
        yield
    finally:
        backoff.draw = real
