"""What the terminal's word makes of an operation: its end, its doubt, its return into sight.

Pure, like `decide`, whose table it follows: clock and ids are arguments.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from contracts.identifiers import EventId, SlipNumber, TerminalCode
from contracts.operations import (
    Evidence,
    ForeignResultSeen,
    OperationConcluded,
    OperationDoubted,
    Outcome,
    Phase,
)
from terminal_gateway import day_log
from terminal_gateway.decide import step
from terminal_gateway.history import is_older, may_answer, may_undo
from terminal_gateway.model import (
    OPEN,
    Ended,
    FactDraft,
    Happening,
    Noted,
    NumberedEntry,
    Operation,
    State,
    Tells,
)
from terminal_gateway.resolver import BY_ID


def conclude_by_result(
    operation: Operation,
    result: Ended,
    at: datetime,
    *,
    given_back_by: NumberedEntry | None = None,
) -> OperationConcluded:
    """Return what the terminal said in its result, in its own numbers."""
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=result.kind,
        outcome=result.outcome,
        amount=result.amount,
        evidence=Evidence(
            source="result",
            at=at,
            asked=operation.asked,
            slip_number=result.slip_number,
            terminal_business_date=result.terminal_business_date,
            number=result.number,
            terminal_at=result.at,
        ),
        echoed_operation_id=result.operation_id,
        terminal_business_date=result.terminal_business_date,
        media=result.media,
        brand=result.brand,
        entry=result.entry,
        reason=result.reason,
        order_number=result.order_number,
        slip=result.slip,
        voided_by=_slip_of(given_back_by),
        voids=result.voids,
    )


def conclude_by_journal(
    operation: Operation,
    found: NumberedEntry,
    at: datetime,
    *,
    by: str = BY_ID,
    given_back_by: NumberedEntry | None = None,
) -> OperationConcluded:
    """Return what the terminal's journal says of an operation; `by`: how it was recognised."""
    line = found.line
    note = f"slip {line.slip_number}, by {by}"
    if given_back_by is not None:
        note += f"; given back by slip {given_back_by.line.slip_number}"
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=line.kind,
        outcome=Outcome(line.state),
        amount=line.amount,
        evidence=Evidence(
            source="journal",
            at=at,
            asked=operation.asked,
            note=note,
            slip_number=line.slip_number,
            terminal_business_date=line.terminal_business_date,
            number=found.number,
            terminal_at=line.at,
        ),
        echoed_operation_id=line.operation_id,
        terminal_business_date=line.terminal_business_date,
        media=line.media,
        brand=line.brand,
        entry=found.entry,
        reason=line.reason,
        order_number=line.order_number,
        slip=line.slip,
        voided_by=_slip_of(given_back_by),
        voids=line.voids,
    )


def _slip_of(entry: NumberedEntry | None) -> SlipNumber | None:
    return None if entry is None else entry.line.slip_number


def conclude_by_day_log(
    operation: Operation, found: day_log.Taken, at: datetime
) -> OperationConcluded:
    """Return that a closed day holds it; the terminal named no slip."""
    return OperationConcluded(
        operation_id=operation.id,
        terminal=operation.intent.terminal,
        serial=operation.intent.serial,
        kind=found.kind,
        outcome=Outcome.APPROVED,
        amount=operation.intent.amount,
        evidence=Evidence(
            source="day_log",
            at=at,
            asked=operation.asked,
            note=found.note,
            terminal_business_date=found.day,
        ),
        terminal_business_date=found.day,
        media=found.media,
    )


def given_back(before: OperationConcluded, by: Noted, at: datetime) -> OperationConcluded:
    """Return the same word on a payment that the terminal has given back since."""
    line = by.entry.line
    evidence = replace(
        before.evidence,
        source="journal",
        at=at,
        note=f"slip {before.evidence.slip_number or ''}; given back by slip {line.slip_number}",
    )
    return replace(before, evidence=evidence, voided_by=line.slip_number)


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
    """Tell the terminal's first word on an operation, or the same again, from a different one.

    What was not finished (処理未了) may be finished later, and what was given back stays so; the
    same entry never goes the other way: that is an older word that comes late.
    """
    before = operation.conclusion
    if before is None:
        return Happening.ENDED
    if before.evidence.source == "day_log" != said.evidence.source:
        return Happening.ENDED_OTHERWISE  # it has a slip now
    same_entry = before.evidence.number == said.evidence.number is not None
    if same_entry and is_older(said.outcome.value, before.outcome.value):
        return Happening.ENDED
    same = (
        before.outcome == said.outcome
        and before.amount == said.amount
        and before.kind == said.kind
        and said.voided_by in {None, before.voided_by}
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

    Only when this very link showed it, it is what was asked and the amount is the same; anything
    else would be a guess, and a stale or foreign amount is never taken for a payment.
    """
    return (
        live is not None
        and live.state in {State.SHOWN, State.READ}
        and may_answer(live.intent.kind, result.kind)
        and may_undo(live.intent.original_slip_number, result.voids)
        and live.intent.amount == result.amount
        and (result.number is None or result.number > (live.intent.mark or 0))
    )


def foreign(
    result: Ended,
    *,
    terminal: TerminalCode,
    serial: str,
    at: datetime,
    ahead: timedelta,
    fact_id: EventId,
) -> FactDraft:
    """Return the fact about a result that fits no intent: never dropped.

    `ahead`: how far the terminal's clock is before ours, by which its time of the end is put right.
    """
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
            evidence=Evidence(
                source="result",
                at=at,
                note=f"slip {result.slip_number}",
                slip_number=result.slip_number,
                terminal_business_date=result.terminal_business_date,
                number=result.number,
                terminal_at=result.at,
            ),
            slip=result.slip,
            voids=result.voids,
            ended_at=_by_our_clock(result.at, ahead, at),
        ),
    )


def _by_our_clock(told: datetime, ahead: timedelta, now: datetime) -> datetime:
    """Return the terminal's time by our clock; what has ended did not end after now."""
    try:
        return min(told - ahead, now)
    except OverflowError:  # of a clock that nobody has set
        return now


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
