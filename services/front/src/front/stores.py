"""Our copy of every store's configuration, kept current by a watch on the bucket."""

from collections.abc import Callable

from contracts.stores import StoreConfiguration


class StoreCopies:
    """`Stores` in memory. A version only goes up; an older document is never taken.

    `on_newer` is called with company and store once a newer document has been taken.
    """

    def __init__(self) -> None:
        self.on_newer: Callable[[str, str], None] = _nobody
        self._stores: dict[str, StoreConfiguration] = {}
        self._complete = False

    def find(self, company: str, store: str) -> StoreConfiguration | None:
        """Return one store's configuration, or None when there is no such store."""
        return self._stores.get(f"{company}.{store}")

    def of_company(self, company: str) -> tuple[StoreConfiguration, ...]:
        """Return the configurations of all stores of a company, by code."""
        found = (one for one in self._stores.values() if one.company == company)
        return tuple(sorted(found, key=lambda one: one.store))

    def caught_up(self) -> bool:
        """Tell whether all configurations were seen, so that a missing one means none."""
        return self._complete

    def complete(self) -> None:
        """Note that everything that was there at the start has been taken in."""
        self._complete = True

    async def on_change(self, key: str, value: StoreConfiguration | None, _revision: int) -> None:
        """Take a document in, or a store out."""
        if value is None:
            self._stores.pop(key, None)
            return
        known = self._stores.get(key)
        if known is None or value.version >= known.version:
            self._stores[key] = value
            self.on_newer(value.company, value.store)


def _nobody(_company: str, _store: str) -> None:
    pass
