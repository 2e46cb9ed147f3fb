"""What must hold of money that goes back: on a terminal, asked for or by hand, and in cash."""

from collections.abc import Mapping
from typing import Final

from checkout.model import Case, Sale, Tender
from contracts.operations import OperationKind, StartOperation
from contracts.sales import Method, SaleState, TenderState
from ct6100.effects import KeptEntry
from ct6100.records import JournalEntry
from simulated.device import Device
from simulated.invariants import Invariant

Fault = tuple[Invariant, str]

DUE: Final = frozenset({"refunded_after_close", "refund_not_voided"})


class MoneyBack:
    """Remembers what each terminal gave back, and compares the sales with it."""

    def __init__(self, devices: list[Device]) -> None:
        self._devices = devices
        self._by_payment: dict[tuple[str, int], JournalEntry] = {}
        """By serial and number of the payment."""
        self._operations: dict[str, JournalEntry] = {}
        """By the operation that took the money."""
        self.not_on_terminal: frozenset[str] = frozenset()
        """Brands whose rule leaves nothing but cash."""

    def of_operation(self, operation_id: str) -> JournalEntry | None:
        """Return what gave back the charge of an operation."""
        return self._operations.get(operation_id)

    # --- while things happen ---

    def on_refund(
        self, device: Device, entry: JournalEntry, paid: KeptEntry | None, sale: Sale | None
    ) -> Fault | None:
        """A terminal has given money back, just now; `sale` is the one that the payment is of."""
        what = f"{device.code} gave back {entry.number} (¥{entry.amount}, {entry.operation_id})"
        if paid is None:
            return Invariant.GIVEN_BACK_ONCE, f"{what}, which it never took"
        if (device.serial, paid.number) in self._by_payment or paid.amount != entry.amount:
            return Invariant.GIVEN_BACK_ONCE, f"{what} of {paid.number} (¥{paid.amount})"
        self._by_payment[device.serial, paid.number] = entry
        self._operations[paid.operation_id or ""] = entry
        return self._as_asked(entry, paid, sale, what) if entry.operation_id else None

    def _as_asked(
        self, entry: JournalEntry, paid: KeptEntry, sale: Sale | None, what: str
    ) -> Fault | None:
        tender = None if sale is None else sale.tender_of(entry.operation_id or "")
        if tender is None or not tender.asked_as(entry.operation_id or "").gives_back:
            return Invariant.GIVEN_BACK_AS_ASKED, f"{what}, which no tender asks for"
        if tender.payment.id != paid.operation_id:
            return Invariant.GIVEN_BACK_AS_ASKED, f"{what} for another payment: {tender}"
        if tender.refunded_by == "cash":
            return Invariant.GIVEN_BACK_ONCE, f"{what}, handed back in cash already"
        return None

    def on_start(self, command: StartOperation, sale: Sale | None) -> Fault | None:
        """A void or return is on its way to a terminal: for the whole of what its tender took."""
        if command.kind is OperationKind.PAYMENT:
            return None
        tender = None if sale is None else sale.tender(command.tender)
        asked = (command.amount, command.original_slip_number, command.terminal)
        took = tender and (tender.amount, tender.slip_number, tender.payment.terminal)
        if asked == took:
            return None
        return Invariant.GIVEN_BACK_AS_ASKED, f"{asked} is asked for, {took} was taken"

    def on_commit(self, sale: Sale) -> Fault | None:
        """Asked for anew only once the one before has ended, and as the brand allows."""
        if sale.voided is not None:
            cash = sum(each.amount for each in sale.tenders if each.method is Method.CASH)
            if sale.voided.handed_back != cash:
                what = f"{sale.number} hands back {sale.voided.handed_back}, took {cash} in cash"
                return Invariant.GIVEN_BACK_ONCE, what
        for tender in sale.tenders:
            if not self._as_allowed(tender):
                what = f"{sale.number}/{tender.number}: {tender.brand}, {tender.refunded_by}"
                return Invariant.GIVEN_BACK_AS_ALLOWED, what
            for operation in tender.operations[:-1]:
                if operation.gives_back and not operation.ended:
                    what = f"{sale.number}/{tender.number}: {operation.id} was still open"
                    return Invariant.GIVEN_BACK_ONCE, what
        return None

    def _as_allowed(self, tender: Tender) -> bool:
        only_cash = tender.brand in self.not_on_terminal
        in_cash = tender.method is Method.TERMINAL and tender.refunded_by == "cash"
        return only_cash if in_cash else not (only_cash and tender.refund is not None)

    # --- at rest ---

    def due(self, sale: Sale) -> Fault | None:
        """A closed sale without its money is in a case; a voided one has none of it left."""
        if sale.state is SaleState.CLOSED and sale.void_due and not any(map(_is_due, sale.cases)):
            return Invariant.VOID_OR_CASE, f"{sale.number} is short, and no case says so"
        for tender in sale.tenders:
            if tender.method is Method.TERMINAL and tender.state is TenderState.REFUNDED:
                fault = self._went_back(sale, tender)
                if fault is not None:
                    return fault
        return None

    def _went_back(self, sale: Sale, tender: Tender) -> Fault | None:
        back = self.of_operation(tender.payment.id)
        what = f"{sale.number}/{tender.number}"
        if tender.refunded_by == "cash":
            if back is not None and not _told_in_case(sale, back):
                return Invariant.GIVEN_BACK_ONCE, f"{what}: in cash and on the terminal, no case"
            return None
        if back is None:
            return Invariant.MONEY_BACK_ON_RECORD, f"{what} is refunded, its terminal kept it"
        return None

    def told(
        self, entry: JournalEntry, sales: Mapping[str, Sale], of: Mapping[str, tuple[str, int]]
    ) -> Fault | None:
        """What the terminal gave back as asked is on the tender that asked, or in a case."""
        sale_id, number = of.get(entry.operation_id or "", ("", 0))
        sale = sales.get(sale_id)
        tender = None if sale is None else sale.tender(number)
        if sale is None or tender is None:
            return Invariant.MONEY_BACK_ON_RECORD, f"{entry.operation_id} is on no sale"
        on_tender = entry.slip_number in (
            tender.voided_by,
            *(each.slip_number for each in tender.operations if each.gives_back),
        )
        if on_tender or _told_in_case(sale, entry) or self._speechless(tender):
            return None
        return Invariant.MONEY_BACK_ON_RECORD, f"{sale.number} does not know of {entry.slip_number}"

    def accounts_for(self, sale: Sale, tender: Tender | None, back: JournalEntry | None) -> bool:
        """Whether the sale says rightly that a charge does not pay it (any more)."""
        if tender is None:
            return back is not None
        if back is not None:
            told = tender.state is TenderState.REFUNDED and not tender.counted
            return told or _told_in_case(sale, back) or self._speechless(tender)
        by_word = sale.voided is not None and sale.voided.authorised_by is not None
        return (tender.state is TenderState.REFUNDED and tender.refunded_by == "cash") or by_word

    def _speechless(self, tender: Tender) -> bool:
        """Whether nobody can learn of what a hand did at its terminal: its link has no journal."""
        for device in self._devices:
            if device.code == tender.terminal:
                abilities = device.abilities
                return not (abilities.journal and abilities.echo) or bool(device.contradicted)
        return False


def _is_due(case: Case) -> bool:
    return case.open and case.kind in DUE


def _told_in_case(sale: Sale, back: JournalEntry) -> bool:
    return any(
        back.slip_number in (case.evidence.get("voided_by"), case.evidence.get("slip_number"))
        for case in sale.cases
    )
