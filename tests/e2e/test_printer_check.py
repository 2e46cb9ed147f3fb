"""A register asks how its receipt printer is, and is told what somebody must do at it."""

import pytest

from testkit.http import RegisterClient, until
from testkit.printers import PrinterClient
from testkit.system import RunningSystem

CHECK = "/stores/S001/printers/P1/check"


@pytest.fixture
def till(system: RunningSystem) -> RegisterClient:
    return system.register()


@pytest.fixture
def printer(system: RunningSystem) -> PrinterClient:
    """The printer of R1, mended and empty."""
    return PrinterClient(system.simulator, "S001-P1").fresh()


def until_told(till: RegisterClient, state: str) -> None:
    """Ask until the printer is told to be so: a box notices within its next look."""

    def told() -> bool:
        reply = till.post(CHECK)
        return reply.status == 200 and reply.body["state"] == state

    until(told, f"the printer told as {state}")


def test_a_check_tells_what_is_wrong_with_the_printer_and_that_it_was_put_right(
    till: RegisterClient, printer: PrinterClient
) -> None:
    until_told(till, "ready")
    for fault in ("off", "paper_out", "cover_open"):
        printer.fault(fault)
        until_told(till, fault)
        printer.clear_faults()
        until_told(till, "ready")
    assert printer.pieces() == []  # a look prints nothing


def test_a_printer_that_the_store_does_not_have_is_refused(till: RegisterClient) -> None:
    reply = till.post("/stores/S001/printers/P99/check")
    assert (reply.status, reply.body["code"]) == (404, "unknown_printer")
