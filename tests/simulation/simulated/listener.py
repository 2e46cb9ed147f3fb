"""Who hears sale events: keeps each sale's in order, asks for what is missing, tells the register.

It stands for `front` and for every other consumer of the stream: none may trust its order.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from contracts.envelope import Actor, Answer, Call, Role
from contracts.sales import ReadSaleEvents, SaleEvent, SaleEvents
from simulated.bus import NoAnswer, NoResponder, Server, ask
from simulated.line import Line
from simulated.virtual import Process

ANSWER_S: Final = 2.5
QUIET_S: Final = 3.0
"""How often those sales are asked about of which something may have been missed."""

GAP_S: Final = 0.2
"""What is only out of order comes in this time."""

decode_events: Final = msgspec.json.Decoder(SaleEvents).decode


class Listener:
    """One consumer. `heard` is how far each sale has come without a gap."""

    def __init__(self, line: Line, checkout: Server[Any], company: str) -> None:
        self.heard: dict[str, int] = {}
        self.tell: dict[str, Callable[[SaleEvent], None]] = {}
        """By register."""
        self._line = line
        self._checkout = checkout
        self._process = Process("listener", [])
        self._actor = Actor(company=company, operator="listener", role=Role.AUDITOR)
        self._early: dict[str, dict[int, SaleEvent]] = {}
        self._asking: set[str] = set()

    def on_event(self, event: SaleEvent) -> None:
        """Take one delivery, whichever it is."""
        sale = event.sale_id
        due = self.heard.setdefault(sale, 0) + 1
        if event.sequence < due:
            return
        early = self._early.setdefault(sale, {})
        early[event.sequence] = event
        while (following := early.pop(due, None)) is not None:
            self.heard[sale] = due
            due += 1
            self.tell[following.register](following)
        if early:
            self._line.story.count("listener: gap")
            self.ask_soon(sale, GAP_S)

    def ask_soon(self, sale: str, after_s: float) -> None:
        """Ask for what follows what was heard, unless it is being asked already."""
        if sale not in self._asking:
            self._asking.add(sale)
            self._line.loop.call_later(after_s, self._begin, sale)

    def _begin(self, sale: str) -> None:
        self._process.spawn(self._ask(sale), "ask")

    async def _ask(self, sale: str) -> None:
        body = ReadSaleEvents(sale=sale, after=self.heard.get(sale, 0))
        call: Call[Any] = Call(actor=self._actor, body=body, idempotency=None)

        async def work(checkout: Any) -> Answer:
            return await checkout.reading.read_sale_events(call)

        try:
            answer = await ask(
                self._process, self._checkout, work, timeout_s=ANSWER_S, line=self._line
            )
        except (NoResponder, NoAnswer):
            self._asking.discard(sale)
            self.ask_soon(sale, QUIET_S)
            return
        self._asking.discard(sale)
        if answer.outcome == "ok":
            self._line.story.count("listener: asked")
            for event in decode_events(answer.body).events:
                self.on_event(event)
