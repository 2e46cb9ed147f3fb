"""Puts the service together; the only module here that builds adapters."""

import asyncio
from typing import Final

from aiohttp import web

from contracts import streams
from contracts.stores import StoreConfiguration
from front.bus import BusCensus, BusCentral, BusEdges, listen
from front.config import Config
from front.ears import LAPSE_CHECK_S, Ears
from front.handlers import Desk
from front.http.app import make_app
from front.http.unreadable import DoorRunner
from front.hub import Hub
from front.live import Live
from front.sessions import Sessions
from front.stores import StoreCopies
from front.streams import Streams
from messaging.bucket import Bucket
from messaging.bus import Bus
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

NAME: Final = "front"

SHUTDOWN_S: Final = 5.0
"""Requests under way get this long; `servicekit.run` gives the whole drain 8 s."""

KEEP_ALIVE_S: Final = 75.0
"""Longer than a proxy keeps its idle connections, so that it never writes into a closed one."""

BACKLOG: Final = 1024
"""Connections waiting to be accepted: every till of a chain coming back at once."""


class FrontService:
    """The service as `servicekit.run` sees it."""

    name = NAME
    serves_health = True

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Nothing connects here."""
        self._config = config
        self._telemetry = telemetry
        self._clock = SystemClock()
        self._ids = SystemIds(self._clock)
        self._tasks = Tasks()
        self._hub = Hub()
        self._bus: Bus | None = None
        self._bucket: Bucket[StoreConfiguration] | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Connect, copy the stores' configurations, listen, then open the door."""
        bus = await Bus.connect(self._config.nats_url, name=NAME, telemetry=self._telemetry)
        self._bus = bus
        stores = StoreCopies()
        self._tasks.spawn(self._copy(bus, stores), "copy the stores' configurations")
        live, central = Live(), BusCentral(bus)
        ears = Ears(hub=self._hub, live=live, stores=stores, clock=self._clock)
        stores.on_newer = ears.store_changed
        desk = Desk(
            central=central,
            edges=BusEdges(bus),
            stores=stores,
            sessions=Sessions(central, self._clock),
            live=live,
            census=BusCensus(bus, self._clock),
            clock=self._clock,
        )
        await listen(bus, ears)
        self._tasks.spawn(_lapse(ears), "notice silent stores")
        app = make_app(
            service=self,
            desk=desk,
            streams=Streams(desk=desk, hub=self._hub),
            telemetry=self._telemetry,
            clock=self._clock,
            ids=self._ids,
            behind_tls=self._config.behind_tls,
            requests_per_s=self._config.requests_per_s,
            version=self._telemetry.resource.version,
        )
        await self._serve(app)

    async def ready(self) -> dict[str, bool]:
        """Ask NATS by a round trip."""
        return {"nats": self._bus is not None and await self._bus.ping()}

    async def drain(self) -> None:
        """End the streams politely, finish requests under way, then let go of the bus."""
        self._hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._bucket is not None:
            await self._bucket.stop()
        await self._tasks.cancel()
        if self._bus is not None:
            await self._bus.drain()

    def endpoints(self) -> dict[str, str]:
        """Return where the door is."""
        if self._runner is None or not self._runner.addresses:
            return {}
        port = self._runner.addresses[0][1]
        return {"http": f"http://{self._config.host}:{port}"}

    async def _serve(self, app: web.Application) -> None:
        self._runner = DoorRunner(
            app,
            access_log=None,
            shutdown_timeout=SHUTDOWN_S,
            keepalive_timeout=KEEP_ALIVE_S,
            auto_decompress=False,
            handler_cancellation=True,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._config.host, self._config.port, backlog=BACKLOG)
        await site.start()

    async def _copy(self, bus: Bus, stores: StoreCopies) -> None:
        self._bucket = Bucket(bus, streams.STORE_CONFIG, StoreConfiguration)
        await self._bucket.watch(">", stores.on_change)
        await self._bucket.caught_up()
        stores.complete()


def build(settings: Settings, telemetry: Telemetry) -> FrontService:
    """Read the configuration and put the service together; nothing connects yet."""
    return FrontService(Config.read(settings), telemetry)


async def _lapse(ears: Ears) -> None:
    while True:
        await asyncio.sleep(LAPSE_CHECK_S)
        ears.lapse()
