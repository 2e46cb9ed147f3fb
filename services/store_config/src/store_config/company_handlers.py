"""The flow of questions and changes about a whole company."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from contracts.brand_rules import ChangeCompany, CompanyView, PutCompanyRule, ReadCompany
from contracts.envelope import Actor, Answer, Call
from servicekit.clock import Clock
from store_config import audit, decide, decide_brand_rule
from store_config.keeping import Keeping, ok, refusal
from store_config.model import AuditEntry, Company, CompanyChange, CompanyDecision, Refused
from store_config.ports import Companies

Command = TypeVar("Command", ChangeCompany, PutCompanyRule)


class CompanyHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(
        self, companies: Companies, keeping: Keeping, clock: Clock, poke: Callable[[], None]
    ) -> None:
        """`poke` is called after each commit that edges must hear of."""
        self._companies = companies
        self._keeping = keeping
        self._clock = clock
        self._poke = poke

    async def read_company(self, call: Call[ReadCompany]) -> Answer:
        """Answer the actor's `CompanyView`."""
        if not decide.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        return ok(view(await self._own(call.actor)))

    async def change_company(self, call: Call[ChangeCompany]) -> Answer:
        """Change what is given and answer the `CompanyView` as it is now."""
        return await self._change(
            call,
            lambda company: decide_brand_rule.change_company(company, call.actor, call.body),
            view,
        )

    async def put_company_rule(self, call: Call[PutCompanyRule]) -> Answer:
        """Let the rule hold in all stores and answer the `BrandRule`."""
        rule = msgspec.structs.replace(call.body.rule, store=None)
        return await self._change(
            call,
            lambda company: decide_brand_rule.put_company(company, call.actor, call.body),
            lambda _company: rule,
        )

    async def _change(
        self,
        call: Call[Command],
        rule: Callable[[Company], CompanyDecision],
        told: Callable[[Company], Struct],
    ) -> Answer:
        return await self._keeping.once(call, lambda: self._decide_and_save(call, rule, told))

    async def _decide_and_save(
        self,
        call: Call[Command],
        rule: Callable[[Company], CompanyDecision],
        told: Callable[[Company], Struct],
    ) -> Answer:
        decision = rule(await self._own(call.actor))
        if isinstance(decision, CompanyChange):
            decision = decide.refuse_outdated(decision.before.version, call.expects) or decision
        if isinstance(decision, Refused):
            return await self._keeping.kept(call, refusal(decision))
        if isinstance(decision, Company):
            return await self._keeping.kept(call, ok(told(decision)))
        answer = ok(told(decision.after))
        await self._companies.save(
            decision, self._audit(call.actor, decision), self._keeping.to_keep(call, answer)
        )
        self._poke()
        return answer

    async def _own(self, actor: Actor) -> Company:
        company = await self._companies.read(actor.company)
        assert company is not None, "an actor belongs to a company of the record"  # noqa: S101 - house style 12
        return company

    def _audit(self, actor: Actor, change: CompanyChange) -> AuditEntry:
        difference = decide_brand_rule.company_difference(change.before, change.after)
        return audit.of_company(change.after, actor, self._clock.now(), change.action, difference)


def view(company: Company) -> CompanyView:
    """Return a company as the API shows it."""
    return CompanyView(
        company=company.company,
        name=company.name,
        refund_needs_manager=company.refund_needs_manager,
        rules=company.rules,
        version=company.version,
    )
