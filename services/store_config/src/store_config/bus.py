"""What this service says on NATS: questions to gateways, and documents into the bucket."""

import logging
from typing import Final

from contracts import subjects
from contracts.operations import ReadTerminal, TerminalStatus, UnknownTerminal
from contracts.stores import StoreConfiguration
from contracts.streams import store_key
from messaging.bucket import Bucket
from messaging.bus import Bus
from messaging.errors import Conflict, MessagingError, Undecodable
from store_config.ports import OutOfReach

ASK_TIMEOUT_S: Final = 0.5
"""The gateway answers from memory; a manager who pairs is not kept waiting for a dead box."""

CONFLICTS_MAX: Final = 5
"""Another instance that puts the same key at the same moment, five times in a row."""

logger = logging.getLogger(__name__)


class BusGateways:
    """The port `Gateways`."""

    def __init__(self, bus: Bus) -> None:
        """The bus is connected and drained by the wiring."""
        self._bus = bus

    async def open_operation(self, company: str, store: str, terminal: str) -> str | None:
        """Return what the terminal is working on; None too when nobody answers in time."""
        subject = subjects.terminal_command(company, store, terminal, "read_terminal")
        try:
            said = await self._bus.request(
                subject,
                ReadTerminal(terminal=terminal),
                TerminalStatus | UnknownTerminal,
                timeout_s=ASK_TIMEOUT_S,
            )
        except MessagingError as error:
            logger.info(
                "gateway of %s/%s does not tell about %s: %r", company, store, terminal, error
            )
            return None
        return said.operation_id if isinstance(said, TerminalStatus) else None


class BucketDocuments:
    """The port `Documents`."""

    def __init__(self, bucket: Bucket[StoreConfiguration]) -> None:
        """The bucket of `contracts.streams.STORE_CONFIG`."""
        self._bucket = bucket

    async def shown(self, company: str, store: str) -> StoreConfiguration | None:
        """Return the document that edges see now."""
        shown, _ = await self._found(store_key(company, store))
        return shown

    async def put(self, document: StoreConfiguration) -> None:
        """Show a document unless one of its version or a later one is shown."""
        key = store_key(document.company, document.store)
        for _ in range(CONFLICTS_MAX):
            shown, revision = await self._found(key)
            if shown is not None and shown.version >= document.version:
                return
            try:
                await self._bucket.create_or_update(key, document, revision)
            except Conflict:
                continue
            except MessagingError as error:
                raise OutOfReach(str(error)) from error
            return
        raise OutOfReach(f"{key} changes all the time")

    async def _found(self, key: str) -> tuple[StoreConfiguration | None, int | None]:
        """Return document and revision; what nobody can read is there to be replaced."""
        try:
            found = await self._bucket.get(key)
        except Undecodable as error:
            logger.warning("what stands under %s is no store's document: %s", key, error)
            return None, await self._revision(key)
        except MessagingError as error:
            raise OutOfReach(str(error)) from error
        return (None, None) if found is None else found

    async def _revision(self, key: str) -> int | None:
        try:
            found = await self._bucket.last(key)
        except MessagingError as error:
            raise OutOfReach(str(error)) from error
        return None if found is None else found[1]
