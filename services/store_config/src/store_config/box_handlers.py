"""The flow of codes, enrolments, renewals and revocations of the stores' boxes."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from contracts.boxes import (
    BoxCreated,
    BoxList,
    CreateBox,
    EnrollBox,
    Enrolled,
    ListBoxes,
    RenewBox,
    Renewed,
    RevokeBox,
)
from contracts.envelope import Actor, Answer, Call
from contracts.identifiers import CompanyCode, StoreCode
from messaging.nkeys import Kind, is_public
from servicekit.clock import Clock
from servicekit.ids import Ids
from store_config import decide, decide_box
from store_config.box_model import Box, BoxStep, Place
from store_config.keeping import Keeping, ok, refusal, settled
from store_config.model import AuditEntry, Refused
from store_config.ports import Boxes, Issued, Keys, Stores

BY_BOX: Final = "box"
"""Whose role an audit entry names when a box did it itself."""


class BoxHandlers:
    """One method per verb; each answers and never raises for what a caller sent."""

    def __init__(  # noqa: PLR0917 - what an enrolment touches
        self,
        boxes: Boxes,
        stores: Stores,
        keys: Keys | None,
        place: Place,
        keeping: Keeping,
        clock: Clock,
        ids: Ids,
        poke: Callable[[], None],
    ) -> None:
        """`keys` None: nobody signs here. `poke` is called when a key has come to its end."""
        self._boxes = boxes
        self._stores = stores
        self._keys = keys
        self._place = place
        self._keeping = keeping
        self._clock = clock
        self._ids = ids
        self._poke = poke

    # --- what an administrator asks ---

    async def list_boxes(self, call: Call[ListBoxes]) -> Answer:
        """Answer the `BoxList` of the actor's stores, or of those that are asked for."""
        refused = decide_box.may(call.actor)
        if refused is not None:
            return refusal(refused)
        now, one = self._clock.now(), call.body.store
        asked = call.body.stores if one is None else (one,)
        found = await self._boxes.of_company(call.actor.company, asked or None)
        shown = [
            decide_box.view(each, now) for each in found if decide.sees(call.actor, each.store)
        ]
        return ok(BoxList(boxes=tuple(shown)))

    async def create_box(self, call: Call[CreateBox]) -> Answer:
        """Answer a `BoxCreated`: the only time that anybody sees the code."""
        if self._keys is None:
            return refusal(decide_box.may(call.actor) or _not_configured())
        return await settled(lambda: self._create(call.actor, call.body.store))

    async def revoke_box(self, call: Call[RevokeBox]) -> Answer:
        """Let a box be nobody and answer its `BoxView`."""
        return await self._keeping.once(call, lambda: self._revoke(call))

    async def _create(self, actor: Actor, store: StoreCode) -> Answer:
        known = {each.store for each in await self._stores.of_company(actor.company)}
        standing = await self._boxes.standing(actor.company, store)
        code = decide_box.code_of(self._ids.token())
        new = decide_box.new_box(actor, store, self._ids.uuid(), code, self._clock.now())
        horizon = decide_box.kept_since(new.created_at)
        ended = await self._boxes.ended(actor.company, store, horizon)
        steps = decide_box.create(actor, store, known, standing, ended, new)
        if isinstance(steps, Refused):
            return refusal(steps)
        await self._boxes.save(steps, self._audits(steps, actor), None)
        return ok(BoxCreated(box=new.box, code=code, expires_at=new.code_expires_at), "created")

    async def _revoke(self, call: Call[RevokeBox]) -> Answer:
        now = self._clock.now()
        box = await self._boxes.read(call.actor.company, call.body.box)
        decision = decide_box.revoke(call.actor, call.body.box, box, now)
        if isinstance(decision, Refused):
            return await self._keeping.kept(call, refusal(decision))
        if isinstance(decision, Box):
            return await self._keeping.kept(call, ok(decide_box.view(decision, now)))
        answer = ok(decide_box.view(decision.after, now))
        audits = self._audits((decision,), call.actor)
        await self._boxes.save((decision,), audits, self._keeping.to_keep(call, answer))
        self._poke()
        return answer

    # --- what a box asks ---

    async def enroll_box(self, asked: EnrollBox) -> Answer:
        """Answer `Enrolled` to whoever shows a code that holds; everybody else is refused alike."""
        keys = self._keys
        if keys is None:
            return refusal(_not_configured())
        if not is_public(asked.public_key, Kind.USER):  # else the code would be spent on nothing
            return refusal(Refused(code="invalid_body", fields={"pointer": "/public_key"}))
        return await settled(lambda: self._enroll(keys, asked))

    async def _enroll(self, keys: Keys, asked: EnrollBox) -> Answer:
        digest = decide_box.digest_of_code(asked.code)
        box = None if digest is None else await self._boxes.by_code(digest)
        now = self._clock.now()
        if box is not None and decide_box.lost_its_answer(box, asked, now):
            at = box.enrolled_at
            assert at is not None, "enrolled, and nobody knows when"  # noqa: S101 - our bug
            return ok(self._enrolled(box, _issued(keys, box, asked.public_key, at)))
        key_known = await self._boxes.knows_key(asked.public_key)
        if box is None or not decide_box.may_enrol(box, key_known=key_known, now=now):
            return refusal(Refused(code="enrolment_refused"))
        standing = await self._boxes.standing(box.company, box.store)
        issued = _issued(keys, box, asked.public_key, now)
        steps = decide_box.enrol(box, standing, asked, issued.expires_at, now)
        await self._boxes.save(steps, self._audits(steps, None), None)
        self._poke()
        return ok(self._enrolled(box, issued))

    async def renew_box(self, company: CompanyCode, store: StoreCode, asked: RenewBox) -> Answer:
        """Answer `Renewed` to the store's present box. Company and store are the subject's."""
        keys = self._keys
        if keys is None:
            return refusal(_not_configured())
        return await settled(lambda: self._renew(keys, company, store, asked.public_key))

    async def _renew(
        self, keys: Keys, company: CompanyCode, store: StoreCode, public_key: str
    ) -> Answer:
        box = decide_box.present_of(await self._boxes.standing(company, store), public_key)
        if box is None:
            return refusal(Refused(code="not_present_box"))
        now = self._clock.now()
        at = decide_box.renewal_at(box, now)
        issued = _issued(keys, box, public_key, at)
        if at != box.key_issued_at:
            steps = (decide_box.renew(box, issued.expires_at, now),)
            await self._boxes.save(steps, self._audits(steps, None), None)
        return ok(Renewed(token=issued.token, expires_at=issued.expires_at))

    def _enrolled(self, box: Box, issued: Issued) -> Enrolled:
        return Enrolled(
            company=box.company,
            store=box.store,
            box=box.box,
            token=issued.token,
            expires_at=issued.expires_at,
            nats_url=self._place.nats_url,
            ca=self._place.ca,
            receipts_public_key=self._place.receipts_public_key,
        )

    def _audits(self, steps: tuple[BoxStep, ...], actor: Actor | None) -> tuple[AuditEntry, ...]:
        """Return an entry a step; without an actor the box of the last step did all of it."""
        box = steps[-1].after
        return tuple(
            AuditEntry(
                at=self._clock.now(),
                company=step.after.company,
                store=step.after.store,
                by_company=actor.company if actor is not None else box.company,
                operator=actor.operator if actor is not None else box.box,
                role=actor.role if actor is not None else BY_BOX,
                action=step.action,
                before=before,
                after=after,
            )
            for step in steps
            for before, after in (decide_box.difference(step),)
        )


def _issued(keys: Keys, box: Box, public_key: str, at: datetime) -> Issued:
    return keys.issue(box.company, box.store, box.box, public_key, at)


def _not_configured() -> Refused:
    return Refused(code="enrolment_not_configured")
