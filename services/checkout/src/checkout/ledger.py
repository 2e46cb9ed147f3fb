"""Load, decide, save: the one flow by which a sale changes. What is sent comes after the save."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from checkout.answers import Reply, answer_to, key_of, stored
from checkout.holds import cases_changed, holds_changed, holds_of
from checkout.model import Decision, Moment, Refused, Sale
from checkout.overrides import overrides_of
from checkout.ports import ChangedMeanwhile, Commit, KeyAct, SaleStore, SeenFact
from checkout.resolver import Resolver
from checkout.views import event_view
from contracts.envelope import Actor, Answer, Authority, Call, Idempotency
from contracts.identifiers import CompanyCode, SaleId
from contracts.sales import SaleEvent
from servicekit.clock import Clock
from servicekit.ids import Ids

TRIES_MAX: Final = 8
"""Two at once on one sale are a cashier and a terminal; eight in a row would be a bug."""

Decide = Callable[[Sale, Moment], Decision | Refused]


class Asked(Struct, frozen=True, kw_only=True):
    """Who asks, under which key, and how the answer is told."""

    actor: Actor
    reply: Reply
    idempotency: Idempotency | None = None
    authority: Authority | None = None
    key_act: KeyAct = KeyAct.KEEP


def asked_by(call: Call[Any], reply: Reply) -> Asked:
    """Return the call as a change needs it."""
    return Asked(
        actor=call.actor,
        reply=reply,
        idempotency=call.idempotency,
        authority=call.authority,
    )


class Outcome(Struct, frozen=True, kw_only=True):
    """What was decided and kept, and the answer that was kept with it."""

    decided: Decision | Refused
    answer: Answer | None
    kept: bool
    """Whether there was anything to commit."""


class Ledger:
    """Changes sales, one commit a change, decided anew when somebody was faster."""

    def __init__(self, store: SaleStore, resolver: Resolver, clock: Clock, ids: Ids) -> None:
        self.store = store
        self.resolver = resolver
        self.clock = clock
        self.ids = ids

    def moment(self, actor: Actor | None = None, authority: Authority | None = None) -> Moment:
        """Return now, for a decision."""
        return Moment(
            at=self.clock.now(), case_id=self.ids.uuid(), actor=actor, authority=authority
        )

    async def change(
        self,
        company: CompanyCode,
        sale_id: SaleId,
        decide: Decide,
        *,
        asked: Asked | None = None,
        fact: SeenFact | None = None,
    ) -> Outcome | None:
        """Decide upon the sale and keep what follows. None: there is no such sale.

        Raises `KeyTaken`, `FactKnown` and `TerminalTaken`: then nothing was changed.
        """
        fresh = False
        for _ in range(TRIES_MAX):
            load = self.store.load_fresh if fresh else self.store.load
            sale = await load(company, sale_id)
            if sale is None:
                return None
            try:
                outcome = await self._decide(sale, decide, asked, fact)
            except ChangedMeanwhile:
                fresh = True
                continue
            if outcome.kept or fresh:
                return outcome
            # No commit has proved that the sale in memory was the present one.
            fresh = True
        raise ChangedMeanwhile(sale_id)

    async def _decide(
        self, sale: Sale, decide: Decide, asked: Asked | None, fact: SeenFact | None
    ) -> Outcome:
        moment = self.moment() if asked is None else self.moment(asked.actor, asked.authority)
        decided = decide(sale, moment)
        answer = None if asked is None else answer_to(decided, asked.reply)
        after = decided.sale if isinstance(decided, Decision) else sale
        commit = Commit(
            sale=after,
            before=sale.sequence,
            events=self.events(decided, moment),
            holds=holds_changed(sale, after),
            cases=cases_changed(sale, after),
            overrides=overrides_of(sale, decided, moment),
            fact=fact,
        )
        commit = with_answer(commit, asked, answer, moment)
        kept = await self.save(commit)
        return Outcome(decided=decided, answer=answer, kept=kept)

    async def save(self, commit: Commit) -> bool:
        """Keep it, unless there is nothing to keep; then note what is to be asked after."""
        something = bool(commit.events or commit.answer or commit.fact or commit.forget)
        if something:
            await self.store.commit(commit)
        if commit.sale is not None:
            self.note(commit.sale, commit)
        return something

    def note(self, sale: Sale, commit: Commit) -> None:
        """Tell the resolver where each operation of the sale stands now."""
        now = self.clock.monotonic()
        for hold in holds_of(sale).values():
            tender = sale.tender(hold.tender)
            if tender is not None:
                self.resolver.keep(hold, tender.state, now)
        for hold in commit.holds:
            if not hold.unresolved:
                self.resolver.forget(hold.operation_id)

    def events(self, decided: Decision | Refused, moment: Moment) -> tuple[SaleEvent, ...]:
        """Return the durable events of a decision, each with an id of its own."""
        if isinstance(decided, Refused):
            return ()
        return tuple(event_view(happened, self.ids.uuid(), moment) for happened in decided.happened)


def with_answer(
    commit: Commit, asked: Asked | None, answer: Answer | None, moment: Moment
) -> Commit:
    """Return the commit with the answer that is kept in it, or the key that is freed by it."""
    if asked is None or answer is None or asked.idempotency is None:
        return commit
    keep = stored(answer, asked.actor, asked.idempotency, moment.at)
    if asked.key_act is KeyAct.KEEP:
        return replace(commit, answer=keep)
    if not commit.events:
        return commit
    if keep is None:
        return replace(commit, forget=key_of(asked.actor, asked.idempotency))
    return replace(commit, answer=keep, key_act=KeyAct.REPLACE)
