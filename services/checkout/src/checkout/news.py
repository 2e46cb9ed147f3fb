"""What is told at once over the bus, in the background: nobody's money waits for it."""

from checkout.ports import News
from contracts import subjects
from contracts.identifiers import CompanyCode, StoreCode
from contracts.sales import DoubtAsked
from contracts.seats import RegisterTaken
from messaging.bus import Bus
from servicekit.tasks import Tasks


class BusNews(News):
    """`News` as core messages: dropped while the bus is away."""

    def __init__(self, bus: Bus, tasks: Tasks) -> None:
        self._bus = bus
        self._tasks = tasks

    def doubt_asked(self, company: CompanyCode, store: StoreCode, told: DoubtAsked) -> None:
        """An operation in doubt was asked about once more."""
        subject = subjects.doubt(company, store, told.operation_id)
        self._tasks.spawn(self._bus.publish_live(subject, told), "tell of a doubt")

    def register_taken(self, company: CompanyCode, told: RegisterTaken) -> None:
        """A register obeys another page now."""
        subject = subjects.seat(company, told.seat.store, told.seat.register)
        self._tasks.spawn(self._bus.publish_live(subject, told), "tell of a register")
