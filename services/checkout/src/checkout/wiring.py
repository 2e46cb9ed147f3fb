"""Puts the service together; the only module here that builds adapters."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg

from checkout.answers import refuse
from checkout.buckets import Documents, Epochs
from checkout.config import POOL_MAX, POOL_MIN, Config
from checkout.day_change import DayChange
from checkout.edge import EdgeConsumer
from checkout.facts import Edge
from checkout.gateway_client import GatewayClient
from checkout.handlers import Checkout
from checkout.ledger import Ledger
from checkout.model import Refused
from checkout.news import BusNews
from checkout.ports import AwayError, CheckoutError
from checkout.postgres import PostgresSales
from checkout.presence import Presence
from checkout.reading import Reading
from checkout.resolver import Resolver
from checkout.statements import Pool
from contracts import audit, cases, refunds, sales, seats, streams, subjects
from contracts.envelope import Answer, Call
from contracts.stores import GatewayEpoch, StoreConfiguration
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from messaging.provision import keep_provisioned, provision
from messaging.publisher import StreamPublisher
from outbox.migrations import migrate
from outbox.relay import Relay
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry

NAME: Final = "checkout"

CONCURRENCY: Final = 64
"""Calls of one verb at work at once: one for each register of a large bench; others wait."""

TICK_MAX_S: Final = 0.25
"""How late a question may be that became due by something that was heard."""

TICK_MIN_S: Final = 0.02
"""A question that is due all the time must not keep a core busy."""

SWEEP_EVERY_S: Final = 60.0
"""500 old rows a minute are 700,000 a day; a sale left open may be closed a minute late."""

READY_S: Final = 1.0
"""A dependency that needs longer for a round trip is not there."""

_log = logging.getLogger(__name__)


class CheckoutService:
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
        self._relay: Relay | None = None
        self._consumer: EdgeConsumer | None = None
        self._buckets: list[Bucket[Any]] = []
        self._draining = False

    async def start(self) -> None:
        """Connect, migrate, read what stores look like, ask after what is open, then answer."""
        bus, pool = await asyncio.gather(
            Bus.connect(self._config.nats_url, name=NAME, telemetry=self._telemetry),
            self._connected(),
        )
        self._bus, self._pool = bus, pool
        await provision(bus)
        publisher = StreamPublisher(bus)
        relay = Relay(
            pool,
            publisher,
            NAME,
            clock=self._clock,
            table="sale_event",
            telemetry=self._telemetry,
        )
        store = PostgresSales(pool, relay.poke, self._telemetry.traceparent, relay.offer)
        presence, documents = Presence(), Documents()
        ledger = Ledger(store, Resolver(), self._clock, SystemIds())
        gateway = GatewayClient(bus)
        news = BusNews(bus, self._tasks)
        edge = Edge(ledger, gateway, documents, presence, news)
        consumer = EdgeConsumer(bus, edge)
        self._relay, self._consumer = relay, consumer
        await self._watch(bus, documents, presence)
        await edge.restart()
        await consumer.listen()
        self._tasks.spawn(keep_provisioned(bus, streams.STREAMS, ()), "keep the streams")
        self._tasks.spawn(relay.run(), "relay")
        self._tasks.spawn(consumer.loop.run(), "consumer of terminal facts")
        self._tasks.spawn(self._keep_asking(edge), "resolver")
        self._tasks.spawn(self._sweep(store, DayChange(ledger, documents)), "sweep")
        checkout = Checkout(ledger, gateway, documents, presence, news)
        await serve(bus, checkout, Reading(store, documents))

    async def ready(self) -> dict[str, bool]:
        """Ask NATS and PostgreSQL, each by a round trip."""
        return {"nats": await self._nats_answers(), "postgres": await self._postgres_answers()}

    async def drain(self) -> None:
        """Answer what was taken, publish what was committed, then let go."""
        self._draining = True
        if self._consumer is not None:
            await self._consumer.loop.stop()
        await asyncio.gather(*(bucket.stop() for bucket in self._buckets))
        if self._relay is not None:
            self._relay.stop()
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
            reset=_nothing_to_reset,
            server_settings={
                "application_name": NAME,
                # planning a commit's statement costs more than running it
                "plan_cache_mode": "force_generic_plan",
            },
        )
        await migrate(pool, NAME, NAME)
        return pool

    async def _watch(self, bus: Bus, documents: Documents, presence: Presence) -> None:
        configurations = Bucket(bus, streams.STORE_CONFIG, StoreConfiguration)
        epochs = Bucket(bus, streams.GATEWAY_EPOCHS, GatewayEpoch)
        self._buckets = [configurations, epochs]
        await configurations.watch(">", documents.on_document)
        await epochs.watch(">", Epochs(presence).on_epoch)
        await asyncio.gather(configurations.caught_up(), epochs.caught_up())

    async def _keep_asking(self, edge: Edge) -> None:
        while not self._draining:
            try:
                await edge.tick()
            except CheckoutError as error:
                _log.warning("could not ask after open operations, again soon: %r", error)
            pause = edge.next_due() - self._clock.monotonic()
            await asyncio.sleep(min(max(pause, TICK_MIN_S), TICK_MAX_S))

    async def _sweep(self, store: PostgresSales, day_change: DayChange) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                closed = await day_change.sweep()
                await store.purge(self._clock.now())
            except CheckoutError as error:
                _log.warning("not swept, next time perhaps: %r", error)
            else:
                if closed:
                    _log.info("closed %d paid sales of earlier days", closed)

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


async def _nothing_to_reset(_connection: object) -> None:
    """Spare each commit asyncpg's round trip of `RESET ALL` and the like before it returns.

    Our statements leave nothing in a session (a transaction left open is still rolled back), and
    the relay puts back what it sets.
    """


def build(settings: Settings, telemetry: Telemetry) -> CheckoutService:
    """Read the configuration and put the service together; nothing connects yet."""
    return CheckoutService(Config.read(settings), telemetry)


async def serve(bus: Bus, checkout: Checkout, reading: Reading) -> None:
    """Answer every verb on `svc.checkout.<verb>`."""
    for body, handler in (
        (sales.OpenSale, checkout.open_sale),
        (sales.AddTender, checkout.add_tender),
        (sales.ResumeSale, checkout.resume_sale),
        (seats.TakeRegister, checkout.take_register),
        (sales.CloseSale, checkout.close_sale),
        (sales.AbandonSale, checkout.abandon_sale),
        (sales.CancelTender, checkout.cancel_tender),
        (sales.DisconnectTender, checkout.disconnect_tender),
        (sales.ReleaseTender, checkout.release_tender),
        (sales.ResolveTender, checkout.resolve_tender),
        (cases.SettleCase, checkout.settle_case),
        (refunds.RefundTender, checkout.refund_tender),
        (refunds.VoidSale, checkout.void_sale),
        (refunds.CorrectSale, checkout.correct_sale),
        (sales.AcknowledgeTender, checkout.acknowledge_tender),
        (sales.ReadSale, reading.read_sale),
        (sales.FindSales, reading.find_sales),
        (sales.ReadSaleEvents, reading.read_sale_events),
        (sales.ReadRegister, reading.read_register),
        (cases.FindCases, reading.find_cases),
        (audit.FindOverrides, reading.find_overrides),
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
