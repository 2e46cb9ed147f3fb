"""What is asked of a terminal for a tender: start, cancel, disconnect. Kept first, then sent."""

from checkout import decide_tender
from checkout.answers import of_tender, paired_terminal, refuse
from checkout.calls import Calls, answer_of
from checkout.decide_tender import TerminalAtHand
from checkout.ledger import asked_by
from checkout.model import AbortWanted, Decision, Moment, Refused, Sale
from checkout.ports import (
    AbortReply,
    Configuration,
    Gateway,
    OutOfReach,
    StoredAnswer,
    Unanswered,
)
from checkout.starting import ACCEPTED, OUT_OF_REACH, Starting
from contracts.envelope import Answer, Call
from contracts.identifiers import OperationId
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    AlreadyRead,
    NotOpen,
    Unreachable,
)
from contracts.sales import AddTender, CancelTender, DisconnectTender


class TerminalTenders:
    """The calls that speak to a gateway about a payment, and those that stop an operation."""

    def __init__(
        self, calls: Calls, gateway: Gateway, configuration: Configuration, starting: Starting
    ) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._resolver = calls.ledger.resolver
        self._clock = calls.ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._starting = starting

    async def request(self, call: Call[AddTender]) -> Answer:
        """Pay a part on the register's terminal."""
        body = call.body
        sale = await self._calls.obeyed(call, body.sale)
        if isinstance(sale, Refused):
            return refuse(sale)
        stamp = await self._starting.stamp(sale.company, sale.store)
        operation_id = self._ledger.ids.uuid()

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            at_hand = self._at_hand(sale, operation_id)
            return decide_tender.add_tender(sale, body, at_hand=at_hand, moment=moment)

        at_hand = self._at_hand(sale, operation_id)
        terminal = None if at_hand is None else at_hand.terminal
        return await self._starting.keep_and_send(
            call, sale, decide, of_tender(ACCEPTED), terminal=terminal, stamp=stamp
        )

    async def is_being_sent(self, call: Call[AddTender], old: StoredAnswer) -> bool:
        """Whether another process has kept this answer and not yet heard that it holds."""
        return await self._starting.is_being_sent(call.actor.company, call.body.sale, old)

    def _at_hand(self, sale: Sale, operation_id: OperationId) -> TerminalAtHand | None:
        configuration = self._configuration.of_store(sale.company, sale.store)
        terminal = paired_terminal(configuration, sale.register)
        if terminal is None:
            return None
        busy_with = self._starting.busy_with(sale.company, sale.store, terminal)
        return TerminalAtHand(terminal=terminal, busy_with=busy_with, operation_id=operation_id)

    async def cancel(self, call: Call[CancelTender]) -> Answer:
        """取消を依頼: what the gateway says to the abort decides the answer."""
        actor, body = call.actor, call.body
        sale = await self._calls.obeyed(call, body.sale, fresh=True)
        if isinstance(sale, Refused):
            return refuse(sale)
        decided = decide_tender.cancel_tender(sale, body.tender)
        refused = decided if isinstance(decided, Refused) else None
        if isinstance(decided, Decision) and decided.abort is not None:
            reply = await self._abort(sale, decided.abort)
            refused = _refused_abort(reply)
            if isinstance(reply, NotOpen):
                self._resolver.ask_soon(decided.abort.operation_id, self._clock.monotonic())
        outcome = await self._ledger.change(
            actor.company,
            sale.id,
            lambda sale, _: refused or Decision(sale=sale),
            asked=asked_by(call, of_tender(ACCEPTED, body.tender)),
        )
        return answer_of(outcome)

    async def disconnect(self, call: Call[DisconnectTender]) -> Answer:
        """切断する: without the abort's acknowledgement the outcome is in doubt."""
        actor, body = call.actor, call.body
        sale = await self._calls.obeyed(call, body.sale)
        if isinstance(sale, Refused):
            return refuse(sale)
        outcome = await self._ledger.change(
            actor.company,
            sale.id,
            lambda sale, moment: decide_tender.disconnect_tender(sale, body.tender, moment),
            asked=asked_by(call, of_tender(ACCEPTED, body.tender)),
        )
        if outcome is not None and isinstance(outcome.decided, Decision):
            abort = outcome.decided.abort
            if abort is not None:
                await self._abort_for_good(sale, abort)
        return answer_of(outcome)

    async def _abort_for_good(self, sale: Sale, abort: AbortWanted) -> None:
        reply = await self._abort(sale, abort)
        now = self._clock.monotonic()
        if reply is None or isinstance(reply, AlreadyRead | Unreachable):
            reason = "already_read" if isinstance(reply, AlreadyRead) else "link_lost"
            await self._starting.doubt(sale, abort.operation_id, reason)
        elif isinstance(reply, Aborting | AbortNotSupported):
            # A link that cannot abort acknowledges nothing either, and the cashier wants to go on.
            self._resolver.abort_sent(abort.operation_id, now)
        else:
            self._resolver.ask_soon(abort.operation_id, now)

    async def _abort(self, sale: Sale, abort: AbortWanted) -> AbortReply | None:
        """Return the gateway's reply; None when it may never have got the abort."""
        command = AbortOperation(operation_id=abort.operation_id, terminal=abort.terminal)
        try:
            return await self._gateway.abort(sale.company, sale.store, command)
        except (OutOfReach, Unanswered):
            return None


def _refused_abort(reply: AbortReply | None) -> Refused | None:
    if isinstance(reply, AlreadyRead):
        return Refused(code="already_read")
    if isinstance(reply, AbortNotSupported):
        return Refused(code="abort_not_supported")
    return None if isinstance(reply, Aborting | NotOpen) else OUT_OF_REACH
