"""処理未了 over the real link: what a touch that broke off came to is told a second time."""

import pytest

from contracts.operations import Accepted, OperationConcluded, Outcome
from ct6100.messages import LinkMessage, Result
from ct6100.records import EntryState
from ct6100.stimuli import Presented
from testkit.gateway_process import Centre, GatewayProcess
from testkit.terminal_server import TerminalServer

pytestmark = pytest.mark.usefixtures("centre")

WAON = Presented(media="emoney", brand="WAON", entry="contactless", number="6900333344445555")


async def touch(centre: Centre, terminal: TerminalServer, amount: int) -> str:
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id, amount) == Accepted(operation_id=operation_id)
    await terminal.until_screen("choose_media")
    terminal.press("電子マネー", "WAON", "確認")
    terminal.present(WAON)
    return operation_id


async def broken_off(centre: Centre, terminal: TerminalServer) -> str:
    terminal.centre = "incomplete"
    operation_id = await touch(centre, terminal, 500)
    assert (await centre.conclusion(operation_id)).outcome is Outcome.INCOMPLETE
    terminal.centre = "approved"
    return operation_id


async def second_word(centre: Centre, operation_id: str) -> OperationConcluded:
    await centre.until(lambda: len(centre.conclusions(operation_id)) > 1, "a second word")
    return centre.conclusions(operation_id)[-1]


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("shows", [Outcome.APPROVED, Outcome.DECLINED])
async def test_what_the_next_touch_shows_is_told_and_then_stored(
    centre: Centre, terminal: TerminalServer, shows: Outcome
) -> None:
    first = await broken_off(centre, terminal)
    terminal.card_shows = shows
    second = await touch(centre, terminal, 300)
    said = await second_word(centre, first)
    assert (said.outcome, said.amount, said.evidence.source) == (shows, 500, "journal")
    assert (said.slip is not None) is (shows is Outcome.APPROVED)
    assert (await centre.conclusion(second)).amount == 300
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored,
        "both results to be stored",
    )
    assert [each.outcome for each in centre.conclusions(first)] == [Outcome.INCOMPLETE, shows]


async def test_what_it_came_to_while_the_box_was_dead_is_told_when_it_is_back(
    centre: Centre, terminal: TerminalServer, process: GatewayProcess
) -> None:
    await process.start()
    await centre.until_linked()
    first = await broken_off(centre, terminal)
    terminal.card_shows = "approved"
    lost: list[Result] = []

    def swallow_what_it_came_to(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result) and message.operation_id == first:
            lost.append(message)
            return []
        return [message]

    terminal.outgoing = swallow_what_it_came_to
    await touch(centre, terminal, 300)
    await terminal.until(lambda: bool(lost), "the second word to be lost")
    await process.kill()
    assert terminal.terminal.entries[0].state is EntryState.APPROVED
    terminal.outgoing = lambda message: [message]
    await process.start()
    assert (await second_word(centre, first)).outcome is Outcome.APPROVED
