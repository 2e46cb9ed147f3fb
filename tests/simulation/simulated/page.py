"""A register's page: what it knows of its sales, and its way to checkout."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Final

import msgspec
from msgspec import Struct

from contracts.envelope import Actor, Answer, Authority, Call, Idempotency, Role
from contracts.sales import (
    FindSales,
    ReadRegister,
    ReadSale,
    RegisterView,
    SaleEvent,
    SalesPage,
    SaleView,
)
from simulated.bus import NoAnswer, NoResponder, ask
from simulated.shop import COMPANY, STORE, CheckoutProcess, Surroundings
from simulated.virtual import Process, chance

ANSWER_S: Final = 2.5
"""`front` waits this long for checkout."""

LOOKS_S: Final = (0.3, 2.5)
"""How long a page that hears nothing waits before it reads the sale again."""

decode_sale: Final = msgspec.json.Decoder(SaleView).decode
decode_sales: Final = msgspec.json.Decoder(SalesPage).decode
decode_register: Final = msgspec.json.Decoder(RegisterView).decode

KEY: Final[ContextVar[str | None]] = ContextVar("key", default=None)
"""Under which key checkout works just now; only the truth looks at it."""

MANAGER: Final = Authority(operator="manager-1", role=Role.MANAGER)

Handle = Callable[[CheckoutProcess, Call[Any]], Coroutine[Any, Any, Answer]]


class Reloaded(Exception):  # noqa: N818 - what happened
    """The page was loaded again: what it had asked for is forgotten, not undone."""


class Page:
    """One register's page."""

    def __init__(
        self, register: str, around: Surroundings, rng: random.Random, keys: Callable[[], str]
    ) -> None:
        self.register = register
        self.trouble = True
        self.views: dict[str, SaleView] = {}
        self._around = around
        self._rng = rng
        self._keys = keys
        self._process = Process(f"register {register}", around.crashes)
        self._actor = Actor(company=COMPANY, operator=f"cashier-{register}", role=Role.CASHIER)
        self._news = asyncio.Event()
        around.listener.tell[register] = self._on_event

    def happens(self, what: str, probability: float) -> bool:
        """Return whether the cashier does it now; only in trouble anybody does."""
        if not self.trouble or not chance(self._rng, probability):
            return False
        self._around.story.count(f"cashier: {what}")
        return True

    # --- what the page knows ---

    def _on_event(self, event: SaleEvent) -> None:
        self.see(event.sale)

    def see(self, view: SaleView) -> SaleView:
        """Take a sale in, unless a newer one is known; return the newest."""
        known = self.views.get(view.id)
        if known is None or view.sequence > known.sequence:
            self.views[view.id] = view
            self._news.set()
        return self.views[view.id]

    async def read(self, sale_id: str) -> SaleView | None:
        """Ask for a sale."""
        answer = await self.try_once(
            ReadSale(sale=sale_id), lambda c, call: c.reading.read_sale(call)
        )
        if answer is None or answer.outcome != "ok":
            return None
        return self.see(decode_sale(answer.body))

    async def read_register(self) -> RegisterView | None:
        """Ask what the register works on."""
        body = ReadRegister(store=STORE, register=self.register)
        answer = await self.try_once(body, lambda c, call: c.reading.read_register(call))
        return None if answer is None or answer.outcome != "ok" else decode_register(answer.body)

    async def all_sales(self) -> tuple[SaleView, ...]:
        """Ask for every sale of the register until there is an answer, oldest first."""
        body = FindSales(store=STORE, register=self.register, limit=200)
        page = None
        while page is None:
            page = await self.try_once(body, lambda c, call: c.reading.find_sales(call))
        return tuple(reversed(decode_sales(page.body).sales))

    async def look(self, sale_id: str) -> SaleView | None:
        """Return the sale as it was heard of last; sometimes it is read, as a new page does."""
        known = self.views.get(sale_id)
        if known is None or chance(self._rng, 0.05):
            return await self.read(sale_id)
        return known

    async def hear(self, sale: SaleView) -> None:
        """Wait for news of the sale; after a while without any, read it."""
        until = self._around.loop.now + self._rng.uniform(*LOOKS_S)
        while self.views[sale.id].sequence <= sale.sequence:
            self._news.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._news.wait()
            except TimeoutError:
                await self.read(sale.id)
                return

    # --- the way to checkout ---

    async def insist(
        self, body: Struct, handle: Handle, authority: Authority | None = None
    ) -> Answer:
        """Ask until there is an answer: the same key, so that it happens once."""
        key = self._keys()
        if self.happens("sends the same twice", 0.03):
            await asyncio.gather(
                self.try_once(body, handle, key, authority),
                self.try_once(body, handle, key, authority),
            )
        while True:
            answer = await self.try_once(body, handle, key, authority)
            if answer is not None and answer.outcome not in (
                "request_in_progress",
                "service_unavailable",
            ):
                return answer
            self._around.story.count("cashier: asks again with the same key")
            if self.happens("reloads the page", 0.1):
                raise Reloaded
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))

    async def try_once(
        self,
        body: Struct,
        handle: Handle,
        key: str | None = None,
        authority: Authority | None = None,
    ) -> Answer | None:
        """Ask once. None: no answer, and it may have been done all the same."""
        around, story = self._around, self._around.story
        idempotency = None
        if key is not None:
            fingerprint = hashlib.sha256(msgspec.json.encode(body)).hexdigest()
            idempotency = Idempotency(key=key, fingerprint=fingerprint)
            story.tell(self.register, "{}", body)
        call: Call[Any] = Call(
            actor=self._actor, body=body, idempotency=idempotency, authority=authority
        )

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
