"""Puts the service together; the only module here that builds adapters."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
from msgspec import Struct

from contracts import streams, subjects
from contracts.audit import FindAudit
from contracts.boxes import CreateBox, EnrollBox, ListBoxes, RenewBox, RevokeBox
from contracts.brand_rules import (
    ChangeCompany,
    ListBrandRules,
    PutBrandRule,
    PutCompanyRule,
    ReadCompany,
    RemoveBrandRule,
)
from contracts.envelope import Answer, Call
from contracts.people import ListPeople, PutPerson
from contracts.permissions import box_identity, inbox
from contracts.places import ExportPlaces, ImportPlaces
from contracts.stores import (
    AssignPrinter,
    ChangeStore,
    ConfirmOperator,
    ListPrinters,
    ListRegisters,
    ListStores,
    ListTerminals,
    LogIn,
    LogOut,
    PairTerminal,
    PutPrinter,
    ReadStore,
    RemovePrinter,
    ResolveSession,
    StoreConfiguration,
    UnpairTerminal,
)
from contracts.support import AddNotice, ChangeSupport, ReadSupport, RemoveNotice
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from messaging.provision import keep_provisioned, provision
from outbox.migrations import migrate
from servicekit.clock import Clock, SystemClock
from servicekit.ids import SystemIds
from servicekit.settings import Settings
from servicekit.tasks import Tasks
from servicekit.telemetry import Telemetry
from store_config.argon import ArgonPasswords
from store_config.audit_handlers import AuditHandlers
from store_config.box_handlers import BoxHandlers
from store_config.brand_rules import SHIPPED
from store_config.bus import BucketDocuments, BusGateways
from store_config.company_handlers import CompanyHandlers
from store_config.config import POOL_MAX, Config
from store_config.handlers import StoreHandlers
from store_config.keeping import Keeping
from store_config.nats_keys import NatsKeys
from store_config.people import PeopleHandlers
from store_config.person_handlers import PersonHandlers
from store_config.place_handlers import PlaceHandlers
from store_config.ports import OutOfReach
from store_config.postgres import Pool, PostgresPeople, PostgresStores, ship_brand_rules
from store_config.postgres_audit import PostgresAuditLog
from store_config.postgres_boxes import PostgresBoxes
from store_config.postgres_companies import PostgresCompanies
from store_config.postgres_places import PostgresPlaces
from store_config.postgres_staff import PostgresStaff
from store_config.postgres_support import PostgresSupports
from store_config.publication import RETRY_MAX_S, RETRY_MIN_S, Publication
from store_config.revocation import Revocations
from store_config.seed import DemoSeed
from store_config.support_handlers import SupportHandlers

NAME: Final = "store_config"

CONCURRENCY: Final = 32
"""Requests of one verb at work at once; beyond, they wait in their subscription."""

SWEEP_EVERY_S: Final = 3600.0
"""What has ended is refused by its own time; sweeping only keeps the tables small."""

READY_S: Final = 1.0
"""A dependency that needs longer for a round trip is not there."""

logger = logging.getLogger(__name__)

Asked = TypeVar("Asked", bound=Struct)
Handler = Callable[[Asked], Awaitable[Answer]]


class StoreConfigService:
    """The service as `servicekit.run` sees it."""

    name = NAME

    def __init__(self, config: Config, telemetry: Telemetry) -> None:
        """Nothing connects here."""
        self._config = config
        self._telemetry = telemetry
        self._clock = SystemClock()
        self._ids = SystemIds()
        self._tasks = Tasks()
        self._bus: Bus | None = None
        self._pool: Pool | None = None
        self._passwords: ArgonPasswords | None = None
        self._keys: NatsKeys | None = None

    async def start(self) -> None:
        """Connect, migrate, seed, show every store's document, then answer."""
        config = self._config
        bus, pool, passwords = await asyncio.gather(
            Bus.connect(config.nats_url, name=NAME, telemetry=self._telemetry),
            self._connected(),
            ArgonPasswords.prepared(self._ids.token()),
        )
        self._bus, self._pool, self._passwords = bus, pool, passwords
        await asyncio.gather(provision(bus), self._seed(pool, passwords))
        stores, people = PostgresStores(pool), PostgresPeople(pool)
        bucket = Bucket(bus, streams.STORE_CONFIG, StoreConfiguration)
        publication = Publication(stores, BucketDocuments(bucket))
        await _reconcile(publication)
        boxes, self._keys = PostgresBoxes(pool), _keys(config, self._clock)
        keys = self._keys
        revocations = None if keys is None else Revocations(boxes, keys, self._clock)

        async def shown_anew() -> None:
            if revocations is not None:
                revocations.tell_again()
            await _reconcile(publication)

        self._tasks.spawn(
            keep_provisioned(bus, (), streams.BUCKETS, shown_anew), "keep the buckets"
        )
        self._tasks.spawn(publication.run(), "publication")
        if revocations is not None:
            self._tasks.spawn(revocations.run(), "revocations")
        self._tasks.spawn(self._sweep(people, boxes), "sweep")
        keeping = Keeping(stores, self._clock)
        await serve_stores(
            bus, StoreHandlers(stores, BusGateways(bus), keeping, self._clock, publication.poke)
        )
        companies = PostgresCompanies(pool)
        await serve_companies(
            bus, CompanyHandlers(companies, keeping, self._clock, publication.poke)
        )
        await serve_audit(bus, AuditHandlers(PostgresAuditLog(pool)))
        support = SupportHandlers(PostgresSupports(pool), keeping, self._clock, self._ids)
        await serve_support(bus, support)
        places = PlaceHandlers(
            stores,
            PostgresPlaces(pool),
            BusGateways(bus),
            keeping,
            self._clock,
            publication.poke,
        )
        await serve_places(bus, places)
        staff = PersonHandlers(PostgresStaff(pool), stores, passwords, keeping, self._clock)
        await serve_staff(bus, staff)
        await serve_people(bus, PeopleHandlers(people, passwords, self._clock, self._ids))
        enrolling = BoxHandlers(
            boxes,
            stores,
            keys,
            config.place,
            keeping,
            self._clock,
            self._ids,
            revocations.poke if revocations is not None else lambda: None,
        )
        await serve_boxes(bus, enrolling)

    async def ready(self) -> dict[str, bool]:
        """Ask NATS and PostgreSQL, each by a round trip."""
        return {"nats": await self._nats_answers(), "postgres": await self._postgres_answers()}

    async def drain(self) -> None:
        """Answer what was taken, then let go."""
        if self._bus is not None:
            await self._bus.drain()
        await self._tasks.cancel()
        if self._keys is not None:
            await self._keys.close()
        if self._passwords is not None:
            self._passwords.close()
        if self._pool is not None:
            await self._pool.close()

    async def _connected(self) -> Pool:
        pool = await asyncpg.create_pool(
            self._config.postgres_url,
            min_size=1,
            max_size=POOL_MAX,
            server_settings={"application_name": NAME},
        )
        await migrate(pool, NAME, NAME)
        return pool

    async def _seed(self, pool: Pool, passwords: ArgonPasswords) -> None:
        await ship_brand_rules(pool, SHIPPED)
        if self._config.demo:
            told = self._config
            seed = DemoSeed(pool, passwords, self._clock, told.terminals, told.printers)
            await seed.apply()

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

    async def _sweep(self, people: PostgresPeople, boxes: PostgresBoxes) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await people.sweep(self._clock.now())
                await boxes.sweep(self._clock.now())
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                logger.warning("not swept, next time perhaps: %r", error)


def build(settings: Settings, telemetry: Telemetry) -> StoreConfigService:
    """Read the configuration and put the service together; nothing connects yet."""
    return StoreConfigService(Config.read(settings), telemetry)


async def serve_stores(bus: Bus, handlers: StoreHandlers) -> None:
    """Answer everything about stores."""
    await _serve(bus, ListStores, Call[ListStores], handlers.list_stores)
    await _serve(bus, ReadStore, Call[ReadStore], handlers.read_store)
    await _serve(bus, ListRegisters, Call[ListRegisters], handlers.list_registers)
    await _serve(bus, ListTerminals, Call[ListTerminals], handlers.list_terminals)
    await _serve(bus, ChangeStore, Call[ChangeStore], handlers.change_store)
    await _serve(bus, PairTerminal, Call[PairTerminal], handlers.pair_terminal)
    await _serve(bus, UnpairTerminal, Call[UnpairTerminal], handlers.unpair_terminal)
    await _serve(bus, ListPrinters, Call[ListPrinters], handlers.list_printers)
    await _serve(bus, PutPrinter, Call[PutPrinter], handlers.put_printer)
    await _serve(bus, RemovePrinter, Call[RemovePrinter], handlers.remove_printer)
    await _serve(bus, AssignPrinter, Call[AssignPrinter], handlers.assign_printer)
    await _serve(bus, ListBrandRules, Call[ListBrandRules], handlers.list_brand_rules)
    await _serve(bus, PutBrandRule, Call[PutBrandRule], handlers.put_brand_rule)
    await _serve(bus, RemoveBrandRule, Call[RemoveBrandRule], handlers.remove_brand_rule)


async def serve_companies(bus: Bus, handlers: CompanyHandlers) -> None:
    """Answer everything about a whole company."""
    await _serve(bus, ReadCompany, Call[ReadCompany], handlers.read_company)
    await _serve(bus, ChangeCompany, Call[ChangeCompany], handlers.change_company)
    await _serve(bus, PutCompanyRule, Call[PutCompanyRule], handlers.put_company_rule)


async def serve_support(bus: Bus, handlers: SupportHandlers) -> None:
    """Answer whom to call and what is being worked on."""
    await _serve(bus, ReadSupport, Call[ReadSupport], handlers.read_support)
    await _serve(bus, ChangeSupport, Call[ChangeSupport], handlers.change_support)
    await _serve(bus, AddNotice, Call[AddNotice], handlers.add_notice)
    await _serve(bus, RemoveNotice, Call[RemoveNotice], handlers.remove_notice)


async def serve_audit(bus: Bus, handlers: AuditHandlers) -> None:
    """Answer who changed what."""
    await _serve(bus, FindAudit, Call[FindAudit], handlers.find_audit)


async def serve_places(bus: Bus, handlers: PlaceHandlers) -> None:
    """Answer files of stores, registers and terminals."""
    await _serve(bus, ImportPlaces, Call[ImportPlaces], handlers.import_places)
    await _serve(bus, ExportPlaces, Call[ExportPlaces], handlers.export_places)


async def serve_staff(bus: Bus, handlers: PersonHandlers) -> None:
    """Answer who may log in."""
    await _serve(bus, ListPeople, Call[ListPeople], handlers.list_people)
    await _serve(bus, PutPerson, Call[PutPerson], handlers.put_person)


async def serve_people(bus: Bus, handlers: PeopleHandlers) -> None:
    """Answer log-in, sessions and log-out (bare, since nobody is known yet) and confirmations."""
    await _serve(bus, LogIn, LogIn, handlers.log_in)
    await _serve(bus, ResolveSession, ResolveSession, handlers.resolve_session)
    await _serve(bus, LogOut, LogOut, handlers.log_out)
    await _serve(bus, ConfirmOperator, Call[ConfirmOperator], handlers.confirm_operator)


async def serve_boxes(bus: Bus, handlers: BoxHandlers) -> None:
    """Answer administrators about boxes, and boxes about themselves."""
    await _serve(bus, CreateBox, Call[CreateBox], handlers.create_box)
    await _serve(bus, ListBoxes, Call[ListBoxes], handlers.list_boxes)
    await _serve(bus, RevokeBox, Call[RevokeBox], handlers.revoke_box)
    await _serve(bus, EnrollBox, EnrollBox, handlers.enroll_box)

    async def renew(asked: RenewBox, delivery: Delivery) -> Answer:
        *_, company, store, _verb = delivery.tokens
        return await handlers.renew_box(company, store, asked)

    every_box = subjects.box_question(NAME, "*", "*", str(RenewBox.__struct_config__.tag))
    await bus.serve(
        every_box,
        RenewBox,
        renew,
        queue=NAME,
        concurrency=CONCURRENCY,
        inbox_of=lambda told: inbox(box_identity(*told.tokens[-3:-1])),
    )


async def _serve(
    bus: Bus,
    body: type[Struct],
    request: type[Asked],
    handler: Callable[[Asked], Awaitable[Answer]],
) -> None:
    async def answer(asked: Asked, _delivery: Delivery) -> Answer:
        return await handler(asked)

    verb = str(body.__struct_config__.tag)
    subject = subjects.service(NAME, verb)
    await bus.serve(subject, request, answer, queue=NAME, concurrency=CONCURRENCY)


def _keys(config: Config, clock: Clock) -> NatsKeys | None:
    """Return who signs for boxes, None where nobody does."""
    if not config.keys_file:
        return None
    return NatsKeys.open(Path(config.keys_file), config.nats_url, clock)


async def _reconcile(publication: Publication) -> None:
    pause = RETRY_MIN_S
    while True:
        try:
            shown = await publication.reconcile()
        except OutOfReach as error:
            logger.warning("nothing can be shown to the edge, next try in %.1f s: %s", pause, error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_MAX_S)
        else:
            logger.info("%d stores were shown to the edge anew", shown)
            return
