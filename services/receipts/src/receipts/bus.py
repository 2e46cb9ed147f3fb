"""What comes over NATS, and who takes it: facts of terminals, events of sales, ends of jobs."""

from typing import Final

from contracts import streams, subjects
from contracts.envelope import Fact
from contracts.operations import TerminalFact
from contracts.printing import PrintEnded
from contracts.sales import SaleEvent
from messaging.bus import Bus, Delivery
from messaging.consumer import ConsumerLoop
from messaging.fate import Fates
from receipts.hearing import Hearing, NotOurs
from receipts.ports import AwayError
from receipts.printing import Printing

LANES: Final = 8
"""Those of different stores (or sales) side by side, those of one one after another."""

_FATES: Final = Fates(away=(AwayError,), unreadable=(NotOurs,))


class Ears:
    """Decodes what is said and checks that it comes from where it says it does."""

    def __init__(self, bus: Bus, hearing: Hearing, printing: Printing) -> None:
        self._bus = bus
        self._hearing = hearing
        self._printing = printing
        self.facts: ConsumerLoop[Fact[TerminalFact]] = ConsumerLoop(
            bus,
            streams.RECEIPTS_SLIPS,
            Fact[TerminalFact],
            self.on_fact,
            fates=_FATES,
            lanes=LANES,
            lane_of=_store_of,
        )
        self.sales: ConsumerLoop[SaleEvent] = ConsumerLoop(
            bus,
            streams.RECEIPTS_SALES,
            SaleEvent,
            self.on_sale,
            fates=_FATES,
            lanes=LANES,
            lane_of=_sale_of,
        )

    async def listen(self) -> None:
        """Hear from now on how jobs end."""
        await self._bus.subscribe_live(subjects.ALL_PRINTS, PrintEnded, self.on_ended)

    async def on_fact(self, fact: Fact[TerminalFact], delivery: Delivery) -> None:
        """Take a fact in; one that claims another store than its subject is set aside."""
        _, company, store, _, terminal, *_ = delivery.tokens
        if (fact.company, fact.store, fact.body.terminal) != (company, store, terminal):
            raise NotOurs(f"{delivery.subject} carries a fact of {fact.company}.{fact.store}")
        await self._hearing.on_fact(fact)

    async def on_sale(self, event: SaleEvent, delivery: Delivery) -> None:
        """Take an event in; one that claims another sale than its subject is set aside."""
        _, company, store, _, sale, *_ = delivery.tokens
        if (event.company, event.store, event.sale_id) != (company, store, sale):
            raise NotOurs(f"{delivery.subject} carries an event of {event.company}.{event.store}")
        await self._hearing.on_sale(event)

    async def on_ended(self, ended: PrintEnded, delivery: Delivery) -> None:
        """Take note of how a job ended."""
        _, company, store, _, printer = delivery.tokens
        if ended.printer == printer:
            await self._printing.on_ended(company, store, ended)


def _store_of(delivery: Delivery) -> str:
    return ".".join(delivery.tokens[1:3])


def _sale_of(delivery: Delivery) -> str:
    return delivery.tokens[4]
