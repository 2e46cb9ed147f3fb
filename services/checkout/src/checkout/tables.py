"""The tables of `sale-and-tender.md`, as data. A missing row is the illegal move.

Facts of the terminal must have a row in every state that is offered (`missing_rows`); a command
without a row is refused by the code of its state. The diagrams in `docs/states/` are drawn from
these tables (`diagrams`).

Words about a void or return have columns of their own (`refund_…`): in the states that money can be
given back from, both the payment's operation and the refund's may still be told of.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from contracts.sales import SaleState, TenderState


class Happening(StrEnum):
    """What can happen to a terminal tender: the terminal's word, its silence, a command."""

    PROGRESS = "progress"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    JOURNAL_TAKEN = "journal_taken"
    NOT_TAKEN = "not_taken"
    JOURNAL_VOIDED = "journal_voided"
    MISMATCHED = "mismatched"
    DOUBTED = "doubted"
    WITHDRAWN = "withdrawn"
    CANCEL = "cancel"
    DISCONNECT = "disconnect"
    RELEASE = "release"
    RESOLVE_TAKEN = "resolve_taken"
    RESOLVE_NOT_TAKEN = "resolve_not_taken"
    ACKNOWLEDGE = "acknowledge"
    REFUND_APPROVED = "refund_approved"
    REFUND_ENDED = "refund_ended"
    """Declined, reset, abort acknowledged, or proven not performed: the payment stands."""
    REFUND_INCOMPLETE = "refund_incomplete"
    REFUND_MISMATCHED = "refund_mismatched"
    REFUND = "refund"
    REFUND_IN_CASH = "refund_in_cash"


FACTS: Final = frozenset(
    {
        Happening.PROGRESS,
        Happening.APPROVED,
        Happening.DECLINED,
        Happening.CANCELLED,
        Happening.INCOMPLETE,
        Happening.JOURNAL_TAKEN,
        Happening.NOT_TAKEN,
        Happening.JOURNAL_VOIDED,
        Happening.MISMATCHED,
        Happening.DOUBTED,
    }
)
"""What comes whether we like it or not: a state without an answer to it would lose a result."""

REFUND_FACTS: Final = frozenset(
    {
        Happening.REFUND_APPROVED,
        Happening.REFUND_ENDED,
        Happening.REFUND_INCOMPLETE,
        Happening.REFUND_MISMATCHED,
    }
)
"""The same, about a void or return: it can only have been asked once there was an approval."""


class Act(StrEnum):
    """How a row is carried out."""

    MOVE = "move"
    """Take the state."""
    RESUME = "resume"
    """Take the state unless the cashier no longer waits: released, or disconnected."""
    COUNT = "count"
    """Take the state; the sale uses it if it fits, else a case is opened."""
    COMPARE = "compare"
    """The same result changes nothing, another opens a case."""
    GIVE_BACK = "give_back"
    """Take the state: it no longer pays. A closed sale that counted it gets a case."""
    CASE = "case"
    """Keep the state (or take the one named) and open a case."""
    STAY = "stay"
    """Nothing changes; a command is answered as before."""
    ABORT = "abort"
    """Nothing changes yet; the terminal is asked to stop."""
    MARK = "mark"
    """The state stays, the tender remembers."""
    REMOVE = "remove"
    """The tender is gone, or is as it was: it is proven that nothing was started."""
    ASK = "ask"
    """Take the state; the terminal is asked to give the money back."""


class Row(NamedTuple):
    """One cell: what is done, and the state afterwards."""

    act: Act
    to: TenderState


REQUESTED: Final = TenderState.REQUESTED
IN_PROGRESS: Final = TenderState.IN_PROGRESS
IN_DOUBT: Final = TenderState.IN_DOUBT
APPROVED: Final = TenderState.APPROVED
DECLINED: Final = TenderState.DECLINED
CANCELLED: Final = TenderState.CANCELLED
NOT_PERFORMED: Final = TenderState.NOT_PERFORMED
REFUNDING: Final = TenderState.REFUNDING
REFUND_IN_DOUBT: Final = TenderState.REFUND_IN_DOUBT
REFUNDED: Final = TenderState.REFUNDED

OFFERED: Final = tuple(TenderState)
"""The states that a terminal tender can be in."""

GIVES_BACK: Final = (APPROVED, REFUNDING, REFUND_IN_DOUBT, REFUNDED)
"""The states in which a void or return may be told of."""

TENDER_ROWS: Final[dict[tuple[TenderState, Happening], Row]] = {
    (REQUESTED, Happening.PROGRESS): Row(Act.MOVE, IN_PROGRESS),
    (REQUESTED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (REQUESTED, Happening.DECLINED): Row(Act.MOVE, DECLINED),
    (REQUESTED, Happening.CANCELLED): Row(Act.MOVE, CANCELLED),
    (REQUESTED, Happening.INCOMPLETE): Row(Act.MOVE, IN_DOUBT),
    (REQUESTED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (REQUESTED, Happening.NOT_TAKEN): Row(Act.MOVE, NOT_PERFORMED),
    (REQUESTED, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (REQUESTED, Happening.MISMATCHED): Row(Act.CASE, IN_DOUBT),
    (REQUESTED, Happening.DOUBTED): Row(Act.MOVE, IN_DOUBT),
    (REQUESTED, Happening.WITHDRAWN): Row(Act.REMOVE, REQUESTED),
    (REQUESTED, Happening.CANCEL): Row(Act.ABORT, REQUESTED),
    (REQUESTED, Happening.DISCONNECT): Row(Act.ABORT, REQUESTED),
    (IN_PROGRESS, Happening.PROGRESS): Row(Act.STAY, IN_PROGRESS),
    (IN_PROGRESS, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (IN_PROGRESS, Happening.DECLINED): Row(Act.MOVE, DECLINED),
    (IN_PROGRESS, Happening.CANCELLED): Row(Act.MOVE, CANCELLED),
    (IN_PROGRESS, Happening.INCOMPLETE): Row(Act.MOVE, IN_DOUBT),
    (IN_PROGRESS, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (IN_PROGRESS, Happening.NOT_TAKEN): Row(Act.MOVE, NOT_PERFORMED),
    (IN_PROGRESS, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (IN_PROGRESS, Happening.MISMATCHED): Row(Act.CASE, IN_DOUBT),
    (IN_PROGRESS, Happening.DOUBTED): Row(Act.MOVE, IN_DOUBT),
    (IN_PROGRESS, Happening.CANCEL): Row(Act.ABORT, IN_PROGRESS),
    (IN_PROGRESS, Happening.DISCONNECT): Row(Act.ABORT, IN_PROGRESS),
    (IN_DOUBT, Happening.PROGRESS): Row(Act.RESUME, IN_PROGRESS),
    (IN_DOUBT, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (IN_DOUBT, Happening.DECLINED): Row(Act.MOVE, DECLINED),
    (IN_DOUBT, Happening.CANCELLED): Row(Act.MOVE, CANCELLED),
    (IN_DOUBT, Happening.INCOMPLETE): Row(Act.MARK, IN_DOUBT),
    (IN_DOUBT, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (IN_DOUBT, Happening.NOT_TAKEN): Row(Act.MOVE, NOT_PERFORMED),
    (IN_DOUBT, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (IN_DOUBT, Happening.MISMATCHED): Row(Act.CASE, IN_DOUBT),
    (IN_DOUBT, Happening.DOUBTED): Row(Act.STAY, IN_DOUBT),
    (IN_DOUBT, Happening.CANCEL): Row(Act.ABORT, IN_DOUBT),
    (IN_DOUBT, Happening.DISCONNECT): Row(Act.STAY, IN_DOUBT),
    (IN_DOUBT, Happening.RELEASE): Row(Act.MARK, IN_DOUBT),
    (IN_DOUBT, Happening.RESOLVE_TAKEN): Row(Act.COUNT, APPROVED),
    (IN_DOUBT, Happening.RESOLVE_NOT_TAKEN): Row(Act.MOVE, NOT_PERFORMED),
    (APPROVED, Happening.PROGRESS): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.APPROVED): Row(Act.COMPARE, APPROVED),
    (APPROVED, Happening.DECLINED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.CANCELLED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.INCOMPLETE): Row(Act.COMPARE, APPROVED),
    (APPROVED, Happening.JOURNAL_TAKEN): Row(Act.COMPARE, APPROVED),
    (APPROVED, Happening.NOT_TAKEN): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.JOURNAL_VOIDED): Row(Act.GIVE_BACK, REFUNDED),
    (APPROVED, Happening.MISMATCHED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.DOUBTED): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.ACKNOWLEDGE): Row(Act.MARK, APPROVED),
    (APPROVED, Happening.REFUND_APPROVED): Row(Act.GIVE_BACK, REFUNDED),
    (APPROVED, Happening.REFUND_ENDED): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.REFUND_INCOMPLETE): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.REFUND_MISMATCHED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.REFUND): Row(Act.ASK, REFUNDING),
    (APPROVED, Happening.REFUND_IN_CASH): Row(Act.GIVE_BACK, REFUNDED),
    (DECLINED, Happening.PROGRESS): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (DECLINED, Happening.DECLINED): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.CANCELLED): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.INCOMPLETE): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (DECLINED, Happening.NOT_TAKEN): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (DECLINED, Happening.MISMATCHED): Row(Act.CASE, DECLINED),
    (DECLINED, Happening.DOUBTED): Row(Act.STAY, DECLINED),
    (CANCELLED, Happening.PROGRESS): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (CANCELLED, Happening.DECLINED): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.CANCELLED): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.INCOMPLETE): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (CANCELLED, Happening.NOT_TAKEN): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (CANCELLED, Happening.MISMATCHED): Row(Act.CASE, CANCELLED),
    (CANCELLED, Happening.DOUBTED): Row(Act.STAY, CANCELLED),
    (NOT_PERFORMED, Happening.PROGRESS): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (NOT_PERFORMED, Happening.DECLINED): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.CANCELLED): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.INCOMPLETE): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (NOT_PERFORMED, Happening.NOT_TAKEN): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.JOURNAL_VOIDED): Row(Act.MOVE, REFUNDED),
    (NOT_PERFORMED, Happening.MISMATCHED): Row(Act.CASE, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.DOUBTED): Row(Act.STAY, NOT_PERFORMED),
    (REFUNDING, Happening.PROGRESS): Row(Act.STAY, REFUNDING),
    (REFUNDING, Happening.APPROVED): Row(Act.COMPARE, REFUNDING),
    (REFUNDING, Happening.DECLINED): Row(Act.CASE, REFUNDING),
    (REFUNDING, Happening.CANCELLED): Row(Act.CASE, REFUNDING),
    (REFUNDING, Happening.INCOMPLETE): Row(Act.COMPARE, REFUNDING),
    (REFUNDING, Happening.JOURNAL_TAKEN): Row(Act.COMPARE, REFUNDING),
    (REFUNDING, Happening.NOT_TAKEN): Row(Act.CASE, REFUNDING),
    (REFUNDING, Happening.JOURNAL_VOIDED): Row(Act.GIVE_BACK, REFUNDED),
    (REFUNDING, Happening.MISMATCHED): Row(Act.CASE, REFUNDING),
    (REFUNDING, Happening.DOUBTED): Row(Act.MOVE, REFUND_IN_DOUBT),
    (REFUNDING, Happening.WITHDRAWN): Row(Act.REMOVE, APPROVED),
    (REFUNDING, Happening.CANCEL): Row(Act.ABORT, REFUNDING),
    (REFUNDING, Happening.DISCONNECT): Row(Act.ABORT, REFUNDING),
    (REFUNDING, Happening.REFUND_APPROVED): Row(Act.GIVE_BACK, REFUNDED),
    (REFUNDING, Happening.REFUND_ENDED): Row(Act.MOVE, APPROVED),
    (REFUNDING, Happening.REFUND_INCOMPLETE): Row(Act.MOVE, REFUND_IN_DOUBT),
    (REFUNDING, Happening.REFUND_MISMATCHED): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.PROGRESS): Row(Act.RESUME, REFUNDING),
    (REFUND_IN_DOUBT, Happening.APPROVED): Row(Act.COMPARE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.DECLINED): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.CANCELLED): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.INCOMPLETE): Row(Act.COMPARE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.JOURNAL_TAKEN): Row(Act.COMPARE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.NOT_TAKEN): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.JOURNAL_VOIDED): Row(Act.GIVE_BACK, REFUNDED),
    (REFUND_IN_DOUBT, Happening.MISMATCHED): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.DOUBTED): Row(Act.STAY, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.CANCEL): Row(Act.ABORT, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.DISCONNECT): Row(Act.STAY, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.RELEASE): Row(Act.MARK, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.REFUND_APPROVED): Row(Act.GIVE_BACK, REFUNDED),
    (REFUND_IN_DOUBT, Happening.REFUND_ENDED): Row(Act.MOVE, APPROVED),
    (REFUND_IN_DOUBT, Happening.REFUND_INCOMPLETE): Row(Act.MARK, REFUND_IN_DOUBT),
    (REFUND_IN_DOUBT, Happening.REFUND_MISMATCHED): Row(Act.CASE, REFUND_IN_DOUBT),
    (REFUNDED, Happening.PROGRESS): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.APPROVED): Row(Act.COMPARE, REFUNDED),
    (REFUNDED, Happening.DECLINED): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.CANCELLED): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.INCOMPLETE): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.JOURNAL_TAKEN): Row(Act.COMPARE, REFUNDED),
    (REFUNDED, Happening.NOT_TAKEN): Row(Act.CASE, REFUNDED),
    (REFUNDED, Happening.JOURNAL_VOIDED): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.MISMATCHED): Row(Act.CASE, REFUNDED),
    (REFUNDED, Happening.DOUBTED): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.ACKNOWLEDGE): Row(Act.MARK, REFUNDED),
    (REFUNDED, Happening.REFUND_APPROVED): Row(Act.COMPARE, REFUNDED),
    (REFUNDED, Happening.REFUND_ENDED): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.REFUND_INCOMPLETE): Row(Act.STAY, REFUNDED),
    (REFUNDED, Happening.REFUND_MISMATCHED): Row(Act.CASE, REFUNDED),
}

_BUSY: Final = "terminal_busy"
_DOUBT: Final = "tender_in_doubt"
_SETTLED: Final = "tender_settled"

WAITING_REFUSALS: Final[dict[TenderState, str]] = dict.fromkeys(TenderState, _SETTLED) | {
    REQUESTED: _BUSY,
    IN_PROGRESS: _BUSY,
    IN_DOUBT: _DOUBT,
    REFUNDING: _BUSY,
    REFUND_IN_DOUBT: _DOUBT,
}
"""Why a command that wants a settled tender is refused."""

COMMAND_REFUSALS: Final[dict[Happening, dict[TenderState, str]]] = {
    Happening.CANCEL: dict.fromkeys(TenderState, _SETTLED),
    Happening.DISCONNECT: dict.fromkeys(TenderState, _SETTLED),
    Happening.RELEASE: dict.fromkeys(TenderState, "not_in_doubt"),
    Happening.RESOLVE_TAKEN: dict.fromkeys(TenderState, "not_in_doubt"),
    Happening.RESOLVE_NOT_TAKEN: dict.fromkeys(TenderState, "not_in_doubt"),
    Happening.ACKNOWLEDGE: WAITING_REFUSALS,
    Happening.REFUND: WAITING_REFUSALS,
    Happening.REFUND_IN_CASH: WAITING_REFUSALS,
}
"""The code by which a command without a row is refused."""


class SaleCommand(StrEnum):
    """What can be asked of a sale, and the approval that comes late."""

    ADD_TENDER = "add_tender"
    REMOVE_TENDER = "remove_tender"
    REFUND = "refund"
    RESUME = "resume"
    CLOSE = "close"
    ABANDON = "abandon"
    VOID = "void"
    CORRECT = "correct"
    LATE_APPROVAL = "late_approval"


class SaleAct(StrEnum):
    """How a cell of the sale's table is carried out."""

    DO = "do"
    """Done, if its own conditions hold."""
    AGAIN = "again"
    """The same answer again."""


SALE_ROWS: Final[dict[tuple[SaleState, SaleCommand], SaleAct]] = {
    (SaleState.OPEN, SaleCommand.ADD_TENDER): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.REMOVE_TENDER): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.REFUND): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.RESUME): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.ABANDON): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.LATE_APPROVAL): SaleAct.DO,
    (SaleState.PAID, SaleCommand.REMOVE_TENDER): SaleAct.DO,
    (SaleState.PAID, SaleCommand.REFUND): SaleAct.DO,
    (SaleState.PAID, SaleCommand.RESUME): SaleAct.DO,
    (SaleState.PAID, SaleCommand.CLOSE): SaleAct.DO,
    (SaleState.CLOSED, SaleCommand.REFUND): SaleAct.DO,
    (SaleState.CLOSED, SaleCommand.CLOSE): SaleAct.AGAIN,
    (SaleState.CLOSED, SaleCommand.VOID): SaleAct.DO,
    (SaleState.CLOSED, SaleCommand.CORRECT): SaleAct.DO,
    (SaleState.VOIDED, SaleCommand.VOID): SaleAct.AGAIN,
    (SaleState.ABANDONED, SaleCommand.ABANDON): SaleAct.AGAIN,
}

_CLOSED: Final = {
    SaleState.CLOSED: "sale_closed",
    SaleState.VOIDED: "sale_voided",
    SaleState.ABANDONED: "sale_abandoned",
}

_NOT_CLOSED: Final = _CLOSED | dict.fromkeys((SaleState.OPEN, SaleState.PAID), "sale_not_closed")

SALE_REFUSALS: Final[dict[SaleCommand, dict[SaleState, str]]] = {
    SaleCommand.ADD_TENDER: _CLOSED | {SaleState.PAID: "nothing_owed"},
    SaleCommand.REMOVE_TENDER: _CLOSED,
    SaleCommand.REFUND: _CLOSED,
    SaleCommand.RESUME: _CLOSED,
    SaleCommand.CLOSE: _CLOSED | {SaleState.OPEN: "balance_due"},
    SaleCommand.ABANDON: _CLOSED | {SaleState.PAID: "money_held"},
    SaleCommand.VOID: _NOT_CLOSED,
    SaleCommand.CORRECT: _NOT_CLOSED,
}
"""The code by which a command without a row is refused."""


def missing_rows() -> list[str]:
    """Return every fact that some state has no answer to, and every refusal without a code."""
    facts = [
        f"{state} × {fact}"
        for known, states in ((FACTS, OFFERED), (REFUND_FACTS, GIVES_BACK))
        for state in states
        for fact in sorted(known)
        if (state, fact) not in TENDER_ROWS
    ]
    commands = [
        f"{state} × {command}"
        for command, codes in COMMAND_REFUSALS.items()
        for state in OFFERED
        if (state, command) not in TENDER_ROWS and state not in codes
    ]
    sales = [
        f"{state} × {command}"
        for command, codes in SALE_REFUSALS.items()
        for state in SaleState
        if (state, command) not in SALE_ROWS and state not in codes
    ]
    return facts + commands + sales
