"""What comes from the edge over NATS, and who takes it: facts, screens, heartbeats."""

from typing import Final

from checkout.facts import Edge, NotOurs
from checkout.ports import AwayError, ChangedMeanwhile
from contracts import streams, subjects
from contracts.envelope import Fact
from contracts.operations import Heartbeat, ScreenShown, TerminalFact
from messaging.bus import Bus, Delivery
from messaging.consumer import ConsumerLoop
from messaging.fate import Fates

LANES: Final = 8
"""Facts of different stores side by side, those of one store one after another."""


class EdgeConsumer:
    """Decodes what gateways say and checks that it comes from where it says it does."""

    def __init__(self, bus: Bus, edge: Edge) -> None:
        self._bus = bus
        self._edge = edge
        self.loop: ConsumerLoop[Fact[TerminalFact]] = ConsumerLoop(
            bus,
            streams.CHECKOUT_FACTS,
            Fact[TerminalFact],
            self.on_fact,
            fates=Fates(away=(AwayError, ChangedMeanwhile), unreadable=(NotOurs,)),
            lanes=LANES,
            lane_of=_store_of,
        )

    async def listen(self) -> None:
        """Hear screens and heartbeats from now on."""
        await self._bus.subscribe_live(subjects.ALL_HEARTBEATS, Heartbeat, self.on_heartbeat)
        await self._bus.subscribe_live(subjects.ALL_SCREENS, ScreenShown, self.on_screen)

    async def on_fact(self, fact: Fact[TerminalFact], delivery: Delivery) -> None:
        """Take a fact in; one that claims another store than its subject is set aside."""
        _, company, store, _, terminal, *_ = delivery.tokens
        if (fact.company, fact.store, fact.body.terminal) != (company, store, terminal):
            raise NotOurs(f"{delivery.subject} carries a fact of {fact.company}.{fact.store}")
        await self._edge.on_fact(fact)

    async def on_screen(self, shown: ScreenShown, delivery: Delivery) -> None:
        """Show what the glass says about an operation."""
        _, company, store, _, terminal = delivery.tokens
        if shown.terminal == terminal:
            await self._edge.on_screen(company, store, shown)

    async def on_heartbeat(self, beat: Heartbeat, delivery: Delivery) -> None:
        """Take note that the box is alive."""
        _, company, store, _ = delivery.tokens
        await self._edge.on_heartbeat(company, store, beat)


def _store_of(delivery: Delivery) -> str:
    return ".".join(delivery.tokens[1:3])
