"""A desk alone: what becomes of one operation is no matter of another."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from contracts.operations import Heartbeat, ScreenShown
from contracts.stores import TerminalEntry
from terminal_gateway.desk import Desk
from terminal_gateway.errors import JournalBrokenError
from terminal_gateway.forwarder import Forwarder
from terminal_gateway.memory import MemoryDisk, MemoryJournal
from terminal_gateway.model import Operation, State
from terminal_gateway.office import Office
from terminal_gateway.presence import Presence
from testkit.clock import CountingIds, FakeClock


class Nobody:
    """A centre that looks at no screen."""

    async def show(self, shown: ScreenShown) -> None:
        del shown

    async def beat(self, heartbeat: Heartbeat) -> None:
        del heartbeat


def broken(error: JournalBrokenError) -> None:
    raise error


@pytest.fixture
def disk() -> MemoryDisk:
    return MemoryDisk("j")


@pytest.fixture
async def office(disk: MemoryDisk) -> Office:
    clock = FakeClock()
    journal = MemoryJournal(disk, company="DEMO", store="S001", clock=clock)
    return Office(
        company="DEMO",
        store="S001",
        journal=journal,
        live=Nobody(),
        forwarder=Forwarder(journal),
        presence=Presence(clock),
        clock=clock,
        ids=CountingIds(),
        broken=broken,
    )


OTHER = "019a9fd1-0000-7000-8000-000000000002"


async def test_giving_one_up_leaves_the_one_that_a_customer_pays_just_now_in_sight(
    office: Office,
    disk: MemoryDisk,
    entry: TerminalEntry,
    in_state: Callable[..., Operation],
) -> None:
    paying = in_state(State.READ)
    old = in_state(State.UNRESOLVED, intent=replace(paying.intent, operation_id=OTHER))
    desk = Desk(entry, office, (old, paying))
    await desk.park(old.id, "another_terminal")
    assert desk.open[old.id].parked == "another_terminal"
    assert desk.open[paying.id] == paying
    assert disk.facts == []
