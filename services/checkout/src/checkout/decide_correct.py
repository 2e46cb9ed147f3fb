"""伝票訂正: the tenders of a closed sale put right, with the terminal's record as proof. Pure.

What stood before is in the sale's events; only cash and other tenders leave the sale.
"""

from typing import Final

from msgspec.structs import replace

from checkout import decide_case, evidence
from checkout.authority import manager_of
from checkout.change import happen, told_in_order
from checkout.decide_sale import refuse_sale
from checkout.model import Corrected, Decision, Happened, Moment, Refused, Sale, Tender
from checkout.tables import SaleCommand
from contracts.money import AMOUNT_MAX, Yen
from contracts.refunds import CorrectedTender, CorrectSale
from contracts.sales import Method, TenderState

DUE: Final = frozenset({"refunded_after_close", "refund_not_voided"})
"""Kinds of case that a list which adds up again settles."""


def correct_sale(sale: Sale, asked: CorrectSale, moment: Moment) -> Decision | Refused:
    """Put the tenders right; the total is what it was."""
    refused = _refuse_unasked(sale, asked, moment) or _refuse_terminal(sale, asked)
    if refused is not None:
        return refused
    manager = manager_of(moment, sale.store)
    assert manager is not None, "refused above"  # noqa: S101 - house style 12
    corrected = Corrected(
        at=moment.at,
        by=moment.by,
        authorised_by=manager,
        corrects=sale.sequence,
        reason=asked.reason,
    )
    tenders, opened = _list(sale, asked)
    after = replace(
        sale,
        tenders=tenders,
        tenders_opened=opened,
        corrections=(*sale.corrections, corrected),
        void_wanted=None,
    )
    first = happen(after, "sale_corrected", tender=None, moment=moment)
    return told_in_order(first, *_settled(sale, first.sale, moment))


def to_be_proven(sale: Sale, asked: CorrectSale, moment: Moment) -> tuple[Tender, ...]:
    """Return the tenders of which the terminal's record has to be read before it is decided.

    None where it is refused whatever any terminal says.
    """
    refused = _refuse_unasked(sale, asked, moment)
    return () if refused is not None else _dropped(sale, asked)


def _refuse_unasked(sale: Sale, asked: CorrectSale, moment: Moment) -> Refused | None:
    """Return what forbids it whatever any terminal says."""
    return (
        refuse_sale(sale, SaleCommand.CORRECT)
        or _refuse_person(sale, moment)
        or _refuse_lines(sale, asked)
        or _refuse_sum(sale, asked)
    )


def _dropped(sale: Sale, asked: CorrectSale) -> tuple[Tender, ...]:
    """Return the terminal tenders that paid, and that the new list leaves out."""
    kept = {line.number for line in asked.tenders}
    return tuple(
        tender
        for tender in sale.tenders
        if tender.method is Method.TERMINAL and tender.holds and tender.number not in kept
    )


def _refuse_person(sale: Sale, moment: Moment) -> Refused | None:
    return None if manager_of(moment, sale.store) else Refused(code="authorisation_required")


def _refuse_lines(sale: Sale, asked: CorrectSale) -> Refused | None:
    """Each line names a tender of the sale, once, or is whole by itself."""
    numbers = [line.number for line in asked.tenders if line.number is not None]
    for number in numbers:
        if sale.tender(number) is None:
            return Refused(code="unknown_tender", fields={"tender": number})
        if numbers.count(number) > 1:
            return Refused(code="invalid_body", fields={"field": "tenders"})
        if any(line != CorrectedTender(number=line.number) for line in _named(asked, number)):
            return Refused(code="invalid_body", fields={"field": "tenders"})
    for line in asked.tenders:
        if line.number is None:
            refused = _refuse_new(line)
            if refused is not None:
                return refused
    return None


def _named(asked: CorrectSale, number: int) -> tuple[CorrectedTender, ...]:
    return tuple(line for line in asked.tenders if line.number == number)


def _refuse_new(line: CorrectedTender) -> Refused | None:
    if line.method is None or line.amount is None:
        return Refused(code="invalid_body", fields={"field": "method"})
    if not 1 <= line.amount <= AMOUNT_MAX:
        return Refused(code="invalid_amount", fields={"limit": AMOUNT_MAX})
    if line.received is not None and line.received < line.amount:
        return Refused(code="received_too_small", fields={"amount": line.amount})
    if line.method == Method.OTHER and line.kind is None:
        return Refused(code="kind_required")
    return None


def _refuse_terminal(sale: Sale, asked: CorrectSale) -> Refused | None:
    """What stays is approved, what goes was given back: by the terminal's own record."""
    wrong = [str(tender.number) for tender in _dropped(sale, asked)]
    for line in asked.tenders:
        tender = None if line.number is None else sale.tender(line.number)
        if tender is not None and tender.state is not TenderState.APPROVED:
            wrong.append(str(tender.number))
    if not wrong:
        return None
    return Refused(code="tenders_do_not_match_terminal", fields={"tenders": wrong})


def _refuse_sum(sale: Sale, asked: CorrectSale) -> Refused | None:
    added = sum(_amount(sale, line) for line in asked.tenders)
    if added == sale.total:
        return None
    return Refused(code="tenders_do_not_add_up", fields={"total": sale.total, "sum": added})


def _amount(sale: Sale, line: CorrectedTender) -> int:
    tender = None if line.number is None else sale.tender(line.number)
    return (line.amount or 0) if tender is None else tender.amount


def _list(sale: Sale, asked: CorrectSale) -> tuple[tuple[Tender, ...], int]:
    """Return the tenders as they are now, and how many numbers were given away."""
    kept = {line.number for line in asked.tenders if line.number is not None}
    tenders = [
        replace(tender, counted=tender.number in kept)
        for tender in sale.tenders
        if tender.number in kept or tender.method is Method.TERMINAL or not tender.counted
    ]
    opened = sale.tenders_opened
    for line in asked.tenders:
        if line.number is None:
            opened += 1
            tenders.append(_new(opened, line))
    return tuple(tenders), opened


def _new(number: int, line: CorrectedTender) -> Tender:
    return Tender(
        number=number,
        method=Method(line.method or Method.CASH),
        amount=Yen(line.amount or 0),
        state=TenderState.APPROVED,
        counted=True,
        received=None if line.received is None else Yen(line.received),
        kind=line.kind,
        note=line.note,
    )


def _settled(before: Sale, sale: Sale, moment: Moment) -> tuple[Happened, ...]:
    """Settle what the new list answers: money back, an approval used now, a stand-in gone."""
    happened = decide_case.settle_where(
        sale, lambda case: case.kind in DUE, decide_case.CORRECT, moment
    )
    for tender in sale.tenders:
        was = before.tender(tender.number)
        if tender.method is Method.TERMINAL and tender.counted and was and not was.counted:
            known = evidence.of_tender(tender)
            last = happened[-1].sale if happened else sale
            happened += decide_case.attached(last, tender, moment, known)
    for tender in before.tenders:
        if sale.tender(tender.number) is None:
            last = happened[-1].sale if happened else sale
            happened += decide_case.removed(last, tender.number, moment)
    return happened
