"""The last evidence: the totals of a closed terminal business day, where no journal can be read."""

import asyncio

import pytest
from msgspec.structs import replace

from contracts.operations import (
    ForeignResultSeen,
    OperationConcluded,
    OperationDoubted,
    OperationOpen,
    Outcome,
)
from ct6100.messages import AskDayTotals, LinkMessage, Result, Start
from ct6100.records import Abilities, Kind
from ct6100.stimuli import DayClosedByHand, DayRolledOver, MessageReceived
from testkit.gateway_process import PATIENCE_S, Centre
from testkit.terminal_server import Outgoing, TerminalServer, as_it_is, without_results

pytestmark = pytest.mark.usefixtures("gateway")

FOREIGN = "00000000-0000-7000-8000-00000000000f"
NO_JOURNAL = Abilities(journal=False)


async def paid(centre: Centre, terminal: TerminalServer) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)


async def in_doubt(centre: Centre, terminal: TerminalServer) -> str:
    """Start a payment; whatever its result is, nobody hears of it."""
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    terminal.outgoing = without_results
    return operation_id


async def until_parked(centre: Centre, terminal: TerminalServer, operation_id: str) -> None:
    """Cut the link; on the next one nothing is to be found out."""
    terminal.drop()
    await centre.until(
        lambda: any(isinstance(fact.body, OperationDoubted) for fact in centre.facts), "the doubt"
    )
    async with asyncio.timeout(PATIENCE_S):
        while True:
            told = await centre.inquire(operation_id)
            assert isinstance(told, OperationOpen)
            if told.parked:
                break
            await asyncio.sleep(0.05)
    assert (told.in_doubt, told.parked) == (True, "no_journal")


async def test_one_more_than_we_hold_is_the_payment_in_doubt(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(NO_JOURNAL)
    await paid(centre, terminal)
    operation_id = await in_doubt(centre, terminal)
    await terminal.pay()
    terminal.press("確認")
    await until_parked(centre, terminal, operation_id)
    day = terminal.entries[-1].terminal_business_date
    terminal.stimulate(DayClosedByHand())
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.amount, said.media) == (Outcome.APPROVED, 165, "card")
    assert (said.evidence.source, said.terminal_business_date) == ("day_log", day)
    assert len(terminal.approved()) == 2


async def test_totals_that_are_equal_prove_that_nothing_was_taken(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(NO_JOURNAL)
    await paid(centre, terminal)
    operation_id = await in_doubt(centre, terminal)
    terminal.press("リセット")
    await until_parked(centre, terminal, operation_id)
    assert not any(isinstance(each, AskDayTotals) for each in terminal.heard), "not before"
    terminal.stimulate(DayClosedByHand())
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.evidence.source) == (Outcome.NOT_PERFORMED, "day_log")


async def test_a_payment_by_hand_whose_result_is_late_is_not_taken_for_the_one_in_doubt(
    centre: Centre, terminal: TerminalServer
) -> None:
    """Nor is it proof that nothing was taken: it may be that one, told with a wrong id."""
    terminal.set_abilities(NO_JOURNAL)
    await paid(centre, terminal)
    operation_id = await in_doubt(centre, terminal)
    terminal.press("リセット")
    await until_parked(centre, terminal, operation_id)
    by_hand = Start(operation_id="by-hand", kind=Kind.PAYMENT, amount=165)
    terminal.stimulate(MessageReceived(message=by_hand))
    await terminal.pay()
    terminal.press("確認")
    terminal.stimulate(DayClosedByHand())
    await terminal.until(
        lambda: any(isinstance(each, AskDayTotals) for each in terminal.heard), "the question"
    )
    terminal.outgoing = lambda message: (
        [] if isinstance(message, Result) and message.operation_id == operation_id else [message]
    )
    await centre.until(
        lambda: sum(isinstance(each, AskDayTotals) for each in terminal.heard) > 1, "it asks again"
    )
    await asyncio.sleep(0.3)
    assert centre.conclusions(operation_id) == []
    assert len(terminal.approved()) == 2


def with_a_wrong_id(message: LinkMessage) -> list[LinkMessage]:
    """Let a result come with an id that nobody knows."""
    return [replace(message, operation_id=FOREIGN) if isinstance(message, Result) else message]


@pytest.mark.parametrize(
    ("abilities", "outgoing"),
    [(Abilities(journal=False, echo=False), as_it_is), (NO_JOURNAL, with_a_wrong_id)],
    ids=["without an id", "with a wrong id"],
)
async def test_equal_totals_are_no_proof_where_one_alike_was_nobodys(
    centre: Centre,
    terminal: TerminalServer,
    abilities: Abilities,
    outgoing: Outgoing,
) -> None:
    """Its own result came back, and was told as foreign: that is in our totals."""
    terminal.set_abilities(abilities)
    await paid(centre, terminal)
    operation_id = await in_doubt(centre, terminal)
    await terminal.pay()
    terminal.press("確認")
    terminal.outgoing = outgoing
    await until_parked(centre, terminal, operation_id)
    await centre.until(
        lambda: any(isinstance(fact.body, ForeignResultSeen) for fact in centre.facts), "the result"
    )
    terminal.stimulate(DayClosedByHand())
    await centre.until(
        lambda: any(isinstance(each, AskDayTotals) for each in terminal.heard), "the day's totals"
    )
    await asyncio.sleep(0.3)
    assert centre.conclusions(operation_id) == []


async def test_a_day_closed_in_mid_payment_is_not_the_day_that_tells(
    centre: Centre, terminal: TerminalServer
) -> None:
    """It books on the day after, so that one must be over as well."""
    terminal.set_abilities(NO_JOURNAL)
    await paid(centre, terminal)
    operation_id = await in_doubt(centre, terminal)
    terminal.stimulate(DayRolledOver())
    await terminal.pay()
    terminal.press("確認")
    await until_parked(centre, terminal, operation_id)
    terminal.drop()
    await until_parked(centre, terminal, operation_id)
    day = terminal.approved()[-1].terminal_business_date
    assert day > terminal.approved()[0].terminal_business_date
    assert not centre.conclusions(operation_id)
    terminal.stimulate(DayClosedByHand())
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.terminal_business_date) == (Outcome.APPROVED, day)


async def test_with_a_journal_a_day_closed_in_mid_payment_changes_nothing(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    before = terminal.disk.memory.business_date if terminal.disk is not None else ""
    terminal.stimulate(DayRolledOver())
    await terminal.pay()
    said = await centre.conclusion(operation_id)
    assert said.outcome is Outcome.APPROVED
    assert said.terminal_business_date is not None
    assert said.terminal_business_date > before
    told = await centre.inquire(operation_id)
    assert isinstance(told, OperationConcluded)
