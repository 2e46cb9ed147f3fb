"""What is told at once over the bus, in the background."""

from contracts import subjects
from contracts.identifiers import CompanyCode, StoreCode
from contracts.receipts import PaperTold
from messaging.bus import Bus
from receipts.ports import News
from servicekit.tasks import Tasks


class BusNews(News):
    """`News` as core messages: dropped while the bus is away."""

    def __init__(self, bus: Bus, tasks: Tasks) -> None:
        self._bus = bus
        self._tasks = tasks

    def paper_told(self, company: CompanyCode, store: StoreCode, told: PaperTold) -> None:
        """A job began or ended."""
        subject = subjects.paper(company, store, told.job.sale)
        self._tasks.spawn(self._bus.publish_live(subject, told), "tell of paper")
