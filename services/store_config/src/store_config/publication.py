"""Brings each store's document to the bucket that edges watch, and keeps trying until it is there.

The pending publication is a store's row whose `published_version` is behind, written by the same
commit as the change; nothing is published that was not committed, and nothing committed is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from contracts.stores import StoreConfiguration
from store_config import decide
from store_config.ports import Documents, OutOfReach, Stores

RETRY_MIN_S: Final = 0.1
RETRY_MAX_S: Final = 5.0
"""What is away is asked again this often at most: 300 stores wait, not the bus."""

POLL_S: Final = 5.0
"""Another instance's commit does not poke this one; its publication is picked up this late."""

AT_ONCE: Final = 16
"""Stores shown at the same time: a company's rule shows all of its thousand anew, and a pairing
that is changed meanwhile waits for them."""

logger = logging.getLogger(__name__)


class Publication:
    """One per process; more than one instance is harmless, since versions only go up."""

    def __init__(self, stores: Stores, documents: Documents) -> None:
        """Nothing happens before `reconcile` or `run`."""
        self._stores = stores
        self._documents = documents
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Say that something was committed."""
        self._poked.set()

    async def reconcile(self) -> int:
        """Show whatever the bucket lacks or shows as older; return how many. Raises `OutOfReach`.

        A bucket that is ahead of the record (restored from a backup) lifts the record's version:
        edges never apply an older one.
        """
        found = await self._all(self._reconcile_one, await self._stores.everything())
        await self.publish_pending()
        return sum(found)

    async def publish_pending(self) -> None:
        """Show what was committed and is not shown yet. Raises `OutOfReach`."""
        await self._all(self._show, await self._stores.unpublished())

    async def run(self) -> None:
        """Publish after each poke, until cancelled."""
        pause = RETRY_MIN_S
        while True:
            self._poked.clear()
            try:
                await self.publish_pending()
            except OutOfReach as error:
                logger.warning(
                    "nothing can be shown to the edge, next try in %.1f s: %s", pause, error
                )
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

    async def _all(
        self,
        bring: Callable[[StoreConfiguration], Awaitable[bool]],
        documents: Sequence[StoreConfiguration],
    ) -> list[bool]:
        """Bring about something for each store, some at once; the first failure ends it."""
        found: list[bool] = []
        for start in range(0, len(documents), AT_ONCE):
            some = (bring(one) for one in documents[start : start + AT_ONCE])
            # All of them end before the next try: none is written late.
            for told in await asyncio.gather(*some, return_exceptions=True):
                if isinstance(told, BaseException):
                    raise told
                found.append(told)
        return found

    async def _reconcile_one(self, mine: StoreConfiguration) -> bool:
        """Return whether the bucket had to be put right."""
        shown = await self._documents.shown(mine.company, mine.store)
        version = decide.version_to_put(mine, shown)
        if version is None:
            await self._stores.published(mine.company, mine.store, mine.version)
        elif version == mine.version:
            await self._show(mine)
        else:
            await self._stores.lift(mine.company, mine.store, version)
        return version is not None

    async def _show(self, document: StoreConfiguration) -> bool:
        await self._documents.put(document)
        await self._stores.published(document.company, document.store, document.version)
        return True
