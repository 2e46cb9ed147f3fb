"""kill -9 of the real process at each step of an operation: it ends in the terminal's truth."""

import asyncio
import os
import signal

from contracts.operations import Accepted, OperationConcluded, OperationDoubted, Outcome
from ct6100.messages import LinkMessage, Result, Start
from testkit.gateway_process import Centre, GatewayProcess
from testkit.running import Nats
from testkit.terminal_server import TerminalServer, as_it_is, without_results


async def begin(centre: Centre, process: GatewayProcess) -> str:
    await process.start()
    await centre.until_linked()
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    return operation_id


async def agreed(
    centre: Centre, terminal: TerminalServer, operation_id: str, outcome: Outcome
) -> OperationConcluded:
    said = await centre.conclusion(operation_id)
    assert said.outcome is outcome
    charged = [entry for entry in terminal.approved() if entry.operation_id == operation_id]
    assert len(charged) == (outcome is Outcome.APPROVED)
    assert len(centre.conclusions(operation_id)) == 1
    again = await centre.inquire(operation_id)
    assert isinstance(again, OperationConcluded)
    assert again.outcome is outcome
    return said


async def test_sent_but_never_arrived_is_proven_not_performed(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    await centre.until_linked()
    terminal.deaf = True
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await process.kill()
    await terminal.until(lambda: bool(terminal.overheard), "the start on the wire")
    terminal.deaf = False
    await process.start()
    said = await agreed(centre, terminal, operation_id, Outcome.NOT_PERFORMED)
    assert said.evidence.source == "journal"
    assert not [heard for heard in terminal.heard if isinstance(heard, Start)]


async def test_sent_and_taken_after_the_gateway_died_is_found_running(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    await centre.until_linked()
    terminal.deaf = True
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    os.kill(process.pid, signal.SIGKILL)
    terminal.hear()
    await terminal.until_screen("choose_media")
    await process.kill()
    await process.start()
    await centre.until(
        lambda: any(shown.operation_id == operation_id for shown in centre.screens), "its screen"
    )
    await terminal.pay()
    await agreed(centre, terminal, operation_id, Outcome.APPROVED)


async def test_shown_goes_on_after_the_restart(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    await terminal.until_screen("choose_media")
    await process.kill()
    await process.start()
    await terminal.pay()
    await agreed(centre, terminal, operation_id, Outcome.APPROVED)
    doubts = [fact.body for fact in centre.facts if isinstance(fact.body, OperationDoubted)]
    assert [doubt.reason for doubt in doubts] == ["restart"]


async def test_told_to_stop_in_mid_payment_it_leaves_the_terminal_unharmed(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    await terminal.until_screen("choose_media")
    assert await process.stop() == 0
    assert terminal.terminal.screen.name == "choose_media"
    await process.start()
    await terminal.pay()
    await agreed(centre, terminal, operation_id, Outcome.APPROVED)


async def test_a_second_process_on_the_same_disk_does_not_start(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    await process.start()
    await centre.until_linked()
    second = GatewayProcess(process.folder, process.env["RENKEI_NATS_URL"])
    second.env["RENKEI_READY_FILE"] = f"{process.folder}.second"
    await second.start(wait=False)
    assert second.process is not None
    assert await asyncio.wait_for(second.process.wait(), 10) == 1
    assert terminal.connections == 1


async def test_shown_and_reset_while_the_gateway_was_away_is_cancelled(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    await terminal.until_screen("choose_media")
    await process.kill()
    terminal.press("リセット")
    await process.start()
    await agreed(centre, terminal, operation_id, Outcome.CANCELLED)


async def test_read_and_approved_while_the_gateway_was_away_is_approved(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    terminal.centre = None
    operation_id = await begin(centre, process)
    await terminal.pay()
    await process.kill()
    terminal.answer("approved")
    await process.start()
    said = await agreed(centre, terminal, operation_id, Outcome.APPROVED)
    assert said.slip is not None


async def test_read_and_still_at_its_centre_waits_for_the_answer(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    terminal.centre = None
    operation_id = await begin(centre, process)
    await terminal.pay()
    await process.kill()
    await process.start()
    await centre.until_linked()
    assert not centre.conclusions(operation_id)
    terminal.answer("declined")
    await agreed(centre, terminal, operation_id, Outcome.DECLINED)


async def test_the_power_of_the_terminal_cut_before_the_read_is_not_performed(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    await terminal.until_screen("choose_media")
    await process.kill()
    await terminal.power_off()
    await terminal.power_on()
    await process.start()
    await agreed(centre, terminal, operation_id, Outcome.NOT_PERFORMED)


async def test_killed_when_the_result_arrives_it_comes_again_and_counts_once(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)

    def killing(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result):
            terminal.outgoing = as_it_is
            os.kill(process.pid, signal.SIGKILL)
        return [message]

    terminal.outgoing = killing
    await terminal.pay()
    await process.kill()
    await process.start()
    await agreed(centre, terminal, operation_id, Outcome.APPROVED)


async def test_a_result_that_never_arrives_is_read_from_the_journal(
    centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    terminal.outgoing = without_results
    await terminal.pay()
    await process.kill()
    await process.start()
    said = await agreed(centre, terminal, operation_id, Outcome.APPROVED)
    assert said.evidence.source == "journal"


async def test_acknowledged_but_not_published_is_published_after_the_restart(
    nats_server: Nats, centre: Centre, process: GatewayProcess, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, process)
    await terminal.until_screen("choose_media")
    nats_server.pause()
    await terminal.pay()
    assert terminal.disk is not None
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    await process.kill()
    nats_server.resume()
    await process.start()
    await agreed(centre, terminal, operation_id, Outcome.APPROVED)
