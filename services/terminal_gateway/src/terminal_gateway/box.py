"""One store's gateway without its adapters: what a process and the simulation both put together."""

import logging
from collections.abc import Callable

from contracts.identifiers import CompanyCode, StoreCode
from servicekit.clock import Clock
from servicekit.ids import Ids
from terminal_gateway.beats import beat_forever
from terminal_gateway.claim import claim
from terminal_gateway.errors import JournalBrokenError
from terminal_gateway.floor import Floor, Spawn
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.handlers import Handlers
from terminal_gateway.office import Office
from terminal_gateway.ports import Dialer, Epochs, FactStream, Journal, Live
from terminal_gateway.presence import Presence
from terminal_gateway.seals import Seals
from terminal_gateway.upkeep import keep_tidy

_log = logging.getLogger(__name__)


class Box:
    """Runs on ports alone. `open` needs only the disk; `join` is called when the centre answers.

    `spawn` runs the background work; `broken` is told when the journal cannot be used any more,
    and the process must then end: what is on disk is what the next one starts from.
    """

    def __init__(
        self,
        *,
        company: CompanyCode,
        store: StoreCode,
        journal: Journal,
        live: Live,
        dialer: Dialer,
        clock: Clock,
        ids: Ids,
        spawn: Spawn,
        spawn_session: Spawn | None = None,
        seals: Seals | None = None,
        version: str = "",
        broken: Callable[[JournalBrokenError], None],
    ) -> None:
        presence = Presence(clock)
        presence.epoch = journal.standing().epoch
        self._spawn = spawn
        self.dismissed = False
        self.office = Office(
            company=company,
            store=store,
            journal=journal,
            live=live,
            forwarder=Forwarder(journal),
            presence=presence,
            clock=clock,
            ids=ids,
            broken=broken,
            seals=seals,
            version=version,
        )
        self.floor = Floor(self.office, dialer, spawn_session or spawn)
        self.handlers = Handlers(self.office, self.floor)

    async def open(self) -> None:
        """Take up what the disk says: open operations are asked about, facts wait to be sent."""
        await self.floor.open(dial=False)
        self._spawn(self.office.forwarder.run(), "deliver facts")
        self._spawn(keep_tidy(self.office.journal, self.office.clock), "forget old rows")
        if self.office.seals is not None:
            self._spawn(self.office.seals.keep_tidy(), "forget old numbers")

    def dial(self) -> None:
        """Call the terminals: once we hold a new epoch, or when the centre is not in reach.

        What they say of operations that were open is then told under the epoch that counts.
        """
        if not self.office.presence.fenced:
            self.floor.dial()

    def dismiss(self) -> None:
        """The centre does not let this box in: its store may have another one, which needs them."""
        self.dismissed = True
        if self.office.presence.dismiss():
            _log.error(
                "this box of store %s/%s is not let in at the centre: revoked, replaced, or its "
                "token has ended. It lets the terminals go and keeps its journal; enrol it anew.",
                self.office.company,
                self.office.store,
            )
            self.floor.let_go()

    async def join(self, epochs: Epochs, stream: FactStream) -> int:
        """Become the store's gateway at the centre; return the epoch. Raises `CentreAwayError`."""
        office = self.office
        epoch = await claim(epochs, office.journal, office.clock)
        office.presence.take(epoch)
        self.handlers.epochs = epochs
        office.forwarder.connect(stream)
        return epoch

    async def begin_to_beat(self) -> None:
        """Show what the terminals show, and beat from now on: commands can be answered."""
        await self.floor.show_all()
        self._spawn(beat_forever(self.office, self.floor), "heartbeats")

    def on_epoch(self, epoch: int) -> None:
        """Somebody holds this epoch of our store."""
        if self.office.presence.see(epoch):
            _log.error("another gateway has taken epoch %d: no more commands here", epoch)
            self.floor.let_go()
