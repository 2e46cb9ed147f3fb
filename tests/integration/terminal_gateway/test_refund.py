"""Money back through a store's box: asked by the centre, done by hand, and lost on the way."""

from typing import Any

import pytest

from contracts.operations import (
    Aborting,
    Accepted,
    AlreadyRead,
    ContentDiffers,
    ForeignResultSeen,
    InquireOperation,
    OperationConcluded,
    OperationKind,
    Outcome,
)
from ct6100.messages import Start
from ct6100.records import Abilities, Kind
from ct6100.stimuli import DayRolledOver, MessageReceived
from terminal_gateway.wiring import Gateway
from testkit.gateway_process import Centre, InquireReply
from testkit.terminal_server import TerminalServer, as_it_is, without_results

pytestmark = pytest.mark.usefixtures("centre")

VOID: dict[str, Any] = {"kind": OperationKind.VOID, "original_slip_number": "00119"}


async def pay(centre: Centre, terminal: TerminalServer) -> str:
    """Take ¥165 by card: slip 00119."""
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id) == Accepted(operation_id=operation_id)
    await terminal.pay()
    await centre.conclusion(operation_id)
    terminal.press("確認")
    return operation_id


async def begin(centre: Centre, terminal: TerminalServer) -> str:
    """Ask for the void of slip 00119."""
    operation_id = centre.ids.uuid()
    assert await centre.start(operation_id, **VOID) == Accepted(operation_id=operation_id)
    await terminal.until_screen("refund_media")
    return operation_id


def stored(terminal: TerminalServer) -> bool:
    return terminal.disk is not None and not terminal.disk.memory.not_stored


def foreign(centre: Centre) -> list[ForeignResultSeen]:
    """Return what was told that is nobody's, each fact once."""
    bodies = {fact.id: fact.body for fact in centre.facts}
    return [body for body in bodies.values() if isinstance(body, ForeignResultSeen)]


def given_back(terminal: TerminalServer) -> int:
    """Return how often the terminal gave money back."""
    return len([entry for entry in terminal.approved() if entry.voids is not None])


@pytest.mark.usefixtures("gateway")
async def test_a_void_reaches_the_glass_and_its_end_comes_back_as_a_fact(
    centre: Centre, terminal: TerminalServer
) -> None:
    paid = await pay(centre, terminal)
    operation_id = await begin(centre, terminal)
    await terminal.give_back()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.kind, said.amount) == (Outcome.APPROVED, OperationKind.VOID, 165)
    assert (said.voids, said.echoed_operation_id) == ("00119", operation_id)
    assert said.evidence.source == "result"
    assert said.slip is not None
    assert (said.slip.title, said.slip.slip_number) == ("クレジットカード取消票", "00120")
    assert [one.voided_by for one in centre.conclusions(paid)] == [None]
    assert given_back(terminal) == 1


@pytest.mark.usefixtures("gateway")
async def test_the_kind_that_the_terminal_tells_wins_over_the_one_that_was_asked(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    terminal.stimulate(DayRolledOver())
    operation_id = await begin(centre, terminal)
    await terminal.give_back(kind="返品")
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.kind) == (Outcome.APPROVED, OperationKind.RETURN)


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("echo", [True, False])
async def test_a_void_whose_answer_was_lost_is_found_in_the_journal_and_not_done_again(
    centre: Centre, terminal: TerminalServer, *, echo: bool
) -> None:
    await pay(centre, terminal)
    terminal.set_abilities(Abilities(echo=echo))
    operation_id = await begin(centre, terminal)
    terminal.outgoing = without_results
    await terminal.give_back()
    terminal.drop()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.evidence.source) == (Outcome.APPROVED, "journal")
    assert (said.evidence.slip_number, said.voids) == ("00120", "00119")
    by = "operation id" if echo else "the payment that it gives back"
    assert said.evidence.note == f"slip 00120, by {by}"
    terminal.outgoing = as_it_is
    await terminal.until(lambda: stored(terminal), "stored")
    assert len(centre.conclusions(operation_id)) == 1
    assert given_back(terminal) == 1


@pytest.mark.usefixtures("gateway")
async def test_a_return_without_an_echo_is_the_answer_to_a_void(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    terminal.set_abilities(Abilities(echo=False))
    terminal.stimulate(DayRolledOver())
    operation_id = await begin(centre, terminal)
    await terminal.give_back(kind="返品")
    said = await centre.conclusion(operation_id)
    assert (said.kind, said.evidence.source) == (OperationKind.RETURN, "result")


@pytest.mark.usefixtures("gateway")
async def test_a_void_is_aborted_until_the_read_and_not_after_it(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    first = await begin(centre, terminal)
    assert await centre.abort(first) == Aborting()
    said = await centre.conclusion(first)
    assert (said.outcome, said.reason) == (Outcome.CANCELLED, "aborted")
    terminal.centre = None
    second = await begin(centre, terminal)
    await terminal.give_back()
    await centre.until(lambda: centre.screens[-1].screen.name == "centre", "the centre's screen")
    assert await centre.abort(second) == AlreadyRead()
    terminal.answer()
    assert (await centre.conclusion(second)).outcome is Outcome.APPROVED


@pytest.mark.usefixtures("gateway")
async def test_a_void_that_was_declined_or_reset_says_why(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    terminal.centre = "declined"
    first = await begin(centre, terminal)
    await terminal.give_back()
    said = await centre.conclusion(first)
    assert (said.outcome, said.reason) == (Outcome.DECLINED, "G12")
    second = await begin(centre, terminal)
    terminal.press("クレジット", "確認")
    terminal.type("118")
    terminal.press("セット", "リセット")
    said = await centre.conclusion(second)
    assert (said.outcome, said.reason) == (Outcome.CANCELLED, "slip_unknown")
    assert given_back(terminal) == 0


@pytest.mark.usefixtures("gateway")
async def test_a_terminal_that_lost_its_power_before_the_read_gave_nothing_back(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    operation_id = await begin(centre, terminal)
    await terminal.power_off()
    await terminal.power_on()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.kind) == (Outcome.NOT_PERFORMED, OperationKind.VOID)
    assert said.evidence.source == "journal"


@pytest.mark.usefixtures("gateway")
async def test_cancelled_on_the_terminal_alone_is_told_of_the_payment(
    centre: Centre, terminal: TerminalServer
) -> None:
    """Manual 4-5: no operation of ours, and no foreign result either."""
    paid = await pay(centre, terminal)
    await terminal.give_back_by_hand()
    await centre.until(lambda: len(centre.conclusions(paid)) > 1, "the word on the payment")
    said = centre.conclusions(paid)[1]
    assert (said.outcome, said.kind, said.voided_by) == (
        Outcome.APPROVED,
        OperationKind.PAYMENT,
        "00120",
    )
    await terminal.until(lambda: stored(terminal), "stored")
    assert foreign(centre) == []


@pytest.mark.usefixtures("gateway")
async def test_a_refund_by_hand_of_what_we_never_asked_for_is_a_fact_of_its_own(
    centre: Centre, terminal: TerminalServer
) -> None:
    """The payment is nobody's, so that what gives it back is, too."""
    start = Start(operation_id="not-of-ours", kind=Kind.PAYMENT, amount=165)
    terminal.stimulate(MessageReceived(message=start))
    await terminal.pay()
    terminal.press("確認")
    await terminal.give_back_by_hand()
    await centre.until(lambda: len(foreign(centre)) > 1, "both")
    paid, void = foreign(centre)
    assert (paid.kind, paid.voids) == (OperationKind.PAYMENT, None)
    assert (void.kind, void.voids, void.amount) == (OperationKind.VOID, "00119", 165)
    assert (void.echoed_operation_id, void.evidence.slip_number) == (None, "00120")


@pytest.mark.usefixtures("gateway")
async def test_a_void_that_was_done_by_hand_meanwhile_is_the_end_of_the_one_that_was_asked(
    centre: Centre, terminal: TerminalServer
) -> None:
    """The power went before the read; somebody did it from 業務 before the box was back."""
    paid = await pay(centre, terminal)
    operation_id = await begin(centre, terminal)
    await terminal.power_off()
    terminal.port, port = 0, terminal.port
    await terminal.power_on()
    await terminal.give_back_by_hand()
    terminal.press("確認")
    await terminal.unplug()
    terminal.port = port
    await terminal.listen()
    said = await centre.conclusion(operation_id)
    assert (said.outcome, said.voids) == (Outcome.APPROVED, "00119")
    assert said.evidence.note == "slip 00120, by the payment that it gives back"
    await terminal.until(lambda: stored(terminal), "stored")
    assert len(centre.conclusions(operation_id)) == 1
    assert foreign(centre) == []
    assert len(centre.conclusions(paid)) == 1
    assert given_back(terminal) == 1


@pytest.mark.usefixtures("gateway")
async def test_a_payment_of_the_same_amount_is_never_taken_for_the_refund(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    terminal.set_abilities(Abilities(echo=False))
    operation_id = await begin(centre, terminal)
    await terminal.power_off()
    await terminal.power_on()
    said = await centre.conclusion(operation_id)
    assert said.outcome is Outcome.NOT_PERFORMED


@pytest.mark.usefixtures("gateway")
async def test_the_same_void_again_sends_nothing_and_another_slip_is_refused(
    centre: Centre, terminal: TerminalServer
) -> None:
    await pay(centre, terminal)
    operation_id = await begin(centre, terminal)
    assert await centre.start(operation_id, **VOID) == Accepted(operation_id=operation_id)
    other = await centre.start(operation_id, kind=OperationKind.VOID, original_slip_number="00118")
    assert other == ContentDiffers(field="original_slip_number")
    await terminal.give_back()
    await centre.conclusion(operation_id)
    assert given_back(terminal) == 1


async def test_a_refund_that_was_never_heard_of_is_sworn_off_as_one(
    centre: Centre, gateway: Gateway
) -> None:
    del gateway
    asked = InquireOperation(operation_id=centre.ids.uuid(), terminal="T1", kind=OperationKind.VOID)
    said = await centre.ask(asked, InquireReply)
    assert isinstance(said, OperationConcluded)
    assert (said.outcome, said.kind) == (Outcome.NOT_PERFORMED, OperationKind.VOID)
