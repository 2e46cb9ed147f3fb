"""What the cashier may do to a tender. Refusals first, in their order; then what cannot fail."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from checkout import decide_case
from checkout.authority import confirmed_by
from checkout.change import changed, happen, unchanged, with_tender, without_tender
from checkout.decide_sale import refuse_sale
from checkout.model import (
    LIVE_STATES,
    AbortWanted,
    Decision,
    Moment,
    Operation,
    Refused,
    Sale,
    StartWanted,
    Tender,
)
from checkout.tables import (
    COMMAND_REFUSALS,
    TENDER_ROWS,
    WAITING_REFUSALS,
    Act,
    Happening,
    SaleCommand,
)
from contracts.identifiers import OperationId, TerminalCode
from contracts.money import AMOUNT_MAX, Yen
from contracts.operations import OperationKind
from contracts.sales import TENDERS_MAX, AddTender, Method, TenderState


class TerminalAtHand(Struct, frozen=True, kw_only=True):
    """The terminal that the register holds, and what is open on it already."""

    terminal: TerminalCode
    busy_with: OperationId | None
    operation_id: OperationId
    """An unused id for the operation that may be asked."""


def add_tender(
    sale: Sale, asked: AddTender, *, at_hand: TerminalAtHand | None, moment: Moment
) -> Decision | Refused:
    """Pay a part of the sale. `at_hand` is None where the register holds no terminal."""
    refused = (
        refuse_sale(sale, SaleCommand.ADD_TENDER)
        or _refuse_terminal(sale, asked, at_hand, moment)
        or _refuse_too_many(sale)
        or _refuse_amount(sale, asked)
        or _refuse_details(sale, asked)
    )
    if refused is not None:
        return refused
    number = sale.tenders_opened + 1
    sale = replace(sale, tenders_opened=number)
    if asked.method is Method.TERMINAL:
        assert at_hand is not None, "refused above"  # noqa: S101 - house style 12
        return _request(sale, number, asked, at_hand, moment)
    tender = Tender(
        number=number,
        method=asked.method,
        amount=Yen(asked.amount),
        state=TenderState.APPROVED,
        counted=True,
        received=None if asked.received is None else Yen(asked.received),
        kind=asked.kind,
        note=asked.note,
        stands_for=asked.stands_for,
    )
    return changed(with_tender(sale, tender), "tender_approved", tender=number, moment=moment)


def _request(
    sale: Sale,
    number: int,
    asked: AddTender,
    at_hand: TerminalAtHand,
    moment: Moment,
) -> Decision:
    doubted = [tender for tender in sale.tenders if tender.unclear]
    amount = Yen(asked.amount)
    for tender in doubted:
        # The gateway alone knows whether the terminal is free; it refuses where it is not.
        sale = with_tender(sale, replace(tender, overridden=True))
    operation = Operation(
        id=at_hand.operation_id,
        kind=OperationKind.PAYMENT,
        terminal=at_hand.terminal,
        state=TenderState.REQUESTED,
        at=moment.at,
    )
    tender = Tender(
        number=number,
        method=Method.TERMINAL,
        amount=amount,
        state=TenderState.REQUESTED,
        counted=False,
        operations=(operation,),
        terminal=at_hand.terminal,
        authorised_by=confirmed_by(moment, sale.store) if doubted else None,
    )
    decision = changed(with_tender(sale, tender), "tender_requested", tender=number, moment=moment)
    start = StartWanted(
        operation_id=operation.id,
        terminal=operation.terminal,
        register=sale.register,
        tender=number,
        amount=amount,
    )
    return replace(decision, start=start)


def _refuse_terminal(
    sale: Sale, asked: AddTender, at_hand: TerminalAtHand | None, moment: Moment
) -> Refused | None:
    if asked.method is not Method.TERMINAL:
        return None
    doubted = [tender for tender in sale.tenders if tender.unclear]
    if doubted and moment.authority is None:
        return Refused(code="tender_in_doubt", fields={"tender": doubted[0].number})
    if doubted and confirmed_by(moment, sale.store) is None:
        return Refused(code="authorisation_required", fields={"tender": doubted[0].number})
    if at_hand is None:
        return Refused(code="no_terminal_paired", fields={"register": sale.register})
    overridden = {operation.id for tender in doubted for operation in tender.operations}
    if at_hand.busy_with is not None and at_hand.busy_with not in overridden:
        return Refused(
            code="terminal_busy",
            fields={"terminal": at_hand.terminal, "operation": at_hand.busy_with},
        )
    return None


def _refuse_too_many(sale: Sale) -> Refused | None:
    live = sum(1 for tender in sale.tenders if tender.state in LIVE_STATES)
    if live >= TENDERS_MAX:
        return Refused(code="too_many_tenders", fields={"limit": TENDERS_MAX})
    return None


def _refuse_amount(sale: Sale, asked: AddTender) -> Refused | None:
    if not 1 <= asked.amount <= AMOUNT_MAX:
        return Refused(code="invalid_amount", fields={"limit": AMOUNT_MAX})
    if asked.amount > sale.balance:
        return Refused(code="amount_exceeds_balance", fields={"balance": sale.balance})
    return None


def _refuse_details(sale: Sale, asked: AddTender) -> Refused | None:
    """What only one method knows is refused on another: it would be money with a false story."""
    given = {"received": asked.received, "kind": asked.kind, "stands_for": asked.stands_for}
    for field, method in _BELONGS_TO.items():
        if given[field] is not None and asked.method is not method:
            return Refused(code="invalid_body", fields={"field": field})
    if asked.received is not None:
        if not 1 <= asked.received <= AMOUNT_MAX:
            return Refused(code="invalid_amount", fields={"field": "received"})
        if asked.received < asked.amount:
            return Refused(code="received_too_small", fields={"amount": asked.amount})
    if asked.method is Method.OTHER and asked.kind is None:
        return Refused(code="kind_required")
    return None if asked.stands_for is None else _refuse_stand_in(sale, asked)


_BELONGS_TO: Final = {
    "received": Method.CASH,
    "kind": Method.OTHER,
    "stands_for": Method.OTHER,
}


def _refuse_stand_in(sale: Sale, asked: AddTender) -> Refused | None:
    """The same money, once: one stand-in for a tender in doubt, and not for more than it."""
    doubted = sale.tender(asked.stands_for or 0)
    taken = any(tender.stands_for == asked.stands_for for tender in sale.tenders)
    if doubted is None or doubted.state is not TenderState.IN_DOUBT or taken:
        return Refused(
            code="stands_for_not_in_doubt", fields={"stands_for": asked.stands_for, "taken": taken}
        )
    if asked.amount > doubted.amount:
        return Refused(code="amount_exceeds_balance", fields={"balance": doubted.amount})
    return None


def remove_tender(sale: Sale, number: int, moment: Moment) -> Decision | Refused:
    """× on cash and other: gone at once. Money on a terminal is given back by the terminal."""
    refused = refuse_sale(sale, SaleCommand.REMOVE_TENDER)
    if refused is not None:
        return refused
    tender = sale.tender(number)
    if tender is None:
        return _unknown(number)
    if tender.method is Method.TERMINAL:
        code = WAITING_REFUSALS[tender.state]
        return Refused(code=code, fields={"tender": number, "state": str(tender.state)})
    gone = without_tender(sale, number)
    first = happen(gone, "tender_removed", tender=number, moment=moment)
    happened = (first, *decide_case.removed(first.sale, number, moment))
    return Decision(sale=happened[-1].sale, happened=happened)


def cancel_tender(sale: Sale, number: int) -> Decision | Refused:
    """取消を依頼: the terminal is asked to stop; the tender waits on for its word."""
    found = _row(sale, number, Happening.CANCEL)
    if isinstance(found, Refused):
        return found
    return Decision(sale=sale, abort=_abort(found[0]))


def disconnect_tender(sale: Sale, number: int, moment: Moment) -> Decision | Refused:
    """切断する: the same abort, and the cashier no longer waits. In doubt nothing changes."""
    found = _row(sale, number, Happening.DISCONNECT)
    if isinstance(found, Refused):
        return found
    tender, act = found
    if act is Act.STAY:
        return unchanged(sale)
    if tender.disconnected:
        return Decision(sale=sale, abort=_abort(tender))
    after = with_tender(sale, replace(tender, disconnected=True))
    decision = changed(after, "tender_disconnected", tender=number, moment=moment)
    return replace(decision, abort=_abort(tender))


def release_tender(sale: Sale, number: int, moment: Moment) -> Decision | Refused:
    """Let the sale go on without an answer: its amount is owed again, the asking goes on."""
    found = _row(sale, number, Happening.RELEASE)
    if isinstance(found, Refused):
        return found
    tender = found[0]
    if tender.released_by is not None:
        return unchanged(sale)
    after = with_tender(sale, replace(tender, released_by=moment.by))
    return changed(after, "tender_released", tender=number, moment=moment)


def acknowledge_tender(sale: Sale, number: int, moment: Moment) -> Decision | Refused:
    """The OK of 支払完了 or 払戻完了."""
    found = _row(sale, number, Happening.ACKNOWLEDGE)
    if isinstance(found, Refused):
        return found
    tender = found[0]
    if tender.acknowledged:
        return unchanged(sale)
    after = with_tender(sale, replace(tender, acknowledged=True))
    return changed(after, "tender_acknowledged", tender=number, moment=moment)


def withdraw_tender(sale: Sale, operation_id: OperationId, moment: Moment) -> Decision:
    """Nothing was started, by proof: no tender is left. Once it has moved on, nothing changes."""
    tender = sale.tender_of(operation_id)
    row = None if tender is None else TENDER_ROWS.get((tender.state, Happening.WITHDRAWN))
    if tender is None or row is None or tender.payment.id != operation_id:
        return unchanged(sale)
    after = without_tender(sale, tender.number)
    return changed(after, "tender_withdrawn", tender=tender.number, moment=moment)


def _row(sale: Sale, number: int, command: Happening) -> tuple[Tender, Act] | Refused:
    tender = sale.tender(number)
    if tender is None:
        return _unknown(number)
    row = TENDER_ROWS.get((tender.state, command))
    if row is None:
        code = COMMAND_REFUSALS[command][tender.state]
        return Refused(code=code, fields={"tender": number, "state": str(tender.state)})
    return tender, row.act


def _abort(tender: Tender) -> AbortWanted:
    return AbortWanted(operation_id=tender.operation.id, terminal=tender.operation.terminal)


def _unknown(number: int) -> Refused:
    return Refused(code="unknown_tender", fields={"tender": number})
