"""Waiting a moment for what is on its way: here at once, by other processes within a poll."""

import asyncio
from typing import Final

from receipts.ports import Arrivals

POLL_S: Final = 0.1
"""Another process may have taken the fact in: the record is looked at again this often."""


class Doorbell(Arrivals):
    """Rings for everybody who waits."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def told(self) -> None:
        """Wake whoever waits."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def next(self, timeout_s: float) -> None:
        """Return when it rings, or when it is time to look again."""
        try:
            async with asyncio.timeout(min(timeout_s, POLL_S)):
                await self._rung.wait()
        except TimeoutError:
            return
