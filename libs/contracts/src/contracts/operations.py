"""What is asked of a store's terminal gateway, and what it says. Subjects: `contracts.subjects`.

Commands are requests on `cmd.<company>.<store>.…` and are never buffered; facts are durable, on
`evt.<company>.<store>.terminal.…`; screens and heartbeats are live only.
"""

from datetime import datetime
from enum import StrEnum

from contracts.envelope import Message
from contracts.identifiers import (
    BusinessDate,
    OperationId,
    OrderNumber,
    RegisterCode,
    SaleId,
    SerialNumber,
    SlipNumber,
    TenderNumber,
    TerminalCode,
)
from contracts.money import Amount, Yen
from contracts.slips import Slip


class OperationKind(StrEnum):
    """One thing asked of a terminal."""

    PAYMENT = "payment"
    VOID = "void"
    RETURN = "return"


class Outcome(StrEnum):
    """How an operation ended, by the terminal's own word."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    """リセット, or an abort that the terminal acknowledged."""
    INCOMPLETE = "incomplete"
    """処理未了: an e-money touch that broke off; what it means is a brand rule."""
    NOT_PERFORMED = "not_performed"
    """Proven not to have happened: never started, or absent from a journal that is complete."""


class Phase(StrEnum):
    """How far the operation has come, for whoever wants to stop it."""

    AWAITING_CUSTOMER = "awaiting_customer"
    """Nothing was read yet: an abort can still be acknowledged."""
    READ = "read"
    """The card, e-money or code was read: only the terminal ends it now."""
    DONE = "done"


class Abilities(Message, frozen=True, kw_only=True):
    """What a link can do; the licensed protocol may lack some (`sale-and-tender.md`)."""

    abort: bool = True
    progress: bool = True
    journal: bool = True
    echo: bool = True


class Screen(Message, frozen=True, kw_only=True):
    """The glass of a terminal: its name (`home`, `read_card`, ...), its lines, the keys on it."""

    name: str
    lines: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class JournalEntry(Message, frozen=True, kw_only=True):
    """One line of a terminal's journal. Key: (serial, terminal business date, slip number).

    `state` is `approved`, `declined`, `cancelled`, `incomplete` or `pending`; `pending` (the
    terminal still waits for its centre) proves nothing. Slip numbers wrap and have gaps.
    """

    serial: SerialNumber
    terminal_business_date: BusinessDate
    slip_number: SlipNumber
    kind: OperationKind
    state: str
    amount: Yen
    at: datetime
    media: str = ""
    brand: str = ""
    operation_id: OperationId | None = None
    order_number: OrderNumber | None = None
    voids: SlipNumber | None = None
    """The slip number that this entry gives back, when it is a void or return."""
    slip: Slip | None = None
    voided_by: SlipNumber | None = None
    """The slip number of the approved later entry that gives this one back, where one is known."""
    reason: str = ""
    """Of a decline or cancel, as in `OperationConcluded`."""


class Evidence(Message, frozen=True, kw_only=True):
    """Why we believe an outcome: which source said so, when, and asked how often.

    `source`: `result` (the terminal's own answer), `status`, `journal`, `day_log` (the totals of a
    closed terminal business day), `abort`, `tombstone` (the gateway had never heard of the
    operation and has sworn not to start it). `slip_number`, `terminal_business_date`, `number` and
    `terminal_at` name the terminal's own entry, if there is one; `note` says by what it was found.
    """

    source: str
    at: datetime
    asked: int = 0
    note: str = ""
    slip_number: SlipNumber | None = None
    terminal_business_date: BusinessDate | None = None
    number: int | None = None
    """The terminal's own running number of the entry."""
    terminal_at: datetime | None = None
    """When, by the terminal's own clock."""


# --- commands: requests to one store's gateway ---


class CommandStamp(Message, frozen=True, kw_only=True):
    """What keeps an old or misdirected command from charging anybody.

    `epoch` is the gateway epoch that the centre knows for the store; `heartbeat` the number of the
    last heartbeat that it saw. The gateway refuses another epoch (`fenced`) and a heartbeat that it
    sent too long ago by its own clock (`stale_command`).
    """

    epoch: int
    heartbeat: int


class StartOperation(Message, tag="start_operation", frozen=True, kw_only=True):
    """Do this on the terminal. The same id again gives the same answer again and sends nothing."""

    stamp: CommandStamp
    operation_id: OperationId
    terminal: TerminalCode
    register: RegisterCode
    sale_id: SaleId
    tender: TenderNumber
    kind: OperationKind
    amount: Amount
    original_slip_number: SlipNumber | None = None
    original_order_number: OrderNumber | None = None


class AbortOperation(Message, tag="abort_operation", frozen=True, kw_only=True):
    """Ask the terminal to stop. The end is a fact (`OperationConcluded`), not this reply."""

    operation_id: OperationId
    terminal: TerminalCode


class InquireOperation(Message, tag="inquire_operation", frozen=True, kw_only=True):
    """What became of it? One that was never heard of is sworn off: it can never start later.

    `slip_number` and `order_number` are what people read from paper or phone: on a link that does
    not echo our ids they point at the terminal's entry among several alike, and prove nothing else.
    `fresh`: what is new in the terminal's journal is read first, so that the answer knows of a void
    by hand a moment ago.
    """

    operation_id: OperationId
    terminal: TerminalCode
    slip_number: SlipNumber | None = None
    order_number: OrderNumber | None = None
    kind: OperationKind = OperationKind.PAYMENT
    """As it was asked for: of one that is sworn off, or whose row was lost, nobody else knows."""
    fresh: bool = False


class CheckTerminal(Message, tag="check_terminal", frozen=True, kw_only=True):
    """決済端末接続確認: one round trip to the terminal, now."""

    terminal: TerminalCode


class ReadTerminal(Message, tag="read_terminal", frozen=True, kw_only=True):
    """What the gateway knows of the terminal, without asking it."""

    terminal: TerminalCode


class ReadJournal(Message, tag="read_journal", frozen=True, kw_only=True):
    """The terminal's history (決済履歴), newest first.

    `after` and `after_business_date` are a page's `next` and `next_business_date`. Slip numbers
    wrap: without the day the newest entry with that number is meant.
    """

    terminal: TerminalCode
    terminal_business_date: BusinessDate | None = None
    media: str | None = None
    after: SlipNumber | None = None
    limit: int = 50
    after_business_date: BusinessDate | None = None


class ReplayFacts(Message, tag="replay_facts", frozen=True, kw_only=True):
    """Send these facts again; the asker saw a gap. At most `REPLAY_MAX` at once."""

    epoch: int
    from_sequence: int
    to_sequence: int


class Greet(Message, tag="greet", frozen=True, kw_only=True):
    """Is anybody there? Asked by a centre that has not seen a heartbeat yet."""


# --- replies ---


class Accepted(Message, tag="accepted", frozen=True, kw_only=True):
    """The intent is on disk; what follows is facts. Also the answer to the same id asked again."""

    operation_id: OperationId


class Busy(Message, tag="busy", frozen=True, kw_only=True):
    """The terminal works on another operation, or is in use by hand (`operation_id` None)."""

    operation_id: OperationId | None
    screen: str


class NotPaired(Message, tag="not_paired", frozen=True, kw_only=True):
    """The register does not hold this terminal; `holder` does, if any."""

    holder: RegisterCode | None


class Unreachable(Message, tag="unreachable", frozen=True, kw_only=True):
    """The link to the terminal is down: nothing was started."""


class StaleCommand(Message, tag="stale_command", frozen=True, kw_only=True):
    """The command's heartbeat is too old: nothing was started."""


class Fenced(Message, tag="fenced", frozen=True, kw_only=True):
    """The command is for another gateway's epoch, or this gateway has been replaced."""

    epoch: int


class StorageFull(Message, tag="storage_full", frozen=True, kw_only=True):
    """No room to keep a result: nothing was started."""


class Recovering(Message, tag="recovering", frozen=True, kw_only=True):
    """The gateway is still asking the terminal about earlier intents: nothing was started."""


class ContentDiffers(Message, tag="content_differs", frozen=True, kw_only=True):
    """The same operation id came with another `field` than before: nothing was sent."""

    field: str


class Aborting(Message, tag="aborting", frozen=True, kw_only=True):
    """The abort is on its way to the terminal."""


class AlreadyRead(Message, tag="already_read", frozen=True, kw_only=True):
    """Too late to abort: the terminal goes on."""


class AbortNotSupported(Message, tag="abort_not_supported", frozen=True, kw_only=True):
    """The link cannot abort; the customer or cashier does it on the terminal."""


class NotOpen(Message, tag="not_open", frozen=True, kw_only=True):
    """That operation is not waiting for the terminal (`known`: whether it ever was)."""

    known: bool


class OperationOpen(Message, tag="operation_open", frozen=True, kw_only=True):
    """The terminal is working on it, or the gateway is still finding out (`in_doubt`).

    `link`: `connected` or `disconnected`, to the very terminal that was asked. `parked` says why
    nothing more can be found out over this link (`no_journal`, `journal_too_short`, `cannot_tell`,
    `another_terminal`; what follows a colon is for people), "" while it is asked about. `asked`
    counts the questions put to the terminal since it was last in sight, the last of them at
    `last_asked_at`.
    """

    operation_id: OperationId
    phase: Phase
    in_doubt: bool
    asked: int = 0
    screen: Screen | None = None
    link: str = ""
    parked: str = ""
    last_asked_at: datetime | None = None


class TerminalStatus(Message, tag="terminal_status", frozen=True, kw_only=True):
    """`link` is `connected` or `disconnected`; `round_trip_ms` only when just measured."""

    terminal: TerminalCode
    serial: SerialNumber
    model: str
    paired_register: RegisterCode | None
    link: str
    screen: str
    terminal_business_date: BusinessDate | None
    last_seen_at: datetime | None
    operation_id: OperationId | None
    round_trip_ms: float | None = None
    abilities: Abilities = Abilities()


class UnknownTerminal(Message, tag="unknown_terminal", frozen=True, kw_only=True):
    """The gateway's configuration has no such terminal."""


class JournalPage(Message, tag="journal_page", frozen=True, kw_only=True):
    """`source` is `terminal`, or `copy`: the gateway's own, last known complete at `read_at`.

    `complete` False: the copy never was, and shows what the gateway happened to hear.
    """

    entries: tuple[JournalEntry, ...]
    next: SlipNumber | None
    source: str
    read_at: datetime
    next_business_date: BusinessDate | None = None
    complete: bool = True


class Greeting(Message, tag="greeting", frozen=True, kw_only=True):
    """I am here: my epoch, and the number of my last heartbeat."""

    epoch: int
    heartbeat: int


class ReplayPromised(Message, tag="replay_promised", frozen=True, kw_only=True):
    """The facts that are still kept will be sent again; `first_kept` tells the horizon."""

    first_kept: int


# --- facts: durable, `Fact[...]` on evt.<company>.<store>.terminal.<terminal>.<name> ---


class OperationConcluded(Message, tag="operation_concluded", frozen=True, kw_only=True):
    """The terminal's own word on how an operation ended. The only thing that ends one.

    `amount` and `echoed_operation_id` are what the *terminal* said; who holds the sale compares.
    """

    operation_id: OperationId
    terminal: TerminalCode
    serial: SerialNumber
    kind: OperationKind
    outcome: Outcome
    amount: Yen | None
    evidence: Evidence
    echoed_operation_id: OperationId | None = None
    terminal_business_date: BusinessDate | None = None
    media: str = ""
    brand: str = ""
    entry: str = ""
    """How it was read: `ic`, `magnetic`, `contactless`, `code`."""
    reason: str = ""
    """A stable code for a decline or cancel (`reset`, `aborted`, `card_declined`, ...)."""
    order_number: OrderNumber | None = None
    slip: Slip | None = None
    voided_by: SlipNumber | None = None
    """The slip with which the terminal has given this approval back since: do not count it."""
    voids: SlipNumber | None = None
    """Of a void or return: the slip that it gave back, by the terminal's word. `kind` is its word
    too: 取消 or 返品 is chosen on the terminal."""


class OperationDoubted(Message, tag="operation_doubted", frozen=True, kw_only=True):
    """The gateway lost sight of an operation; `reason`: `link_lost`, `restart`, `silence`."""

    operation_id: OperationId
    terminal: TerminalCode
    reason: str


class ForeignResultSeen(Message, tag="foreign_result_seen", frozen=True, kw_only=True):
    """The terminal reported something that fits no intent: kept, and made a case by the centre."""

    terminal: TerminalCode
    serial: SerialNumber
    kind: OperationKind
    outcome: Outcome
    amount: Yen | None
    echoed_operation_id: OperationId | None
    evidence: Evidence
    slip: Slip | None = None
    voids: SlipNumber | None = None
    """Of a void or return by hand: the slip that it gave back. One that gives back a payment of
    ours is told as that payment's `voided_by` instead."""
    ended_at: datetime | None = None
    """When it ended, by the gateway's clock: the terminal's own time, put right by how far that
    clock was ahead when it was last seen. The terminal may tell it days later."""


TerminalFact = OperationConcluded | OperationDoubted | ForeignResultSeen
"""All facts of a terminal; an unknown tag is set aside and replayed after the upgrade."""


# --- live: core NATS, lost when nobody listens ---


class ScreenShown(Message, tag="screen_shown", frozen=True, kw_only=True):
    """The terminal's glass changed. `sequence` counts per terminal; an older one is ignored."""

    terminal: TerminalCode
    operation_id: OperationId | None
    sequence: int
    phase: Phase
    screen: Screen
    at: datetime


class TerminalSeen(Message, frozen=True, kw_only=True):
    """One terminal's line in a heartbeat."""

    terminal: TerminalCode
    link: str
    screen: str
    operation_id: OperationId | None = None
    in_doubt: int = 0
    """Operations that are still to be found out about."""


class Delivered(Message, frozen=True, kw_only=True):
    """The last fact that the stream has taken: what the centre has not seen up to it was lost."""

    epoch: int
    sequence: int


class Heartbeat(Message, tag="heartbeat", frozen=True, kw_only=True):
    """The gateway is alive, every `HEARTBEAT_EVERY_S`; its number stamps the centre's commands."""

    epoch: int
    number: int
    at: datetime
    terminals: tuple[TerminalSeen, ...] = ()
    delivered: Delivered | None = None
    """None until this process has delivered one."""
    version: str = ""
    """Of the box's program."""
    configuration: int = 0
    """The version of the store's document that is in force at the box; 0: none yet."""


HEARTBEAT_EVERY_S = 1.0
"""A dead box is noticed within `PRESENCE_LAPSES_S`; 1,000 stores make 1,000 messages a second."""

PRESENCE_LAPSES_S = 3.5
"""Three beats missed and a little: then a store is out of reach and nothing is sent to it."""

COMMAND_STALE_S = 8.0
"""A command stamped with a heartbeat older than this has been lying about somewhere."""

COMMAND_TIMEOUT_S = 0.8
"""A reply to a command needs one disk write at the edge; the cashier is answered within 1 s."""

REPLAY_MAX = 1_000
"""A gap is asked for in pieces of at most this many facts."""
