"""What the terminal's word makes of an operation: its end, its doubt, its return into sight.

Pure, like `decide`, whose table it follows: clock and ids are arguments.
"""

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from contracts.identifiers import EventId, TerminalCode
from contracts.operations import (
    Evidence,
    ForeignResultSeen,
    OperationConcluded,
    OperationDoubted,
    Outcome,
    Phase,
)
from terminal_gateway.decide import step
from terminal_gateway.model import (
    OPEN,
    Ended,
    FactDraft,
    Happening,
    NumberedEntry,
    Operation,
    State,
    Tells,
)


def conclude_by_result(operation: Operation, result: Ended, at: datetime) -> OperationConcluded:
    """Return what the terminal said in its result, in its own numbers."""
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=result.kind,
        outcome=result.outcome,
        amount=result.amount,
        evidence=Evidence(source="result", at=at, asked=operation.asked),
        echoed_operation_id=result.operation_id,
        terminal_business_date=result.terminal_business_date,
        media=result.media,
        brand=result.brand,
        entry=result.entry,
        reason=result.reason,
        order_number=result.order_number,
        slip=result.slip,
    )


def conclude_by_journal(
    operation: Operation, found: NumberedEntry, at: datetime
) -> OperationConcluded:
    """Return what the terminal's journal says of an operation that it names."""
    line = found.line
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=line.kind,
        outcome=Outcome(line.state),
        amount=line.amount,
        evidence=Evidence(
            source="journal", at=at, asked=operation.asked, note=f"slip {line.slip_number}"
        ),
        echoed_operation_id=line.operation_id,
        terminal_business_date=line.terminal_business_date,
        media=line.media,
        brand=line.brand,
        entry=found.entry,
        reason=found.reason,
        order_number=line.order_number,
        slip=line.slip,
    )


def conclude_not_performed(
    operation: Operation, *, source: str, note: str, reason: str, at: datetime
) -> OperationConcluded:
    """Return the proof that nothing happened; the terminal named no amount."""
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=operation.intent.kind,
        outcome=Outcome.NOT_PERFORMED,
        amount=None,
        evidence=Evidence(source=source, at=at, asked=operation.asked, note=note),
        reason=reason,
    )


def happening_of(operation: Operation, said: OperationConcluded) -> Happening:
    """Tell the terminal's first word on an operation, or the same again, from a different one."""
    before = operation.conclusion
    if before is None:
        return Happening.ENDED
    same = (
        before.outcome == said.outcome
        and before.amount == said.amount
        and before.kind == said.kind
        and (
            before.slip is None
            or said.slip is None
            or before.slip.slip_number == said.slip.slip_number
        )
    )
    return Happening.ENDED if same else Happening.ENDED_OTHERWISE


class Settled(NamedTuple):
    """An operation as it is now, and what is told of it."""

    operation: Operation
    facts: tuple[FactDraft, ...]


def settle(operation: Operation, said: OperationConcluded, *, fact_id: EventId) -> Settled:
    """Apply the terminal's word. A repeat changes nothing and tells nothing.

    What was only read back from the terminal's journal after ours was lost was never told.
    """
    move = step(operation.state, happening_of(operation, said))
    untold = operation.state is State.CONCLUDED and not operation.told
    if move.tells is not Tells.CONCLUDED and not untold:
        return Settled(operation, ())
    settled = replace(
        operation,
        state=move.state,
        phase=Phase.DONE,
        parked="",
        conclusion=said,
        told=True,
    )
    return Settled(settled, (conclusion_fact(settled, said, fact_id),))


def conclusion_fact(operation: Operation, said: OperationConcluded, fact_id: EventId) -> FactDraft:
    """Return the fact with the terminal's word, on the trace of the command that asked for it."""
    return FactDraft(
        id=fact_id,
        terminal=operation.intent.terminal,
        name="operation_concluded",
        at=said.evidence.at,
        body=said,
        trace=operation.intent.trace,
    )


def lose_sight(operation: Operation, *, reason: str, at: datetime, fact_id: EventId) -> Settled:
    """Apply a lost link, silence or a restart."""
    move = step(operation.state, Happening.LOST_SIGHT)
    if move.tells is Tells.NOTHING:
        return Settled(operation, ())
    lost = replace(operation, state=move.state, asked=0)
    return Settled(
        lost,
        (
            FactDraft(
                id=fact_id,
                terminal=operation.intent.terminal,
                name="operation_doubted",
                at=at,
                body=OperationDoubted(
                    operation_id=operation.id, terminal=operation.intent.terminal, reason=reason
                ),
                trace=operation.intent.trace,
            ),
        ),
    )


def sight_of(operation: Operation, phase: Phase) -> Operation:
    """Apply a screen of the terminal that belongs to this operation."""
    happening = (
        Happening.AWAITS_CUSTOMER if phase is Phase.AWAITING_CUSTOMER else Happening.WAS_READ
    )
    move = step(operation.state, happening)
    if move.state not in OPEN:
        return operation
    read = move.state is State.READ
    return replace(
        operation,
        state=move.state,
        phase=Phase.READ if read else Phase.AWAITING_CUSTOMER,
        parked="",
    )


def belongs_to(result: Ended, live: Operation | None) -> bool:
    """Whether a result without an echo may be taken for the operation on the glass.

    Only when this very link showed it and kind and amount are the same; anything else would be a
    guess, and a stale or foreign amount is never taken for a payment.
    """
    return (
        live is not None
        and live.state in {State.SHOWN, State.READ}
        and live.intent.kind == result.kind
        and live.intent.amount == result.amount
        and (result.number is None or result.number > (live.intent.mark or 0))
    )


def foreign(
    result: Ended, *, terminal: TerminalCode, serial: str, at: datetime, fact_id: EventId
) -> FactDraft:
    """Return the fact about a result that fits no intent: never dropped."""
    return FactDraft(
        id=fact_id,
        terminal=terminal,
        name="foreign_result_seen",
        at=at,
        body=ForeignResultSeen(
            terminal=terminal,
            serial=serial,
            kind=result.kind,
            outcome=result.outcome,
            amount=result.amount,
            echoed_operation_id=result.operation_id,
            evidence=Evidence(source="result", at=at, note=f"slip {result.slip_number}"),
            slip=result.slip,
        ),
    )


def repeat_key(result: Ended, serial: str) -> str:
    """Return by what a foreign result is recognised when it comes again."""
    return "/".join(
        (
            serial,
            result.terminal_business_date,
            result.slip_number,
            result.operation_id or "-",
            result.outcome,
            str(result.amount),
        )
    )


def read_back(entry: NumberedEntry, *, at: datetime, adopted: Operation) -> Operation:
    """Return an adopted operation as the terminal's journal ended it; nobody was told of it."""
    return replace(
        adopted,
        state=State.CONCLUDED,
        phase=Phase.DONE,
        conclusion=conclude_by_journal(adopted, entry, at),
    )
