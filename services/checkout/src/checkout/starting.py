"""Sends what was kept to a terminal's gateway, and takes it back where nothing was started.

What the gateway answers is told apart by what it proves: a refusal and a command that nobody got
prove that nothing was started; a command without an answer proves nothing, nor does `fenced`, which
is the word of another box than the one it was for.
"""

from typing import Any, Final

import msgspec

from checkout import decide_outcome, decide_refund, decide_tender
from checkout.answers import Reply, refuse
from checkout.calls import Calls
from checkout.ledger import Asked, Decide, asked_by
from checkout.model import Decision, Moment, Refused, Sale, StartWanted
from checkout.ports import (
    Gateway,
    KeyAct,
    OutOfReach,
    StartReply,
    StoredAnswer,
    TerminalTaken,
    Unanswered,
)
from checkout.presence import Presence
from checkout.resolver import START_BOUND_S
from contracts.envelope import Answer, Call
from contracts.identifiers import CompanyCode, OperationId, SaleId, StoreCode, TerminalCode
from contracts.operations import (
    Accepted,
    Busy,
    CommandStamp,
    ContentDiffers,
    Fenced,
    NotPaired,
    OperationKind,
    StartOperation,
    StorageFull,
)
from contracts.sales import TenderState, TenderView

ACCEPTED: Final = "accepted"

OUT_OF_REACH: Final = Refused(code="terminal_unreachable")

LET_GO_MAX: Final = 8
"""Operations of one terminal that were released or overridden elsewhere: more is a bug, and the
record alone decides then (`TerminalTaken`)."""

_BEGINS: Final = frozenset({TenderState.REQUESTED, TenderState.REFUNDING})
"""Kept, and perhaps not yet sent."""


class Starting:
    """Keeps an operation with its sale, and only then sends it."""

    def __init__(self, calls: Calls, gateway: Gateway, presence: Presence) -> None:
        self._ledger = calls.ledger
        self._store = calls.ledger.store
        self._resolver = calls.ledger.resolver
        self._clock = calls.ledger.clock
        self._gateway = gateway
        self._presence = presence

    def busy_with(
        self, company: CompanyCode, store: StoreCode, terminal: TerminalCode
    ) -> OperationId | None:
        """Return what is open on the terminal, as far as this process knows."""
        return self._resolver.busy_with(company, store, terminal)

    async def keep_and_send(
        self,
        call: Call[Any],
        sale: Sale,
        decide: Decide,
        reply: Reply,
        *,
        terminal: TerminalCode | None,
        stamp: CommandStamp | None,
    ) -> Answer:
        """Decide upon the sale, keep it with the answer, then send what was decided to start.

        `terminal` is the one that it may start on; without a `stamp` nothing is kept or sent.
        """

        def within_reach(sale: Sale, moment: Moment) -> Decision | Refused:
            decided = decide(sale, moment)
            if isinstance(decided, Decision) and decided.start is not None and stamp is None:
                return OUT_OF_REACH
            return decided

        asked = asked_by(call, reply)
        company = call.actor.company
        if terminal is not None:
            await self._confirm_busy(sale, terminal)
        try:
            outcome = await self._ledger.change(company, sale.id, within_reach, asked=asked)
        except TerminalTaken:
            await self._learn_what_is_open()
            try:
                outcome = await self._ledger.change(company, sale.id, within_reach, asked=asked)
            except TerminalTaken:
                return refuse(Refused(code="terminal_busy"))
        if outcome is None or outcome.answer is None:
            return refuse(Refused(code="unknown_sale"))
        decided = outcome.decided
        if isinstance(decided, Refused) or decided.start is None or stamp is None:
            return outcome.answer
        return await self._start(call, decided.sale, decided.start, stamp) or outcome.answer

    async def is_being_sent(self, company: CompanyCode, sale_id: SaleId, old: StoredAnswer) -> bool:
        """Whether another process has kept this answer and not yet heard that it holds.

        Until then it may be withdrawn and another one take its place.
        """
        if old.outcome != ACCEPTED:
            return False
        sent = msgspec.json.decode(old.body, type=TenderView).operations[-1].id
        sale = await self._store.load_fresh(company, sale_id)
        tender = None if sale is None else sale.tender_of(sent)
        if tender is None:
            return True  # withdrawn since we looked: the next look finds what took its place
        operation = tender.asked_as(sent)
        if self._resolver.look(operation.id) is not None:
            return False  # it is our own, and it was answered
        age_s = (self._clock.now() - operation.at).total_seconds()
        return operation.state in _BEGINS and age_s < START_BOUND_S

    async def _confirm_busy(self, sale: Sale, terminal: TerminalCode) -> None:
        """What this process holds to be open may have been ended or let go by another process."""
        for _ in range(LET_GO_MAX):
            busy_with = self.busy_with(sale.company, sale.store, terminal)
            hold = None if busy_with is None else await self._store.hold_of(busy_with)
            if busy_with is None or (hold is not None and hold.holds_terminal):
                return
            if hold is None or not hold.unresolved:
                self._resolver.forget(busy_with)
            else:
                self._resolver.let_go(busy_with)

    async def _learn_what_is_open(self) -> None:
        """The record knows of an operation on the terminal that this process does not."""
        now = self._clock.monotonic()
        for hold, state in await self._store.unresolved():
            if self._resolver.find(hold.operation_id) is None:
                self._resolver.keep(hold, state, now)

    async def _start(
        self, call: Call[Any], sale: Sale, start: StartWanted, stamp: CommandStamp
    ) -> Answer | None:
        """Send the command; return the refusal when it is proven that nothing was started."""
        command = StartOperation(
            stamp=stamp,
            operation_id=start.operation_id,
            terminal=start.terminal,
            register=start.register,
            sale_id=sale.id,
            tender=start.tender,
            kind=start.kind,
            amount=start.amount,
            original_slip_number=start.original_slip_number,
            original_order_number=start.original_order_number,
        )
        try:
            reply = await self._gateway.start(sale.company, sale.store, command)
        except OutOfReach:
            return await self._withdraw(call, sale, start, OUT_OF_REACH)
        except Unanswered:
            await self.doubt(sale, start.operation_id, "no_answer")
            return None
        if isinstance(reply, Accepted):
            self._resolver.sign_of_life(start.operation_id, self._clock.monotonic())
            return None
        if isinstance(reply, ContentDiffers):
            await self.doubt(sale, start.operation_id, "content_differs")
            return None
        if isinstance(reply, Fenced):
            # Said by another box than the one addressed, which may have taken it all the same.
            await self.doubt(sale, start.operation_id, "no_answer")
            return None
        return await self._withdraw(call, sale, start, _refused_by_gateway(reply, start))

    async def _withdraw(
        self, call: Call[Any], sale: Sale, start: StartWanted, refused: Refused
    ) -> Answer | None:
        payment = start.kind is OperationKind.PAYMENT
        withdraw = decide_tender.withdraw_tender if payment else decide_refund.withdraw_refund

        def decide(sale: Sale, moment: Moment) -> Decision:
            return withdraw(sale, start.operation_id, moment)

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

    async def stamp(self, company: CompanyCode, store: StoreCode) -> CommandStamp | None:
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

    async def doubt(self, sale: Sale, operation_id: OperationId, reason: str) -> None:
        """Say that nobody knows how the operation ends."""
        await self._ledger.change(
            sale.company,
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
