"""What the edge says: facts, screens and heartbeats; and the asking after what it does not say."""

import asyncio
from contextlib import suppress
from typing import Final

from checkout import decide_outcome
from checkout.answers import paired_terminal
from checkout.gaps import Seen
from checkout.ledger import Decide, Ledger, Outcome
from checkout.model import Decision, Moment, Sale, TerminalHold
from checkout.ports import (
    AwayError,
    CheckoutError,
    Configuration,
    FactKnown,
    Gateway,
    OutOfReach,
    SeenFact,
    Unanswered,
)
from checkout.presence import Presence
from checkout.resolver import Doubt, Working, meaning
from contracts.envelope import Fact
from contracts.identifiers import CompanyCode, EventId, OperationId, StoreCode, TerminalCode
from contracts.operations import (
    ForeignResultSeen,
    Heartbeat,
    InquireOperation,
    OperationConcluded,
    OperationDoubted,
    OperationOpen,
    ReplayFacts,
    ScreenShown,
    TerminalFact,
)

ASKING_MAX: Final = 16
"""Questions under way at once: after a restart every open operation of the chain is asked after."""

REPLAY_PAUSE_S: Final = 10.0
"""A gap is asked for again after this: the facts of the first asking are still on their way."""

REPLAY_PAUSE_MAX_S: Final = 3600.0
"""One that stays (a fact that we cannot read, say) is asked for after twice the pause each time:
every asking sets the same fact aside once more."""

RELOAD_EVERY_S: Final = 15.0
"""Operations of another process that died are found in the record and asked after."""

OLD_WORD_WAITS_S: Final = 60.0
"""A box that starts again answers in seconds; then the old word is a case without its answer."""

EPOCHS_KEPT: Final = 4096
"""Gaps are watched in memory for this many epochs of gateways; others are read again."""


class NotOurs(CheckoutError):  # noqa: N818 - named for what it means
    """The fact fits nothing that we know, or says it comes from where it does not."""


class NotHeardYet(AwayError):  # noqa: N818 - named for what it means
    """An old gateway's word, before the present one has been asked: deliver it again."""


class Edge:
    """Takes in what gateways say, and asks them what they have not said."""

    def __init__(
        self, ledger: Ledger, gateway: Gateway, configuration: Configuration, presence: Presence
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._resolver = ledger.resolver
        self._clock = ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._presence = presence
        self._seen: dict[tuple[CompanyCode, StoreCode, int], Seen] = {}
        self._replays: dict[tuple[CompanyCode, StoreCode, int], float] = {}
        self._gaps: dict[tuple[CompanyCode, StoreCode, int], tuple[int, int]] = {}
        """Where the gap began that was asked for last, and how often it was asked for again."""
        self._old_words: dict[EventId, float] = {}
        self._cursors_due: set[tuple[CompanyCode, StoreCode, int]] = set()
        self._reload_due = 0.0
        self._glass: dict[tuple[CompanyCode, StoreCode, TerminalCode], ScreenShown] = {}

    # --- facts ---

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Take a fact in, once. Raises `NotOurs` to have it set aside."""
        key = (fact.company, fact.store, fact.epoch)
        if key not in self._seen:
            if len(self._seen) >= EPOCHS_KEPT:
                self._seen.pop(next(iter(self._seen)))
            self._seen[key] = await self._store.seen(*key)
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
            self._came(
                key, fact.sequence
            )  # and is set aside: asked for again, it would be so again
            raise
        self._came(key, fact.sequence)

    def _came(self, key: tuple[CompanyCode, StoreCode, int], sequence: int) -> None:
        if key in self._seen:
            self._seen[key] = self._seen[key].with_fact(sequence)
            self._cursors_due.add(key)
            if self._seen[key].missing() is not None:
                self._replays.setdefault(key, self._clock.monotonic())

    async def _take(self, fact: Fact[TerminalFact], mark: SeenFact) -> None:
        body = fact.body
        if isinstance(body, ForeignResultSeen):
            await self._on_foreign(fact.company, fact.store, body, mark)
            return
        hold = self._resolver.find(body.operation_id)
        hold = hold or await self._store.hold_of(body.operation_id)
        if hold is None or (hold.company, hold.store) != (fact.company, fact.store):
            raise NotOurs(body.operation_id)
        if fact.epoch < self._presence.epoch(fact.company, fact.store):
            await self._on_old_word(hold, body, mark)
        elif isinstance(body, OperationConcluded):
            await self._change(hold, _concluding(body), mark)
        else:
            await self._change(hold, _doubting(body.operation_id, body.reason), mark)

    async def _on_old_word(
        self, hold: TerminalHold, body: OperationConcluded | OperationDoubted, mark: SeenFact
    ) -> None:
        """A gateway that has been replaced is evidence, not the word: the present one is asked."""
        if isinstance(body, OperationConcluded):
            if not await self.ask(hold) and self._waits_still(mark.id):
                raise NotHeardYet(body.operation_id)
            self._old_words.pop(mark.id, None)

            def decide(sale: Sale, moment: Moment) -> Decision:
                if not decide_outcome.conclude(sale, body, moment).happened:
                    return Decision(sale=sale)
                return decide_outcome.contradict(sale, body, moment)

            await self._change(hold, decide, mark)
            return
        self._resolver.ask_soon(hold.operation_id, self._clock.monotonic())
        await self._change(hold, lambda sale, _: Decision(sale=sale), mark)

    def _waits_still(self, fact_id: EventId) -> bool:
        """Whether the present gateway may still say the same by itself.

        One that only started again has told its last words under its old epoch, and is known by
        the new one before it answers: without this wait each such word became a false case.
        """
        if len(self._old_words) >= EPOCHS_KEPT:
            self._old_words.pop(next(iter(self._old_words)))
        now = self._clock.monotonic()
        return now < self._old_words.setdefault(fact_id, now) + OLD_WORD_WAITS_S

    async def _on_foreign(
        self, company: CompanyCode, store: StoreCode, body: ForeignResultSeen, mark: SeenFact
    ) -> None:
        """Find the sale that it may belong to: the echoed operation's, the open one's, the last."""
        open_operation = self._resolver.busy_with(company, store, body.terminal)
        hold: TerminalHold | None = None
        for operation_id in (body.echoed_operation_id, open_operation):
            if hold is None and operation_id is not None:
                hold = await self._store.hold_of(operation_id)
        if hold is not None and (hold.company, hold.store) == (company, store):
            sale_id = hold.sale_id
        else:
            sale = await self._last_sale(company, store, body.terminal)
            if sale is None:
                raise NotOurs(body.serial)
            sale_id = sale.id
        await self._ledger.change(
            company,
            sale_id,
            lambda sale, moment: decide_outcome.foreign(sale, body, open_operation, moment),
            fact=mark,
        )

    async def _last_sale(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> Sale | None:
        configuration = self._configuration.of_store(company, store)
        if configuration is None:
            return None
        for entry in configuration.registers:
            if paired_terminal(configuration, entry.register) == terminal:
                return await self._store.latest(company, store, entry.register)
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
            await self._change(hold, _progressing(hold.operation_id))

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
        for seen in beat.terminals:
            if seen.operation_id is not None:
                self._resolver.sign_of_life(seen.operation_id, now)

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
            await self._change(hold, _doubting(hold.operation_id, "abort_unacknowledged"))
        due = self._resolver.due(now)
        for start in range(0, len(due), ASKING_MAX):
            batch = due[start : start + ASKING_MAX]
            await asyncio.gather(*(self.ask(hold) for hold, _ in batch))
        for key, when in tuple(self._replays.items()):
            if when <= now:
                await self._fill_gap(key)

    def next_due(self) -> float:
        """Return when `tick` has something to do next, on the monotonic clock."""
        due = self._resolver.next_due()
        others = (self._reload_due, *self._replays.values())
        return min(others) if due is None else min(due, *others)

    async def _reload(self, first_s: float) -> None:
        now = self._clock.monotonic()
        self._reload_due = now + RELOAD_EVERY_S
        for hold, state in await self._store.unresolved():
            if self._resolver.find(hold.operation_id) is None:
                self._resolver.keep(hold, state, now, first_s=first_s)
        while self._cursors_due:
            key = self._cursors_due.pop()
            if key in self._seen:
                await self._store.keep_cursor(*key, self._seen[key].contiguous)

    async def ask(self, hold: TerminalHold) -> bool:
        """Ask the present gateway what became of the operation, and take in what it says.

        Return whether it knows how the operation ended.
        """
        command = InquireOperation(operation_id=hold.operation_id, terminal=hold.terminal)
        try:
            reply = await self._gateway.inquire(hold.company, hold.store, command)
        except (OutOfReach, Unanswered):
            reply = None
        known = reply if isinstance(reply, OperationConcluded | OperationOpen) else None
        told = meaning(known)
        now = self._clock.monotonic()
        if isinstance(told, Doubt):
            await self._change(hold, _doubting(hold.operation_id, told.reason))
        elif isinstance(told, Working):
            self._resolver.sign_of_life(hold.operation_id, now)
            if not self._resolver.in_progress(hold.operation_id):
                await self._change(hold, _progressing(hold.operation_id))
        else:
            outcome = await self._change(hold, _concluding(told))
            self._resolver.ask_seldom(hold.operation_id, now)
            decided = None if outcome is None else outcome.decided
            if isinstance(decided, Decision) and not decided.sale.tender_of(hold.operation_id):
                self._resolver.forget(hold.operation_id)
            return True
        return False

    async def _fill_gap(self, key: tuple[CompanyCode, StoreCode, int]) -> None:
        seen = self._seen.get(key)
        if seen is not None and seen.missing() is not None:
            # What is missing here may have been taken in by another process.
            taken = await self._store.seen(*key)
            seen = self._seen[key] = self._seen[key].joined(taken)
        gap = None if seen is None else seen.missing()
        if seen is None or gap is None:
            del self._replays[key]
            self._gaps.pop(key, None)
            return
        company, store, epoch = key
        first, tries = self._gaps.get(key, (0, 0))
        tries = tries + 1 if first == gap[0] else 0
        self._gaps[key] = (gap[0], tries)
        pause_s = min(REPLAY_PAUSE_S * 2 ** max(0, tries - 2), REPLAY_PAUSE_MAX_S)
        self._replays[key] = self._clock.monotonic() + pause_s
        command = ReplayFacts(epoch=epoch, from_sequence=gap[0], to_sequence=gap[1])
        try:
            promised = await self._gateway.replay(company, store, command)
        except (OutOfReach, Unanswered):
            return
        self._seen[key] = self._seen[key].without_lost(promised.first_kept)
        self._cursors_due.add(key)


def _concluding(body: OperationConcluded) -> Decide:
    return lambda sale, moment: decide_outcome.conclude(sale, body, moment)


def _doubting(operation_id: OperationId, reason: str) -> Decide:
    return lambda sale, moment: decide_outcome.doubt(sale, operation_id, reason, moment)


def _progressing(operation_id: OperationId) -> Decide:
    return lambda sale, moment: decide_outcome.progress(sale, operation_id, moment)
