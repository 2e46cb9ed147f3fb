"""When to ask which operation again, and what an answer means. No I/O: time is an argument.

"We don't know" is a state; the way out is asking again with the same id. Seconds are those of a
monotonic clock. One object keeps all unresolved operations of this process; what it forgets is
found again in the database.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from checkout.holds import TerminalHold
from checkout.model import DOUBT_STATES
from contracts.identifiers import CompanyCode, OperationId, StoreCode, TerminalCode
from contracts.operations import OperationConcluded, OperationOpen
from contracts.sales import TenderState

START_BOUND_S: Final = 1.5
"""The reply to `StartOperation` takes at most 0.8 s; asking earlier would swear it off."""

SILENCE_S: Final = 4.0
"""Longer than three and a half heartbeats: a sign of life would have come by then."""

PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""After the first question, then the second, ...: quick at first, since a cashier stands there;
the last pause is for a store that is down for days, and its return asks at once."""

WORN_OUT_PAUSE_S: Final = 300.0
"""The gateway has said all it knows and it decided nothing: only people or new evidence do."""

INVESTIGATED_PAUSE_S: Final = 3600.0
"""処理未了, or a manager's word: what shows otherwise comes with days, not with seconds."""

ABORT_BOUND_S: Final = 5.0
"""An abort is acknowledged by the terminal in about a second; then the outcome is in doubt."""


_AT_WORK: Final = frozenset({TenderState.IN_PROGRESS, TenderState.REFUNDING})


class Doubt(Struct, frozen=True, kw_only=True):
    """The answer leaves the outcome open."""

    reason: str


class Working(Struct, frozen=True, kw_only=True):
    """The terminal is at it."""


Meaning = OperationConcluded | Doubt | Working


def meaning(answer: OperationConcluded | OperationOpen | None) -> Meaning:
    """Return what an answer to `InquireOperation` says; None is no answer at all."""
    if answer is None:
        return Doubt(reason="silence")
    if isinstance(answer, OperationConcluded):
        return answer
    return Doubt(reason="link_lost") if answer.in_doubt else Working()


class Watched(Struct, frozen=True, kw_only=True):
    """One unresolved operation. `asked` counts since there was news, `questions` all of them."""

    hold: TerminalHold
    state: TenderState
    due: float
    asked: int = 0
    questions: int = 0


class Resolver:
    """The unresolved operations, each with the time of its next question."""

    def __init__(self) -> None:
        self._watched: dict[OperationId, Watched] = {}
        self._aborts: dict[OperationId, float] = {}

    def __len__(self) -> int:
        return len(self._watched)

    def keep(
        self,
        hold: TerminalHold,
        state: TenderState,
        now: float,
        *,
        first_s: float = START_BOUND_S,
    ) -> None:
        """Take note of an operation after a commit: new, changed, or resolved and forgotten."""
        if not hold.unresolved:
            self.forget(hold.operation_id)
            return
        old = self._watched.get(hold.operation_id)
        if old is None:
            self._watched[hold.operation_id] = Watched(hold=hold, state=state, due=now + first_s)
            return
        due = old.due
        if state in DOUBT_STATES and old.state is not state:
            due = min(due, now + PAUSES_S[0])
        self._watched[hold.operation_id] = replace(old, hold=hold, state=state, due=due)

    def forget(self, operation_id: OperationId) -> None:
        """Its outcome is known."""
        self._watched.pop(operation_id, None)
        self._aborts.pop(operation_id, None)

    def let_go(self, operation_id: OperationId) -> None:
        """Released or overridden, perhaps in another process: it no longer keeps its terminal."""
        watched = self._watched.get(operation_id)
        if watched is not None:
            hold = replace(watched.hold, holds_terminal=False)
            self._watched[operation_id] = replace(watched, hold=hold)

    def look(self, operation_id: OperationId) -> Watched | None:
        """Return where an unresolved operation stands and how often it was asked about."""
        return self._watched.get(operation_id)

    def count_question(self, operation_id: OperationId) -> None:
        """It was asked about once more, for whatever reason."""
        watched = self._watched.get(operation_id)
        if watched is not None:
            questions = watched.questions + 1
            self._watched[operation_id] = replace(watched, questions=questions)

    def find(self, operation_id: OperationId) -> TerminalHold | None:
        """Return the operation if it is unresolved."""
        watched = self._watched.get(operation_id)
        return None if watched is None else watched.hold

    def busy_with(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> OperationId | None:
        """Return what is open on that terminal, as far as this process knows."""
        wanted = (company, store, terminal)
        for watched in self._watched.values():
            hold = watched.hold
            if hold.holds_terminal and (hold.company, hold.store, hold.terminal) == wanted:
                return hold.operation_id
        return None

    def in_progress(self, operation_id: OperationId) -> bool:
        """Whether the tender is known to be in progress: another screen changes nothing."""
        watched = self._watched.get(operation_id)
        return watched is not None and watched.state in _AT_WORK

    def sign_of_life(self, operation_id: OperationId, now: float) -> None:
        """The gateway showed that it works on it: no question before it falls silent.

        In doubt it is no sign: a gateway that is itself finding out names the operation too.
        """
        watched = self._watched.get(operation_id)
        if watched is not None and watched.state not in DOUBT_STATES:
            self._watched[operation_id] = replace(watched, due=now + SILENCE_S, asked=0)

    def ask_soon(self, operation_id: OperationId, now: float) -> None:
        """There is a new reason to ask."""
        watched = self._watched.get(operation_id)
        if watched is not None:
            self._watched[operation_id] = replace(watched, due=now, asked=0)

    def ask_store_soon(self, company: CompanyCode, store: StoreCode, now: float) -> None:
        """The store is within reach again."""
        for key, watched in self._watched.items():
            if (watched.hold.company, watched.hold.store) == (company, store):
                self._watched[key] = replace(watched, due=min(watched.due, now), asked=0)

    def ask_seldom(self, operation_id: OperationId, now: float) -> None:
        """The answer decided nothing and will be the same again."""
        watched = self._watched.get(operation_id)
        if watched is not None:
            investigated = watched.hold.investigate_until is not None
            pause_s = INVESTIGATED_PAUSE_S if investigated else WORN_OUT_PAUSE_S
            self._watched[operation_id] = replace(watched, due=now + pause_s)

    def abort_sent(self, operation_id: OperationId, now: float) -> None:
        """The cashier no longer waits: without an acknowledgement the tender goes in doubt."""
        if operation_id in self._watched:
            self._aborts.setdefault(operation_id, now + ABORT_BOUND_S)

    def aborts_overdue(self, now: float) -> list[TerminalHold]:
        """Return, once, the operations whose abort nobody acknowledged in time."""
        overdue = [key for key, bound in self._aborts.items() if bound <= now]
        for key in overdue:
            del self._aborts[key]
        return [self._watched[key].hold for key in overdue]

    def due(self, now: float) -> list[tuple[TerminalHold, int]]:
        """Return what to ask now, and how often it was asked; the next pause begins."""
        due = [(key, watched) for key, watched in self._watched.items() if watched.due <= now]
        for key, watched in due:
            self._watched[key] = replace(
                watched,
                due=now + _pause_s(watched),
                asked=watched.asked + 1,
            )
        return [(watched.hold, watched.asked) for _, watched in due]

    def next_due(self) -> float | None:
        """Return when there is something to ask or to doubt next, or None."""
        return min(
            (*(watched.due for watched in self._watched.values()), *self._aborts.values()),
            default=None,
        )


def _pause_s(watched: Watched) -> float:
    if watched.hold.investigate_until is not None:
        return INVESTIGATED_PAUSE_S
    return PAUSES_S[min(watched.asked, len(PAUSES_S) - 1)]
