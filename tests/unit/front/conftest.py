"""In-memory twins of what the door needs, and small builders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import Raw, Struct

from contracts.envelope import Answer, Role
from contracts.money import Yen
from contracts.operations import (
    CheckTerminal,
    JournalPage,
    OperationKind,
    ReadJournal,
    ReadTerminal,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from contracts.printing import CheckPrinter, PrinterStatus, UnknownPrinter
from contracts.sales import (
    Line,
    Method,
    OperationView,
    ReadSaleEvents,
    SaleEvent,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.stores import (
    PrinterEntry,
    RegisterEntry,
    Session,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from front.ears import Ears
from front.handlers import Desk
from front.hub import Hub
from front.live import Live
from front.model import Caller, HealthView
from front.ports import ServiceUnavailable, StoreUnreachable
from front.sessions import Sessions
from front.stores import StoreCopies
from front.streams import Streams
from testkit.clock import START, FakeClock

SALE = "00000000-0000-7000-8000-00000000000a"
OPERATION = "00000000-0000-7000-8000-00000000000b"


def ok(view: Struct) -> Answer:
    return Answer(outcome="ok", body=Raw(msgspec.json.encode(view)))


class Centre:
    """`Central` in memory: answers by verb, and the events of one sale."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Any]] = []
        self.events: list[SaleEvent] = []
        self.page = 100
        self.away = False

    async def ask(self, service: str, verb: str, message: Struct) -> Answer:
        self.asked.append((verb, message))
        if self.away:
            raise ServiceUnavailable(service, sent=False)
        body: object = getattr(message, "body", None)
        if isinstance(body, ReadSaleEvents):
            later = [one for one in self.events if one.sequence > body.after]
            page = msgspec.json.encode({"events": later[: self.page]})
            return Answer(outcome="ok", body=Raw(page))
        return self.answers[verb]


class Boxes:
    """`Edges` in memory: one answer for all; None is a store out of reach."""

    def __init__(self) -> None:
        self.terminal: TerminalStatus | Unreachable | UnknownTerminal | None = None
        self.journal: JournalPage | Unreachable | UnknownTerminal | None = None
        self.journal_asked: list[ReadJournal] = []
        self.printer: PrinterStatus | UnknownPrinter | None = None

    async def read_terminal(
        self, company: str, store: str, ask: ReadTerminal | CheckTerminal
    ) -> TerminalStatus | Unreachable | UnknownTerminal:
        del ask
        if self.terminal is None:
            raise StoreUnreachable(company, store)
        return self.terminal

    check_terminal = read_terminal

    async def read_journal(
        self, company: str, store: str, ask: ReadJournal
    ) -> JournalPage | Unreachable | UnknownTerminal:
        self.journal_asked.append(ask)
        if self.journal is None:
            raise StoreUnreachable(company, store)
        return self.journal

    async def check_printer(
        self, company: str, store: str, ask: CheckPrinter
    ) -> PrinterStatus | UnknownPrinter:
        del ask
        if self.printer is None:
            raise StoreUnreachable(company, store)
        return self.printer


class Nobody:
    """`Census` of an empty house."""

    async def count(self) -> HealthView:
        return HealthView(ready=False, services=())


class House:
    """The door's inside, on twins."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.centre = Centre()
        self.boxes = Boxes()
        self.live = Live()
        self.hub = Hub()
        self.stores = StoreCopies()
        self.sessions = Sessions(self.centre, self.clock)
        self.desk = Desk(
            central=self.centre,
            edges=self.boxes,
            stores=self.stores,
            sessions=self.sessions,
            live=self.live,
            census=Nobody(),
            clock=self.clock,
        )
        self.ears = Ears(hub=self.hub, live=self.live, stores=self.stores, clock=self.clock)
        self.stores.on_newer = self.ears.store_changed
        self.streams = Streams(desk=self.desk, hub=self.hub)
        self.session = Session(
            operator="cashier",
            name="佐藤",
            role=Role.CASHIER,
            company="C",
            company_name="c",
            stores=(),
            expires_at=START + timedelta(hours=12),
        )
        self.centre.answers["resolve_session"] = ok(self.session)

    def caller(self, *stores: str) -> Caller:
        session = msgspec.structs.replace(self.session, stores=stores)
        return Caller(session=session, token="t", by_cookie=False)

    async def with_store(self, version: int = 1, paired: str | None = "R1") -> None:
        configuration = StoreConfiguration(
            company="C",
            store="S",
            name="s",
            version=version,
            terminal_option=True,
            registers=(RegisterEntry(register="R1", name="1"),),
            terminals=(
                TerminalEntry(
                    terminal="T1",
                    model="CT-6100",
                    serial="X1",
                    host="h",
                    port=1,
                    paired_register=paired,
                ),
            ),
            printers=(PrinterEntry(printer="P1", host="h"),),
            settings=StoreSettings(),
        )
        await self.stores.on_change("C.S", configuration, 1)
        self.stores.complete()


@pytest.fixture
def house() -> House:
    return House()


def sale_view(sequence: int = 1, state: TenderState | None = None) -> SaleView:
    tenders: tuple[TenderView, ...] = ()
    if state is not None:
        operation = OperationView(
            id=OPERATION, kind=OperationKind.PAYMENT, state=str(state), slip_number=None, at=START
        )
        tenders = (
            TenderView(
                number=1,
                method=Method.TERMINAL,
                amount=Yen(165),
                state=state,
                counted=False,
                operations=(operation,),
            ),
        )
    return SaleView(
        id=SALE,
        number="1",
        store="S",
        register="R1",
        business_date="2026-11-20",
        state=SaleState.OPEN,
        total=Yen(165),
        paid=Yen(0),
        pending=Yen(0),
        balance=Yen(165),
        change=Yen(0),
        void_due=False,
        lines=(Line(name="x", quantity=1, unit_price=Yen(165), tax_rate=8),),
        tenders=tenders,
        cases=(),
        operator="cashier",
        parked=False,
        opened_at=START,
        closed_at=None,
        sequence=sequence,
    )


EventOf = Callable[..., SaleEvent]


@pytest.fixture
def event_of() -> EventOf:
    def build(sequence: int, state: TenderState | None = None) -> SaleEvent:
        return SaleEvent(
            id=f"00000000-0000-7000-8000-{sequence:012x}",
            company="C",
            store="S",
            register="R1",
            sale_id=SALE,
            sequence=sequence,
            name="something_happened",
            tender=None,
            at=START,
            by=None,
            sale=sale_view(sequence, state),
        )

    return build


SaleOf = Callable[..., SaleView]


@pytest.fixture
def sale_of() -> SaleOf:
    return sale_view
