"""What the terminal's word about a void or return does to its tender. Pure.

The payment's own operation, of which the terminal may still speak, stands in `decide_outcome`.
"""

from typing import Final

from msgspec.structs import replace

from checkout import decide_case, decide_void, evidence
from checkout.change import changed, happen, told_in_order, unchanged, with_tender
from checkout.model import Decision, Moment, Operation, Sale, Tender
from checkout.tables import TENDER_ROWS, Act, Happening
from contracts.operations import OperationConcluded, OperationKind, Outcome
from contracts.sales import SaleState, TenderState

CASH: Final = "cash"
TERMINAL: Final = "terminal"

CONFIRMED: Final = "tender_confirmed"
"""The event by which the terminal's own word joins what was known without it."""

HAPPENINGS: Final[dict[Outcome, Happening]] = {
    Outcome.APPROVED: Happening.REFUND_APPROVED,
    Outcome.DECLINED: Happening.REFUND_ENDED,
    Outcome.CANCELLED: Happening.REFUND_ENDED,
    Outcome.NOT_PERFORMED: Happening.REFUND_ENDED,
    Outcome.INCOMPLETE: Happening.REFUND_INCOMPLETE,
}

_STATES: Final = {
    Outcome.DECLINED: TenderState.DECLINED,
    Outcome.CANCELLED: TenderState.CANCELLED,
    Outcome.NOT_PERFORMED: TenderState.NOT_PERFORMED,
}
"""How an operation ended that gave nothing back; its tender is approved, as before."""


def conclude(sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment) -> Decision:
    """Take the terminal's word about a void or return that was asked for this tender."""
    operation = tender.asked_as(concluded.operation_id)
    mismatch = evidence.mismatch(tender.amount, concluded) or _is_foreign(tender, concluded)
    happening = HAPPENINGS[concluded.outcome] if mismatch is None else Happening.REFUND_MISMATCHED
    act, to = TENDER_ROWS[tender.state, happening]
    latest = operation.id == tender.operation.id
    if mismatch is not None:
        return _mismatched(sale, tender, concluded, moment, to if latest else tender.state)
    if happening is Happening.REFUND_APPROVED:
        if act is Act.GIVE_BACK:
            return _given_back(sale, tender, concluded, moment)
        return _second(sale, tender, operation, concluded, moment)
    if act is Act.STAY or not latest:
        return unchanged(sale)
    if happening is Happening.REFUND_INCOMPLETE:
        return _incomplete(sale, tender, concluded, moment)
    return _stands(sale, tender, concluded, moment)


def _is_foreign(tender: Tender, concluded: OperationConcluded) -> str | None:
    """Return "foreign_result" where it is no refund of this tender.

    A payment under the id of a refund has charged the customer once more; a refund of another slip
    has left this one's money where it was.
    """
    if concluded.outcome is not Outcome.APPROVED:
        return None
    word = tender.payment.evidence
    known = {tender.slip_number, None if word is None else word.slip_number} - {None}
    another = concluded.voids is not None and bool(known) and concluded.voids not in known
    charged = concluded.kind is OperationKind.PAYMENT
    return "foreign_result" if charged or another else None


def _given_back(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    operation = _given(tender.asked_as(concluded.operation_id), concluded)
    doubtful = tender.state is TenderState.REFUND_IN_DOUBT
    back = replace(
        tender.with_operation(operation),
        state=TenderState.REFUNDED,
        counted=False,
        voided_by=operation.slip_number,
        refunded_by=TERMINAL,
        acknowledged=False,
        reason=None,
        resolved_from=concluded.evidence.source if doubtful else tender.resolved_from,
    )
    return told_back(
        sale,
        tender,
        back,
        moment,
        charge=evidence.of_tender(tender),
        known=evidence.of_concluded(concluded),
    )


def told_back(
    sale: Sale,
    before: Tender,
    back: Tender,
    moment: Moment,
    *,
    charge: evidence.Told,
    known: evidence.Told,
) -> Decision:
    """Tell that the tender's money is back, what that settles, and what follows from it.

    `charge` is what was given back, `known` by what that is known.
    """
    first = happen(with_tender(sale, back), "tender_refunded", tender=back.number, moment=moment)
    settled = decide_case.given_back(first.sale, charge, moment)
    last = (first, *settled)[-1].sale
    return told_in_order(
        first, *settled, *decide_void.money_back(last, before, back, known, moment)
    )


def _second(
    sale: Sale,
    tender: Tender,
    operation: Operation,
    concluded: OperationConcluded,
    moment: Moment,
) -> Decision:
    """Given back already: the very same entry again changes nothing, another is a case."""
    slip_number = evidence.slip_of(concluded)
    known = {tender.voided_by, *(each.slip_number for each in tender.operations if each.gives_back)}
    same = slip_number in known if slip_number is not None else operation.ended
    if same and tender.refunded_by != CASH:
        return _joined(sale, tender, operation, concluded, moment)
    told = evidence.of_concluded(concluded)
    return told_in_order(
        *decide_case.open_case(
            sale, "refunded_twice", tender.number, told, amount=concluded.amount, moment=moment
        ),
        sale=sale,
    )


def _joined(
    sale: Sale,
    tender: Tender,
    operation: Operation,
    concluded: OperationConcluded,
    moment: Moment,
) -> Decision:
    """The journal was faster: the refund's own word joins what it has shown already, once."""
    if operation.ended:
        return unchanged(sale)
    kept = tender.with_operation(_given(operation, concluded))
    return changed(with_tender(sale, kept), CONFIRMED, tender=tender.number, moment=moment)


def _given(operation: Operation, concluded: OperationConcluded) -> Operation:
    return replace(
        operation,
        kind=concluded.kind,
        state=TenderState.REFUNDED,
        ended=True,
        slip_number=evidence.slip_of(concluded),
        slip=concluded.slip,
        evidence=concluded.evidence,
    )


def _stands(sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment) -> Decision:
    """Nothing was given back: the payment stands, and nobody waits for 伝票取消 any more."""
    state = _STATES[concluded.outcome]
    operation = replace(
        tender.operation, state=state, ended=True, evidence=concluded.evidence, slip=concluded.slip
    )
    stands = replace(
        tender.with_operation(operation),
        state=TenderState.APPROVED,
        reason=concluded.reason or str(state),
        disconnected=False,
        released_by=None,
        overridden=False,
    )
    after = replace(with_tender(sale, stands), void_wanted=None)
    first = happen(after, f"refund_{state}", tender=tender.number, moment=moment)
    if sale.state is not SaleState.VOIDED:
        return told_in_order(first)
    # Voided by a manager's word that it was given back, and it was not.
    told = evidence.of_concluded(concluded)
    held = decide_case.open_case(
        first.sale, "contrary_evidence", tender.number, told, amount=tender.amount, moment=moment
    )
    return told_in_order(first, *held)


def _incomplete(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """処理未了: the touch broke off. The terminal is free, whether money went back is not known."""
    if tender.operation.ended and tender.state is TenderState.REFUND_IN_DOUBT:
        return unchanged(sale)
    return _in_doubt(sale, tender, concluded, "incomplete", moment)


def _mismatched(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment, to: TenderState
) -> Decision:
    """An answer about another operation or amount is a case, and the refund is in doubt."""
    kind = evidence.mismatch(tender.amount, concluded) or "foreign_result"
    first = unchanged(sale)
    if to is not tender.state:
        first = _in_doubt(sale, tender, concluded, kind, moment)
    charged = concluded.kind is OperationKind.PAYMENT
    case = decide_case.open_case(
        first.sale,
        kind,
        tender.number,
        evidence.of_concluded(concluded),
        amount=concluded.amount,
        moment=moment,
        ways=None if charged else decide_case.WAYS["refunded_twice"],
    )
    return told_in_order(*first.happened, *case, sale=first.sale)


def _in_doubt(
    sale: Sale, tender: Tender, concluded: OperationConcluded, reason: str, moment: Moment
) -> Decision:
    ended = not evidence.is_of_another(concluded)
    operation = replace(
        tender.operation,
        state=TenderState.REFUND_IN_DOUBT,
        ended=ended,
        evidence=concluded.evidence if ended else tender.operation.evidence,
    )
    new = tender.state is not TenderState.REFUND_IN_DOUBT
    doubted = replace(
        tender.with_operation(operation),
        state=TenderState.REFUND_IN_DOUBT,
        reason=reason,
        doubted_at=moment.at if new else tender.doubted_at,
    )
    name = f"tender_{doubted.state}"
    return changed(with_tender(sale, doubted), name, tender=tender.number, moment=moment)
