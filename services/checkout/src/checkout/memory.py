"""The record in memory: `SaleStore`'s twin, for the simulation and for tests of the flow.

It keeps what PostgreSQL keeps and refuses what PostgreSQL refuses; `tests/contract/checkout` runs
on both. It stands for the database, so it outlives the process that a simulation kills.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from checkout.gaps import Seen
from checkout.holds import TerminalHold
from checkout.model import Case, Sale, Seat, Tender
from checkout.overrides import Override
from checkout.ports import (
    ChangedMeanwhile,
    Commit,
    FactKnown,
    Key,
    KeyAct,
    KeyTaken,
    NumberTaken,
    SaleStore,
    SeenFact,
    StoredAnswer,
    TerminalTaken,
)
from contracts.audit import AuditLine, FindOverrides
from contracts.cases import FindCases
from contracts.identifiers import (
    BusinessDate,
    CaseId,
    CompanyCode,
    EventId,
    OperationId,
    RegisterCode,
    SaleId,
    StoreCode,
)
from contracts.sales import FindSales, SaleEvent, SaleState, TenderState

KEPT: Final = timedelta(hours=24)
"""How long an answer is given again for its key (`http-api.md`)."""


class OutboxRow(Struct, kw_only=True):
    """One event to be published; the relay of a simulation marks it."""

    event: SaleEvent
    published: bool = False


class MemorySales(SaleStore):
    """`SaleStore` without a server."""

    def __init__(self) -> None:
        self.sales: dict[SaleId, Sale] = {}
        self.outbox: list[OutboxRow] = []
        self.holds: dict[OperationId, TerminalHold] = {}
        self.answers: dict[Key, StoredAnswer] = {}
        self.inbox: dict[EventId, SeenFact] = {}
        self.cases_known: dict[CaseId, SaleId] = {}
        self.audit: list[AuditLine] = []
        self.seats: dict[tuple[CompanyCode, StoreCode, str], Seat] = {}
        self.cursors: dict[tuple[CompanyCode, StoreCode, int], int] = {}
        self._numbers: dict[tuple[CompanyCode, StoreCode, BusinessDate], set[int]] = {}
        self._given: dict[tuple[CompanyCode, StoreCode, BusinessDate], int] = {}

    async def commit(self, commit: Commit) -> None:
        """Check every part first, then write all of them."""
        self._check_key(commit)
        if commit.fact is not None and commit.fact.id in self.inbox:
            raise FactKnown(commit.fact.id)
        self._check_sales(commit)
        self._check_holds(commit)
        self._write(commit)

    def _check_key(self, commit: Commit) -> None:
        answer = commit.answer
        if answer is None:
            return
        old = self.answers.get(answer.key)
        if old is None or old.at < answer.at - KEPT:
            return
        if commit.key_act is KeyAct.REPLACE and old.fingerprint == answer.fingerprint:
            return
        raise KeyTaken(answer.key.key)

    def _check_sales(self, commit: Commit) -> None:
        sale, parked = commit.sale, commit.parked
        if sale is None:
            return
        if not commit.number:
            old = self.sales.get(sale.id)
            if old is None or old.sequence != commit.before:
                raise ChangedMeanwhile(sale.id)
            self._check_register(sale, parked)
            return
        if commit.number in self._numbers.get(_day(sale), set()):
            raise NumberTaken(sale.number)
        self._check_register(sale, parked)

    def _check_register(self, sale: Sale, parked: Sale | None) -> None:
        """A register has one active sale."""
        if parked is not None and self.sales[parked.id].sequence != parked.sequence - 1:
            raise ChangedMeanwhile(parked.id)
        active = self._active(sale.company, sale.store, sale.register)
        away = {sale.id} if parked is None else {sale.id, parked.id}
        if active is not None and sale.rung_up_now and active.id not in away:
            raise ChangedMeanwhile(active.id)

    def _check_holds(self, commit: Commit) -> None:
        after = self.holds | {hold.operation_id: hold for hold in commit.holds}
        held = [_place(hold) for hold in after.values() if hold.holds_terminal]
        if len(held) != len(set(held)):
            raise TerminalTaken

    def _write(self, commit: Commit) -> None:
        if commit.sale is not None:
            self.sales[commit.sale.id] = commit.sale
            if commit.number:
                self._numbers.setdefault(_day(commit.sale), set()).add(commit.number)
        if commit.parked is not None:
            self.sales[commit.parked.id] = commit.parked
        self.outbox.extend(OutboxRow(event=event) for event in commit.events)
        self.holds |= {hold.operation_id: hold for hold in commit.holds}
        if commit.sale is not None:
            self.cases_known |= {case.id: commit.sale.id for case in commit.cases}
        for override in commit.overrides:
            self.audit.append(_line(override, len(self.audit) + 1))
        if commit.forget is not None:
            self.answers.pop(commit.forget, None)
        if commit.answer is not None:
            self.answers[commit.answer.key] = commit.answer
        if commit.fact is not None:
            self.inbox[commit.fact.id] = commit.fact

    async def load(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale."""
        sale = self.sales.get(sale_id)
        return sale if sale is not None and sale.company == company else None

    async def load_fresh(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale."""
        return await self.load(company, sale_id)

    async def active(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Sale | None:
        """Return the register's open or paid sale that is not parked."""
        return self._active(company, store, register)

    async def register_sales(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> tuple[Sale | None, tuple[Sale, ...], Sale | None]:
        """Return the active sale, the parked ones (newest first), the one closed last."""
        here = self._newest(company, store, register)
        live = (SaleState.OPEN, SaleState.PAID)
        parked = tuple(sale for sale in here if sale.parked and sale.state in live)
        closed = next((sale for sale in here if sale.state is SaleState.CLOSED), None)
        return self._active(company, store, register), parked, closed

    async def rung_up_until(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode, moment: datetime
    ) -> Sale | None:
        """Return the last sale rung up until then, or else the register's first."""
        newest = tuple(self._newest(company, store, register))
        until = (sale for sale in newest if sale.opened_at <= moment)
        return next(until, newest[-1] if newest else None)

    async def paid(self, limit: int) -> tuple[Sale, ...]:
        """Return sales of any company that are paid and not closed, oldest first."""
        found = [sale for sale in self.sales.values() if sale.state is SaleState.PAID]
        return tuple(sorted(found, key=lambda sale: sale.id)[:limit])

    async def next_number(self, company: CompanyCode, store: StoreCode, day: BusinessDate) -> int:
        """Count on from the last number given."""
        key = (company, store, day)
        self._given[key] = max(self._given.get(key, 0), *self._numbers.get(key, {0}), 0) + 1
        return self._given[key]

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within a day."""
        answer = self.answers.get(key)
        return answer if answer is not None and answer.at >= now - KEPT else None

    async def find(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindSales
    ) -> tuple[Sale, ...]:
        """Return at most `limit` + 1 sales, newest first."""
        found = [
            sale
            for sale in sorted(self.sales.values(), key=lambda sale: sale.id, reverse=True)
            if sale.company == company
            and (not stores or sale.store in stores)
            and wanted.store in (None, sale.store)
            and wanted.register in (None, sale.register)
            and wanted.business_date in (None, sale.business_date)
            and wanted.state in (None, sale.state)
            and (wanted.after is None or sale.id < wanted.after)
            and _matches(sale, wanted)
        ]
        return tuple(found[: wanted.limit + 1])

    async def cases(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindCases
    ) -> tuple[tuple[Case, Sale], ...]:
        """Return at most `limit` + 1 cases with their sales, newest first."""
        found: list[tuple[Case, Sale]] = []
        for case_id in sorted(self.cases_known, reverse=True):
            sale = self.sales[self.cases_known[case_id]]
            case = sale.case(case_id)
            if (
                case is not None
                and sale.company == company
                and (not stores or sale.store in stores)
                and wanted.store in (None, sale.store)
                and wanted.register in (None, sale.register)
                and wanted.state in (None, case.state)
                and (wanted.after is None or case_id < wanted.after)
            ):
                found.append((case, sale))
        return tuple(found[: wanted.limit + 1])

    async def overrides(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindOverrides
    ) -> tuple[AuditLine, ...]:
        """Return at most `limit` lines of the audit log, newest first."""
        found = [
            line
            for line in self.audit
            if line.by_company == company
            and (not stores or line.store in stores)
            and wanted.store in (None, line.store)
            and wanted.operator in (None, line.operator, line.authorised_by)
            and wanted.action in (None, line.action)
            and (wanted.since is None or line.at >= wanted.since)
            and (wanted.until is None or line.at < wanted.until)
            and (
                wanted.before_at is None
                or (line.at, line.id) < (wanted.before_at, wanted.before_id)
            )
        ]
        found.sort(key=lambda line: (line.at, line.id), reverse=True)
        return tuple(found[: wanted.limit])

    async def sale_of_case(self, company: CompanyCode, case_id: CaseId) -> SaleId | None:
        """Return the sale that the case is about."""
        sale_id = self.cases_known.get(case_id)
        return sale_id if sale_id is not None and self.sales[sale_id].company == company else None

    async def seat(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Seat | None:
        """Return which page the register obeys."""
        return self.seats.get((company, store, register))

    async def take_seat(self, seat: Seat, *, take_over: bool) -> Seat:
        """Give the register to this page, or return who has it."""
        place = (seat.company, seat.store, seat.register)
        has = self.seats.get(place)
        if has is None or (take_over and has.page != seat.page):
            self.seats[place] = seat
        return self.seats[place]

    async def events(
        self, company: CompanyCode, sale_id: SaleId, after: int
    ) -> tuple[SaleEvent, ...]:
        """Return the sale's events after that sequence, in order."""
        found = [row.event for row in self.outbox if row.event.sale_id == sale_id]
        return tuple(
            event for event in found if event.sequence > after and event.company == company
        )

    async def hold_of(self, operation_id: OperationId) -> TerminalHold | None:
        """Return the operation, open or long since ended."""
        return self.holds.get(operation_id)

    async def hold_of_entry(
        self, company: CompanyCode, store: StoreCode, entry: str
    ) -> TerminalHold | None:
        """Return the newest payment of that entry of a terminal's journal."""
        found = [
            hold
            for hold in self.holds.values()
            if (hold.company, hold.store, hold.entry) == (company, store, entry)
        ]
        return max(found, key=lambda hold: hold.operation_id, default=None)

    async def unresolved(self) -> tuple[tuple[TerminalHold, TenderState], ...]:
        """Return every operation whose outcome is not known, and where its tender stands."""
        found: list[tuple[TerminalHold, TenderState]] = []
        for hold in self.holds.values():
            tender = self.sales[hold.sale_id].tender(hold.tender)
            if hold.unresolved and tender is not None:
                found.append((hold, tender.state))
        return tuple(found)

    async def seen(self, company: CompanyCode, store: StoreCode, epoch: int) -> Seen:
        """Return which facts of that epoch have been taken in."""
        key = (company, store, epoch)
        seen = Seen(contiguous=self.cursors.get(key, 0))
        taken = sorted(
            fact.sequence
            for fact in self.inbox.values()
            if (fact.company, fact.store, fact.epoch) == key
        )
        for sequence in taken:
            seen = seen.with_fact(sequence)
        return seen

    async def keep_cursor(
        self, company: CompanyCode, store: StoreCode, epoch: int, contiguous: int
    ) -> None:
        """Remember how far an epoch's facts are complete."""
        key = (company, store, epoch)
        self.cursors[key] = max(contiguous, self.cursors.get(key, 0))

    def _active(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Sale | None:
        here = self._newest(company, store, register)
        return next((sale for sale in here if sale.rung_up_now), None)

    def _newest(self, company: CompanyCode, store: StoreCode, register: RegisterCode) -> list[Sale]:
        here = [
            sale
            for sale in self.sales.values()
            if (sale.company, sale.store, sale.register) == (company, store, register)
        ]
        return sorted(here, key=lambda sale: sale.id, reverse=True)


def _day(sale: Sale) -> tuple[CompanyCode, StoreCode, BusinessDate]:
    return sale.company, sale.store, sale.business_date


def _place(hold: TerminalHold) -> tuple[CompanyCode, StoreCode, str]:
    return hold.company, hold.store, hold.terminal


def _matches(sale: Sale, wanted: FindSales) -> bool:
    """What people search by; what is known of a payment is known of one and the same."""
    wants_tender = wanted.slip_number or wanted.card_last or wanted.brand
    return (
        (wanted.number is None or wanted.number in sale.number)
        and wanted.amount in (None, sale.total, *(tender.amount for tender in sale.tenders))
        and (not wants_tender or any(_is_meant(tender, wanted) for tender in sale.tenders))
        and wanted.void_due in (None, sale.void_due)
    )


def _is_meant(tender: Tender, wanted: FindSales) -> bool:
    slips = (
        tender.slip_number,
        tender.voided_by,
        *(each.slip_number for each in tender.operations),
    )
    return (
        wanted.slip_number in (None, *slips)
        and wanted.card_last in (None, (tender.card_number or "")[-4:])
        and (wanted.brand is None or wanted.brand.lower() == (tender.brand or "").lower())
    )


def _line(override: Override, number: int) -> AuditLine:
    return AuditLine(
        source="sales",
        id=number,
        at=override.at,
        store=override.store,
        by_company=override.company,
        operator=override.operator,
        role=override.role,
        action=override.action,
        before=override.before,
        after=override.after,
        authorised_by=override.authorised_by,
        reason=override.reason,
        register=override.register,
        sale=override.sale,
        sale_number=override.sale_number,
    )
