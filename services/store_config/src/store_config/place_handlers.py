"""The flow of files that hold a company's stores, registers and terminals."""

import asyncio
from collections.abc import Callable

from contracts.envelope import Actor, Answer, Call
from contracts.places import BadRow, ExportPlaces, ImportPlaces, ImportReport, PlacesCsv
from servicekit.clock import Clock
from store_config import audit, decide_places
from store_config.decide_places import Plan
from store_config.keeping import Keeping, ok, refusal
from store_config.model import AuditEntry, PlaceChange
from store_config.ports import Gateways, Places, Stores


class PlaceHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(  # noqa: PLR0917 - what a file touches
        self,
        stores: Stores,
        places: Places,
        gateways: Gateways,
        keeping: Keeping,
        clock: Clock,
        poke: Callable[[], None],
    ) -> None:
        """`poke` is called after each commit that edges must hear of."""
        self._stores = stores
        self._places = places
        self._gateways = gateways
        self._keeping = keeping
        self._clock = clock
        self._poke = poke

    async def export_places(self, call: Call[ExportPlaces]) -> Answer:
        """Answer the `PlacesCsv` of the actor's company."""
        refused = decide_places.may(call.actor, writing=False)
        if refused is not None:
            return refusal(refused)
        stores = await self._stores.of_company(call.actor.company)
        return ok(PlacesCsv(csv=decide_places.export(stores)))

    async def import_places(self, call: Call[ImportPlaces]) -> Answer:
        """Answer the `ImportReport`; where anything is wrong, nothing was done."""
        refused = decide_places.may(call.actor, writing=True)
        if refused is not None:
            return refusal(refused)

        return await self._keeping.once(call, lambda: self._decide_and_save(call))

    async def _decide_and_save(self, call: Call[ImportPlaces]) -> Answer:
        company = call.actor.company
        stores = await self._stores.of_company(company)
        plan = decide_places.plan(company, stores, call.body.csv)
        plan = plan._replace(bad=(*plan.bad, *await self._busy(plan)))
        applied = not plan.bad and not call.body.dry_run
        answer = ok(report(plan, applied=applied))
        if not applied or not plan.changes:
            return await self._keeping.kept(call, answer)
        audits = tuple(self._audit(call.actor, change) for change in plan.changes)
        kept = self._keeping.to_keep(call, answer)
        await self._places.save_places(plan.changes, audits, kept)
        self._poke()
        return answer

    async def _busy(self, plan: Plan) -> list[BadRow]:
        """Return the terminals that are at work: their device is not exchanged under them."""
        moved = [
            (change.after.company, change.after.store, entry.terminal)
            for change in plan.changes
            if change.before is not None
            for entry in change.before.terminals
            if entry not in change.after.terminals
        ]
        said = await asyncio.gather(*(self._gateways.open_operation(*each) for each in moved))
        return [
            BadRow(line=0, column="terminal", code="terminal_busy", value=f"{store} {terminal}")
            for (_, store, terminal), operation in zip(moved, said, strict=True)
            if operation is not None
        ]

    def _audit(self, actor: Actor, change: PlaceChange) -> AuditEntry:
        difference = decide_places.difference(change)
        return audit.of_store(change.after, actor, self._clock.now(), "place_imported", difference)


def report(plan: Plan, *, applied: bool) -> ImportReport:
    """Return a plan as the API tells it."""
    return ImportReport(
        applied=applied,
        rows=plan.rows,
        added=plan.added,
        changed=plan.changed,
        same=plan.same,
        bad=plan.bad,
    )
