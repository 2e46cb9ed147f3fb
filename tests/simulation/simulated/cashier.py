"""Who stands at a register: rings up, sends amounts, waits, loses patience, pays by other means."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from contracts.envelope import Actor, Answer, Call, Idempotency, Role
from contracts.money import Yen
from contracts.sales import (
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Line,
    Method,
    OpenSale,
    ReadSale,
    ReleaseTender,
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

PATIENCE_S: Final = 45.0
"""A sale that is not paid by then is left standing; the next one parks it."""

LOOKS_S: Final = (0.3, 2.5)

decode_sale: Final = msgspec.json.Decoder(SaleView).decode

WAITING: Final = frozenset({TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT})

Handle = Callable[[CheckoutProcess, Call[Any]], Coroutine[Any, Any, Answer]]


class Cashier:
    """One register and the person at it."""

    def __init__(
        self, register: str, around: Surroundings, rng: random.Random, keys: Callable[[], str]
    ) -> None:
        self.register = register
        self.sales: list[str] = []
        self.trouble = True
        self._around = around
        self._rng = rng
        self._keys = keys
        self._process = Process(f"register {register}", around.crashes)
        self._actor = Actor(company=COMPANY, operator=f"cashier-{register}", role=Role.CASHIER)

    async def work(self, sales: int) -> None:
        """Serve some customers."""
        for _ in range(sales):
            await asyncio.sleep(self._rng.uniform(0.1, 2.0))
            sale = await self._ring_up()
            if sale is not None:
                self.sales.append(sale.id)
                await self._take_money(sale.id, patience_s=PATIENCE_S)

    async def finish(self) -> None:
        """Bring every sale to an end, now that everything works again."""
        for sale_id in self.sales:
            await self._take_money(sale_id, patience_s=300.0)

    async def _ring_up(self) -> SaleView | None:
        lines = tuple(
            Line(name="品", quantity=self._rng.randint(1, 3), unit_price=Yen(price), tax_rate=10)
            for price in self._rng.sample(range(100, 3_000), self._rng.randint(1, 2))
        )
        body = OpenSale(store=STORE, register=self.register, lines=lines)
        answer = await self._insist(body, lambda c, call: c.calls.open_sale(call))
        return decode_sale(answer.body) if answer.outcome == "created" else None

    async def _take_money(self, sale_id: str, *, patience_s: float) -> None:
        until = self._around.loop.now + patience_s
        while self._around.loop.now < until:
            sale = await self._look(sale_id)
            if sale is not None and await self._step(sale):
                return
            await asyncio.sleep(self._rng.uniform(*LOOKS_S))
        self._around.story.count("cashier: gave up waiting")

    async def _look(self, sale_id: str) -> SaleView | None:
        answer = await self._try(ReadSale(sale=sale_id), lambda c, call: c.reading.read_sale(call))
        return decode_sale(answer.body) if answer is not None and answer.outcome == "ok" else None

    async def _step(self, sale: SaleView) -> bool:
        """Do the next thing; return whether the sale is over."""
        self._around.story.count(f"sale {sale.state}")
        if sale.state in (SaleState.CLOSED, SaleState.ABANDONED):
            return True
        waiting = [tender for tender in sale.tenders if tender.state in WAITING]
        open_ones = [tender for tender in waiting if tender.released_by is UNSET]
        if sale.state is SaleState.PAID:
            await self._end(sale)
        elif open_ones:
            await self._wait(sale, open_ones[0])
        else:
            await self._pay(sale, waiting[0] if waiting else None)
        return False

    async def _end(self, sale: SaleView) -> None:
        last = sale.tenders[-1]
        if last.method is Method.TERMINAL and last.state is TenderState.APPROVED:
            body = AcknowledgeTender(sale=sale.id, tender=last.number)
            await self._try(body, lambda c, call: c.calls.acknowledge_tender(call))
        await self._insist(CloseSale(sale=sale.id), lambda c, call: c.calls.close_sale(call))

    async def _wait(self, sale: SaleView, tender: TenderView) -> None:
        if self.trouble and chance(self._rng, 0.09):
            self._around.story.count("cashier: disconnects")
            body = DisconnectTender(sale=sale.id, tender=tender.number)
            await self._insist(body, lambda c, call: c.calls.disconnect_tender(call))
        elif self.trouble and chance(self._rng, 0.12):
            self._around.story.count("cashier: cancels")
            cancel = CancelTender(sale=sale.id, tender=tender.number)
            await self._insist(cancel, lambda c, call: c.calls.cancel_tender(call))
        elif tender.state is TenderState.IN_DOUBT and chance(self._rng, 0.12):
            self._around.story.count("cashier: releases")
            release = ReleaseTender(sale=sale.id, tender=tender.number)
            await self._insist(release, lambda c, call: c.calls.release_tender(call))

    async def _pay(self, sale: SaleView, released: TenderView | None) -> None:
        owed = sale.balance
        amount = owed if owed < 200 or chance(self._rng, 0.8) else owed // 2
        method = Method.TERMINAL if chance(self._rng, 0.8) else Method.CASH
        stands_for = None
        if released is not None and chance(self._rng, 0.5):
            taken = any(tender.stands_for == released.number for tender in sale.tenders)
            if not taken:
                method, stands_for = Method.OTHER, released.number
                amount = min(owed, released.amount)
        body = AddTender(
            sale=sale.id,
            method=method,
            amount=amount,
            kind=None if method is not Method.OTHER else "商品券",
            stands_for=stands_for,
        )
        await self._insist(body, lambda c, call: c.calls.add_tender(call))

    # --- the way to checkout ---

    async def _insist(self, body: Struct, handle: Handle) -> Answer:
        """Ask until there is an answer: the same key, so that it happens once."""
        key = self._keys()
        while True:
            answer = await self._try(body, handle, key)
            if answer is not None and answer.outcome not in (
                "request_in_progress",
                "service_unavailable",
            ):
                return answer
            self._around.story.count("cashier: asks again with the same key")
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))

    async def _try(self, body: Struct, handle: Handle, key: str | None = None) -> Answer | None:
        around, story = self._around, self._around.story
        fingerprint = hashlib.sha256(msgspec.json.encode(body)).hexdigest()
        call: Call[Any] = Call(
            actor=self._actor,
            body=body,
            idempotency=None if key is None else Idempotency(key=key, fingerprint=fingerprint),
        )
        name = type(body).__name__

        async def work(checkout: CheckoutProcess) -> Answer:
            return await handle(checkout, call)

        if key is not None:
            story.tell(self.register, "{}", body)
        try:
            answer = await ask(
                self._process, around.checkout, work, timeout_s=ANSWER_S, line=around.lan
            )
        except (NoResponder, NoAnswer) as error:
            story.tell(self.register, "{}: {}", name, type(error).__name__)
            return None
        if key is not None:
            story.tell(self.register, "{}: {}", name, answer.outcome)
            story.count(f"answer {answer.outcome}")
        return answer
