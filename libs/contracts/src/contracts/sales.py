"""The sale as others see it, what may be asked of it, and the events that it leaves.

Views are the outward JSON of `http-api.md`. Rules: `services/checkout/…/decide.py`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from contracts.cases import CaseView, Reason
from contracts.envelope import Message
from contracts.identifiers import (
    BusinessDate,
    CompanyCode,
    EventId,
    OperationId,
    OperatorCode,
    OrderNumber,
    RegisterCode,
    SaleId,
    SlipNumber,
    StoreCode,
    TenderNumber,
    TerminalCode,
)
from contracts.money import Amount, Yen
from contracts.operations import Evidence, OperationKind, Screen
from contracts.seats import SeatView

TENDERS_MAX: Final = 5
"""併用決済は5種類まで: the manual's limit; live tenders count, dead ones do not."""

LINES_MAX: Final = 500
"""A sale of more lines than this is a mistake of a program, not a shopping basket."""


class SaleState(StrEnum):
    """`open` ⇄ `paid` → `closed` → `voided`; `open` → `abandoned`."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    VOIDED = "voided"
    ABANDONED = "abandoned"


class TenderState(StrEnum):
    """What the terminal did; `counted` says whether the sale uses it."""

    REQUESTED = "requested"
    IN_PROGRESS = "in_progress"
    IN_DOUBT = "in_doubt"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_PERFORMED = "not_performed"
    REFUNDING = "refunding"
    REFUND_IN_DOUBT = "refund_in_doubt"
    REFUNDED = "refunded"


class Method(StrEnum):
    """How one tender pays."""

    TERMINAL = "terminal"
    CASH = "cash"
    OTHER = "other"


class Line(Message, frozen=True, kw_only=True):
    """One line rung up. `unit_price` includes tax."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    quantity: Annotated[int, Meta(ge=1, le=9_999)]
    unit_price: Annotated[Yen, Meta(ge=0, le=9_999_999)]
    tax_rate: Literal[10, 8, 0]


# --- asked of checkout: Call[...] on svc.checkout.<verb> ---


class OpenSale(Message, tag="open_sale", frozen=True, kw_only=True):
    """Ring up a sale. A sale already open on the register is parked (保留)."""

    store: StoreCode
    register: RegisterCode
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=500)]


class AddTender(Message, tag="add_tender", frozen=True, kw_only=True):
    """Pay a part. The amount is judged by `decide`, so that its refusal has a name."""

    sale: SaleId
    method: Method
    amount: int
    received: int | None = None
    kind: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None
    stands_for: int | None = None


class ReadSale(Message, tag="read_sale", frozen=True, kw_only=True):
    """Any sale of the actor's company."""

    sale: SaleId


class FindSales(Message, tag="find_sales", frozen=True, kw_only=True):
    """伝票明細, newest first. `after` is the `next` of the page before.

    Of a payment `slip_number`, `card_last` and `brand` are known of one and the same tender.
    """

    store: StoreCode | None = None
    register: RegisterCode | None = None
    business_date: BusinessDate | None = None
    state: SaleState | None = None
    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    number: Annotated[str, Meta(max_length=40)] | None = None
    """The sale's, or a part of it."""
    amount: Yen | None = None
    """Of the whole sale or of one of its tenders."""
    slip_number: SlipNumber | None = None
    """Of a payment, or of what gave it back."""
    card_last: Annotated[str, Meta(pattern=r"^[0-9]{4}$(?!\n)")] | None = None
    """The last four digits of the number that the slip shows."""
    brand: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    """In capital or small letters."""
    void_due: bool | None = None
    """Money was given back, and 伝票取消 or 伝票訂正 has still to follow."""


class ReadSaleEvents(Message, tag="read_sale_events", frozen=True, kw_only=True):
    """The events after a sequence number, for a listener that resumes."""

    sale: SaleId
    after: int = 0


class CloseSale(Message, tag="close_sale", frozen=True, kw_only=True):
    """OK on 支払完了 with nothing owed."""

    sale: SaleId


class AbandonSale(Message, tag="abandon_sale", frozen=True, kw_only=True):
    """Nothing is held and nothing in doubt."""

    sale: SaleId


class CancelTender(Message, tag="cancel_tender", frozen=True, kw_only=True):
    """取消を依頼: abort and keep waiting."""

    sale: SaleId
    tender: TenderNumber


class DisconnectTender(Message, tag="disconnect_tender", frozen=True, kw_only=True):
    """切断する: try the same abort, and stop waiting."""

    sale: SaleId
    tender: TenderNumber


class ReleaseTender(Message, tag="release_tender", frozen=True, kw_only=True):
    """In doubt only: the sale goes on without the answer, which is still asked for."""

    sale: SaleId
    tender: TenderNumber


class ResolveTender(Message, tag="resolve_tender", frozen=True, kw_only=True):
    """A manager says what became of a tender in doubt whose terminal is dead or gone.

    Needs `Call.authority`, or an actor who is a manager. Later contrary evidence opens a case.
    """

    sale: SaleId
    tender: TenderNumber
    outcome: Literal["approved", "not_performed"]
    reason: Reason
    slip_number: SlipNumber | None = None


class ResumeSale(Message, tag="resume_sale", frozen=True, kw_only=True):
    """Take a parked sale (保留) up again on its register; the one open there is parked for it."""

    sale: SaleId


class AcknowledgeTender(Message, tag="acknowledge_tender", frozen=True, kw_only=True):
    """The OK of 支払完了 or 払戻完了."""

    sale: SaleId
    tender: TenderNumber


class ReadRegister(Message, tag="read_register", frozen=True, kw_only=True):
    """The register's active sale, and those parked on it."""

    store: StoreCode
    register: RegisterCode


# --- views ---


class DoubtView(Message, frozen=True, kw_only=True):
    """Why a tender's outcome is not known, and what is done about it.

    `reason`: `link_lost`, `silence`, `no_answer`, `already_read`, `incomplete` (処理未了),
    `amount_differs`, `foreign_result`, ... `asked`, `last_asked_at` and `answer` are live and added
    by `front`; `presumed` and `investigate_until` follow the brand's rule for 処理未了.
    """

    reason: str
    since: datetime
    asked: int = 0
    last_asked_at: datetime | None = None
    answer: str | None = None
    """What the last question brought: `no_answer`, `working`, `link_lost`, `pending`, ..."""
    presumed: Literal["sold", "not_sold"] | None = None
    investigate_until: BusinessDate | None = None


class OperationView(Message, frozen=True, kw_only=True):
    """One thing asked of a terminal for a tender."""

    id: OperationId
    kind: OperationKind
    state: str
    slip_number: SlipNumber | None
    at: datetime
    evidence: Evidence | UnsetType = UNSET
    """What ended it: the source, when, asked how often, and which entry."""


class TenderView(Message, frozen=True, kw_only=True):
    """One part of the payment. `screen` is live and added by `front`; it is not part of events."""

    number: TenderNumber
    method: Method
    amount: Amount
    state: TenderState
    counted: bool
    operations: tuple[OperationView, ...] = ()
    received: Yen | UnsetType = UNSET
    change: Yen | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    stands_for: int | UnsetType = UNSET
    terminal: TerminalCode | UnsetType = UNSET
    media: str | UnsetType = UNSET
    brand: str | UnsetType = UNSET
    payment_condition: str | UnsetType = UNSET
    entry: str | UnsetType = UNSET
    slip_number: SlipNumber | UnsetType = UNSET
    approval_code: str | UnsetType = UNSET
    card_number: str | UnsetType = UNSET
    order_number: OrderNumber | UnsetType = UNSET
    terminal_business_date: BusinessDate | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    """Why it was declined or cancelled: the terminal's stable code."""
    disconnected: bool = False
    """The cashier tapped 切断する for it."""
    acknowledged: bool = False
    """The cashier tapped OK on its 支払完了; of a refunded one: on its 払戻完了."""
    screen: Screen | UnsetType = UNSET
    resolved_from: str | UnsetType = UNSET
    """What ended the doubt: `result`, `journal`, `status`, `tombstone`, ..."""
    released_by: OperatorCode | UnsetType = UNSET
    authorised_by: OperatorCode | UnsetType = UNSET
    """Who confirmed that it was sent while another tender was in doubt, or how it was resolved."""
    doubt: DoubtView | UnsetType = UNSET
    voided_by: SlipNumber | UnsetType = UNSET
    """The terminal's slip that gave its money back."""
    refunded_by: Literal["terminal", "cash"] | UnsetType = UNSET
    """How its money was given back, once it was."""


class VoidView(Message, frozen=True, kw_only=True):
    """伝票取消: who, when, why; what was handed back in cash with it."""

    at: datetime
    by: OperatorCode | None
    handed_back: Yen
    authorised_by: OperatorCode | UnsetType = UNSET
    reason: str = ""


class CorrectionView(Message, frozen=True, kw_only=True):
    """伝票訂正: who, when, why. What stood before is in the event of sequence `corrects`."""

    at: datetime
    by: OperatorCode | None
    authorised_by: OperatorCode
    corrects: int
    reason: str = ""


class SaleView(Message, frozen=True, kw_only=True):
    """A sale as `http-api.md` shows it. `sequence` counts its events."""

    id: SaleId
    number: str
    store: StoreCode
    register: RegisterCode
    business_date: BusinessDate
    state: SaleState
    total: Yen
    paid: Yen
    pending: Yen
    balance: Yen
    change: Yen
    void_due: bool
    lines: tuple[Line, ...]
    tenders: tuple[TenderView, ...]
    cases: tuple[CaseView, ...]
    operator: OperatorCode
    parked: bool
    opened_at: datetime
    closed_at: datetime | None
    sequence: int
    void_wanted: bool = False
    """伝票取消 follows by itself once every terminal tender is refunded."""
    void: VoidView | UnsetType = UNSET
    corrections: tuple[CorrectionView, ...] = ()


class SalesPage(Message, frozen=True, kw_only=True):
    """One page of 伝票明細."""

    sales: tuple[SaleView, ...]
    next: str | None


class RegisterView(Message, frozen=True, kw_only=True):
    """What a register is doing: its active sale and the parked ones, newest first."""

    store: StoreCode
    register: RegisterCode
    active: SaleView | None
    parked: tuple[SaleView, ...]
    closed_last: SaleView | None
    """The sale closed last on it, for 会計完了 after a reload."""
    cases: tuple[CaseView, ...] = ()
    """Open cases of sales rung up on it, newest first, at most `CASES_SHOWN_MAX`."""
    seat: SeatView | None = None
    """The page that has the register, if any page ever took it."""


# --- events: durable, on evt.<company>.<store>.sale.<sale>.<name> ---


class SaleEvent(Message, frozen=True, kw_only=True):
    """One numbered change of a sale, with the sale as it stands after it.

    `sequence` starts at 1 and has no gap; `id` is the `Nats-Msg-Id` and the same on every delivery.
    `name` is a past-tense word (`sale_opened`, `tender_requested`, `tender_approved`, ...);
    `tender` the one it is about.
    """

    id: EventId
    company: CompanyCode
    store: StoreCode
    register: RegisterCode
    sale_id: SaleId
    sequence: int
    name: str
    tender: TenderNumber | None
    at: datetime
    by: OperatorCode | None
    sale: SaleView


class DoubtAsked(Message, tag="doubt_asked", frozen=True, kw_only=True):
    """Live: an operation in doubt was asked about once more. `live.<c>.<s>.doubt.<operation>`."""

    operation_id: OperationId
    sale: SaleId
    asked: int
    at: datetime
    answer: str


class SaleEvents(Message, frozen=True, kw_only=True):
    """Answer to `ReadSaleEvents`, in order."""

    events: tuple[SaleEvent, ...]
