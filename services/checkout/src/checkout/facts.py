"""What the edge says: facts, screens and heartbeats; and the asking after what it does not say."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from checkout import decide_foreign, decide_outcome, decide_resolve, decide_sale
from checkout.answers import paired_terminal
from checkout.asking import Asking, concluding, doubting, progressing
from checkout.decide_outcome import MONEY
from checkout.gap_filling import GapFilling
from checkout.holds import TerminalHold, entry_of
from checkout.ledger import Decide, Ledger, Outcome
from checkout.model import Decision, Moment, Sale
from checkout.ports import (
    AwayError,
    CheckoutError,
    Configuration,
    FactKnown,
    Gateway,
    News,
    NoNews,
    SeenFact,
)
from checkout.presence import Presence
from contracts.envelope import Fact
from contracts.identifiers import (
    BusinessDate,
    CompanyCode,
    EventId,
    OperationId,
    StoreCode,
    TerminalCode,
)
from contracts.operations import (
    ForeignResultSeen,
    Heartbeat,
    OperationConcluded,
    OperationDoubted,
    ScreenShown,
    TerminalFact,
)
from contracts.stores import StoreSettings

ASKING_MAX: Final = 16
"""Questions under way at once: after a restart every open operation of the chain is asked after."""

RELOAD_EVERY_S: Final = 15.0
"""Operations of another process that died are found in the record and asked after."""

OLD_WORD_WAITS_S: Final = 60.0
"""A box that starts again answers in seconds; then the old word is a case without its answer."""

CLOCKS_APART: Final = timedelta(minutes=1)
"""The centre's and a box's clock agree to milliseconds, unless a box was just set up."""

OLD_WORDS_KEPT: Final = 4096
"""Words of replaced boxes that wait for the present one; the oldest waits no longer."""


class NotOurs(CheckoutError):  # noqa: N818 - named for what it means
    """The fact fits nothing that we know, or says it comes from where it does not."""


class NotHeardYet(AwayError):  # noqa: N818 - named for what it means
    """An old gateway's word, before the present one has been asked: deliver it again."""


class Edge:
    """Takes in what gateways say, and asks them what they have not said."""

    def __init__(
        self,
        ledger: Ledger,
        gateway: Gateway,
        configuration: Configuration,
        presence: Presence,
        news: News | None = None,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._resolver = ledger.resolver
        self._clock = ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._presence = presence
        self._asking = Asking(ledger, gateway, configuration, news or NoNews())
        self._facts = GapFilling(ledger.store, gateway, ledger.clock)
        self._old_words: dict[EventId, float] = {}
        self._reload_due = 0.0
        self._glass: dict[tuple[CompanyCode, StoreCode, TerminalCode], ScreenShown] = {}

    # --- facts ---

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Take a fact in, once. Raises `NotOurs` to have it set aside."""
        key = (fact.company, fact.store, fact.epoch)
        await self._facts.know(key)
        mark = SeenFact(
            id=fact.id,
            company=fact.company,
            store=fact.store,
            epoch=fact.epoch,
            sequence=fact.sequence,
            at=self._clock.now(),
        )
        try:
            with suppress(FactKnown):
                await self._take(fact, mark)
        except NotOurs:
            # It is set aside: asked for again, it would be so again.
            self._facts.came(key, fact.sequence)
            raise
        self._facts.came(key, fact.sequence)

    async def _take(self, fact: Fact[TerminalFact], mark: SeenFact) -> None:
        body = fact.body
        if isinstance(body, ForeignResultSeen):
            await self._on_foreign(fact.company, fact.store, body, mark)
            return
        hold = self._resolver.find(body.operation_id)
        hold = hold or await self._store.hold_of(body.operation_id)
        if hold is None and isinstance(body, OperationConcluded) and body.outcome in MONEY:
            seen = decide_foreign.unasked(body)
            await self._on_foreign(fact.company, fact.store, seen, mark)
            return
        if hold is None or (hold.company, hold.store) != (fact.company, fact.store):
            raise NotOurs(body.operation_id)
        if fact.epoch < self._presence.epoch(fact.company, fact.store):
            await self._on_old_word(hold, body, mark)
        elif isinstance(body, OperationConcluded):
            await self._change(hold, concluding(body, self._asking.rules(hold)), mark)
        else:
            await self._change(hold, doubting(body.operation_id, body.reason), mark)

    async def _on_old_word(
        self, hold: TerminalHold, body: OperationConcluded | OperationDoubted, mark: SeenFact
    ) -> None:
        """A gateway that has been replaced is evidence, not the word: the present one is asked."""
        if isinstance(body, OperationConcluded):
            if not (await self._asking.ask(hold)).known and self._waits_still(mark.id):
                raise NotHeardYet(body.operation_id)
            self._old_words.pop(mark.id, None)
            rules = self._asking.rules(hold)

            def decide(sale: Sale, moment: Moment) -> Decision:
                return decide_outcome.conclude_late(sale, body, moment, rules)

            await self._change(hold, decide, mark)
            return
        self._resolver.ask_soon(hold.operation_id, self._clock.monotonic())
        await self._change(hold, lambda sale, _: Decision(sale=sale), mark)

    def _waits_still(self, fact_id: EventId) -> bool:
        """Whether the present gateway may still say the same by itself.

        One that only started again has told its last words under its old epoch, and is known by
        the new one before it answers: without this wait each such word became a false case.
        """
        if len(self._old_words) >= OLD_WORDS_KEPT:
            self._old_words.pop(next(iter(self._old_words)))
        now = self._clock.monotonic()
        return now < self._old_words.setdefault(fact_id, now) + OLD_WORD_WAITS_S

    async def _on_foreign(
        self, company: CompanyCode, store: StoreCode, body: ForeignResultSeen, mark: SeenFact
    ) -> None:
        """Find the sale that it may belong to.

        It is the entry's, the echoed operation's, the one that is open, or what was rung up when it
        ended.
        """
        ended_at = body.ended_at or body.evidence.at
        open_operation = await self._open_on(company, store, body.terminal)
        hold = await self._given_back(company, store, body)
        hold = hold or await self._on_record(company, store, body)
        if hold is None and body.echoed_operation_id is not None:
            hold = await self._store.hold_of(body.echoed_operation_id)
        if hold is None and open_operation is not None:
            hold = await self._store.hold_of(open_operation)
            if hold is not None and ended_at < hold.at - CLOCKS_APART:
                hold = None  # it is no answer: it had ended before that one was asked
        if hold is not None and (hold.company, hold.store) == (company, store):
            sale_id = hold.sale_id
        else:
            sale = await self._sale_then(company, store, body.terminal, ended_at)
            if sale is None:
                raise NotOurs(body.serial)
            sale_id = sale.id
        await self._ledger.change(
            company,
            sale_id,
            lambda sale, moment: decide_foreign.foreign(sale, body, open_operation, moment),
            fact=mark,
        )

    async def _given_back(
        self, company: CompanyCode, store: StoreCode, body: ForeignResultSeen
    ) -> TerminalHold | None:
        """Find the payment of ours that a void or return by hand names, if it names one."""
        if body.voids is None:
            return None
        return await self._store.hold_of_entry(company, store, entry_of(body.serial, body.voids))

    async def _on_record(
        self, company: CompanyCode, store: StoreCode, body: ForeignResultSeen
    ) -> TerminalHold | None:
        """Find the payment of ours that it is itself, told again under another id."""
        number = body.evidence.slip_number
        if number is None:
            return None
        hold = await self._store.hold_of_entry(company, store, entry_of(body.serial, number))
        sale = None if hold is None else await self._store.load(company, hold.sale_id)
        return hold if sale is not None and decide_foreign.is_known(sale, body) else None

    async def _open_on(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> OperationId | None:
        """Return what is open on the terminal, also where another process has only just sent it."""
        known = self._resolver.busy_with(company, store, terminal)
        if known is not None:
            return known
        for hold, _ in await self._store.unresolved():
            here = (hold.company, hold.store, hold.terminal) == (company, store, terminal)
            if here and hold.holds_terminal:
                return hold.operation_id
        return None

    async def _sale_then(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode, moment: datetime
    ) -> Sale | None:
        configuration = self._configuration.of_store(company, store)
        if configuration is None:
            return None
        for entry in configuration.registers:
            if paired_terminal(configuration, entry.register) == terminal:
                return await self._store.rung_up_until(company, store, entry.register, moment)
        return None

    async def _change(
        self, hold: TerminalHold, decide: Decide, fact: SeenFact | None = None
    ) -> Outcome | None:
        return await self._ledger.change(hold.company, hold.sale_id, decide, fact=fact)

    # --- live ---

    async def on_screen(self, company: CompanyCode, store: StoreCode, shown: ScreenShown) -> None:
        """The terminal's glass changed: the first one about an operation puts it in progress."""
        if shown.operation_id is None or self._older(company, store, shown):
            return
        hold = self._resolver.find(shown.operation_id)
        if hold is None or (hold.company, hold.store, hold.terminal) != (
            company,
            store,
            shown.terminal,
        ):
            return
        self._resolver.sign_of_life(hold.operation_id, self._clock.monotonic())
        if not self._resolver.in_progress(hold.operation_id):
            await self._change(hold, progressing(hold.operation_id))

    def _older(self, company: CompanyCode, store: StoreCode, shown: ScreenShown) -> bool:
        key = (company, store, shown.terminal)
        last = self._glass.get(key)
        if last is not None and shown.sequence <= last.sequence and shown.at <= last.at:
            return True
        self._glass[key] = shown
        return False

    async def on_heartbeat(self, company: CompanyCode, store: StoreCode, beat: Heartbeat) -> None:
        """The box is alive; what it names is being worked on; what came back is asked at once."""
        now = self._clock.monotonic()
        if self._presence.heard(company, store, beat, now):
            self._resolver.ask_store_soon(company, store, now)
            self._facts.ended_before((company, store, beat.epoch))
        if beat.delivered is not None:
            self._facts.delivered((company, store, beat.delivered.epoch), beat.delivered.sequence)
        if beat.epoch < self._presence.epoch(company, store):
            return  # a box that was replaced and beats on: its successor is to be asked
        for seen in beat.terminals:
            # One that is not linked is only remembered: it must be asked about, however long.
            hold = (
                None if seen.link != "connected" else self._resolver.find(seen.operation_id or "")
            )
            if hold is not None and (hold.company, hold.store) == (company, store):
                self._resolver.sign_of_life(hold.operation_id, now)

    # --- asking ---

    async def restart(self) -> None:
        """Before anything else: everything that this process does not know the outcome of."""
        await self._reload(first_s=0.0)

    async def tick(self) -> None:
        """Do what is due now: ask, doubt what was not acknowledged, have gaps filled."""
        now = self._clock.monotonic()
        if now >= self._reload_due:
            await self._reload(first_s=RELOAD_EVERY_S)
        for hold in self._resolver.aborts_overdue(now):
            await self._change(hold, doubting(hold.operation_id, "abort_unacknowledged"))
        due = self._resolver.due(now)
        for start in range(0, len(due), ASKING_MAX):
            batch = due[start : start + ASKING_MAX]
            await asyncio.gather(*(self._ask(hold) for hold, _ in batch))
        await self._facts.tick()

    def next_due(self) -> float:
        """Return when `tick` has something to do next, on the monotonic clock."""
        due = (self._resolver.next_due(), self._facts.next_due())
        return min((self._reload_due, *(when for when in due if when is not None)))

    async def _reload(self, first_s: float) -> None:
        now = self._clock.monotonic()
        self._reload_due = now + RELOAD_EVERY_S
        for hold, state in await self._store.unresolved():
            if self._resolver.find(hold.operation_id) is None:
                self._resolver.keep(hold, state, now, first_s=first_s)
        await self._facts.keep_cursors()

    async def _ask(self, hold: TerminalHold) -> None:
        """Ask, unless the last day of looking into it is over."""
        if self._is_over(hold):
            await self._asking.change(
                hold,
                lambda sale, moment: decide_resolve.give_up(
                    sale, hold.operation_id, self._today(hold), moment
                ),
            )
            return
        await self._asking.ask(hold)

    def _is_over(self, hold: TerminalHold) -> bool:
        last = hold.investigate_until
        return last is not None and decide_resolve.is_over(last, self._today(hold))

    def _today(self, hold: TerminalHold) -> BusinessDate:
        document = self._configuration.of_store(hold.company, hold.store)
        settings = StoreSettings() if document is None else document.settings
        return decide_sale.business_date(self._clock.now(), settings)
