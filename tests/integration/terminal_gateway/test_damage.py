"""What a damaged, full or stale box must not do: forget a charge, deny one, or never start."""

import asyncio
import resource
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.operations import (
    Accepted,
    CommandStamp,
    OperationConcluded,
    OperationOpen,
    Outcome,
    Unreachable,
)
from contracts.stores import GatewayEpoch
from contracts.streams import GATEWAY_EPOCHS
from ct6100.records import Abilities
from messaging.bucket import Bucket
from messaging.errors import NoAnswer
from servicekit.clock import SystemClock
from servicekit.ids import SystemIds
from servicekit.telemetry import Resource, Telemetry
from terminal_gateway.config import Config
from terminal_gateway.sqlite_file import JournalHome, open_journal
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import COMPANY, STORE, Centre, GatewayProcess, configuration
from testkit.running import Nats
from testkit.terminal_server import TerminalServer
from testkit.terminals import MERCHANT


async def test_another_terminals_journal_proves_nothing(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await terminal.until(lambda: len(terminal.approved()) == 1, "the charge")
    second = centre.ids.uuid()
    await centre.conclusion(operation_id)
    await centre.start(second)
    await terminal.until_screen("choose_media")
    await terminal.unplug()
    spare = TerminalServer(replace(MERCHANT, serial="CT6100-S001-T9"))
    await spare.power_on()
    await terminal.pay()
    await centre.configure(configuration(spare.port, version=2, serial="CT6100-S001-T9"))
    await spare.until(lambda: spare.connections > 0, "the link to the spare one")
    await centre.until_linked()
    await asyncio.sleep(0.5)
    told = await centre.inquire(second)
    assert isinstance(told, OperationOpen), "the money is on the terminal that is away"
    assert told.in_doubt
    third = centre.ids.uuid()
    assert await centre.start(third) == Accepted(operation_id=third)
    await spare.power_off()


async def test_a_terminal_that_left_the_configuration_is_asked_for_nothing_more(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    first = centre.ids.uuid()
    await centre.start(first)
    await terminal.pay()
    await centre.conclusion(first)
    terminal.press("確認")
    terminal.press("業務")
    await centre.until(lambda: centre.screens[-1].screen.name == "business", "the menu")
    await centre.configure(configuration(terminal.port, version=2, serial="CT6100-S001-T9"))
    await centre.until(
        lambda: centre.beat is not None and centre.beat.terminals[0].link == "connected", "a beat"
    )
    await asyncio.sleep(0.1)
    assert await centre.start(centre.ids.uuid()) == Unreachable()


async def test_no_goodbye_freezes_a_terminal_whose_screens_are_not_told(
    nats_server: Nats, centre: Centre, terminal: TerminalServer, tmp_path: Path
) -> None:
    terminal.set_abilities(Abilities(progress=False))
    config = Config(
        company=COMPANY, store=STORE, folder=tmp_path / "edge", nats_url=nats_server.url
    )
    running = Gateway(config, Telemetry(Resource("test", "0", "test")))
    await running.start()
    await centre.until_linked()
    terminal.press("業務")
    await running.drain()
    await asyncio.sleep(0.1)
    assert not terminal.terminal.frozen


async def test_a_replaced_box_swears_nothing_off_before_it_knows(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    """Its successor may have started what it never heard of."""
    assert centre.beat is not None
    epochs = Bucket(centre.bus, GATEWAY_EPOCHS, GatewayEpoch)
    box = gateway._box  # pyright: ignore[reportPrivateUsage]  # a deaf ear
    assert box is not None
    box.office.presence.claimed = False  # it does not hear of epochs
    newer = GatewayEpoch(
        epoch=centre.beat.epoch + 1, instance="successor", taken_at=SystemClock().now()
    )
    await epochs.put(f"{COMPANY}.{STORE}", newer)
    with pytest.raises(NoAnswer):
        await centre.inquire(centre.ids.uuid())
    stamp = CommandStamp(epoch=newer.epoch, heartbeat=1)
    with pytest.raises(NoAnswer):
        await centre.start(centre.ids.uuid(), stamp=stamp)
    assert not terminal.entries


async def test_an_epoch_that_nobody_can_read_keeps_no_gateway_out(
    centre: Centre, nats_server: Nats, terminal: TerminalServer, tmp_path: Path
) -> None:
    bucket = Bucket(centre.bus, GATEWAY_EPOCHS, GatewayEpoch)
    await centre.bus.wire.publish(bucket.subject(f"{COMPANY}.{STORE}"), b"\xff{not json")
    process = GatewayProcess(tmp_path / "edge", nats_server.url)
    await process.start()
    try:
        await centre.until_linked()
        first = centre.ids.uuid()
        assert await centre.start(first) == Accepted(operation_id=first)
    finally:
        await process.kill()


async def test_a_flipped_bit_in_an_open_intent_keeps_no_gateway_out(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await terminal.until(lambda: len(terminal.approved()) == 1, "the charge")
    await process.kill()
    journal = sqlite3.connect(process.folder / "journal.sqlite3")
    journal.execute("UPDATE operation SET body = X'7B22', open = 1")
    journal.commit()
    journal.close()
    await process.start()
    await centre.until_linked()
    said = await centre.inquire(operation_id)
    while isinstance(said, OperationOpen):
        await asyncio.sleep(0.1)
        said = await centre.inquire(operation_id)
    assert isinstance(said, OperationConcluded)
    assert said.outcome is Outcome.APPROVED


async def test_damage_found_while_in_use_is_mended_by_the_next_start(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    journal = sqlite3.connect(process.folder / "journal.sqlite3")
    journal.execute("UPDATE operation SET body = X'7B22'")
    journal.commit()
    journal.close()
    with pytest.raises(NoAnswer):
        await centre.inquire(operation_id)
    assert process.process is not None
    await asyncio.wait_for(process.process.wait(), 10)
    await process.start()
    await centre.until_linked()
    said = await centre.inquire(operation_id)
    while isinstance(said, OperationOpen):
        await asyncio.sleep(0.1)
        said = await centre.inquire(operation_id)
    assert isinstance(said, OperationConcluded)
    assert said.outcome is Outcome.APPROVED


async def test_a_full_disk_at_the_start_puts_no_sound_journal_aside(tmp_path: Path) -> None:
    home = JournalHome(tmp_path)
    journal = open_journal(home, company=COMPANY, store=STORE, clock=SystemClock(), ids=SystemIds())
    before = journal.standing().journal_id
    await journal.close()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(sqlite3.OperationalError):
            open_journal(home, company=COMPANY, store=STORE, clock=SystemClock(), ids=SystemIds())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    again = open_journal(home, company=COMPANY, store=STORE, clock=SystemClock(), ids=SystemIds())
    assert again.standing().journal_id == before
    await again.close()
    home.release()
