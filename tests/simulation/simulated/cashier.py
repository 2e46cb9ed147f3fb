"""Who stands at a register: rings up, sends amounts, waits, loses patience, pays by other means."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Final

from msgspec import UNSET

from contracts.money import Yen
from contracts.sales import (
    AbandonSale,
    AcknowledgeTender,
    AddTender,
    CancelTender,
    CloseSale,
    DisconnectTender,
    Line,
    Method,
    OpenSale,
    ReleaseTender,
    ResumeSale,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from simulated.page import LOOKS_S, Page, Reloaded, decode_sale
from simulated.returns import BACK, Returns
from simulated.shop import STORE, Surroundings
from simulated.virtual import chance

PATIENCE_S: Final = 12.0
"""A sale that is not paid by then is left standing; the next one parks it."""

THINKS_S: Final = (0.0, 0.3)

DOUBTS: Final = frozenset({TenderState.IN_DOUBT, TenderState.REFUND_IN_DOUBT})
PAYS: Final = frozenset({TenderState.REQUESTED, TenderState.IN_PROGRESS, TenderState.IN_DOUBT})
TOLD: Final = frozenset({TenderState.APPROVED, TenderState.REFUNDED})
OVER: Final = frozenset({SaleState.CLOSED, SaleState.ABANDONED, SaleState.VOIDED})


class Cashier:
    """The person at one register."""

    def __init__(
        self, register: str, around: Surroundings, rng: random.Random, keys: Callable[[], str]
    ) -> None:
        self.page = Page(register, around, rng, keys)
        self._returns = Returns(self.page, around, rng)
        self._around = around
        self._rng = rng

    async def work(self, sales: int) -> None:
        """Serve some customers; now and then one comes back."""
        for _ in range(sales):
            await asyncio.sleep(self._rng.uniform(*THINKS_S))
            try:
                sale = await self._ring_up()
                if sale is not None and not self.page.happens("parks the sale", 0.05):
                    await self._take_money(sale.id, patience_s=PATIENCE_S)
                await self._somebody_comes_back()
            except Reloaded:
                await self._find_again()

    async def finish(self) -> None:
        """Bring every sale of the register to an end, now that everything works again."""
        for sale in await self.page.all_sales():
            self._around.listener.ask_soon(sale.id, 0.0)
            if sale.state not in OVER:
                if sale.parked:
                    body = ResumeSale(sale=sale.id)
                    await self.page.insist(body, lambda c, call: c.calls.resume_sale(call))
                await self._take_money(sale.id, patience_s=300.0)
            elif sale.state is SaleState.CLOSED:
                await self._returns.finish(sale)

    async def _somebody_comes_back(self) -> None:
        closed = [each for each in self.page.views.values() if each.state is SaleState.CLOSED]
        if closed and chance(self._rng, 0.6):
            await self._returns.bring_back(self._rng.choice(closed))

    async def _find_again(self) -> None:
        """After a reload: what the register works on is asked for, and gone on with."""
        register = await self.page.read_register()
        if register is None or register.active is None:
            return
        self.page.see(register.active)
        try:
            await self._take_money(register.active.id, patience_s=PATIENCE_S)
        except Reloaded:
            return

    # --- what the person does ---

    async def _ring_up(self) -> SaleView | None:
        lines = tuple(
            Line(name="品", quantity=self._rng.randint(1, 3), unit_price=Yen(price), tax_rate=10)
            for price in self._rng.sample(range(100, 6_000), self._rng.randint(1, 2))
        )
        body = OpenSale(store=STORE, register=self.page.register, lines=lines)
        answer = await self.page.insist(body, lambda c, call: c.calls.open_sale(call))
        return self.page.see(decode_sale(answer.body)) if answer.outcome == "created" else None

    async def _take_money(self, sale_id: str, *, patience_s: float) -> None:
        until = self._around.loop.now + patience_s
        while self._around.loop.now < until:
            sale = await self.page.look(sale_id)
            if sale is None:
                await asyncio.sleep(self._rng.uniform(*LOOKS_S))
                continue
            if await self._step(sale):
                return
            await self.page.hear(sale)
            if self.page.happens("reloads the page", 0.01):
                raise Reloaded
        self._around.story.count("cashier: gave up waiting")

    async def _step(self, sale: SaleView) -> bool:
        """Do the next thing; return whether the sale is over."""
        if sale.state in OVER:
            return True
        asked = [tender for tender in sale.tenders if tender.state in PAYS]
        back = [tender for tender in sale.tenders if tender.state in BACK]
        waiting = [tender for tender in (*asked, *back) if tender.released_by is UNSET]
        if self.page.happens("taps anything", 0.02):
            await self._tap_anything(sale)
        elif waiting:
            await self._wait(sale, waiting[0])
        elif sale.state is SaleState.PAID:
            await self._end(sale)
        elif sale.paid and self.page.happens("gives a part back", 0.06):
            await self._take_off(sale)
        elif not (sale.paid or asked or back) and self.page.happens("abandons", 0.02):
            await self.page.insist(
                AbandonSale(sale=sale.id), lambda c, call: c.calls.abandon_sale(call)
            )
        else:
            await self._pay(sale, asked[0] if asked else None)
        return False

    async def _end(self, sale: SaleView) -> None:
        if self.page.happens("takes a tender back", 0.15):
            await self._take_off(sale)
            return
        last = sale.tenders[-1]
        if last.method is Method.TERMINAL and last.state in TOLD and not last.acknowledged:
            body = AcknowledgeTender(sale=sale.id, tender=last.number)
            await self.page.try_once(body, lambda c, call: c.calls.acknowledge_tender(call))
        await self.page.insist(CloseSale(sale=sale.id), lambda c, call: c.calls.close_sale(call))

    async def _take_off(self, sale: SaleView) -> None:
        """× on what pays: on its terminal, or at once where it is none's."""
        pays = [tender.number for tender in sale.tenders if tender.counted]
        if pays:
            await self._returns.take_off(sale, self._rng.choice(pays))

    async def _tap_anything(self, sale: SaleView) -> None:
        """Whatever the state: a second page, a double tap, a button that was not taken away yet."""
        number = self._rng.randint(1, max(1, len(sale.tenders)))
        taps: tuple[Callable[[], Coroutine[Any, Any, object]], ...] = (
            lambda: self._returns.tap_anything(sale, number),
            lambda: self._returns.tap_anything(sale, number),
            lambda: self._cancel(sale, number),
            lambda: self._disconnect(sale, number),
            lambda: self._release(sale, number),
            lambda: self._pay(sale, None),
            lambda: self.page.insist(
                ResumeSale(sale=sale.id), lambda c, call: c.calls.resume_sale(call)
            ),
            lambda: self.page.insist(
                AcknowledgeTender(sale=sale.id, tender=number),
                lambda c, call: c.calls.acknowledge_tender(call),
            ),
            lambda: self.page.insist(
                CloseSale(sale=sale.id), lambda c, call: c.calls.close_sale(call)
            ),
            lambda: self.page.insist(
                AbandonSale(sale=sale.id), lambda c, call: c.calls.abandon_sale(call)
            ),
        )
        await self._rng.choice(taps)()

    async def _cancel(self, sale: SaleView, number: int) -> None:
        body = CancelTender(sale=sale.id, tender=number)
        await self.page.insist(body, lambda c, call: c.calls.cancel_tender(call))

    async def _disconnect(self, sale: SaleView, number: int) -> None:
        body = DisconnectTender(sale=sale.id, tender=number)
        await self.page.insist(body, lambda c, call: c.calls.disconnect_tender(call))

    async def _release(self, sale: SaleView, number: int) -> None:
        body = ReleaseTender(sale=sale.id, tender=number)
        await self.page.insist(body, lambda c, call: c.calls.release_tender(call))

    async def _wait(self, sale: SaleView, tender: TenderView) -> None:
        if self.page.happens("disconnects", 0.05):
            await self._disconnect(sale, tender.number)
        elif self.page.happens("cancels", 0.06):
            await self._cancel(sale, tender.number)
        elif tender.state in DOUBTS and chance(self._rng, 0.12):
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
        if self.page.happens("taps twice", 0.03):
            await asyncio.gather(
                self.page.insist(body, lambda c, call: c.calls.add_tender(call)),
                self.page.insist(body, lambda c, call: c.calls.add_tender(call)),
            )
        else:
            await self.page.insist(body, lambda c, call: c.calls.add_tender(call))
