"""Who stands at a register: rings up, sends amounts, waits, loses patience, pays by other means."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from contracts.envelope import Actor, Answer, Call, Idempotency, Role
from contracts.money import Yen
from contracts.refunds import RefundTender
from contracts.sales import (
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    FindSales,
    Line,
    Method,
    OpenSale,
    ReadRegister,
    ReadSale,
    RegisterView,
    ReleaseTender,
    ResumeSale,
    SaleEvent,
    SalesPage,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from simulated.bus import NoAnswer, NoResponder, ask
from simulated.shop import COMPANY, STORE, CheckoutProcess, Surroundings
from simulated.virtual import Process, chance

ANSWER_S: Final = 2.5
"""`front` waits this long for checkout."""

PATIENCE_S: Final = 12.0
"""A sale that is not paid by then is left standing; the next one parks it."""

LOOKS_S: Final = (0.3, 2.5)
"""How long a page that hears nothing waits before it reads the sale again."""

THINKS_S: Final = (0.0, 0.3)

decode_sale: Final = msgspec.json.Decoder(SaleView).decode
decode_sales: Final = msgspec.json.Decoder(SalesPage).decode
decode_register: Final = msgspec.json.Decoder(RegisterView).decode

WAITING: Final = frozenset({TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT})
OVER: Final = frozenset({SaleState.CLOSED, SaleState.ABANDONED, SaleState.VOIDED})

KEY: Final[ContextVar[str | None]] = ContextVar("key", default=None)
"""Under which key checkout works just now; only the truth looks at it."""

Handle = Callable[[CheckoutProcess, Call[Any]], Coroutine[Any, Any, Answer]]


class Reloaded(Exception):  # noqa: N818 - what happened
    """The page was loaded again: what it had asked for is forgotten, not undone."""


class Cashier:
    """One register, its page, and the person at it."""

    def __init__(
        self, register: str, around: Surroundings, rng: random.Random, keys: Callable[[], str]
    ) -> None:
        self.register = register
        self.trouble = True
        self._around = around
        self._rng = rng
        self._keys = keys
        self._process = Process(f"register {register}", around.crashes)
        self._actor = Actor(company=COMPANY, operator=f"cashier-{register}", role=Role.CASHIER)
        self._views: dict[str, SaleView] = {}
        self._news = asyncio.Event()
        around.listener.tell[register] = self.on_event

    def on_event(self, event: SaleEvent) -> None:
        """The page hears of a change."""
        self._see(event.sale)

    async def work(self, sales: int) -> None:
        """Serve some customers."""
        for _ in range(sales):
            await asyncio.sleep(self._rng.uniform(*THINKS_S))
            try:
                sale = await self._ring_up()
                if sale is not None and not self._happens("parks the sale", 0.05):
                    await self._take_money(sale.id, patience_s=PATIENCE_S)
            except Reloaded:
                await self._find_again()

    async def finish(self) -> None:
        """Bring every sale of the register to an end, now that everything works again."""
        body = FindSales(store=STORE, register=self.register, limit=200)
        page = None
        while page is None:
            page = await self._try(body, lambda c, call: c.reading.find_sales(call))
        for sale in reversed(decode_sales(page.body).sales):
            self._around.listener.ask_soon(sale.id, 0.0)
            if sale.state not in OVER:
                if sale.parked:
                    body = ResumeSale(sale=sale.id)
                    await self._insist(body, lambda c, call: c.calls.resume_sale(call))
                await self._take_money(sale.id, patience_s=300.0)

    # --- what the page knows ---

    def _see(self, view: SaleView) -> SaleView:
        known = self._views.get(view.id)
        if known is None or view.sequence > known.sequence:
            self._views[view.id] = view
            self._news.set()
        return self._views[view.id]

    async def _read(self, sale_id: str) -> SaleView | None:
        answer = await self._try(ReadSale(sale=sale_id), lambda c, call: c.reading.read_sale(call))
        if answer is None or answer.outcome != "ok":
            return None
        return self._see(decode_sale(answer.body))

    async def _look(self, sale_id: str) -> SaleView | None:
        """Return the sale as it was heard of last; sometimes it is read, as a new page does."""
        known = self._views.get(sale_id)
        if known is None or chance(self._rng, 0.05):
            return await self._read(sale_id)
        return known

    async def _hear(self, sale: SaleView) -> None:
        """Wait for news of the sale; after a while without any, read it."""
        until = self._around.loop.now + self._rng.uniform(*LOOKS_S)
        while self._views[sale.id].sequence <= sale.sequence:
            self._news.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._news.wait()
            except TimeoutError:
                await self._read(sale.id)
                return

    async def _find_again(self) -> None:
        """After a reload: what the register works on is asked for, and gone on with."""
        body = ReadRegister(store=STORE, register=self.register)
        answer = await self._try(body, lambda c, call: c.reading.read_register(call))
        if answer is None or answer.outcome != "ok":
            return
        active = decode_register(answer.body).active
        if active is not None:
            self._see(active)
            try:
                await self._take_money(active.id, patience_s=PATIENCE_S)
            except Reloaded:
                return

    # --- what the person does ---

    def _happens(self, what: str, probability: float) -> bool:
        """Return whether the cashier does it now; only in trouble anybody does."""
        if not self.trouble or not chance(self._rng, probability):
            return False
        self._around.story.count(f"cashier: {what}")
        return True

    async def _ring_up(self) -> SaleView | None:
        lines = tuple(
            Line(name="品", quantity=self._rng.randint(1, 3), unit_price=Yen(price), tax_rate=10)
            for price in self._rng.sample(range(100, 6_000), self._rng.randint(1, 2))
        )
        body = OpenSale(store=STORE, register=self.register, lines=lines)
        answer = await self._insist(body, lambda c, call: c.calls.open_sale(call))
        return self._see(decode_sale(answer.body)) if answer.outcome == "created" else None

    async def _take_money(self, sale_id: str, *, patience_s: float) -> None:
        until = self._around.loop.now + patience_s
        while self._around.loop.now < until:
            sale = await self._look(sale_id)
            if sale is None:
                await asyncio.sleep(self._rng.uniform(*LOOKS_S))
                continue
            if await self._step(sale):
                return
            await self._hear(sale)
            if self._happens("reloads the page", 0.01):
                raise Reloaded
        self._around.story.count("cashier: gave up waiting")

    async def _step(self, sale: SaleView) -> bool:
        """Do the next thing; return whether the sale is over."""
        if sale.state in OVER:
            return True
        waiting = [tender for tender in sale.tenders if tender.state in WAITING]
        open_ones = [tender for tender in waiting if tender.released_by is UNSET]
        if self._happens("taps anything", 0.02):
            await self._tap_anything(sale)
        elif sale.state is SaleState.PAID:
            await self._end(sale)
        elif open_ones:
            await self._wait(sale, open_ones[0])
        elif sale.paid == 0 and not waiting and self._happens("abandons", 0.02):
            await self._insist(
                AbandonSale(sale=sale.id), lambda c, call: c.calls.abandon_sale(call)
            )
        else:
            await self._pay(sale, waiting[0] if waiting else None)
        return False

    async def _end(self, sale: SaleView) -> None:
        last = sale.tenders[-1]
        if last.method is Method.TERMINAL and last.state is TenderState.APPROVED:
            body = AcknowledgeTender(sale=sale.id, tender=last.number)
            await self._try(body, lambda c, call: c.calls.acknowledge_tender(call))
        elif self._happens("takes a tender back", 0.1):
            await self._remove(sale, last.number)
            return
        await self._insist(CloseSale(sale=sale.id), lambda c, call: c.calls.close_sale(call))

    async def _tap_anything(self, sale: SaleView) -> None:
        """Whatever the state: a second page, a double tap, a button that was not taken away yet."""
        number = self._rng.randint(1, max(1, len(sale.tenders)))
        taps: tuple[Callable[[], Coroutine[Any, Any, object]], ...] = (
            lambda: self._remove(sale, number),
            lambda: self._cancel(sale, number),
            lambda: self._disconnect(sale, number),
            lambda: self._release(sale, number),
            lambda: self._pay(sale, None),
            lambda: self._insist(
                ResumeSale(sale=sale.id), lambda c, call: c.calls.resume_sale(call)
            ),
            lambda: self._insist(
                AcknowledgeTender(sale=sale.id, tender=number),
                lambda c, call: c.calls.acknowledge_tender(call),
            ),
            lambda: self._insist(CloseSale(sale=sale.id), lambda c, call: c.calls.close_sale(call)),
            lambda: self._insist(
                AbandonSale(sale=sale.id), lambda c, call: c.calls.abandon_sale(call)
            ),
        )
        await self._rng.choice(taps)()

    async def _remove(self, sale: SaleView, number: int) -> None:
        body = RefundTender(sale=sale.id, tender=number)
        await self._insist(body, lambda c, call: c.calls.refund_tender(call))

    async def _cancel(self, sale: SaleView, number: int) -> None:
        body = CancelTender(sale=sale.id, tender=number)
        await self._insist(body, lambda c, call: c.calls.cancel_tender(call))

    async def _disconnect(self, sale: SaleView, number: int) -> None:
        body = DisconnectTender(sale=sale.id, tender=number)
        await self._insist(body, lambda c, call: c.calls.disconnect_tender(call))

    async def _release(self, sale: SaleView, number: int) -> None:
        body = ReleaseTender(sale=sale.id, tender=number)
        await self._insist(body, lambda c, call: c.calls.release_tender(call))

    async def _wait(self, sale: SaleView, tender: TenderView) -> None:
        if self._happens("disconnects", 0.05):
            await self._disconnect(sale, tender.number)
        elif self._happens("cancels", 0.06):
            await self._cancel(sale, tender.number)
        elif tender.state is TenderState.IN_DOUBT and chance(self._rng, 0.12):
            self._around.story.count("cashier: releases")
            await self._release(sale, tender.number)

    async def _pay(self, sale: SaleView, released: TenderView | None) -> None:
        owed = sale.balance
        part = owed >= 200 and chance(self._rng, 0.2)
        amount = self._rng.randint(100, owed - 100) if part else owed
        draw = self._rng.random()
        method = Method.TERMINAL if draw < 0.85 else Method.CASH if draw < 0.95 else Method.OTHER
        stands_for = None
        if released is not None and chance(self._rng, 0.5):
            taken = any(tender.stands_for == released.number for tender in sale.tenders)
            if not taken:
                method, stands_for = Method.OTHER, released.number
                amount = min(owed, released.amount)
        note = self._rng.randint(amount, amount + 1_000) if method is Method.CASH else None
        body = AddTender(
            sale=sale.id,
            method=method,
            amount=amount,
            received=note,
            kind=None if method is not Method.OTHER else "商品券",
            stands_for=stands_for,
        )
        if self._happens("taps twice", 0.03):
            await asyncio.gather(
                self._insist(body, lambda c, call: c.calls.add_tender(call)),
                self._insist(body, lambda c, call: c.calls.add_tender(call)),
            )
        else:
            await self._insist(body, lambda c, call: c.calls.add_tender(call))

    # --- the way to checkout ---

    async def _insist(self, body: Struct, handle: Handle) -> Answer:
        """Ask until there is an answer: the same key, so that it happens once."""
        key = self._keys()
        if self._happens("sends the same twice", 0.03):
            await asyncio.gather(self._try(body, handle, key), self._try(body, handle, key))
        while True:
            answer = await self._try(body, handle, key)
            if answer is not None and answer.outcome not in (
                "request_in_progress",
                "service_unavailable",
            ):
                return answer
            self._around.story.count("cashier: asks again with the same key")
            if self._happens("reloads the page", 0.1):
                raise Reloaded
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))

    async def _try(self, body: Struct, handle: Handle, key: str | None = None) -> Answer | None:
        around, story = self._around, self._around.story
        idempotency = None
        if key is not None:
            fingerprint = hashlib.sha256(msgspec.json.encode(body)).hexdigest()
            idempotency = Idempotency(key=key, fingerprint=fingerprint)
            story.tell(self.register, "{}", body)
        call: Call[Any] = Call(actor=self._actor, body=body, idempotency=idempotency)

        async def work(checkout: CheckoutProcess) -> Answer:
            KEY.set(key)
            return await handle(checkout, call)

        try:
            answer = await ask(
                self._process, around.checkout, work, timeout_s=ANSWER_S, line=around.lan
            )
        except (NoResponder, NoAnswer) as error:
            story.tell(self.register, "{}: {}", type(body).__name__, type(error).__name__)
            return None
        if key is not None:
            story.tell(self.register, "{}: {}", type(body).__name__, answer.outcome)
            story.count(f"answer {answer.outcome}")
        return answer
