"""What somebody at a register does about money back: ×, 伝票取消, 伝票訂正, and who confirms it."""

import asyncio
import random
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from contracts.envelope import Answer, Refusal
from contracts.refunds import CorrectedTender, CorrectSale, RefundTender, VoidSale
from contracts.sales import (
    DisconnectTender,
    Method,
    ReleaseTender,
    SaleState,
    SaleView,
    TenderState,
    TenderView,
)
from simulated.page import MANAGER, Handle, Page
from simulated.shop import Surroundings

BACK: Final = frozenset({TenderState.REFUNDING, TenderState.REFUND_IN_DOUBT})
"""The terminal has been asked for the money, and has not said what became of it."""

WAITS_S: Final = 12.0
"""A refund that takes longer is left to itself; the sale keeps what is wished for."""

TRIES: Final = 4
AGAIN_S: Final = (0.5, 4.0)
"""A terminal out of reach or busy is tried again, for a while."""

decode_refusal: Final = msgspec.json.Decoder(Refusal).decode


def refund(checkout: Any, call: Any) -> Any:
    """Ask for a tender's money back."""
    return checkout.calls.refund_tender(call)


def void(checkout: Any, call: Any) -> Any:
    """伝票取消."""
    return checkout.calls.void_sale(call)


def correct(checkout: Any, call: Any) -> Any:
    """伝票訂正."""
    return checkout.calls.correct_sale(call)


class Returns:
    """Money back at one register."""

    def __init__(self, page: Page, around: Surroundings, rng: random.Random) -> None:
        self._page = page
        self._around = around
        self._rng = rng

    async def take_off(self, sale: SaleView, number: int, *, voids: bool = False) -> None:
        """×: the money of one tender goes back, in cash where its brand leaves nothing else."""
        if self._page.happens("wants it in cash", 0.06):
            await self._confirmed(RefundTender(sale=sale.id, tender=number, by="cash"), refund)
        body = RefundTender(sale=sale.id, tender=number, void=voids)
        for _ in range(TRIES):
            answer = await self._confirmed(body, refund)
            if answer.outcome not in ("terminal_unreachable", "terminal_busy"):
                break
            await asyncio.sleep(self._rng.uniform(*AGAIN_S))
        else:
            return
        if answer.outcome == "not_cancellable" and "cash" in _ways(answer):
            in_cash = RefundTender(sale=sale.id, tender=number, by="cash", void=voids)
            await self._confirmed(in_cash, refund)

    async def bring_back(self, sale: SaleView) -> None:
        """A customer comes back with what was bought: the closed sale is undone, in some way."""
        way = self._rng.choice(("at once", "at once", "in two steps", "put right", "terminal"))
        self._around.story.count(f"cashier: money back {way}")
        if way != "terminal":
            for tender in self._held(sale):
                await self.take_off(sale, tender.number, voids=way == "at once")
                await self._settled(sale.id, tender.number)
        seen = await self._page.look(sale.id)
        if seen is None or seen.state is not SaleState.CLOSED:
            return
        if way == "put right":
            await self.put_right(seen)
        elif way != "at once" or not self._held(sale):
            await self.cancel(seen, on_terminal=way == "terminal")

    async def finish(self, sale: SaleView) -> None:
        """What is due after money back is done, mostly; some come back only now."""
        if not sale.void_due:
            if self._rng.random() < 0.1:
                await self.bring_back(sale)
            return
        if self._rng.random() < 0.3:
            return
        if self._rng.random() < 0.5:
            await self.put_right(sale)
        else:
            await self.cancel(sale, on_terminal=self._rng.random() < 0.5)

    async def cancel(self, sale: SaleView, *, on_terminal: bool) -> None:
        """伝票取消; a manager overrides only with the terminal's slip in the hand."""
        body = VoidSale(sale=sale.id, cancelled_on_terminal=on_terminal)
        answer = await self._confirmed(body, void)
        if on_terminal and answer.outcome in ("not_in_journal", "terminal_unreachable"):
            held = [tender for tender in self._held(sale) if not self._slip_of(tender)]
            if not held:
                self._around.story.count("manager: has the slip in the hand")
                await self._page.insist(body, void, MANAGER)

    async def put_right(self, sale: SaleView) -> None:
        """伝票訂正: what the terminal gave back is paid in cash."""
        keeps = [tender for tender in sale.tenders if tender.counted and tender.state in _STANDS]
        missing = sale.total - sum(tender.amount for tender in keeps)
        lines = [CorrectedTender(number=tender.number) for tender in keeps]
        if missing > 0:
            lines.append(CorrectedTender(method="cash", amount=missing))
        body = CorrectSale(sale=sale.id, tenders=tuple(lines), reason="打ち間違い")
        await self._page.insist(body, correct, MANAGER)

    async def tap_anything(self, sale: SaleView, number: int) -> None:
        """Whatever the state."""
        match self._rng.choice(("refund", "refund with void", "cash", "void", "by hand", "right")):
            case "refund":
                await self.take_off(sale, number)
            case "refund with void":
                await self.take_off(sale, number, voids=True)
            case "cash":
                await self._confirmed(RefundTender(sale=sale.id, tender=number, by="cash"), refund)
            case "void":
                await self._confirmed(VoidSale(sale=sale.id), void)
            case "by hand":
                await self.cancel(sale, on_terminal=True)
            case _:
                await self.put_right(sale)

    def _held(self, sale: SaleView) -> list[TenderView]:
        return [
            tender
            for tender in sale.tenders
            if tender.method is Method.TERMINAL and tender.state is TenderState.APPROVED
        ]

    def _slip_of(self, tender: TenderView) -> bool:
        return self._around.given_back(tender.operations[0].id)

    async def _confirmed(self, body: Struct, handle: Handle) -> Answer:
        """Ask, and again with a manager's confirmation where the company wants one."""
        answer = await self._page.insist(body, handle)
        if answer.outcome == "authorisation_required":
            answer = await self._page.insist(body, handle, MANAGER)
        return answer

    async def _settled(self, sale_id: str, number: int) -> None:
        """Wait for the terminal's word; lose patience now and then."""
        until = self._around.loop.now + WAITS_S
        while self._around.loop.now < until:
            sale = await self._page.look(sale_id)
            tender = None if sale is None else _tender(sale, number)
            if sale is None or tender is None or tender.state not in BACK:
                return
            if self._page.happens("disconnects in a refund", 0.1):
                body = DisconnectTender(sale=sale.id, tender=number)
                await self._page.insist(body, lambda c, call: c.calls.disconnect_tender(call))
            elif tender.released_by is UNSET and self._impatient(tender):
                release = ReleaseTender(sale=sale.id, tender=number)
                await self._page.insist(release, lambda c, call: c.calls.release_tender(call))
                await self._confirmed(RefundTender(sale=sale.id, tender=number), refund)
            await self._page.hear(sale)

    def _impatient(self, tender: TenderView) -> bool:
        doubtful = tender.state is TenderState.REFUND_IN_DOUBT
        return doubtful and self._page.happens("releases a refund", 0.3)


_STANDS: Final = frozenset({TenderState.APPROVED, *BACK})


def _tender(sale: SaleView, number: int) -> TenderView | None:
    return next((tender for tender in sale.tenders if tender.number == number), None)


def _ways(answer: Answer) -> list[str]:
    ways = decode_refusal(answer.body).fields.get("ways")
    return ways if isinstance(ways, list) else []
