"""What checkout needs of the world. Adapters: `postgres` and `memory`, `gateway_client`."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from checkout.gaps import Seen
from checkout.holds import TerminalHold
from checkout.model import Case, Sale, Seat
from checkout.overrides import Override
from contracts.audit import AuditLine, FindOverrides
from contracts.cases import FindCases
from contracts.identifiers import (
    BusinessDate,
    CaseId,
    CompanyCode,
    EventId,
    OperationId,
    OperatorCode,
    RegisterCode,
    SaleId,
    StoreCode,
)
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    Accepted,
    AlreadyRead,
    Busy,
    CheckTerminal,
    ContentDiffers,
    Fenced,
    Greeting,
    InquireOperation,
    JournalPage,
    NotOpen,
    NotPaired,
    OperationConcluded,
    OperationOpen,
    ReadJournal,
    Recovering,
    ReplayFacts,
    ReplayPromised,
    StaleCommand,
    StartOperation,
    StorageFull,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from contracts.sales import DoubtAsked, FindSales, SaleEvent, TenderState
from contracts.seats import RegisterTaken
from contracts.stores import StoreConfiguration


class CheckoutError(Exception):
    """Base of what can go wrong between checkout and the world."""


class AwayError(CheckoutError):
    """The record cannot be reached just now; whether the last commit was made is not known."""


class ChangedMeanwhile(CheckoutError):  # noqa: N818 - named for what it means
    """Somebody else changed the sale or the register: load again, decide again."""


class TerminalTaken(CheckoutError):  # noqa: N818 - named for what it means
    """Another operation is open on the terminal: load again, decide again."""


class NumberTaken(CheckoutError):  # noqa: N818 - named for what it means
    """Another process gave the sale number away: take the next one."""


class OutOfReach(CheckoutError):  # noqa: N818 - named for what it means
    """Proof that the gateway got nothing: nobody listens, or we are not connected."""


class Unanswered(CheckoutError):  # noqa: N818 - named for what it means
    """The gateway may have got it or not: ask again, never assume."""


class KeyTaken(CheckoutError):  # noqa: N818 - named for what it means
    """The idempotency key has an answer already: give that one."""


class FactKnown(CheckoutError):  # noqa: N818 - named for what it means
    """This fact was taken in before: nothing is left to do."""


class Key(Struct, frozen=True, kw_only=True):
    """Whose idempotency key: the same key of another operator is another key."""

    company: CompanyCode
    operator: OperatorCode
    key: str


class StoredAnswer(Struct, frozen=True, kw_only=True):
    """What was answered under a key, byte by byte, and a digest of what had been asked."""

    key: Key
    fingerprint: str
    outcome: str
    body: bytes
    at: datetime


class KeyAct(StrEnum):
    """What a commit does with an idempotency key."""

    KEEP = "keep"
    """Store the answer; the key must be free."""
    REPLACE = "replace"
    """The stored answer proved wrong before it was given."""


class SeenFact(Struct, frozen=True, kw_only=True):
    """The mark of an incoming fact, kept in the same commit as what it changed."""

    id: EventId
    company: CompanyCode
    store: StoreCode
    epoch: int
    sequence: int
    at: datetime


class Commit(Struct, frozen=True, kw_only=True):
    """All that becomes true together. `before` is the sale's sequence that was decided upon."""

    sale: Sale | None = None
    before: int = 0
    number: int = 0
    """The count within the store's day that a new sale takes."""
    parked: Sale | None = None
    """The sale that a new or resumed one sets aside; decided upon at one less than its sequence."""
    events: tuple[SaleEvent, ...] = ()
    holds: tuple[TerminalHold, ...] = ()
    cases: tuple[Case, ...] = ()
    """Cases of the sale that are new or were settled."""
    overrides: tuple[Override, ...] = ()
    """What the audit log is told of this change."""
    answer: StoredAnswer | None = None
    key_act: KeyAct = KeyAct.KEEP
    forget: Key | None = None
    """Nothing was decided after all: the same key may ask again."""
    fact: SeenFact | None = None


class SaleStore(Protocol):
    """The record. Every query carries the company; `stores` empty means all of its stores."""

    async def load(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale, perhaps from memory: a commit upon an old one is refused."""
        ...

    async def load_fresh(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale as the record has it now."""
        ...

    async def active(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Sale | None:
        """Return the register's open or paid sale that is not parked."""
        ...

    async def register_sales(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> tuple[Sale | None, tuple[Sale, ...], Sale | None]:
        """Return the active sale, the parked ones (newest first), the one closed last."""
        ...

    async def rung_up_until(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode, moment: datetime
    ) -> Sale | None:
        """Return the sale that was on the register at that moment, whatever became of it since.

        It is the last one rung up until then; before the register's first one, that one.
        """
        ...

    async def paid(self, limit: int) -> tuple[Sale, ...]:
        """Return sales of any company that are paid and not closed, oldest first."""
        ...

    async def next_number(self, company: CompanyCode, store: StoreCode, day: BusinessDate) -> int:
        """Return a sale number that this process has not given away; the commit proves it free."""
        ...

    async def commit(self, commit: Commit) -> None:
        """Make all of it true, or raise one of the errors above and change nothing."""
        ...

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within `KEPT_S`."""
        ...

    async def find(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindSales
    ) -> tuple[Sale, ...]:
        """Return at most `limit` + 1 sales, newest first."""
        ...

    async def cases(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindCases
    ) -> tuple[tuple[Case, Sale], ...]:
        """Return at most `limit` + 1 cases with their sales, newest first."""
        ...

    async def overrides(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindOverrides
    ) -> tuple[AuditLine, ...]:
        """Return at most `limit` lines of the audit log, newest first."""
        ...

    async def sale_of_case(self, company: CompanyCode, case_id: CaseId) -> SaleId | None:
        """Return the sale that the case is about."""
        ...

    async def seat(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Seat | None:
        """Return which page the register obeys, if any page ever took it."""
        ...

    async def take_seat(self, seat: Seat, *, take_over: bool) -> Seat:
        """Give the register to this page if it is free, its own, or to be taken over.

        Return who has it now: the first page that has it keeps its time.
        """
        ...

    async def events(
        self, company: CompanyCode, sale_id: SaleId, after: int
    ) -> tuple[SaleEvent, ...]:
        """Return the sale's events after that sequence, in order, at most `EVENTS_MAX`."""
        ...

    async def hold_of(self, operation_id: OperationId) -> TerminalHold | None:
        """Return the operation, open or long since ended."""
        ...

    async def hold_of_entry(
        self, company: CompanyCode, store: StoreCode, entry: str
    ) -> TerminalHold | None:
        """Return the newest payment of that entry of a terminal's journal (`holds.entry_of`)."""
        ...

    async def unresolved(self) -> tuple[tuple[TerminalHold, TenderState], ...]:
        """Return every operation whose outcome is not known, and where its tender stands."""
        ...

    async def seen(self, company: CompanyCode, store: StoreCode, epoch: int) -> Seen:
        """Return which facts of that epoch have been taken in."""
        ...

    async def keep_cursor(
        self, company: CompanyCode, store: StoreCode, epoch: int, contiguous: int
    ) -> None:
        """Remember how far an epoch's facts are complete; it only saves work after a restart."""
        ...


StartReply = (
    Accepted
    | Busy
    | NotPaired
    | Unreachable
    | StaleCommand
    | Fenced
    | StorageFull
    | Recovering
    | ContentDiffers
    | UnknownTerminal
)
AbortReply = (
    Aborting | AlreadyRead | AbortNotSupported | NotOpen | Unreachable | UnknownTerminal | Fenced
)
InquireReply = (
    OperationOpen | OperationConcluded | UnknownTerminal | Fenced | Recovering | Unreachable
)


CheckReply = TerminalStatus | UnknownTerminal
HistoryReply = JournalPage | UnknownTerminal | Unreachable


class Gateway(Protocol):
    """The store's terminal gateway. Each raises `OutOfReach` (proof) or `Unanswered`."""

    async def start(
        self, company: CompanyCode, store: StoreCode, command: StartOperation
    ) -> StartReply:
        """Ask for an operation; `Accepted` once its intent is on the gateway's disk."""
        ...

    async def abort(
        self, company: CompanyCode, store: StoreCode, command: AbortOperation
    ) -> AbortReply:
        """Ask the terminal to stop; its word comes as a fact."""
        ...

    async def inquire(
        self, company: CompanyCode, store: StoreCode, command: InquireOperation
    ) -> InquireReply:
        """Ask what became of an operation; one never heard of is sworn off."""
        ...

    async def check(
        self, company: CompanyCode, store: StoreCode, command: CheckTerminal
    ) -> CheckReply:
        """Ask the terminal itself how it stands: its own business day."""
        ...

    async def history(
        self, company: CompanyCode, store: StoreCode, command: ReadJournal
    ) -> HistoryReply:
        """Read the terminal's journal, newest first."""
        ...

    async def greet(self, company: CompanyCode, store: StoreCode) -> Greeting:
        """Ask whether the gateway is there."""
        ...

    async def replay(
        self, company: CompanyCode, store: StoreCode, command: ReplayFacts
    ) -> ReplayPromised:
        """Ask for facts that were missed; they come again as facts."""
        ...


class News(Protocol):
    """What listeners hear at once and nobody waits for: lost when nobody listens."""

    def doubt_asked(self, company: CompanyCode, store: StoreCode, told: DoubtAsked) -> None:
        """An operation in doubt was asked about once more."""
        ...

    def register_taken(self, company: CompanyCode, told: RegisterTaken) -> None:
        """A register obeys another page now."""
        ...


class NoNews(News):
    """Where nobody listens."""

    def doubt_asked(self, company: CompanyCode, store: StoreCode, told: DoubtAsked) -> None:
        """Nobody hears it."""

    def register_taken(self, company: CompanyCode, told: RegisterTaken) -> None:
        """Nobody hears it."""


class Configuration(Protocol):
    """Every store's document, in memory."""

    def of_store(self, company: CompanyCode, store: StoreCode) -> StoreConfiguration | None:
        """Return the newest document known, or None for a store that is not there."""
        ...
