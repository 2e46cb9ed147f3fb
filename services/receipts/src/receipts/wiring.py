"""Puts the service together; the only module here that builds adapters."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg

from contracts import receipts as asks
from contracts import streams, subjects
from contracts.envelope import Answer, Call
from contracts.stores import StoreConfiguration
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from outbox.migrations import migrate
from receipts import receipt_layout, slip_layout
from receipts.answers import refuse
from receipts.arrivals import Doorbell
from receipts.box_client import BoxClient
from receipts.buckets import Documents
from receipts.bus import Ears
from receipts.config import POOL_MAX, POOL_MIN, Config
from receipts.drawing_room import DrawingRoom
from receipts.easel import LayoutEasel
from receipts.handlers import Receipts
from receipts.hearing import Hearing, Layouts
from receipts.model import Refused
from receipts.news import BusNews
from receipts.numbers import Numbers
from receipts.ports import AwayError
from receipts.postgres import Pool, PostgresRecord
from receipts.printing import Printing
from receipts.sealing import SealedNumbers
from receipts.sweeping import Sweeping
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

NAME: Final = "receipts"

CONCURRENCY: Final = 32
"""Calls of one verb at work at once; those that wait for a fact hold one for a second."""

LOOK_EVERY_S: Final = 0.5
"""How late a job is looked at that became due by the clock alone."""

ASK_EVERY_S: Final = 0.25
"""How late a number is asked for that became due by the clock alone."""

SWEEP_EVERY_S: Final = 24 * 3600.0

SWEEP_AGAIN_S: Final = 600.0
"""After one that failed."""

READY_S: Final = 1.0
"""A dependency that needs longer for a round trip is not there."""

_log = logging.getLogger(__name__)


class ReceiptsService:
    """The service as `servicekit.run` sees it."""

    name = NAME

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Nothing connects here."""
        self._config = config
        self._telemetry = telemetry
        self._clock = SystemClock()
        self._tasks = Tasks()
        self._bus: Bus | None = None
        self._pool: Pool | None = None
        self._ears: Ears | None = None
        self._bucket: Bucket[StoreConfiguration] | None = None

    async def start(self) -> None:
        """Connect, migrate, read what stores look like, take up what is open, then answer."""
        bus, pool = await asyncio.gather(
            Bus.connect(self._config.nats_url, name=NAME, telemetry=self._telemetry),
            self._connected(),
        )
        self._bus, self._pool = bus, pool
        documents, doorbell, ids = Documents(), Doorbell(), SystemIds()
        await self._watch(bus, documents)
        record, boxes = PostgresRecord(pool), BoxClient(bus)
        room = DrawingRoom(record, LayoutEasel(), SealedNumbers(self._config.private_keys))
        news = BusNews(bus, self._tasks)
        printing = Printing(
            record=record,
            room=room,
            boxes=boxes,
            configuration=documents,
            news=news,
            clock=self._clock,
        )
        numbers = Numbers(record, boxes, doorbell, self._clock)
        hearing = Hearing(
            record=record,
            printing=printing,
            numbers=numbers,
            configuration=documents,
            arrivals=doorbell,
            tasks=self._tasks,
            clock=self._clock,
            ids=ids,
            layouts=Layouts(slip=slip_layout.LATEST, receipt=receipt_layout.LATEST),
        )
        ears = self._ears = Ears(bus, hearing, printing)
        await ears.listen()
        self._tasks.spawn(ears.facts.run(), "consumer of terminal facts")
        self._tasks.spawn(ears.sales.run(), "consumer of sale events")
        self._tasks.spawn(_every(LOOK_EVERY_S, printing.tick), "look after jobs")
        self._tasks.spawn(_every(ASK_EVERY_S, numbers.tick), "ask for numbers")
        self._tasks.spawn(_sweep(Sweeping(record, documents, self._clock)), "sweep")
        answering = Receipts(
            record=record,
            room=room,
            printing=printing,
            configuration=documents,
            arrivals=doorbell,
            tasks=self._tasks,
            clock=self._clock,
            ids=ids,
        )
        await serve(bus, answering)

    async def ready(self) -> dict[str, bool]:
        """Ask NATS and PostgreSQL, each by a round trip."""
        return {"nats": await self._nats_answers(), "postgres": await self._postgres_answers()}

    async def drain(self) -> None:
        """Answer what was taken, then let go; what is open is taken up by the next start."""
        if self._ears is not None:
            await asyncio.gather(self._ears.facts.stop(), self._ears.sales.stop())
        if self._bucket is not None:
            await self._bucket.stop()
        if self._bus is not None:
            await self._bus.drain()
        await self._tasks.cancel()
        if self._pool is not None:
            await self._pool.close()

    async def _connected(self) -> Pool:
        pool = await asyncpg.create_pool(
            self._config.postgres_url,
            min_size=POOL_MIN,
            max_size=POOL_MAX,
            server_settings={"application_name": NAME},
        )
        await migrate(pool, NAME, NAME)
        return pool

    async def _watch(self, bus: Bus, documents: Documents) -> None:
        self._bucket = Bucket(bus, streams.STORE_CONFIG, StoreConfiguration)
        await self._bucket.watch(">", documents.on_document)
        await self._bucket.caught_up()

    async def _nats_answers(self) -> bool:
        return self._bus is not None and await self._bus.ping()

    async def _postgres_answers(self) -> bool:
        if self._pool is None:
            return False
        try:
            async with asyncio.timeout(READY_S):
                return await self._pool.fetchval("SELECT 1") == 1
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False


def build(settings: Settings, telemetry: Telemetry) -> ReceiptsService:
    """Read the configuration and put the service together; nothing connects yet."""
    return ReceiptsService(Config.read(settings), telemetry)


async def serve(bus: Bus, answering: Receipts) -> None:
    """Answer every verb on `svc.receipts.<verb>`."""
    for body, handler in (
        (asks.DrawSlip, answering.draw_slip),
        (asks.DrawReceipt, answering.draw_receipt),
        (asks.PrintSlips, answering.print_slips),
        (asks.PrintReceipt, answering.print_receipt),
        (asks.ReadPrintJobs, answering.read_print_jobs),
    ):
        await _serve(bus, str(body.__struct_config__.tag), Call[body], handler)


async def _serve(
    bus: Bus, verb: str, request: Any, handler: Callable[[Any], Awaitable[Answer]]
) -> None:
    async def answer(call: Any, _delivery: Delivery) -> Answer:
        try:
            return await handler(call)
        except AwayError:
            return refuse(Refused(code="service_unavailable"))

    subject = subjects.service(NAME, verb)
    await bus.serve(subject, request, answer, queue=NAME, concurrency=CONCURRENCY)


async def _every(pause_s: float, work: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except AwayError as error:
            _log.warning("not looked after this time, again soon: %r", error)
        await asyncio.sleep(pause_s)


async def _sweep(sweeping: Sweeping) -> None:
    while True:
        try:
            stores = await sweeping.sweep()
        except AwayError as error:
            _log.warning("not swept, again later: %r", error)
            await asyncio.sleep(SWEEP_AGAIN_S)
            continue
        if stores:
            _log.info("took away what %d stores keep no longer", stores)
        await asyncio.sleep(SWEEP_EVERY_S)
