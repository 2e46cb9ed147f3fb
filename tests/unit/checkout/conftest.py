"""Sales in any state, facts of any kind, and the flow upon the record's twin."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from checkout import decide_sale, decide_tender
from checkout.buckets import Documents
from checkout.decide_tender import TerminalAtHand
from checkout.facts import Edge
from checkout.handlers import Checkout
from checkout.ledger import Ledger
from checkout.memory import MemorySales
from checkout.model import Decision, Moment, Operation, Refused, Sale, Tender
from checkout.ports import Commit, News, Unanswered
from checkout.presence import Presence
from checkout.reading import Reading
from checkout.resolver import Resolver
from contracts.envelope import Actor, Answer, Authority, Call, Fact, Idempotency, Role
from contracts.money import Yen
from contracts.operations import (
    Accepted,
    Evidence,
    Greeting,
    Heartbeat,
    OperationConcluded,
    OperationKind,
    Outcome,
    ReplayPromised,
    TerminalSeen,
    TerminalStatus,
)
from contracts.sales import (
    AddTender,
    CloseSale,
    DoubtAsked,
    Line,
    Method,
    OpenSale,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.seats import RegisterTaken
from contracts.slips import Slip
from contracts.stores import (
    BrandRule,
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from testkit.clock import CountingIds, FakeClock

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CASE = "00000000-0000-7000-8000-00000000ca5e"
OPERATION = "00000000-0000-7000-8000-000000000001"
OTHER_OPERATION = "00000000-0000-7000-8000-000000000002"
SALE = "00000000-0000-7000-8000-00000000005a"
CASHIER = Actor(company="DEMO", operator="cashier", role=Role.CASHIER)


class Build:
    """Makes what a test needs, with everything that it does not care about filled in."""

    now = NOW
    operation = OPERATION
    other_operation = OTHER_OPERATION
    cashier = CASHIER

    manager = Authority(operator="manager", role=Role.MANAGER)

    def moment(
        self, actor: Actor | None = CASHIER, authority: Authority | None = None, case: str = CASE
    ) -> Moment:
        return Moment(at=NOW, case_id=case, actor=actor, authority=authority)

    def open_body(self, total: int = 165, register: str = "R1", store: str = "S001") -> OpenSale:
        line = Line(name="お茶", quantity=1, unit_price=Yen(total), tax_rate=8)
        return OpenSale(store=store, register=register, lines=(line,))

    def sale(self, *tenders: Tender, total: int = 165, state: SaleState = SaleState.OPEN) -> Sale:
        decided = decide_sale.open_sale(
            self.open_body(total),
            sale_id=SALE,
            number="S001-20261122-0001",
            day="2026-11-22",
            moment=self.moment(),
        )
        assert isinstance(decided, Decision)
        return replace(
            decided.sale,
            tenders=tenders,
            tenders_opened=max((tender.number for tender in tenders), default=0),
            state=state,
        )

    def tender(
        self,
        state: TenderState = TenderState.IN_PROGRESS,
        amount: int = 165,
        number: int = 1,
        operation: str = OPERATION,
        **told: Any,
    ) -> Tender:
        asked = Operation(
            id=operation,
            kind=OperationKind.PAYMENT,
            terminal="T1",
            state=state,
            at=NOW,
            ended=state not in ("requested", "in_progress", "in_doubt"),
        )
        fields: dict[str, Any] = {
            "number": number,
            "method": Method.TERMINAL,
            "amount": Yen(amount),
            "state": state,
            "counted": state is TenderState.APPROVED,
            "operations": (asked,),
            "terminal": "T1",
            "slip_number": "00119" if state is TenderState.APPROVED else None,
        }
        return Tender(**(fields | told))

    def cash(self, amount: int, number: int = 2, **told: Any) -> Tender:
        fields: dict[str, Any] = {
            "number": number,
            "method": Method.CASH,
            "amount": Yen(amount),
            "state": TenderState.APPROVED,
            "counted": True,
        }
        return Tender(**(fields | told))

    def at_hand(self, busy_with: str | None = None) -> TerminalAtHand:
        return TerminalAtHand(
            terminal="T1", busy_with=busy_with, operation_id="00000000-0000-7000-8000-0000000000ff"
        )

    def add(
        self,
        sale: Sale,
        amount: int = 165,
        method: Method = Method.TERMINAL,
        at_hand: TerminalAtHand | None = None,
        authority: Authority | None = None,
        **told: Any,
    ) -> Decision | Refused:
        asked = AddTender(sale=sale.id, method=method, amount=amount, **told)
        return decide_tender.add_tender(
            sale,
            asked,
            at_hand=at_hand or self.at_hand(),
            moment=self.moment(authority=authority),
        )

    def slip(self, number: str = "00119", amount: int = 165) -> Slip:
        return Slip(
            slip_number=number,
            title="カード売上票",
            merchant_name="(DXテスト)",
            merchant_phone="999-999-999",
            used_at="2026/11/22 12:00:00",
            transaction="売上",
            amount=Yen(amount),
            total=Yen(amount),
            card_number="377782****6304",
            approval_code="012345",
            payment_condition="一括",
        )

    def concluded(
        self, outcome: Outcome = Outcome.APPROVED, amount: int | None = 165, **told: Any
    ) -> OperationConcluded:
        fields: dict[str, Any] = {
            "operation_id": OPERATION,
            "terminal": "T1",
            "serial": "CT6100-S001-T1",
            "kind": OperationKind.PAYMENT,
            "outcome": outcome,
            "amount": amount,
            "evidence": Evidence(source="result", at=NOW),
            "terminal_business_date": "2026-11-22",
            "media": "credit",
            "brand": "AMEX",
            "entry": "ic",
            "slip": self.slip() if outcome is Outcome.APPROVED else None,
        }
        concluded = fields | told
        concluded.setdefault("echoed_operation_id", concluded["operation_id"])
        return OperationConcluded(**concluded)


class Heard(News):
    """What was told to listeners."""

    def __init__(self) -> None:
        self.doubts: list[DoubtAsked] = []
        self.seats: list[RegisterTaken] = []

    def doubt_asked(self, company: str, store: str, told: DoubtAsked) -> None:
        assert (company, store) == ("DEMO", "S001")
        self.doubts.append(told)

    def register_taken(self, company: str, told: RegisterTaken) -> None:
        assert company == "DEMO"
        self.seats.append(told)


Script = Callable[[Any], Struct | Exception]


class ScriptedGateway:
    """Answers by a script a verb; what is sent is kept in `sent`."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.script: dict[str, Script] = {
            "start_operation": lambda command: Accepted(operation_id=command.operation_id),
            "greet": lambda _: Greeting(epoch=1, heartbeat=1),
            "replay_facts": lambda _: ReplayPromised(first_kept=1),
        }

    def answers(self, verb: str, reply: Struct | Exception) -> None:
        self.script[verb] = lambda _: reply

    async def _say(self, command: Any, verb: str) -> Any:
        self.sent.append(command)
        reply = self.script.get(verb, lambda _: Unanswered())(command)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def start(self, *to: Any) -> Any:
        return await self._say(to[-1], "start_operation")

    async def abort(self, *to: Any) -> Any:
        return await self._say(to[-1], "abort_operation")

    async def inquire(self, *to: Any) -> Any:
        return await self._say(to[-1], "inquire_operation")

    async def check(self, *to: Any) -> Any:
        return await self._say(to[-1], "check_terminal")

    async def history(self, *to: Any) -> Any:
        return await self._say(to[-1], "read_journal")

    async def greet(self, *_to: Any) -> Any:
        return await self._say("greet", "greet")

    async def replay(self, *to: Any) -> Any:
        return await self._say(to[-1], "replay_facts")

    def commands(self, kind: type[Struct]) -> list[Any]:
        return [command for command in self.sent if isinstance(command, kind)]


class House:
    """Checkout without servers: the record's twin, a scripted gateway, a clock in hand."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ids = CountingIds()
        self.store = MemorySales()
        self.gateway: Any = ScriptedGateway()
        self.documents = Documents()
        self.facts = 0
        self.keys = 0
        self.heard = Heard()
        self.restart()

    def restart(self) -> None:
        """A new process upon the same record."""
        self.presence = Presence()
        self.resolver = Resolver()
        self.ledger = Ledger(self.store, self.resolver, self.clock, self.ids)
        self.checkout = Checkout(
            self.ledger, self.gateway, self.documents, self.presence, self.heard
        )
        self.reading = Reading(self.store, self.documents)
        self.edge = Edge(self.ledger, self.gateway, self.documents, self.presence, self.heard)

    def fall_behind(self, old: Sale) -> None:
        """From now on this process has the sale in memory as it was, and another one changed it."""
        record = self.store

        class Behind(MemorySales):
            async def load(self, company: str, sale_id: str) -> Sale | None:
                return old if sale_id == old.id else await super().load(company, sale_id)

            async def load_fresh(self, company: str, sale_id: str) -> Sale | None:
                return await super().load(company, sale_id)

        self.store = Behind()
        self.store.__dict__.update(record.__dict__)
        self.restart()

    def fail_commits(self, count: int, *, after: int = 0, told: Exception, kept: bool) -> None:
        """Have so many commits fail, `after` that many; those `kept` are only not heard of.

        It is a new process that meets this, upon the same record.
        """
        record, left = self.store, [after, count]

        class Failing(MemorySales):
            async def commit(self, commit: Commit) -> None:
                if left[0] == 0 and left[1] > 0:
                    left[1] -= 1
                    if kept:
                        await super().commit(commit)
                    raise told
                left[0] = max(0, left[0] - 1)
                await super().commit(commit)

        self.store = Failing()
        self.store.__dict__.update(record.__dict__)
        self.restart()

    async def configure(
        self,
        company: str = "DEMO",
        store: str = "S001",
        rules: tuple[BrandRule, ...] = (),
        version: int = 1,
    ) -> None:
        document = StoreConfiguration(
            company=company,
            store=store,
            name=store,
            version=version,
            terminal_option=True,
            registers=(
                RegisterEntry(register="R1", name="レジ1"),
                RegisterEntry(register="R2", name="レジ2"),
            ),
            terminals=(
                TerminalEntry(
                    terminal="T1",
                    model="CT-6100",
                    serial="CT6100-S001-T1",
                    host="127.0.0.1",
                    port=1,
                    paired_register="R1",
                ),
            ),
            settings=StoreSettings(),
            brand_rules=rules,
        )
        await self.documents.on_document(f"{company}.{store}", document, version)

    def call(
        self,
        body: Any,
        *,
        actor: Actor = CASHIER,
        key: str | None = None,
        fingerprint: str = "0",
        authority: Authority | None = None,
        page: str | None = None,
    ) -> Call[Any]:
        self.keys += 1
        idempotency = Idempotency(key=key or f"key-{self.keys}", fingerprint=fingerprint * 64)
        return Call(actor=actor, body=body, idempotency=idempotency, authority=authority, page=page)

    async def ask(self, body: Any, **how: Any) -> Answer:
        verb = str(body.__struct_config__.tag)
        for answers in (self.checkout, self.reading):
            if hasattr(answers, verb):
                return await getattr(answers, verb)(self.call(body, **how))
        raise AssertionError(verb)

    async def open(self, total: int = 165, register: str = "R1") -> SaleView:
        answer = await self.ask(Build().open_body(total, register))
        assert answer.outcome == "created", bytes(answer.body)
        return msgspec.json.decode(answer.body, type=SaleView)

    async def pay(self, sale: SaleView, amount: int = 165, **how: Any) -> TenderView:
        body = AddTender(sale=sale.id, method=Method.TERMINAL, amount=amount)
        answer = await self.ask(body, **how)
        assert answer.outcome == "accepted", bytes(answer.body)
        return msgspec.json.decode(answer.body, type=TenderView)

    async def beat(
        self,
        operation: str | None = None,
        epoch: int = 1,
        number: int = 1,
        link: str = "connected",
    ) -> None:
        seen = TerminalSeen(terminal="T1", link=link, screen="home", operation_id=operation)
        beat = Heartbeat(epoch=epoch, number=number, at=self.clock.now(), terminals=(seen,))
        await self.edge.on_heartbeat("DEMO", "S001", beat)

    async def tell(
        self, body: Any, *, epoch: int = 1, sequence: int | None = None, fact_id: str = ""
    ) -> Fact[Any]:
        self.facts = self.facts + 1 if sequence is None else sequence
        fact = Fact(
            id=fact_id or self.ids.uuid(),
            company="DEMO",
            store="S001",
            epoch=epoch,
            sequence=self.facts,
            at=self.clock.now(),
            body=body,
        )
        await self.edge.on_fact(fact)
        return fact

    def sale(self, view: SaleView) -> Sale:
        return self.store.sales[view.id]

    def names(self, view: SaleView) -> list[str]:
        return [row.event.name for row in self.store.outbox if row.event.sale_id == view.id]


class Sold:
    """A closed sale of ¥165 that a card paid on T1, slip 00119; its terminal is at hand."""

    def __init__(self, house: House, sale: SaleView, payment: str) -> None:
        self.house = house
        self.view = sale
        self.payment = payment
        self.taken = Build().concluded(operation_id=payment)
        house.gateway.sent.clear()
        house.gateway.answers("inquire_operation", self.taken)
        self.switch("connected")

    @property
    def sale(self) -> Sale:
        return self.house.sale(self.view)

    @property
    def tender(self) -> Tender:
        return self.sale.tenders[0]

    def switch(self, link: str, day: str = "2026-11-22") -> None:
        """Have the terminal linked to its gateway, or `disconnected`."""
        status = TerminalStatus(
            terminal="T1",
            serial="CT6100-S001-T1",
            model="CT-6100",
            paired_register="R1",
            link=link,
            screen="home",
            terminal_business_date=day,
            last_seen_at=None,
            operation_id=None,
        )
        self.house.gateway.answers("check_terminal", status)

    def show_given_back(self) -> None:
        """From now on the terminal's journal shows that somebody gave it back by hand."""
        back = replace(self.taken, voided_by="00120")
        self.house.gateway.answers("inquire_operation", back)

    def cases(self) -> list[tuple[str, str]]:
        return [(case.kind, case.state) for case in self.sale.cases]


@pytest.fixture
async def sold(house: House) -> Sold:
    sale = await house.open()
    tender = await house.pay(sale)
    payment = tender.operations[0].id
    await house.tell(Build().concluded(operation_id=payment))
    assert (await house.ask(CloseSale(sale=sale.id))).outcome == "ok"
    return Sold(house, sale, payment)


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()


@pytest.fixture
async def house() -> House:
    built = House()
    await built.configure()
    await built.beat()
    return built
