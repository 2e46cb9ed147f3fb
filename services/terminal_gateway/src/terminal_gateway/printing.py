"""A store's receipt printers: what is asked of them, and what is told. Apart from payments.

Whatever goes wrong here, a full disk, a printer that never reads, a broken file, is answered or
told as paper that did not come out, and goes no further (docs/decisions/0511).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from contracts.identifiers import PrinterCode, PrintJobId
from contracts.printing import (
    CheckPrinter,
    InquirePrint,
    PrintDiffers,
    PrintEnded,
    PrinterStatus,
    PrintPaper,
    PrintQueued,
    PrintQueueFull,
    UnknownPrinter,
)
from contracts.stores import PrinterEntry
from servicekit.clock import Clock
from terminal_gateway import decide_print
from terminal_gateway.decide import may_have_been_lost
from terminal_gateway.errors import SideFileError
from terminal_gateway.floor import Spawn
from terminal_gateway.print_model import OVER, Job
from terminal_gateway.print_ports import PrinterDialer, PrintLive, PrintRecord
from terminal_gateway.printer import AGAIN_S, Printer

OPEN_S: Final = 1.0
"""A command that comes before the file was read waits for that; it takes milliseconds."""

SILENCE_S: Final = 5.0
"""As `handlers.SILENCE_S`: a gateway that was replaced leaves the answer to its successor."""

TIDY_S: Final = 600.0

PrintCommand = PrintPaper | InquirePrint | CheckPrinter
PrintReply = (
    PrintQueued | PrintEnded | PrintQueueFull | PrintDiffers | UnknownPrinter | PrinterStatus
)

_log = logging.getLogger(__name__)


class Printing:
    """`spawn` runs its tasks; `replaced` says whether another box is the store's gateway now."""

    def __init__(
        self,
        *,
        record: PrintRecord,
        dialer: PrinterDialer,
        live: PrintLive,
        clock: Clock,
        spawn: Spawn,
        replaced: Callable[[], bool],
    ) -> None:
        self._record = record
        self._dialer = dialer
        self._live = live
        self._clock = clock
        self._spawn = spawn
        self._replaced = replaced
        self._printers: dict[PrinterCode, Printer] = {}
        self._jobs: dict[PrintJobId, Job] = {}
        """Jobs that are not over, or whose end the disk has not taken yet."""
        self._configured = asyncio.Event()
        self._open = asyncio.Event()

    def configure(self, entries: Iterable[PrinterEntry]) -> None:
        """Put the printers of a store's document in force."""
        wanted = {entry.printer: entry for entry in entries}
        for code, printer in tuple(self._printers.items()):
            entry = wanted.pop(code, None)
            if entry != printer.entry:
                printer.change(entry)
        for entry in wanted.values():
            self._add(entry)
        self._configured.set()

    async def run(self) -> None:
        """Take up what an earlier life left, then keep the record tidy, until cancelled."""
        await self._configured.wait()
        while not self._open.is_set():
            try:
                await self._take_up()
                self._open.set()
            except SideFileError as error:
                _log.error("nothing can be printed: %s", error)
                await asyncio.sleep(AGAIN_S)
        while True:
            try:
                await self._record.forget(self._clock.now() - decide_print.KEPT)
            except SideFileError:
                _log.debug("not tidied: the file does not take it")
            await asyncio.sleep(TIDY_S)

    async def on_command(self, command: PrintCommand) -> PrintReply:
        """Answer any command. Raises `SideFileError` when the disk does not let it be kept."""
        if self._replaced():
            await asyncio.sleep(SILENCE_S)
            return UnknownPrinter()
        match command:
            case PrintPaper():
                await self._until_open()
                return await self.on_print(command)
            case InquirePrint():
                await self._until_open()
                return await self.on_inquire(command)
            case CheckPrinter():
                printer = self._printer(command.printer)
                return UnknownPrinter() if printer is None else await printer.look()

    async def on_print(
        self, command: PrintPaper
    ) -> PrintQueued | PrintEnded | PrintQueueFull | PrintDiffers | UnknownPrinter:
        """Take a job, once: it is on the disk when it is answered."""
        printer = self._printer(command.printer)
        full = printer is not None and printer.length >= decide_print.QUEUE_MAX
        if printer is None or printer.entry is None or full:
            known = await self._find(command.job_id)
            if known is not None:
                return decide_print.differs(known, command) or decide_print.describe(known)
            return PrintQueueFull(limit=decide_print.QUEUE_MAX) if full else UnknownPrinter()
        job = decide_print.queue(command, printer.entry, self._clock.now())
        known = self._current(job.id)
        if known is not None:
            return decide_print.differs(known, command) or decide_print.describe(known)
        printer.taking += 1
        try:
            kept = await self._record.keep_new(job, command.paper)
        finally:
            printer.taking -= 1
        if kept is not job:
            kept = self._current(job.id) or kept
            return decide_print.differs(kept, command) or decide_print.describe(kept)
        self._jobs[job.id] = job
        printer.put(job)
        return decide_print.describe(job)

    async def on_inquire(self, command: InquirePrint) -> PrintQueued | PrintEnded | UnknownPrinter:
        """Tell what became of a job; one that never came is sworn off."""
        known = await self._find(command.job_id)
        if known is None:
            now, lost_at = self._clock.now(), await self._record.lost_at()
            oath = decide_print.swear_off(
                command.job_id,
                command.printer,
                now,
                may_have_been_lost=may_have_been_lost(command.job_id, lost_at, now),
            )
            known = await self._record.keep_new(oath, b"")
            if self._printer(command.printer) is None and known is oath:
                return UnknownPrinter()
        return decide_print.describe(known)

    # --- inside ---

    def _printer(self, code: PrinterCode) -> Printer | None:
        printer = self._printers.get(code)
        return printer if printer is not None and printer.entry is not None else None

    def _add(self, entry: PrinterEntry) -> None:
        printer = self._printers[entry.printer] = Printer(
            entry,
            record=self._record,
            dialer=self._dialer,
            clock=self._clock,
            over=self._on_over,
        )
        self._spawn(printer.run(), f"printer {entry.printer}")

    async def _until_open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                await self._open.wait()
        except TimeoutError:
            raise SideFileError("print record", "not open") from None

    async def _find(self, job_id: PrintJobId) -> Job | None:
        job = self._current(job_id)
        return job if job is not None else await self._record.find(job_id)

    def _current(self, job_id: PrintJobId) -> Job | None:
        job = self._jobs.get(job_id)
        printer = self._printers.get(job.printer) if job is not None else None
        current = printer.current if printer is not None else None
        if job is None or current is None or current.id != job_id or job.state in OVER:
            return job
        return current

    async def _take_up(self) -> None:
        now = self._clock.now()
        found = [decide_print.left_over(job, now) for job in await self._record.unfinished()]
        ended = [job for job in found if job.state in OVER]
        homeless = [job for job in found if job.state not in OVER and not self._knows(job)]
        ended += [
            decide_print.not_printed(job, decide_print.PRINTER_CHANGED, now) for job in homeless
        ]
        await self._record.end(ended)
        for job in ended:
            if job.partly and job.printer in self._printers:
                self._printers[job.printer].soiled = True
            await self._tell(job)
        for job in found:
            if job.state not in OVER and self._knows(job):
                self._jobs[job.id] = job
                self._printers[job.printer].put(job)

    def _knows(self, job: Job) -> bool:
        return job.printer in self._printers

    async def _on_over(self, job: Job) -> None:
        """Keep and tell how a job ended; what the disk does not take is kept here until it does."""
        self._jobs[job.id] = job
        told = False
        while True:
            try:
                await self._record.end((job,))
            except SideFileError:
                if not told:
                    told = True
                    await self._tell(job)
                await asyncio.sleep(AGAIN_S)
            else:
                break
        self._jobs.pop(job.id, None)
        if not told:
            await self._tell(job)

    async def _tell(self, job: Job) -> None:
        ended = decide_print.describe(job)
        if isinstance(ended, PrintEnded):
            await self._live.print_ended(ended)
