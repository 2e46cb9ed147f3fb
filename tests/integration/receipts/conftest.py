"""The service in this process, on real servers; a store's box that the test plays by hand."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace
from nacl.public import PrivateKey, SealedBox

from contracts import streams, subjects
from contracts.envelope import Actor, Answer, Call, Fact, Idempotency, Role, encode
from contracts.money import Yen
from contracts.operations import Evidence, OperationConcluded, OperationKind, Outcome
from contracts.printing import InquirePrint, PrintEnded, PrintOutcome, PrintPaper, PrintQueued
from contracts.receipts import (
    Copy,
    Drawn,
    DrawSlip,
    PaperFormat,
    PrintJobs,
    ReadPrintJobs,
)
from contracts.sales import (
    Method,
    OperationView,
    SaleEvent,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.slips import ReadMerchantNumber, SealedMerchantNumber
from contracts.stores import PrinterEntry, RegisterEntry, StoreConfiguration, StoreSettings
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from messaging.provision import provision
from messaging.publisher import StreamPublisher
from receipts.config import Config
from receipts.sealing import key_id
from receipts.wiring import ReceiptsService
from servicekit.ids import SystemIds
from servicekit.telemetry import Resource, Telemetry
from testkit.papers import EMONEY_SALE, MERCHANT_NUMBER
from testkit.running import Nats

TELEMETRY = Telemetry(Resource("test", "0", "test"))
IDS = SystemIds()
KEY = PrivateKey.generate()
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)
MANAGER = Actor(company="DEMO", operator="manager", role=Role.MANAGER)
STORE = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(RegisterEntry(register="R1", name="レジ1", printer="P1"),),
    terminals=(),
    printers=(PrinterEntry(printer="P1", host="127.0.0.1"),),
    settings=StoreSettings(),
)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the edge's own clock


class DiskAway(Exception):  # noqa: N818 - named for what it means
    """The box's own disk does not take it just now."""


class HandPlayedBox:
    """Prints what it gets, seals the merchant's number, and remembers what it was asked.

    `words`: what it says instead, by the kind of command, one after another; an error is raised.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.asked: list[Any] = []
        self.words: dict[type, list[Any]] = {}

    async def listen(self) -> None:
        for subject, kind in (
            (subjects.printer_command("DEMO", "S001", "P1", "print_paper"), PrintPaper),
            (subjects.printer_command("DEMO", "S001", "P1", "inquire_print"), InquirePrint),
            (
                subjects.terminal_command("DEMO", "S001", "T1", "read_merchant_number"),
                ReadMerchantNumber,
            ),
        ):
            await self.bus.serve(subject, kind, self._answer, queue=None, concurrency=8)

    async def _answer(self, command: Any, _delivery: Delivery) -> msgspec.Struct:
        self.asked.append(command)
        words = self.words.get(type(command))  # pyright: ignore[reportUnknownArgumentType]  # of any kind
        if words:
            word = words.pop(0)
            if isinstance(word, Exception):
                raise word
            return word
        if isinstance(command, ReadMerchantNumber):
            sealed = SealedBox(KEY.public_key).encrypt(MERCHANT_NUMBER.encode())
            return SealedMerchantNumber(
                operation_id=command.operation_id,
                key_id=key_id(KEY),
                sealed=b64encode(sealed).decode(),
            )
        if isinstance(command, PrintPaper):
            return PrintQueued(job_id=command.job_id)
        return PrintEnded(
            job_id=command.job_id,
            printer=command.printer,
            outcome=PrintOutcome.PRINTED,
            at=now(),
        )

    def away(self) -> Exception:
        """Return a word: its disk does not take it, so it answers `service_unavailable`."""
        return DiskAway()

    async def tell(self, command: PrintPaper, reason: str = "") -> None:
        """Tell live how a job ended."""
        outcome = PrintOutcome.NOT_PRINTED if reason else PrintOutcome.PRINTED
        ended = PrintEnded(
            job_id=command.job_id,
            printer=command.printer,
            outcome=outcome,
            at=now(),
            reason=reason,
        )
        await self.bus.publish_live(subjects.print_ended("DEMO", "S001", "P1"), ended)

    async def until_asked(self, kind: type, count: int = 1) -> list[Any]:
        """Wait until it was asked that often, and return what it was asked."""
        async with asyncio.timeout(20):
            while len(found := self._asked_as(kind)) < count:  # noqa: ASYNC110 - asked over NATS
                await asyncio.sleep(0.02)
        return found

    def _asked_as(self, kind: type) -> list[Any]:
        return [one for one in self.asked if isinstance(one, kind)]

    @property
    def papers(self) -> list[PrintPaper]:
        return [one for one in self.asked if isinstance(one, PrintPaper)]


class Store:
    """What happens in the store, and what is asked about it."""

    def __init__(self, bus: Bus, box: HandPlayedBox, nats: str, url: str) -> None:
        self.bus = bus
        self.box = box
        self.nats = nats
        self.url = url
        self.publisher = StreamPublisher(bus)
        self.sale, self.operation = IDS.uuid(), IDS.uuid()
        self.sequence = 0

    async def begin(self) -> None:
        """Start the service: another life on the same record."""
        config = Config(nats_url=self.nats, postgres_url=self.url, private_keys=(KEY,))
        self.service = ReceiptsService(config, TELEMETRY)
        await self.service.start()

    async def sql(self, statement: str, *values: Any) -> list[Any]:
        """Look into the record, or make it older."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    async def configure(self, **settings: Any) -> None:
        await self.put(replace(STORE, settings=replace(STORE.settings, **settings)))

    async def put(self, document: StoreConfiguration) -> None:
        """Put another document in force."""
        self.document = document
        bucket = Bucket(self.bus, streams.STORE_CONFIG, StoreConfiguration)
        await bucket.put(streams.store_key("DEMO", "S001"), document)

    async def approved(self, media: str = "emoney") -> None:
        body = OperationConcluded(
            operation_id=self.operation,
            terminal="T1",
            serial="CT6100-S001-T1",
            kind=OperationKind.PAYMENT,
            outcome=Outcome.APPROVED,
            amount=Yen(500),
            evidence=Evidence(source="result", at=now()),
            media=media,
            brand="iD",
            slip=EMONEY_SALE if media != "code" else None,
        )
        fact = Fact(
            id=IDS.uuid(), company="DEMO", store="S001", epoch=1, sequence=1, at=now(), body=body
        )
        subject = subjects.terminal_fact("DEMO", "S001", "T1", "operation_concluded")
        await self.publish(subject, fact.id, encode(fact))

    async def publish(self, subject: str, message_id: str, payload: bytes) -> None:
        await self.publisher.publish(subject, payload, message_id)

    async def told(
        self, name: str, state: SaleState = SaleState.PAID, media: str = "emoney"
    ) -> None:
        self.sequence += 1
        operation = OperationView(
            id=self.operation,
            kind=OperationKind.PAYMENT,
            state="approved",
            slip_number="00112",
            at=now(),
        )
        tender = TenderView(
            number=1,
            method=Method.TERMINAL,
            amount=Yen(500),
            state=TenderState.APPROVED,
            counted=True,
            operations=(operation,),
            media=media,
            slip_number="00112",
        )
        view = SaleView(
            id=self.sale,
            number="S001-20260525-0001",
            store="S001",
            register="R1",
            business_date="2026-05-25",
            state=state,
            total=Yen(500),
            paid=Yen(500),
            pending=Yen(0),
            balance=Yen(0),
            change=Yen(0),
            void_due=False,
            lines=(),
            tenders=(tender,),
            cases=(),
            operator="cashier",
            parked=False,
            opened_at=now(),
            closed_at=None,
            sequence=self.sequence,
        )
        event = SaleEvent(
            id=IDS.uuid(),
            company="DEMO",
            store="S001",
            register="R1",
            sale_id=self.sale,
            sequence=self.sequence,
            name=name,
            tender=1 if name.startswith("tender") else None,
            at=now(),
            by=None,
            sale=view,
        )
        subject = subjects.sale_event("DEMO", "S001", self.sale, name)
        await self.publish(subject, event.id, encode(event))

    async def ask(self, body: Any, actor: Actor = CASHIER, key: str | None = None) -> Answer:
        tag = str(body.__struct_config__.tag)
        idempotency = None if key is None else Idempotency(key=key, fingerprint="0" * 64)
        call = Call(actor=actor, body=body, idempotency=idempotency)
        return await self.bus.request(
            subjects.service("receipts", tag), call, Answer, timeout_s=5.0
        )

    async def text(self, copy: Copy, actor: Actor) -> str:
        ask = DrawSlip(sale=self.sale, tender=1, copy=copy, format=PaperFormat.TXT)
        answer = await self.ask(ask, actor)
        assert answer.outcome == "ok", answer
        return msgspec.json.decode(answer.body, type=Drawn).content.decode()

    async def until_code(self, code: str, body: Any, actor: Actor = CASHIER) -> Answer:
        """Ask until the answer is that one: what was told may still be on its way."""
        async with asyncio.timeout(20):
            while True:
                answer = await self.ask(body, actor)
                if answer.outcome == code:
                    return answer
                await asyncio.sleep(0.05)

    async def jobs(self) -> PrintJobs:
        answer = await self.until_code("ok", ReadPrintJobs(sale=self.sale), MANAGER)
        return msgspec.json.decode(answer.body, type=PrintJobs)

    async def until_jobs(self, *states: str) -> PrintJobs:
        async with asyncio.timeout(20):
            while True:
                jobs = await self.jobs()
                if sorted(job.state for job in jobs.jobs) == sorted(states):
                    return jobs
                await asyncio.sleep(0.05)


@pytest.fixture
async def store(request: Any, nats_server: Nats, database: str) -> AsyncIterator[Store]:
    bus = await Bus.connect(nats_server.url, name="test", telemetry=TELEMETRY)
    edge = await Bus.connect(nats_server.url, name="box", telemetry=TELEMETRY, away=(DiskAway,))
    await provision(bus)
    made = Store(bus, HandPlayedBox(edge), nats_server.url, database)
    await made.configure(**getattr(request, "param", {}))
    await made.box.listen()
    await made.begin()
    yield made
    await made.service.drain()
    await edge.drain()
    await bus.drain()
