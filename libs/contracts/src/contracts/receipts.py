"""What is asked of `receipts`: slips (控え) and sale receipts (レシート), shown and printed."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import (
    OperationId,
    OperatorCode,
    PrinterCode,
    PrintJobId,
    RegisterCode,
    SaleId,
    StoreCode,
    TenderNumber,
)

CONTENT_MAX: Final = 512 * 1024
"""Bytes of one drawn slip or receipt; a picture of 500 lines stays below."""


class Copy(StrEnum):
    """Whose paper it is."""

    CUSTOMER = "customer"
    """お客様控"""
    MERCHANT = "merchant"
    """加盟店控"""


class PaperFormat(StrEnum):
    """How it is drawn; the words are the file endings of `http-api.md`."""

    TXT = "txt"
    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    ESCPOS = "escpos"


class SlipOf(StrEnum):
    """Which of a tender's operations: what it paid, or what it gave back."""

    PAYMENT = "payment"
    REFUND = "refund"


SaleSequence = Annotated[
    int,
    Meta(
        ge=0,
        description="the sale's events that the asker knows of: an answer knows no less, or waits",
    ),
]

Columns = Annotated[Literal[48, 32], Meta(description="half-width characters: 80 or 58 mm paper")]


class DrawSlip(Message, tag="draw_slip", frozen=True, kw_only=True):
    """One copy of a tender's slip. `operation` None: of the latest approved operation.

    A merchant's copy, and any after the sale is closed, is for managers and above to look at.
    """

    sale: SaleId
    tender: TenderNumber
    copy: Copy
    format: PaperFormat
    operation: SlipOf | None = None
    columns: Columns = 48
    at_least: SaleSequence = 0


class DrawReceipt(Message, tag="draw_receipt", frozen=True, kw_only=True):
    """A sale's receipt as the sale stands now; of a sale that is paid, closed or voided."""

    sale: SaleId
    format: PaperFormat
    columns: Columns = 48
    at_least: SaleSequence = 0


class PrintSlips(Message, tag="print_slips", frozen=True, kw_only=True):
    """控え印刷: these copies of a tender's slip, on the register's printer."""

    sale: SaleId
    tender: TenderNumber
    operation: SlipOf | None = None
    copies: tuple[Copy, ...] = (Copy.CUSTOMER, Copy.MERCHANT)
    at_least: SaleSequence = 0


class PrintReceipt(Message, tag="print_receipt", frozen=True, kw_only=True):
    """レシート印刷: on the printer of the register that rang the sale up."""

    sale: SaleId
    at_least: SaleSequence = 0


PaperAsk = DrawSlip | DrawReceipt | PrintSlips | PrintReceipt


class ReadPrintJobs(Message, tag="read_print_jobs", frozen=True, kw_only=True):
    """What was printed of a sale, and what could not be; newest first."""

    sale: SaleId


class Drawn(Message, frozen=True, kw_only=True):
    """One drawn slip or receipt. `content` is base64 on the wire, UTF-8 inside for `txt`, `svg`."""

    media_type: str
    content: Annotated[bytes, Meta(max_length=CONTENT_MAX)]
    name: str
    """A file name without path: `slip-00119-customer.pdf`."""


class PrintJobView(Message, frozen=True, kw_only=True):
    """One piece of paper on its way. `state`: `queued`, `printed`, `not_printed`.

    `reason` as in `printing.PrintEnded`, or `store_unreachable`, `no_printer`, `queue_full`,
    `cannot_be_drawn` (nothing was sent: what is kept of it makes no paper; operations look).
    """

    id: PrintJobId
    sale: SaleId
    store: StoreCode
    register: RegisterCode
    what: Literal["slip", "receipt"]
    state: Literal["queued", "printed", "not_printed"]
    requested_at: datetime
    tender: TenderNumber | None = None
    operation_id: OperationId | None = None
    operation: SlipOf | None = None
    copy: Copy | None = None
    printer: PrinterCode | None = None
    reason: str = ""
    partly: bool = False
    ended_at: datetime | None = None
    by: OperatorCode | None = None
    """None: printed by itself (お客様控え 自動)."""


class PrintJobs(Message, frozen=True, kw_only=True):
    """Of one sale, newest first, at most the last 100."""

    jobs: tuple[PrintJobView, ...]


class PaperTold(Message, tag="paper_told", frozen=True, kw_only=True):
    """Live: a job of a sale began or ended. `live.<company>.<store>.paper.<sale>`."""

    job: PrintJobView
