"""伝票取消 and 伝票訂正: the terminal's record is read first, since it is the proof."""

from checkout import decide_correct, decide_void
from checkout.answers import of_sale, refuse
from checkout.asking import Asking
from checkout.calls import Calls, answer_of
from checkout.ledger import Decide, asked_by
from checkout.model import Decision, Moment, Refused, Sale, Tender
from checkout.ports import Configuration
from checkout.starting import OUT_OF_REACH
from contracts.envelope import Answer, Call
from contracts.refunds import CorrectSale, VoidSale
from contracts.sales import SaleState
from contracts.stores import StoreSettings


class Voiding:
    """The calls that put a closed sale right after money went back."""

    def __init__(self, calls: Calls, configuration: Configuration, asking: Asking) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._configuration = configuration
        self._asking = asking

    async def void(self, call: Call[VoidSale]) -> Answer:
        """Void the sale; cancelled on the terminal alone, its journal is asked first."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        document = self._configuration.of_store(sale.company, sale.store)
        settings = StoreSettings() if document is None else document.settings
        needs_manager = settings.refund_needs_manager
        asks = body.cancelled_on_terminal and sale.state is SaleState.CLOSED
        kept = decide_void.unrefunded(sale) if asks else ()
        if not await self._learn(kept) and call.authority is None:
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
        if sale.state is SaleState.CLOSED:
            await self._learn(decide_correct.dropped(sale, body))

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            return decide_correct.correct_sale(sale, body, moment)

        return await self._change(call, sale, decide)

    async def _learn(self, tenders: tuple[Tender, ...]) -> bool:
        """Ask what became of each one's operations; whether somebody could answer for all."""
        answered = True
        for tender in tenders:
            for operation in {tender.payment.id, tender.operation.id}:
                hold = await self._store.hold_of(operation)
                if hold is not None:
                    said = await self._asking.ask(hold, fresh=True)
                    answered = answered and said.reply is not None
        return answered

    async def _change(
        self, call: Call[VoidSale] | Call[CorrectSale], sale: Sale, decide: Decide
    ) -> Answer:
        asked = asked_by(call, of_sale())
        return answer_of(await self._ledger.change(sale.company, sale.id, decide, asked=asked))
