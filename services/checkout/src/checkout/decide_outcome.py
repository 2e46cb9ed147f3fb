"""What the terminal's word does to a tender. No result is ever dropped: attached, or a case.

Source of the rows: `checkout.tables`. A repeat changes nothing; an answer that does not carry our
operation id and our amount is never taken for the payment.
"""

from typing import Final

from msgspec.structs import replace

from checkout.change import changed, happen, unchanged, with_tender, without_tender
from checkout.model import Case, Decision, Happened, Moment, Operation, Sale, Tender
from checkout.tables import SALE_ROWS, TENDER_ROWS, Act, Happening, SaleCommand
from contracts.identifiers import OperationId
from contracts.money import Yen
from contracts.operations import ForeignResultSeen, OperationConcluded, Outcome
from contracts.sales import SaleState, TenderState

HAPPENINGS: Final[dict[Outcome, Happening]] = {
    Outcome.APPROVED: Happening.APPROVED,
    Outcome.DECLINED: Happening.DECLINED,
    Outcome.CANCELLED: Happening.CANCELLED,
    Outcome.INCOMPLETE: Happening.INCOMPLETE,
    Outcome.NOT_PERFORMED: Happening.NOT_TAKEN,
}

WAYS: Final[dict[str, tuple[str, ...]]] = {
    "paid_twice": ("refund_on_terminal", "replace_tender", "accept"),
    "late_approval": ("refund_on_terminal", "replace_tender", "correct", "accept"),
    "foreign_result": ("refund_on_terminal", "accept"),
    "amount_differs": ("refund_on_terminal", "correct", "accept"),
    "contrary_evidence": ("refund_on_terminal", "correct", "accept"),
}
"""How a case of each kind can be settled."""


def happening_of(tender: Tender, concluded: OperationConcluded) -> Happening:
    """Return which column of the table the terminal's word belongs to."""
    if _mismatch(tender, concluded) is not None:
        return Happening.MISMATCHED
    if concluded.outcome is Outcome.APPROVED and concluded.evidence.source == "journal":
        return Happening.JOURNAL_TAKEN
    return HAPPENINGS[concluded.outcome]


def conclude(  # noqa: PLR0911 - one return an act of the table, in the order of its meaning
    sale: Sale, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """Take the terminal's word about one of the sale's operations."""
    tender = sale.tender_of(concluded.operation_id)
    if tender is None:
        return _of_nobody(sale, concluded, moment)
    happening = happening_of(tender, concluded)
    act, to = TENDER_ROWS[tender.state, happening]
    if act is Act.STAY or (act is Act.COMPARE and _same(tender, concluded)):
        return unchanged(sale)
    told = _told(tender, concluded, to, happening)
    if act is Act.COUNT:
        return _count(sale, told, concluded, moment)
    if act is Act.COMPARE:
        return _open_case(sale, tender, "paid_twice", concluded, moment)
    if act is Act.CASE:
        kind = _mismatch(tender, concluded) or "contrary_evidence"
        # The word about a payment that is already settled must not rewrite what was settled.
        kept = told if to is not tender.state else _ended(tender, concluded)
        return _open_case(sale, kept, kind, concluded, moment)
    if act is Act.MARK and (tender.operation.ended, tender.reason) == (True, told.reason):
        return unchanged(sale)
    return changed(with_tender(sale, told), f"tender_{to}", tender=tender.number, moment=moment)


def contradict(sale: Sale, concluded: OperationConcluded, moment: Moment) -> Decision:
    """A gateway that was replaced says otherwise than the present one: money is a case."""
    if concluded.outcome not in (Outcome.APPROVED, Outcome.INCOMPLETE):
        return unchanged(sale)
    tender = sale.tender_of(concluded.operation_id)
    number = None if tender is None else tender.number
    happened = _case(
        sale,
        "contrary_evidence",
        number,
        _evidence_of(concluded),
        amount=concluded.amount,
        moment=moment,
    )
    return Decision(sale=happened[-1].sale if happened else sale, happened=happened)


def progress(sale: Sale, operation_id: OperationId, moment: Moment) -> Decision:
    """The terminal shows that it works on the operation."""
    tender = sale.tender_of(operation_id)
    if tender is None:
        return unchanged(sale)
    act, to = TENDER_ROWS[tender.state, Happening.PROGRESS]
    if act is Act.STAY or (act is Act.RESUME and tender.released_by is not None):
        return unchanged(sale)
    return _moved(sale, replace(tender, reason=None), to, moment)


def doubt(sale: Sale, operation_id: OperationId, reason: str, moment: Moment) -> Decision:
    """The outcome cannot be told for now: link lost, silence, a restart, a late acknowledgement."""
    tender = sale.tender_of(operation_id)
    if tender is None:
        return unchanged(sale)
    act, to = TENDER_ROWS[tender.state, Happening.DOUBTED]
    if act is Act.STAY:
        return unchanged(sale)
    return _moved(sale, replace(tender, reason=reason), to, moment)


def foreign(
    sale: Sale, seen: ForeignResultSeen, open_operation: OperationId | None, moment: Moment
) -> Decision:
    """A result that fits no intent becomes a case of this sale; what is open there is doubted."""
    if seen.outcome not in (Outcome.APPROVED, Outcome.INCOMPLETE):
        return unchanged(sale)
    evidence = _evidence_of_foreign(seen)
    tender = None if open_operation is None else sale.tender_of(open_operation)
    number = None if tender is None else tender.number
    happened = _case(sale, "foreign_result", number, evidence, amount=seen.amount, moment=moment)
    after = happened[-1].sale if happened else sale
    if tender is None or open_operation is None:
        return Decision(sale=after, happened=happened)
    doubted = doubt(after, open_operation, "foreign_result", moment)
    return Decision(sale=doubted.sale, happened=(*happened, *doubted.happened))


def _moved(sale: Sale, tender: Tender, to: TenderState, moment: Moment) -> Decision:
    operation = replace(tender.operation, state=to)
    after = replace(tender, state=to, operations=(*tender.operations[:-1], operation))
    return changed(with_tender(sale, after), f"tender_{to}", tender=tender.number, moment=moment)


def _mismatch(tender: Tender, concluded: OperationConcluded) -> str | None:
    """Return what kind of case it is when the terminal answered about something else."""
    echoed = concluded.echoed_operation_id
    if echoed is not None and echoed != concluded.operation_id:
        return "foreign_result"
    if concluded.amount is not None and concluded.amount != tender.amount:
        return "amount_differs"
    if concluded.outcome is Outcome.APPROVED and concluded.amount is None:
        return "amount_differs"
    return None


def _told(
    tender: Tender, concluded: OperationConcluded, to: TenderState, happening: Happening
) -> Tender:
    """Return the tender with all that the terminal told, in the state `to`."""
    if happening is Happening.MISMATCHED:
        ended = _ended(tender, concluded)
        operation = replace(ended.operation, state=to)
        return replace(
            ended,
            state=to,
            operations=(*tender.operations[:-1], operation),
            reason=_mismatch(tender, concluded),
        )
    slip = concluded.slip
    number = None if slip is None else slip.slip_number
    doubted = tender.state is TenderState.IN_DOUBT
    operation = Operation(
        id=tender.operation.id,
        kind=tender.operation.kind,
        terminal=tender.operation.terminal,
        state=to,
        at=tender.operation.at,
        ended=True,
        slip_number=number,
        evidence=concluded.evidence,
        slip=slip,
    )
    return replace(
        tender,
        state=to,
        operations=(*tender.operations[:-1], operation),
        media=concluded.media or None,
        brand=concluded.brand or None,
        entry=concluded.entry or None,
        payment_condition=None if slip is None else slip.payment_condition or None,
        slip_number=number,
        approval_code=None if slip is None else slip.approval_code or None,
        card_number=None if slip is None else slip.card_number or slip.member_number,
        order_number=concluded.order_number,
        terminal_business_date=concluded.terminal_business_date,
        reason=concluded.reason or ("incomplete" if happening is Happening.INCOMPLETE else None),
        resolved_from=concluded.evidence.source if doubted else tender.resolved_from,
    )


def _ended(tender: Tender, concluded: OperationConcluded) -> Tender:
    """The gateway has no more to say, unless the answer was about another operation altogether."""
    if concluded.echoed_operation_id not in (None, concluded.operation_id):
        return tender
    operation = replace(tender.operation, ended=True)
    return replace(tender, operations=(*tender.operations[:-1], operation))


def _same(tender: Tender, concluded: OperationConcluded) -> bool:
    """The same approval again, or one that tells less: what both tell must agree."""
    told = None if concluded.slip is None else concluded.slip.slip_number
    known = (tender.slip_number, tender.terminal_business_date, tender.order_number)
    again = (told, concluded.terminal_business_date, concluded.order_number)
    return all(
        old is None or new is None or old == new for old, new in zip(known, again, strict=True)
    )


def _count(sale: Sale, told: Tender, concluded: OperationConcluded, moment: Moment) -> Decision:
    """An approval: the sale uses it if it fits, or in place of what stood for it; else a case."""
    number = told.number
    used = replace(told, counted=True)
    stand_in = next((other for other in sale.tenders if other.stands_for == number), None)
    if stand_in is not None and sale.state in _STAND_IN_GIVES_WAY:
        freed = without_tender(sale, stand_in.number)
        if _fits(freed, used) and (sale.state is SaleState.OPEN or stand_in.amount == used.amount):
            return changed(
                with_tender(freed, used), "tender_approved", tender=number, moment=moment
            )
    takes_late = (sale.state, SaleCommand.LATE_APPROVAL) in SALE_ROWS
    if takes_late and _fits(sale, used):
        return changed(with_tender(sale, used), "tender_approved", tender=number, moment=moment)
    covered = sale.state in (SaleState.PAID, SaleState.CLOSED)
    kind = "paid_twice" if covered else "late_approval"
    attached = happen(
        with_tender(sale, replace(told, counted=False)),
        "tender_approved",
        tender=number,
        moment=moment,
    )
    case = _case(
        attached.sale, kind, number, _evidence_of(concluded), amount=concluded.amount, moment=moment
    )
    return Decision(sale=case[-1].sale if case else attached.sale, happened=(attached, *case))


_STAND_IN_GIVES_WAY: Final = frozenset({SaleState.OPEN, SaleState.PAID, SaleState.CLOSED})
"""It is the same money, so even a closed sale takes it, for the same amount."""


def _fits(sale: Sale, tender: Tender) -> bool:
    after = with_tender(sale, tender)
    return after.paid + after.pending <= sale.total


def _of_nobody(sale: Sale, concluded: OperationConcluded, moment: Moment) -> Decision:
    """The tender is gone, by proof that nothing was started: money is a case all the same."""
    if concluded.outcome not in (Outcome.APPROVED, Outcome.INCOMPLETE):
        return unchanged(sale)
    happened = _case(
        sale,
        "foreign_result",
        None,
        _evidence_of(concluded),
        amount=concluded.amount,
        moment=moment,
    )
    return Decision(sale=happened[-1].sale if happened else sale, happened=happened)


def _open_case(
    sale: Sale, kept: Tender, kind: str, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """Open the case and, where the tender's state changes with it, tell that first."""
    before = sale.tender(kept.number)
    assert before is not None, "the tender is part of the sale"  # noqa: S101 - house style 12
    after = with_tender(sale, kept)
    first: tuple[Happened, ...] = ()
    if kept.state is not before.state:
        first = (happen(after, f"tender_{kept.state}", tender=kept.number, moment=moment),)
        after = first[0].sale
    case = _case(
        after, kind, kept.number, _evidence_of(concluded), amount=concluded.amount, moment=moment
    )
    happened = (*first, *case)
    return Decision(sale=happened[-1].sale if happened else sale, happened=happened)


def _case(
    sale: Sale,
    kind: str,
    tender: int | None,
    evidence: dict[str, str | int | None],
    *,
    amount: Yen | None,
    moment: Moment,
) -> tuple[Happened, ...]:
    """Return the opening of the case, or nothing where the same one stands already."""
    for old in sale.cases:
        if (old.kind, old.tender, old.evidence) == (kind, tender, evidence):
            return ()
    case = Case(
        id=moment.case_id,
        kind=kind,
        tender=tender,
        amount=amount,
        evidence=evidence,
        opened_at=moment.at,
        ways=WAYS[kind],
    )
    after = replace(sale, cases=(*sale.cases, case))
    return (happen(after, "case_opened", tender=tender, moment=moment),)


def _evidence_of(concluded: OperationConcluded) -> dict[str, str | int | None]:
    """What finds the payment again; without the time of asking, so that a repeat is known."""
    slip = concluded.slip
    return {
        "operation": concluded.operation_id,
        "echoed_operation": concluded.echoed_operation_id,
        "outcome": str(concluded.outcome),
        "amount": concluded.amount,
        "terminal": concluded.terminal,
        "serial": concluded.serial,
        "slip_number": None if slip is None else slip.slip_number,
        "order_number": concluded.order_number,
        "terminal_business_date": concluded.terminal_business_date,
    }


def _evidence_of_foreign(seen: ForeignResultSeen) -> dict[str, str | int | None]:
    slip = seen.slip
    return {
        "operation": None,
        "echoed_operation": seen.echoed_operation_id,
        "outcome": str(seen.outcome),
        "amount": seen.amount,
        "terminal": seen.terminal,
        "serial": seen.serial,
        "slip_number": None if slip is None else slip.slip_number,
        "order_number": None if slip is None else slip.order_number,
        "terminal_business_date": None,
    }
