"""The tables of `sale-and-tender.md`, as data. A missing row is the illegal move.

Facts of the terminal must have a row in every state that is offered (`missing_rows`); a command
without a row is refused by the code of its state. The diagrams in `docs/states/` are drawn from
these tables (`diagrams`). The states of a refund come with the refund's commands.
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
    MISMATCHED = "mismatched"
    DOUBTED = "doubted"
    WITHDRAWN = "withdrawn"
    CANCEL = "cancel"
    DISCONNECT = "disconnect"
    RELEASE = "release"
    ACKNOWLEDGE = "acknowledge"


FACTS: Final = frozenset(
    {
        Happening.PROGRESS,
        Happening.APPROVED,
        Happening.DECLINED,
        Happening.CANCELLED,
        Happening.INCOMPLETE,
        Happening.JOURNAL_TAKEN,
        Happening.NOT_TAKEN,
        Happening.MISMATCHED,
        Happening.DOUBTED,
    }
)
"""What comes whether we like it or not: a state without an answer to it would lose a result."""


class Act(StrEnum):
    """How a row is carried out."""

    MOVE = "move"
    """Take the state."""
    RESUME = "resume"
    """Take the state unless the tender was released."""
    COUNT = "count"
    """Take the state; the sale uses it if it fits, else a case is opened."""
    COMPARE = "compare"
    """The same result changes nothing, another opens a case."""
    CASE = "case"
    """Keep the state (or take the one named) and open a case."""
    STAY = "stay"
    """Nothing changes; a command is answered as before."""
    ABORT = "abort"
    """Nothing changes yet; the terminal is asked to stop."""
    MARK = "mark"
    """The state stays, the tender remembers."""
    REMOVE = "remove"
    """The tender is gone: it is proven that nothing was started."""


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

OFFERED: Final = (
    REQUESTED,
    IN_PROGRESS,
    IN_DOUBT,
    APPROVED,
    DECLINED,
    CANCELLED,
    NOT_PERFORMED,
)
"""The states that a payment can be in."""

TENDER_ROWS: Final[dict[tuple[TenderState, Happening], Row]] = {
    (REQUESTED, Happening.PROGRESS): Row(Act.MOVE, IN_PROGRESS),
    (REQUESTED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (REQUESTED, Happening.DECLINED): Row(Act.MOVE, DECLINED),
    (REQUESTED, Happening.CANCELLED): Row(Act.MOVE, CANCELLED),
    (REQUESTED, Happening.INCOMPLETE): Row(Act.MOVE, IN_DOUBT),
    (REQUESTED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (REQUESTED, Happening.NOT_TAKEN): Row(Act.MOVE, NOT_PERFORMED),
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
    (IN_DOUBT, Happening.MISMATCHED): Row(Act.CASE, IN_DOUBT),
    (IN_DOUBT, Happening.DOUBTED): Row(Act.STAY, IN_DOUBT),
    (IN_DOUBT, Happening.CANCEL): Row(Act.ABORT, IN_DOUBT),
    (IN_DOUBT, Happening.DISCONNECT): Row(Act.STAY, IN_DOUBT),
    (IN_DOUBT, Happening.RELEASE): Row(Act.MARK, IN_DOUBT),
    (APPROVED, Happening.PROGRESS): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.APPROVED): Row(Act.COMPARE, APPROVED),
    (APPROVED, Happening.DECLINED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.CANCELLED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.INCOMPLETE): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.JOURNAL_TAKEN): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.NOT_TAKEN): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.MISMATCHED): Row(Act.CASE, APPROVED),
    (APPROVED, Happening.DOUBTED): Row(Act.STAY, APPROVED),
    (APPROVED, Happening.ACKNOWLEDGE): Row(Act.MARK, APPROVED),
    (DECLINED, Happening.PROGRESS): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (DECLINED, Happening.DECLINED): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.CANCELLED): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.INCOMPLETE): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (DECLINED, Happening.NOT_TAKEN): Row(Act.STAY, DECLINED),
    (DECLINED, Happening.MISMATCHED): Row(Act.CASE, DECLINED),
    (DECLINED, Happening.DOUBTED): Row(Act.STAY, DECLINED),
    (CANCELLED, Happening.PROGRESS): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (CANCELLED, Happening.DECLINED): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.CANCELLED): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.INCOMPLETE): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (CANCELLED, Happening.NOT_TAKEN): Row(Act.STAY, CANCELLED),
    (CANCELLED, Happening.MISMATCHED): Row(Act.CASE, CANCELLED),
    (CANCELLED, Happening.DOUBTED): Row(Act.STAY, CANCELLED),
    (NOT_PERFORMED, Happening.PROGRESS): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.APPROVED): Row(Act.COUNT, APPROVED),
    (NOT_PERFORMED, Happening.DECLINED): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.CANCELLED): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.INCOMPLETE): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.JOURNAL_TAKEN): Row(Act.COUNT, APPROVED),
    (NOT_PERFORMED, Happening.NOT_TAKEN): Row(Act.STAY, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.MISMATCHED): Row(Act.CASE, NOT_PERFORMED),
    (NOT_PERFORMED, Happening.DOUBTED): Row(Act.STAY, NOT_PERFORMED),
}

_BUSY: Final = "terminal_busy"
_DOUBT: Final = "tender_in_doubt"
_SETTLED: Final = "tender_settled"

WAITING_REFUSALS: Final[dict[TenderState, str]] = dict.fromkeys(TenderState, _SETTLED) | {
    REQUESTED: _BUSY,
    IN_PROGRESS: _BUSY,
    IN_DOUBT: _DOUBT,
}
"""Why a command that wants a settled tender is refused."""

COMMAND_REFUSALS: Final[dict[Happening, dict[TenderState, str]]] = {
    Happening.CANCEL: dict.fromkeys(TenderState, _SETTLED),
    Happening.DISCONNECT: dict.fromkeys(TenderState, _SETTLED),
    Happening.RELEASE: dict.fromkeys(TenderState, "not_in_doubt"),
    Happening.ACKNOWLEDGE: WAITING_REFUSALS,
}
"""The code by which a command without a row is refused."""


class SaleCommand(StrEnum):
    """What can be asked of a sale, and the approval that comes late."""

    ADD_TENDER = "add_tender"
    REMOVE_TENDER = "remove_tender"
    CLOSE = "close"
    ABANDON = "abandon"
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
    (SaleState.OPEN, SaleCommand.ABANDON): SaleAct.DO,
    (SaleState.OPEN, SaleCommand.LATE_APPROVAL): SaleAct.DO,
    (SaleState.PAID, SaleCommand.REMOVE_TENDER): SaleAct.DO,
    (SaleState.PAID, SaleCommand.CLOSE): SaleAct.DO,
    (SaleState.CLOSED, SaleCommand.CLOSE): SaleAct.AGAIN,
    (SaleState.ABANDONED, SaleCommand.ABANDON): SaleAct.AGAIN,
}

_CLOSED: Final = {
    SaleState.CLOSED: "sale_closed",
    SaleState.VOIDED: "sale_voided",
    SaleState.ABANDONED: "sale_abandoned",
}

SALE_REFUSALS: Final[dict[SaleCommand, dict[SaleState, str]]] = {
    SaleCommand.ADD_TENDER: _CLOSED | {SaleState.PAID: "nothing_owed"},
    SaleCommand.REMOVE_TENDER: _CLOSED,
    SaleCommand.CLOSE: _CLOSED | {SaleState.OPEN: "balance_due"},
    SaleCommand.ABANDON: _CLOSED | {SaleState.PAID: "money_held"},
}
"""The code by which a command without a row is refused."""


def missing_rows() -> list[str]:
    """Return every fact that some state has no answer to, and every refusal without a code."""
    facts = [
        f"{state} × {fact}"
        for state in OFFERED
        for fact in sorted(FACTS)
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
