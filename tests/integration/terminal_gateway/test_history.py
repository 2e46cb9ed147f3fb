"""決済履歴: from the terminal, from the gateway's copy, and what the journal changes afterwards."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.operations import (
    ForeignResultSeen,
    JournalPage,
    OperationConcluded,
    Outcome,
    ReadJournal,
    Unreachable,
)
from ct6100.effects import KeptEntry
from ct6100.messages import LinkMessage, Result, ResultStored
from ct6100.records import Abilities, EntryState, Kind
from ct6100.records import Outcome as Ended
from ct6100.stimuli import CentreAnswered
from testkit.gateway_process import Centre
from testkit.terminal_server import TerminalServer, without_results

pytestmark = pytest.mark.usefixtures("gateway")


async def paid(centre: Centre, terminal: TerminalServer, times: int = 1) -> list[str]:
    operations: list[str] = []
    for _ in range(times):
        operation_id = centre.ids.uuid()
        await centre.start(operation_id)
        await terminal.pay()
        await centre.conclusion(operation_id)
        operations.append(operation_id)
    return operations


async def read(centre: Centre, **asked: Any) -> JournalPage:
    page = await centre.ask(ReadJournal(terminal="T1", **asked), JournalPage | Unreachable)
    assert isinstance(page, JournalPage), page
    return page


async def away(centre: Centre, terminal: TerminalServer) -> None:
    await terminal.unplug()
    await centre.until(
        lambda: centre.beat is not None and centre.beat.terminals[0].link == "disconnected", "away"
    )


def slips(page: JournalPage) -> list[str]:
    return [entry.slip_number for entry in page.entries]


async def rewrite(
    terminal: TerminalServer, *entries: KeptEntry, not_stored: tuple[int, ...] = ()
) -> None:
    """Let the terminal have done this by itself, while its link was away."""
    assert terminal.disk is not None
    held = {entry.number: entry for entry in (*terminal.disk.entries, *entries)}
    newest = max(held)
    memory = replace(
        terminal.disk.memory,
        next_number=newest + 1,
        next_slip=int(held[newest].slip_number) + 1,
        not_stored=(*terminal.disk.memory.not_stored, *not_stored),
    )
    await terminal.power_off()
    terminal.disk = replace(terminal.disk, memory=memory, entries=tuple(held.values()))
    await terminal.power_on()


def by_hand(paid_entry: KeptEntry, number: int, **fields: Any) -> KeptEntry:
    """Return a void that somebody did on the terminal."""
    void = replace(
        paid_entry,
        number=number,
        slip_number=f"{int(paid_entry.slip_number) + number - paid_entry.number:05}",
        kind=Kind.VOID,
        operation_id="by-hand",
        voids=paid_entry.slip_number,
    )
    return replace(void, **fields)


async def test_the_copy_is_shown_with_its_age_when_the_terminal_is_away(
    centre: Centre, terminal: TerminalServer
) -> None:
    await paid(centre, terminal, 3)
    shown = await read(centre)
    assert (shown.source, slips(shown)) == ("terminal", ["00121", "00120", "00119"])
    before = shown.read_at
    await away(centre, terminal)
    copy = await read(centre, limit=2)
    assert (copy.source, copy.complete) == ("copy", True)
    assert copy.entries == shown.entries[:2]
    assert copy.read_at <= before
    assert (copy.next, copy.next_business_date) == (
        "00120",
        shown.entries[1].terminal_business_date,
    )
    rest = await read(centre, limit=2, after=copy.next, after_business_date=copy.next_business_date)
    assert (slips(rest), rest.next) == (["00119"], None)
    day = shown.entries[0].terminal_business_date
    assert len((await read(centre, media="card", terminal_business_date=day)).entries) == 3
    assert (await read(centre, media="emoney")).entries == ()


async def test_a_link_without_a_journal_shows_what_its_results_told(
    centre: Centre, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(journal=False))
    await paid(centre, terminal, 2)
    page = await read(centre)
    assert (page.source, slips(page)) == ("copy", ["00120", "00119"])


async def test_a_terminal_that_counts_from_the_beginning_again_is_copied_anew(
    centre: Centre, terminal: TerminalServer
) -> None:
    await paid(centre, terminal, 3)
    await away(centre, terminal)
    assert len((await read(centre)).entries) == 3
    await terminal.power_off()
    assert terminal.disk is not None
    anew = replace(terminal.entries[0], number=1, slip_number="00500", operation_id="x-1")
    memory = replace(terminal.disk.memory, next_number=2, next_slip=501)
    terminal.disk = replace(terminal.disk, memory=memory, entries=(anew,))
    await terminal.power_on()
    async with asyncio.timeout(10):
        while True:
            await centre.until_linked()
            await asyncio.sleep(0.5)
            await away(centre, terminal)
            page = await read(centre)
            if slips(page) != ["00121", "00120", "00119"]:
                break
            await terminal.listen()
    assert (slips(page), page.complete) == (["00500"], True)


async def test_what_the_terminal_did_while_it_was_away_is_read_when_it_is_back(
    centre: Centre, terminal: TerminalServer
) -> None:
    await paid(centre, terminal)
    await away(centre, terminal)
    (first,) = terminal.entries
    many = [
        replace(first, number=number, slip_number=f"{118 + number:05}", operation_id=f"x-{number}")
        for number in range(2, 60)
    ]
    await rewrite(terminal, *many)
    await centre.until_linked()
    async with asyncio.timeout(10):
        while True:
            await away(centre, terminal)
            page = await read(centre, limit=100)
            if len(page.entries) == 59:
                break
            await terminal.listen()
            await centre.until_linked()
            await asyncio.sleep(0.5)
    assert page.complete
    assert slips(page) == [f"{118 + number:05}" for number in range(59, 0, -1)]


@pytest.mark.parametrize("not_stored", [(), (2,)], ids=["journal", "result"])
async def test_a_payment_given_back_on_the_terminal_is_told_and_shown(
    centre: Centre, terminal: TerminalServer, not_stored: tuple[int, ...]
) -> None:
    """By whichever way it is heard: it is told of the payment, and is nobody's foreign result."""
    (operation_id,) = await paid(centre, terminal)
    await away(centre, terminal)
    (entry,) = terminal.entries
    await rewrite(terminal, by_hand(entry, 2), not_stored=not_stored)
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "the void")
    said = centre.conclusions(operation_id)[1]
    assert (said.outcome, said.voided_by) == (Outcome.APPROVED, "00120")
    assert said.evidence.source == "journal"
    page = await read(centre)
    assert [(line.kind.value, line.voided_by) for line in page.entries] == [
        ("void", None),
        ("payment", "00120"),
    ]
    assert await centre.inquire(operation_id) == said
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    assert not any(isinstance(fact.body, ForeignResultSeen) for fact in centre.facts)


async def test_an_approval_found_later_is_netted_against_its_void_at_once(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    terminal.outgoing = without_results
    await terminal.pay()
    await away(centre, terminal)
    (entry,) = terminal.entries
    await rewrite(terminal, by_hand(entry, 2))
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.voided_by) == (Outcome.APPROVED, "00120")
    assert said.evidence.note == "slip 00119, by operation id; given back by slip 00120"


async def test_a_result_that_comes_after_its_void_is_netted_too(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    await terminal.unplug()
    await terminal.pay()
    (entry,) = terminal.entries
    await rewrite(terminal, by_hand(entry, 2))
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.voided_by) == (Outcome.APPROVED, "00120")


@pytest.mark.parametrize("echo", [True, False])
async def test_a_touch_that_broke_off_is_told_again_when_its_journal_entry_changes(
    centre: Centre, terminal: TerminalServer, *, echo: bool
) -> None:
    """処理未了, and the result of its end is lost: the journal is asked after the reconnect."""
    terminal.set_abilities(Abilities(echo=echo))
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    terminal.centre = "incomplete"
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.INCOMPLETE
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    await away(centre, terminal)
    terminal.outgoing = without_results
    (entry,) = terminal.entries
    await rewrite(terminal, replace(entry, state=EntryState.APPROVED))
    terminal.set_abilities(Abilities(echo=echo))
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "its end")
    said = centre.conclusions(operation_id)[1]
    assert (said.outcome, said.evidence.source) == (Outcome.APPROVED, "journal")


async def test_an_inquiry_about_a_touch_that_broke_off_has_the_journal_asked(
    centre: Centre, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    terminal.centre = "incomplete"
    await terminal.pay()
    await centre.conclusion(operation_id)
    terminal.press("確認")
    await centre.until(lambda: centre.screens[-1].screen.name == "home", "home")
    await terminal.until(
        lambda: terminal.disk is not None and not terminal.disk.memory.not_stored, "stored"
    )
    terminal.outgoing = without_results
    terminal.stimulate(CentreAnswered(number=1, outcome="declined", touched_again=True))
    said = await centre.inquire(operation_id)
    assert isinstance(said, OperationConcluded)
    assert said.outcome is Outcome.INCOMPLETE
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "its end")
    assert centre.conclusions(operation_id)[1].outcome is Outcome.DECLINED


async def test_the_end_of_a_touch_that_broke_off_is_told_by_its_new_result(
    centre: Centre, terminal: TerminalServer
) -> None:
    """Also on a link that does not echo: it is the entry of that operation."""
    terminal.set_abilities(Abilities(echo=False))
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    terminal.centre = "incomplete"
    await terminal.pay()
    await centre.conclusion(operation_id)
    terminal.stimulate(CentreAnswered(number=1, outcome="approved", touched_again=True))
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "its end")
    said = centre.conclusions(operation_id)[1]
    assert (said.outcome, said.echoed_operation_id) == (Outcome.APPROVED, None)
    assert len(centre.facts) == 2


async def test_an_older_word_that_comes_late_does_not_undo_the_end(
    centre: Centre, terminal: TerminalServer
) -> None:
    held: list[LinkMessage] = []

    def holding(message: LinkMessage) -> list[LinkMessage]:
        if isinstance(message, Result) and message.outcome is Ended.INCOMPLETE:
            held.append(message)
        return [message]

    terminal.outgoing = holding
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    terminal.centre = "incomplete"
    await terminal.pay()
    await centre.conclusion(operation_id)
    terminal.stimulate(CentreAnswered(number=1, outcome="approved", touched_again=True))
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "its end")
    before = len(terminal.heard)
    terminal.say(held[0])
    await terminal.until(
        lambda: any(isinstance(each, ResultStored) for each in terminal.heard[before:]), "stored"
    )
    said = await centre.inquire(operation_id)
    assert said.outcome is Outcome.APPROVED
    assert len(centre.conclusions(operation_id)) == 2


async def test_a_wrong_amount_in_a_result_is_set_right_by_the_journal(
    centre: Centre, terminal: TerminalServer
) -> None:
    def wrong(message: LinkMessage) -> list[LinkMessage]:
        return [replace(message, amount=1_650) if isinstance(message, Result) else message]

    terminal.outgoing = wrong
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).amount == 1_650
    await centre.until(lambda: len(centre.conclusions(operation_id)) == 2, "the right amount")
    said = centre.conclusions(operation_id)[1]
    assert (said.amount, said.evidence.source) == (165, "journal")
