"""What is asked of checkout, one method a verb: load, decide, save, and only then send.

Every method answers; the errors of the world are told apart by what they prove.
"""

from typing import Final

from msgspec import Raw

from checkout import decide_sale, decide_tender
from checkout.answers import (
    answer_to,
    of_sale,
    of_tender,
    refuse,
    refuse_place,
    stored,
)
from checkout.asking import Asking
from checkout.calls import Calls
from checkout.ledger import Ledger
from checkout.model import Refused
from checkout.ports import (
    ChangedMeanwhile,
    Commit,
    Configuration,
    Gateway,
    News,
    NoNews,
    NumberTaken,
)
from checkout.presence import Presence
from checkout.refunding import Refunding
from checkout.resolving import Resolving
from checkout.settling import Seating, Settling
from checkout.starting import Starting
from checkout.terminal_tenders import TerminalTenders
from checkout.views import sale_view
from checkout.voiding import Voiding
from contracts.cases import SettleCase
from contracts.envelope import Answer, Call, encode
from contracts.refunds import CorrectSale, RefundTender, VoidSale
from contracts.sales import (
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Method,
    OpenSale,
    ReleaseTender,
    ResolveTender,
    ResumeSale,
)
from contracts.seats import TakeRegister

OPEN_TRIES_MAX: Final = 8
"""Two processes that take the same number, two pages that open on one register: more is a bug."""


class Checkout:
    """Answers the calls on `svc.checkout.<verb>`."""

    def __init__(
        self,
        ledger: Ledger,
        gateway: Gateway,
        configuration: Configuration,
        presence: Presence,
        news: News | None = None,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._configuration = configuration
        self._calls = Calls(ledger)
        starting = Starting(self._calls, gateway, presence)
        self._terminals = TerminalTenders(self._calls, gateway, configuration, starting)
        news = news or NoNews()
        asking = Asking(ledger, gateway, configuration, news)
        self._refunding = Refunding(self._calls, gateway, configuration, asking, starting)
        self._voiding = Voiding(self._calls, configuration, asking, starting)
        self._resolving = Resolving(self._calls, asking)
        self._settling = Settling(self._calls)
        self._seating = Seating(self._calls, configuration, news)

    # --- sales ---

    async def open_sale(self, call: Call[OpenSale]) -> Answer:
        """Ring up a sale; the one open on the register is parked with it."""
        body = call.body
        configuration = self._configuration.of_store(call.actor.company, body.store)
        refused = refuse_place(call.actor, configuration, body.store, body.register)
        if refused is not None or configuration is None:
            return refuse(refused or Refused(code="unknown_store"))
        settings = configuration.settings

        async def work() -> Answer:
            refused = await self._calls.refuse_page(call, body.store, body.register)
            if refused is not None:
                return refuse(refused)
            for _ in range(OPEN_TRIES_MAX):
                day = decide_sale.business_date(self._ledger.clock.now(), settings)
                try:
                    return await self._open(call, day)
                except (NumberTaken, ChangedMeanwhile):
                    continue
            raise ChangedMeanwhile(body.register)

        return await self._calls.once(call, work)

    async def _open(self, call: Call[OpenSale], day: str) -> Answer:
        actor, body = call.actor, call.body
        company = actor.company
        moment = self._ledger.moment(actor)
        if decide_sale.refuse_total(body) is None:
            count = await self._store.next_number(company, body.store, day)
        else:
            count = 0
        decided = decide_sale.open_sale(
            body,
            sale_id=self._ledger.ids.uuid(),
            number=decide_sale.sale_number(body.store, day, count),
            day=day,
            moment=moment,
        )
        if isinstance(decided, Refused):
            answer = refuse(decided)
            keep = stored(answer, actor, call.idempotency, moment.at)
            await self._ledger.save(Commit(answer=keep))
            return answer
        answer = Answer(outcome="created", body=Raw(encode(sale_view(decided.sale))))
        active = await self._store.active(company, body.store, body.register)
        parking = None if active is None else decide_sale.park(active, moment)
        parked = None if parking is None else self._ledger.events(parking, moment)
        await self._ledger.save(
            Commit(
                sale=decided.sale,
                number=count,
                parked=None if parking is None else parking.sale,
                events=(*(parked or ()), *self._ledger.events(decided, moment)),
                answer=stored(answer, actor, call.idempotency, moment.at),
            )
        )
        return answer

    async def resume_sale(self, call: Call[ResumeSale]) -> Answer:
        """Take a parked sale up again; the one open on its register is parked for it."""
        return await self._calls.once(call, lambda: self._resume_in_tries(call))

    async def _resume_in_tries(self, call: Call[ResumeSale]) -> Answer:
        for _ in range(OPEN_TRIES_MAX):
            try:
                return await self._resume(call)
            except ChangedMeanwhile:
                continue
        raise ChangedMeanwhile(call.body.sale)

    async def _resume(self, call: Call[ResumeSale]) -> Answer:
        sale = await self._calls.obeyed(call, call.body.sale)
        if isinstance(sale, Refused):
            return refuse(sale)
        # As the record has them now: nothing that is committed proves one that only stayed.
        fresh = await self._store.load_fresh(sale.company, sale.id)
        active, _, _ = await self._store.register_sales(sale.company, sale.store, sale.register)
        if fresh is None:
            return refuse(Refused(code="unknown_sale"))
        moment = self._ledger.moment(call.actor)
        decided = decide_sale.resume(fresh, moment)
        answer = answer_to(decided, of_sale())
        keep = stored(answer, call.actor, call.idempotency, moment.at)
        if isinstance(decided, Refused) or not decided.happened:
            await self._ledger.save(Commit(sale=fresh, before=fresh.sequence, answer=keep))
            return answer
        parking = None if active is None else decide_sale.park(active, moment)
        parked = () if parking is None else self._ledger.events(parking, moment)
        await self._ledger.save(
            Commit(
                sale=decided.sale,
                before=fresh.sequence,
                parked=None if parking is None else parking.sale,
                events=(*parked, *self._ledger.events(decided, moment)),
                answer=keep,
            )
        )
        return answer

    async def take_register(self, call: Call[TakeRegister]) -> Answer:
        """Say which page the register obeys."""
        return await self._calls.once(call, lambda: self._seating.take(call))

    async def close_sale(self, call: Call[CloseSale]) -> Answer:
        """Book the sale; closed already, the same answer again."""
        return await self._calls.change(call, call.body.sale, decide_sale.close_sale, of_sale())

    async def abandon_sale(self, call: Call[AbandonSale]) -> Answer:
        """Give the sale up, where it holds nothing."""
        return await self._calls.change(call, call.body.sale, decide_sale.abandon_sale, of_sale())

    # --- tenders ---

    async def add_tender(self, call: Call[AddTender]) -> Answer:
        """Pay a part; a terminal tender is sent to its gateway once it is kept."""
        if call.body.method is Method.TERMINAL:
            return await self._calls.once(
                call,
                lambda: self._terminals.request(call),
                lambda old: self._terminals.is_being_sent(call, old),
            )
        return await self._calls.change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.add_tender(
                sale, call.body, at_hand=None, moment=moment
            ),
            of_tender("created"),
        )

    async def cancel_tender(self, call: Call[CancelTender]) -> Answer:
        """取消を依頼: what the gateway says to the abort decides the answer."""
        return await self._calls.once(call, lambda: self._terminals.cancel(call))

    async def disconnect_tender(self, call: Call[DisconnectTender]) -> Answer:
        """切断する: kept first, then the abort is tried; without its acknowledgement: in doubt."""
        return await self._calls.once(call, lambda: self._terminals.disconnect(call))

    async def resolve_tender(self, call: Call[ResolveTender]) -> Answer:
        """A manager says what became of a tender whose terminal cannot be asked."""
        return await self._calls.once(call, lambda: self._resolving.resolve(call))

    async def settle_case(self, call: Call[SettleCase]) -> Answer:
        """Settle a case in one of its ways."""
        return await self._settling.settle(call)

    async def release_tender(self, call: Call[ReleaseTender]) -> Answer:
        """The sale goes on without the answer."""
        return await self._calls.change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.release_tender(sale, call.body.tender, moment),
            of_tender("accepted", call.body.tender),
        )

    async def refund_tender(self, call: Call[RefundTender]) -> Answer:
        """Money back, for the whole tender: on its terminal; cash and other are gone at once."""
        return await self._calls.once(
            call,
            lambda: self._refunding.refund(call),
            lambda old: self._refunding.is_being_sent(call, old),
        )

    async def void_sale(self, call: Call[VoidSale]) -> Answer:
        """伝票取消, once the terminal tenders are refunded."""
        return await self._calls.once(call, lambda: self._voiding.void(call))

    async def correct_sale(self, call: Call[CorrectSale]) -> Answer:
        """伝票訂正: the tenders put right, with the terminal's record as proof."""
        return await self._calls.once(call, lambda: self._voiding.correct(call))

    async def acknowledge_tender(self, call: Call[AcknowledgeTender]) -> Answer:
        """The OK of 支払完了 or 払戻完了."""
        return await self._calls.change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.acknowledge_tender(sale, call.body.tender, moment),
            of_tender("accepted", call.body.tender),
        )
