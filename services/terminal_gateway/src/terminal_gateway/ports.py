"""What the gateway needs of the world. Each has a real adapter and an in-memory one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from contracts.identifiers import OperationId
from contracts.operations import Heartbeat, ScreenShown
from contracts.stores import GatewayEpoch
from terminal_gateway.model import (
    Change,
    Greeted,
    Intent,
    JournalAnswer,
    JournalQuery,
    LinkEvent,
    Operation,
    Sight,
    Standing,
    StoredFact,
)


class Journal(Protocol):
    """The record at the edge: intents, results, outbox, and what must survive a start without WAN.

    A write has returned only when it is on disk: it survives kill -9 and a power cut. Writes take
    effect in the order in which they were called.
    """

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

    def stored(self, receipt: int) -> None:
        """The result with this receipt is on our disk."""
        ...

    async def sight(self) -> Sight:
        """Ask what is on the glass now."""
        ...

    async def journal(self, query: JournalQuery) -> JournalAnswer:
        """Ask for one page of the terminal's journal. Raises `NotSupportedError`."""
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
