"""Forgets what nobody will ask for any more, a little at a time."""

import asyncio
from datetime import timedelta
from typing import Final

from servicekit.clock import Clock
from terminal_gateway.ports import Journal

FACTS_KEPT: Final = timedelta(days=30)
"""Twice what the stream keeps (14 days): a centre restored from a backup can still replay."""

OPERATIONS_KEPT: Final = timedelta(days=400)
"""A year's disputes and a little. An id that is older is not sworn off but looked for."""

EVERY_S: Final = 600.0
"""Old rows leave in small commits; while some did, the next comes after `MORE_S`."""

MORE_S: Final = 5.0


async def keep_tidy(journal: Journal, clock: Clock) -> None:
    """Prune until cancelled."""
    while True:
        now = clock.now()
        gone = await journal.prune(
            facts_before=now - FACTS_KEPT, operations_before=now - OPERATIONS_KEPT
        )
        await asyncio.sleep(MORE_S if gone else EVERY_S)
