"""Tells the message server which boxes' keys are worth nothing, and keeps trying until it knows.

What is pending is a box's row that is over and not yet `cut_off`, written by the same commit as its
end. All keys are told each time: nobody need know what was told before. See `publication`.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from servicekit.clock import Clock
from store_config import decide_box
from store_config.ports import Boxes, Keys, OutOfReach

RETRY_MIN_S: Final = 0.1
RETRY_MAX_S: Final = 5.0
POLL_S: Final = 5.0
"""Another instance's commit does not poke this one; it is picked up this late."""
TELL_AGAIN_S: Final = 60.0
"""NATS takes whichever list arrives last, an older one too, where a line that stood still lets go
of what nobody waits for any more. So no list is believed to be in force for longer than this."""

logger = logging.getLogger(__name__)


class Revocations:
    """One per process; instances take turns, so that an older list never overtakes a newer one."""

    def __init__(self, boxes: Boxes, keys: Keys, clock: Clock) -> None:
        """Nothing happens before `run`."""
        self._boxes = boxes
        self._keys = keys
        self._clock = clock
        self._poked = asyncio.Event()
        self._good_until = 0.0

    def poke(self) -> None:
        """Say that a key has come to its end."""
        self._poked.set()

    def tell_again(self) -> None:
        """Say that the message server may have forgotten what it was told."""
        self._good_until = 0.0
        self._poked.set()

    async def push_pending(self) -> None:
        """Tell all, if there is anything that was not told. Raises `OutOfReach`."""
        told = self._clock.monotonic() < self._good_until
        if told and not await self._boxes.any_to_cut_off():
            return
        await self.push()

    async def push(self) -> None:
        """Tell all. Raises `OutOfReach`, and then what was pending is pending still."""
        horizon = self._clock.now() - timedelta(seconds=decide_box.REVOKED_KEPT_S)
        # Before it is told: `tell_again` may say otherwise meanwhile.
        self._good_until = self._clock.monotonic() + TELL_AGAIN_S
        try:
            async with self._boxes.cutting_off(horizon) as revoked:
                await self._keys.revoke(decide_box.by_key(revoked))
        except OutOfReach:
            self._good_until = 0.0  # it may have arrived, or arrive late
            raise

    async def run(self) -> None:
        """Tell all once, then after each poke, until cancelled."""
        pause = RETRY_MIN_S
        while True:
            self._poked.clear()
            try:
                await self.push_pending()
            except OutOfReach as error:
                logger.warning("keys are not cut off yet, next try in %.1f s: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MAX_S)
                continue
            pause = RETRY_MIN_S
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._poked.wait()
        except TimeoutError:
            return
