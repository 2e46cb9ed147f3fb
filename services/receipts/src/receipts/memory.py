"""The record in memory: `Record`'s twin, for tests of the flow.

It keeps what PostgreSQL keeps and refuses what PostgreSQL refuses; `tests/contract/receipts` runs
on both.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from contracts.identifiers import CompanyCode, EventId, OperationId, PrintJobId, SaleId, StoreCode
from contracts.stores import StoreConfiguration
from receipts import retention
from receipts.model import (
    Audit,
    ContrarySlip,
    MerchantNumber,
    NumberState,
    PrintJob,
    SaleRecord,
    SlipRecord,
)
from receipts.ports import Kept, Key, KeyTaken, PrintOrder, Record, StoredAnswer
from receipts.retention import Removed

KEPT: Final = timedelta(hours=24)
"""How long an answer is given again for its key (`http-api.md`)."""


class MemoryRecord(Record):
    """`Record` without a server."""

    def __init__(self) -> None:
        self.slips: dict[OperationId, SlipRecord] = {}
        self.contraries: dict[EventId, ContrarySlip] = {}
        self.numbers: dict[OperationId, MerchantNumber] = {}
        self.sales: dict[SaleId, SaleRecord] = {}
        self.jobs: dict[PrintJobId, PrintJob] = {}
        self.answers: dict[Key, StoredAnswer] = {}
        self.lines: list[Audit] = []

    # --- slips ---

    async def keep_slip(self, slip: SlipRecord, number: MerchantNumber | None) -> Kept:
        """Keep what stands on a slip once; another content goes beside it."""
        known = self.slips.get(slip.operation_id)
        if known is None:
            self.slips[slip.operation_id] = slip
            if number is not None:
                self.numbers.setdefault(number.operation_id, number)
            return Kept.NEW
        of_known = (known.slip, known.kind, known.company, known.store)
        if of_known == (slip.slip, slip.kind, slip.company, slip.store):
            return Kept.KNOWN
        other = ContrarySlip(
            operation_id=slip.operation_id,
            event_id=slip.event_id,
            company=slip.company,
            store=slip.store,
            slip=slip.slip,
            seen_at=slip.seen_at,
        )
        self.contraries.setdefault(slip.event_id, other)
        return Kept.CONTRARY

    async def slip(self, company: CompanyCode, operation_id: OperationId) -> SlipRecord | None:
        """Return what stands on the slip of an operation of that company."""
        found = self.slips.get(operation_id)
        return found if found is not None and found.company == company else None

    async def contrary(self, operation_id: OperationId) -> tuple[ContrarySlip, ...]:
        """Return what else was said about an operation, oldest first."""
        found = (one for one in self.contraries.values() if one.operation_id == operation_id)
        return tuple(sorted(found, key=lambda one: (one.seen_at, one.event_id)))

    # --- sealed numbers ---

    async def number(self, operation_id: OperationId) -> MerchantNumber | None:
        """Return what is known of the merchant's number of an operation."""
        return self.numbers.get(operation_id)

    async def numbers_due(self, now: datetime, limit: int) -> tuple[MerchantNumber, ...]:
        """Return numbers that are to be asked for now, the longest due first."""
        due = [
            one
            for one in self.numbers.values()
            if one.state is NumberState.WANTED and one.ask_at <= now
        ]
        return tuple(sorted(due, key=lambda one: (one.ask_at, one.operation_id))[:limit])

    async def keep_number(self, number: MerchantNumber) -> None:
        """Keep what the box said; one that is settled is never wanted again."""
        known = self.numbers.get(number.operation_id)
        if known is not None and known.state is NumberState.WANTED:
            self.numbers[number.operation_id] = number

    # --- sales ---

    async def keep_sale(self, sale: SaleRecord, jobs: Sequence[PrintJob]) -> tuple[PrintJob, ...]:
        """Keep a sale unless a newer one is known, and jobs that print by themselves, in one."""
        known = self.sales.get(sale.id)
        if known is None:
            self.sales[sale.id] = sale
        elif known.company == sale.company and known.view.sequence < sale.view.sequence:
            seller = known.seller or sale.seller
            self.sales[sale.id] = replace(sale, seller=seller, layout=known.layout)
        return self._add(jobs)

    async def sale(self, company: CompanyCode, sale_id: SaleId) -> SaleRecord | None:
        """Return a sale of that company as it was heard last."""
        found = self.sales.get(sale_id)
        return found if found is not None and found.company == company else None

    # --- jobs ---

    async def order(self, order: PrintOrder) -> None:
        """Keep jobs with the answer that tells of them, or raise `KeyTaken` and keep nothing."""
        answer = order.answer
        if answer is not None:
            old = self.answers.get(answer.key)
            if old is not None and old.at >= answer.at - KEPT:
                raise KeyTaken(answer.key.key)
            self.answers[answer.key] = answer
        self._add(order.jobs)
        if order.audit is not None:
            self.lines.append(order.audit)

    async def move_job(self, before: PrintJob, after: PrintJob) -> bool:
        """Put a job in its next state; False where somebody else has moved it meanwhile."""
        known = self.jobs.get(before.id)
        if known is None or known.state is not before.state:
            return False
        self.jobs[before.id] = after
        return True

    async def job(self, job_id: PrintJobId) -> PrintJob | None:
        """Return one job."""
        return self.jobs.get(job_id)

    async def jobs_of(
        self, company: CompanyCode, sale_id: SaleId, limit: int
    ) -> tuple[PrintJob, ...]:
        """Return a sale's jobs, newest first."""
        found = [job for job in self.jobs.values() if (job.company, job.sale) == (company, sale_id)]
        return tuple(sorted(found, key=lambda job: job.id, reverse=True)[:limit])

    async def open_jobs(self, limit: int) -> tuple[PrintJob, ...]:
        """Return jobs that may still come out, oldest first."""
        found = (job for job in self.jobs.values() if job.is_open)
        return tuple(sorted(found, key=lambda job: job.id)[:limit])

    def _add(self, jobs: Sequence[PrintJob]) -> tuple[PrintJob, ...]:
        new: list[PrintJob] = []
        for job in jobs:
            by_itself = job.by is None and any(
                (one.operation_id, one.copy, one.by) == (job.operation_id, job.copy, None)
                for one in self.jobs.values()
            )
            if job.id not in self.jobs and not by_itself:
                self.jobs[job.id] = job
                new.append(job)
        return tuple(new)

    # --- answers, audit, upkeep ---

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within a day."""
        found = self.answers.get(key)
        return found if found is not None and found.at >= now - KEPT else None

    async def remove_before(
        self, store: StoreConfiguration, before: datetime, now: datetime, limit: int
    ) -> Removed:
        """Take away some of what a store has from before then, and write down how many."""
        place = (store.company, store.store)
        slips = [
            key
            for key, one in self.slips.items()
            if (one.company, one.store) == place and one.seen_at < before
        ][:limit]
        contraries = [
            key
            for key, one in self.contraries.items()
            if (one.company, one.store) == place and one.seen_at < before
        ]
        numbers = [key for key in slips if key in self.numbers]
        sales = [
            key
            for key, one in self.sales.items()
            if (one.company, one.store) == place and one.view.opened_at < before
        ][:limit]
        jobs = [
            key
            for key, one in self.jobs.items()
            if (one.company, one.store) == place and one.requested_at < before
        ][:limit]
        for table, keys in (
            (self.slips, slips),
            (self.contraries, contraries),
            (self.numbers, numbers),
            (self.sales, sales),
            (self.jobs, jobs),
        ):
            for key in keys:
                del table[key]
        removed = Removed(
            slips=len(slips) + len(contraries),
            numbers=len(numbers),
            sales=len(sales),
            jobs=len(jobs),
        )
        if removed.anything:
            self.lines.append(retention.audit_of(removed, store, before, now))
        return removed

    async def audits(self, company: CompanyCode, store: StoreCode) -> tuple[Audit, ...]:
        """Return what was written down about a store, oldest first."""
        return tuple(line for line in self.lines if (line.company, line.store) == (company, store))

    async def purge(self, now: datetime) -> None:
        """Drop some of the answers that are too old to be given again."""
        for key, answer in tuple(self.answers.items()):
            if answer.at < now - KEPT:
                del self.answers[key]
