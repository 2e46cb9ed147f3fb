"""Jobs on their way to printers: sent once it is on disk that they are, and asked after.

The same bytes go out on every try of a process; a job that another process sent is only asked
about. Nothing here can touch a payment.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from contracts.identifiers import OperationId, PrintJobId
from contracts.printing import (
    InquirePrint,
    PrintEnded,
    PrintPaper,
    PrintQueued,
    PrintQueueFull,
    UnknownPrinter,
)
from contracts.receipts import PaperFormat, PaperTold
from receipts import decide
from receipts.decide_job import MET_OF, End, Met, move, overdue, to_be_asked, view_of
from receipts.drawing_room import DrawingRoom
from receipts.errors import UnknownProfileError
from receipts.model import JobState, PrintJob, Refused
from receipts.ports import (
    AwayError,
    Boxes,
    Configuration,
    InquiryReply,
    News,
    NumberLocked,
    OutOfReach,
    Paper,
    PrintReply,
    Record,
    Unanswered,
)
from servicekit.clock import Clock

TRIES_MAX: Final = 3
"""A box that says nothing to three tries is asked later; each waits `COMMAND_TIMEOUT_S`."""

TRY_AGAIN_S: Final = 0.2
"""A box that has just started refuses at once until it has read its file and its store."""

OPEN_MAX: Final = 1_000
"""Jobs looked at in one round: more than a chain's printers have waiting."""

ASK_AGAIN_FIRST_S: Final = 3.0
ASK_AGAIN_LONGEST_S: Final = 60.0
"""Pauses between two questions about one job, doubled each time."""

ASKING_MAX: Final = 16
"""Questions under way at once."""

_log = logging.getLogger(__name__)


class Printing:
    """Moves jobs. Every change is kept first and told live after."""

    def __init__(
        self,
        *,
        record: Record,
        room: DrawingRoom,
        boxes: Boxes,
        configuration: Configuration,
        news: News,
        clock: Clock,
    ) -> None:
        self._record = record
        self._room = room
        self._boxes = boxes
        self._configuration = configuration
        self._news = news
        self._clock = clock
        self._sending: set[PrintJobId] = set()
        self._ask_due: dict[PrintJobId, tuple[float, float]] = {}

    def tell(self, job: PrintJob) -> None:
        """Tell live how a job stands."""
        self._news.paper_told(job.company, job.store, PaperTold(job=view_of(job)))

    async def send(self, job: PrintJob) -> None:
        """Bring one job to its printer's box, if its paper can be drawn yet."""
        if job.state is not JobState.WAITING or job.id in self._sending:
            return
        self._sending.add(job.id)
        try:
            await self._send(job)
        finally:
            self._sending.discard(job.id)

    async def send_all(self, jobs: Sequence[PrintJob]) -> None:
        """Send jobs in their order, in the background; what fails is sent by the next round."""
        try:
            for job in jobs:
                await self.send(job)
        except AwayError as error:
            _log.warning("not printed at once, but by the next round: %r", error)

    async def send_waiting(self, operation_id: OperationId) -> None:
        """Send what waited for a part of this operation's slip, in the order it was asked for."""
        for job in await self._record.open_jobs(OPEN_MAX):
            if job.operation_id == operation_id:
                await self.send(job)

    async def tick(self) -> None:
        """Do what is due: send what waits, end what is too late, ask after what is open."""
        jobs = await self._record.open_jobs(OPEN_MAX)
        known = {job.id for job in jobs}
        for gone in self._ask_due.keys() - known:
            del self._ask_due[gone]
        for start in range(0, len(jobs), ASKING_MAX):
            batch = jobs[start : start + ASKING_MAX]
            await asyncio.gather(*(self._look_after(job) for job in batch))

    async def on_ended(self, company: str, store: str, ended: PrintEnded) -> None:
        """A box told live how a job ended."""
        job = await self._record.job(ended.job_id)
        if job is not None and (job.company, job.store, job.printer) == (
            company,
            store,
            ended.printer,
        ):
            await self._end(job, ended)

    async def _look_after(self, job: PrintJob) -> None:
        now = self._clock.now()
        ended = overdue(job, now)
        if ended is not None and job.state is JobState.WAITING:
            await self._keep(job, ended)
        elif job.state is JobState.WAITING:
            await self.send(job)
        elif to_be_asked(job, now) and job.id not in self._sending and self._is_due(job.id):
            await self._ask(job, ended)

    def _is_due(self, job_id: PrintJobId) -> bool:
        now = self._clock.monotonic()
        due, pause = self._ask_due.get(job_id, (now, ASK_AGAIN_FIRST_S))
        if now < due:
            return False
        self._ask_due[job_id] = (now + pause, min(pause * 2, ASK_AGAIN_LONGEST_S))
        return True

    # --- sending ---

    async def _send(self, job: PrintJob) -> None:
        paper = await self._paper_of(job)
        if paper is None:
            return
        if isinstance(paper, str):
            await self._not_printed(job, paper)
            return
        sent = move(job, Met.SENDING)
        if sent is None or not await self._keep(job, sent):
            return
        command = PrintPaper(
            job_id=job.id,
            printer=job.printer or "",
            paper=paper,
            expires_at=job.expires_at,
        )
        for tried in range(TRIES_MAX):
            if tried:
                await asyncio.sleep(TRY_AGAIN_S)
            try:
                reply = await self._boxes.print_paper(job.company, job.store, command)
            except OutOfReach:
                if not tried:  # proof that nothing has reached the box, and nothing will
                    await self._not_printed(sent, "store_unreachable")
                return
            except Unanswered:
                continue
            await self._met(sent, reply)
            return

    async def _paper_of(self, job: PrintJob) -> bytes | str | None:
        """Return the bytes, or why it cannot be printed, or None while a part is on its way."""
        configuration = self._configuration.of_store(job.company, job.store)
        entry = None
        if configuration is not None:
            entry = decide.printer_named(configuration, job.printer)
        if entry is None:
            return "printer_changed"
        paper = Paper(
            format=PaperFormat.ESCPOS,
            columns=entry.columns,
            profile=entry.profile,
            reprint=job.reprint,
        )
        try:
            drawn = await self._drawn(job, paper)
        except (NumberLocked, UnknownProfileError) as error:
            return _undrawable(job, error)
        if isinstance(drawn, decide.NotYet) or drawn is None:
            return None
        return _undrawable(job, drawn.code) if isinstance(drawn, Refused) else drawn

    async def _drawn(self, job: PrintJob, paper: Paper) -> bytes | Refused | None:
        if job.what == "receipt":
            sale = await self._record.sale(job.company, job.sale)
            if sale is None:
                return None
            sold = decide.with_seller(sale, self._configuration.of_store(job.company, job.store))
            return await self._room.draw_receipt(sold, paper)
        assert job.operation_id is not None, "a slip is one operation's"  # noqa: S101 - house style 12
        assert job.copy is not None, "and one copy of it"  # noqa: S101 - house style 12
        slip = await self._record.slip(job.company, job.operation_id)
        return None if slip is None else await self._room.draw_slip(slip, job.copy, paper)

    # --- what the box says ---

    async def _ask(self, job: PrintJob, given_up: PrintJob | None) -> None:
        command = InquirePrint(job_id=job.id, printer=job.printer or "")
        try:
            reply = await self._boxes.inquire(job.company, job.store, command)
        except (OutOfReach, Unanswered):
            if given_up is not None:
                await self._keep(job, given_up)
            return
        await self._met(job, reply)

    async def _met(self, job: PrintJob, reply: PrintReply | InquiryReply) -> None:
        if isinstance(reply, PrintQueued):
            return
        if isinstance(reply, PrintEnded):
            await self._end(job, reply)
        elif isinstance(reply, PrintQueueFull):
            await self._not_printed(job, "queue_full")
        elif isinstance(reply, UnknownPrinter):
            await self._not_printed(job, "printer_changed")
        else:
            _log.error("job %s was sent twice with another %s", job.id, reply.field)

    async def _end(self, job: PrintJob, ended: PrintEnded) -> None:
        end = End(at=ended.at, reason=ended.reason, partly=ended.partly)
        after = move(job, MET_OF[ended.outcome], end)
        if after is not None:
            await self._keep(job, after)

    async def _not_printed(self, job: PrintJob, reason: str) -> None:
        after = move(job, Met.NOT_PRINTED, End(at=self._clock.now(), reason=reason))
        if after is not None:
            await self._keep(job, after)

    async def _keep(self, before: PrintJob, after: PrintJob) -> bool:
        """Keep a move and tell of an end; False where somebody else was faster."""
        moved = await self._record.move_job(before, after)
        if moved and not after.is_open:
            self._ask_due.pop(after.id, None)
            self.tell(after)
        return moved


def _undrawable(job: PrintJob, why: object) -> str:
    _log.error("job %s (operation %s) cannot be drawn: %s", job.id, job.operation_id, why)
    return "cannot_be_drawn"
