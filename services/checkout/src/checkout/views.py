"""The sale as others see it: the outward JSON of `http-api.md`, drawn from the model."""

from typing import Final, Literal, TypeVar

from msgspec import UNSET, UnsetType

from checkout.model import DOUBT_STATES, Case, Happened, Moment, Sale, Seat, Tender, Voided
from contracts.cases import CaseView
from contracts.identifiers import EventId
from contracts.money import Yen
from contracts.sales import (
    CorrectionView,
    DoubtView,
    Method,
    OperationView,
    SaleEvent,
    SaleView,
    TenderView,
    VoidView,
)
from contracts.seats import SeatView

Given = TypeVar("Given")


def _given(value: Given | None) -> Given | UnsetType:
    """Return the value, or what leaves the field out of the JSON."""
    return UNSET if value is None else value


def tender_view(tender: Tender) -> TenderView:
    """Return one part of the payment; `screen` is live and added by `front`."""
    return TenderView(
        number=tender.number,
        method=tender.method,
        amount=tender.amount,
        state=tender.state,
        counted=tender.counted,
        operations=tuple(
            OperationView(
                id=operation.id,
                kind=operation.kind,
                state=str(operation.state),
                slip_number=operation.slip_number,
                at=operation.at,
                evidence=_given(operation.evidence),
            )
            for operation in tender.operations
        ),
        received=_given(tender.received),
        change=tender.change if tender.method is Method.CASH else UNSET,
        kind=_given(tender.kind),
        note=_given(tender.note),
        stands_for=_given(tender.stands_for),
        terminal=_given(tender.terminal),
        media=_given(tender.media),
        brand=_given(tender.brand),
        payment_condition=_given(tender.payment_condition),
        entry=_given(tender.entry),
        slip_number=_given(tender.slip_number),
        approval_code=_given(tender.approval_code),
        card_number=_given(tender.card_number),
        order_number=_given(tender.order_number),
        terminal_business_date=_given(tender.terminal_business_date),
        reason=_given(tender.reason),
        disconnected=tender.disconnected,
        acknowledged=tender.acknowledged,
        resolved_from=_given(tender.resolved_from),
        released_by=_given(tender.released_by),
        authorised_by=_given(tender.authorised_by),
        doubt=doubt_view(tender),
        voided_by=_given(tender.voided_by),
        refunded_by=_given(_REFUNDED_BY.get(tender.refunded_by or "")),
    )


def doubt_view(tender: Tender) -> DoubtView | UnsetType:
    """Return why the outcome is not known, while it is not; how often it was asked is live."""
    if tender.state not in DOUBT_STATES:
        return UNSET
    return DoubtView(
        reason=tender.reason or "unknown",
        since=tender.doubted_at or tender.operation.at,
        presumed=_PRESUMED.get(tender.presumed or ""),
        investigate_until=tender.investigate_until,
    )


_REFUNDED_BY: Final[dict[str, Literal["terminal", "cash"]]] = {
    "terminal": "terminal",
    "cash": "cash",
}

_PRESUMED: Final[dict[str, Literal["sold", "not_sold"]]] = {"sold": "sold", "not_sold": "not_sold"}


def case_view(case: Case, sale: Sale) -> CaseView:
    """Return one difference of the sale."""
    return CaseView(
        id=case.id,
        kind=case.kind,
        store=sale.store,
        register=sale.register,
        sale=sale.id,
        tender=case.tender,
        amount=case.amount,
        evidence=case.evidence,
        opened_at=case.opened_at,
        ways=case.ways,
        state=case.state,
        sale_number=sale.number,
        settled_at=_given(case.settled_at),
        settled_by=_given(case.settled_by),
        authorised_by=_given(case.authorised_by),
        way=_given(case.way),
        reason=_given(case.reason),
    )


def seat_view(seat: Seat) -> SeatView:
    """Return which page has a register."""
    return SeatView(
        store=seat.store,
        register=seat.register,
        page=seat.page,
        operator=seat.operator,
        since=seat.since,
    )


def sale_view(sale: Sale) -> SaleView:
    """Return the whole sale. Nothing is owed any more by one that was closed or abandoned."""
    return SaleView(
        id=sale.id,
        number=sale.number,
        store=sale.store,
        register=sale.register,
        business_date=sale.business_date,
        state=sale.state,
        total=sale.total,
        paid=sale.paid,
        pending=sale.pending,
        balance=Yen(max(0, sale.balance)),
        change=sale.change,
        void_due=sale.void_due,
        lines=sale.lines,
        tenders=tuple(tender_view(tender) for tender in sale.tenders),
        cases=tuple(case_view(case, sale) for case in sale.cases),
        operator=sale.operator,
        parked=sale.parked,
        opened_at=sale.opened_at,
        closed_at=sale.closed_at,
        sequence=sale.sequence,
        void_wanted=sale.void_wanted is not None,
        void=UNSET if sale.voided is None else _void_view(sale.voided),
        corrections=tuple(
            CorrectionView(
                at=each.at,
                by=each.by,
                authorised_by=each.authorised_by,
                corrects=each.corrects,
                reason=each.reason,
            )
            for each in sale.corrections
        ),
    )


def _void_view(voided: Voided) -> VoidView:
    return VoidView(
        at=voided.at,
        by=voided.by,
        handed_back=voided.handed_back,
        authorised_by=_given(voided.authorised_by),
        reason=voided.reason,
    )


def event_view(happened: Happened, event_id: EventId, moment: Moment) -> SaleEvent:
    """Return the durable event: the change, and the sale as it stands after it."""
    sale = happened.sale
    return SaleEvent(
        id=event_id,
        company=sale.company,
        store=sale.store,
        register=sale.register,
        sale_id=sale.id,
        sequence=sale.sequence,
        name=happened.name,
        tender=happened.tender,
        at=moment.at,
        by=happened.by,
        sale=sale_view(sale),
    )
