"""Money back: the terminal's journal is read first, then the refund is kept, and only then sent."""

from typing import Final

from msgspec.structs import replace

from checkout import decide_refund, decide_sale, decide_tender, decide_void
from checkout.answers import of_refund, of_sale, refuse
from checkout.asking import Asking
from checkout.brands import refund_rule
from checkout.calls import Calls, answer_of
from checkout.change import unchanged
from checkout.decide_refund import Terms
from checkout.decide_refunded import CASH
from checkout.ledger import asked_by
from checkout.model import Decision, Moment, Refused, Sale, Tender
from checkout.ports import Configuration, Gateway, OutOfReach, StoredAnswer, Unanswered
from checkout.starting import ACCEPTED, Starting
from contracts.envelope import Answer, Call
from contracts.operations import JournalPage, ReadJournal, TerminalStatus
from contracts.refunds import RefundTender
from contracts.sales import Method, TenderState
from contracts.stores import StoreConfiguration, StoreSettings

NEWEST: Final = 5
"""Entries looked at for the last approval: several in a row that are none are rare."""


class Refunding:
    """The call that gives a tender's money back."""

    def __init__(
        self,
        calls: Calls,
        gateway: Gateway,
        configuration: Configuration,
        asking: Asking,
        starting: Starting,
    ) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._gateway = gateway
        self._configuration = configuration
        self._asking = asking
        self._starting = starting

    async def refund(self, call: Call[RefundTender]) -> Answer:
        """Give the whole tender back: on its terminal, or at once where it is none's."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        tender = sale.tender(body.tender)
        if tender is not None and tender.method is not Method.TERMINAL:
            return await self._remove(call, sale)
        document = self._configuration.of_store(sale.company, sale.store)
        terms = self._terms(sale, tender, document)
        moment = self._ledger.moment(call.actor, call.authority)
        early = decide_refund.refuse_refund(sale, body, terms, moment)
        stamp = await self._starting.stamp(sale.company, sale.store)
        if tender is not None and early is None and body.by != CASH and stamp is not None:
            # Nobody is asked about what is refused anyway.
            looked = await self._look(sale, tender, terms)
            if looked is None:
                stamp = None
            elif not looked.asked:
                return await self._attached(call, sale)
            terms = looked or terms

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            known = terms if tender is None else self._now_busy(terms, sale, tender)
            return decide_refund.refund_tender(sale, body, known, moment)

        return await self._starting.keep_and_send(
            call,
            sale,
            decide,
            of_refund(ACCEPTED, body.tender),
            terminal=None if tender is None else tender.payment.terminal,
            stamp=stamp,
        )

    async def is_being_sent(self, call: Call[RefundTender], old: StoredAnswer) -> bool:
        """Whether another process has kept this answer and not yet heard that it holds."""
        body = call.body
        return await self._starting.is_being_sent(call.actor.company, body.sale, old)

    async def _remove(self, call: Call[RefundTender], sale: Sale) -> Answer:
        """× on cash and other; the answer is the sale without it."""

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            return decide_tender.remove_tender(sale, call.body.tender, moment)

        asked = asked_by(call, of_sale())
        return answer_of(await self._ledger.change(sale.company, sale.id, decide, asked=asked))

    def _terms(
        self, sale: Sale, tender: Tender | None, document: StoreConfiguration | None
    ) -> Terms:
        settings = StoreSettings() if document is None else document.settings
        today = decide_sale.business_date(self._ledger.clock.now(), settings)
        rules = () if document is None else document.brand_rules
        operation_id = self._ledger.ids.uuid()
        nobody = Tender(
            number=0,
            method=Method.TERMINAL,
            amount=sale.total,
            state=TenderState.APPROVED,
            counted=False,
        )
        return Terms(
            rule=refund_rule(rules, tender or nobody, today),
            today=today,
            operation_id=operation_id,
            register=None if tender is None else _holder(document, tender),
            needs_manager=settings.refund_needs_manager,
        )

    def _now_busy(self, terms: Terms, sale: Sale, tender: Tender) -> Terms:
        terminal = tender.payment.terminal
        busy_with = self._starting.busy_with(sale.company, sale.store, terminal)
        return replace(terms, busy_with=busy_with)

    async def _look(self, sale: Sale, tender: Tender, terms: Terms) -> Terms | None:
        """Read the journal, then the terminal's own day. None: it cannot be asked just now.

        Not `asked` in what is returned: the journal showed it given back already.
        """
        hold = await self._store.hold_of(tender.payment.id)
        if hold is None:
            return None
        said = await self._asking.ask(hold, fresh=True)
        if not said.known and not said.final:
            return None
        now = await self._store.load_fresh(sale.company, sale.id)
        after = None if now is None else now.tender(tender.number)
        if after is not None and after.state is TenderState.REFUNDED:
            return terms
        terminal = tender.payment.terminal
        status = await self._asking.check(sale.company, sale.store, terminal)
        if not isinstance(status, TerminalStatus):
            return None
        try:
            newest = await self._newest(sale, terminal) if terms.rule.last_only else None
        except (OutOfReach, Unanswered):
            return None
        day = status.terminal_business_date or tender.terminal_business_date or terms.today
        return replace(terms, terminal_day=day, newest=newest, asked=True)

    async def _newest(self, sale: Sale, terminal: str) -> str | None:
        page = await self._gateway.history(
            sale.company, sale.store, ReadJournal(terminal=terminal, limit=NEWEST)
        )
        if not isinstance(page, JournalPage):
            return None
        approved = (entry.slip_number for entry in page.entries if entry.state == "approved")
        return next(approved, None)

    async def _attached(self, call: Call[RefundTender], sale: Sale) -> Answer:
        """The journal showed it given back already: nothing is sent; the wish to void holds."""
        body = call.body

        def decide(sale: Sale, moment: Moment) -> Decision:
            return decide_void.want_void(sale, moment) if body.void else unchanged(sale)

        asked = asked_by(call, of_refund(ACCEPTED, body.tender))
        return answer_of(await self._ledger.change(sale.company, sale.id, decide, asked=asked))


def _holder(document: StoreConfiguration | None, tender: Tender) -> str | None:
    """Return the register that holds the very device which took the money."""
    entries = () if document is None else document.terminals
    for entry in entries:
        if entry.terminal == tender.terminal and tender.serial in (None, entry.serial):
            return entry.paired_register
    return None
