"""Money back on the terminal: what is asked and what is refused. Pure.

A refund is for a whole tender, with an operation of its own.
"""

from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from checkout import decide_void, evidence
from checkout.authority import confirmed_by, manager_of
from checkout.change import changed, unchanged, with_tender
from checkout.decide_refunded import CASH, TERMINAL, told_back
from checkout.decide_sale import refuse_sale
from checkout.model import (
    Decision,
    Moment,
    Operation,
    Refused,
    Sale,
    StartWanted,
    Tender,
)
from checkout.tables import COMMAND_REFUSALS, TENDER_ROWS, Happening, SaleCommand
from contracts.identifiers import BusinessDate, OperationId, RegisterCode, SlipNumber
from contracts.operations import OperationKind
from contracts.refunds import RefundTender
from contracts.sales import SaleState, TenderState
from contracts.stores import BrandRule

ANOTHER_TERMINAL: Final = "another_terminal"


class Terms(Struct, frozen=True, kw_only=True):
    """What a refund depends on beside the sale.

    `register` holds the very terminal that took the money, None: that one is gone.
    `terminal_day` is the terminal's own, asked just now; `newest` the slip of the last approval in
    its history, looked for only where the rule asks for it.
    """

    rule: BrandRule
    today: BusinessDate
    operation_id: OperationId
    register: RegisterCode | None = None
    terminal_day: BusinessDate | None = None
    newest: SlipNumber | None = None
    asked: bool = False
    """Whether the terminal was asked for the two."""
    busy_with: OperationId | None = None
    needs_manager: bool = False


def refund_tender(
    sale: Sale, asked: RefundTender, terms: Terms, moment: Moment
) -> Decision | Refused:
    """Ask for the whole tender's money back, or hand it back in cash where nothing else is left."""
    refused = refuse_refund(sale, asked, terms, moment)
    tender = sale.tender(asked.tender)
    if refused is not None or tender is None:
        return refused or _unknown(asked.tender)
    if asked.by == CASH:
        return _in_cash(sale, tender, asked, moment)
    return _ask(sale, tender, asked, terms, moment)


def refuse_refund(sale: Sale, asked: RefundTender, terms: Terms, moment: Moment) -> Refused | None:
    """Return what forbids it, as far as is known without asking the terminal (`Terms.asked`).

    In this order: the sale's state, the tender's, who asks, the brand's rule, the terminal.
    """
    refused = _refuse_state(sale, asked, moment, needs_manager=terms.needs_manager)
    tender = sale.tender(asked.tender)
    if refused is not None or tender is None:
        return refused
    if asked.by == CASH:
        return _refuse_cash(terms.rule)
    return _refuse_brand(sale, tender, terms) or _refuse_place(tender, terms)


def _refuse_state(
    sale: Sale, asked: RefundTender, moment: Moment, *, needs_manager: bool
) -> Refused | None:
    refused = refuse_sale(sale, SaleCommand.REFUND)
    if refused is not None:
        return refused
    tender = sale.tender(asked.tender)
    if tender is None:
        return _unknown(asked.tender)
    command = Happening.REFUND_IN_CASH if asked.by == CASH else Happening.REFUND
    if (tender.state, command) not in TENDER_ROWS:
        code = COMMAND_REFUSALS[command][tender.state]
        return Refused(code=code, fields={"tender": tender.number, "state": str(tender.state)})
    if asked.void and sale.state is not SaleState.CLOSED:
        return Refused(code="sale_not_closed", fields={"state": str(sale.state)})
    if needs_manager and manager_of(moment, sale.store) is None:
        return Refused(code="authorisation_required", fields={"tender": tender.number})
    return None


def _refuse_cash(rule: BrandRule) -> Refused | None:
    if not rule.cancellable and CASH in rule.ways:
        return None
    ways = [TERMINAL, *rule.ways] if rule.cancellable else list(rule.ways)
    return Refused(code="card_money_not_in_cash", fields={"brand": rule.brand, "ways": ways})


def _refuse_brand(sale: Sale, tender: Tender, terms: Terms) -> Refused | None:
    rule = terms.rule
    number = tender.order_number if rule.media == "code" else tender.slip_number
    reason = None
    if not rule.cancellable:
        reason = rule.reason or "brand"
    elif rule.window_days is not None and _days_since(sale, tender, terms) > rule.window_days:
        reason = "window_over"
    elif rule.last_only and terms.asked and terms.newest != tender.journal_number:
        reason = "not_the_last"
    elif number is None:
        reason = "number_unknown"
    if reason is None:
        return None
    fields: dict[str, str | int | bool | list[str] | None] = {
        "reason": reason,
        "brand": rule.brand,
        "ways": list(rule.ways),
        "window_days": rule.window_days,
    }
    return Refused(code="not_cancellable", fields=fields)


def _days_since(sale: Sale, tender: Tender, terms: Terms) -> int:
    paid_on = date.fromisoformat(tender.terminal_business_date or sale.business_date)
    return (date.fromisoformat(terms.today) - paid_on).days


def _refuse_place(tender: Tender, terms: Terms) -> Refused | None:
    rule = terms.rule
    if terms.register is None:
        elsewhere = [] if rule.same_terminal_only else [ANOTHER_TERMINAL]
        ways = [*elsewhere, *rule.ways]
        return Refused(
            code="original_terminal_gone", fields={"terminal": tender.terminal, "ways": ways}
        )
    if terms.busy_with is not None:
        return Refused(
            code="terminal_busy",
            fields={"terminal": tender.terminal, "operation": terms.busy_with},
        )
    return None


def _ask(sale: Sale, tender: Tender, asked: RefundTender, terms: Terms, moment: Moment) -> Decision:
    assert terms.register is not None, "refused above"  # noqa: S101 - house style 12
    operation = Operation(
        id=terms.operation_id,
        kind=proposed(sale, tender, terms.terminal_day),
        terminal=tender.payment.terminal,
        state=TenderState.REFUNDING,
        at=moment.at,
    )
    refunding = replace(
        tender,
        state=TENDER_ROWS[tender.state, Happening.REFUND].to,
        operations=(*tender.operations, operation),
        reason=None,
        disconnected=False,
        released_by=None,
        overridden=False,
        doubted_at=None,
        given_up=False,
        authorised_by=confirmed_by(moment, sale.store) or tender.authorised_by,
    )
    if asked.void:
        sale = decide_void.wanting(sale, moment)
    after = with_tender(sale, refunding)
    decision = changed(after, f"tender_{refunding.state}", tender=tender.number, moment=moment)
    start = StartWanted(
        operation_id=operation.id,
        terminal=operation.terminal,
        register=terms.register,
        tender=tender.number,
        amount=tender.amount,
        kind=operation.kind,
        original_slip_number=tender.slip_number,
        original_order_number=tender.order_number,
    )
    return replace(decision, start=start)


def proposed(sale: Sale, tender: Tender, terminal_day: BusinessDate | None) -> OperationKind:
    """取消 on the terminal's own business day, 返品 after its close. What it then says, wins."""
    paid_on = tender.terminal_business_date or sale.business_date
    same_day = terminal_day is None or terminal_day == paid_on
    return OperationKind.VOID if same_day else OperationKind.RETURN


def _in_cash(sale: Sale, tender: Tender, asked: RefundTender, moment: Moment) -> Decision:
    """The brand's rule leaves cash only: the cashier hands it back, the terminal keeps its own."""
    back = replace(
        tender,
        state=TENDER_ROWS[tender.state, Happening.REFUND_IN_CASH].to,
        counted=False,
        refunded_by=CASH,
        acknowledged=False,
        authorised_by=confirmed_by(moment, sale.store) or tender.authorised_by,
    )
    if asked.void:
        sale = decide_void.wanting(sale, moment)
    charge = evidence.of_tender(tender)
    return told_back(sale, tender, back, moment, charge=charge, known=charge)


def withdraw_refund(sale: Sale, operation_id: OperationId, moment: Moment) -> Decision:
    """Nothing was started, by proof: the tender is as it was. Moved on since: nothing changes."""
    tender = sale.tender_of(operation_id)
    if tender is None or tender.operation.id != operation_id:
        return unchanged(sale)
    row = TENDER_ROWS.get((tender.state, Happening.WITHDRAWN))
    if row is None or not tender.operation.gives_back:
        return unchanged(sale)
    before = replace(tender, state=row.to, operations=tender.operations[:-1])
    after = replace(with_tender(sale, before), void_wanted=None)
    return changed(after, "refund_withdrawn", tender=tender.number, moment=moment)


def _unknown(number: int) -> Refused:
    return Refused(code="unknown_tender", fields={"tender": number})
