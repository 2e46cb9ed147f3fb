"""What `receipts` keeps in memory of the key-value bucket: every store's document."""

from contracts.identifiers import CompanyCode, StoreCode
from contracts.stores import StoreConfiguration
from receipts.ports import Configuration


class Documents(Configuration):
    """Every store's newest document. The version only goes up; an older one is ignored."""

    def __init__(self) -> None:
        self._documents: dict[tuple[CompanyCode, StoreCode], StoreConfiguration] = {}

    def of_store(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return the newest document known, or None for a store that is not there."""
        return self._documents.get((company, store))

    def all(self) -> tuple[StoreConfiguration, ...]:
        """Return every store's."""
        return tuple(self._documents.values())

    async def on_document(
        self, _key: str, document: StoreConfiguration | None, _revision: int
    ) -> None:
        """A store's document changed; a deleted one is kept: what it sold is kept as well."""
        if document is None:
            return
        known = self.of_store(document.company, document.store)
        if known is None or document.version >= known.version:
            self._documents[document.company, document.store] = document
