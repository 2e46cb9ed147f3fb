"""Which slip is meant, who may see or print it, and what prints by itself. Pure.

`sale-and-tender.md`, acknowledge: a payment's slip prints until the sale is closed; a refund's
until acknowledged, even when the sale is voided already; what is approved after close does not
print by itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from contracts.envelope import Actor, Role
from contracts.identifiers import PrinterCode, PrintJobId, TenderNumber
from contracts.operations import OperationKind
from contracts.receipts import Copy, SlipOf
from contracts.sales import (
    Method,
    OperationView,
    SaleEvent,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from contracts.stores import PrinterEntry, StoreConfiguration, printer_of
from receipts.model import (
    CODE,
    Audit,
    JobState,
    Picked,
    PrintJob,
    Refused,
    SaleRecord,
    Seller,
)

MAY_LOOK: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN, Role.AUDITOR})
MAY_LOOK_ALWAYS: Final = frozenset({Role.MANAGER, Role.ADMIN, Role.AUDITOR})
"""At a merchant's copy, and at any once the register prints it no more."""
MAY_PRINT: Final = frozenset({Role.CASHIER, Role.MANAGER, Role.ADMIN})

REPRINT_STEPS: Final = ["再印字", "業務", "再印字する項目", "実行"]
"""The terminal's own way (manual, 3-1): mode, menu, which item, do it."""

BOTH_COPIES: Final = (Copy.CUSTOMER, Copy.MERCHANT)

JOB_EXPIRES: Final = timedelta(seconds=60)
"""Paper that nobody waits for any more does not come out when the printer is back."""

PRINTED_MEDIA: Final = frozenset({"card", "emoney"})
"""A code payment never has a slip."""

RECEIPT_STATES: Final = frozenset({SaleState.PAID, SaleState.CLOSED, SaleState.VOIDED})

BEFORE_CLOSE: Final = frozenset({SaleState.OPEN, SaleState.PAID})

_APPROVED: Final = "approved"
_BY_HAND: Final = "manager"
_AWAITED: Final = frozenset(
    {
        TenderState.REQUESTED,
        TenderState.IN_PROGRESS,
        TenderState.IN_DOUBT,
        TenderState.REFUNDING,
        TenderState.REFUND_IN_DOUBT,
    }
)


class NotYet(Refused, frozen=True, kw_only=True):
    """Refused for now: what is asked for may be on its way, and is worth waiting for."""


def sees(actor: Actor, store: str) -> bool:
    """Whether the operator may know of that store of its company."""
    return not actor.stores or store in actor.stores


# --- which slip ---


def pick(sale: SaleRecord, number: TenderNumber, wanted: SlipOf | None) -> Picked | Refused:
    """Return the operation whose slip is meant; None: the latest approved one."""
    tender = tender_of(sale.view, number)
    if tender is None:
        return NotYet(code="unknown_tender", fields={"tender": number})
    if tender.method is not Method.TERMINAL:
        return Refused(code="no_slip", fields={"tender": number})
    operation = _latest(tender, wanted)
    if operation is None:
        refusal = NotYet if _may_come(tender, wanted) else Refused
        return refusal(code="no_slip", fields={"tender": number})
    media = _given(tender.media)
    if media == CODE:
        return Refused(code="no_slip_for_code_payment", fields={"tender": number})
    if _by_hand(operation):
        return Refused(code="no_slip", fields={"tender": number})
    of = slip_of(operation)
    return Picked(
        sale=sale,
        tender=number,
        operation_id=operation.id,
        of=of,
        media=media,
        in_time=_in_time(sale.view, tender, of),
    )


def tender_of(sale: SaleView, number: TenderNumber) -> TenderView | None:
    """Return one tender of the sale."""
    return next((tender for tender in sale.tenders if tender.number == number), None)


def slip_of(operation: OperationView) -> SlipOf:
    """Return which of the two papers of a tender belongs to an operation."""
    return SlipOf.PAYMENT if operation.kind is OperationKind.PAYMENT else SlipOf.REFUND


def _latest(tender: TenderView, wanted: SlipOf | None) -> OperationView | None:
    approved = [
        operation
        for operation in tender.operations
        if _is_approved(tender, operation) and wanted in {None, slip_of(operation)}
    ]
    return approved[-1] if approved else None


def _is_approved(tender: TenderView, operation: OperationView) -> bool:
    """An operation keeps its own end; a payment that was given back stays an approved one."""
    if operation.state == _APPROVED:
        return True
    refunded = operation.state == TenderState.REFUNDED
    paid = operation.kind is OperationKind.PAYMENT
    return refunded and (not paid or tender.state is TenderState.REFUNDED)


def _may_come(tender: TenderView, wanted: SlipOf | None) -> bool:
    """Whether an approval may just be on its way to us."""
    if tender.state in _AWAITED:
        return True
    return wanted is SlipOf.REFUND and tender.state is TenderState.APPROVED


def _by_hand(operation: OperationView) -> bool:
    """A manager said so, since no terminal could: no terminal has said what stands on a slip."""
    evidence = operation.evidence
    return evidence is not UNSET and evidence.source == _BY_HAND


def _in_time(sale: SaleView, tender: TenderView, of: SlipOf) -> bool:
    if of is SlipOf.PAYMENT:
        return sale.state in BEFORE_CLOSE
    return not refund_acknowledged(tender)


def refund_acknowledged(tender: TenderView) -> bool:
    """Whether the cashier has tapped OK on 払戻完了."""
    return tender.state is TenderState.REFUNDED and tender.acknowledged


def _given(text: object) -> str:
    return text if isinstance(text, str) else ""


# --- who may ---


def may_look(actor: Actor, picked: Picked, copy: Copy) -> Refused | None:
    """Return why this copy is not for the asker to look at, if it is not."""
    open_to_all = copy is Copy.CUSTOMER and picked.in_time
    allowed = MAY_LOOK if open_to_all else MAY_LOOK_ALWAYS
    return None if actor.role in allowed else not_permitted(actor)


def not_permitted(actor: Actor) -> Refused:
    """Return the refusal for a role."""
    return Refused(code="not_permitted", fields={"role": str(actor.role)})


def may_print(picked: Picked, configuration: StoreConfiguration) -> Refused | None:
    """Return why the register does not print it any more, if it does not."""
    if picked.in_time or configuration.settings.slip_reprint == "register":
        return None
    return Refused(code="reprint_on_terminal", fields={"steps": list(REPRINT_STEPS)})


def refuse_receipt(sale: SaleRecord) -> Refused | None:
    """Return why there is no receipt of the sale, if there is none."""
    if sale.view.state in RECEIPT_STATES:
        return None
    code = "sale_abandoned" if sale.view.state is SaleState.ABANDONED else "no_receipt_yet"
    refusal = NotYet if sale.view.state is SaleState.OPEN else Refused
    return refusal(code=code)


def audit_of_reprint(
    picked: Picked, copies: tuple[Copy, ...], actor: Actor, at: datetime
) -> Audit | None:
    """Return what is written down where a slip is printed that the terminal would reprint."""
    if picked.in_time:
        return None
    return Audit(
        at=at,
        company=picked.sale.company,
        store=picked.sale.store,
        what="slip_reprinted",
        by=actor.operator,
        told={
            "sale": picked.sale.id,
            "tender": picked.tender,
            "operation_id": picked.operation_id,
            "operation": str(picked.of),
            "copies": ",".join(copies),
        },
    )


# --- where it prints ---


def printer_named(
    configuration: StoreConfiguration, code: PrinterCode | None
) -> PrinterEntry | None:
    """Return a printer of the store by its code."""
    return next((entry for entry in configuration.printers if entry.printer == code), None)


def seller_of(configuration: StoreConfiguration, register: str) -> Seller:
    """Return who sells now, as a receipt of this register says it."""
    names = {entry.register: entry.name for entry in configuration.registers}
    return Seller(
        issuer=configuration.settings.issuer,
        store_name=configuration.name,
        register_name=names.get(register, register),
        time_zone=configuration.settings.time_zone,
    )


def with_seller(sale: SaleRecord, configuration: StoreConfiguration | None) -> SaleRecord:
    """Return the sale with who sold it; one that was heard of before its store was: who sells."""
    if sale.seller is not None or configuration is None:
        return sale
    return replace(sale, seller=seller_of(configuration, sale.view.register))


# --- what prints by itself ---


def auto_jobs(
    event: SaleEvent,
    configuration: StoreConfiguration,
    now: datetime,
    new_id: Callable[[], PrintJobId],
) -> tuple[PrintJob, ...]:
    """Return what 自動 prints upon an event: both copies of what its tender was approved for.

    The same event gives jobs for the same operation and copies again: the record keeps the first.
    """
    if configuration.settings.customer_slip != "auto" or event.tender is None:
        return ()
    tender = tender_of(event.sale, event.tender)
    if tender is None or tender.method is not Method.TERMINAL:
        return ()
    operation = _latest(tender, _OF_EVENT.get(event.name))
    if event.name not in _OF_EVENT or operation is None or _by_hand(operation):
        return ()
    of = slip_of(operation)
    if _given(tender.media) not in PRINTED_MEDIA or not _in_time(event.sale, tender, of):
        return ()
    entry = printer_of(configuration, event.register)
    expires_at = event.at + JOB_EXPIRES
    late = "" if now < expires_at else "expired"
    reason = "no_printer" if entry is None else late
    return tuple(
        PrintJob(
            id=new_id(),
            company=event.company,
            store=event.store,
            register=event.register,
            sale=event.sale_id,
            what="slip",
            state=JobState.NOT_PRINTED if reason else JobState.WAITING,
            requested_at=event.at,
            expires_at=expires_at,
            tender=tender.number,
            operation_id=operation.id,
            operation=of,
            copy=copy,
            printer=None if entry is None else entry.printer,
            reason=reason,
            ended_at=now if reason else None,
        )
        for copy in BOTH_COPIES
    )


_OF_EVENT: Final = {
    "tender_approved": SlipOf.PAYMENT,
    "tender_confirmed": SlipOf.PAYMENT,
    "tender_refunded": SlipOf.REFUND,
}
"""Events that say that a terminal has done something for which paper comes out."""
