"""Paper over real TCP and a real disk: printed once, or reported not printed, with the reason."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.printing import (
    CheckPrinter,
    InquirePrint,
    PrintDiffers,
    PrintEnded,
    PrinterStatus,
    PrintOutcome,
    PrintPaper,
    PrintQueued,
    PrintQueueFull,
    UnknownPrinter,
)
from contracts.stores import PrinterEntry
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.lifecycle import Lifecycle
from servicekit.tasks import Tasks
from terminal_gateway.decide_print import QUEUE_MAX
from terminal_gateway.errors import SideFileError
from terminal_gateway.printer_tcp import TcpPrinters
from terminal_gateway.printing import Printing
from terminal_gateway.side_file import SideFile
from terminal_gateway.sqlite_prints import SCHEMA, SqlitePrints
from testkit.printer_server import PATIENCE_S, PrinterServer

PAPER = b"\x1b@" + "レシート".encode("cp932") + b" 165\n" * 20
LONG = b"0123456789abcdef" * 12_000
"""More than the sockets on the way take in."""


class Shop:
    """The printing module of one box, and what was told live."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.path = folder / "prints.sqlite3"
        self.ids = SystemIds()
        self.told: list[PrintEnded] = []
        self._heard = asyncio.Event()
        self.lifecycle = Lifecycle()
        self.begin()

    def begin(self) -> None:
        """Another life on the same disk."""
        self.file = SideFile(self.path, SCHEMA, self.clock)
        self.record = SqlitePrints(self.file)
        self.tasks = Tasks(self.lifecycle)
        self.printing = Printing(
            record=self.record,
            dialer=TcpPrinters(self.clock),
            live=self,
            clock=self.clock,
            spawn=self.tasks.spawn,
            replaced=lambda: False,
        )
        self.tasks.spawn(self.printing.run(), "printing")

    async def die(self) -> None:
        """Everything in memory is gone."""
        await self.tasks.cancel()
        await self.file.close()

    async def print_ended(self, ended: PrintEnded) -> None:
        """Hear it."""
        self.told.append(ended)
        self._heard.set()

    def job(self, paper: bytes = PAPER, *, for_s: float = 60, printer: str = "P1") -> PrintPaper:
        """Return a new job."""
        return PrintPaper(
            job_id=self.ids.uuid(),
            printer=printer,
            paper=paper,
            expires_at=self.clock.now() + timedelta(seconds=for_s),
        )

    async def printed(self, paper: bytes = PAPER) -> PrintEnded:
        """Print it and wait for how it ends."""
        job = self.job(paper)
        assert await self.printing.on_command(job) == PrintQueued(job_id=job.job_id)
        return await self.end_of(job)

    async def end_of(self, job: PrintPaper) -> PrintEnded:
        """Wait until it is told how a job ended; once."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [each for each in self.told if each.job_id == job.job_id]):
                self._heard.clear()
                await self._heard.wait()
        (ended,) = found
        assert await self.inquired(job) == ended
        return ended

    async def inquired(self, job: PrintPaper) -> object:
        """Ask what became of it."""
        question = InquirePrint(job_id=job.job_id, printer=job.printer)
        return await self.printing.on_command(question)

    async def looked(self, printer: str = "P1") -> object:
        """Ask how a printer is."""
        return await self.printing.on_command(CheckPrinter(printer=printer))


@pytest.fixture
async def printer() -> AsyncIterator[PrinterServer]:
    server = PrinterServer()
    await server.power_on()
    yield server
    await server.power_off()


@pytest.fixture
async def shop(tmp_path: Path, printer: PrinterServer) -> AsyncIterator[Shop]:
    at_work = Shop(tmp_path)
    at_work.printing.configure((printer.entry(),))
    yield at_work
    await at_work.die()
    assert at_work.lifecycle.failure is None


def not_printed(ended: PrintEnded) -> tuple[str, bool]:
    assert ended.outcome is PrintOutcome.NOT_PRINTED
    return ended.reason, ended.partly


@pytest.mark.parametrize("profile", ["TM-T88V", "default"])
async def test_paper_comes_out_whole_and_once_over_one_connection(
    tmp_path: Path, profile: str
) -> None:
    printer = PrinterServer(profile)
    await printer.power_on()
    shop = Shop(tmp_path)
    shop.printing.configure((printer.entry(),))
    assert (await shop.printed()).outcome is PrintOutcome.PRINTED
    assert (await shop.printed(LONG)).outcome is PrintOutcome.PRINTED
    assert printer.printed == PAPER + LONG
    assert printer.connections == 1
    await shop.die()
    await printer.power_off()


async def test_the_same_job_again_is_answered_the_same_and_printed_once(
    shop: Shop, printer: PrinterServer
) -> None:
    job = shop.job()
    both = await asyncio.gather(*(shop.printing.on_command(job) for _ in range(2)))
    assert all(isinstance(answer, PrintQueued) for answer in both)
    ended = await shop.end_of(job)
    assert await shop.printing.on_command(job) == ended
    assert printer.printed == PAPER


async def test_another_paper_under_the_same_id_is_refused(
    shop: Shop, printer: PrinterServer
) -> None:
    job = shop.job()
    await shop.printing.on_command(job)
    other = PrintPaper(
        job_id=job.job_id, printer="P1", paper=PAPER + b"!", expires_at=job.expires_at
    )
    assert await shop.printing.on_command(other) == PrintDiffers(field="paper")
    await shop.end_of(job)
    assert await shop.printing.on_command(other) == PrintDiffers(field="paper")
    assert printer.printed == PAPER


async def off(printer: PrinterServer) -> None:
    await printer.power_off()


async def paper_out(printer: PrinterServer) -> None:
    printer.paper = False


async def cover_open(printer: PrinterServer) -> None:
    printer.cover_closed = False


async def no_answer(printer: PrinterServer) -> None:
    printer.silent = True


@pytest.mark.parametrize("fault", [off, paper_out, cover_open, no_answer])
async def test_a_printer_that_cannot_print_is_told_and_nothing_comes_out_later(
    shop: Shop, printer: PrinterServer, fault: Callable[[PrinterServer], Awaitable[None]]
) -> None:
    await fault(printer)
    assert not_printed(await shop.printed()) == (fault.__name__, False)
    looked = await shop.looked()
    assert isinstance(looked, PrinterStatus)
    assert (looked.state, looked.waiting) == (fault.__name__, 0)
    if fault is off:
        await printer.power_on()
    printer.silent = False
    printer.close_cover()
    printer.put_paper_in()
    assert (await shop.printed(b"the next")).outcome is PrintOutcome.PRINTED
    assert printer.printed == b"the next"


@pytest.mark.parametrize("size", [500, 150_000])
async def test_paper_that_ends_in_the_middle_is_told_and_the_rest_never_comes_out(
    shop: Shop, printer: PrinterServer, size: int
) -> None:
    printer.runs_out_after = 100
    paper = LONG[:size]
    assert not_printed(await shop.printed(paper)) == ("paper_out", True)
    printer.put_paper_in()
    assert (await shop.printed(b"the next")).outcome is PrintOutcome.PRINTED
    assert printer.printed == paper[:100] + b"the next"
    assert printer.cleared


async def test_a_cover_that_is_opened_while_it_prints_is_told(
    shop: Shop, printer: PrinterServer
) -> None:
    def open_cover() -> None:
        printer.cover_closed = False

    printer.on_byte = open_cover
    assert not_printed(await shop.printed()) == ("cover_open", True)


async def test_a_cable_that_breaks_in_the_middle_is_told(
    shop: Shop, printer: PrinterServer
) -> None:
    printer.on_byte = printer.cut_cable
    assert not_printed(await shop.printed(LONG)) == ("cable", True)
    printer.on_byte = lambda: None
    assert (await shop.printed()).outcome is PrintOutcome.PRINTED


async def test_what_a_torn_cable_left_in_the_printer_does_not_come_out_with_the_next(
    shop: Shop, printer: PrinterServer
) -> None:
    printer.runs_out_after = 100
    torn = shop.job(LONG[:500])
    await shop.printing.on_command(torn)
    await printer.until(lambda: not printer.paper, "the paper to run out")
    printer.cut_cable()
    assert not_printed(await shop.end_of(torn)) == ("cable", True)
    printer.runs_out_after, printer.paper = None, True  # and its buffer is as it was
    assert (await shop.printed(b"the next")).outcome is PrintOutcome.PRINTED
    assert printer.printed == LONG[:100] + b"the next"


async def test_a_connection_that_died_while_nothing_was_printed_costs_no_paper(
    shop: Shop, printer: PrinterServer
) -> None:
    await shop.printed(b"one")
    printer.cut_cable()
    assert (await shop.printed(b"two")).outcome is PrintOutcome.PRINTED
    await printer.power_off()
    await printer.power_on()
    assert (await shop.printed(b"three")).outcome is PrintOutcome.PRINTED
    assert printer.printed == b"onetwothree"


async def test_jobs_are_printed_in_the_order_in_which_they_came_and_only_so_many_wait(
    shop: Shop, printer: PrinterServer
) -> None:
    printer.reads = False
    jobs = [shop.job(f"{n:02};".encode()) for n in range(QUEUE_MAX + 2)]
    answers = [await shop.printing.on_command(job) for job in jobs]
    # The first is not waiting any more: it is the printer's turn.
    assert answers[-1] == PrintQueueFull(limit=QUEUE_MAX)
    taken = [job for job, answer in zip(jobs, answers, strict=True) if answer != answers[-1]]
    assert len(taken) == QUEUE_MAX + 1
    printer.reads = True
    printer.cut_cable()
    assert not_printed(await shop.end_of(taken[0])) == ("cable", False)
    for job in taken[1:]:
        assert (await shop.end_of(job)).outcome is PrintOutcome.PRINTED
    assert printer.printed == b"".join(job.paper for job in taken[1:])


async def test_what_comes_too_late_is_not_printed(shop: Shop, printer: PrinterServer) -> None:
    job = shop.job(for_s=-1)
    await shop.printing.on_command(job)
    assert not_printed(await shop.end_of(job)) == ("expired", False)
    assert printer.printed == b""


async def test_a_job_that_is_asked_about_before_it_came_is_never_printed(
    shop: Shop, printer: PrinterServer
) -> None:
    job = shop.job()
    sworn = await shop.inquired(job)
    assert isinstance(sworn, PrintEnded)
    assert not_printed(sworn) == ("unknown_job", False)
    assert await shop.printing.on_command(job) == sworn
    assert (await shop.printed(b"another")).outcome is PrintOutcome.PRINTED
    assert printer.printed == b"another"


async def test_a_printer_that_nobody_knows_is_refused(shop: Shop) -> None:
    job = shop.job(printer="P9")
    assert await shop.printing.on_command(job) == UnknownPrinter()
    assert await shop.inquired(job) == UnknownPrinter()
    assert await shop.looked("P9") == UnknownPrinter()


async def until_begun(shop: Shop, printer: PrinterServer, job: PrintPaper) -> None:
    await shop.printing.on_command(job)
    await printer.until(lambda: job.paper[:8] in printer.heard, "the first bytes")


async def test_what_was_begun_when_the_box_died_is_never_printed_again_and_what_waited_is(
    shop: Shop, printer: PrinterServer
) -> None:
    printer.runs_out_after = 0
    begun, waiting = shop.job(b"begun   " * 4), shop.job(b"waiting " * 4)
    await until_begun(shop, printer, begun)
    await shop.printing.on_command(waiting)
    answer = await shop.inquired(begun)
    assert answer == PrintQueued(job_id=begun.job_id, printing=True)
    await shop.die()
    printer.runs_out_after, printer.paper = None, True  # and its buffer is as it was
    shop.begin()
    shop.printing.configure((printer.entry(),))
    assert not_printed(await shop.end_of(begun)) == ("interrupted", True)
    assert (await shop.end_of(waiting)).outcome is PrintOutcome.PRINTED
    assert printer.printed == waiting.paper


async def test_another_address_ends_what_is_printed_and_what_waits_for_the_old_one(
    shop: Shop, printer: PrinterServer
) -> None:
    other = PrinterServer()
    await other.power_on()
    printer.runs_out_after = 0
    begun, waiting = shop.job(b"begun   " * 4), shop.job()
    await until_begun(shop, printer, begun)
    await shop.printing.on_command(waiting)
    shop.printing.configure((other.entry(),))
    assert not_printed(await shop.end_of(begun)) == ("printer_changed", True)
    assert not_printed(await shop.end_of(waiting)) == ("printer_changed", False)
    assert (await shop.printed()).outcome is PrintOutcome.PRINTED
    assert (printer.printed, other.printed) == (b"", PAPER)
    await other.power_off()


async def test_a_printer_that_left_the_configuration_and_came_back_prints_again(
    shop: Shop, printer: PrinterServer
) -> None:
    entry: PrinterEntry = printer.entry()
    shop.printing.configure(())
    assert await shop.printing.on_command(shop.job()) == UnknownPrinter()
    shop.printing.configure((entry,))
    assert (await shop.printed()).outcome is PrintOutcome.PRINTED


async def test_without_a_disk_nothing_is_taken_and_with_one_it_goes_on(
    tmp_path: Path, printer: PrinterServer
) -> None:
    blocked = tmp_path / "prints.sqlite3"
    blocked.mkdir()
    shop = Shop(tmp_path)
    shop.printing.configure((printer.entry(),))
    with pytest.raises(SideFileError):
        await shop.printing.on_command(shop.job())
    assert isinstance(await shop.looked(), PrinterStatus)
    await shop.die()
    blocked.rmdir()
    shop.begin()
    shop.printing.configure((printer.entry(),))
    assert (await shop.printed()).outcome is PrintOutcome.PRINTED
    await shop.die()


async def test_a_disk_that_is_full_takes_nothing_new_and_what_it_has_is_still_printed(
    shop: Shop, printer: PrinterServer
) -> None:
    printer.runs_out_after = 0
    begun, waiting = shop.job(b"begun   " * 4), shop.job(b"waiting")
    await until_begun(shop, printer, begun)
    await shop.printing.on_command(waiting)
    await shop.file.run(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(SideFileError, match="full"):
        await shop.printing.on_command(shop.job(LONG))
    printer.put_paper_in()
    assert (await shop.end_of(begun)).outcome is PrintOutcome.PRINTED
    assert (await shop.end_of(waiting)).outcome is PrintOutcome.PRINTED


async def test_after_a_damaged_file_nobody_swears_that_older_paper_never_came_out(
    tmp_path: Path, printer: PrinterServer
) -> None:
    (tmp_path / "prints.sqlite3").write_bytes(b"no database at all, but long enough to be" * 200)
    shop = Shop(tmp_path)
    job = shop.job()
    shop.printing.configure((printer.entry(),))
    told = await shop.inquired(job)
    assert isinstance(told, PrintEnded)
    assert not_printed(told) == ("interrupted", True)
    await shop.die()


async def test_the_bytes_of_a_job_are_gone_once_it_is_over(
    shop: Shop, printer: PrinterServer
) -> None:
    await shop.printed(b"a name that nobody needs any more")
    await shop.die()
    for path in shop.path.parent.glob("prints.sqlite3*"):
        assert b"that nobody needs" not in path.read_bytes()
    shop.begin()
