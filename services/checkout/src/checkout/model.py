"""The sale as checkout keeps it: what is owed, how it is paid, what each terminal said.

Frozen data only; the rules stand in `decide_*`. Amounts are whole yen, times are aware. What is
kept in a sale's document leaves its defaults out: each commit writes it whole.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.envelope import Actor, Authority
from contracts.identifiers import (
    BusinessDate,
    CaseId,
    CompanyCode,
    OperationId,
    OperatorCode,
    OrderNumber,
    PageId,
    RegisterCode,
    SaleId,
    SerialNumber,
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

REFUND_STATES: Final = frozenset({TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT})
"""Asked to give money back, outcome not yet known: asked after like payments."""

DOUBT_STATES: Final = frozenset({TenderState.IN_DOUBT, TenderState.REFUND_IN_DOUBT})
"""Only an answer or the terminal's own word ends these; a screen that is shown does not."""

LIVE_STATES: Final = UNSETTLED_STATES | HOLDING_STATES
"""What counts towards the five tenders of a sale; dead ones do not."""


class Operation(Struct, frozen=True, kw_only=True, omit_defaults=True):
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

    @property
    def gives_back(self) -> bool:
        """Whether it is a void or return."""
        return self.kind is not OperationKind.PAYMENT


class Resolution(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a manager said of a tender in doubt whose terminal could not be asked any more.

    `answered` once the terminal has said its own word after all, the same or another.
    """

    outcome: TenderState
    by: OperatorCode | None
    authorised_by: OperatorCode
    reason: str
    at: datetime
    slip_number: SlipNumber | None = None
    answered: bool = False


class Tender(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    authorised_by: OperatorCode | None = None
    """Who answers for it: sent while another tender was in doubt, or resolved by hand."""
    overridden: bool = False
    """Another one was sent by a named override while this was in doubt: its terminal is let go."""
    doubted_at: datetime | None = None
    """Since when it is in doubt, or was last."""
    presumed: str | None = None
    """処理未了: `sold` or `not_sold` until the terminal shows otherwise, by the brand's rule."""
    investigate_until: BusinessDate | None = None
    """The last day on which it is asked about by itself; None: until its end is known."""
    given_up: bool = False
    """That day is over: only the terminal's own word or a person ends it now."""
    resolution: Resolution | None = None
    voided_by: SlipNumber | None = None
    """The terminal's slip that gave its money back."""
    serial: SerialNumber | None = None
    """The device that took the money: another one may stand in its place since."""
    refunded_by: str | None = None
    """`terminal` or `cash`, once its money was given back."""

    @property
    def operation(self) -> Operation:
        """The operation asked last; only a terminal tender has one."""
        assert self.operations, "a terminal tender is made with its operation"  # noqa: S101 - house style 12
        return self.operations[-1]

    @property
    def payment(self) -> Operation:
        """The operation that took the money, or was to."""
        assert self.operations, "a terminal tender is made with its operation"  # noqa: S101 - house style 12
        return self.operations[0]

    @property
    def journal_number(self) -> SlipNumber | None:
        """By what its terminal's journal has the payment; a code has that, and prints no slip."""
        word = self.payment.evidence
        return self.slip_number or (None if word is None else word.slip_number)

    @property
    def refund(self) -> Operation | None:
        """The void or return that was asked last, if one ever was."""
        last = self.operations[-1] if self.operations else None
        return last if last is not None and last.gives_back else None

    def asked_as(self, operation_id: OperationId) -> Operation:
        """Return the operation of that id, which is one of this tender's."""
        return next(operation for operation in self.operations if operation.id == operation_id)

    def with_operation(self, operation: Operation) -> "Tender":
        """Return the tender with this operation in the place of the one with its id."""
        kept = tuple(operation if old.id == operation.id else old for old in self.operations)
        return replace(self, operations=kept)

    @property
    def pending(self) -> bool:
        """Whether its amount is set apart: asked of the terminal and not released."""
        return self.state in PENDING_STATES or self.doubtful

    @property
    def doubtful(self) -> bool:
        """In doubt, and nobody has released it."""
        return self.state is TenderState.IN_DOUBT and self.released_by is None

    @property
    def unclear(self) -> bool:
        """A payment or refund in doubt that nobody has released."""
        return self.state in DOUBT_STATES and self.released_by is None

    @property
    def awaited(self) -> bool:
        """Whether the terminal's word about the operation asked last is still asked for."""
        return bool(self.operations) and self.awaits(self.operation)

    def awaits(self, operation: Operation) -> bool:
        """Whether the terminal's word about one of its operations is still asked for."""
        if self.given_up:
            return False
        if operation.gives_back:
            return self.state in REFUND_STATES and operation.id == self.operation.id
        by_hand = self.resolution is not None and not self.resolution.answered
        return by_hand or self.state in UNSETTLED_STATES

    def occupies(self, operation: Operation) -> bool:
        """Whether nothing else may start on the terminal because of this operation."""
        if operation.ended or self.overridden:
            return False
        if not operation.gives_back:
            return self.pending
        last = operation.id == self.operation.id
        return last and (self.state is TenderState.REFUNDING or self.unclear)

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
    settled_at: datetime | None = None
    settled_by: OperatorCode | None = None
    """Nobody where the evidence settled it."""
    authorised_by: OperatorCode | None = None
    way: str | None = None
    reason: str | None = None

    @property
    def open(self) -> bool:
        """Whether somebody or something has still to settle it."""
        return self.state == "open"


class Voided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """伝票取消: who, when, why, and what was handed back in cash with it."""

    at: datetime
    by: OperatorCode | None
    handed_back: Yen
    authorised_by: OperatorCode | None = None
    reason: str = ""


class VoidWanted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sale is to be voided once its terminal tenders are refunded: who wants it."""

    by: OperatorCode | None
    at: datetime
    authorised_by: OperatorCode | None = None


class Corrected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """伝票訂正: who, when, why; what stood before is in the event of sequence `corrects`."""

    at: datetime
    by: OperatorCode | None
    authorised_by: OperatorCode
    corrects: int
    reason: str = ""


class Sale(Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    void_wanted: VoidWanted | None = None
    voided: Voided | None = None
    corrections: tuple[Corrected, ...] = ()

    @property
    def void_due(self) -> bool:
        """Money of the closed sale was given back: 伝票取消 or 伝票訂正 must follow."""
        return self.state is SaleState.CLOSED and self.paid < self.total

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

    def stand_in_for(self, number: int) -> Tender | None:
        """Return the `other` tender that was booked because that tender is in doubt."""
        return next((other for other in self.tenders if other.stands_for == number), None)

    def case(self, case_id: CaseId) -> Case | None:
        """Return the difference of that id."""
        return next((case for case in self.cases if case.id == case_id), None)

    def tender_of(self, operation_id: OperationId) -> Tender | None:
        """Return the tender that this operation was asked for, unless it is gone."""
        for tender in self.tenders:
            if any(operation.id == operation_id for operation in tender.operations):
                return tender
        return None


class Seat(Struct, frozen=True, kw_only=True):
    """Which page a register obeys, and who sits there since when."""

    company: CompanyCode
    store: StoreCode
    register: RegisterCode
    page: PageId
    operator: OperatorCode
    since: datetime


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
    register: RegisterCode
    tender: int
    amount: Yen
    kind: OperationKind = OperationKind.PAYMENT
    original_slip_number: SlipNumber | None = None
    original_order_number: OrderNumber | None = None


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
    authority: Authority | None = None
    """Who confirmed it beside who asks, with a password that was checked."""

    @property
    def by(self) -> OperatorCode | None:
        """The operator who asks; nobody when the terminal speaks."""
        return None if self.actor is None else self.actor.operator

    def of_case(self, count: int) -> "Moment":
        """Return it with a case id of its own, for one of several cases (0, 1, …) of a decision."""
        head, _, tail = self.case_id.rpartition("-")
        return replace(self, case_id=f"{head}-{int(tail[:2], 16) ^ count:02x}{tail[2:]}")
