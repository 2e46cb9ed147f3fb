"""What a box keeps of merchant's masks of e-money numbers: nothing that it could read itself."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from contracts.identifiers import OperationId
from servicekit.clock import Clock
from terminal_gateway.errors import SideFileError
from terminal_gateway.model import KeptNumber
from terminal_gateway.ports import MerchantNumbers, Seal

UNANSWERED_MAX: Final = 3
"""A terminal that takes the question so often and says nothing does not know it."""

KEPT: Final = timedelta(days=400)
"""As long as the operations themselves; who needs it for longer has asked for it by then."""

TIDY_S: Final = 3_600.0

_log = logging.getLogger(__name__)


class Seals:
    """Seals numbers and keeps them; shared by all terminals of a store."""

    def __init__(self, numbers: MerchantNumbers, seal: Seal, clock: Clock) -> None:
        self._numbers = numbers
        self._seal = seal
        self._clock = clock
        self._unanswered: dict[OperationId, int] = {}

    async def find(self, operation_id: OperationId) -> KeptNumber | None:
        """Return what is kept of an operation. Raises `SideFileError`."""
        return await self._numbers.find(operation_id)

    async def lacking(self, ids: Iterable[OperationId]) -> frozenset[OperationId]:
        """Return those of which nothing is kept. Raises `SideFileError`."""
        return await self._numbers.lacking(tuple(ids))

    async def keep(self, operation_id: OperationId, mask: str) -> None:
        """Seal a mask and keep that alone; "": remember that there is none."""
        kept = KeptNumber(operation_id=operation_id, at=self._clock.now())
        if mask:
            kept = KeptNumber(
                operation_id=operation_id,
                at=kept.at,
                key_id=self._seal.key_id,
                sealed=self._seal.seal(mask),
            )
        await self._numbers.keep(kept)
        self._unanswered.pop(operation_id, None)

    def missed(self, operation_id: OperationId) -> bool:
        """Count a question that was not answered; whether it was the last."""
        asked = self._unanswered[operation_id] = self._unanswered.get(operation_id, 0) + 1
        return asked >= UNANSWERED_MAX

    async def keep_tidy(self) -> None:
        """Forget what is old, until cancelled."""
        while True:
            try:
                await self._numbers.forget(self._clock.now() - KEPT)
            except SideFileError:
                _log.debug("not tidied: the file does not take it")
            await asyncio.sleep(TIDY_S)
