"""One receipt printer: its queue, its task, its connection. Nothing of it is shared with payments.

Nothing is asked at intervals while no paper comes out: a job wakes the task, and goes out over the
connection that the last one left open, or over one that is opened at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from contracts.printing import PrinterStatus
from contracts.stores import PrinterEntry
from servicekit.clock import Clock
from terminal_gateway import decide_print
from terminal_gateway.errors import PrinterAwayError, SideFileError
from terminal_gateway.print_model import Job
from terminal_gateway.print_ports import PrinterDialer, PrinterLink, PrintRecord
from terminal_gateway.printer_protocol import Run, Stage

IDLE_S: Final = 45.0
"""A connection that nothing was printed over is closed: before the printer does (90 s)."""

AGAIN_S: Final = 5.0
"""After the disk took no write: its job waits, since what is not written must not be printed."""

TOKENS: Final = 10_000

_log = logging.getLogger(__name__)

Over = Callable[[Job], Awaitable[None]]
"""Keeps and tells how a job ended."""


class Printer:
    """`entry` is its line in the configuration, None once it is gone from there."""

    def __init__(
        self,
        entry: PrinterEntry,
        *,
        record: PrintRecord,
        dialer: PrinterDialer,
        clock: Clock,
        over: Over,
    ) -> None:
        self.entry: PrinterEntry | None = entry
        self.code = entry.printer
        self.waiting: deque[Job] = deque()
        self.current: Job | None = None
        self.taking = 0
        """Jobs on their way to the disk: they have their place in the queue."""
        self._record = record
        self._dialer = dialer
        self._clock = clock
        self._over = over
        self.soiled = False
        """Whether something of a job that broke off may be left in its buffers."""
        self._link: PrinterLink | None = None
        self._wake = asyncio.Event()
        self._line = asyncio.Lock()
        self._tokens = count()

    @property
    def length(self) -> int:
        """How many jobs wait, or are about to."""
        return len(self.waiting) + self.taking

    @property
    def idle(self) -> bool:
        """Whether nothing is to be done."""
        return not self.length and self.current is None

    def put(self, job: Job) -> None:
        """Print it when its turn comes; it is on the disk."""
        self.waiting.append(job)
        self._wake.set()

    def change(self, entry: PrinterEntry | None) -> None:
        """The configuration says something else: what was for another place is not printed."""
        before, self.entry = self.entry, entry
        moved = before is None or entry is None
        if not moved and before is not None and entry is not None:
            moved = decide_print.place(before) != decide_print.place(entry)
        if moved and self._link is not None:
            self._link.abort()
        self._wake.set()

    async def run(self) -> None:
        """Print what comes, until cancelled."""
        try:
            while True:
                await self._until_woken()
                while self.waiting:
                    self.current = self.waiting.popleft()
                    await self._one(self.current)
                    self.current = None
        finally:
            self._let_go(clean=self.current is None)

    async def look(self) -> PrinterStatus:
        """Return how it is: asked of it now, unless it is printing."""
        if self.current is not None:
            return PrinterStatus(printer=self.code, state="printing", waiting=self.length)
        async with self._line:
            run, reason = await self._fit()
        near_end = run is not None and run.near_end
        return PrinterStatus(
            printer=self.code,
            state=reason or "ready",
            waiting=self.length,
            paper_near_end=near_end,
        )

    # --- inside ---

    async def _until_woken(self) -> None:
        while not self._wake.is_set():
            try:
                async with asyncio.timeout(IDLE_S if self._link is not None else None):
                    await self._wake.wait()
            except TimeoutError:
                async with self._line:
                    self._let_go(clean=True)
        self._wake.clear()

    async def _one(self, job: Job) -> None:
        try:
            async with self._line:
                ended = await self._print(job)
        except Exception:  # noqa: BLE001 - a printer's trouble must not end a process that takes payments
            _log.exception("a job of printer %s broke off", self.code)
            self.soiled = True
            self._let_go(clean=False)
            ended = decide_print.not_printed(
                job, decide_print.INTERRUPTED, self._clock.now(), partly=True
            )
        await self._over(ended)

    async def _print(self, job: Job) -> Job:
        reason = decide_print.unfit(job, self.entry, self._clock.now())
        if reason:
            return decide_print.not_printed(job, reason, self._clock.now())
        # At the same time, for the first byte's sake: if the box dies just now, a job that was only
        # about to begin is told as interrupted.
        (run, reason), paper = await asyncio.gather(self._fit(), self._begin(job))
        link = self._link
        if run is None or link is None or reason:
            return self._failed(job, reason or decide_print.CABLE, partly=False)
        # What comes between the look and the first byte: a write that had to wait, another address.
        reason = decide_print.unfit(job, self.entry, self._clock.now())
        if paper is None or reason:
            return self._failed(job, reason or decide_print.INTERRUPTED, partly=False)
        if run.stage is not Stage.READY:
            return self._failed(job, run.reason, partly=False)
        self.current = decide_print.begin(job)
        run.begin(paper, self._clock.monotonic())
        await link.carry(run)
        if run.reason:
            self.soiled = run.begun and not run.washed
            self._let_go(clean=False)
            return self._failed(decide_print.begin(job), run.reason, partly=run.begun)
        return decide_print.printed(decide_print.begin(job), self._clock.now())

    def _failed(self, job: Job, reason: str, *, partly: bool) -> Job:
        now = self._clock.now()
        changed = decide_print.unfit(job, self.entry, now) == decide_print.PRINTER_CHANGED
        why = decide_print.PRINTER_CHANGED if changed else reason
        _log.warning("printer %s did not print: %s", self.code, why)
        return decide_print.not_printed(job, why, now, partly=partly)

    async def _begin(self, job: Job) -> bytes | None:
        """Put on the disk that it begins; a disk that takes no write is tried until it is late."""
        while True:
            try:
                return await self._record.begin(decide_print.begin(job))
            except SideFileError:
                if decide_print.unfit(job, self.entry, self._clock.now()):
                    return None
                await asyncio.sleep(AGAIN_S)

    async def _fit(self) -> tuple[Run | None, str]:
        """Look at the printer; return what was seen, and why nothing can be printed.

        A connection that was left open may be dead without anybody knowing: then a fresh one tells.
        """
        kept = self._link is not None and not self._link.lost
        run, reason = await self._ask()
        if kept and reason in {decide_print.CABLE, decide_print.NO_ANSWER}:
            run, reason = await self._ask()
        return run, reason

    async def _ask(self) -> tuple[Run | None, str]:
        entry = self.entry
        if entry is None:
            return None, decide_print.PRINTER_CHANGED
        if self._link is not None and self._link.lost:
            self._link = None
        if self._link is None:
            try:
                self._link = await self._dialer.dial(entry.host, entry.port)
            except PrinterAwayError as error:
                _log.info("printer %s is away: %s", self.code, error.reason)
                return None, decide_print.OFF
        token = f"{next(self._tokens) % TOKENS:04}".encode()
        run = Run(entry.profile, token, self._clock.monotonic(), wash=self.soiled)
        await self._link.carry(run)
        if run.stage is Stage.READY:
            self.soiled = False
        if run.stage is not Stage.READY and run.reason in {
            decide_print.CABLE,
            decide_print.NO_ANSWER,
        }:
            self._let_go(clean=False)
        return run, run.reason

    def _let_go(self, *, clean: bool) -> None:
        link, self._link = self._link, None
        if link is not None and clean:
            link.close()
        elif link is not None:
            link.abort()
