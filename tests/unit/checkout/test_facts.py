"""What the edge says is taken in once, in any order; what it does not say is asked for."""

from datetime import timedelta
from typing import Any

import pytest

from checkout import decide_tender
from checkout.facts import RELOAD_EVERY_S, NotHeardYet, NotOurs
from checkout.model import Decision, Moment, Sale
from checkout.ports import OutOfReach, Unanswered
from contracts.operations import (
    Evidence,
    InquireOperation,
    OperationDoubted,
    OperationOpen,
    Outcome,
    Phase,
    ReplayFacts,
    ReplayPromised,
    Screen,
    ScreenShown,
    StartOperation,
)
from contracts.sales import ReleaseTender, SaleView, TenderState


class Paying:
    """A sale whose one tender was just sent to the terminal."""

    def __init__(self, house: Any, sale: SaleView, operation: str) -> None:
        self.house = house
        self.sale = sale
        self.operation = operation

    @property
    def tender(self) -> Any:
        return self.house.sale(self.sale).tenders[0]

    async def show(self, sequence: int = 1, at_s: float = 0, **told: Any) -> None:
        fields: dict[str, Any] = {
            "terminal": "T1",
            "operation_id": self.operation,
            "sequence": sequence,
            "phase": Phase.AWAITING_CUSTOMER,
            "screen": Screen(name="read_card"),
            "at": self.house.clock.now() + timedelta(seconds=at_s),
        }
        await self.house.edge.on_screen("DEMO", "S001", ScreenShown(**(fields | told)))


@pytest.fixture
async def paying(house: Any) -> Paying:
    sale = await house.open()
    tender = await house.pay(sale)
    return Paying(house, sale, tender.operations[0].id)


async def test_the_first_screen_of_an_operation_is_kept_and_no_other(paying: Paying) -> None:
    for sequence in range(1, 6):
        await paying.show(sequence)
    assert paying.tender.state is TenderState.IN_PROGRESS
    assert paying.house.names(paying.sale)[2:] == ["tender_in_progress"]


async def test_screens_of_other_operations_terminals_and_stores_change_nothing(
    paying: Paying, build: Any
) -> None:
    await paying.show(1, operation_id=None)
    await paying.show(2, operation_id=build.other_operation)
    await paying.show(3, terminal="T2")
    shown = ScreenShown(
        terminal="T1",
        operation_id=paying.operation,
        sequence=9,
        phase=Phase.AWAITING_CUSTOMER,
        screen=Screen(name="read_card"),
        at=paying.house.clock.now(),
    )
    await paying.house.edge.on_screen("OTHER", "S001", shown)
    await paying.house.edge.on_screen("DEMO", "S002", shown)
    assert paying.tender.state is TenderState.REQUESTED


async def test_an_older_screen_does_not_end_a_doubt(paying: Paying) -> None:
    await paying.show(5)
    await paying.house.tell(doubted(paying, "link_lost"))
    await paying.show(4, at_s=-1)
    assert paying.tender.state is TenderState.IN_DOUBT
    await paying.show(6)
    assert paying.tender.state is TenderState.IN_PROGRESS


def doubted(paying: Paying, reason: str) -> OperationDoubted:
    return OperationDoubted(operation_id=paying.operation, terminal="T1", reason=reason)


async def test_a_fact_is_taken_in_once(paying: Paying, build: Any) -> None:
    fact = await paying.house.tell(build.concluded(operation_id=paying.operation))
    assert paying.tender.state is TenderState.APPROVED
    await paying.house.edge.on_fact(fact)
    paying.house.restart()
    await paying.house.edge.on_fact(fact)
    names = paying.house.names(paying.sale)
    assert names == ["sale_opened", "tender_requested", "tender_approved"]


async def test_a_result_after_a_restart_finds_its_sale(paying: Paying, build: Any) -> None:
    paying.house.restart()
    await paying.house.tell(build.concluded(operation_id=paying.operation))
    assert paying.tender.counted


async def test_a_doubted_operation_is_asked_after_and_its_answer_taken(
    paying: Paying, build: Any
) -> None:
    await paying.house.tell(doubted(paying, "restart"))
    assert (paying.tender.state, paying.tender.reason) == (TenderState.IN_DOUBT, "restart")
    journal = build.concluded(
        operation_id=paying.operation,
        evidence=Evidence(source="journal", at=build.now, asked=2),
    )
    paying.house.gateway.answers("inquire_operation", journal)
    paying.house.clock.advance(2.0)
    await paying.house.edge.tick()
    assert (paying.tender.state, paying.tender.resolved_from) == (
        TenderState.APPROVED,
        "journal",
    )
    assert len(paying.house.resolver) == 0


async def test_a_request_without_a_sign_of_life_is_asked_after_with_the_same_id(
    paying: Paying, build: Any
) -> None:
    never = build.concluded(
        Outcome.NOT_PERFORMED,
        operation_id=paying.operation,
        evidence=Evidence(source="tombstone", at=build.now),
    )
    paying.house.gateway.answers("inquire_operation", never)
    paying.house.clock.advance(3.0)
    await paying.house.edge.tick()
    assert paying.house.gateway.commands(InquireOperation) == []
    paying.house.clock.advance(1.5)
    await paying.house.edge.tick()
    (asked,) = paying.house.gateway.commands(InquireOperation)
    assert (asked.operation_id, asked.terminal) == (paying.operation, "T1")
    assert paying.tender.state is TenderState.NOT_PERFORMED
    assert len(paying.house.gateway.commands(StartOperation)) == 1


async def test_heartbeats_that_name_the_operation_put_the_question_off(paying: Paying) -> None:
    for number in range(2, 30):
        paying.house.clock.advance(1.0)
        await paying.house.beat(operation=paying.operation, number=number)
        await paying.house.edge.tick()
    assert paying.house.gateway.commands(InquireOperation) == []


async def test_a_late_screen_of_a_terminal_that_is_cut_off_does_not_keep_its_operation_unasked(
    paying: Paying,
) -> None:
    house = paying.house
    await house.tell(doubted(paying, "link_lost"))
    await paying.show(1)  # overtaken by the fact on its way
    assert paying.tender.state is TenderState.IN_PROGRESS
    still = OperationOpen(
        operation_id=paying.operation,
        phase=Phase.AWAITING_CUSTOMER,
        in_doubt=True,
        link="disconnected",
    )
    house.gateway.answers("inquire_operation", still)
    for number in range(2, 10):
        house.clock.advance(1.0)
        await house.beat(operation=paying.operation, number=number, link="disconnected")
        await house.edge.tick()
    assert (paying.tender.state, paying.tender.reason) == (TenderState.IN_DOUBT, "link_lost")


@pytest.mark.parametrize("silence", [OutOfReach(), Unanswered()])
async def test_silence_is_a_doubt_and_the_return_of_the_store_asks_at_once(
    paying: Paying, build: Any, silence: Exception
) -> None:
    house = paying.house
    await paying.show(1)
    house.gateway.answers("inquire_operation", silence)
    for _ in range(100):
        house.clock.advance(1.0)
        await house.edge.tick()
    assert (paying.tender.state, paying.tender.reason) == (TenderState.IN_DOUBT, "silence")
    asked = len(house.gateway.commands(InquireOperation))
    assert 5 < asked < 15
    house.gateway.answers("inquire_operation", build.concluded(operation_id=paying.operation))
    await house.beat(number=2)
    await house.edge.tick()
    assert paying.tender.state is TenderState.APPROVED


async def test_an_open_operation_is_in_progress_again(paying: Paying) -> None:
    house = paying.house
    await house.tell(doubted(paying, "restart"))
    is_open = OperationOpen(operation_id=paying.operation, phase=Phase.READ, in_doubt=False)
    house.gateway.answers("inquire_operation", is_open)
    house.clock.advance(2.0)
    await house.edge.tick()
    assert paying.tender.state is TenderState.IN_PROGRESS


async def test_after_a_restart_everything_open_is_asked_after_first(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    house.gateway.answers("inquire_operation", build.concluded(operation_id=paying.operation))
    house.restart()
    await house.edge.restart()
    assert house.edge.next_due() == house.clock.monotonic()
    await house.edge.tick()
    assert paying.tender.state is TenderState.APPROVED


async def test_what_another_process_left_open_is_found_in_the_record(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    house.gateway.answers("inquire_operation", build.concluded(operation_id=paying.operation))
    house.restart()
    for _ in range(40):
        house.clock.advance(1.0)
        await house.edge.tick()
    assert paying.tender.state is TenderState.APPROVED


async def test_an_answer_that_decides_nothing_is_not_asked_for_all_the_time(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    wrong = build.concluded(amount=1650, operation_id=paying.operation)
    house.gateway.answers("inquire_operation", wrong)
    await house.tell(wrong)
    for _ in range(200):
        house.clock.advance(1.0)
        await house.edge.tick()
    assert len(house.gateway.commands(InquireOperation)) == 1
    assert len(house.sale(paying.sale).cases) == 1
    again = await house.open()
    await house.beat(number=2)
    assert (await house.pay(again)).number == 1


async def test_a_released_doubt_that_proves_approved_becomes_a_case(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    await house.tell(doubted(paying, "link_lost"))
    await house.ask(ReleaseTender(sale=paying.sale.id, tender=1))
    second = await house.pay(paying.sale)
    await house.tell(build.concluded(operation_id=second.operations[0].id))
    await house.tell(build.concluded(operation_id=paying.operation, slip=build.slip("00118")))
    sale = house.sale(paying.sale)
    assert [(case.kind, case.tender) for case in sale.cases] == [("paid_twice", 1)]
    assert sale.paid == 165


async def test_a_gap_is_asked_for_until_it_is_filled(paying: Paying, build: Any) -> None:
    house = paying.house
    await house.tell(doubted(paying, "link_lost"), sequence=1)
    await house.tell(build.concluded(operation_id=paying.operation), sequence=4)
    house.gateway.answers("inquire_operation", Unanswered())
    house.gateway.answers("replay_facts", Unanswered())
    await house.edge.tick()
    house.clock.advance(10.0)
    await house.edge.tick()
    assert (
        house.gateway.commands(ReplayFacts)
        == [ReplayFacts(epoch=1, from_sequence=2, to_sequence=3)] * 2
    )
    house.gateway.answers("replay_facts", ReplayPromised(first_kept=3))
    house.clock.advance(10.0)
    await house.edge.tick()
    await house.tell(doubted(paying, "link_lost"), sequence=3)
    house.clock.advance(10.0)
    await house.edge.tick()
    house.clock.advance(10.0)
    await house.edge.tick()
    assert len(house.gateway.commands(ReplayFacts)) == 3


async def test_gaps_are_known_after_a_restart(paying: Paying, build: Any) -> None:
    house = paying.house
    await house.tell(doubted(paying, "link_lost"), sequence=1)
    house.clock.advance(20.0)
    house.gateway.answers("inquire_operation", Unanswered())
    await house.edge.tick()
    assert house.store.cursors == {("DEMO", "S001", 1): 1}
    house.restart()
    await house.tell(build.concluded(operation_id=paying.operation), sequence=3)
    await house.edge.tick()
    (asked,) = house.gateway.commands(ReplayFacts)
    assert (asked.from_sequence, asked.to_sequence) == (2, 2)


async def test_a_gap_that_stays_is_asked_for_ever_more_seldom(paying: Paying, build: Any) -> None:
    house = paying.house
    await house.tell(build.concluded(operation_id=paying.operation), sequence=2)
    house.gateway.answers("replay_facts", ReplayPromised(first_kept=1))
    for _ in range(360):
        house.clock.advance(10.0)
        await house.edge.tick()
    assert len(house.gateway.commands(ReplayFacts)) < 14


async def test_what_another_process_took_in_is_no_gap(paying: Paying, build: Any) -> None:
    house = paying.house
    first = house.edge
    await house.tell(doubted(paying, "link_lost"), sequence=1)
    house.restart()
    await house.tell(doubted(paying, "silence"), sequence=2)
    house.edge = first
    await house.tell(build.concluded(operation_id=paying.operation), sequence=3)
    await house.edge.tick()
    assert house.gateway.commands(ReplayFacts) == []


async def test_what_was_set_aside_is_not_asked_for_again(paying: Paying, build: Any) -> None:
    house = paying.house
    declined = build.concluded(Outcome.DECLINED, operation_id=build.other_operation)
    with pytest.raises(NotOurs):
        await house.tell(declined, sequence=1)
    await house.tell(build.concluded(operation_id=paying.operation), sequence=2)
    await house.edge.tick()
    assert house.gateway.commands(ReplayFacts) == []


async def test_a_fact_of_nobody_is_set_aside(house: Any, build: Any) -> None:
    with pytest.raises(NotOurs):
        await house.tell(build.concluded())


async def test_a_fact_about_another_stores_operation_is_set_aside(
    paying: Paying, build: Any
) -> None:
    fact = await paying.house.tell(doubted(paying, "link_lost"))
    forged = build.concluded(operation_id=paying.operation)
    for company, store in (("OTHER", "S001"), ("DEMO", "S002")):
        with pytest.raises(NotOurs):
            await paying.house.edge.on_fact(
                type(fact)(
                    id=paying.house.ids.uuid(),
                    company=company,
                    store=store,
                    epoch=1,
                    sequence=9,
                    at=fact.at,
                    body=forged,
                )
            )
    assert paying.tender.state is TenderState.IN_DOUBT


async def test_the_word_of_a_replaced_gateway_counts_only_as_the_present_one_confirms_it(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    await house.beat(epoch=2)
    approved = build.concluded(operation_id=paying.operation)
    house.gateway.answers("inquire_operation", approved)
    await house.tell(approved, epoch=1)
    assert paying.tender.counted
    assert house.sale(paying.sale).cases == ()


async def test_what_the_present_gateway_denies_is_a_case_and_not_a_payment(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    await house.beat(epoch=2)
    denied = build.concluded(Outcome.NOT_PERFORMED, operation_id=paying.operation)
    house.gateway.answers("inquire_operation", denied)
    await house.tell(build.concluded(operation_id=paying.operation), epoch=1)
    sale = house.sale(paying.sale)
    assert (sale.paid, sale.tenders[0].state) == (0, TenderState.NOT_PERFORMED)
    assert [case.kind for case in sale.cases] == ["contrary_evidence"]


async def test_the_last_word_of_a_gateway_that_starts_again_waits_until_it_can_repeat_it(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    await house.beat(epoch=2)
    approved = build.concluded(operation_id=paying.operation)
    with pytest.raises(NotHeardYet):
        await house.tell(approved, epoch=1, fact_id=build.other_operation)
    house.gateway.answers("inquire_operation", approved)
    await house.tell(approved, epoch=1, fact_id=build.other_operation)
    assert paying.tender.counted
    assert house.sale(paying.sale).cases == ()


async def test_an_old_word_that_nobody_confirms_or_denies_becomes_a_case_in_the_end(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    await house.beat(epoch=2)
    approved = build.concluded(operation_id=paying.operation)
    with pytest.raises(NotHeardYet):
        await house.tell(approved, epoch=1, fact_id=build.other_operation)
    house.clock.advance(60)
    await house.tell(approved, epoch=1, fact_id=build.other_operation)
    assert [case.kind for case in house.sale(paying.sale).cases] == ["contrary_evidence"]


async def test_the_doubt_of_a_replaced_gateway_only_has_the_present_one_asked(
    paying: Paying,
) -> None:
    house = paying.house
    await house.beat(epoch=2)
    await house.tell(doubted(paying, "restart"), epoch=1)
    assert paying.tender.state is TenderState.REQUESTED
    assert house.edge.next_due() <= house.clock.monotonic()


async def test_what_another_process_withdrew_is_not_asked_for_ever(
    paying: Paying, build: Any
) -> None:
    house = paying.house
    other = type(house)()
    other.store, other.gateway, other.documents = house.store, house.gateway, house.documents
    other.restart()
    await other.edge.restart()

    def withdraw(sale: Sale, moment: Moment) -> Decision:
        return decide_tender.withdraw_tender(sale, paying.operation, moment)

    await house.ledger.change("DEMO", paying.sale.id, withdraw)
    assert len(house.resolver) == 0
    assert len(other.resolver) == 1
    never = build.concluded(Outcome.NOT_PERFORMED, operation_id=paying.operation)
    house.gateway.answers("inquire_operation", never)
    await other.edge.tick()
    assert len(other.resolver) == 0


async def test_with_nothing_to_ask_the_record_is_looked_into_again_soon(house: Any) -> None:
    await house.edge.restart()
    assert house.edge.next_due() == house.clock.monotonic() + RELOAD_EVERY_S
