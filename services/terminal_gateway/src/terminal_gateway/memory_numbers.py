"""The twin in memory of the sealed merchant's numbers."""

from collections.abc import Sequence
from datetime import datetime

from contracts.identifiers import OperationId
from terminal_gateway.model import KeptNumber


class MemoryNumbers:
    """`ports.MerchantNumbers`; `kept` outlives the process that is simulated."""

    def __init__(self) -> None:
        self.kept: dict[OperationId, KeptNumber] = {}

    async def find(self, operation_id: OperationId) -> KeptNumber | None:
        """See `MerchantNumbers`."""
        return self.kept.get(operation_id)

    async def keep(self, kept: KeptNumber) -> None:
        """See `MerchantNumbers`."""
        self.kept.setdefault(kept.operation_id, kept)

    async def lacking(self, ids: Sequence[OperationId]) -> frozenset[OperationId]:
        """See `MerchantNumbers`."""
        return frozenset(one for one in ids if one not in self.kept)

    async def forget(self, before: datetime) -> int:
        """See `MerchantNumbers`."""
        old = [one for one, kept in self.kept.items() if kept.at < before]
        for one in old:
            del self.kept[one]
        return len(old)
