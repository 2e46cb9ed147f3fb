"""The sale as checkout keeps it: what is owed, how it is paid, what each terminal said.

Frozen data only; the rules stand in `decide_*`. Amounts are whole yen, times are aware.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

from contracts.envelope import Actor
from contracts.identifiers import (
    BusinessDate,
    CaseId,
    CompanyCode,
    OperationId,
    OperatorCode,
    OrderNumber,
    RegisterCode,
    SaleId,
    SlipNumber,
    StoreCode,
    TerminalCode,
)
from contracts.money import Yen
from contracts.operations import Evidence, OperationKind
from contracts.sales import Line, Method, SaleState, TenderState
from contracts.slips import Slip

PENDING_STATES: Final = frozenset({TenderState.REQUESTED, TenderState.IN_PROGRESS})
"""The terminal is at it; an unreleased tender in doubt is pending too."""

UNSETTLED_STATES: Final = PENDING_STATES | {TenderState.IN_DOUBT}
"""Asked of the terminal, outcome not yet known: these are asked after."""

HOLDING_STATES: Final = frozenset(
    {TenderState.APPROVED, TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT}
)
"""A counted tender in one of these pays a part of its sale."""

LIVE_STATES: Final = UNSETTLED_STATES | HOLDING_STATES
"""What counts towards the five tenders of a sale; dead ones do not."""


class Operation(Struct, frozen=True, kw_only=True):
    """One thing asked of a terminal. `ended` once the gateway has said how it ended."""

    id: OperationId
    kind: OperationKind
    terminal: TerminalCode
    state: TenderState
    at: datetime
    ended: bool = False
    slip_number: SlipNumber | None = None
    evidence: Evidence | None = None
    slip: Slip | None = None


class Tender(Struct, frozen=True, kw_only=True):
    """One part of the payment. `state` is what the terminal did, `counted` whether it pays."""

    number: int
    method: Method
    amount: Yen
    state: TenderState
    counted: bool
    operations: tuple[Operation, ...] = ()
    received: Yen | None = None
    kind: str | None = None
    note: str | None = None
    stands_for: int | None = None
    terminal: TerminalCode | None = None
    media: str | None = None
    brand: str | None = None
    payment_condition: str | None = None
    entry: str | None = None
    slip_number: SlipNumber | None = None
    approval_code: str | None = None
    card_number: str | None = None
    order_number: OrderNumber | None = None
    terminal_business_date: BusinessDate | None = None
    reason: str | None = None
    disconnected: bool = False
    acknowledged: bool = False
    resolved_from: str | None = None
    released_by: OperatorCode | None = None

    @property
    def operation(self) -> Operation:
        """The operation asked last; only a terminal tender has one."""
        assert self.operations, "a terminal tender is made with its operation"  # noqa: S101 - house style 12
        return self.operations[-1]

    @property
    def pending(self) -> bool:
        """Whether its amount is set apart: asked of the terminal and not released."""
        return self.state in PENDING_STATES or self.doubtful

    @property
    def doubtful(self) -> bool:
        """In doubt, and nobody has released it."""
        return self.state is TenderState.IN_DOUBT and self.released_by is None

    @property
    def holds(self) -> bool:
        """Whether its money pays a part of the sale."""
        return self.counted and self.state in HOLDING_STATES

    @property
    def change(self) -> Yen:
        """What the cashier hands back of the cash received."""
        return Yen(0 if self.received is None else self.received - self.amount)


class Case(Struct, frozen=True, kw_only=True):
    """Something the two sides disagree on (差異), about this sale."""

    id: CaseId
    kind: str
    tender: int | None
    amount: Yen | None
    evidence: dict[str, str | int | None]
    opened_at: datetime
    ways: tuple[str, ...]
    state: str = "open"


class Sale(Struct, frozen=True, kw_only=True):
    """What one customer owes and how it is paid. `sequence` counts its events, from 1."""

    id: SaleId
    number: str
    company: CompanyCode
    store: StoreCode
    register: RegisterCode
    business_date: BusinessDate
    state: SaleState
    total: Yen
    lines: tuple[Line, ...]
    operator: OperatorCode
    opened_at: datetime
    tenders: tuple[Tender, ...] = ()
    tenders_opened: int = 0
    """Numbers given to tenders so far: one that is gone leaves its number unused."""
    cases: tuple[Case, ...] = ()
    parked: bool = False
    closed_at: datetime | None = None
    sequence: int = 0

    @property
    def paid(self) -> Yen:
        """Counted approved, cash, other, refunding and refund in doubt."""
        return Yen(sum(tender.amount for tender in self.tenders if tender.holds))

    @property
    def pending(self) -> Yen:
        """Requested, in progress, and in doubt unless released."""
        return Yen(sum(tender.amount for tender in self.tenders if tender.pending))

    @property
    def balance(self) -> Yen:
        """What a new tender may pay at most."""
        return Yen(self.total - self.paid - self.pending)

    @property
    def change(self) -> Yen:
        """What the cashier hands back, of all cash tenders."""
        return Yen(sum(tender.change for tender in self.tenders))

    @property
    def rung_up_now(self) -> bool:
        """Whether it is the sale that its register works on."""
        return self.state in (SaleState.OPEN, SaleState.PAID) and not self.parked

    def tender(self, number: int) -> Tender | None:
        """Return the tender of that number, unless it is gone."""
        return next((tender for tender in self.tenders if tender.number == number), None)

    def tender_of(self, operation_id: OperationId) -> Tender | None:
        """Return the tender that this operation was asked for, unless it is gone."""
        for tender in self.tenders:
            if any(operation.id == operation_id for operation in tender.operations):
                return tender
        return None


class Happened(Struct, frozen=True, kw_only=True):
    """One numbered change: its past-tense name and the sale as it stands after it."""

    name: str
    tender: int | None
    by: OperatorCode | None
    sale: Sale


class AbortWanted(Struct, frozen=True, kw_only=True):
    """The terminal is to be asked to stop, after the save."""

    operation_id: OperationId
    terminal: TerminalCode


class StartWanted(Struct, frozen=True, kw_only=True):
    """The operation is to be sent to the gateway, after the save."""

    operation_id: OperationId
    terminal: TerminalCode
    tender: int
    amount: Yen


class Decision(Struct, frozen=True, kw_only=True):
    """What is to be kept and then sent. No `happened`: nothing changed, nothing is sent twice."""

    sale: Sale
    happened: tuple[Happened, ...] = ()
    start: StartWanted | None = None
    abort: AbortWanted | None = None


class Refused(Struct, frozen=True, kw_only=True):
    """Why not. `code` is one of `contracts.problems`."""

    code: str
    detail: str = ""
    fields: dict[str, str | int | bool | list[str] | None] = {}


class Moment(Struct, frozen=True, kw_only=True):
    """What a decision may know of the world: the time, who asks, an unused id for a case."""

    at: datetime
    case_id: CaseId
    actor: Actor | None = None

    @property
    def by(self) -> OperatorCode | None:
        """The operator who asks; nobody when the terminal speaks."""
        return None if self.actor is None else self.actor.operator


class TerminalHold(Struct, frozen=True, kw_only=True):
    """One operation beside its sale: what it is about, and whether it is still open.

    `holds_terminal`: nothing else may start there. `unresolved`: the resolver asks after it.
    """

    operation_id: OperationId
    company: CompanyCode
    store: StoreCode
    terminal: TerminalCode
    sale_id: SaleId
    tender: int
    holds_terminal: bool
    unresolved: bool
    at: datetime


def holds_of(sale: Sale) -> dict[OperationId, TerminalHold]:
    """Return every operation of the sale's tenders as the guard and the resolver see it."""
    return {
        operation.id: TerminalHold(
            operation_id=operation.id,
            company=sale.company,
            store=sale.store,
            terminal=operation.terminal,
            sale_id=sale.id,
            tender=tender.number,
            holds_terminal=tender.pending and not operation.ended,
            unresolved=tender.state in UNSETTLED_STATES,
            at=operation.at,
        )
        for tender in sale.tenders
        for operation in tender.operations
    }


def holds_changed(before: Sale | None, after: Sale) -> tuple[TerminalHold, ...]:
    """Return the operations that are new, changed or gone (then closed) since `before`."""
    old = {} if before is None else holds_of(before)
    new = holds_of(after)
    gone = (
        TerminalHold(
            operation_id=hold.operation_id,
            company=hold.company,
            store=hold.store,
            terminal=hold.terminal,
            sale_id=hold.sale_id,
            tender=hold.tender,
            holds_terminal=False,
            unresolved=False,
            at=hold.at,
        )
        for key, hold in old.items()
        if key not in new
    )
    return (*(hold for key, hold in new.items() if old.get(key) != hold), *gone)
