"""What the gateway needs of the world. Each has a real adapter and an in-memory one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from contracts.identifiers import BusinessDate, OperationId, SerialNumber, SlipNumber
from contracts.operations import Heartbeat, ScreenShown
from contracts.stores import GatewayEpoch
from terminal_gateway.model import (
    Book,
    Change,
    DayLog,
    Ended,
    Greeted,
    Intent,
    JournalAnswer,
    JournalQuery,
    KeptNumber,
    LinkEvent,
    Noted,
    NumberedEntry,
    Operation,
    Sight,
    Standing,
    StoredFact,
    Totals,
)


class History(Protocol):
    """Our own copy of the terminals' journals (決済履歴). Entries come with `Journal.save` too.

    Of two words on one entry the newer wins: what is settled never becomes pending or incomplete.
    """

    def book(self, serial: SerialNumber) -> Book | None:
        """Return how good the copy of a terminal's journal is."""
        ...

    def begin(self, book: Book) -> None:
        """Begin a copy, or begin it anew: what was there of that serial number is forgotten."""
        ...

    def complete(self, serial: SerialNumber, upto: int, at: datetime) -> None:
        """Up to `upto`, the newest there is, nothing is missing now. Written some time later."""
        ...

    async def note(self, noted: Sequence[Noted]) -> None:
        """Keep entries, without the room set aside for results. Raises like `Journal.save`."""
        ...

    def entry(self, serial: SerialNumber, number: int) -> Noted | None:
        """Return one entry."""
        ...

    def number_of(
        self, serial: SerialNumber, slip_number: SlipNumber, day: BusinessDate | None
    ) -> int | None:
        """Return the number of the newest entry with that slip number (of that day)."""
        ...

    def missing(self, serial: SerialNumber, *, above: int, upto: int) -> int | None:
        """Return the highest number that is not in the copy, or None."""
        ...

    def unsettled(self, serial: SerialNumber, limit: int) -> tuple[int, ...]:
        """Return numbers of entries that are pending or incomplete, newest first."""
        ...

    def approved(
        self, serial: SerialNumber, media: str, *, before: int | None, limit: int
    ) -> tuple[tuple[int, OperationId], ...]:
        """Return numbers of approved entries that are an operation's end, newest first."""
        ...

    def voids_of(
        self, serial: SerialNumber, slip_number: SlipNumber, above: int
    ) -> tuple[NumberedEntry, ...]:
        """Return entries that give this slip number back, above a number, oldest first."""
        ...

    def page(
        self,
        serial: SerialNumber,
        *,
        day: BusinessDate | None,
        media: str | None,
        before: int | None,
        limit: int,
    ) -> tuple[NumberedEntry, ...]:
        """Return entries, newest first."""
        ...

    def totals(self, serial: SerialNumber, day: BusinessDate) -> Totals:
        """Return what the copy holds of approved operations of a day."""
        ...


class Journal(Protocol):
    """The record at the edge: intents, results, outbox, and what must survive a start without WAN.

    A write has returned only when it is on disk: it survives kill -9 and a power cut. Writes take
    effect in the order in which they were called.
    """

    @property
    def history(self) -> History:
        """The copy of the terminals' journals, on the same disk."""
        ...

    def standing(self) -> Standing:
        """Return what was known when the journal was opened."""
        ...

    def find(self, operation_id: OperationId) -> Operation | None:
        """Return an operation as last saved."""
        ...

    def has_seen(self, key: str) -> bool:
        """Whether a result that fitted no intent was saved under this key."""
        ...

    def has_room(self) -> bool:
        """Whether room for one more operation's result is set aside."""
        ...

    async def save(self, change: Change) -> tuple[StoredFact, ...]:
        """Commit all of it or nothing; return the facts in their places.

        Raises `NoRoomError` when the disk is full, `JournalBrokenError` when it is of no use.
        A change without an intent (`State.INTENDED`) may use the room set aside.
        """
        ...

    async def take_epoch(self, epoch: int, *, lost_at: datetime | None) -> None:
        """Facts from now on carry this epoch, counted from 1; remember a loss of rows, if any."""
        ...

    async def keep_configuration(self, document: bytes) -> None:
        """Keep the store's configuration for a start without the WAN."""
        ...

    async def unpublished(self, *, after: int, limit: int) -> tuple[StoredFact, ...]:
        """Return facts above position `after` that the stream has not acknowledged, in order."""
        ...

    async def facts_between(self, *, epoch: int, first: int, last: int) -> tuple[StoredFact, ...]:
        """Return what is still kept of an epoch's facts, by sequence."""
        ...

    def first_kept(self, epoch: int) -> int:
        """Return the lowest sequence of an epoch that is still kept; 0 when there is none."""
        ...

    def mark_published(self, position: int) -> None:
        """All facts up to `position` are in the stream. Written some time later: facts published
        twice are recognised by their id.
        """  # noqa: D205 - one thought
        ...

    async def writable(self) -> bool:
        """Whether a commit works, by trying."""
        ...

    async def prune(self, *, facts_before: datetime, operations_before: datetime) -> int:
        """Forget a bounded number of old rows; return how many. Nothing open or unpublished."""
        ...

    async def close(self) -> None:
        """Write what is left and let go of the disk."""
        ...


class TerminalLink(Protocol):
    """One live connection to one terminal: the seam where the licensed protocol drops in.

    What it can do is declared (`greeted.abilities`); the gateway does without what is lacking.
    Everything raises `LinkDownError` once the link is down. Messages keep their order: an answer
    to a question asked after a start says that the start was taken or refused before.
    """

    greeted: Greeted

    def start(self, intent: Intent) -> None:
        """Ask the terminal to do this. Called at most once for an operation, ever."""
        ...

    def abort(self, operation_id: OperationId) -> None:
        """Ask the terminal to stop; an `AbortAnswered` follows."""
        ...

    def stored(self, result: Ended) -> None:
        """This result is on our disk."""
        ...

    async def sight(self) -> Sight:
        """Ask what is on the glass now."""
        ...

    async def journal(self, query: JournalQuery) -> JournalAnswer:
        """Ask for one page of the terminal's journal. Raises `NotSupportedError`."""
        ...

    async def day_log(self, day: BusinessDate) -> DayLog:
        """Ask for the totals of a terminal business day. Raises `NotSupportedError`."""
        ...

    async def merchant_number(self, number: int) -> str:
        """Ask for 会員番号 of a journal entry as the merchant's copy shows it; "": there is none.

        Raises `NotSupportedError`, or `UnansweredError`, which does not mean that the link is down.
        """
        ...

    async def next_event(self) -> LinkEvent:
        """Wait for what the terminal says unasked, in its order."""
        ...

    def drop(self) -> None:
        """Close without a word, as a lost connection does; harmless to the terminal.

        There is no goodbye: one that meets a terminal which left its home screen a moment ago, or
        without telling us, freezes it.
        """
        ...


class MerchantNumbers(Protocol):
    """Where sealed numbers are kept, apart from everything else. All raise `SideFileError`."""

    async def find(self, operation_id: OperationId) -> KeptNumber | None:
        """Return what is kept of an operation."""
        ...

    async def keep(self, kept: KeptNumber) -> None:
        """Keep it; what was kept of that operation before stays."""
        ...

    async def lacking(self, ids: Sequence[OperationId]) -> frozenset[OperationId]:
        """Return those of which nothing is kept."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget a bounded number of those kept before a time; return how many."""
        ...


class Seal(Protocol):
    """Closes what only the holder of another key can open."""

    @property
    def key_id(self) -> str:
        """Which public key, as in `SealedMerchantNumber`."""
        ...

    def seal(self, text: str) -> bytes:
        """Return it sealed; never twice the same."""
        ...


class Dialer(Protocol):
    """Opens links."""

    async def dial(self, host: str, port: int) -> TerminalLink:
        """Connect and be greeted. Raises `LinkDownError`; bounded by the adapter."""
        ...


class Live(Protocol):
    """What is lost when nobody listens. Never raises, never waits for the centre."""

    async def show(self, shown: ScreenShown) -> None:
        """Tell a terminal's glass."""
        ...

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Say that we are alive."""
        ...


class FactStream(Protocol):
    """The durable stream at the centre."""

    async def publish(self, facts: Sequence[StoredFact]) -> None:
        """Return once all are acknowledged, in order. Raises `NotPublishedError`."""
        ...

    async def publish_again(self, facts: Sequence[StoredFact]) -> None:
        """Publish so that the stream does not take them for repeats. Raises `NotPublishedError`."""
        ...


class Epochs(Protocol):
    """Who is the store's gateway, decided at the centre by compare-and-set."""

    async def read(self) -> tuple[GatewayEpoch, int] | None:
        """Return the holder and the revision of that entry. Raises `CentreAwayError`."""
        ...

    async def take(self, epoch: GatewayEpoch, revision: int | None) -> None:
        """Replace exactly that revision. Raises `ConflictError`, `CentreAwayError`."""
        ...
