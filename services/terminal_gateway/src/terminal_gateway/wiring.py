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
from terminal_gateway.box import Box
from terminal_gateway.config import Config, read_config
from terminal_gateway.ct6100_link import Ct6100Dialer
from terminal_gateway.errors import CentreAwayError, JournalBrokenError
from terminal_gateway.sqlite import SqliteJournal
from terminal_gateway.sqlite_file import JournalHome, open_journal

JOIN_S: Final = 0.7
"""How long a start waits for the centre, which answers in milliseconds if it is in reach; then the
terminals are called without it."""

AGAIN_S: Final = 0.5
"""Between tries to be known at the centre, once NATS answers."""

LAST_FACTS_S: Final = 2.0
"""What was committed last gets this long to reach the centre; it is on disk in any case."""

POLL_S: Final = 0.02

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
            broken=_broken,
        )
        await box.open()
        joining = self._tasks.spawn(self._join(box, live), "join the centre")
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
        if self._home is not None:
            self._home.release()

    async def _join(self, box: Box, live: nats_bus.NatsLive) -> None:
        config = self._config
        company, store = config.company, config.store
        bus = self._bus = await Bus.connect(
            config.nats_url,
            name=f"terminal_gateway-{company}-{store}",
            telemetry=self._telemetry,
        )
        await self._insist(lambda: provision(bus, (TERMINALS,), BUCKETS))
        await nats_bus.watch_configuration(bus, company, store, box.floor.apply)
        epochs = nats_bus.NatsEpochs(bus, company, store)
        stream = nats_bus.NatsFactStream(bus, company, store)
        epoch = await self._insist(lambda: box.join(epochs, stream))
        box.dial()
        await epochs.watch(box.on_epoch)
        live.bus = bus
        await nats_bus.serve_commands(bus, company, store, box.handlers.on_command)
        bus.wire.on_reconnect.append(lambda: self._on_reconnect(box))
        await box.begin_to_beat()
        _log.info("known at the centre, epoch %d", epoch)

    def _on_reconnect(self, box: Box) -> None:
        self._tasks.spawn(box.floor.show_all(), "show the terminals")

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


def _broken(error: JournalBrokenError) -> None:
    _log.critical("the journal is broken: %s", error.reason)
    PROCESS.fail(f"the journal is broken: {error.reason}")
