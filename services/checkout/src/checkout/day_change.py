"""Sales that were paid and never OK'd are closed at the change of their store's day.

The event says that nobody did it (`by` is null): that is its audit.
"""

from typing import Final

from checkout import decide_sale
from checkout.ledger import Ledger
from checkout.model import Sale
from checkout.ports import Configuration

SWEPT_AT_ONCE: Final = 200
"""Left-over sales of a whole chain; what is more is found by the next sweep."""


class DayChange:
    """Looks for yesterday's paid sales."""

    def __init__(self, ledger: Ledger, configuration: Configuration) -> None:
        self._ledger = ledger
        self._configuration = configuration

    async def sweep(self) -> int:
        """Close what is left of earlier days; return how many sales that were."""
        closed = 0
        for sale in await self._ledger.store.paid(SWEPT_AT_ONCE):
            if self._is_over(sale):
                await self._ledger.change(sale.company, sale.id, decide_sale.close_sale)
                closed += 1
        return closed

    def _is_over(self, sale: Sale) -> bool:
        document = self._configuration.of_store(sale.company, sale.store)
        if document is None:
            return False
        today = decide_sale.business_date(self._ledger.clock.now(), document.settings)
        return sale.business_date < today
