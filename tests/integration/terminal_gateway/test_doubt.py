"""What a gateway finds out when its link can do less, its disk is full, or its journal is gone."""

import asyncio
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.operations import (
    Accepted,
    ForeignResultSeen,
    InquireOperation,
    NotOpen,
    OperationConcluded,
    OperationDoubted,
    OperationOpen,
    Outcome,
    StorageFull,
    TerminalSeen,
)
from ct6100.messages import LinkMessage, Result
from ct6100.records import Abilities
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import PATIENCE_S, Centre, GatewayProcess, InquireReply
from testkit.terminal_server import TerminalServer, as_it_is, without_results

pytestmark = pytest.mark.usefixtures("centre")


async def begin(centre: Centre, terminal: TerminalServer) -> str:
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    await terminal.until_screen("choose_media")
    return operation_id


def seen(centre: Centre) -> TerminalSeen:
    """Return T1 in the last heartbeat."""
    assert centre.beat is not None
    return centre.beat.terminals[0]


async def told(centre: Centre, operation_id: str) -> OperationConcluded:
    """Ask until it is known."""
    async with asyncio.timeout(PATIENCE_S):
        while isinstance(answer := await centre.inquire(operation_id), OperationOpen):  # noqa: ASYNC110 - the answer is at another process
            await asyncio.sleep(0.05)
    assert isinstance(answer, OperationConcluded)
    return answer


@pytest.mark.usefixtures("gateway")
async def test_without_an_echo_a_result_is_taken_for_what_this_link_showed(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    await terminal.pay()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.echoed_operation_id) == (Outcome.APPROVED, None)


@pytest.mark.usefixtures("gateway")
async def test_without_an_echo_the_only_entry_alike_ends_the_doubt(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    terminal.outgoing = without_results
    await terminal.pay()
    terminal.drop()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.evidence.source) == (Outcome.APPROVED, "journal")
    assert said.evidence.note == "slip 00119, by amount and time, the only one alike"
    assert (said.evidence.slip_number, said.evidence.number) == ("00119", 1)
    assert said.evidence.asked > 0
    terminal.outgoing = as_it_is
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    assert len(centre.facts) == 2, "the doubt and its end: the result that came late is no news"


@pytest.mark.usefixtures("gateway")
async def test_without_an_echo_a_result_that_comes_before_the_journal_is_not_told_as_foreign(
    centre: Centre, terminal: TerminalServer
) -> None:
    """One charge would be counted on its sale, and in a case that has it given back."""
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    await terminal.unplug()
    await terminal.pay()
    terminal.press("確認")
    await terminal.listen()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.evidence.slip_number) == (Outcome.APPROVED, "00119")
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    bodies = [type(fact.body) for fact in centre.facts]
    assert bodies == [OperationDoubted, OperationConcluded]


@pytest.mark.usefixtures("gateway")
async def test_a_clock_set_meanwhile_leaves_it_in_doubt_until_somebody_reads_the_slip(
    centre: Centre, terminal: TerminalServer
) -> None:
    """On a link without an echo; the terminal is free meanwhile."""
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    terminal.skew = timedelta(hours=1)
    terminal.outgoing = without_results
    await terminal.pay()
    await centre.until(lambda: seen(centre).operation_id == operation_id, "the terminal at work")
    terminal.drop()
    await centre.until(
        lambda: seen(centre).operation_id is None and seen(centre).link == "connected",
        "the terminal to be free",
    )
    answer = await centre.inquire(operation_id)
    assert isinstance(answer, OperationOpen)
    assert (answer.in_doubt, answer.link) == (True, "connected")
    assert answer.parked == "cannot_tell: slip 00119"
    assert answer.asked > 0
    assert answer.last_asked_at is not None
    assert not centre.conclusions(operation_id)
    wrong = InquireOperation(operation_id=operation_id, terminal="T1", slip_number="00118")
    assert isinstance(await centre.ask(wrong, InquireReply), OperationOpen)
    await centre.ask(replace(wrong, slip_number="00119"), InquireReply)
    said = await centre.conclusion(operation_id)
    assert said.evidence.note == "slip 00119, by the number that was read to us"


@pytest.mark.usefixtures("gateway")
async def test_without_an_echo_nothing_alike_is_proof(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    await terminal.power_off()
    await terminal.power_on()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.NOT_PERFORMED


@pytest.mark.usefixtures("gateway")
async def test_without_a_journal_the_result_that_comes_again_ends_the_doubt(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(journal=False))
    operation_id = await begin(centre, terminal)
    await terminal.unplug()
    await terminal.pay()
    await terminal.listen()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


@pytest.mark.usefixtures("gateway")
async def test_without_progress_the_glass_is_asked_for(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(progress=False))
    operation_id = await begin(centre, terminal)
    await centre.until(
        lambda: any(shown.operation_id == operation_id for shown in centre.screens), "its screen"
    )
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


async def test_no_room_refuses_a_start_and_loses_no_result(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    await centre.until_linked()
    operation_id = await begin(centre, terminal)
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    await terminal.pay()
    assert await centre.start(centre.ids.uuid(), terminal="T1") != Accepted(operation_id="")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert len(terminal.approved()) == 1
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    refused = centre.ids.uuid()
    assert await centre.start(refused) == StorageFull()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
    assert len(terminal.entries) == 1
    assert (await told(centre, refused)).outcome is Outcome.NOT_PERFORMED
    assert await centre.start(refused) == NotOpen(known=True)


def lose_journal(folder: Path) -> None:
    path = folder / "journal.sqlite3"
    path.write_bytes(b"this is no database" * 1_000)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


async def age(terminal: TerminalServer) -> None:
    """Let the terminal have been there for a day already."""
    await terminal.power_off()
    assert terminal.disk is not None
    memory = terminal.disk.memory
    born_at = memory.born_at - timedelta(days=1)
    terminal.disk = replace(terminal.disk, memory=replace(memory, born_at=born_at))
    await terminal.power_on()


async def test_a_lost_journal_is_filled_from_the_terminals(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await age(terminal)
    await process.start()
    await centre.until_linked()
    paid, never = await begin(centre, terminal), centre.ids.uuid()
    terminal.outgoing = without_results
    await terminal.pay()
    await process.kill()
    lose_journal(process.folder)
    await process.start()
    await centre.until_linked()
    said = await told(centre, paid)
    assert (said.outcome, said.evidence.source) == (Outcome.APPROVED, "journal")
    absent = await told(centre, never)
    assert (absent.outcome, absent.evidence.source) == (Outcome.NOT_PERFORMED, "journal")
    assert list(process.folder.glob("journal.sqlite3.damaged-*"))
    assert await centre.start(never) == NotOpen(known=True)


async def test_a_result_that_a_lost_journal_should_know_is_told_by_its_operation(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    await centre.until_linked()
    operation_id = await begin(centre, terminal)
    await process.kill()
    lose_journal(process.folder)
    await terminal.pay()
    await process.start()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


async def test_a_strange_id_that_a_lost_journal_could_have_known_takes_no_entry_from_ours(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    """A result is repeated under it: what gives the payment back is told of the payment still."""
    await process.start()
    await centre.until_linked()
    await process.kill()
    lose_journal(process.folder)
    await process.start()
    await centre.until_linked()
    stranger = centre.ids.uuid()

    def twice(message: LinkMessage) -> list[LinkMessage]:
        strange = isinstance(message, Result) and message.operation_id is not None
        return [message, replace(message, operation_id=stranger)] if strange else [message]

    terminal.outgoing = twice
    paid = await begin(centre, terminal)
    await terminal.pay()
    await centre.until(
        lambda: any(isinstance(fact.body, ForeignResultSeen) for fact in centre.facts),
        "the strange one",
    )
    terminal.press("確認")
    await terminal.give_back_by_hand()
    await centre.until(lambda: len(centre.conclusions(paid)) > 1, "the word on the payment")
    assert [one.voided_by for one in centre.conclusions(paid)] == [None, "00120"]
    assert centre.conclusions(stranger) == []


async def test_a_store_without_its_wan_opens_from_its_disk(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer, tmp_path: Path
) -> None:
    await process.start()
    await centre.until_linked()
    assert await process.stop() == 0
    nowhere = GatewayProcess(process.folder, "nats://127.0.0.1:9")
    nowhere.env["RENKEI_READY_FILE"] = str(tmp_path / "edge.ready")
    await nowhere.start()
    await terminal.until(lambda: terminal.connections == 2, "the link")
    await nowhere.kill()


async def test_a_configuration_that_cannot_be_read_does_not_stop_a_store(
    gateway: Gateway, centre: Centre, terminal: TerminalServer
) -> None:
    await centre.bus.jetstream.publish("$KV.store_config.DEMO.S001", b"{}")
    del gateway
    await begin(centre, terminal)
