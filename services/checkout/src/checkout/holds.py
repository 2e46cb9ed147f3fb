"""Operations and cases beside their sales: what guard, resolver and 差異 search by. Pure."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from checkout.model import Case, Operation, Sale, Tender
from contracts.identifiers import (
    BusinessDate,
    CompanyCode,
    OperationId,
    SaleId,
    SerialNumber,
    SlipNumber,
    StoreCode,
    TerminalCode,
)
from contracts.operations import OperationKind


class TerminalHold(Struct, frozen=True, kw_only=True):
    """One operation beside its sale: what it is about, and whether it is still open.

    `holds_terminal`: nothing else may start there. `unresolved`: the resolver asks after it, only
    seldom where there is an `investigate_until`.
    """

    operation_id: OperationId
    company: CompanyCode
    store: StoreCode
    terminal: TerminalCode
    sale_id: SaleId
    tender: int
    holds_terminal: bool
    unresolved: bool
    at: datetime
    investigate_until: BusinessDate | None = None
    kind: OperationKind = OperationKind.PAYMENT
    entry: str | None = None
    """Of an approved payment: where the terminal's journal has it (`entry_of`)."""


def entry_of(serial: SerialNumber, slip_number: SlipNumber) -> str:
    """Return by what a void by hand is found to be about a payment of ours.

    Slip numbers wrap: the newest one is meant.
    """
    return f"{serial}/{slip_number}"


def _entry(tender: Tender, operation: Operation) -> str | None:
    if operation.gives_back or tender.serial is None:
        return None
    number = tender.journal_number
    return None if number is None else entry_of(tender.serial, number)


def holds_of(sale: Sale) -> dict[OperationId, TerminalHold]:
    """Return every operation of the sale's tenders as the guard and the resolver see it."""
    return {
        operation.id: TerminalHold(
            operation_id=operation.id,
            company=sale.company,
            store=sale.store,
            terminal=operation.terminal,
            sale_id=sale.id,
            tender=tender.number,
            holds_terminal=tender.occupies(operation),
            unresolved=tender.awaits(operation),
            at=operation.at,
            investigate_until=None if operation.gives_back else tender.investigate_until,
            kind=operation.kind,
            entry=_entry(tender, operation),
        )
        for tender in sale.tenders
        for operation in tender.operations
    }


def holds_changed(before: Sale | None, after: Sale) -> tuple[TerminalHold, ...]:
    """Return the operations that are new, changed or gone (then closed) since `before`."""
    old = {} if before is None else holds_of(before)
    new = holds_of(after)
    gone = (
        replace(hold, holds_terminal=False, unresolved=False)
        for key, hold in old.items()
        if key not in new
    )
    return (*(hold for key, hold in new.items() if old.get(key) != hold), *gone)


def cases_changed(before: Sale | None, after: Sale) -> tuple[Case, ...]:
    """Return the cases that are new or were settled since `before`."""
    if not after.cases:
        return ()
    old = () if before is None else before.cases
    return tuple(case for case in after.cases if case not in old)
