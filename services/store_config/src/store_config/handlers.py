"""The flow of questions and changes about stores: load, decide, save, then poke the publisher."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from contracts.brand_rules import BrandRuleList, ListBrandRules, PutBrandRule, RemoveBrandRule
from contracts.envelope import Actor, Answer, Call
from contracts.stores import (
    AssignPrinter,
    ChangeStore,
    ListPrinters,
    ListRegisters,
    ListStores,
    ListTerminals,
    PairTerminal,
    PrinterEntry,
    PrinterList,
    PutPrinter,
    ReadStore,
    RegisterEntryView,
    RegisterList,
    RemovePrinter,
    StoreConfiguration,
    StoreList,
    TerminalEntryView,
    TerminalList,
    UnpairTerminal,
)
from servicekit.clock import Clock
from store_config import audit, decide, decide_brand_rule, decide_printer
from store_config.keeping import Keeping, ok, refusal
from store_config.model import (
    AuditEntry,
    Change,
    Decision,
    OpenOperation,
    Refused,
    Unchanged,
    view_store,
)
from store_config.ports import Gateways, Stores

Command = TypeVar(
    "Command",
    AssignPrinter,
    ChangeStore,
    PairTerminal,
    PutBrandRule,
    PutPrinter,
    RemoveBrandRule,
    RemovePrinter,
    UnpairTerminal,
)
View = Callable[[StoreConfiguration], Struct | None]
Rule = Callable[[StoreConfiguration | None], Decision]


class StoreHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(
        self,
        stores: Stores,
        gateways: Gateways,
        keeping: Keeping,
        clock: Clock,
        poke: Callable[[], None],
    ) -> None:
        """`poke` is called after each commit that edges must hear of."""
        self._stores = stores
        self._gateways = gateways
        self._clock = clock
        self._poke = poke
        self._keeping = keeping

    # --- questions ---

    async def list_stores(self, call: Call[ListStores]) -> Answer:
        """Answer a `StoreList` of what the actor may see."""
        if not decide.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        company = decide.company_of(call.actor, call.body.company)
        views = () if company is None else await self._stores.views(company)
        seen = tuple(each for each in views if decide.sees(call.actor, each.store))
        return ok(StoreList(stores=seen))

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

    async def list_printers(self, call: Call[ListPrinters]) -> Answer:
        """Answer a `PrinterList`, or `unknown_store`."""
        return await self._look(call.actor, call.actor.company, call.body.store, view_printers)

    async def list_brand_rules(self, call: Call[ListBrandRules]) -> Answer:
        """Answer the `BrandRuleList` that holds for the store, or `unknown_store`."""
        return await self._look(call.actor, call.actor.company, call.body.store, view_brand_rules)

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

    async def put_printer(self, call: Call[PutPrinter]) -> Answer:
        """Add or change a printer and answer its `PrinterEntry`."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide_printer.put(store, call.actor, call.body),
            lambda store: view_printer(store, call.body.printer.printer),
        )

    async def remove_printer(self, call: Call[RemovePrinter]) -> Answer:
        """Take a printer away; the answer has no body."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide_printer.remove(store, call.actor, call.body),
            lambda _store: None,
        )

    async def assign_printer(self, call: Call[AssignPrinter]) -> Answer:
        """Let a register print there and answer its `RegisterEntryView`."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide_printer.assign(store, call.actor, call.body),
            lambda store: view_register(store, call.body.register),
        )

    async def put_brand_rule(self, call: Call[PutBrandRule]) -> Answer:
        """Let the store have a rule of its own and answer the `BrandRule`."""
        rule = msgspec.structs.replace(call.body.rule, store=call.body.store)
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide_brand_rule.put(store, call.actor, call.body),
            lambda _store: rule,
        )

    async def remove_brand_rule(self, call: Call[RemoveBrandRule]) -> Answer:
        """Take the store's own rule away; the answer has no body."""
        return await self._change(
            call,
            call.actor.company,
            lambda store: decide_brand_rule.remove(store, call.actor, call.body),
            lambda _store: None,
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
        return await self._keeping.once(
            call, lambda: self._decide_and_save(call, company, rule, view)
        )

    async def _decide_and_save(
        self, call: Call[Command], company: str | None, rule: Rule, view: View
    ) -> Answer:
        store = None if company is None else await self._stores.read(company, call.body.store)
        decision = rule(store)
        if isinstance(decision, Change):
            decision = decide.refuse_outdated(decision.before.version, call.expects) or decision
        if isinstance(decision, Change):
            busy = decide.refuse_busy(decision, await self._working(decision))
            decision = busy or decision
        if not isinstance(decision, Change):
            return await self._keeping.kept(call, _answer(decision, view))
        answer = ok(view(decision.after))
        await self._stores.save(
            decision, self._audit(call.actor, decision), self._keeping.to_keep(call, answer)
        )
        self._poke()
        return answer

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

    def _audit(self, actor: Actor, change: Change) -> AuditEntry:
        before, after = decide.difference(change.before, change.after)
        rules = decide_brand_rule.difference(change.before.brand_rules, change.after.brand_rules)
        difference = ({**before, **rules[0]}, {**after, **rules[1]})
        return audit.of_store(change.after, actor, self._clock.now(), change.action, difference)


def view_registers(store: StoreConfiguration) -> RegisterList:
    """Return the tills of a store."""
    return RegisterList(
        registers=tuple(view_register(store, entry.register) for entry in store.registers),
        version=store.version,
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
        printer=entry.printer,
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


def view_printers(store: StoreConfiguration) -> PrinterList:
    """Return the receipt printers of a store."""
    return PrinterList(printers=store.printers)


def view_brand_rules(store: StoreConfiguration) -> BrandRuleList:
    """Return what holds for the store."""
    return BrandRuleList(rules=store.brand_rules)


def view_printer(store: StoreConfiguration, code: str) -> PrinterEntry:
    """Return one printer that the store has."""
    return next(each for each in store.printers if each.printer == code)


def _answer(decision: Unchanged | Refused, view: View) -> Answer:
    if isinstance(decision, Refused):
        return refusal(decision)
    return ok(view(decision.store))
