"""What the terminal's word does to a tender. No result is ever dropped: attached, or a case.

Source of the rows: `checkout.tables`. A repeat changes nothing; an answer that does not carry our
operation id and our amount is never taken for the payment.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from checkout import decide_case, decide_refunded, evidence
from checkout.brands import presumed
from checkout.change import (
    changed,
    happen,
    told_in_order,
    unchanged,
    with_tender,
    without_tender,
)
from checkout.decide_refunded import CASH, CONFIRMED, TERMINAL
from checkout.evidence import Told
from checkout.model import REFUND_STATES, Decision, Happened, Moment, Resolution, Sale, Tender
from checkout.tables import SALE_ROWS, TENDER_ROWS, Act, Happening, SaleCommand
from contracts.identifiers import OperationId
from contracts.operations import OperationConcluded, OperationKind, Outcome
from contracts.sales import SaleState, TenderState
from contracts.stores import BrandRule

HAPPENINGS: Final[dict[Outcome, Happening]] = {
    Outcome.APPROVED: Happening.APPROVED,
    Outcome.DECLINED: Happening.DECLINED,
    Outcome.CANCELLED: Happening.CANCELLED,
    Outcome.INCOMPLETE: Happening.INCOMPLETE,
    Outcome.NOT_PERFORMED: Happening.NOT_TAKEN,
}

MONEY: Final = frozenset({Outcome.APPROVED, Outcome.INCOMPLETE})
"""The terminal has or may have the customer's money."""

_TAKEN: Final = frozenset({Happening.APPROVED, Happening.JOURNAL_TAKEN})

CONFIRMING: Final[dict[TenderState, frozenset[Happening]]] = {
    **dict.fromkeys((TenderState.APPROVED, *REFUND_STATES, TenderState.REFUNDED), _TAKEN),
    TenderState.NOT_PERFORMED: frozenset(
        {Happening.NOT_TAKEN, Happening.DECLINED, Happening.CANCELLED}
    ),
}
"""The terminal's words that say what a manager has said before it."""


def happening_of(tender: Tender, concluded: OperationConcluded) -> Happening:
    """Return which column of the table the terminal's word belongs to."""
    if evidence.is_of_another(concluded):
        return Happening.MISMATCHED
    if concluded.voided_by is not None:
        return Happening.JOURNAL_VOIDED
    if evidence.mismatch(tender.amount, concluded) is not None:
        return Happening.MISMATCHED
    if concluded.outcome is Outcome.APPROVED and concluded.evidence.source == "journal":
        return Happening.JOURNAL_TAKEN
    return HAPPENINGS[concluded.outcome]


def conclude(
    sale: Sale, concluded: OperationConcluded, moment: Moment, rules: tuple[BrandRule, ...] = ()
) -> Decision:
    """Take the terminal's word about one of the sale's operations.

    `rules` say what 処理未了 means for a brand (`brand_rule`).
    """
    tender = sale.tender_of(concluded.operation_id)
    if tender is None:
        return _of_nobody(sale, concluded, moment)
    if tender.asked_as(concluded.operation_id).gives_back:
        return decide_refunded.conclude(sale, tender, concluded, moment)
    return _conclude_payment(sale, tender, concluded, moment, rules)


def _conclude_payment(
    sale: Sale,
    tender: Tender,
    concluded: OperationConcluded,
    moment: Moment,
    rules: tuple[BrandRule, ...],
) -> Decision:
    happening = happening_of(tender, concluded)
    act, to = TENDER_ROWS[tender.state, happening]
    if happening is Happening.JOURNAL_VOIDED:
        return _given_back(sale, tender, concluded, moment)
    # After a manager's word 処理未了 says nothing: the terminal knows no better than before.
    says_nothing = happening is Happening.INCOMPLETE and tender.resolution is not None
    again = act is Act.COMPARE and _same(tender, concluded)
    if act is Act.STAY or again or says_nothing:
        return _confirmed(sale, tender, concluded, moment)
    told = _told(tender, concluded, to, happening, moment)
    if act is Act.COUNT:
        return count(sale, told, evidence.of_concluded(concluded), moment)
    if act in (Act.COMPARE, Act.CASE):
        return _open_case(sale, tender, told, concluded, moment)
    if happening is Happening.INCOMPLETE:
        told = presumed(sale, told, rules)
    return _ended_as(sale, tender, told, concluded, moment)


def _ended_as(
    sale: Sale, before: Tender, told: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """No money was taken, or 処理未了: the state is taken, unless that very word was heard."""
    number = told.number
    again = (before.payment.ended, before.reason, before.presumed)
    if told.state is before.state and again == (True, told.reason, told.presumed):
        return unchanged(sale)
    first = happen(with_tender(sale, told), f"tender_{told.state}", tender=number, moment=moment)
    if told.state is TenderState.IN_DOUBT:
        return Decision(sale=first.sale, happened=(first,))
    missing = decide_case.missing_money(
        first.sale, number, evidence.of_concluded(concluded), moment
    )
    return told_in_order(first, *missing)


def _confirmed(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """A repeat changes nothing; after a manager's word the terminal's own is kept as evidence."""
    happening, resolution = happening_of(tender, concluded), tender.resolution
    confirms = happening in CONFIRMING.get(tender.state, frozenset())
    if resolution is None or resolution.answered or not confirms:
        return unchanged(sale)
    told = _told(tender, concluded, tender.state, happening, moment)
    kept = replace(told, resolved_from=tender.resolved_from, counted=tender.counted)
    return changed(with_tender(sale, kept), CONFIRMED, tender=kept.number, moment=moment)


def _given_back(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """The journal shows that this charge was given back on the terminal: it never counts."""
    act, to = TENDER_ROWS[tender.state, Happening.JOURNAL_VOIDED]
    its_own = concluded.amount in (None, tender.amount) and _same(tender, concluded)
    if act is Act.STAY or (act is Act.GIVE_BACK and not its_own):
        return _given_back_else(sale, tender, concluded, moment)
    told = _told(tender, concluded, to, Happening.JOURNAL_VOIDED, moment)
    back = replace(
        told,
        counted=False,
        voided_by=concluded.voided_by,
        refunded_by=TERMINAL,
        acknowledged=False,
    )
    known = evidence.of_concluded(concluded)
    return decide_refunded.told_back(sale, tender, back, moment, charge=known, known=known)


def _given_back_else(
    sale: Sale, tender: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """The charge that was given back is not what the tender stands for, or it was back already."""
    known = evidence.of_concluded(concluded)
    settled = decide_case.given_back(sale, known, moment)
    if tender.refunded_by != CASH:
        return told_in_order(*settled, sale=sale)
    after = settled[-1].sale if settled else sale
    twice = decide_case.open_case(
        after, "refunded_twice", tender.number, known, amount=tender.amount, moment=moment
    )
    return told_in_order(*settled, *twice, sale=sale)


def conclude_late(
    sale: Sale, concluded: OperationConcluded, moment: Moment, rules: tuple[BrandRule, ...] = ()
) -> Decision:
    """Take the word of a gateway that was replaced: evidence, and by itself never a payment.

    What the present one has told already changes nothing; what a manager said is confirmed by it;
    money of which neither spoke is a case.
    """
    decided = conclude(sale, concluded, moment, rules)
    if all(event.name == CONFIRMED for event in decided.happened):
        return decided
    tender = sale.tender_of(concluded.operation_id)
    number = None if tender is None else tender.number
    settled = _case_of_money(sale, "contrary_evidence", number, concluded, moment)
    if concluded.voided_by is None or settled.happened:
        return settled
    # It says that the money went back: the present one may never hear of that, so a person does.
    return _opened(sale, "contrary_evidence", number, concluded, moment)


def progress(sale: Sale, operation_id: OperationId, moment: Moment) -> Decision:
    """The terminal shows that it works on the operation.

    In doubt that brings the wait back, unless the cashier has ended it: after 切断する the way out
    (`release`) must not close again because the terminal was asked and is still at it. Nor where
    the terminal itself has ended it (処理未了): the screen is an old one, long on its way.
    """
    tender = sale.tender_of(operation_id)
    if tender is None or tender.operation.id != operation_id:
        return unchanged(sale)
    act, to = TENDER_ROWS[tender.state, Happening.PROGRESS]
    nobody_waits = tender.released_by is not None or tender.disconnected or tender.operation.ended
    if act is Act.STAY or (act is Act.RESUME and nobody_waits):
        return unchanged(sale)
    return _moved(sale, replace(tender, reason=None), to, moment)


def doubt(sale: Sale, operation_id: OperationId, reason: str, moment: Moment) -> Decision:
    """The outcome cannot be told for now: link lost, silence, a restart, a late acknowledgement."""
    tender = sale.tender_of(operation_id)
    if tender is None or tender.operation.id != operation_id:
        return unchanged(sale)
    act, to = TENDER_ROWS[tender.state, Happening.DOUBTED]
    if act is Act.STAY:
        return unchanged(sale)
    doubted = replace(tender, reason=reason, doubted_at=moment.at)
    return _moved(sale, doubted, to, moment)


def _moved(sale: Sale, tender: Tender, to: TenderState, moment: Moment) -> Decision:
    operation = replace(tender.operation, state=to)
    after = replace(tender, state=to, operations=(*tender.operations[:-1], operation))
    return changed(with_tender(sale, after), f"tender_{to}", tender=tender.number, moment=moment)


_PAYMENT_STATES: Final = dict.fromkeys(REFUND_STATES, TenderState.APPROVED)
"""While money is being given back, the payment itself stands as approved."""


def _told(
    tender: Tender,
    concluded: OperationConcluded,
    to: TenderState,
    happening: Happening,
    moment: Moment,
) -> Tender:
    """Return the tender with all that the terminal told, in the state `to`."""
    if happening is Happening.MISMATCHED:
        ended = _ended(tender, concluded)
        operation = replace(ended.payment, state=to, evidence=concluded.evidence)
        return replace(
            ended.with_operation(operation),
            state=to,
            reason=evidence.mismatch(tender.amount, concluded),
            doubted_at=_since(tender, to, moment),
        )
    slip = concluded.slip or tender.payment.slip
    number = tender.slip_number if slip is None else slip.slip_number
    by_hand = tender.state is TenderState.IN_DOUBT or tender.resolution is not None
    operation = replace(
        tender.payment,
        state=_PAYMENT_STATES.get(to, to),
        ended=True,
        slip_number=number,
        evidence=concluded.evidence,
        slip=slip,
    )
    return replace(
        tender.with_operation(operation),
        state=to,
        serial=concluded.serial,
        media=concluded.media or tender.media,
        brand=concluded.brand or tender.brand,
        entry=concluded.entry or tender.entry,
        payment_condition=None if slip is None else slip.payment_condition or None,
        slip_number=number,
        approval_code=None if slip is None else slip.approval_code or None,
        card_number=None if slip is None else slip.card_number or slip.member_number,
        order_number=concluded.order_number or tender.order_number,
        terminal_business_date=concluded.terminal_business_date or tender.terminal_business_date,
        reason=concluded.reason or ("incomplete" if happening is Happening.INCOMPLETE else None),
        resolved_from=concluded.evidence.source if by_hand else tender.resolved_from,
        doubted_at=_since(tender, to, moment),
        resolution=_answered(tender),
    )


def _since(tender: Tender, to: TenderState, moment: Moment) -> datetime | None:
    """Return since when it is in doubt, also once it no longer is."""
    begins = to is TenderState.IN_DOUBT and tender.state is not to
    return moment.at if begins else tender.doubted_at


def _answered(tender: Tender) -> Resolution | None:
    return None if tender.resolution is None else replace(tender.resolution, answered=True)


def _ended(tender: Tender, concluded: OperationConcluded) -> Tender:
    """The gateway has no more to say, unless the answer was about another operation altogether."""
    if evidence.is_of_another(concluded):
        return tender
    operation = replace(tender.payment, ended=True)
    return replace(tender.with_operation(operation), resolution=_answered(tender))


def _same(tender: Tender, concluded: OperationConcluded) -> bool:
    """The same approval again, or one that tells less: what both tell must agree."""
    told = None if concluded.slip is None else concluded.slip.slip_number
    if concluded.outcome is Outcome.INCOMPLETE:
        # Of the same entry it is the older word, delivered late; of no known one it is contrary.
        return tender.slip_number in {told, concluded.evidence.slip_number} - {None}
    known = (tender.slip_number, tender.terminal_business_date, tender.order_number)
    again = (told, concluded.terminal_business_date, concluded.order_number)
    return all(
        old is None or new is None or old == new for old, new in zip(known, again, strict=True)
    )


def count(sale: Sale, told: Tender, known: Told, moment: Moment) -> Decision:
    """An approval: the sale uses it if it fits, or in place of what stood for it; else a case."""
    number = told.number
    used = replace(told, counted=True)
    uses = _in_place_of_stand_in(sale, used)
    if uses is None and (sale.state, SaleCommand.LATE_APPROVAL) in SALE_ROWS and _fits(sale, used):
        uses = with_tender(sale, used)
    if uses is not None:
        first = happen(uses, "tender_approved", tender=number, moment=moment)
        return told_in_order(first, *decide_case.attached(first.sale, used, moment, known))
    covered = sale.state in (SaleState.PAID, SaleState.CLOSED)
    kind = "paid_twice" if covered else "late_approval"
    attached = happen(
        with_tender(sale, replace(told, counted=False)),
        "tender_approved",
        tender=number,
        moment=moment,
    )
    case = decide_case.open_case(
        attached.sale, kind, number, known, amount=told.amount, moment=moment
    )
    return told_in_order(attached, *case)


def _in_place_of_stand_in(sale: Sale, used: Tender) -> Sale | None:
    """Return the sale with the approval in the place of what stood for it, where it fits so."""
    stand_in = sale.stand_in_for(used.number)
    if stand_in is None or sale.state not in _STAND_IN_GIVES_WAY:
        return None
    freed = without_tender(sale, stand_in.number)
    same_money = sale.state is SaleState.OPEN or stand_in.amount == used.amount
    return with_tender(freed, used) if same_money and _fits(freed, used) else None


_STAND_IN_GIVES_WAY: Final = frozenset({SaleState.OPEN, SaleState.PAID, SaleState.CLOSED})
"""It is the same money, so even a closed sale takes it, for the same amount."""


def _fits(sale: Sale, tender: Tender) -> bool:
    after = with_tender(sale, tender)
    return after.paid + after.pending <= sale.total


def _of_nobody(sale: Sale, concluded: OperationConcluded, moment: Moment) -> Decision:
    """The tender is gone, by proof that nothing was started: money is a case all the same."""
    return _case_of_money(sale, "foreign_result", None, concluded, moment)


def _case_of_money(
    sale: Sale, kind: str, tender: int | None, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """A case, where the terminal has or may have the customer's money; given back: settled."""
    if concluded.voided_by is not None:
        known = evidence.of_concluded(concluded)
        return told_in_order(*decide_case.given_back(sale, known, moment), sale=sale)
    if concluded.outcome not in MONEY:
        return unchanged(sale)
    return _opened(sale, kind, tender, concluded, moment)


def _opened(
    sale: Sale, kind: str, tender: int | None, concluded: OperationConcluded, moment: Moment
) -> Decision:
    # A void or return gave money back already: nobody is to be told to give it back once more.
    gave_back = concluded.voided_by is not None or concluded.kind is not OperationKind.PAYMENT
    ways = decide_case.WAYS["refunded_twice"] if gave_back else None
    told, amount = evidence.of_concluded(concluded), concluded.amount
    opened = decide_case.open_case(
        sale, kind, tender, told, amount=amount, moment=moment, ways=ways
    )
    return told_in_order(*opened, sale=sale)


def _open_case(
    sale: Sale, before: Tender, told: Tender, concluded: OperationConcluded, moment: Moment
) -> Decision:
    """Open the case and, where the tender's state changes with it, tell that first."""
    # The word about a payment that is already settled must not rewrite what was settled.
    kept = told if told.state is not before.state else _ended(before, concluded)
    number = kept.number
    after = with_tender(sale, kept)
    first: tuple[Happened, ...] = ()
    if kept.state is not before.state:
        first = (happen(after, f"tender_{kept.state}", tender=number, moment=moment),)
        after = first[0].sale
    known = evidence.of_concluded(concluded)
    case = decide_case.open_case(
        after,
        _kind_of(before, concluded),
        number,
        known,
        amount=concluded.amount,
        moment=moment,
        ways=None if concluded.outcome in MONEY else decide_case.MISSING_WAYS,
    )
    after = case[-1].sale if case else after
    settled = decide_case.explained(after, kept, known, moment)
    return told_in_order(*first, *case, *settled, sale=sale)


def _kind_of(tender: Tender, concluded: OperationConcluded) -> str:
    mismatch = evidence.mismatch(tender.amount, concluded)
    if mismatch is not None:
        return mismatch
    if concluded.outcome is not Outcome.APPROVED or tender.resolution is not None:
        return "contrary_evidence"
    if concluded.kind is not OperationKind.PAYMENT:
        return "refunded_twice"
    return "paid_twice"
