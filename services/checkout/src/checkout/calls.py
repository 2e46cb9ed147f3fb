"""What every call that changes something shares: who may, which key, which sale."""

from collections.abc import Awaitable, Callable
from typing import Any

from checkout.answers import (
    MAY_CHANGE,
    Reply,
    key_of,
    refuse,
    replay,
    sees,
)
from checkout.ledger import Decide, Ledger, Outcome, asked_by
from checkout.model import Refused, Sale, Seat
from checkout.ports import (
    ChangedMeanwhile,
    Key,
    KeyTaken,
    StoredAnswer,
)
from contracts.envelope import Actor, Answer, Call, Idempotency
from contracts.identifiers import RegisterCode, StoreCode
from servicekit.answers import is_kept


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
            sale = await self.obeyed(call, sale_id)
            if isinstance(sale, Refused):
                return refuse(sale)
            asked = asked_by(call, reply)
            return answer_of(
                await self.ledger.change(call.actor.company, sale_id, decide, asked=asked)
            )

        return await self.once(call, work)

    async def once(
        self,
        call: Call[Any],
        work: Callable[[], Awaitable[Answer]],
        unfinished: Callable[[StoredAnswer], Awaitable[bool]] | None = None,
    ) -> Answer:
        """Do the work once a key: a repeat gets the stored answer, two at once are told apart.

        `unfinished` says of a stored answer whether another process may still take it back.
        """
        if call.actor.role not in MAY_CHANGE:
            return refuse(Refused(code="not_permitted", fields={"role": str(call.actor.role)}))
        try:
            if call.idempotency is None:
                return await work()
            return await self._keyed(call.actor, call.idempotency, work, unfinished)
        except ChangedMeanwhile:
            return refuse(Refused(code="changed_meanwhile"))

    async def _keyed(
        self,
        actor: Actor,
        idempotency: Idempotency,
        work: Callable[[], Awaitable[Answer]],
        unfinished: Callable[[StoredAnswer], Awaitable[bool]] | None,
    ) -> Answer:
        key = key_of(actor, idempotency)
        if key in self._under_way:
            return refuse(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            answer = await work()
            if is_kept(answer):
                return answer
            old = await self.answered(actor, idempotency)
            if old is None:
                return answer
        except KeyTaken:
            old = await self.answered(actor, idempotency)
        finally:
            self._under_way.discard(key)
        ours = old is not None and old.fingerprint == idempotency.fingerprint
        if old is not None and ours and unfinished is not None and await unfinished(old):
            old = None
        return replay(old, idempotency)

    async def obeyed(self, call: Call[Any], sale_id: str, *, fresh: bool = False) -> Sale | Refused:
        """Return the sale, unless it is not there or its register obeys another page.

        `fresh`: as the record has it now, for what is decided upon it before a commit proves it.
        """
        sale = await self.visible(call.actor, sale_id, fresh=fresh)
        if sale is None:
            return Refused(code="unknown_sale")
        return await self.refuse_page(call, sale.store, sale.register) or sale

    async def refuse_page(
        self, call: Call[Any], store: StoreCode, register: RegisterCode
    ) -> Refused | None:
        """Return the refusal where another page has the register; programs have no page."""
        if call.page is None:
            return None
        seat = await self._store.seat(call.actor.company, store, register)
        return None if seat is None or seat.page == call.page else taken_over(seat)

    async def answered(self, actor: Actor, idempotency: Idempotency) -> StoredAnswer | None:
        """Return what was answered under the key before."""
        return await self._store.stored_answer(key_of(actor, idempotency), self._clock.now())

    async def visible(self, actor: Actor, sale_id: str, *, fresh: bool = False) -> Sale | None:
        """Return the sale, unless it is not there for this operator."""
        load = self._store.load_fresh if fresh else self._store.load
        sale = await load(actor.company, sale_id)
        return sale if sale is not None and sees(actor, sale.store) else None


def taken_over(seat: Seat) -> Refused:
    """Return why a page may not work on the register: who sits there, since when."""
    return Refused(
        code="register_taken_over",
        fields={"operator": seat.operator, "since": seat.since.isoformat()},
    )


def answer_of(outcome: Outcome | None) -> Answer:
    """Return the answer that was kept with a change; no outcome: no such sale."""
    if outcome is None or outcome.answer is None:
        return refuse(Refused(code="unknown_sale"))
    return outcome.answer
