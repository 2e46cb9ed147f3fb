"""What is asked of checkout, one method a verb: load, decide, save, and only then send.

Every method answers; the errors of the world are told apart by what they prove.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from msgspec import Raw, Struct

from checkout import decide_outcome, decide_sale, decide_tender
from checkout.answers import (
    MAY_CHANGE,
    Reply,
    kept,
    key_of,
    of_sale,
    of_tender,
    paired_terminal,
    refuse,
    refuse_place,
    replay,
    sees,
    stored,
)
from checkout.decide_tender import TerminalAtHand
from checkout.ledger import Asked, Decide, Ledger, Outcome
from checkout.model import AbortWanted, Decision, Moment, Refused, Sale, StartWanted
from checkout.ports import (
    AbortReply,
    ChangedMeanwhile,
    Commit,
    Configuration,
    Gateway,
    Key,
    KeyAct,
    KeyTaken,
    NumberTaken,
    OutOfReach,
    StartReply,
    TerminalTaken,
    Unanswered,
)
from checkout.presence import Presence
from checkout.views import sale_view
from contracts.envelope import Actor, Answer, Call, encode
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
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Method,
    OpenSale,
    ReleaseTender,
    RemoveTender,
)

OPEN_TRIES_MAX: Final = 8
"""Two processes that take the same number, two pages that open on one register: more is a bug."""

OUT_OF_REACH: Final = Refused(code="terminal_unreachable")

Body = TypeVar("Body", bound=Struct)


class Checkout:
    """Answers the calls on `svc.checkout.<verb>`."""

    def __init__(
        self,
        ledger: Ledger,
        gateway: Gateway,
        configuration: Configuration,
        presence: Presence,
    ) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._resolver = ledger.resolver
        self._clock = ledger.clock
        self._gateway = gateway
        self._configuration = configuration
        self._presence = presence
        self._under_way: set[Key] = set()

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
            for _ in range(OPEN_TRIES_MAX):
                day = decide_sale.business_date(self._clock.now(), settings)
                try:
                    return await self._open(call, day)
                except (NumberTaken, ChangedMeanwhile):
                    continue
            raise ChangedMeanwhile(body.register)

        return await self._changing(call, work)

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

    async def close_sale(self, call: Call[CloseSale]) -> Answer:
        """Book the sale; closed already, the same answer again."""
        return await self._change(call, call.body.sale, decide_sale.close_sale, of_sale())

    async def abandon_sale(self, call: Call[AbandonSale]) -> Answer:
        """Give the sale up, where it holds nothing."""
        return await self._change(call, call.body.sale, decide_sale.abandon_sale, of_sale())

    # --- tenders ---

    async def add_tender(self, call: Call[AddTender]) -> Answer:
        """Pay a part; a terminal tender is sent to its gateway once it is kept."""
        if call.body.method is Method.TERMINAL:
            return await self._changing(call, lambda: self._request(call))
        return await self._change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.add_tender(
                sale, call.body, at_hand=None, moment=moment
            ),
            of_tender("created"),
        )

    async def _request(self, call: Call[AddTender]) -> Answer:
        actor, body = call.actor, call.body
        sale = await self._visible(actor, body.sale)
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
            outcome = await self._ledger.change(actor.company, sale.id, decide, asked=asked)
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
        return answer

    async def cancel_tender(self, call: Call[CancelTender]) -> Answer:
        """取消を依頼: what the gateway says to the abort decides the answer."""
        return await self._changing(call, lambda: self._cancel(call))

    async def _cancel(self, call: Call[CancelTender]) -> Answer:
        actor, body = call.actor, call.body
        sale = await self._visible(actor, body.sale)
        if sale is None:
            return refuse(Refused(code="unknown_sale"))
        decided = decide_tender.cancel_tender(sale, body.tender)
        refused = decided if isinstance(decided, Refused) else None
        if isinstance(decided, Decision) and decided.abort is not None:
            refused = _refused_abort(await self._abort(sale, decided.abort))
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
        return _answer_of(outcome)

    async def disconnect_tender(self, call: Call[DisconnectTender]) -> Answer:
        """切断する: kept first, then the abort is tried; without its acknowledgement: in doubt."""
        return await self._changing(call, lambda: self._disconnect(call))

    async def _disconnect(self, call: Call[DisconnectTender]) -> Answer:
        actor, body = call.actor, call.body
        sale = await self._visible(actor, body.sale)
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
        return _answer_of(outcome)

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

    async def release_tender(self, call: Call[ReleaseTender]) -> Answer:
        """The sale goes on without the answer."""
        return await self._change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.release_tender(sale, call.body.tender, moment),
            of_tender("accepted", call.body.tender),
        )

    async def remove_tender(self, call: Call[RemoveTender]) -> Answer:
        """× on cash and other; the answer is the sale without it."""
        return await self._change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.remove_tender(sale, call.body.tender, moment),
            of_sale(),
        )

    async def acknowledge_tender(self, call: Call[AcknowledgeTender]) -> Answer:
        """The OK of 支払完了."""
        return await self._change(
            call,
            call.body.sale,
            lambda sale, moment: decide_tender.acknowledge_tender(sale, call.body.tender, moment),
            of_tender("accepted", call.body.tender),
        )

    # --- what all of them share ---

    async def _change(self, call: Call[Any], sale_id: str, decide: Decide, reply: Reply) -> Answer:
        async def work() -> Answer:
            sale = await self._visible(call.actor, sale_id)
            if sale is None:
                return refuse(Refused(code="unknown_sale"))
            asked = Asked(actor=call.actor, reply=reply, idempotency=call.idempotency)
            return _answer_of(
                await self._ledger.change(call.actor.company, sale_id, decide, asked=asked)
            )

        return await self._changing(call, work)

    async def _changing(self, call: Call[Any], work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work once a key: a repeat gets the stored answer, two at once are told apart."""
        if call.actor.role not in MAY_CHANGE:
            return refuse(Refused(code="not_permitted", fields={"role": str(call.actor.role)}))
        idempotency = call.idempotency
        if idempotency is None:
            return await work()
        key = key_of(call.actor, idempotency)
        if key in self._under_way:
            return refuse(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            answer = await work()
            if kept(answer):
                return answer
            old = await self._store.stored_answer(key, self._clock.now())
            return answer if old is None else replay(old, idempotency)
        except KeyTaken:
            old = await self._store.stored_answer(key, self._clock.now())
            return replay(old, idempotency)
        finally:
            self._under_way.discard(key)

    async def _visible(self, actor: Actor, sale_id: str) -> Sale | None:
        sale = await self._store.load(actor.company, sale_id)
        return sale if sale is not None and sees(actor, sale.store) else None

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


def _answer_of(outcome: Outcome | None) -> Answer:
    if outcome is None or outcome.answer is None:
        return refuse(Refused(code="unknown_sale"))
    return outcome.answer
