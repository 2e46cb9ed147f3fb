"""Once a day, what is older than its store keeps it is taken away, and that is written down."""

from typing import Final

from contracts.stores import StoreConfiguration
from receipts import retention
from receipts.ports import Configuration, Record
from servicekit.clock import Clock

REMOVED_AT_ONCE: Final = 500
"""Rows of each kind in one commit: milliseconds, so that nobody waits behind it."""

ROUNDS_MAX: Final = 1_000
"""Half a million a store and sweep; what is more waits for the next day."""


class Sweeping:
    """Looks at every store that is configured."""

    def __init__(self, record: Record, configuration: Configuration, clock: Clock) -> None:
        self._record = record
        self._configuration = configuration
        self._clock = clock

    async def sweep(self) -> int:
        """Take away what is too old; return from how many stores there was any."""
        found = 0
        for store in self._configuration.all():
            found += await self._sweep(store)
        await self._record.purge(self._clock.now())
        return found

    async def _sweep(self, store: StoreConfiguration) -> bool:
        now = self._clock.now()
        before = retention.kept_since(now, store.settings.slip_retention_years)
        for count in range(ROUNDS_MAX):
            removed = await self._record.remove_before(store, before, now, REMOVED_AT_ONCE)
            if not removed.anything:
                return count > 0
        return True
