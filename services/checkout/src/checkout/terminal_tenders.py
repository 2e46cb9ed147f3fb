"""What is asked of a terminal for a tender: start, cancel, disconnect. Kept first, then sent.

What the gateway answers is told apart by what it proves: a refusal and a command that nobody got
prove that nothing was started; a command without an answer proves nothing.
"""

from typing import Final

from checkout import decide_outcome, decide_tender
from checkout.answers import (
    Reply,
    of_tender,
    paired_terminal,
    refuse,
)
from checkout.calls import Calls, answer_of
from checkout.decide_tender import TerminalAtHand
from checkout.ledger import Asked
from checkout.model import AbortWanted, Decision, Moment, Refused, Sale, StartWanted
from checkout.ports import (
    AbortReply,
    Configuration,
    Gateway,
    KeyAct,
    OutOfReach,
    StartReply,
    TerminalTaken,
    Unanswered,
)
from checkout.presence import Presence
from contracts.envelope import Answer, Call
from contracts.identifiers import CompanyCode, OperationId, StoreCode
from contracts.operations import (
    Aborting,
    AbortNotSupported,
    AbortOperation,
    Accepted,
    AlreadyRead,
    Busy,
    CommandStamp,
    ContentDiffers,
    NotOpen,
    NotPaired,
    OperationKind,
    StartOperation,
    StorageFull,
    Unreachable,
)
from contracts.sales import (
    AddTender,
    CancelTender,
    DisconnectTender,
)

OUT_OF_REACH: Final = Refused(code="terminal_unreachable")


class TerminalTenders:
    """The calls that speak to a gateway."""

    def __init__(
        self,
        calls: Calls,
        gateway: Gateway,
        configuration: Configuration,
        presence: Presence,
    ) -> None:
        self._calls = calls
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._resolver = calls.ledger.resolver
        self._clock = calls.ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._presence = presence

    async def request(self, call: Call[AddTender]) -> Answer:
        """Pay a part on the register's terminal."""
        actor, body = call.actor, call.body
        sale = await self._calls.visible(actor, body.sale)
        if sale is None:
            return refuse(Refused(code="unknown_sale"))
        stamp = await self._stamp(sale.company, sale.store)
        operation_id = self._ledger.ids.uuid()

        def decide(sale: Sale, moment: Moment) -> Decision | Refused:
            at_hand = self._at_hand(sale, operation_id)
            decided = decide_tender.add_tender(sale, body, at_hand=at_hand, moment=moment)
            if isinstance(decided, Decision) and stamp is None:
                return OUT_OF_REACH
            return decided

        asked = Asked(actor=actor, reply=of_tender("accepted"), idempotency=call.idempotency)
        await self._confirm_busy(sale)
        try:
            outcome = await self._ledger.change(actor.company, sale.id, decide, asked=asked)
        except TerminalTaken:
            await self._learn_what_is_open()
            try:
                outcome = await self._ledger.change(actor.company, sale.id, decide, asked=asked)
            except TerminalTaken:
                return refuse(Refused(code="terminal_busy"))
        if outcome is None or outcome.answer is None:
            return refuse(Refused(code="unknown_sale"))
        decided = outcome.decided
        if isinstance(decided, Refused) or decided.start is None or stamp is None:
            return outcome.answer
        return await self._start(call, decided.sale, decided.start, stamp) or outcome.answer

    def _at_hand(self, sale: Sale, operation_id: OperationId) -> TerminalAtHand | None:
        configuration = self._configuration.of_store(sale.company, sale.store)
        terminal = paired_terminal(configuration, sale.register)
        if terminal is None:
            return None
        busy_with = self._resolver.busy_with(sale.company, sale.store, terminal)
        return TerminalAtHand(terminal=terminal, busy_with=busy_with, operation_id=operation_id)

    async def _confirm_busy(self, sale: Sale) -> None:
        """What this process holds to be open may have been ended by another process."""
        at_hand = self._at_hand(sale, "")
        if at_hand is None or at_hand.busy_with is None:
            return
        hold = await self._store.hold_of(at_hand.busy_with)
        if hold is None or not hold.unresolved:
            self._resolver.forget(at_hand.busy_with)

    async def _learn_what_is_open(self) -> None:
        """The record knows of an operation on the terminal that this process does not."""
        now = self._clock.monotonic()
        for hold, state in await self._store.unresolved():
            if self._resolver.find(hold.operation_id) is None:
                self._resolver.keep(hold, state, now)

    async def _start(
        self, call: Call[AddTender], sale: Sale, start: StartWanted, stamp: CommandStamp
    ) -> Answer | None:
        """Send the command; return the refusal when it is proven that nothing was started."""
        command = StartOperation(
            stamp=stamp,
            operation_id=start.operation_id,
            terminal=start.terminal,
            register=sale.register,
            sale_id=sale.id,
            tender=start.tender,
            kind=OperationKind.PAYMENT,
            amount=start.amount,
        )
        try:
            reply = await self._gateway.start(sale.company, sale.store, command)
        except OutOfReach:
            return await self._withdraw(call, sale, start.operation_id, OUT_OF_REACH)
        except Unanswered:
            await self._doubt(sale.company, sale, start.operation_id, "no_answer")
            return None
        if isinstance(reply, Accepted):
            self._resolver.sign_of_life(start.operation_id, self._clock.monotonic())
            return None
        if isinstance(reply, ContentDiffers):
            await self._doubt(sale.company, sale, start.operation_id, "content_differs")
            return None
        refused = _refused_by_gateway(reply, start)
        return await self._withdraw(call, sale, start.operation_id, refused)

    async def _withdraw(
        self, call: Call[AddTender], sale: Sale, operation_id: OperationId, refused: Refused
    ) -> Answer | None:
        def decide(sale: Sale, moment: Moment) -> Decision:
            return decide_tender.withdraw_tender(sale, operation_id, moment)

        answer = refuse(refused)
        asked = Asked(
            actor=call.actor,
            reply=Reply(outcome=refused.code, body=lambda _: bytes(answer.body)),
            idempotency=call.idempotency,
            key_act=KeyAct.REPLACE,
        )
        outcome = await self._ledger.change(sale.company, sale.id, decide, asked=asked)
        assert outcome is not None, "it was just kept"  # noqa: S101 - house style 12
        gone = isinstance(outcome.decided, Decision) and outcome.decided.happened
        return answer if gone else None

    async def cancel(self, call: Call[CancelTender]) -> Answer:
        """取消を依頼: what the gateway says to the abort decides the answer."""
        actor, body = call.actor, call.body
        sale = await self._calls.visible(actor, body.sale)
        if sale is None:
            return refuse(Refused(code="unknown_sale"))
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
            asked=Asked(
                actor=actor,
                reply=of_tender("accepted", body.tender),
                idempotency=call.idempotency,
            ),
        )
        return answer_of(outcome)

    async def disconnect(self, call: Call[DisconnectTender]) -> Answer:
        """切断する: without the abort's acknowledgement the outcome is in doubt."""
        actor, body = call.actor, call.body
        sale = await self._calls.visible(actor, body.sale)
        if sale is None:
            return refuse(Refused(code="unknown_sale"))
        outcome = await self._ledger.change(
            actor.company,
            sale.id,
            lambda sale, moment: decide_tender.disconnect_tender(sale, body.tender, moment),
            asked=Asked(
                actor=actor,
                reply=of_tender("accepted", body.tender),
                idempotency=call.idempotency,
            ),
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
            await self._doubt(sale.company, sale, abort.operation_id, reason)
        elif isinstance(reply, Aborting):
            self._resolver.abort_sent(abort.operation_id, now)
        elif not isinstance(reply, AbortNotSupported):
            self._resolver.ask_soon(abort.operation_id, now)

    async def _abort(self, sale: Sale, abort: AbortWanted) -> AbortReply | None:
        """Return the gateway's reply; None when it may never have got the abort."""
        command = AbortOperation(operation_id=abort.operation_id, terminal=abort.terminal)
        try:
            return await self._gateway.abort(sale.company, sale.store, command)
        except (OutOfReach, Unanswered):
            return None

    async def _stamp(self, company: CompanyCode, store: StoreCode) -> CommandStamp | None:
        """Return the stamp for a command; a gateway never heard of is greeted once."""
        now = self._clock.monotonic()
        stamp = self._presence.stamp(company, store, now)
        if stamp is not None or self._presence.known(company, store):
            return stamp
        try:
            greeting = await self._gateway.greet(company, store)
        except (OutOfReach, Unanswered):
            return None
        now = self._clock.monotonic()
        self._presence.greeted(company, store, greeting.epoch, greeting.heartbeat, now)
        return self._presence.stamp(company, store, now)

    async def _doubt(
        self, company: CompanyCode, sale: Sale, operation_id: OperationId, reason: str
    ) -> None:
        await self._ledger.change(
            company,
            sale.id,
            lambda sale, moment: decide_outcome.doubt(sale, operation_id, reason, moment),
        )


def _refused_by_gateway(reply: StartReply, start: StartWanted) -> Refused:
    """Every refusal of the gateway proves that nothing was started."""
    if isinstance(reply, Busy):
        return Refused(
            code="terminal_busy",
            fields={
                "terminal": start.terminal,
                "operation": reply.operation_id,
                "screen": reply.screen,
            },
        )
    if isinstance(reply, NotPaired):
        return Refused(code="no_terminal_paired", fields={"holder": reply.holder})
    if isinstance(reply, StorageFull):
        return Refused(code="edge_storage_full")
    return OUT_OF_REACH


def _refused_abort(reply: AbortReply | None) -> Refused | None:
    if isinstance(reply, AlreadyRead):
        return Refused(code="already_read")
    if isinstance(reply, AbortNotSupported):
        return Refused(code="abort_not_supported")
    return None if isinstance(reply, Aborting | NotOpen) else OUT_OF_REACH
