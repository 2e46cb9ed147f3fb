"""What is asked of a store's box about its receipt printers. Subjects: `contracts.subjects`.

Paper is ESC/POS bytes, drawn at the centre; the box has a queue and a table of its own for them,
apart from everything about payments. A job is printed once, or reported as not printed: the same id
asked again gives the same answer and prints nothing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from contracts.envelope import Message
from contracts.identifiers import PrinterCode, PrintJobId

PAPER_MAX: Final = 256 * 1024
"""Bytes of one job: a long receipt drawn as pictures takes some 100 KiB."""


class PrintOutcome(StrEnum):
    """How a job ended."""

    PRINTED = "printed"
    """The printer said that it has processed all of it."""
    NOT_PRINTED = "not_printed"
    """It did not, or nobody knows (`interrupted`): a person looks before printing again."""


class PrintPaper(Message, tag="print_paper", frozen=True, kw_only=True):
    """Print this, unless it is too late for it. `paper` is base64 on the wire."""

    job_id: PrintJobId
    printer: PrinterCode
    paper: Annotated[bytes, Meta(min_length=1, max_length=PAPER_MAX)]
    expires_at: datetime
    """Paper that nobody waits for any more does not come out when the printer is back."""


class InquirePrint(Message, tag="inquire_print", frozen=True, kw_only=True):
    """What became of it? One that was never heard of is sworn off: it can never print later."""

    job_id: PrintJobId
    printer: PrinterCode


class CheckPrinter(Message, tag="check_printer", frozen=True, kw_only=True):
    """How is the printer? Asked of it now, unless it is printing."""

    printer: PrinterCode


# --- replies ---


class PrintQueued(Message, tag="print_queued", frozen=True, kw_only=True):
    """The job is on the box's disk; `printing`: its paper is coming out. The end follows live."""

    job_id: PrintJobId
    printing: bool = False


class PrintEnded(Message, tag="print_ended", frozen=True, kw_only=True):
    """How a job ended: a reply, and live on `live.<company>.<store>.print.<printer>`.

    `reason` of one not printed: `off`, `paper_out`, `cover_open`, `cable` (the connection broke),
    `offline` (the printer says no more than that), `no_answer`, `interrupted` (the box stopped in
    the middle of it), `expired`, `unknown_job`, `printer_changed`.
    """

    job_id: PrintJobId
    printer: PrinterCode
    outcome: PrintOutcome
    at: datetime
    reason: str = ""
    partly: bool = False
    """Some of the paper may have come out."""


class PrintQueueFull(Message, tag="print_queue_full", frozen=True, kw_only=True):
    """Too many jobs wait for this printer already: nothing was taken."""

    limit: int


class PrintDiffers(Message, tag="print_differs", frozen=True, kw_only=True):
    """The same job id came with another `field` than before: nothing is printed."""

    field: str


class UnknownPrinter(Message, tag="unknown_printer", frozen=True, kw_only=True):
    """The box's configuration has no such printer."""


class PrinterStatus(Message, tag="printer_status", frozen=True, kw_only=True):
    """`state` is `ready`, `printing`, or a reason of `PrintEnded`; jobs `waiting` for it."""

    printer: PrinterCode
    state: str
    waiting: int
    paper_near_end: bool = False
