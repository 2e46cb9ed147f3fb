"""Puts one store's gateway together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from contracts.permissions import box_identity
from contracts.stores import StoreConfiguration
from messaging.address import read_address
from messaging.bus import Bus, MessagingError
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.lifecycle import PROCESS
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry
from terminal_gateway import nats_bus
from terminal_gateway.box import Box
from terminal_gateway.config import Config, read_config
from terminal_gateway.ct6100_link import Ct6100Dialer
from terminal_gateway.errors import CentreAwayError, JournalBrokenError, SideFileError
from terminal_gateway.nacl_seal import NaclSeal
from terminal_gateway.printer_tcp import TcpPrinters
from terminal_gateway.printing import Printing
from terminal_gateway.renewing import Renewal
from terminal_gateway.seals import Seals
from terminal_gateway.side_file import SideFile
from terminal_gateway.sqlite import SqliteJournal
from terminal_gateway.sqlite_file import JournalHome, open_journal
from terminal_gateway.sqlite_numbers import NUMBERS, SqliteNumbers
from terminal_gateway.sqlite_numbers import SCHEMA as NUMBERS_SCHEMA
from terminal_gateway.sqlite_prints import PRINTS, SqlitePrints
from terminal_gateway.sqlite_prints import SCHEMA as PRINTS_SCHEMA

JOIN_S: Final = 0.7
"""How long a start waits for the centre, which answers in milliseconds if it is in reach; then the
terminals are called without it."""

AGAIN_S: Final = 0.5
"""Between tries to be known at the centre, once NATS answers."""

LAST_FACTS_S: Final = 2.0
"""What was committed last gets this long to reach the centre; it is on disk in any case."""

POLL_S: Final = 0.02

REFUSALS_BELIEVED: Final = 4
"""Turned away so often without a break, within a second or two, a box takes it for an answer."""

Value = TypeVar("Value")

_log = logging.getLogger(__name__)


class Gateway:
    """`servicekit.Service`: one store's gateway."""

    name = "terminal_gateway"

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        self._config = config
        self._telemetry = telemetry
        self._tasks = Tasks()
        self._sessions = Tasks()
        self._home: JournalHome | None = None
        self._journal: SqliteJournal | None = None
        self._side_files: list[SideFile] = []
        self._box: Box | None = None
        self._bus: Bus | None = None

    async def start(self) -> None:
        """Open the journal and be ready for the terminals; the centre is joined when it answers.

        Returns once a configuration is in force: from the disk at once, else from the centre.
        """
        config = self._config
        clock, ids = SystemClock(), SystemIds()
        self._home = JournalHome(config.folder)
        journal = self._journal = open_journal(
            self._home, company=config.company, store=config.store, clock=clock, ids=ids
        )
        live = nats_bus.NatsLive(config.company, config.store)
        box = self._box = Box(
            company=config.company,
            store=config.store,
            journal=journal,
            live=live,
            dialer=Ct6100Dialer(config.store, clock),
            clock=clock,
            ids=ids,
            spawn=self._tasks.spawn,
            spawn_session=self._sessions.spawn,
            seals=self._seals(clock),
            version=self._telemetry.resource.version,
            broken=_broken,
        )
        await box.open()
        printing = self._printing(live, clock, box)
        joining = self._tasks.spawn(self._join(box, printing, live), "join the centre")
        await asyncio.wait({joining}, timeout=JOIN_S if journal.standing().epoch else None)
        box.dial()
        await box.floor.known.wait()

    async def ready(self) -> dict[str, bool]:
        """A store's WAN may be down for days: journal and configuration are all it takes."""
        return {
            "journal": self._journal is not None and await self._journal.writable(),
            "configuration": self._box is not None and self._box.floor.known.is_set(),
        }

    async def drain(self) -> None:
        """Take no more commands, and let go of the terminals without a word: that freezes none.

        What is open stays as it is on the disk: the next start asks the terminal.
        """
        if self._bus is not None and self._box is not None:
            await self._deliver_last(self._box)
            await self._bus.drain()
        await self._sessions.cancel()
        await self._tasks.cancel()
        if self._journal is not None:
            await self._journal.close()
        for file in self._side_files:
            await file.close()
        if self._home is not None:
            self._home.release()

    def _seals(self, clock: SystemClock) -> Seals | None:
        key = self._config.receipts_key
        if key is None:
            return None
        numbers = self._side_file(NUMBERS, NUMBERS_SCHEMA, clock)
        return Seals(SqliteNumbers(numbers), NaclSeal(key), clock)

    def _printing(self, live: nats_bus.NatsLive, clock: SystemClock, box: Box) -> Printing:
        record = SqlitePrints(self._side_file(PRINTS, PRINTS_SCHEMA, clock))
        printing = Printing(
            record=record,
            dialer=TcpPrinters(clock),
            live=live,
            clock=clock,
            spawn=self._tasks.spawn,
            replaced=lambda: box.office.presence.fenced,
        )
        if box.floor.configuration is not None:
            printing.configure(box.floor.configuration.printers)
        self._tasks.spawn(printing.run(), "printing")
        return printing

    def _side_file(self, name: str, schema: str, clock: SystemClock) -> SideFile:
        file = SideFile(self._config.folder / name, schema, clock)
        self._side_files.append(file)
        return file

    async def _join(self, box: Box, printing: Printing, live: nats_bus.NatsLive) -> None:
        config = self._config
        company, store = config.company, config.store
        bus = self._bus = await Bus.connect(
            config.nats_url,
            name=box_identity(company, store),
            telemetry=self._telemetry,
            away=(SideFileError,),
            on_refused=lambda times: self._on_refused(box, times),
        )
        if self._dismissed(box):
            return
        # Streams are made at the centre, and tried out there; one that refuses batches says so.
        bus.atomic_batches = True

        async def apply(document: StoreConfiguration) -> None:
            await box.floor.apply(document)
            if box.floor.configuration is not None:
                printing.configure(box.floor.configuration.printers)

        await nats_bus.watch_configuration(bus, company, store, apply)
        epochs = nats_bus.NatsEpochs(bus, company, store)
        stream = nats_bus.NatsFactStream(bus, company, store)
        epoch = await self._insist(lambda: box.join(epochs, stream))
        box.dial()
        await epochs.watch(box.on_epoch)
        live.bus = bus
        await nats_bus.serve_commands(bus, company, store, box.handlers.on_command)
        await nats_bus.serve_print_commands(bus, company, store, printing.on_command)
        await live.tell_early()
        bus.wire.on_reconnect.append(lambda: self._on_reconnect(box))
        self._renew(bus, box)
        await box.begin_to_beat()
        _log.info("known at the centre, epoch %d", epoch)

    def _renew(self, bus: Bus, box: Box) -> None:
        path = read_address(self._config.nats_url).path
        if path is None:
            return
        place = (self._config.company, self._config.store)
        clock = box.office.clock
        renewal = Renewal(bus, path, place, clock, lambda: _is_busy(box))
        self._tasks.spawn(renewal.run(), "renew the token")

    def _on_refused(self, box: Box, times: int) -> None:
        # Once may be a token that has just been renewed, or a server in the middle of its start.
        if times >= REFUSALS_BELIEVED:
            box.dismiss()

    def _on_reconnect(self, box: Box) -> None:
        if self._dismissed(box):
            return
        self._tasks.spawn(box.floor.show_all(), "show the terminals")

    def _dismissed(self, box: Box) -> bool:
        """Begin anew if we are let in after all: the terminals were given away meanwhile."""
        if not box.dismissed:
            return False
        _log.warning("this box is let in again: starting anew")
        PROCESS.fail("let in again after it was turned away")
        return True

    async def _insist(self, attempt: Callable[[], Awaitable[Value]]) -> Value:
        tries = 0
        while True:
            try:
                return await attempt()
            except (MessagingError, CentreAwayError) as error:
                if tries == 0:
                    _log.warning("the centre does not take us in yet: %s", error)
            tries += 1
            await asyncio.sleep(AGAIN_S)

    async def _deliver_last(self, box: Box) -> None:
        clock = box.office.clock
        deadline = clock.monotonic() + LAST_FACTS_S
        while box.office.forwarder.waiting and clock.monotonic() < deadline:  # noqa: ASYNC110 - bounded
            await asyncio.sleep(POLL_S)


def build(env: Settings, telemetry: Telemetry) -> Gateway:
    """Return a store's gateway; nothing is opened or connected yet."""
    return Gateway(read_config(env), telemetry)


def _is_busy(box: Box) -> bool:
    return any(desk.busy_with is not None for desk in box.floor.desks())


def _broken(error: JournalBrokenError) -> None:
    _log.critical("the journal is broken: %s", error.reason)
    PROCESS.fail(f"the journal is broken: {error.reason}")
