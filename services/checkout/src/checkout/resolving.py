"""A manager resolves a doubt; the terminal is asked once more before it, since its word holds."""

from checkout import decide_resolve
from checkout.answers import of_tender, refuse
from checkout.asking import Asking
from checkout.calls import Calls, answer_of
from checkout.ledger import asked_by
from checkout.model import Decision, Moment, Refused, Sale, Tender
from contracts.envelope import Answer, Call
from contracts.sales import ResolveTender, TenderState


class Resolving:
    """The call by which a person says what became of a tender."""

    def __init__(self, calls: Calls, asking: Asking) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._asking = asking

    async def resolve(self, call: Call[ResolveTender]) -> Answer:
        """Ask the gateway; only where it cannot know does the manager's word count."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        moment = self._ledger.moment(call.actor, call.authority)
        tender = sale.tender(body.tender)
        # A refusal stands, although it may be in doubt by now: nobody has asked the terminal.
        said = decide_resolve.refuse_resolve(sale, body, moment)
        if said is None and tender is not None:
            said = await self._ask(sale, tender, body)

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            return said or decide_resolve.resolve_tender(sale, body, moment)

        asked = asked_by(call, of_tender("accepted", body.tender))
        company = call.actor.company
        return answer_of(await self._ledger.change(company, sale.id, decide, asked=asked))

    async def _ask(self, sale: Sale, tender: Tender, body: ResolveTender) -> Refused | None:
        """Return why the terminal itself says it: it has said so now, or it still can."""
        hold = await self._store.hold_of(tender.operation.id)
        if hold is None:
            return None
        said = await self._asking.ask(hold, body.slip_number)
        now = await self._store.load_fresh(sale.company, sale.id)
        after = None if now is None else now.tender(tender.number)
        if said.answers:
            return Refused(code="terminal_answers", fields={"tender": tender.number})
        if after is None or after.state is not TenderState.IN_DOUBT:
            state = None if after is None else str(after.state)
            return Refused(code="tender_settled", fields={"tender": tender.number, "state": state})
        return None
