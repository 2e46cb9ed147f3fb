"""The box's printing against the simulator's receipt printers, processes both: real TCP between."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.printing import (
    CheckPrinter,
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
from testkit.gateway_process import Centre, GatewayProcess, configuration
from testkit.printers import PrinterClient
from testkit.simulator_process import SimulatorProcess
from testkit.terminal_server import TerminalServer

PrintReply = (
    PrintQueued | PrintEnded | PrintQueueFull | PrintDiffers | UnknownPrinter | PrinterStatus
)
CUT = b"\x1dV\x42\x00"
LINES = 60


def slip(name: str, lines: int = 3) -> bytes:
    body = "".join(f"{name} {number:03}\n" for number in range(lines))
    return b"\x1b@\x1cC\x01" + body.encode("cp932") + CUT


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """The simulator, for all tests of this module."""
    process = SimulatorProcess(tmp_path_factory.mktemp("simulator"))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture(params=["TM-T88V", "default"])
def profile(request: pytest.FixtureRequest) -> str:
    """With process ids, and without."""
    return request.param


@pytest.fixture
async def hand(
    centre: Centre,
    terminal: TerminalServer,
    process: GatewayProcess,
    simulator: SimulatorProcess,
    profile: str,
) -> PrinterClient:
    """Somebody at P1 of the store, whose box is running."""
    person = simulator.printer()
    await asyncio.to_thread(person.fresh)
    host, _, port = (await asyncio.to_thread(person.state))["address"].partition(":")
    entry = PrinterEntry(printer="P1", host=host, port=int(port), profile=profile)
    document = configuration(terminal.port, version=2)
    await centre.configure(replace(document, printers=(entry,)))
    await process.start()
    return person


def job(centre: Centre, paper: bytes) -> PrintPaper:
    expires_at = SystemClock().now() + timedelta(minutes=1)
    return PrintPaper(job_id=centre.ids.uuid(), printer="P1", paper=paper, expires_at=expires_at)


async def printed(centre: Centre, paper: bytes) -> PrintEnded:
    """Print it, and wait for how it ended."""
    sent = job(centre, paper)
    assert await centre.ask(sent, PrintReply) == PrintQueued(job_id=sent.job_id)

    def ended() -> list[PrintEnded]:
        return [each for each in centre.prints if each.job_id == sent.job_id]

    await centre.until(lambda: bool(ended()), "how the job ended")
    return ended()[0]


async def texts(hand: PrinterClient) -> list[str]:
    pieces: list[Any] = await asyncio.to_thread(hand.pieces)
    return [piece["text"] for piece in pieces]


async def test_slips_come_out_one_after_the_other_each_once(
    centre: Centre, hand: PrinterClient
) -> None:
    for name in ("お客様控え", "加盟店控え"):
        assert (await printed(centre, slip(name, 1))).outcome is PrintOutcome.PRINTED
    assert await texts(hand) == ["お客様控え 000", "加盟店控え 000"]


@pytest.mark.parametrize("fault", ["off", "paper_out", "cover_open"])
async def test_what_keeps_it_from_printing_is_told_and_does_not_come_out_later(
    centre: Centre, hand: PrinterClient, fault: str
) -> None:
    await asyncio.to_thread(hand.fault, fault)
    ended = await printed(centre, slip("lost"))
    assert (ended.outcome, ended.reason, ended.partly) == (
        PrintOutcome.NOT_PRINTED,
        fault,
        False,
    )
    status = await centre.ask(CheckPrinter(printer="P1"), PrintReply)
    assert (status.state, status.waiting) == (fault, 0)
    await asyncio.to_thread(hand.clear_faults)
    assert (await printed(centre, slip("next", 1))).outcome is PrintOutcome.PRINTED
    assert await texts(hand) == ["next 000"]


async def test_a_roll_that_ends_in_the_middle_leaves_nothing_for_the_new_one(
    centre: Centre, hand: PrinterClient
) -> None:
    await asyncio.to_thread(hand.fault, "paper_out", lines=2)
    ended = await printed(centre, slip("torn", LINES))
    assert (ended.reason, ended.partly) == ("paper_out", True)
    await asyncio.to_thread(hand.clear_faults)
    await asyncio.to_thread(hand.tear_off)
    assert (await printed(centre, slip("next", 1))).outcome is PrintOutcome.PRINTED
    torn, after = await texts(hand)
    assert after == "next 000"
    assert "torn 059" not in torn


async def test_a_cable_that_breaks_in_the_middle_leaves_nothing_for_the_next_job(
    centre: Centre, hand: PrinterClient
) -> None:
    await asyncio.to_thread(hand.fault, "cable", bytes=200)
    ended = await printed(centre, slip("torn", LINES))
    assert (ended.reason, ended.partly) == ("cable", True)
    await asyncio.to_thread(hand.clear_faults)
    await asyncio.to_thread(hand.tear_off)
    assert (await printed(centre, slip("next", 1))).outcome is PrintOutcome.PRINTED
    assert (await texts(hand))[-1] == "next 000"
    assert all("torn 059" not in each for each in await texts(hand))
