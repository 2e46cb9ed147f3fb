"""The flow of questions and changes about who may log in."""

from contracts.envelope import Actor, Answer, Call
from contracts.people import ListPeople, PersonList, PersonView, PutPerson
from servicekit.clock import Clock
from store_config import audit, decide_person
from store_config.keeping import Keeping, ok, refusal
from store_config.model import AuditEntry, Person, PersonChange, Refused
from store_config.ports import Passwords, Staff, Stores


class PersonHandlers:
    """One method per verb; each answers a `Call` and never raises for what a caller sent."""

    def __init__(
        self, staff: Staff, stores: Stores, passwords: Passwords, keeping: Keeping, clock: Clock
    ) -> None:
        self._staff = staff
        self._stores = stores
        self._passwords = passwords
        self._keeping = keeping
        self._clock = clock

    async def list_people(self, call: Call[ListPeople]) -> Answer:
        """Answer the `PersonList` of the actor's company."""
        if not decide_person.may_read(call.actor):
            return refusal(Refused(code="not_permitted"))
        people = await self._staff.of_company(call.actor.company)
        return ok(PersonList(people=tuple(view(one) for one in people)))

    async def put_person(self, call: Call[PutPerson]) -> Answer:
        """Add or change a person and answer its `PersonView`."""
        return await self._keeping.once(call, lambda: self._decide_and_save(call))

    async def _decide_and_save(self, call: Call[PutPerson]) -> Answer:
        asked, actor = call.body, call.actor
        stores = {each.store for each in await self._stores.views(actor.company)}
        known = await self._staff.read(actor.company, asked.operator)
        decision = decide_person.put(known, actor, asked, stores, call.expects)
        if isinstance(decision, Refused):
            return await self._keeping.kept(call, refusal(decision))
        if isinstance(decision, Person):
            return await self._keeping.kept(call, ok(view(decision)))
        password = asked.password
        hashed = None if password is None else await self._passwords.hashed(password)
        answer = ok(view(decision.after))
        await self._staff.save(
            decision,
            hashed,
            self._audit(actor, decision),
            self._keeping.to_keep(call, answer),
        )
        return answer

    def _audit(self, actor: Actor, change: PersonChange) -> AuditEntry:
        difference = decide_person.difference(change)
        return audit.of_company(change.after, actor, self._clock.now(), change.action, difference)


def view(person: Person) -> PersonView:
    """Return a person as the API shows it."""
    return PersonView(
        operator=person.operator,
        name=person.name,
        role=person.role,
        stores=person.stores,
        active=person.active,
        version=person.version,
    )
