"""The record in PostgreSQL: sales, their events (also the outbox), operations, answers, inbox.

Every commit is one statement. Sales that were loaded or written lately are kept in memory; that
they may be old is harmless, since a commit upon an old one is undone (`ChangedMeanwhile`).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from checkout import queries
from checkout.gaps import Seen
from checkout.holds import TerminalHold, holds_of
from checkout.model import Sale
from checkout.ports import (
    ChangedMeanwhile,
    Commit,
    Key,
    KeyAct,
    NumberTaken,
    SaleStore,
    StoredAnswer,
)
from checkout.rows import (
    answer_columns,
    beside_columns,
    event_columns,
    hold_of,
    sale_of,
    searched_by,
    translated,
)
from checkout.statements import STATEMENT_S, BesideSales, Pool
from contracts.envelope import HEADER_TRACEPARENT, encode
from contracts.identifiers import (
    BusinessDate,
    CompanyCode,
    OperationId,
    RegisterCode,
    SaleId,
    StoreCode,
)
from contracts.sales import FindSales, SaleEvent, TenderState
from messaging.publisher import Outgoing
from outbox.relay import Row
from servicekit.ids import last_uuid_of

SALES_KEPT: Final = 2048
"""Sales in memory, a few kilobytes each: those that a chain's registers have open at a time."""

EVENTS_MAX: Final = 500
"""A sale has about five; a listener that asks for more asks again."""

PARKED_MAX: Final = 50
"""More than this set aside on one till, and only the newest are shown."""

PURGED_AT_ONCE: Final = 500
"""Rows of a purge: milliseconds, so that no commit waits behind it."""

Register = tuple[CompanyCode, StoreCode, RegisterCode]
Day = tuple[CompanyCode, StoreCode, BusinessDate]
EventColumns = tuple[list[Any], ...]


class PostgresSales(BesideSales, SaleStore):
    """`SaleStore` on PostgreSQL. After each commit that wrote events `told` is called, or `offer`.

    `offer` gets the events as they were committed, when none before them waits for the relay.
    """

    def __init__(
        self,
        pool: Pool,
        told: Callable[[], None],
        trace: Callable[[], str | None] = lambda: None,
        offer: Callable[[Sequence[Row]], None] | None = None,
    ) -> None:
        super().__init__(pool)
        self._offer = offer
        self._told = told
        self._trace = trace
        self._sales: OrderedDict[SaleId, Sale] = OrderedDict()
        self._active: dict[Register, Sale | None] = {}
        self._numbers: dict[Day, int] = {}
        self._recount: set[Day] = set()

    # --- commits ---

    async def commit(self, commit: Commit) -> None:
        """Make all of it true in one statement."""
        sale, events, trace = commit.sale, event_columns(commit.events), self._trace()
        written: Any = None
        try:
            with translated():
                if sale is None:
                    await self._keep_answer(commit)
                elif commit.number:
                    written = await self._open(sale, commit, events, trace)
                elif commit.parked is not None:
                    written = await self._resume(sale, commit, events, trace)
                else:
                    written = await self._change(sale, commit, events, trace)
        except NumberTaken:
            assert sale is not None, "only a sale has a number"  # noqa: S101 - house style 12
            self._recount.add((sale.company, sale.store, sale.business_date))
            raise
        except ChangedMeanwhile:
            self._forget(commit)
            raise
        for changed in (commit.parked, sale):
            if changed is not None:
                self._remember(changed)
        if commit.events:
            self._relay(written, events, trace)

    def _relay(self, written: Any, events: EventColumns, trace: str | None) -> None:
        """Let the events be published: as they are at hand, unless earlier ones must come first."""
        if self._offer is None or written["earlier_wait"]:
            self._told()
            return
        ids, _, subjects, payloads = events
        headers = {} if trace is None else {HEADER_TRACEPARENT: trace}
        self._offer(
            [
                Row(row, Outgoing(subject, payload, event_id, headers))
                for row, event_id, subject, payload in zip(
                    written["rows"], ids, subjects, payloads, strict=True
                )
            ]
        )

    async def _keep_answer(self, commit: Commit) -> None:
        answer = commit.answer
        assert answer is not None, "a commit says something"  # noqa: S101 - house style 12
        await self._pool.execute(
            queries.ANSWER, answer.key.company, *answer_columns(answer), timeout=STATEMENT_S
        )

    async def _open(
        self, sale: Sale, commit: Commit, events: EventColumns, trace: str | None
    ) -> Any:
        parked = commit.parked
        return await self._run(
            queries.OPEN,
            sale.id,
            sale.company,
            sale.store,
            sale.register,
            date.fromisoformat(sale.business_date),
            commit.number,
            str(sale.state),
            sale.sequence,
            encode(sale),
            None if parked is None else parked.id,
            0 if parked is None else parked.sequence,
            b"" if parked is None else encode(parked),
            [event.sale_id for event in commit.events],
            *events,
            _headers(trace),
            *answer_columns(commit.answer),
        )

    async def _resume(
        self, sale: Sale, commit: Commit, events: EventColumns, trace: str | None
    ) -> Any:
        parked = commit.parked
        assert parked is not None, "else it is a change of one sale"  # noqa: S101 - house style 12
        return await self._run(
            queries.RESUME,
            sale.id,
            commit.before,
            sale.sequence,
            encode(sale),
            parked.id,
            parked.sequence,
            encode(parked),
            [event.sale_id for event in commit.events],
            *events,
            _headers(trace),
            sale.company,
            *answer_columns(commit.answer),
        )

    async def _change(
        self, sale: Sale, commit: Commit, events: EventColumns, trace: str | None
    ) -> Any:
        fact, forget, holds = commit.fact, commit.forget, commit.holds
        beside = beside_columns(sale, commit)
        return await self._run(
            queries.CHANGE_AND_BESIDE if beside else queries.CHANGE,
            sale.id,
            commit.before,
            str(sale.state),
            sale.parked,
            sale.sequence,
            encode(sale),
            *events,
            _headers(trace),
            sale.company,
            sale.store,
            [hold.operation_id for hold in holds],
            [hold.terminal for hold in holds],
            [hold.tender for hold in holds],
            [hold.holds_terminal for hold in holds],
            [hold.unresolved for hold in holds],
            [hold.at for hold in holds],
            *answer_columns(commit.answer),
            commit.key_act is KeyAct.REPLACE,
            None if forget is None else forget.operator,
            None if forget is None else forget.key,
            None if fact is None else fact.id,
            None if fact is None else fact.epoch,
            None if fact is None else fact.sequence,
            None if fact is None else fact.at,
            [str(hold.kind) for hold in holds],
            [hold.entry for hold in holds],
            *beside,
        )

    def _remember(self, sale: Sale) -> None:
        self._sales[sale.id] = sale
        self._sales.move_to_end(sale.id)
        if len(self._sales) > SALES_KEPT:
            self._sales.popitem(last=False)
        register = (sale.company, sale.store, sale.register)
        active = self._active.get(register)
        if sale.rung_up_now:
            self._active[register] = sale
        elif active is not None and active.id == sale.id:
            self._active[register] = None

    def _forget(self, commit: Commit) -> None:
        sale = commit.sale
        if sale is None:
            return
        self._active.pop((sale.company, sale.store, sale.register), None)
        for old in (sale, commit.parked):
            if old is not None:
                self._sales.pop(old.id, None)

    # --- reading ---

    async def load(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale, from memory where it is there."""
        kept = self._sales.get(sale_id)
        if kept is not None:
            return kept if kept.company == company else None
        return await self.load_fresh(company, sale_id)

    async def load_fresh(self, company: CompanyCode, sale_id: SaleId) -> Sale | None:
        """Return the sale as the record has it now."""
        sale = await self._one(queries.LOAD, sale_id, company)
        if sale is not None:
            self._remember(sale)
        return sale

    async def active(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> Sale | None:
        """Return the register's sale that is rung up, from memory where it is there."""
        key = (company, store, register)
        if key not in self._active:
            self._active[key] = await self._one(queries.ACTIVE, *key)
        return self._active[key]

    async def register_sales(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode
    ) -> tuple[Sale | None, tuple[Sale, ...], Sale | None]:
        """Return the active sale, the parked ones (newest first), the one closed last."""
        key = (company, store, register)
        active = await self._one(queries.ACTIVE, *key)
        parked = await self._many(queries.PARKED, *key, PARKED_MAX)
        closed = await self._one(queries.CLOSED_LAST, *key)
        return active, parked, closed

    async def rung_up_until(
        self, company: CompanyCode, store: StoreCode, register: RegisterCode, moment: datetime
    ) -> Sale | None:
        """Return the last sale rung up until then, or else the register's first."""
        last = last_uuid_of(moment)
        until = await self._one(queries.RUNG_UP_UNTIL, company, store, register, last)
        return until or await self._one(queries.FIRST_RUNG_UP, company, store, register)

    async def paid(self, limit: int) -> tuple[Sale, ...]:
        """Return sales of any company that are paid and not closed, oldest first."""
        return await self._many(queries.PAID, limit)

    async def next_number(self, company: CompanyCode, store: StoreCode, day: BusinessDate) -> int:
        """Count on from the last number known; the first of a day asks the record.

        The count never goes back: numbers that were drawn may not be in the record yet.
        """
        key = (company, store, day)
        if key not in self._numbers or key in self._recount:
            self._recount.discard(key)
            with translated():
                last: int = await self._pool.fetchval(
                    queries.LAST_NUMBER,
                    company,
                    store,
                    date.fromisoformat(day),
                    timeout=STATEMENT_S,
                )
            self._numbers[key] = max(last, self._numbers.get(key, 0))
        self._numbers[key] += 1
        return self._numbers[key]

    async def stored_answer(self, key: Key, now: datetime) -> StoredAnswer | None:
        """Return what was answered under the key within a day."""
        row = await self._row(queries.STORED_ANSWER, key.company, key.operator, key.key, now)
        if row is None:
            return None
        return StoredAnswer(
            key=key,
            fingerprint=row["fingerprint"],
            outcome=row["outcome"],
            body=row["body"],
            at=row["stored_at"],
        )

    async def find(
        self, company: CompanyCode, stores: tuple[StoreCode, ...], wanted: FindSales
    ) -> tuple[Sale, ...]:
        """Return at most `limit` + 1 sales, newest first."""
        return await self._many(
            queries.FIND,
            company,
            list(stores),
            wanted.store,
            wanted.register,
            None if wanted.business_date is None else date.fromisoformat(wanted.business_date),
            None if wanted.state is None else str(wanted.state),
            wanted.after,
            wanted.limit + 1,
            searched_by(wanted),
        )

    async def events(
        self, company: CompanyCode, sale_id: SaleId, after: int
    ) -> tuple[SaleEvent, ...]:
        """Return the sale's events after that sequence, in order."""
        rows = await self._rows(queries.EVENTS, sale_id, after, EVENTS_MAX)
        events = (msgspec.json.decode(row["payload"], type=SaleEvent) for row in rows)
        return tuple(event for event in events if event.company == company)

    async def hold_of(self, operation_id: OperationId) -> TerminalHold | None:
        """Return the operation, open or long since ended."""
        row = await self._row(queries.HOLD, operation_id)
        return None if row is None else hold_of(row)

    async def hold_of_entry(
        self, company: CompanyCode, store: StoreCode, entry: str
    ) -> TerminalHold | None:
        """Return the newest payment of that entry of a terminal's journal."""
        row = await self._row(queries.HOLD_OF_ENTRY, company, store, entry)
        return None if row is None else hold_of(row)

    async def unresolved(self) -> tuple[tuple[TerminalHold, TenderState], ...]:
        """Return every operation whose outcome is not known, and where its tender stands."""
        found: list[tuple[TerminalHold, TenderState]] = []
        for row in await self._rows(queries.UNRESOLVED):
            sale = sale_of(row["document"])
            hold = holds_of(sale).get(str(row["id"]))
            tender = None if hold is None else sale.tender(hold.tender)
            if hold is not None and tender is not None:
                found.append((hold, tender.state))
        return tuple(found)

    async def seen(self, company: CompanyCode, store: StoreCode, epoch: int) -> Seen:
        """Return which facts of that epoch have been taken in."""
        row = await self._row(queries.SEEN, company, store, epoch)
        assert row is not None, "it selects one row"  # noqa: S101 - house style 12
        seen = Seen(contiguous=row["contiguous"])
        for sequence in row["ahead"]:
            seen = seen.with_fact(sequence)
        return seen

    async def keep_cursor(
        self, company: CompanyCode, store: StoreCode, epoch: int, contiguous: int
    ) -> None:
        """Remember how far an epoch's facts are complete."""
        with translated():
            await self._run(queries.KEEP_CURSOR, company, store, epoch, contiguous)

    async def purge(self, now: datetime) -> None:
        """Drop some of what is too old to be asked for."""
        with translated():
            await self._run(queries.PURGE_ANSWERS, now, PURGED_AT_ONCE)
            await self._run(queries.PURGE_INBOX, now, PURGED_AT_ONCE)


def _headers(trace: str | None) -> str | None:
    if trace is None:
        return None
    return msgspec.json.encode({HEADER_TRACEPARENT: trace}).decode()
