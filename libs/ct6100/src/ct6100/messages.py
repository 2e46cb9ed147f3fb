"""What a register's box and a CT-6100 say to each other. Bytes: `docs/link-protocol.md`.

`AskX` and `Ping` carry a `request` that comes back in the answer; 0 stands for "unasked".
"""

from datetime import datetime
from typing import Final

from ct6100.records import (
    Abilities,
    JournalEntry,
    Kind,
    Outcome,
    Phase,
    Screen,
    Slip,
    TotalLine,
    Wire,
)

PROTOCOL_VERSION: Final = 1
"""Raised when an older peer could misunderstand; fields and messages are added without it."""


# --- the session ---


class Connect(Wire, frozen=True, kw_only=True):
    """Box to terminal, first on every connection: who I am and what I speak."""

    register: str
    version: int = PROTOCOL_VERSION


class Hello(Wire, frozen=True, kw_only=True):
    """Terminal to box: the answer to `Connect`, and again whenever the abilities change.

    Results that are not stored yet follow at once, oldest first.
    """

    version: int
    serial: str
    model: str
    abilities: Abilities
    at: datetime
    terminal_business_date: str
    screen: Screen
    phase: Phase
    sequence: int
    """Of the screen, as in `Progress`."""
    operation_id: str | None = None
    """The open operation, or None. None also where the terminal cannot echo."""
    journal_first: int | None = None
    """`number` of the oldest entry kept; None when the journal is empty."""
    journal_last: int | None = None


class ConnectRefused(Wire, frozen=True, kw_only=True):
    """Terminal to box: `version` (with the one it speaks). Nothing else will be answered."""

    reason: str
    version: int


class Disconnect(Wire, frozen=True, kw_only=True):
    """Box to terminal: I close the link on purpose. Freezes a terminal that is not home."""


class AskStatus(Wire, frozen=True, kw_only=True):
    """Box to terminal: what is on your glass? `request` comes back in the answer."""

    request: int


class Status(Wire, frozen=True, kw_only=True):
    """Terminal to box."""

    request: int
    at: datetime
    terminal_business_date: str
    screen: Screen
    phase: Phase
    sequence: int
    operation_id: str | None = None
    journal_first: int | None = None
    journal_last: int | None = None
    pending: int = 0
    """How many journal entries still wait for the centre."""


class Ping(Wire, frozen=True, kw_only=True):
    """Box to terminal: is the terminal itself alive, not only its link?"""

    request: int


class Pong(Wire, frozen=True, kw_only=True):
    """Terminal to box."""

    request: int


class NotSupported(Wire, frozen=True, kw_only=True):
    """Terminal to box: this link lacks `ability` (`abort`, `journal`, `merchant_number`)."""

    ability: str
    request: int = 0


# --- one operation ---


class Start(Wire, frozen=True, kw_only=True):
    """Box to terminal: do this. With the echo ability the same id never does it twice."""

    operation_id: str
    kind: Kind
    amount: int
    original_slip_number: str | None = None
    original_order_number: str | None = None


class Started(Wire, frozen=True, kw_only=True):
    """Terminal to box: the amount is on the glass. `again`: this id was known already.

    When the known one is concluded, its `Result` follows at once.
    """

    operation_id: str
    at: datetime
    journal_last: int | None = None
    """`number` of the newest entry before this operation: what comes later is above it."""
    again: bool = False


class StartRefused(Wire, frozen=True, kw_only=True):
    """Terminal to box: nothing was started.

    `reason`: `busy` (another operation is open), `not_home` (in use by hand), `bad_amount`,
    `bad_id`, `content_differs` (this id was another amount, or a payment),
    `journal_full` (too many results not stored), `not_connected` (no `Connect` before it).
    """

    operation_id: str
    reason: str
    screen: Screen
    open_operation_id: str | None = None


class Progress(Wire, frozen=True, kw_only=True):
    """Terminal to box: the glass changed. Also sent without an operation (`operation_id` None).

    `sequence` only grows, across power-offs too.
    """

    sequence: int
    phase: Phase
    screen: Screen
    operation_id: str | None = None


class Abort(Wire, frozen=True, kw_only=True):
    """Box to terminal: cancel it, if nothing was read yet."""

    operation_id: str


class AbortAnswer(Wire, frozen=True, kw_only=True):
    """Terminal to box: what became of the abort.

    `answer`: `taken` (the `Result` follows), `already_read`, `not_this`, `concluded` (too late; its
    `Result` follows once more).
    """

    operation_id: str
    answer: str


class Result(Wire, frozen=True, kw_only=True):
    """Terminal to box, once it is in the journal; sent again until `ResultStored(number)`."""

    number: int
    slip_number: str
    terminal_business_date: str
    kind: Kind
    outcome: Outcome
    amount: int
    at: datetime
    operation_id: str | None = None
    media: str = ""
    brand: str = ""
    entry: str = ""
    reason: str = ""
    """Of a decline or cancel: `reset`, `aborted`, `not_at_centre`, or the centre's own code."""
    order_number: str | None = None
    voids: str | None = None
    slip: Slip | None = None
    """None where nothing is printed: code payments, and whatever was not approved."""


class ResultStored(Wire, frozen=True, kw_only=True):
    """Box to terminal: the result with this `number` is on my disk; do not send it again.

    `outcome` says which result, since an `incomplete` one may be followed by what it came to; a box
    that leaves it out means whatever was sent last.
    """

    number: int
    outcome: Outcome | None = None


# --- journal and day ---


class AskJournal(Wire, frozen=True, kw_only=True):
    """Box to terminal. All conditions given must hold; newest first, `before` a `number`."""

    request: int
    operation_id: str | None = None
    slip_number: str | None = None
    terminal_business_date: str | None = None
    media: str | None = None
    before: int | None = None
    limit: int = 16
    """At most `journal.PAGE_MAX`; a page may be shorter to fit one frame."""


class Journal(Wire, frozen=True, kw_only=True):
    """Terminal to box: what was asked for, and what the answer is good for.

    Every operation that reached an end or the centre between `covers_from` and `covers_to`
    (numbers `covers_first` to `covers_last`) is in the journal. `complete`: this and the pages
    before it show all that match, and the journal reaches back as far as the question can.
    """

    request: int
    entries: tuple[JournalEntry, ...]
    covers_from: datetime
    """Nothing after this instant was dropped from the journal."""
    covers_to: datetime
    """The terminal's clock when it answered."""
    covers_first: int
    """`number` from which on all entries are kept."""
    covers_last: int
    """`number` of the newest entry (0: none ever)."""
    complete: bool
    more: bool
    """Ask again with `before` = the last entry's number."""
    pending: int
    """How many entries of the whole journal still wait for the centre."""


class AskDayTotals(Wire, frozen=True, kw_only=True):
    """Box to terminal: the totals of one terminal business day."""

    request: int
    terminal_business_date: str


class DayTotals(Wire, frozen=True, kw_only=True):
    """Terminal to box. `complete` False: the journal no longer holds all of that day."""

    request: int
    terminal_business_date: str
    closed: bool
    complete: bool
    totals: tuple[TotalLine, ...]
    pending: int


class CloseDay(Wire, frozen=True, kw_only=True):
    """Box to terminal: close this business day (締め). A day closed already answers the same."""

    request: int
    terminal_business_date: str


class DayClosed(Wire, frozen=True, kw_only=True):
    """Terminal to box, and unasked (`request` 0) when the day was closed by hand."""

    request: int
    terminal_business_date: str
    next_business_date: str
    totals: tuple[TotalLine, ...]


class CloseRefused(Wire, frozen=True, kw_only=True):
    """Terminal to box. `reason`: `not_home`, `pending`, `not_that_day`."""

    request: int
    terminal_business_date: str
    reason: str


# --- what stands on the merchant's copy alone ---


class AskMerchantNumber(Wire, frozen=True, kw_only=True):
    """Box to terminal: 会員番号 as the merchant's copy of entry `number` shows it."""

    request: int
    number: int


class MerchantNumber(Wire, frozen=True, kw_only=True):
    """Terminal to box. `mask` "": there is none (no approved e-money, or no longer kept).

    A message of its own, since this and the customer's mask together are the whole number.
    """

    request: int
    number: int
    mask: str = ""

    def __repr__(self) -> str:
        return f"MerchantNumber(request={self.request}, number={self.number}, mask=…)"


LinkMessage = (
    Connect
    | Hello
    | ConnectRefused
    | Disconnect
    | AskStatus
    | Status
    | Ping
    | Pong
    | NotSupported
    | Start
    | Started
    | StartRefused
    | Progress
    | Abort
    | AbortAnswer
    | Result
    | ResultStored
    | AskJournal
    | Journal
    | AskDayTotals
    | DayTotals
    | CloseDay
    | DayClosed
    | CloseRefused
    | AskMerchantNumber
    | MerchantNumber
)
"""Everything that may stand in a data frame."""
