"""伝票取消 and 伝票訂正: the terminal's record is read first, since it is the proof."""

from checkout import decide_correct, decide_void
from checkout.answers import of_sale, refuse
from checkout.asking import Asking
from checkout.calls import Calls, answer_of
from checkout.ledger import Decide, asked_by
from checkout.model import Decision, Moment, Refused, Sale, Tender
from checkout.ports import Configuration
from checkout.starting import OUT_OF_REACH, Starting
from contracts.envelope import Answer, Call
from contracts.refunds import CorrectSale, VoidSale
from contracts.stores import StoreSettings


class Voiding:
    """The calls that put a closed sale right after money went back."""

    def __init__(
        self, calls: Calls, configuration: Configuration, asking: Asking, starting: Starting
    ) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._configuration = configuration
        self._asking = asking
        self._starting = starting

    async def void(self, call: Call[VoidSale]) -> Answer:
        """Void the sale; cancelled on the terminal alone, its journal is asked first."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        document = self._configuration.of_store(sale.company, sale.store)
        settings = StoreSettings() if document is None else document.settings
        needs_manager = settings.refund_needs_manager
        moment = self._ledger.moment(call.actor, call.authority)
        wanted = decide_void.to_be_proven(sale, body, moment, needs_manager=needs_manager)
        if not await self._learn(sale, wanted) and call.authority is None:
            return refuse(OUT_OF_REACH)

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            return decide_void.void_sale(sale, body, moment, needs_manager=needs_manager)

        return await self._change(call, sale, decide)

    async def correct(self, call: Call[CorrectSale]) -> Answer:
        """Put the tenders right; of each one that goes, the terminal is asked first."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        moment = self._ledger.moment(call.actor, call.authority)
        if not await self._learn(sale, decide_correct.to_be_proven(sale, body, moment)):
            return refuse(OUT_OF_REACH)

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            return decide_correct.correct_sale(sale, body, moment)

        return await self._change(call, sale, decide)

    async def _learn(self, sale: Sale, tenders: tuple[Tender, ...]) -> bool:
        """Ask what became of each one's operations; whether the terminals' records were read.

        What a gateway says while its terminal is away is what it said before: no proof that the
        terminal did nothing since. One that shows the money given back is proof whatever is away.
        """
        if not tenders:
            return True
        if await self._starting.stamp(sale.company, sale.store) is None:
            return False
        for tender in tenders:
            for operation in {tender.payment.id, tender.operation.id}:
                hold = await self._store.hold_of(operation)
                if hold is not None:
                    await self._asking.ask(hold, fresh=True)
        now = await self._store.load_fresh(sale.company, sale.id)
        asked = {tender.number for tender in tenders}
        left = () if now is None else decide_void.unrefunded(now)
        away = [
            tender
            for tender in left
            if tender.number in asked
            and await self._asking.check(sale.company, sale.store, tender.payment.terminal) is None
        ]
        return not away

    async def _change(
        self, call: Call[VoidSale] | Call[CorrectSale], sale: Sale, decide: Decide
    ) -> Answer:
        asked = asked_by(call, of_sale())
        return answer_of(await self._ledger.change(sale.company, sale.id, decide, asked=asked))
