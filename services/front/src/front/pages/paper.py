"""What the register says of paper: whether it comes, came, or why not, and what to do next.

Told from the print jobs alone. Nothing here looks at, or changes, what was paid.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import UNSET, Struct

from contracts.operations import OperationKind
from contracts.receipts import Copy, PrintJobView, SlipOf
from contracts.sales import (
    Method,
    OperationView,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)


class Paper(StrEnum):
    """How the paper of a screen stands."""

    NONE = "none"
    """Nothing was asked for yet."""
    PRINTING = "printing"
    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    """None of it came out: the reason says what to put right before printing again."""
    UNKNOWN = "unknown"
    """Nobody says how it stands just now."""
    LOOK = "look"
    """Some of it may have come out: a person looks at the paper before printing again."""


AT_PRINTER: Final = ("off", "paper_out", "cover_open", "cable", "offline", "no_answer")
"""Reasons that somebody puts right at the printer."""

ELSEWHERE: Final = (
    "interrupted",
    "expired",
    "unknown_job",
    "printer_changed",
    "store_unreachable",
    "no_printer",
    "queue_full",
    "cannot_be_drawn",
)
"""Reasons that have words too, and nothing to put right at the printer."""


def paper_of(jobs: Iterable[PrintJobView]) -> tuple[Paper, str]:
    """Return how the paper of one slip or receipt stands, and why: its jobs, newest first.

    Of each copy the newest job counts: what was printed again has put right what failed before. Of
    several copies the one that needs a person most is told.
    """
    newest: dict[Copy | None, PrintJobView] = {}
    for job in jobs:
        newest.setdefault(job.copy, job)
    told = [(_standing(job), job.reason) for job in newest.values()]
    return max(told, key=lambda one: _URGENCY.index(one[0]), default=(Paper.NONE, ""))


def reason_word(reason: str) -> str:
    """Return the key of a reason's words; `other` for one of a newer box."""
    return reason if reason in AT_PRINTER or reason in ELSEWHERE else "other"


class SlipOffered(Struct, frozen=True, kw_only=True):
    """A slip that there is: whose it is, and whether the register still prints it by itself."""

    tender: TenderView
    of: SlipOf
    in_time: bool

    @property
    def path(self) -> str:
        """Return where its copies are, behind the sale's own path."""
        return f"tenders/{self.tender.number}/slips"


def slips_offered(sale: SaleView) -> tuple[SlipOffered, ...]:
    """Return the slips of a sale, each tender's payment before what gave it back."""
    found: dict[tuple[int, SlipOf], SlipOffered] = {}
    for tender in sale.tenders:
        for operation in tender.operations:
            if _has_slip(tender, operation):
                of = slip_of(operation)
                found[tender.number, of] = SlipOffered(
                    tender=tender, of=of, in_time=_in_time(sale, tender, of)
                )
    return tuple(found.values())


def slip_of(operation: OperationView) -> SlipOf:
    """Return which of a tender's two papers an operation has."""
    return SlipOf.PAYMENT if operation.kind is OperationKind.PAYMENT else SlipOf.REFUND


def _has_slip(tender: TenderView, operation: OperationView) -> bool:
    """An approved operation on the terminal; never a code's, nor one that a manager vouched for."""
    by_hand = operation.evidence is not UNSET and operation.evidence.source == "manager"
    if tender.method is not Method.TERMINAL or tender.media == "code" or by_hand:
        return False
    refunded = operation.state == TenderState.REFUNDED
    given_back = refunded and (
        operation.kind is not OperationKind.PAYMENT or tender.state is TenderState.REFUNDED
    )
    return operation.state == TenderState.APPROVED or given_back


def _in_time(sale: SaleView, tender: TenderView, of: SlipOf) -> bool:
    """`sale-and-tender.md`, acknowledge: what the register itself prints, and until when."""
    if of is SlipOf.PAYMENT:
        return sale.state in {SaleState.OPEN, SaleState.PAID}
    return not (tender.state is TenderState.REFUNDED and tender.acknowledged)


def has_receipt(sale: SaleView) -> bool:
    """Tell whether there is a receipt of the sale."""
    return sale.state in {SaleState.PAID, SaleState.CLOSED, SaleState.VOIDED}


def slip_jobs(jobs: Iterable[PrintJobView], tender: int, of: SlipOf) -> tuple[PrintJobView, ...]:
    """Return the print jobs of one slip, both copies, in their order."""
    return tuple(
        job for job in jobs if (job.what, job.tender, job.operation) == ("slip", tender, of)
    )


_URGENCY: Final = (
    Paper.NONE,
    Paper.PRINTED,
    Paper.PRINTING,
    Paper.NOT_PRINTED,
    Paper.LOOK,
)


def _standing(job: PrintJobView) -> Paper:
    if job.state == "queued":
        return Paper.PRINTING
    if job.state == "printed":
        return Paper.PRINTED
    return Paper.LOOK if job.partly or job.reason == "interrupted" else Paper.NOT_PRINTED
