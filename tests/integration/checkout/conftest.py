"""The service itself, in this process, on real servers; a gateway that the test plays by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from checkout.config import Config
from checkout.wiring import CheckoutService
from contracts import streams, subjects
from contracts.envelope import Actor, Answer, Authority, Call, Fact, Idempotency, Role, encode
from contracts.money import Yen
from contracts.operations import (
    AbortOperation,
    Accepted,
    Evidence,
    Greet,
    Greeting,
    Heartbeat,
    InquireOperation,
    OperationConcluded,
    Outcome,
    Phase,
    ReplayFacts,
    ReplayPromised,
    Screen,
    ScreenShown,
    StartOperation,
)
from contracts.sales import AddTender, Line, Method, OpenSale, SaleView, TenderView
from contracts.slips import Slip
from contracts.stores import RegisterEntry, StoreConfiguration, StoreSettings, TerminalEntry
from messaging.bucket import Bucket
from messaging.bus import Bus, Delivery
from messaging.provision import provision
from messaging.publisher import StreamPublisher
from servicekit.ids import SystemIds
from servicekit.lifecycle import Lifecycle
from servicekit.telemetry import Resource, Telemetry
from testkit.running import Nats

TELEMETRY = Telemetry(Resource("test", "0", "test"))
IDS = SystemIds()
COMPANY, STORE, REGISTER, TERMINAL, SERIAL = "DEMO", "S001", "R1", "T1", "CT6100-S001-T1"

Start = Callable[[], Awaitable[CheckoutService]]
GatewayCommand = StartOperation | AbortOperation | InquireOperation | Greet | ReplayFacts

CONFIGURATION = StoreConfiguration(
    company=COMPANY,
    store=STORE,
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(
        RegisterEntry(register="R1", name="レジ1"),
        RegisterEntry(register="R2", name="レジ2"),
    ),
    terminals=(
        TerminalEntry(
            terminal=TERMINAL,
            model="CT-6100",
            serial=SERIAL,
            host="127.0.0.1",
            port=1,
            paired_register=REGISTER,
        ),
    ),
    settings=StoreSettings(),
)


class HandPlayedGateway:
    """Answers commands as `replies` say (by tag), and sends the facts that a test wants."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.commands: list[Any] = []
        self.replies: dict[str, Callable[[Any], msgspec.Struct | None]] = {
            "start_operation": lambda command: Accepted(operation_id=command.operation_id),
            "greet": lambda _: Greeting(epoch=self.epoch, heartbeat=self.beats),
            "replay_facts": lambda _: ReplayPromised(first_kept=1),
        }
        self.sequence = 0
        self.beats = 0
        self.epoch = 1
        self.publisher = StreamPublisher(bus)

    async def listen(self) -> None:
        for subject in (
            subjects.terminal_command(COMPANY, STORE, "*", "*"),
            subjects.gateway_command(COMPANY, STORE, "*"),
        ):
            await self.bus.serve(subject, GatewayCommand, self._answer, queue=None, concurrency=8)

    async def _answer(self, command: Any, _delivery: Delivery) -> msgspec.Struct:
        self.commands.append(command)
        reply = self.replies.get(command.__struct_config__.tag, lambda _: None)(command)
        if reply is None:
            await asyncio.sleep(1.0)
            return Greet()
        return reply

    async def beat(self) -> None:
        self.beats += 1
        beat = Heartbeat(epoch=self.epoch, number=self.beats, at=datetime.now(UTC))  # noqa: TID251 - the edge's own clock
        await self.bus.publish_live(subjects.heartbeat(COMPANY, STORE), beat)

    async def show(self, operation_id: str, name: str = "read_card") -> None:
        self.beats += 1
        await self.bus.publish_live(
            subjects.screen(COMPANY, STORE, TERMINAL),
            ScreenShown(
                terminal=TERMINAL,
                operation_id=operation_id,
                sequence=self.beats,
                phase=Phase.AWAITING_CUSTOMER,
                screen=Screen(name=name),
                at=datetime.now(UTC),  # noqa: TID251 - the edge's own clock
            ),
        )

    def concluded(
        self, operation_id: str, outcome: Outcome, amount: int = 165, **told: Any
    ) -> OperationConcluded:
        return concluded(operation_id, outcome, amount, **told)

    async def tell(self, body: Any, *, sequence: int | None = None, fact_id: str = "") -> str:
        self.sequence = self.sequence + 1 if sequence is None else sequence
        fact = Fact(
            id=fact_id or IDS.uuid(),
            company=COMPANY,
            store=STORE,
            epoch=self.epoch,
            sequence=self.sequence,
            at=datetime.now(UTC),  # noqa: TID251 - the edge's own clock
            body=body,
        )
        name = str(body.__struct_config__.tag)
        subject = subjects.terminal_fact(COMPANY, STORE, TERMINAL, name)
        await self.publisher.publish(subject, encode(fact), IDS.uuid())
        return fact.id


def concluded(
    operation_id: str, outcome: Outcome, amount: int | None = 165, **told: Any
) -> OperationConcluded:
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    slip = None
    if outcome is Outcome.APPROVED:
        slip = Slip(
            slip_number="00119",
            title="カード売上票",
            merchant_name="(DXテスト)",
            merchant_phone="999-999-999",
            used_at="2026/11/22 12:00:00",
            transaction="売上",
            amount=Yen(amount or 0),
            total=Yen(amount or 0),
            card_number="377782****6304",
            approval_code="012345",
        )
    fields: dict[str, Any] = {
        "operation_id": operation_id,
        "terminal": TERMINAL,
        "serial": SERIAL,
        "kind": "payment",
        "outcome": outcome,
        "amount": amount,
        "evidence": Evidence(source="result", at=at),
        "echoed_operation_id": operation_id,
        "terminal_business_date": "2026-11-22",
        "media": "credit",
        "brand": "AMEX",
        "slip": slip,
    }
    return OperationConcluded(**(fields | told))


class Caller:
    """Asks checkout as `front` does."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.actor = Actor(company=COMPANY, operator="cashier", role=Role.CASHIER)

    async def ask(
        self,
        body: Any,
        *,
        key: str | None = None,
        fingerprint: str = "0",
        actor: Actor | None = None,
        authority: Authority | None = None,
        page: str | None = None,
    ) -> Answer:
        idempotency = None
        if key is not None:
            idempotency = Idempotency(key=key, fingerprint=fingerprint * 64)
        call = Call(
            actor=actor or self.actor,
            body=body,
            idempotency=idempotency,
            authority=authority,
            page=page,
        )
        verb = str(body.__struct_config__.tag)
        return await self.bus.request(
            subjects.service("checkout", verb), call, Answer, timeout_s=5.0
        )

    async def open(self, total: int = 165, register: str = REGISTER) -> SaleView:
        line = Line(name="お茶", quantity=1, unit_price=Yen(total), tax_rate=8)
        answer = await self.ask(OpenSale(store=STORE, register=register, lines=(line,)))
        assert answer.outcome == "created", bytes(answer.body)
        return view(answer, SaleView)

    async def pay(self, sale: SaleView, amount: int = 165) -> TenderView:
        answer = await self.ask(AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount))
        assert answer.outcome == "accepted", bytes(answer.body)
        return view(answer, TenderView)


def view(answer: Answer, kind: Any) -> Any:
    return msgspec.json.decode(answer.body, type=kind)


@pytest.fixture
async def bus(nats_server: Nats) -> AsyncIterator[Bus]:
    connected = await Bus.connect(
        nats_server.url, name="test", telemetry=TELEMETRY, lifecycle=Lifecycle()
    )
    await provision(connected)
    bucket = Bucket(connected, streams.STORE_CONFIG, StoreConfiguration)
    await bucket.put(streams.store_key(COMPANY, STORE), CONFIGURATION)
    yield connected
    await connected.drain()


@pytest.fixture
async def start(bus: Bus, nats_server: Nats, database: str) -> AsyncIterator[Start]:
    """Start an instance; each is drained at the end unless the test did it."""
    running: list[CheckoutService] = []

    async def started() -> CheckoutService:
        assert bus.connected
        config = Config(nats_url=nats_server.url, postgres_url=database)
        service = CheckoutService(config, TELEMETRY)
        running.append(service)
        async with asyncio.timeout(10):
            await service.start()
        return service

    yield started
    for service in running:
        await service.drain()


@pytest.fixture
async def gateway(bus: Bus) -> AsyncIterator[HandPlayedGateway]:
    played = HandPlayedGateway(bus)
    await played.listen()

    async def beat() -> None:
        while True:
            await played.beat()
            await asyncio.sleep(0.3)

    beating = asyncio.create_task(beat())
    yield played
    beating.cancel()


@pytest.fixture
def caller(bus: Bus) -> Caller:
    return Caller(bus)
