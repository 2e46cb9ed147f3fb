"""Nothing that the gateway does closes the link in front of a terminal that is not home."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest
from msgspec.structs import replace

from contracts.operations import Accepted, OperationOpen, Outcome
from contracts.stores import GatewayEpoch, StoreConfiguration
from contracts.streams import GATEWAY_EPOCHS
from ct6100.messages import Disconnect
from ct6100.protocol import SILENCE_MAX_S
from ct6100.records import Abilities
from messaging.bucket import Bucket
from servicekit.clock import SystemClock
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import COMPANY, STORE, Centre, GatewayProcess, configuration
from testkit.terminal_server import TerminalServer
from testkit.terminals import MERCHANT

STAYS_S: Final = 1.5
"""Longer than the gateway needs for its next question to the terminal."""

Upheaval = Callable[[Centre, TerminalServer, TerminalServer], Awaitable[None]]


@pytest.fixture
async def elsewhere() -> AsyncIterator[TerminalServer]:
    """The same terminal, as seen at another address."""
    server = TerminalServer()
    await server.power_on()
    yield server
    await server.power_off()


@pytest.fixture
async def stranger() -> AsyncIterator[TerminalServer]:
    """Another terminal, with a menu open on it."""
    server = TerminalServer(replace(MERCHANT, serial="CT6100-S001-T9"))
    await server.power_on()
    server.press("業務")
    yield server
    await server.power_off()


async def fence(centre: Centre, _: TerminalServer, __: TerminalServer) -> None:
    assert centre.beat is not None
    newer = GatewayEpoch(
        epoch=centre.beat.epoch + 1, instance="successor", taken_at=SystemClock().now()
    )
    await Bucket(centre.bus, GATEWAY_EPOCHS, GatewayEpoch).put(f"{COMPANY}.{STORE}", newer)


async def move(centre: Centre, _: TerminalServer, elsewhere: TerminalServer) -> None:
    await centre.configure(configuration(elsewhere.port, version=2))


async def replace_serial(centre: Centre, terminal: TerminalServer, _: TerminalServer) -> None:
    await centre.configure(configuration(terminal.port, version=2, serial="CT6100-S001-T8"))


async def remove(centre: Centre, terminal: TerminalServer, _: TerminalServer) -> None:
    await centre.configure(replace(configuration(terminal.port, version=2), terminals=()))


async def unpair(centre: Centre, terminal: TerminalServer, _: TerminalServer) -> None:
    document: StoreConfiguration = configuration(terminal.port, version=2)
    entry = replace(document.terminals[0], paired_register=None)
    await centre.configure(replace(document, terminals=(entry,)))


def harmless(terminal: TerminalServer) -> bool:
    goodbyes = [each for each in terminal.heard if isinstance(each, Disconnect)]
    return not terminal.terminal.frozen and not goodbyes


@pytest.mark.parametrize("upheaval", [fence, move, replace_serial, remove])
@pytest.mark.parametrize("progress", [True, False], ids=["progress", "stale glass"])
async def test_the_link_is_left_once_the_terminal_says_that_it_is_home(
    centre: Centre,
    gateway: Gateway,
    terminal: TerminalServer,
    elsewhere: TerminalServer,
    upheaval: Upheaval,
    *,
    progress: bool,
) -> None:
    """Somebody has a menu open on it by hand; without progress the gateway has not seen that."""
    terminal.set_abilities(Abilities(progress=progress))
    terminal.press("業務")
    await upheaval(centre, terminal, elsewhere)
    await asyncio.sleep(STAYS_S)
    assert (terminal.linked, terminal.connections) == (True, 1)
    terminal.press("戻る")
    await terminal.until(lambda: terminal.connections > 1 or not terminal.linked, "the end")
    assert terminal.terminal.screen.name == "home"
    assert harmless(terminal)


@pytest.mark.parametrize("upheaval", [fence, move, replace_serial, remove, unpair])
async def test_an_operation_on_the_glass_is_seen_through(
    centre: Centre,
    gateway: Gateway,
    terminal: TerminalServer,
    elsewhere: TerminalServer,
    upheaval: Upheaval,
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    await upheaval(centre, terminal, elsewhere)
    await asyncio.sleep(STAYS_S)
    assert (terminal.linked, terminal.connections) == (True, 1)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert harmless(terminal)


async def test_another_terminal_at_the_address_is_left_only_when_it_is_home(
    centre: Centre, gateway: Gateway, stranger: TerminalServer
) -> None:
    await centre.configure(configuration(stranger.port, version=2))
    await stranger.until(lambda: stranger.connections == 1, "the call")
    await asyncio.sleep(2 * STAYS_S)
    assert (stranger.linked, stranger.connections) == (True, 1)
    stranger.press("戻る")
    await stranger.until(lambda: not stranger.linked, "the end")
    assert harmless(stranger)


async def test_another_terminal_that_becomes_the_one_that_is_meant_is_kept(
    centre: Centre, gateway: Gateway, stranger: TerminalServer
) -> None:
    await centre.configure(configuration(stranger.port, version=2))
    await stranger.until(lambda: stranger.connections == 1, "the call")
    await centre.configure(configuration(stranger.port, version=3, serial="CT6100-S001-T9"))
    await centre.until(lambda: centre.screens[-1].screen.name == "business", "the menu")
    assert stranger.connections == 1
    stranger.press("戻る")
    await centre.until(lambda: centre.screens[-1].screen.name == "home", "home")
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    await stranger.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert harmless(stranger)


async def test_a_silent_link_ends_by_itself_and_the_operation_goes_on(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    terminal.deaf = True
    await asyncio.sleep(SILENCE_MAX_S + 1.0)
    terminal.hear()
    assert harmless(terminal)
    await centre.until_linked()
    assert isinstance(await centre.inquire(operation_id), OperationOpen)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert harmless(terminal)


async def test_a_second_box_takes_the_link_and_freezes_nothing(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    _, writer = await asyncio.open_connection("127.0.0.1", terminal.port)
    await terminal.until(lambda: terminal.connections >= 3, "our call after the other box's")
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert harmless(terminal)
    writer.close()


@pytest.mark.parametrize("orderly", [True, False], ids=["stopped", "killed"])
async def test_a_restart_in_mid_payment_freezes_nothing(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer, *, orderly: bool
) -> None:
    await process.start()
    await centre.until_linked()
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    if orderly:
        assert await process.stop() == 0
    else:
        await process.kill()
    assert harmless(terminal)
    await process.start()
    await centre.until_linked()
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert harmless(terminal)
