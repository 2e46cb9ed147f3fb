"""What a store's gateway knows: operations, what a terminal said, what is kept and what is told.

Nothing here is of the CT-6100's own protocol: the link's adapter translates into these words.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from contracts.envelope import Fact, encode
from contracts.identifiers import (
    BusinessDate,
    EventId,
    OperationId,
    OrderNumber,
    SerialNumber,
    SlipNumber,
    TerminalCode,
)
from contracts.money import Yen
from contracts.operations import (
    Abilities,
    JournalEntry,
    OperationConcluded,
    OperationKind,
    Outcome,
    Phase,
    Screen,
    TerminalFact,
)
from contracts.slips import Slip

HOME = "home"
"""The screen on which a CT-6100 is free, and on which alone its link may be closed."""


class State(StrEnum):
    """How far one operation has come, as far as this gateway knows."""

    INTENDED = "intended"
    """On our disk; no byte of it has gone to the terminal."""
    SENT = "sent"
    """Handed to the link; the terminal has not answered."""
    SHOWN = "shown"
    """The terminal shows it; nothing was read yet."""
    READ = "read"
    """Card, e-money or code was read; only the terminal ends it now."""
    UNRESOLVED = "unresolved"
    """We lost sight of it and are finding out."""
    CONCLUDED = "concluded"
    """The terminal's own word is on our disk."""
    SWORN_OFF = "sworn_off"
    """Inquired after before we had ever heard of it: it can never start here (tombstone)."""


OPEN = frozenset({State.INTENDED, State.SENT, State.SHOWN, State.READ, State.UNRESOLVED})
"""States in which the terminal may still be working on it."""

IN_SIGHT = frozenset({State.SENT, State.SHOWN, State.READ})
"""Open, sent over the link that is up now, and not in doubt."""


class Happening(StrEnum):
    """What can happen to an operation."""

    SENT_OUT = "sent_out"
    """Its start was handed to the link."""
    AWAITS_CUSTOMER = "awaits_customer"
    """The terminal shows it, nothing was read."""
    WAS_READ = "was_read"
    """The terminal read something for it."""
    LOST_SIGHT = "lost_sight"
    """Link lost, terminal silent, or this process started again."""
    ENDED = "ended"
    """The terminal's word on how it ended (result, refusal to start, journal)."""
    ENDED_OTHERWISE = "ended_otherwise"
    """A word that differs from the one on our disk."""


class Tells(StrEnum):
    """Which fact a transition puts into the outbox, in the same commit."""

    NOTHING = "nothing"
    CONCLUDED = "concluded"
    DOUBTED = "doubted"


class Intent(Struct, frozen=True, kw_only=True):
    """What was asked, by whom, and where the terminal's journal stood just before.

    `mark` is the number of the newest journal entry that the terminal had told us of; an entry of
    this operation is above it. `ahead_s` is how far the terminal's clock was ahead of ours, and
    `business_date` the day on which it booked, as far as it had told us. `adopted`: the row was
    lost with an earlier journal and the centre asked after it; then only the id (and from it
    perhaps the time) is known, and `register` and `sale_id` are empty.
    """

    operation_id: OperationId
    terminal: TerminalCode
    serial: SerialNumber
    register: str
    sale_id: str
    tender: int
    kind: OperationKind
    amount: Yen
    at: datetime
    epoch: int
    original_slip_number: SlipNumber | None = None
    original_order_number: OrderNumber | None = None
    mark: int | None = None
    ahead_s: float | None = None
    business_date: BusinessDate | None = None
    trace: dict[str, str] = {}
    adopted: bool = False


class PointedAt(Struct, frozen=True, kw_only=True):
    """Which entry of the terminal people take for an operation: from the slip, or the phone."""

    slip_number: SlipNumber | None = None
    order_number: OrderNumber | None = None


class Operation(Struct, frozen=True, kw_only=True):
    """One thing asked of a terminal, and what became of it.

    `asked` counts the questions put to the terminal since it was last in sight, the last of them at
    `asked_at`. `parked` says why nothing more can be found out over this link; the terminal is free
    then. `home_day` is the day on which the terminal booked when it was first seen home without a
    word on this operation: it is on no later day. `pointed_at` is what people read from paper.
    """

    intent: Intent
    state: State = State.INTENDED
    phase: Phase = Phase.AWAITING_CUSTOMER
    asked: int = 0
    asked_at: datetime | None = None
    parked: str = ""
    home_day: BusinessDate | None = None
    pointed_at: PointedAt | None = None
    conclusion: OperationConcluded | None = None
    told: bool = False
    """Whether a fact with the conclusion was ever put into the outbox."""

    @property
    def id(self) -> OperationId:
        """The operation's id, as the centre gave it."""
        return self.intent.operation_id


# --- what a terminal says, in the gateway's words ---


class Sight(Struct, frozen=True, kw_only=True):
    """What a terminal says of itself. `phase` None: no operation is open on it.

    `terminal_at` is its own clock, `seen_at` ours when we heard it.
    """

    screen: Screen
    phase: Phase | None
    operation_id: OperationId | None
    sequence: int
    terminal_at: datetime
    seen_at: datetime
    terminal_business_date: BusinessDate | None = None
    journal_last: int | None = None

    @property
    def home(self) -> bool:
        """Whether the terminal is free, and its link may be closed."""
        return self.phase is None and self.screen.name == HOME

    @property
    def ahead_s(self) -> float:
        """How far the terminal's clock is ahead of ours."""
        return (self.terminal_at - self.seen_at).total_seconds()

    @property
    def takes_start(self) -> bool:
        """Whether a start makes sense: home, or the last outcome still on the glass."""
        return self.home or self.phase is Phase.DONE

    @property
    def at_work(self) -> bool:
        """Whether an operation is open on it."""
        return self.phase is not None and self.phase is not Phase.DONE


class Greeted(Struct, frozen=True, kw_only=True):
    """Who answered on the link, and what it can do."""

    serial: SerialNumber
    model: str
    abilities: Abilities
    sight: Sight


class Progressed(Struct, frozen=True, kw_only=True):
    """The glass changed. `operation_id` None: no operation, or the link cannot echo."""

    sequence: int
    phase: Phase | None
    screen: Screen
    operation_id: OperationId | None


class Shown(Struct, frozen=True, kw_only=True):
    """The terminal took a start; `mark` is its newest journal number before it."""

    operation_id: OperationId
    mark: int | None


class StartTurnedDown(Struct, frozen=True, kw_only=True):
    """The terminal started nothing, because of `reason`; `open_operation_id` is on it."""

    operation_id: OperationId
    reason: str
    screen: Screen
    open_operation_id: OperationId | None


class AbortAnswered(Struct, frozen=True, kw_only=True):
    """`taken`, `already_read`, `not_this`, `concluded` or `not_supported`."""

    operation_id: OperationId | None
    answer: str


class Ended(Struct, frozen=True, kw_only=True):
    """The terminal's result; it comes again until `receipt` is acknowledged.

    `number` is the journal number, if the terminal has such.
    """

    receipt: int
    number: int | None
    operation_id: OperationId | None
    kind: OperationKind
    amount: Yen
    outcome: Outcome
    at: datetime
    slip_number: SlipNumber
    terminal_business_date: BusinessDate
    reason: str = ""
    media: str = ""
    brand: str = ""
    entry: str = ""
    order_number: OrderNumber | None = None
    voids: SlipNumber | None = None
    slip: Slip | None = None


class DayEnded(Struct, frozen=True, kw_only=True):
    """The terminal has closed its business day; it books on `next_business_date` now."""

    terminal_business_date: BusinessDate
    next_business_date: BusinessDate


LinkEvent = Progressed | Shown | StartTurnedDown | AbortAnswered | Ended | Greeted | DayEnded


class JournalQuery(Struct, frozen=True, kw_only=True):
    """What is looked for in a terminal's journal; newest first, `before` a journal number."""

    operation_id: OperationId | None = None
    slip_number: SlipNumber | None = None
    terminal_business_date: BusinessDate | None = None
    media: str | None = None
    before: int | None = None
    limit: int = 16


class NumberedEntry(Struct, frozen=True, kw_only=True):
    """A journal line with the terminal's own running number, and what a page does not show."""

    number: int
    line: JournalEntry
    entry: str = ""


class JournalAnswer(Struct, frozen=True, kw_only=True):
    """Part of a terminal's journal, and what the answer is good for.

    All entries from number `covers_first` on are kept; nothing after `covers_from` (the terminal's
    clock) was dropped. `pending` counts entries of the whole journal that still wait for the
    terminal's centre.
    """

    entries: tuple[NumberedEntry, ...]
    covers_first: int
    covers_last: int
    covers_from: datetime
    complete: bool
    more: bool
    pending: int


class Total(NamedTuple):
    """Approved operations of one media and kind on one day."""

    operations: int
    amount: Yen


Totals = Mapping[tuple[str, OperationKind], Total]
"""By media and kind; what has no line is nothing."""


class DayLog(Struct, frozen=True, kw_only=True):
    """What the terminal says of one of its business days. `complete`: it still holds all of it."""

    closed: bool
    complete: bool
    pending: int
    totals: Totals


# --- what is kept ---


class Noted(Struct, frozen=True, kw_only=True):
    """A line of a terminal's journal in our copy, and whose end it is, if it is one of ours."""

    serial: SerialNumber
    entry: NumberedEntry
    operation_id: OperationId | None = None


class KeptNumber(Struct, frozen=True, kw_only=True):
    """会員番号 of an operation for the merchant's copy, sealed; `sealed` empty: there is none."""

    operation_id: OperationId
    at: datetime
    key_id: str = ""
    sealed: bytes = b""


class Book(Struct, frozen=True, kw_only=True):
    """How good our copy of one terminal's journal is.

    `began` is the terminal's day on which it was begun ("": with the terminal itself): of that day
    it may lack the beginning. Nothing is missing up to number `complete_to`; `complete_at` is when
    that was last the terminal's newest, None: never.
    """

    serial: SerialNumber
    began: str
    complete_to: int = 0
    complete_at: datetime | None = None


class FactDraft(Struct, frozen=True, kw_only=True):
    """A fact before the journal gave it its place."""

    id: EventId
    terminal: TerminalCode
    name: str
    at: datetime
    body: TerminalFact
    trace: dict[str, str] = {}


class StoredFact(Struct, frozen=True, kw_only=True):
    """A fact in the outbox. `position` orders all that this journal ever held."""

    position: int
    id: EventId
    epoch: int
    sequence: int
    terminal: TerminalCode
    name: str
    payload: bytes
    trace: dict[str, str] = {}


class Change(Struct, frozen=True, kw_only=True):
    """What is committed together: operations as they are now, facts, and marks of repeats.

    `seen` are keys of results that fitted no intent, so that a repeat is recognised. `noted` are
    the terminal's entries that say so.
    """

    operations: tuple[Operation, ...] = ()
    facts: tuple[FactDraft, ...] = ()
    seen: tuple[str, ...] = ()
    noted: tuple[Noted, ...] = ()


class Standing(Struct, frozen=True, kw_only=True):
    """What the journal knew at start. `lost_at`: an earlier journal's rows may be missing."""

    journal_id: str
    epoch: int
    configuration: bytes | None
    lost_at: datetime | None
    open_operations: tuple[Operation, ...]
    unpublished: int


def seal(draft: FactDraft, *, company: str, store: str, epoch: int, sequence: int) -> bytes:
    """Return the wire form of a fact in its place."""
    return encode(
        Fact(
            id=draft.id,
            company=company,
            store=store,
            epoch=epoch,
            sequence=sequence,
            at=draft.at,
            body=draft.body,
        )
    )
