"""What checkout keeps in memory of the key-value buckets: stores' documents, gateways' epochs."""

from checkout.ports import Configuration
from checkout.presence import Presence
from contracts.identifiers import CompanyCode, StoreCode
from contracts.stores import GatewayEpoch, StoreConfiguration


class Documents(Configuration):
    """Every store's newest document. The version only goes up; an older one is ignored."""

    def __init__(self) -> None:
        self._documents: dict[tuple[CompanyCode, StoreCode], StoreConfiguration] = {}

    def of_store(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return the newest document known, or None for a store that is not there."""
        return self._documents.get((company, store))

    async def on_document(
        self, _key: str, document: StoreConfiguration | None, _revision: int
    ) -> None:
        """A store's document changed; a deleted one is kept, as stores are closed by setting."""
        if document is None:
            return
        known = self.of_store(document.company, document.store)
        if known is None or document.version >= known.version:
            self._documents[document.company, document.store] = document


class Epochs:
    """Tells `Presence` who is a store's gateway now."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    async def on_epoch(self, key: str, epoch: GatewayEpoch | None, _revision: int) -> None:
        """A gateway has taken a new epoch."""
        company, _, store = key.partition(".")
        if epoch is not None:
            self._presence.epoch_taken(company, store, epoch.epoch)
