"""What a store's gateway answers and tells, over real NATS, SQLite and TCP."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.operations import (
    Aborting,
    AbortNotSupported,
    Accepted,
    AlreadyRead,
    Busy,
    CheckTerminal,
    CommandStamp,
    ContentDiffers,
    Fenced,
    ForeignResultSeen,
    Greet,
    Greeting,
    JournalPage,
    NotOpen,
    NotPaired,
    OperationConcluded,
    OperationDoubted,
    OperationOpen,
    Outcome,
    ReadJournal,
    ReadTerminal,
    ReplayFacts,
    ReplayPromised,
    StaleCommand,
    TerminalStatus,
    UnknownTerminal,
    Unreachable,
)
from ct6100.messages import LinkMessage, Result, ResultStored
from ct6100.records import Abilities
from servicekit.telemetry import Resource, Telemetry
from terminal_gateway.config import Config
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import COMPANY, STORE, Centre, configuration
from testkit.running import Nats
from testkit.terminal_server import TerminalServer, as_it_is


async def test_a_payment_is_shown_read_approved_and_told_once(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    await terminal.pay()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.amount, said.brand) == (Outcome.APPROVED, 165, "AMEX")
    assert said.echoed_operation_id == operation_id
    assert said.slip is not None
    assert said.slip.card_number == "377782****6304"
    names = [shown.screen.name for shown in centre.screens if shown.operation_id == operation_id]
    assert names[:5] == [
        "choose_media",
        "card_amount",
        "card_condition",
        "card_execute",
        "read_card",
    ]
    await terminal.until(lambda: any(isinstance(m, ResultStored) for m in terminal.heard), "stored")
    assert len(centre.conclusions(operation_id)) == 1
    assert [fact.sequence for fact in centre.facts] == [1]


async def test_the_same_start_again_is_accepted_again_and_starts_nothing(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    answers = await asyncio.gather(*(centre.start(operation_id) for _ in range(5)))
    assert answers == [Accepted(operation_id=operation_id)] * 5
    assert await centre.start(operation_id, 166) == ContentDiffers(field="amount")
    await terminal.pay()
    await centre.conclusion(operation_id)
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    await asyncio.sleep(0.1)
    assert len(terminal.approved()) == 1


async def test_refusals_say_why_and_start_nothing(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    assert centre.beat is not None
    stamp = CommandStamp(epoch=centre.beat.epoch, heartbeat=centre.beat.number)
    new = centre.ids.uuid
    old_epoch, unknown_beat = replace(stamp, epoch=0), replace(stamp, heartbeat=10_000)
    assert await centre.start(new(), stamp=old_epoch) == Fenced(epoch=stamp.epoch)
    assert await centre.start(new(), stamp=unknown_beat) == StaleCommand()
    assert await centre.start(new(), terminal="T9") == UnknownTerminal()
    assert await centre.start(new(), register="R2") == NotPaired(holder="R1")
    terminal.press("業務")
    await centre.until(lambda: centre.screens[-1].screen.name == "business", "the menu")
    assert await centre.start(new()) == Busy(operation_id=None, screen="business")
    terminal.press("戻る")
    await centre.until(lambda: centre.screens[-1].screen.name == "home", "home")
    first = new()
    assert await centre.start(first) == Accepted(operation_id=first)
    await terminal.until_screen("choose_media")
    assert await centre.start(new()) == Busy(operation_id=first, screen="choose_media")
    assert len(terminal.entries) == 0


async def test_a_terminal_that_is_off_is_unreachable_at_once(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    await terminal.power_off()
    await centre.until(
        lambda: centre.beat is not None and centre.beat.terminals[0].link == "disconnected", "off"
    )
    assert await centre.start(centre.ids.uuid()) == Unreachable()
    await terminal.power_on()
    await centre.until_linked()


async def test_an_abort_before_the_read_cancels_and_after_it_does_not(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    first, second = centre.ids.uuid(), centre.ids.uuid()
    await centre.start(first)
    await terminal.until_screen("choose_media")
    assert await centre.abort(first) == Aborting()
    said = await centre.conclusion(first)
    assert (said.outcome, said.reason) == (Outcome.CANCELLED, "aborted")
    assert await centre.abort(first) == NotOpen(known=True)
    assert await centre.abort(centre.ids.uuid()) == NotOpen(known=False)
    terminal.centre = None
    await centre.start(second)
    await terminal.pay()
    assert await centre.abort(second) == AlreadyRead()
    terminal.answer("approved")
    assert (await centre.conclusion(second)).outcome is Outcome.APPROVED


async def test_a_link_that_cannot_abort_says_so(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    terminal.set_abilities(Abilities(abort=False))
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    assert await centre.abort(operation_id) == AbortNotSupported()
    terminal.press("リセット")
    assert (await centre.conclusion(operation_id)).outcome is Outcome.CANCELLED


async def test_an_inquiry_about_an_unknown_id_swears_it_off(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    said = await centre.inquire(operation_id)
    assert isinstance(said, OperationConcluded)
    assert (said.outcome, said.evidence.source) == (Outcome.NOT_PERFORMED, "tombstone")
    assert await centre.start(operation_id) == NotOpen(known=True)
    assert await centre.inquire(operation_id, terminal="T9") == said
    assert await centre.inquire(centre.ids.uuid(), terminal="T9") == UnknownTerminal()
    assert len(terminal.entries) == 0


async def test_a_cut_link_puts_in_doubt_and_its_return_clears_it(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    await terminal.unplug()
    await centre.until(
        lambda: any(isinstance(fact.body, OperationDoubted) for fact in centre.facts), "the doubt"
    )
    open_now = await centre.inquire(operation_id)
    assert isinstance(open_now, OperationOpen)
    assert (open_now.in_doubt, open_now.link) == (True, "disconnected")
    await terminal.pay()
    await terminal.listen()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert len(terminal.approved()) == 1


async def test_a_terminal_whose_power_failed_before_the_read_did_nothing(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    await terminal.power_off()
    await terminal.power_on()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.evidence.source) == (Outcome.NOT_PERFORMED, "journal")


@pytest.mark.parametrize("copies", [2, 5])
async def test_a_result_that_comes_again_is_acknowledged_and_told_once(
    centre: Centre, gateway: Gateway, terminal: TerminalServer, copies: int
) -> None:
    terminal.outgoing = lambda message: [message] * (copies if isinstance(message, Result) else 1)
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    await terminal.until(
        lambda: sum(isinstance(m, ResultStored) for m in terminal.heard) == copies, "all stored"
    )
    assert len(centre.conclusions(operation_id)) == 1


async def test_a_result_that_fits_no_intent_is_kept_acknowledged_and_told_once(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    stranger = centre.ids.uuid()

    def foreign(message: LinkMessage) -> list[LinkMessage]:
        if not isinstance(message, Result):
            return [message]
        terminal.outgoing = as_it_is
        other = replace(message, operation_id=stranger, number=message.number + 1_000)
        return [other, other, message]

    terminal.outgoing = foreign
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    seen = [fact.body for fact in centre.facts if isinstance(fact.body, ForeignResultSeen)]
    assert [(one.echoed_operation_id, one.amount) for one in seen] == [(stranger, 165)]
    await terminal.until(
        lambda: sum(isinstance(m, ResultStored) for m in terminal.heard) == 3, "all stored"
    )


async def test_another_amount_in_the_result_is_told_as_the_terminal_said_it(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    terminal.outgoing = lambda message: [
        replace(message, amount=1_650) if isinstance(message, Result) else message
    ]
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).amount == 1_650


async def test_garbage_on_the_link_hurts_nobody(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    for chunk in (b"\x00" * 50, b"\x02\xff\xff\xff", bytes(range(256)) * 40):
        terminal.garble(chunk)
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


async def test_the_terminal_is_checked_read_and_its_journal_shown(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    status = await centre.ask(CheckTerminal(terminal="T1"), TerminalStatus | UnknownTerminal)
    assert (status.link, status.screen, status.serial) == ("connected", "home", "CT6100-S001-T1")
    assert status.round_trip_ms is not None
    for _ in range(3):
        operation_id = centre.ids.uuid()
        await centre.start(operation_id)
        await terminal.pay()
        await centre.conclusion(operation_id)
    read = await centre.ask(ReadTerminal(terminal="T1"), TerminalStatus | UnknownTerminal)
    assert (read.link, read.round_trip_ms, read.operation_id) == ("connected", None, None)
    page = await centre.ask(ReadJournal(terminal="T1", limit=2), JournalPage)
    assert [entry.slip_number for entry in page.entries] == ["00121", "00120"]
    assert (page.next, page.source) == ("00120", "terminal")
    rest = await centre.ask(ReadJournal(terminal="T1", limit=2, after="00120"), JournalPage)
    assert [entry.slip_number for entry in rest.entries] == ["00119"]
    assert rest.next is None


async def test_facts_are_sent_again_when_asked_for(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    assert centre.beat is not None
    promised = await centre.ask(
        ReplayFacts(epoch=centre.beat.epoch, from_sequence=1, to_sequence=9), ReplayPromised
    )
    assert promised == ReplayPromised(first_kept=1)
    await centre.until(lambda: len(centre.facts) == 2, "the fact again")
    assert centre.facts[0] == centre.facts[1]


async def test_the_centre_away_holds_nothing_up_and_misses_nothing(
    nats_server: Nats, centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    nats_server.kill()
    await terminal.pay()
    await terminal.until(lambda: any(isinstance(m, ResultStored) for m in terminal.heard), "stored")
    nats_server.start()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED


async def test_a_gateway_that_was_replaced_is_silent_and_its_successor_answers(
    nats_server: Nats, centre: Centre, gateway: Gateway, terminal: TerminalServer, tmp_path: Path
) -> None:
    first_epoch = centre.beat.epoch if centre.beat else 0
    config = Config(
        company=COMPANY, store=STORE, folder=tmp_path / "other", nats_url=nats_server.url
    )
    successor = Gateway(config, Telemetry(Resource("test", "0", "test")))
    await successor.start()
    try:
        await centre.until(
            lambda: centre.beat is not None and centre.beat.epoch > first_epoch, "its heartbeat"
        )
        greeting = await centre.ask(Greet(), Greeting | Fenced)
        assert isinstance(greeting, Greeting)
        assert greeting.epoch == first_epoch + 1
    finally:
        await successor.drain()


async def test_configuration_is_applied_live_and_never_cuts_an_operation(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    elsewhere = TerminalServer(terminal.settings)
    await elsewhere.power_on()
    operation_id = centre.ids.uuid()
    await centre.start(operation_id)
    await terminal.until_screen("choose_media")
    before = terminal.connections
    moved = configuration(elsewhere.port, version=2)
    paired = replace(moved.terminals[0], paired_register="R7")
    await centre.configure(replace(moved, terminals=(paired,)))
    await terminal.pay()
    assert (await centre.conclusion(operation_id)).outcome is Outcome.APPROVED
    assert terminal.connections == before
    await elsewhere.until(lambda: elsewhere.connections == 1, "the link at the new address")
    assert not terminal.terminal.frozen
    assert await centre.start(centre.ids.uuid()) == NotPaired(holder="R7")
    await centre.configure(configuration(terminal.port, version=1))
    await asyncio.sleep(0.2)
    assert await centre.start(centre.ids.uuid()) == NotPaired(holder="R7")
    await elsewhere.power_off()


async def test_a_terminal_with_another_serial_is_refused(
    centre: Centre, gateway: Gateway, terminal: TerminalServer
) -> None:
    await centre.configure(configuration(terminal.port, version=2, serial="CT6100-S001-T8"))
    await centre.until(
        lambda: centre.beat is not None and centre.beat.terminals[0].link == "wrong_serial",
        "the refusal",
    )
    assert await centre.start(centre.ids.uuid()) == Unreachable()
    assert not terminal.terminal.frozen
