"""Whatever arrives first: the terminal's record wins."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from contracts.operations import Aborting, AlreadyRead, NotOpen, OperationConcluded, Outcome
from ct6100.messages import AbortAnswer, LinkMessage, Result, StartRefused
from ct6100.records import Screen
from testkit.gateway_process import Centre
from testkit.terminal_server import TerminalServer, as_it_is

pytestmark = pytest.mark.usefixtures("gateway")

ENDS = [
    pytest.param("approved", Outcome.APPROVED, id="approval"),
    pytest.param("declined", Outcome.DECLINED, id="decline"),
    pytest.param("reset", Outcome.CANCELLED, id="reset"),
]


async def begin(centre: Centre, terminal: TerminalServer) -> str:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    return operation_id


async def end(terminal: TerminalServer, how: str) -> None:
    if how == "reset":
        terminal.press("リセット")
    else:
        terminal.centre = how
        await terminal.pay()


def first(kind: type[LinkMessage], terminal: TerminalServer) -> Callable[[], list[LinkMessage]]:
    """Let messages of one kind overtake all others from now on; return what lets the rest go."""
    held: list[LinkMessage] = []

    def outgoing(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, kind):
            return [message]
        held.append(message)
        return []

    def let_go() -> list[LinkMessage]:
        terminal.outgoing = as_it_is
        return held

    terminal.outgoing = outgoing
    return let_go


@pytest.mark.parametrize(("how", "outcome"), ENDS)
@pytest.mark.parametrize("overtakes", [Result, AbortAnswer])
async def test_an_end_that_crosses_an_abort_is_the_terminals(
    centre: Centre,
    terminal: TerminalServer,
    how: str,
    outcome: Outcome,
    overtakes: type[LinkMessage],
) -> None:
    operation_id = await begin(centre, terminal)
    terminal.deaf = True  # the abort is on its way while the terminal comes to its end
    aborting = asyncio.create_task(centre.abort(operation_id))
    await asyncio.sleep(0.1)
    let_go = first(overtakes, terminal)
    await end(terminal, how)
    terminal.hear()
    for message in let_go():
        terminal.say(message)
    said = await centre.conclusion(operation_id)
    assert said.outcome is outcome
    assert await aborting in (Aborting(), AlreadyRead(), NotOpen(known=True))
    await asyncio.sleep(0.1)
    assert await centre.inquire(operation_id) == said
    assert len(centre.conclusions(operation_id)) == 1
    assert len(terminal.approved()) == (how == "approved")


@pytest.mark.parametrize(("how", "outcome"), ENDS)
async def test_an_end_wins_against_a_refusal_that_came_first(
    centre: Centre, terminal: TerminalServer, how: str, outcome: Outcome
) -> None:
    """The terminal itself said that nothing was started; its record says otherwise."""
    operation_id = await begin(centre, terminal)
    terminal.say(
        StartRefused(operation_id=operation_id, reason="busy", screen=Screen(name="choose_media"))
    )
    assert (await centre.conclusion(operation_id)).outcome is Outcome.NOT_PERFORMED
    await end(terminal, how)
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "the end")
    assert centre.conclusions(operation_id)[1].outcome is outcome


async def test_of_two_results_that_differ_the_journal_knows_the_right_one(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, terminal)
    sent: list[Result] = []

    def keeping(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result):
            sent.append(message)
        return [message]

    terminal.outgoing = keeping
    await terminal.pay()
    said = await centre.conclusion(operation_id)
    for lie in (
        replace(sent[0], outcome=type(sent[0].outcome).DECLINED, slip=None),
        replace(sent[0], amount=1),
    ):
        terminal.say(lie)
    await asyncio.sleep(0.3)
    assert await centre.inquire(operation_id) == said
    assert len(centre.conclusions(operation_id)) == 1


async def test_a_result_after_the_journal_told_it_changes_nothing(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = await begin(centre, terminal)
    sent: list[LinkMessage] = []

    def keeping(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result):
            sent.append(message)
            return []
        return [message]

    terminal.outgoing = keeping
    await terminal.pay()
    terminal.drop()
    said = await centre.conclusion(operation_id)
    assert said.evidence.source == "journal"
    for message in sent[:1] * 3:
        terminal.say(message)
    await asyncio.sleep(0.3)
    told = await centre.inquire(operation_id)
    assert isinstance(told, OperationConcluded)
    assert told == said
    assert len(centre.conclusions(operation_id)) == 1
