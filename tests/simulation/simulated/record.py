"""checkout's record as one process sees it: the twin in memory, with time passing and a cache."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

from checkout.gaps import Seen
from checkout.holds import TerminalHold
from checkout.model import Case, Sale, Seat
from checkout.ports import Commit, Key, SaleStore, StoredAnswer
from contracts.audit import AuditLine, FindOverrides
from contracts.cases import FindCases
from contracts.sales import FindSales, SaleEvent, TenderState
from simulated.virtual import Process, chance

COMMIT_S: Final = (0.0005, 0.006)
"""One round trip and one fsync, before and after which the process can die."""


class Record:
    """`checkout.ports.SaleStore` for one process."""

    def __init__(
        self,
        store: SaleStore,
        process: Process,
        *,
        rng: random.Random,
        committed: Callable[[Commit], None],
    ) -> None:
        self._store = store
        self._process = process
        self._rng = rng
        self._committed = committed
        self._cache: dict[str, Sale] = {}

    async def load(self, company: str, sale_id: str) -> Sale | None:
        """Return the sale, perhaps an old one."""
        cached = self._cache.get(sale_id)
        return cached or await self.load_fresh(company, sale_id)

    async def load_fresh(self, company: str, sale_id: str) -> Sale | None:
        """Return the sale as it is."""
        self._process.check()
        sale = await self._store.load_fresh(company, sale_id)
        if sale is not None:
            self._cache[sale_id] = sale
        return sale

    async def commit(self, commit: Commit) -> None:
        """Make all of it true, or nothing."""
        self._process.check()
        await asyncio.sleep(self._rng.uniform(*COMMIT_S))
        self._process.check()
        await self._store.commit(commit)
        self._committed(commit)
        if chance(self._rng, 0.3):
            await asyncio.sleep(self._rng.uniform(*COMMIT_S))
            self._process.check()
        for sale in (commit.sale, commit.parked):
            if sale is not None:
                self._cache[sale.id] = sale

    async def active(self, company: str, store: str, register: str) -> Sale | None:
        """Return the register's sale."""
        self._process.check()
        return await self._store.active(company, store, register)

    async def register_sales(
        self, company: str, store: str, register: str
    ) -> tuple[Sale | None, tuple[Sale, ...], Sale | None]:
        """Return what is on the register."""
        self._process.check()
        return await self._store.register_sales(company, store, register)

    async def rung_up_until(
        self, company: str, store: str, register: str, moment: datetime
    ) -> Sale | None:
        """Return the last sale rung up until then."""
        self._process.check()
        return await self._store.rung_up_until(company, store, register, moment)

    async def paid(self, limit: int) -> tuple[Sale, ...]:
        """Return sales that are paid and not closed."""
        self._process.check()
        return await self._store.paid(limit)

    async def next_number(self, company: str, store: str, day: str) -> int:
        """Return a sale number."""
        self._process.check()
        return await self._store.next_number(company, store, day)

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key."""
        self._process.check()
        return await self._store.stored_answer(key, now)

    async def find(
        self, company: str, stores: tuple[str, ...], wanted: FindSales
    ) -> tuple[Sale, ...]:
        """Return sales."""
        self._process.check()
        return await self._store.find(company, stores, wanted)

    async def cases(
        self, company: str, stores: tuple[str, ...], wanted: FindCases
    ) -> tuple[tuple[Case, Sale], ...]:
        """Return cases."""
        self._process.check()
        return await self._store.cases(company, stores, wanted)

    async def overrides(
        self, company: str, stores: tuple[str, ...], wanted: FindOverrides
    ) -> tuple[AuditLine, ...]:
        """Return lines of the audit log."""
        self._process.check()
        return await self._store.overrides(company, stores, wanted)

    async def sale_of_case(self, company: str, case_id: str) -> str | None:
        """Return the sale of a case."""
        self._process.check()
        return await self._store.sale_of_case(company, case_id)

    async def seat(self, company: str, store: str, register: str) -> Seat | None:
        """Return which page the register obeys."""
        self._process.check()
        return await self._store.seat(company, store, register)

    async def take_seat(self, seat: Seat, *, take_over: bool) -> Seat:
        """Give the register to a page."""
        self._process.check()
        return await self._store.take_seat(seat, take_over=take_over)

    async def events(self, company: str, sale_id: str, after: int) -> tuple[SaleEvent, ...]:
        """Return a sale's events."""
        self._process.check()
        return await self._store.events(company, sale_id, after)

    async def hold_of(self, operation_id: str) -> TerminalHold | None:
        """Return the operation."""
        self._process.check()
        return await self._store.hold_of(operation_id)

    async def hold_of_entry(self, company: str, store: str, entry: str) -> TerminalHold | None:
        """Return the payment of a journal's entry."""
        self._process.check()
        return await self._store.hold_of_entry(company, store, entry)

    async def unresolved(self) -> tuple[tuple[TerminalHold, TenderState], ...]:
        """Return what is open."""
        self._process.check()
        return await self._store.unresolved()

    async def seen(self, company: str, store: str, epoch: int) -> Seen:
        """Return which facts were taken in."""
        self._process.check()
        return await self._store.seen(company, store, epoch)

    async def keep_cursor(self, company: str, store: str, epoch: int, contiguous: int) -> None:
        """Remember how far an epoch's facts are complete."""
        self._process.check()
        await self._store.keep_cursor(company, store, epoch, contiguous)
