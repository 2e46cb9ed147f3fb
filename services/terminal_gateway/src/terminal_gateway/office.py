"""What all desks of one gateway share, and the few things that every one of them does with it."""

from collections.abc import Callable
from typing import NamedTuple

from contracts.identifiers import CompanyCode, StoreCode
from servicekit.clock import Clock
from servicekit.ids import Ids
from terminal_gateway.errors import JournalBrokenError
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.model import Change
from terminal_gateway.ports import Journal, Live
from terminal_gateway.presence import Presence
from terminal_gateway.seals import Seals


class Office(NamedTuple):
    """`broken` is told when the journal is of no use any more: the process must start again."""

    company: CompanyCode
    store: StoreCode
    journal: Journal
    live: Live
    forwarder: Forwarder
    presence: Presence
    clock: Clock
    ids: Ids
    broken: Callable[[JournalBrokenError], None]
    seals: Seals | None = None
    """None: nobody has a key to open merchant's numbers, and no terminal is asked for one."""

    version: str = ""

    async def keep(self, change: Change) -> None:
        """Commit a change and send its facts on their way. Raises `NoRoomError`."""
        try:
            facts = await self.journal.save(change)
        except JournalBrokenError as error:
            self.broken(error)
            raise
        if facts:
            self.forwarder.offer(facts)
