"""Puts one store's gateway together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from contracts.streams import BUCKETS, TERMINALS
from messaging.bus import Bus, MessagingError
from messaging.provision import provision
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.lifecycle import PROCESS
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry
from terminal_gateway import nats_bus
from terminal_gateway.beats import beat_forever
from terminal_gateway.claim import claim
from terminal_gateway.config import Config, read_config
from terminal_gateway.ct6100_link import Ct6100Dialer
from terminal_gateway.errors import CentreAwayError, JournalBrokenError
from terminal_gateway.floor import Floor
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.handlers import Handlers
from terminal_gateway.office import Office
from terminal_gateway.presence import Presence
from terminal_gateway.sqlite import SqliteJournal
from terminal_gateway.sqlite_file import JournalHome, open_journal
from terminal_gateway.upkeep import keep_tidy

JOIN_S: Final = 1.0
"""How long a start with a known configuration and epoch waits for the centre before it is ready."""

AGAIN_S: Final = 0.5
"""Between tries to be known at the centre, once NATS answers."""

LAST_FACTS_S: Final = 2.0
"""What was committed last gets this long to reach the centre; it is on disk in any case."""

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
        self._office: Office | None = None
        self._floor: Floor | None = None
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
        presence = Presence(clock)
        presence.epoch = journal.standing().epoch
        live = nats_bus.NatsLive(config.company, config.store)
        office = self._office = Office(
            company=config.company,
            store=config.store,
            journal=journal,
            live=live,
            forwarder=Forwarder(journal),
            presence=presence,
            clock=clock,
            ids=ids,
            broken=_broken,
        )
        floor = self._floor = Floor(office, Ct6100Dialer(config.store, clock), self._sessions.spawn)
        await floor.open()
        self._tasks.spawn(office.forwarder.run(), "deliver facts")
        self._tasks.spawn(keep_tidy(journal, clock), "forget old rows")
        joining = self._tasks.spawn(self._join(office, floor, live), "join the centre")
        await floor.known.wait()
        await asyncio.wait({joining}, timeout=JOIN_S if journal.standing().epoch else None)

    async def ready(self) -> dict[str, bool]:
        """A store's WAN may be down for days: journal and configuration are all it takes."""
        return {
            "journal": self._journal is not None and await self._journal.writable(),
            "configuration": self._floor is not None and self._floor.known.is_set(),
        }

    async def drain(self) -> None:
        """Take no more commands; leave terminals that are home, let go of the others."""
        floor, office = self._floor, self._office
        if self._bus is not None and office is not None:
            await self._deliver_last(office)
            await self._bus.drain()
        if floor is not None:
            for desk in floor.desks():
                if desk.link is not None and desk.idle and desk.sight is not None:
                    desk.link.leave()
        # What is open stays as it is on the disk: the next start asks the terminal.
        await self._sessions.cancel()
        await self._tasks.cancel()
        if self._journal is not None:
            await self._journal.close()
        if self._home is not None:
            self._home.release()

    async def _join(self, office: Office, floor: Floor, live: nats_bus.NatsLive) -> None:
        config = self._config
        bus = self._bus = await Bus.connect(
            config.nats_url,
            name=f"terminal_gateway-{config.company}-{config.store}",
            telemetry=self._telemetry,
        )
        await self._insist(lambda: provision(bus, (TERMINALS,), BUCKETS))
        epochs = nats_bus.NatsEpochs(bus, config.company, config.store)
        await nats_bus.watch_configuration(bus, config.company, config.store, floor.apply)
        office.forwarder.connect(nats_bus.NatsFactStream(bus, config.company, config.store))
        epoch = await self._insist(lambda: claim(epochs, office.journal, office.clock))
        office.presence.take(epoch)
        await epochs.watch(lambda epoch: _watch_epoch(office, epoch))
        live.bus = bus
        handlers = Handlers(office, floor)
        await nats_bus.serve_commands(bus, config.company, config.store, handlers.on_command)
        self._tasks.spawn(beat_forever(office, floor), "heartbeats")
        _log.info("known at the centre, epoch %d", office.presence.epoch)

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

    async def _deliver_last(self, office: Office) -> None:
        deadline = office.clock.monotonic() + LAST_FACTS_S
        while office.forwarder.waiting and office.clock.monotonic() < deadline:  # noqa: ASYNC110 - bounded, at the end
            await asyncio.sleep(0.02)


def build(env: Settings, telemetry: Telemetry) -> Gateway:
    """Return a store's gateway; nothing is opened or connected yet."""
    return Gateway(read_config(env), telemetry)


def _broken(error: JournalBrokenError) -> None:
    _log.critical("the journal is broken: %s", error.reason)
    PROCESS.fail(f"the journal is broken: {error.reason}")


def _watch_epoch(office: Office, epoch: int) -> None:
    if office.presence.see(epoch):
        _log.error("another gateway has taken epoch %d: this one takes no more commands", epoch)
