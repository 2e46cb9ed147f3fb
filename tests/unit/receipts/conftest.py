"""A store's box and a drawing board that tests play by hand, and jobs to print."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.operations import OperationKind
from contracts.receipts import Copy, PaperTold, SlipOf
from contracts.stores import PrinterEntry, RegisterEntry, StoreConfiguration, StoreSettings
from receipts.drawing_room import DrawingRoom
from receipts.memory import MemoryRecord
from receipts.model import JobState, MerchantNumber, PrintJob, SaleRecord, SlipRecord
from receipts.ports import Boxes, Configuration, Easel, News, NumberLocked, Opener, Paper
from receipts.printing import Printing
from testkit.clock import START, CountingIds, FakeClock
from testkit.papers import CARD_SALE, EMONEY_SALE

STORE = StoreConfiguration(
    company="DEMO",
    store="S001",
    name="渋谷",
    version=1,
    terminal_option=True,
    registers=(RegisterEntry(register="R1", name="レジ1", printer="P1"),),
    terminals=(),
    printers=(PrinterEntry(printer="P1", host="10.0.0.1", columns=32),),
    settings=StoreSettings(),
)


class PlayedBox(Boxes):
    """Says what stands next for what it is asked, the last word for ever; raises what is raised.

    A word that is a function is told the command.
    """

    def __init__(self) -> None:
        self.words: dict[str, list[Any]] = {}
        self.heard: list[Any] = []

    async def print_paper(self, company: str, store: str, command: Any) -> Any:
        return self._said("print_paper", (company, store), command)

    async def inquire(self, company: str, store: str, command: Any) -> Any:
        return self._said("inquire", (company, store), command)

    async def read_number(self, company: str, store: str, command: Any) -> Any:
        return self._said("read_number", (company, store), command)

    def _said(self, verb: str, place: tuple[str, str], command: Any) -> Any:
        assert place == ("DEMO", "S001")
        self.heard.append(command)
        words = self.words[verb]
        word = words.pop(0) if len(words) > 1 else words[0]
        word = word(command) if callable(word) and not isinstance(word, type) else word
        if isinstance(word, Exception):
            raise word
        return word


class Board(Easel):
    """Draws what it was given as bytes, or raises what it was told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def slip(self, slip: SlipRecord, copy: Copy, number: str | None, paper: Paper) -> bytes:
        if self.error is not None:
            raise self.error
        return f"{slip.slip.slip_number} {copy} {number} {paper.columns} {paper.reprint}".encode()

    def receipt(self, sale: SaleRecord, paper: Paper) -> bytes:
        if self.error is not None:
            raise self.error
        assert sale.seller is not None
        return f"{sale.view.number} {sale.seller.store_name} {paper.columns}".encode()


class Locked(Opener):
    def open(self, number: MerchantNumber) -> str:
        if not number.key_id:
            raise NumberLocked("no key")
        return "6900 1111 0023 0***"


class Stores(Configuration):
    def __init__(self) -> None:
        self.store: StoreConfiguration | None = STORE

    def of_store(self, company: str, store: str) -> StoreConfiguration | None:
        assert (company, store) == ("DEMO", "S001")
        return self.store

    def all(self) -> tuple[StoreConfiguration, ...]:
        return () if self.store is None else (self.store,)


class Heard(News):
    def __init__(self) -> None:
        self.told: list[PaperTold] = []

    def paper_told(self, company: str, store: str, told: PaperTold) -> None:
        assert (company, store) == ("DEMO", "S001")
        self.told.append(told)


class Shop:
    """`Printing` with everything around it in the hands of a test."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ids = CountingIds()
        self.record = MemoryRecord()
        self.box = PlayedBox()
        self.board = Board()
        self.stores = Stores()
        self.news = Heard()
        self.printing = self.born()

    def born(self) -> Printing:
        """Return it as a process that has just started has it."""
        return Printing(
            record=self.record,
            room=DrawingRoom(self.record, self.board, Locked()),
            boxes=self.box,
            configuration=self.stores,
            news=self.news,
            clock=self.clock,
        )

    def slip(self, media: str = "card") -> SlipRecord:
        return SlipRecord(
            operation_id=self.ids.uuid(),
            company="DEMO",
            store="S001",
            terminal="T1",
            serial="CT6100-S001-T1",
            kind=OperationKind.PAYMENT,
            media=media,
            brand="AMEX",
            slip=CARD_SALE if media == "card" else EMONEY_SALE,
            layout=1,
            event_id=self.ids.uuid(),
            seen_at=START,
        )

    def job(self, of: SlipRecord, **more: Any) -> PrintJob:
        given = PrintJob(
            id=self.ids.uuid(),
            company="DEMO",
            store="S001",
            register="R1",
            sale=self.ids.uuid(),
            what="slip",
            state=JobState.WAITING,
            requested_at=self.clock.now(),
            expires_at=self.clock.now() + timedelta(seconds=60),
            tender=1,
            operation_id=of.operation_id,
            operation=SlipOf.PAYMENT,
            copy=Copy.CUSTOMER,
            printer="P1",
            by="cashier",
        )
        return replace(given, **more)

    async def ordered(self, of: SlipRecord | None = None, **more: Any) -> PrintJob:
        """Return a job that is on the disk, its slip beside it."""
        slip = of or self.slip()
        await self.record.keep_slip(slip, None)
        job = self.job(slip, **more)
        self.record.jobs[job.id] = job
        return job

    async def now(self, job: PrintJob) -> PrintJob:
        """Return the job as it stands."""
        found = await self.record.job(job.id)
        assert found is not None
        return found


@pytest.fixture
def shop() -> Shop:
    return Shop()
