"""Printing over NATS by the real process: whatever is wrong with paper, payments go on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.operations import Outcome
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
from messaging.bus import Undecodable
from servicekit.clock import SystemClock
from terminal_gateway.decide_print import QUEUE_MAX
from testkit.gateway_process import Centre, GatewayProcess, configuration
from testkit.printer_server import PrinterServer
from testkit.terminal_server import TerminalServer

PAPER = b"\x1b@" + b"paper\n" * 40
LONG = b"0123456789abcdef" * 12_000

PrintReply = (
    PrintQueued | PrintEnded | PrintQueueFull | PrintDiffers | UnknownPrinter | PrinterStatus
)


@pytest.fixture
async def printer(centre: Centre, terminal: TerminalServer) -> AsyncIterator[PrinterServer]:
    """P1 of the store."""
    server = PrinterServer()
    await server.power_on()
    document = configuration(terminal.port, version=2)
    await centre.configure(replace(document, printers=(server.entry(),)))
    yield server
    await server.power_off()


def job(centre: Centre, paper: bytes = PAPER) -> PrintPaper:
    expires_at = SystemClock().now() + timedelta(minutes=1)
    return PrintPaper(job_id=centre.ids.uuid(), printer="P1", paper=paper, expires_at=expires_at)


async def ask(centre: Centre, command: Any) -> Any:
    return await centre.ask(command, PrintReply)


async def inquire(centre: Centre, printed: PrintPaper) -> Any:
    return await ask(centre, InquirePrint(job_id=printed.job_id, printer="P1"))


async def told(centre: Centre, printed: PrintPaper) -> PrintEnded:
    def ended() -> list[PrintEnded]:
        return [each for each in centre.prints if each.job_id == printed.job_id]

    await centre.until(lambda: bool(ended()), "how the job ended")
    return ended()[0]


async def pay(centre: Centre, terminal: TerminalServer) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


async def test_paper_is_queued_comes_out_and_is_told(
    centre: Centre, printer: PrinterServer, process: GatewayProcess
) -> None:
    await process.start()
    paper = job(centre)
    assert await ask(centre, paper) == PrintQueued(job_id=paper.job_id)
    ended = await told(centre, paper)
    assert ended.outcome is PrintOutcome.PRINTED
    assert await ask(centre, paper) == ended
    assert await inquire(centre, paper) == ended
    assert printer.printed == PAPER
    status = await ask(centre, CheckPrinter(printer="P1"))
    assert status == PrinterStatus(printer="P1", state="ready", waiting=0)


async def nothing_wrong(printer: PrinterServer, folder: Path) -> None:
    """The yardstick."""


async def off(printer: PrinterServer, folder: Path) -> None:
    await printer.power_off()


async def never_reads(printer: PrinterServer, folder: Path) -> None:
    printer.reads = False


async def falls_silent(printer: PrinterServer, folder: Path) -> None:
    printer.silent = True


async def breaks_the_cable(printer: PrinterServer, folder: Path) -> None:
    printer.on_byte = printer.cut_cable


async def no_file(printer: PrinterServer, folder: Path) -> None:
    (folder / "prints.sqlite3").mkdir(parents=True)


async def full_disk(printer: PrinterServer, folder: Path) -> None:
    folder.mkdir()  # noqa: ASYNC240 - a test's own folder
    (folder / "prints.sqlite3").symlink_to("/dev/full")


@pytest.mark.parametrize(
    "trouble",
    [nothing_wrong, off, never_reads, falls_silent, breaks_the_cable, no_file, full_disk],
)
async def test_whatever_is_wrong_with_paper_payments_go_on(
    centre: Centre,
    terminal: TerminalServer,
    printer: PrinterServer,
    process: GatewayProcess,
    trouble: Callable[[PrinterServer, Path], Awaitable[None]],
) -> None:
    await trouble(printer, process.folder)
    await process.start()
    await centre.until_linked()
    taken = 0
    for _ in range(3 if trouble in {no_file, full_disk} else QUEUE_MAX + 4):
        try:
            answer = await ask(centre, job(centre, LONG))
        except Undecodable:
            assert trouble in {no_file, full_disk}, "an error is no answer"
        else:
            taken += isinstance(answer, PrintQueued)
    assert (taken == 0) is (trouble in {no_file, full_disk})
    await pay(centre, terminal)
    await pay(centre, terminal)
    assert process.process is not None
    assert process.process.returncode is None


async def test_a_queue_is_full_at_its_bound_and_says_so(
    centre: Centre, terminal: TerminalServer, printer: PrinterServer, process: GatewayProcess
) -> None:
    printer.reads = False
    await process.start()
    answers = [await ask(centre, job(centre)) for _ in range(QUEUE_MAX + 2)]
    assert answers[-1] == PrintQueueFull(limit=QUEUE_MAX)
    await pay(centre, terminal)


async def test_a_box_that_is_killed_in_the_middle_says_so_and_never_prints_it_again(
    centre: Centre, terminal: TerminalServer, printer: PrinterServer, process: GatewayProcess
) -> None:
    await process.start()
    printer.runs_out_after = 100
    begun, waiting = job(centre), job(centre, b"waiting")
    await ask(centre, begun)
    await printer.until(lambda: not printer.paper, "the paper to run out")
    await ask(centre, waiting)
    await process.kill()
    printer.runs_out_after, printer.paper = None, True  # and its buffer is as it was
    await process.start()
    ended = await told(centre, begun)
    assert (ended.outcome, ended.reason, ended.partly) == (
        PrintOutcome.NOT_PRINTED,
        "interrupted",
        True,
    )
    assert await inquire(centre, begun) == ended
    assert (await told(centre, waiting)).outcome is PrintOutcome.PRINTED
    assert printer.printed == PAPER[:100] + b"waiting"
    await pay(centre, terminal)


async def test_another_address_counts_from_the_next_job_on(
    centre: Centre, terminal: TerminalServer, printer: PrinterServer, process: GatewayProcess
) -> None:
    await process.start()
    first = job(centre, b"first")
    await ask(centre, first)
    await told(centre, first)
    other = PrinterServer()
    await other.power_on()
    document = configuration(terminal.port, version=3)
    await centre.configure(replace(document, printers=(other.entry("P1"), other.entry("P2"))))
    await printer.until(lambda: printer.left_alone, "the old connection to be closed")
    second = job(centre, b"second")
    await ask(centre, second)
    assert (await told(centre, second)).outcome is PrintOutcome.PRINTED
    assert (printer.printed, other.printed) == (b"first", b"second")
    await other.power_off()


async def test_a_box_that_starts_without_the_centre_prints_what_it_had_taken(
    centre: Centre, printer: PrinterServer, process: GatewayProcess
) -> None:
    await process.start()
    printer.runs_out_after = 0
    begun, waiting = job(centre), job(centre, b"waiting")
    await ask(centre, begun)
    await printer.until(lambda: not printer.paper, "the paper to run out")
    await ask(centre, waiting)
    await process.kill()
    printer.runs_out_after, printer.paper = None, True
    process.env["RENKEI_NATS_URL"] = "nats://127.0.0.1:1"
    await process.start()
    await printer.until(lambda: printer.printed == b"waiting", "what waited")
