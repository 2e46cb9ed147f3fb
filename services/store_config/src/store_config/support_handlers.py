"""The flow of questions and changes about whom to call and what is being worked on."""

from collections.abc import Callable
from typing import TypeVar

from contracts.envelope import Actor, Answer, Call, Role
from contracts.support import AddNotice, ChangeSupport, ReadSupport, RemoveNotice, SupportView
from servicekit.clock import Clock
from servicekit.ids import Ids
from store_config import audit, decide, decide_support
from store_config.decide_support import SupportDecision
from store_config.keeping import Keeping, ok, refusal
from store_config.model import AuditEntry, Refused, Support, SupportChange
from store_config.ports import Supports

Command = TypeVar("Command", AddNotice, ChangeSupport, RemoveNotice)


class SupportHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(self, supports: Supports, keeping: Keeping, clock: Clock, ids: Ids) -> None:
        self._supports = supports
        self._keeping = keeping
        self._clock = clock
        self._ids = ids

    async def read_support(self, call: Call[ReadSupport]) -> Answer:
        """Answer the `SupportView` of the actor's company."""
        if not decide.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        return ok(await self._view(await self._own(call.actor)))

    async def change_support(self, call: Call[ChangeSupport]) -> Answer:
        """Change what is given and answer the `SupportView` as it is now."""
        return await self._change(
            call, lambda own: decide_support.change(own, call.actor, call.body)
        )

    async def add_notice(self, call: Call[AddNotice]) -> Answer:
        """Announce work and answer the `SupportView` as it is now."""
        notice = self._ids.uuid()
        return await self._change(
            call,
            lambda own: decide_support.add(own, call.actor, call.body, notice, self._clock.now()),
        )

    async def remove_notice(self, call: Call[RemoveNotice]) -> Answer:
        """Take an announcement back and answer the `SupportView` as it is now."""
        return await self._change(
            call, lambda own: decide_support.remove(own, call.actor, call.body)
        )

    async def _change(
        self, call: Call[Command], rule: Callable[[Support], SupportDecision]
    ) -> Answer:
        return await self._keeping.once(call, lambda: self._decide_and_save(call, rule))

    async def _decide_and_save(
        self, call: Call[Command], rule: Callable[[Support], SupportDecision]
    ) -> Answer:
        decision = rule(await self._own(call.actor))
        if isinstance(decision, SupportChange):
            decision = decide.refuse_outdated(decision.before.version, call.expects) or decision
        if isinstance(decision, Refused):
            return await self._keeping.kept(call, refusal(decision))
        if isinstance(decision, Support):
            return await self._keeping.kept(call, ok(await self._view(decision)))
        answer = ok(await self._view(decision.after))
        await self._supports.save(
            decision, self._audit(call.actor, decision), self._keeping.to_keep(call, answer)
        )
        return answer

    async def _own(self, actor: Actor) -> Support:
        known = await self._supports.read(actor.company)
        everybody = actor.role is Role.PLATFORM
        return known or Support(company=actor.company, everybody=everybody)

    async def _view(self, own: Support) -> SupportView:
        general = await self._supports.of_everybody()
        return decide_support.view(own, general, self._clock.now())

    def _audit(self, actor: Actor, change: SupportChange) -> AuditEntry:
        difference = decide_support.difference(change.before, change.after)
        return audit.of_company(change.after, actor, self._clock.now(), change.action, difference)
