"""What `receipts` needs of the world. Adapters: `postgres`, `memory`, `box_client` and others."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct

from contracts.identifiers import (
    CompanyCode,
    OperationId,
    PrintJobId,
    SaleId,
    StoreCode,
)
from contracts.printing import (
    InquirePrint,
    PrintDiffers,
    PrintEnded,
    PrintPaper,
    PrintQueued,
    PrintQueueFull,
    UnknownPrinter,
)
from contracts.receipts import Copy, PaperFormat, PaperTold
from contracts.slips import (
    MerchantNumberPending,
    NoMerchantNumber,
    ReadMerchantNumber,
    SealedMerchantNumber,
)
from contracts.stores import StoreConfiguration
from receipts.errors import ReceiptsError
from receipts.model import (
    Audit,
    ContrarySlip,
    MerchantNumber,
    PrintJob,
    SaleRecord,
    SlipRecord,
)
from receipts.retention import Removed


class AwayError(ReceiptsError):
    """The record cannot be reached just now: nothing was changed, or nobody can tell."""


class KeyTaken(ReceiptsError):  # noqa: N818 - named for what it means
    """An answer is kept for this idempotency key already."""


class OutOfReach(ReceiptsError):  # noqa: N818 - named for what it means
    """The store's box is not there: proof that nothing reached it."""


class Unanswered(ReceiptsError):  # noqa: N818 - named for what it means
    """It was sent and nobody said anything: it may have happened."""


class NumberLocked(ReceiptsError):  # noqa: N818 - named for what it means
    """The sealed number cannot be opened: it was sealed for a key that we do not have."""


class Paper(Struct, frozen=True, kw_only=True):
    """What is drawn on: how wide, in which format, for which model of printer (ESC/POS alone)."""

    format: PaperFormat
    columns: Literal[48, 32] = 48
    profile: str = "default"
    reprint: bool = False
    """It says that it is not the first one."""


class Key(Struct, frozen=True, kw_only=True):
    """An `Idempotency-Key` in its owner's name."""

    company: CompanyCode
    operator: str
    key: str


class StoredAnswer(Struct, frozen=True, kw_only=True):
    """What was answered under a key; given again for 24 h (`http-api.md`)."""

    key: Key
    fingerprint: str
    outcome: str
    body: bytes
    at: datetime


class Kept(Enum):
    """What became of a slip that was offered to the record."""

    NEW = "new"
    KNOWN = "known"
    """The same content once more."""
    CONTRARY = "contrary"
    """Another content for the same operation: kept beside the first, never in its place."""


class PrintOrder(Struct, frozen=True, kw_only=True):
    """Jobs, the answer that tells of them and what is written down about them: one commit."""

    jobs: tuple[PrintJob, ...] = ()
    answer: StoredAnswer | None = None
    audit: Audit | None = None


class Record(Protocol):
    """The record. Everything may raise `AwayError`."""

    async def keep_slip(self, slip: SlipRecord, number: MerchantNumber | None) -> Kept:
        """Keep what stands on a slip, and that its merchant's number is wanted, once."""
        ...

    async def slip(self, company: CompanyCode, operation_id: OperationId) -> SlipRecord | None:
        """Return what stands on the slip of an operation of that company."""
        ...

    async def contrary(self, operation_id: OperationId) -> tuple[ContrarySlip, ...]:
        """Return what else was said about an operation, oldest first."""
        ...

    async def keep_sale(self, sale: SaleRecord, jobs: Sequence[PrintJob]) -> tuple[PrintJob, ...]:
        """Keep a sale unless a newer one is known, and jobs that print by themselves, in one.

        The seller that was kept first stays. Return the jobs that are new: at most one is ever
        made by itself for an operation and a copy.
        """
        ...

    async def sale(self, company: CompanyCode, sale_id: SaleId) -> SaleRecord | None:
        """Return a sale of that company as it was heard last."""
        ...

    async def order(self, order: PrintOrder) -> None:
        """Keep jobs with the answer that tells of them, or raise `KeyTaken` and keep nothing."""
        ...

    async def move_job(self, before: PrintJob, after: PrintJob) -> bool:
        """Put a job in its next state; False where somebody else has moved it meanwhile."""
        ...

    async def job(self, job_id: PrintJobId) -> PrintJob | None:
        """Return one job."""
        ...

    async def jobs_of(
        self, company: CompanyCode, sale_id: SaleId, limit: int
    ) -> tuple[PrintJob, ...]:
        """Return a sale's jobs, newest first."""
        ...

    async def open_jobs(self, limit: int) -> tuple[PrintJob, ...]:
        """Return jobs that may still come out, oldest first."""
        ...

    async def number(self, operation_id: OperationId) -> MerchantNumber | None:
        """Return what is known of the merchant's number of an operation."""
        ...

    async def numbers_due(self, now: datetime, limit: int) -> tuple[MerchantNumber, ...]:
        """Return numbers that are to be asked for now, the longest due first."""
        ...

    async def keep_number(self, number: MerchantNumber) -> None:
        """Keep what the box said; one that is settled is never wanted again."""
        ...

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within a day."""
        ...

    async def remove_before(
        self, store: StoreConfiguration, before: datetime, now: datetime, limit: int
    ) -> Removed:
        """Take away some of what a store has from before then, and write down how many, in one."""
        ...

    async def audits(self, company: CompanyCode, store: StoreCode) -> tuple[Audit, ...]:
        """Return what was written down about a store, oldest first."""
        ...

    async def purge(self, now: datetime) -> None:
        """Drop some of the answers that are too old to be given again."""
        ...


PrintReply = PrintQueued | PrintEnded | PrintQueueFull | PrintDiffers | UnknownPrinter
InquiryReply = PrintQueued | PrintEnded | UnknownPrinter
NumberReply = SealedMerchantNumber | MerchantNumberPending | NoMerchantNumber


class Boxes(Protocol):
    """The stores' boxes. Everything raises `OutOfReach` or `Unanswered`."""

    async def print_paper(
        self, company: CompanyCode, store: StoreCode, command: PrintPaper
    ) -> PrintReply:
        """Hand paper to a printer's queue; the same id again prints nothing."""
        ...

    async def inquire(
        self, company: CompanyCode, store: StoreCode, command: InquirePrint
    ) -> InquiryReply:
        """Ask what became of a job; one never heard of is sworn off."""
        ...

    async def read_number(
        self, company: CompanyCode, store: StoreCode, command: ReadMerchantNumber
    ) -> NumberReply:
        """Ask for a merchant's number; it comes sealed, or not yet, or never."""
        ...


class Opener(Protocol):
    """What opens a merchant's number, while its copy is drawn and not longer."""

    def open(self, number: MerchantNumber) -> str:
        """Return the number in clear; raise `NumberLocked`."""
        ...


class Easel(Protocol):
    """Lays out and draws; raises what `errors` has rather than show more than a rule allows."""

    def slip(self, slip: SlipRecord, copy: Copy, number: str | None, paper: Paper) -> bytes:
        """Return one copy; `number` is the merchant's, on its own copy only."""
        ...

    def receipt(self, sale: SaleRecord, paper: Paper) -> bytes:
        """Return a sale's receipt."""
        ...


class Configuration(Protocol):
    """What stores are configured like."""

    def of_store(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return the newest document known, or None for a store that is not there."""
        ...

    def all(self) -> tuple[StoreConfiguration, ...]:
        """Return every store's."""
        ...


class News(Protocol):
    """Told live; nothing depends on it."""

    def paper_told(self, company: CompanyCode, store: StoreCode, told: PaperTold) -> None:
        """A job began or ended."""
        ...


class Arrivals(Protocol):
    """Lets a question that came before its fact wait for it."""

    def told(self) -> None:
        """Something came in."""
        ...

    async def next(self, timeout_s: float) -> None:
        """Return when something came in, here or perhaps elsewhere, or when the time is up."""
        ...
