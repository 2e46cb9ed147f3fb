"""What is asked of `receipts`: slips and receipts, to be looked at and to be printed."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from contracts.envelope import Actor, Answer, Call, Idempotency
from contracts.identifiers import SaleId
from contracts.receipts import (
    Copy,
    Drawn,
    DrawReceipt,
    DrawSlip,
    PaperAsk,
    PrintJobs,
    PrintReceipt,
    PrintSlips,
    ReadPrintJobs,
)
from contracts.stores import PrinterEntry, StoreConfiguration, printer_of
from receipts import decide, file_names
from receipts.answers import key_of, refuse, replay, stored, told
from receipts.decide import NotYet
from receipts.decide_job import view_of
from receipts.draw import MEDIA_TYPES
from receipts.drawing_room import NOT_READY, DrawingRoom
from receipts.model import Audit, JobState, Picked, PrintJob, Refused, SaleRecord, SlipRecord
from receipts.ports import (
    Arrivals,
    Configuration,
    Key,
    KeyTaken,
    NumberLocked,
    Paper,
    PrintOrder,
    Record,
)
from receipts.printing import Printing
from servicekit.clock import Clock
from servicekit.ids import Ids
from servicekit.tasks import Tasks

WAIT_S: Final = 1.0
"""A fact that is on its way is here by then; a cashier is answered within it."""

JOBS_SHOWN_MAX: Final = 100

T = TypeVar("T")


class Receipts:
    """Answers the calls on `svc.receipts.<verb>`. Raises `AwayError` where the record is away."""

    def __init__(
        self,
        *,
        record: Record,
        room: DrawingRoom,
        printing: Printing,
        configuration: Configuration,
        arrivals: Arrivals,
        tasks: Tasks,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._record = record
        self._room = room
        self._printing = printing
        self._configuration = configuration
        self._arrivals = arrivals
        self._tasks = tasks
        self._clock = clock
        self._ids = ids
        self._under_way: set[Key] = set()

    # --- looking ---

    async def draw_slip(self, call: Call[DrawSlip]) -> Answer:
        """One copy of a tender's slip, drawn now from what is kept."""
        actor, body = call.actor, call.body
        if actor.role not in decide.MAY_LOOK:
            return refuse(decide.not_permitted(actor))
        paper = Paper(format=body.format, columns=body.columns)

        async def look() -> Answer | Refused:
            picked = await self._picked(actor, body)
            if isinstance(picked, Refused):
                return picked
            refused = decide.may_look(actor, picked, body.copy)
            if refused is not None:
                return refused
            slip = await self._slip(picked)
            if isinstance(slip, Refused):
                return slip
            content = await self._room.draw_slip(slip, body.copy, paper)
            if isinstance(content, Refused):
                return content
            name = file_names.slip_name(slip.slip.slip_number, body.copy, body.format)
            return _drawn(content, paper, name)

        return await self._answered(look)

    async def draw_receipt(self, call: Call[DrawReceipt]) -> Answer:
        """A sale's receipt as the sale stands now."""
        actor, body = call.actor, call.body
        if actor.role not in decide.MAY_LOOK:
            return refuse(decide.not_permitted(actor))
        paper = Paper(format=body.format, columns=body.columns)

        async def look() -> Answer | Refused:
            sale = await self._receipt_of(actor, body)
            if isinstance(sale, Refused):
                return sale
            content = await self._room.draw_receipt(self._sold(sale), paper)
            if isinstance(content, Refused):
                return content
            return _drawn(content, paper, file_names.receipt_name(sale.view.number, body.format))

        return await self._answered(look)

    async def read_print_jobs(self, call: Call[ReadPrintJobs]) -> Answer:
        """What was printed of a sale, and what could not be."""
        if call.actor.role not in decide.MAY_LOOK:
            return refuse(decide.not_permitted(call.actor))
        sale = await self._sale(call.actor, call.body.sale)
        if isinstance(sale, Refused):
            return refuse(sale)
        jobs = await self._record.jobs_of(sale.company, sale.id, JOBS_SHOWN_MAX)
        return told(PrintJobs(jobs=tuple(map(view_of, jobs))))

    # --- printing ---

    async def print_slips(self, call: Call[PrintSlips]) -> Answer:
        """控え印刷: the copies asked for, each a job of its own."""
        return await self._once(call, lambda: self._order_slips(call))

    async def print_receipt(self, call: Call[PrintReceipt]) -> Answer:
        """レシート印刷."""
        return await self._once(call, lambda: self._order_receipt(call))

    async def _order_slips(self, call: Call[PrintSlips]) -> Answer:
        actor, body = call.actor, call.body
        copies = tuple(dict.fromkeys(body.copies)) or decide.BOTH_COPIES

        async def look() -> tuple[Picked, PrinterEntry] | Refused:
            picked = await self._picked(actor, body)
            if isinstance(picked, Refused):
                return picked
            place = self._place(picked.sale)
            if isinstance(place, Refused):
                return place
            refused = decide.may_print(picked, place)
            if refused is not None:
                return refused
            slip = await self._slip(picked)
            if isinstance(slip, Refused):
                return slip
            printer = self._printer(place, picked.sale)
            return printer if isinstance(printer, Refused) else (picked, printer)

        found = await self._waited(look)
        now = self._clock.now()
        if isinstance(found, Refused):
            return await self._decided(call, refuse(found), now)
        picked, printer = found
        jobs = tuple(
            self._job(picked.sale, printer, actor, now, picked=picked, copy=copy) for copy in copies
        )
        return await self._ordered(
            call, jobs, now, decide.audit_of_reprint(picked, copies, actor, now)
        )

    async def _order_receipt(self, call: Call[PrintReceipt]) -> Answer:
        actor = call.actor

        async def look() -> tuple[SaleRecord, PrinterEntry] | Refused:
            sale = await self._receipt_of(actor, call.body)
            if isinstance(sale, Refused):
                return sale
            place = self._place(sale)
            if isinstance(place, Refused):
                return place
            printer = self._printer(place, sale)
            return printer if isinstance(printer, Refused) else (sale, printer)

        found = await self._waited(look)
        now = self._clock.now()
        if isinstance(found, Refused):
            return await self._decided(call, refuse(found), now)
        sale, printer = found
        return await self._ordered(call, (self._job(sale, printer, actor, now),), now)

    def _job(
        self,
        sale: SaleRecord,
        printer: PrinterEntry,
        actor: Actor,
        now: datetime,
        *,
        picked: Picked | None = None,
        copy: Copy | None = None,
    ) -> PrintJob:
        return PrintJob(
            id=self._ids.uuid(),
            company=sale.company,
            store=sale.store,
            register=sale.view.register,
            sale=sale.id,
            what="receipt" if picked is None else "slip",
            state=JobState.WAITING,
            requested_at=now,
            expires_at=now + decide.JOB_EXPIRES,
            tender=None if picked is None else picked.tender,
            operation_id=None if picked is None else picked.operation_id,
            operation=None if picked is None else picked.of,
            copy=copy,
            printer=printer.printer,
            by=actor.operator,
            reprint=picked is not None and not picked.in_time,
        )

    async def _ordered(
        self,
        call: Call[Any],
        jobs: tuple[PrintJob, ...],
        now: datetime,
        audit: Audit | None = None,
    ) -> Answer:
        views = tuple(view_of(job) for job in reversed(jobs))
        answer = told(PrintJobs(jobs=views), "accepted")
        keep = stored(answer, call.actor, call.idempotency, now)
        await self._record.order(PrintOrder(jobs=jobs, answer=keep, audit=audit))
        for job in jobs:
            self._printing.tell(job)
        self._tasks.spawn(self._printing.send_all(jobs), "print by hand")
        return answer

    # --- what is kept ---

    async def _sale(self, actor: Actor, sale_id: SaleId) -> SaleRecord | Refused:
        sale = await self._record.sale(actor.company, sale_id)
        if sale is None or not decide.sees(actor, sale.store):
            return NotYet(code="unknown_sale")
        return sale

    async def _known(self, actor: Actor, body: PaperAsk) -> SaleRecord | Refused:
        """Return the sale, as far on as the asker knows it to be: one that it knows of is one."""
        sale = await self._sale(actor, body.sale)
        heard = sale.view.sequence if isinstance(sale, SaleRecord) else 0
        return NOT_READY if heard < body.at_least else sale

    async def _picked(self, actor: Actor, body: DrawSlip | PrintSlips) -> Picked | Refused:
        sale = await self._known(actor, body)
        if isinstance(sale, Refused):
            return sale
        return decide.pick(sale, body.tender, body.operation)

    async def _slip(self, picked: Picked) -> SlipRecord | Refused:
        slip = await self._record.slip(picked.sale.company, picked.operation_id)
        if slip is None or slip.store != picked.sale.store:
            return NOT_READY
        return slip

    async def _receipt_of(
        self, actor: Actor, body: DrawReceipt | PrintReceipt
    ) -> SaleRecord | Refused:
        sale = await self._known(actor, body)
        if isinstance(sale, Refused):
            return sale
        return decide.refuse_receipt(sale) or sale

    def _place(self, sale: SaleRecord) -> StoreConfiguration | Refused:
        found = self._configuration.of_store(sale.company, sale.store)
        return found or Refused(code="unknown_store", fields={"store": sale.store})

    def _printer(self, place: StoreConfiguration, sale: SaleRecord) -> PrinterEntry | Refused:
        register = sale.view.register
        found = printer_of(place, register)
        return found or Refused(code="no_printer", fields={"register": register})

    def _sold(self, sale: SaleRecord) -> SaleRecord:
        return decide.with_seller(sale, self._configuration.of_store(sale.company, sale.store))

    # --- waiting, and answering once ---

    async def _waited(self, look: Callable[[], Awaitable[T | Refused]]) -> T | Refused:
        """Look again while what is asked for may be on its way, for a second at most."""
        until = self._clock.monotonic() + WAIT_S
        while True:
            found = await look()
            left = until - self._clock.monotonic()
            if not isinstance(found, NotYet) or left <= 0:
                return found
            await self._arrivals.next(left)

    async def _answered(self, look: Callable[[], Awaitable[Answer | Refused]]) -> Answer:
        try:
            found = await self._waited(look)
        except NumberLocked:
            return refuse(Refused(code="service_unavailable"))
        return refuse(found) if isinstance(found, Refused) else found

    async def _decided(self, call: Call[Any], answer: Answer, now: datetime) -> Answer:
        keep = stored(answer, call.actor, call.idempotency, now)
        if keep is not None:
            await self._record.order(PrintOrder(answer=keep))
        return answer

    async def _once(self, call: Call[Any], work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work once a key: a repeat gets the stored answer, two at once are told apart."""
        if call.actor.role not in decide.MAY_PRINT:
            return refuse(decide.not_permitted(call.actor))
        if call.idempotency is None:
            return await work()
        return await self._keyed(call.actor, call.idempotency, work)

    async def _keyed(
        self, actor: Actor, idempotency: Idempotency, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        key = key_of(actor, idempotency)
        if key in self._under_way:
            return refuse(Refused(code="request_in_progress"))
        self._under_way.add(key)
        try:
            old = await self._record.stored_answer(key, self._clock.now())
            if old is not None:
                return replay(old, idempotency)
            return await work()
        except KeyTaken:
            return replay(await self._record.stored_answer(key, self._clock.now()), idempotency)
        finally:
            self._under_way.discard(key)


def _drawn(content: bytes, paper: Paper, name: str) -> Answer:
    media_type = MEDIA_TYPES[paper.format]
    return told(Drawn(media_type=media_type, content=content, name=name))
