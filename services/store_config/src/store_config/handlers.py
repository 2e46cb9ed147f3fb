"""The flow of questions and changes about stores: load, decide, save, then poke the publisher."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec import Raw, Struct

from contracts.envelope import Actor, Answer, Call, Refusal, encode
from contracts.problems import PROBLEMS
from contracts.stores import (
    ChangeStore,
    ListRegisters,
    ListStores,
    ListTerminals,
    PairTerminal,
    ReadStore,
    RegisterEntryView,
    RegisterList,
    StoreConfiguration,
    StoreList,
    StoreView,
    TerminalEntryView,
    TerminalList,
    UnpairTerminal,
)
from servicekit.clock import Clock
from store_config import decide
from store_config.model import (
    AnswerKey,
    AuditEntry,
    Change,
    Decision,
    KeptAnswer,
    OpenOperation,
    Refused,
    Unchanged,
)
from store_config.ports import Gateways, KeyTaken, Outdated, Stores

ATTEMPTS_MAX: Final = 8
"""Each lost race means that somebody else's change was written; eight in a row are no accident."""

KEPT_STATUSES: Final = frozenset({200, 201, 202, 409, 422})
"""The answers that are decided (`http-api.md`, Rules); the rest may be different next time."""

Command = TypeVar("Command", ChangeStore, PairTerminal, UnpairTerminal)
View = Callable[[StoreConfiguration], Struct]
Rule = Callable[[StoreConfiguration | None], Decision]


class StoreHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(
        self, stores: Stores, gateways: Gateways, clock: Clock, poke: Callable[[], None]
    ) -> None:
        """`poke` is called after each commit that edges must hear of."""
        self._stores = stores
        self._gateways = gateways
        self._clock = clock
        self._poke = poke
        self._under_way: set[AnswerKey] = set()

    # --- questions ---

    async def list_stores(self, call: Call[ListStores]) -> Answer:
        """Answer a `StoreList` of what the actor may see."""
        if not decide.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        company = decide.company_of(call.actor, call.body.company)
        found = () if company is None else await self._stores.of_company(company)
        views = tuple(view_store(each) for each in found if decide.sees(call.actor, each.store))
        return ok(StoreList(stores=views))

    async def read_store(self, call: Call[ReadStore]) -> Answer:
        """Answer a `StoreView`, or `unknown_store`."""
        company = decide.company_of(call.actor, call.body.company)
        return await self._look(call.actor, company, call.body.store, view_store)

    async def list_registers(self, call: Call[ListRegisters]) -> Answer:
        """Answer a `RegisterList`, or `unknown_store`."""
        return await self._look(call.actor, call.actor.company, call.body.store, view_registers)

    async def list_terminals(self, call: Call[ListTerminals]) -> Answer:
        """Answer a `TerminalList`, or `unknown_store`."""
        return await self._look(call.actor, call.actor.company, call.body.store, view_terminals)

    # --- changes ---

    async def change_store(self, call: Call[ChangeStore]) -> Answer:
        """Change what is given and answer the `StoreView` as it is now."""
        company = decide.company_of(call.actor, call.body.company)
        return await self._change(
            call,
            company,
            lambda store: decide.change(store, call.actor, call.body),
            view_store,
        )

    async def pair_terminal(self, call: Call[PairTerminal]) -> Answer:
        """Give a register its terminal and answer its `RegisterEntryView`."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide.pair(store, call.actor, call.body),
            lambda store: view_register(store, call.body.register),
        )

    async def unpair_terminal(self, call: Call[UnpairTerminal]) -> Answer:
        """Let a register's terminal go and answer its `RegisterEntryView`."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide.unpair(store, call.actor, call.body),
            lambda store: view_register(store, call.body.register),
        )

    # --- the ways through ---

    async def _look(self, actor: Actor, company: str | None, code: str, view: View) -> Answer:
        store = None
        if company is not None and decide.sees(actor, code):
            store = await self._stores.read(company, code)
        if store is None:
            return refusal(Refused(code="unknown_store", fields={"store": code}))
        if not decide.may_read(actor):
            return refusal(Refused(code="not_permitted"))
        return ok(view(store))

    async def _change(
        self, call: Call[Command], company: str | None, rule: Rule, view: View
    ) -> Answer:
        async def attempt() -> Answer:
            return await self._decide_and_save(call, company, rule, view)

        return await self._once(call, attempt)

    async def _once(self, call: Call[Command], work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give the kept answer to a repeat, and refuse one that overtakes its own first try."""
        if call.idempotency is None:
            return await work()
        key = _answer_key(call)
        if key is None or key in self._under_way:
            return refusal(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            return await self._recalled(call, key) or await work()
        except KeyTaken:
            return await self._recalled(call, key) or refusal(Refused(code="request_in_progress"))
        finally:
            self._under_way.discard(key)

    async def _recalled(self, call: Call[Command], key: AnswerKey) -> Answer | None:
        kept = await self._stores.recall(key, self._clock.now())
        if kept is None:
            return None
        if call.idempotency is None or kept.fingerprint != call.idempotency.fingerprint:
            return refusal(Refused(code="idempotency_key_reused"))
        return Answer(outcome=kept.outcome, body=Raw(kept.body), replayed=True)

    async def _decide_and_save(
        self, call: Call[Command], company: str | None, rule: Rule, view: View
    ) -> Answer:
        for _ in range(ATTEMPTS_MAX):
            store = None if company is None else await self._stores.read(company, call.body.store)
            decision = rule(store)
            if isinstance(decision, Change):
                busy = decide.refuse_busy(decision, await self._working(decision))
                decision = busy or decision
            if not isinstance(decision, Change):
                return await self._kept(call, _answer(decision, view))
            answer = ok(view(decision.after))
            try:
                await self._stores.save(
                    decision, self._audit(call.actor, decision), self._to_keep(call, answer)
                )
            except Outdated:
                continue
            self._poke()
            return answer
        return refusal(Refused(code="changed_meanwhile"))

    async def _working(self, change: Change) -> tuple[OpenOperation, ...]:
        company, store = change.before.company, change.before.store
        touched = (*change.released, *(terminal for _, terminal in change.paired))
        said = await asyncio.gather(
            *(self._gateways.open_operation(company, store, each) for each in touched)
        )
        return tuple(
            OpenOperation(terminal=terminal, operation_id=operation)
            for terminal, operation in zip(touched, said, strict=True)
            if operation is not None
        )

    async def _kept(self, call: Call[Command], answer: Answer) -> Answer:
        kept = self._to_keep(call, answer)
        if kept is not None:
            await self._stores.keep(kept)
        return answer

    def _to_keep(self, call: Call[Command], answer: Answer) -> KeptAnswer | None:
        key = _answer_key(call)
        if key is None or call.idempotency is None or not _is_decided(answer):
            return None
        return KeptAnswer(
            key=key,
            fingerprint=call.idempotency.fingerprint,
            outcome=answer.outcome,
            body=bytes(answer.body),
            at=self._clock.now(),
        )

    def _audit(self, actor: Actor, change: Change) -> AuditEntry:
        before, after = decide.difference(change.before, change.after)
        return AuditEntry(
            at=self._clock.now(),
            company=change.after.company,
            store=change.after.store,
            by_company=actor.company,
            operator=actor.operator,
            role=actor.role,
            action=change.action,
            before=before,
            after=after,
        )


def ok(body: Struct) -> Answer:
    """Return what was asked for."""
    return Answer(outcome="ok", body=Raw(encode(body)))


def refusal(refused: Refused) -> Answer:
    """Return a refusal in the wire form that `front` maps to HTTP."""
    body = Refusal(code=refused.code, detail=refused.detail, fields=refused.fields)
    return Answer(outcome=refused.code, body=Raw(encode(body)))


def view_store(store: StoreConfiguration) -> StoreView:
    """Return a store as the API shows it."""
    settings = store.settings
    return StoreView(
        store=store.store,
        name=store.name,
        terminal_option=store.terminal_option,
        customer_slip=settings.customer_slip,
        slip_reprint=settings.slip_reprint,
        business_day_starts=settings.business_day_starts,
        time_zone=settings.time_zone,
        support_contact=settings.support_contact,
        version=store.version,
    )


def view_registers(store: StoreConfiguration) -> RegisterList:
    """Return the tills of a store."""
    return RegisterList(
        registers=tuple(view_register(store, entry.register) for entry in store.registers)
    )


def view_register(store: StoreConfiguration, code: str) -> RegisterEntryView:
    """Return one till that the store has, and what it holds."""
    entry = next(each for each in store.registers if each.register == code)
    held = next((each for each in store.terminals if each.paired_register == code), None)
    return RegisterEntryView(
        register=entry.register,
        name=entry.name,
        main_register=entry.main_register,
        model=None if held is None else held.model,
        terminal=None if held is None else held.terminal,
    )


def view_terminals(store: StoreConfiguration) -> TerminalList:
    """Return the terminals of a store."""
    return TerminalList(
        terminals=tuple(
            TerminalEntryView(
                terminal=entry.terminal,
                model=entry.model,
                serial=entry.serial,
                paired_register=entry.paired_register,
            )
            for entry in store.terminals
        )
    )


def _answer(decision: Unchanged | Refused, view: View) -> Answer:
    if isinstance(decision, Refused):
        return refusal(decision)
    return ok(view(decision.store))


def _is_decided(answer: Answer) -> bool:
    problem = PROBLEMS.get(answer.outcome)
    return (200 if problem is None else problem.status) in KEPT_STATUSES


def _answer_key(call: Call[Command]) -> AnswerKey | None:
    if call.idempotency is None:
        return None
    return AnswerKey(
        company=call.actor.company, operator=call.actor.operator, key=call.idempotency.key
    )
