"""What every call that changes something shares: who may, which key, which sale."""

from collections.abc import Awaitable, Callable
from typing import Any

from checkout.answers import (
    MAY_CHANGE,
    Reply,
    kept,
    key_of,
    refuse,
    replay,
    sees,
)
from checkout.ledger import Asked, Decide, Ledger, Outcome
from checkout.model import Refused, Sale
from checkout.ports import (
    ChangedMeanwhile,
    Key,
    KeyTaken,
)
from contracts.envelope import Actor, Answer, Call, Idempotency


class Calls:
    """Lets a call do its work once a key, upon a sale that its operator may see."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._store = ledger.store
        self._clock = ledger.clock
        self._under_way: set[Key] = set()

    async def change(self, call: Call[Any], sale_id: str, decide: Decide, reply: Reply) -> Answer:
        """Decide upon one sale and answer with what was decided."""

        async def work() -> Answer:
            sale = await self.visible(call.actor, sale_id)
            if sale is None:
                return refuse(Refused(code="unknown_sale"))
            asked = Asked(actor=call.actor, reply=reply, idempotency=call.idempotency)
            return answer_of(
                await self.ledger.change(call.actor.company, sale_id, decide, asked=asked)
            )

        return await self.once(call, work)

    async def once(self, call: Call[Any], work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work once a key: a repeat gets the stored answer, two at once are told apart."""
        if call.actor.role not in MAY_CHANGE:
            return refuse(Refused(code="not_permitted", fields={"role": str(call.actor.role)}))
        try:
            if call.idempotency is None:
                return await work()
            return await self._keyed(call.actor, call.idempotency, work)
        except ChangedMeanwhile:
            return refuse(Refused(code="changed_meanwhile"))

    async def _keyed(
        self, actor: Actor, idempotency: Idempotency, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        key = key_of(actor, idempotency)
        if key in self._under_way:
            return refuse(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            answer = await work()
            if kept(answer):
                return answer
            old = await self._store.stored_answer(key, self._clock.now())
            return answer if old is None else replay(old, idempotency)
        except KeyTaken:
            old = await self._store.stored_answer(key, self._clock.now())
            return replay(old, idempotency)
        finally:
            self._under_way.discard(key)

    async def visible(self, actor: Actor, sale_id: str) -> Sale | None:
        """Return the sale, unless it is not there for this operator."""
        sale = await self._store.load(actor.company, sale_id)
        return sale if sale is not None and sees(actor, sale.store) else None


def answer_of(outcome: Outcome | None) -> Answer:
    """Return the answer that was kept with a change; no outcome: no such sale."""
    if outcome is None or outcome.answer is None:
        return refuse(Refused(code="unknown_sale"))
    return outcome.answer
