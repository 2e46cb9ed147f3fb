"""An inquiry that is to know of what somebody did on the terminal a moment ago."""

import asyncio

import pytest

from contracts.operations import InquireOperation, OperationConcluded, OperationOpen, Outcome
from testkit.gateway_process import Centre
from testkit.terminal_server import TerminalServer, without_results

pytestmark = pytest.mark.usefixtures("gateway")


async def paid(centre: Centre, terminal: TerminalServer) -> str:
    """Take ¥165 by card, slip 00119, and have the gateway read the journal up to it."""
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    terminal.press("確認")
    await centre.until(lambda: centre.screens[-1].screen.name == "home", "home")
    return operation_id


async def asked(centre: Centre, operation_id: str, *, fresh: bool) -> OperationConcluded:
    said = await centre.ask(
        InquireOperation(operation_id=operation_id, terminal="T1", fresh=fresh),
        OperationOpen | OperationConcluded,
    )
    assert isinstance(said, OperationConcluded)
    return said


async def test_it_knows_of_a_void_by_hand_of_which_no_result_came(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = await paid(centre, terminal)
    terminal.outgoing = without_results
    await terminal.give_back_by_hand()
    terminal.press("確認")
    stale = await asked(centre, operation_id, fresh=False)
    assert (stale.outcome, stale.voided_by) == (Outcome.APPROVED, None)
    said = await asked(centre, operation_id, fresh=True)
    assert (said.outcome, said.voided_by) == (Outcome.APPROVED, "00120")


async def test_it_is_answered_with_what_is_known_when_the_terminal_is_away(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = await paid(centre, terminal)
    await terminal.unplug()
    await centre.until(
        lambda: centre.beat is not None and centre.beat.terminals[0].link == "disconnected", "away"
    )
    said = await asked(centre, operation_id, fresh=True)
    assert (said.outcome, said.voided_by) == (Outcome.APPROVED, None)


async def test_several_at_once_are_all_answered_freshly(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = await paid(centre, terminal)
    terminal.outgoing = without_results
    await terminal.give_back_by_hand()
    terminal.press("確認")
    said = await asyncio.gather(*(asked(centre, operation_id, fresh=True) for _ in range(5)))
    assert {one.voided_by for one in said} == {"00120"}
