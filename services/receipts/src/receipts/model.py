"""What `receipts` keeps: what stands on slips, sales as they were heard last, jobs on printers."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

from contracts.identifiers import (
    BusinessDate,
    CompanyCode,
    EventId,
    OperationId,
    OperatorCode,
    PrinterCode,
    PrintJobId,
    RegisterCode,
    SaleId,
    SerialNumber,
    StoreCode,
    TenderNumber,
    TerminalCode,
)
from contracts.operations import OperationKind
from contracts.receipts import Copy, SlipOf
from contracts.sales import SaleView
from contracts.slips import Slip
from contracts.stores import Issuer

What = Literal["slip", "receipt"]

FieldValue = str | int | bool | list[str] | None

EMONEY: Final = "emoney"
CODE: Final = "code"


class Refused(Struct, frozen=True, kw_only=True):
    """Why something was not done: a code of `contracts.problems` and what a program needs."""

    code: str
    detail: str = ""
    fields: dict[str, FieldValue] = {}


class SlipRecord(Struct, frozen=True, kw_only=True):
    """What stands on the slip of one approved operation, as the terminal said it first.

    `layout` is the version it was first laid out with, and is for ever. The merchant's number is
    not here: it is kept sealed, in a place of its own (`MerchantNumber`).
    """

    operation_id: OperationId
    company: CompanyCode
    store: StoreCode
    terminal: TerminalCode
    serial: SerialNumber
    kind: OperationKind
    media: str
    brand: str
    slip: Slip
    layout: int
    event_id: EventId
    seen_at: datetime
    terminal_business_date: BusinessDate | None = None

    @property
    def of(self) -> SlipOf:
        """Whether it is the slip of what was paid, or of what was given back."""
        return SlipOf.PAYMENT if self.kind is OperationKind.PAYMENT else SlipOf.REFUND


class ContrarySlip(Struct, frozen=True, kw_only=True):
    """Another content that came for an operation whose slip was known: kept, never printed."""

    operation_id: OperationId
    event_id: EventId
    company: CompanyCode
    store: StoreCode
    slip: Slip
    seen_at: datetime


class Seller(Struct, frozen=True, kw_only=True):
    """Who sold, as it was when the sale was paid: what a receipt says years later."""

    issuer: Issuer
    store_name: str
    register_name: str
    time_zone: str = "Asia/Tokyo"


class SaleRecord(Struct, frozen=True, kw_only=True):
    """A sale as its newest event has it. `seller` None: it was never paid yet."""

    company: CompanyCode
    view: SaleView
    layout: int
    heard_at: datetime
    seller: Seller | None = None

    @property
    def id(self) -> SaleId:
        """The sale's own id."""
        return self.view.id

    @property
    def store(self) -> StoreCode:
        """Where it was rung up."""
        return self.view.store


class NumberState(StrEnum):
    """What is known of a merchant's number."""

    WANTED = "wanted"
    """The box is asked until it says."""
    SEALED = "sealed"
    """Here it is, closed."""
    NONE = "none"
    """There is none, and never will be."""


class MerchantNumber(Struct, frozen=True, kw_only=True):
    """会員番号 as the merchant's copy shows it, sealed; never beside the customer's."""

    operation_id: OperationId
    company: CompanyCode
    store: StoreCode
    terminal: TerminalCode
    state: NumberState
    asked: int
    ask_at: datetime
    key_id: str = ""
    sealed: str = ""


class JobState(StrEnum):
    """How far a piece of paper has come. `waiting` and `sent` are `queued` to the outside."""

    WAITING = "waiting"
    """Nothing has left for the printer's box yet."""
    SENT = "sent"
    """The box may have it: from here on only the box knows, and is asked with the same id."""
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"


OPEN_JOBS: Final = frozenset({JobState.WAITING, JobState.SENT})


class PrintJob(Struct, frozen=True, kw_only=True):
    """One piece of paper. `by` None: it was printed by itself (お客様控え 自動)."""

    id: PrintJobId
    company: CompanyCode
    store: StoreCode
    register: RegisterCode
    sale: SaleId
    what: What
    state: JobState
    requested_at: datetime
    expires_at: datetime
    tender: TenderNumber | None = None
    operation_id: OperationId | None = None
    operation: SlipOf | None = None
    copy: Copy | None = None
    printer: PrinterCode | None = None
    reason: str = ""
    partly: bool = False
    ended_at: datetime | None = None
    by: OperatorCode | None = None
    reprint: bool = False
    """Printed after its time, because the store allows it: the paper says so."""

    @property
    def is_open(self) -> bool:
        """Whether it may still come out."""
        return self.state in OPEN_JOBS


class Audit(Struct, frozen=True, kw_only=True):
    """What somebody will ask about one day: written once, never changed, never removed.

    `what`: `slip_reprinted` (after close, because the store allows it), `removed_by_retention`.
    """

    at: datetime
    company: CompanyCode
    store: StoreCode
    what: str
    by: OperatorCode | None
    told: dict[str, str | int]


class Picked(Struct, frozen=True, kw_only=True):
    """The operation of a tender whose slip is meant."""

    sale: SaleRecord
    tender: TenderNumber
    operation_id: OperationId
    of: SlipOf
    media: str
    in_time: bool
    """Whether the register still prints it by itself (`sale-and-tender.md`, acknowledge)."""
