"""What the streams say: what terminals did, and how sales stand. Kept once, whatever is told again.

Then what has come in sets things going: a number that is wanted, paper that prints by itself.
"""

import logging
from typing import Final, NamedTuple

from contracts.envelope import Fact
from contracts.operations import OperationConcluded, Outcome, TerminalFact
from contracts.sales import SaleEvent, SaleState
from receipts import decide
from receipts.errors import ReceiptsError
from receipts.model import (
    EMONEY,
    MerchantNumber,
    NumberState,
    PrintJob,
    SaleRecord,
    Seller,
    SlipRecord,
)
from receipts.numbers import Numbers
from receipts.ports import Arrivals, AwayError, Configuration, Kept, Record
from receipts.printing import Printing
from servicekit.clock import Clock
from servicekit.ids import Ids
from servicekit.tasks import Tasks

SOLD: Final = frozenset({SaleState.PAID, SaleState.CLOSED, SaleState.VOIDED})

_log = logging.getLogger(__name__)


class NotOurs(ReceiptsError):  # noqa: N818 - named for what it means
    """It says it comes from where it does not: set aside."""


class Layouts(NamedTuple):
    """Which versions are laid out with today: what is seen first today keeps them."""

    slip: int
    receipt: int


class Hearing:
    """Takes in facts and events."""

    def __init__(
        self,
        *,
        record: Record,
        printing: Printing,
        numbers: Numbers,
        configuration: Configuration,
        arrivals: Arrivals,
        tasks: Tasks,
        clock: Clock,
        ids: Ids,
        layouts: Layouts,
    ) -> None:
        self._record = record
        self._printing = printing
        self._numbers = numbers
        self._configuration = configuration
        self._arrivals = arrivals
        self._tasks = tasks
        self._clock = clock
        self._ids = ids
        self._layouts = layouts

    async def on_fact(self, fact: Fact[TerminalFact]) -> None:
        """Keep what stands on the slip of an approved operation."""
        body = fact.body
        if not isinstance(body, OperationConcluded) or body.outcome is not Outcome.APPROVED:
            return
        if body.slip is None:
            return
        now = self._clock.now()
        slip = SlipRecord(
            operation_id=body.operation_id,
            company=fact.company,
            store=fact.store,
            terminal=body.terminal,
            serial=body.serial,
            kind=body.kind,
            media=body.media,
            brand=body.brand,
            slip=body.slip,
            layout=self._layouts.slip,
            event_id=fact.id,
            seen_at=now,
            terminal_business_date=body.terminal_business_date,
        )
        number = None
        if body.media == EMONEY:
            number = MerchantNumber(
                operation_id=body.operation_id,
                company=fact.company,
                store=fact.store,
                terminal=body.terminal,
                state=NumberState.WANTED,
                asked=0,
                ask_at=now,
            )
        kept = await self._record.keep_slip(slip, number)
        if kept is Kept.CONTRARY:
            _log.error("another slip came for operation %s: kept aside", body.operation_id)
        if kept is not Kept.NEW:
            return
        self._arrivals.told()
        self._tasks.spawn(self._follow(slip, number), "follow a slip")

    async def _follow(self, slip: SlipRecord, number: MerchantNumber | None) -> None:
        """Print what waited for this slip, ask for its number, print what waited for that."""
        try:
            await self._printing.send_waiting(slip.operation_id)
            if number is not None:
                await self._numbers.settle(number)
                await self._printing.send_waiting(slip.operation_id)
        except AwayError as error:
            _log.warning("not followed at once, but by the next round: %r", error)

    async def on_sale(self, event: SaleEvent) -> None:
        """Keep how a sale stands, and let print by itself what it says was approved."""
        configuration = self._configuration.of_store(event.company, event.store)
        now = self._clock.now()
        seller: Seller | None = None
        jobs: tuple[PrintJob, ...] = ()
        if configuration is not None:
            jobs = decide.auto_jobs(event, configuration, now, self._ids.uuid)
            if event.sale.state in SOLD:
                seller = decide.seller_of(configuration, event.register)
        sale = SaleRecord(
            company=event.company,
            view=event.sale,
            layout=self._layouts.receipt,
            heard_at=now,
            seller=seller,
        )
        new = await self._record.keep_sale(sale, jobs)
        self._arrivals.told()
        for job in new:
            self._printing.tell(job)
        if any(job.is_open for job in new):
            self._tasks.spawn(self._printing.send_all(new), "print by itself")
