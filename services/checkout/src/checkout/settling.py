"""Cases that somebody settles, and the page that a register obeys."""

from msgspec import Raw

from checkout import decide_case
from checkout.answers import Reply, refuse, refuse_place, replay, stored
from checkout.calls import Calls, taken_over
from checkout.model import Refused, Sale, Seat
from checkout.ports import Commit, Configuration, News
from checkout.views import case_view, seat_view
from contracts.cases import SettleCase
from contracts.envelope import Answer, Call, encode
from contracts.seats import RegisterTaken, TakeRegister


class Settling:
    """Settles cases by the word of a person."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._store = calls.ledger.store

    async def settle(self, call: Call[SettleCase]) -> Answer:
        """Find the sale of the case, and settle it there."""
        body = call.body
        sale_id = await self._store.sale_of_case(call.actor.company, body.case)
        sale = None if sale_id is None else await self._calls.visible(call.actor, sale_id)
        if sale is None:
            return refuse(Refused(code="unknown_case"))
        return await self._calls.change(
            call,
            sale.id,
            lambda sale, moment: decide_case.settle_case(sale, body, moment),
            Reply(outcome="ok", body=lambda sale: _case(sale, body.case)),
        )


def _case(sale: Sale, case_id: str) -> bytes:
    case = sale.case(case_id)
    return b"null" if case is None else encode(case_view(case, sale))


class Seating:
    """Gives a register to one page at a time."""

    def __init__(self, calls: Calls, configuration: Configuration, news: News) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._configuration = configuration
        self._news = news

    async def take(self, call: Call[TakeRegister]) -> Answer:
        """The first page gets it; another one by taking it over only, and the first is told."""
        actor, body = call.actor, call.body
        configuration = self._configuration.of_store(actor.company, body.store)
        refused = refuse_place(actor, configuration, body.store, body.register)
        if refused is None and call.page is None:
            refused = Refused(code="bad_parameter", fields={"parameter": "page"})
        if refused is not None or call.page is None:
            return refuse(refused or Refused(code="unknown_register"))
        before = await self._before(call)
        if before is not None:
            return before
        seat = Seat(
            company=actor.company,
            store=body.store,
            register=body.register,
            page=call.page,
            operator=actor.operator,
            since=self._ledger.clock.now(),
        )
        has = await self._store.take_seat(seat, take_over=body.take_over)
        if has.page != call.page:
            return refuse(taken_over(has))
        if has == seat:
            self._news.register_taken(actor.company, RegisterTaken(seat=seat_view(has)))
        answer = Answer(outcome="ok", body=Raw(encode(seat_view(has))))
        keep = stored(answer, actor, call.idempotency, seat.since)
        if keep is not None:
            await self._ledger.save(Commit(answer=keep))
        return answer

    async def _before(self, call: Call[TakeRegister]) -> Answer | None:
        """A repeat of an old asking must not take the register away from who has it since."""
        if call.idempotency is None:
            return None
        old = await self._calls.answered(call.actor, call.idempotency)
        return None if old is None else replay(old, call.idempotency)
