"""A result that fits no intent: kept with the sale that it may belong to, never dropped. Pure."""

from msgspec.structs import replace

from checkout import decide_case, evidence
from checkout.change import told_in_order, unchanged
from checkout.decide_outcome import MONEY, conclude, doubt
from checkout.model import Decision, Moment, Sale
from contracts.identifiers import OperationId, SlipNumber
from contracts.operations import (
    Evidence,
    ForeignResultSeen,
    OperationConcluded,
    OperationKind,
    Outcome,
)


def foreign(
    sale: Sale, seen: ForeignResultSeen, open_operation: OperationId | None, moment: Moment
) -> Decision:
    """A result that fits no intent becomes a case of this sale; what is open there is doubted."""
    if seen.outcome not in MONEY:
        return unchanged(sale)
    ours = gives_back(sale, seen)
    if ours is not None:
        return conclude(sale, ours, moment)
    known = evidence.of_foreign(seen)
    tender = None if open_operation is None else sale.tender_of(open_operation)
    number = None if tender is None else tender.number
    # A foreign void gave money back already: nobody is to be told to give it back once more.
    ways = None if seen.kind is OperationKind.PAYMENT else decide_case.WAYS["refunded_twice"]
    happened = decide_case.open_case(
        sale, "foreign_result", number, known, amount=seen.amount, moment=moment, ways=ways
    )
    after = happened[-1].sale if happened else sale
    if is_known(sale, seen):
        # Nobody shall give back what is right, nor doubt what is asked just now.
        settled = decide_case.explained_entry(after, known, moment)
        return told_in_order(*happened, *settled, sale=sale)
    if tender is None or open_operation is None:
        return Decision(sale=after, happened=happened)
    doubted = doubt(after, open_operation, "foreign_result", moment)
    return Decision(sale=doubted.sale, happened=(*happened, *doubted.happened))


def is_known(sale: Sale, seen: ForeignResultSeen) -> bool:
    """Whether it is the entry of a payment that the sale has on record, told under another id."""
    return any(evidence.is_entry_of(each, seen) for each in sale.tenders if each.operations)


def unasked(said: OperationConcluded) -> ForeignResultSeen:
    """A terminal's word under an operation that nobody ever asked for fits no intent either.

    A gateway that was replaced has no record to know that by: it tells it as if it had been ours.
    One that tells of a payment that it went back names what gave it back, and which entry that was.
    """
    if said.voided_by is not None:
        return _void_of(said, said.voided_by)
    return ForeignResultSeen(
        terminal=said.terminal,
        serial=said.serial,
        kind=said.kind,
        outcome=said.outcome,
        amount=said.amount,
        echoed_operation_id=said.echoed_operation_id,
        evidence=said.evidence,
        slip=said.slip,
        voids=said.voids,
    )


def _void_of(said: OperationConcluded, slip_number: SlipNumber) -> ForeignResultSeen:
    """Return the void by hand that such a word tells of; when it was booked is not told."""
    entry = said.evidence.slip_number if said.slip is None else said.slip.slip_number
    return ForeignResultSeen(
        terminal=said.terminal,
        serial=said.serial,
        kind=OperationKind.VOID,
        outcome=said.outcome,
        amount=said.amount,
        echoed_operation_id=said.echoed_operation_id,
        evidence=Evidence(
            source=said.evidence.source,
            at=said.evidence.at,
            note=said.evidence.note,
            slip_number=slip_number,
        ),
        voids=entry,
    )


def gives_back(sale: Sale, seen: ForeignResultSeen) -> OperationConcluded | None:
    """Return it as the word about the payment of ours that it gives back, if it is that.

    A gateway tells it so by itself, unless its own record of the payment was lost.
    """
    tender = next(
        (
            each
            for each in sale.tenders
            if seen.voids is not None
            and each.serial == seen.serial
            and each.amount == seen.amount
            and each.journal_number == seen.voids
        ),
        None,
    )
    slip_number = seen.evidence.slip_number if seen.slip is None else seen.slip.slip_number
    if tender is None or slip_number is None or seen.outcome is not Outcome.APPROVED:
        return None
    return OperationConcluded(
        operation_id=tender.payment.id,
        terminal=seen.terminal,
        serial=seen.serial,
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=tender.amount,
        # What is told of is the payment: its number stays by what it is found again.
        evidence=replace(
            seen.evidence,
            slip_number=seen.voids,
            terminal_business_date=tender.terminal_business_date,
        ),
        voided_by=slip_number,
    )
