"""A question to a gateway: what it says, in one word, and who hears that it was asked."""

from typing import Any

import pytest
from msgspec import Struct

from checkout.asking import Said, answer_in_short
from checkout.ports import OutOfReach, Unanswered
from contracts.operations import (
    InquireOperation,
    OperationOpen,
    Outcome,
    Phase,
    Recovering,
    UnknownTerminal,
)
from contracts.sales import TenderState
from contracts.stores import BrandRule

OPERATION = "00000000-0000-7000-8000-000000000001"


def still_open(
    *, in_doubt: bool = True, link: str = "connected", parked: str = ""
) -> OperationOpen:
    return OperationOpen(
        operation_id=OPERATION, phase=Phase.READ, in_doubt=in_doubt, link=link, parked=parked
    )


@pytest.mark.parametrize(
    ("reply", "word", "answers"),
    [
        (None, "no_answer", False),
        (UnknownTerminal(), "unknown_terminal", False),
        (Recovering(), "recovering", False),
        (still_open(in_doubt=False), "working", True),
        (still_open(), "asking", True),
        (still_open(link="disconnected"), "link_lost", False),
        (still_open(link=""), "link_lost", False),
        (still_open(parked="cannot_tell: slip 00119"), "cannot_tell", False),
        (still_open(parked="no_journal", link="disconnected"), "no_journal", False),
    ],
)
def test_an_answer_in_one_word_and_whether_the_terminal_can_still_be_asked(
    reply: Any, word: str, *, answers: bool
) -> None:
    assert answer_in_short(reply) == word
    assert Said(reply=reply).answers is answers
    assert not Said(reply=reply).known


def test_a_known_end_is_known(build: Any) -> None:
    said = Said(reply=build.concluded(Outcome.DECLINED))
    assert (said.known, said.answers, answer_in_short(said.reply)) == (True, False, "declined")


async def doubted(house: Any) -> Any:
    sale = await house.open()
    house.gateway.answers("start_operation", Unanswered())
    await house.pay(sale)
    assert house.sale(sale).tenders[0].state is TenderState.IN_DOUBT
    return sale


async def test_each_question_about_a_doubt_is_told_to_whoever_looks(house: Any) -> None:
    sale = await doubted(house)
    operation = house.sale(sale).tenders[0].operation.id
    replies: list[Struct | Exception] = [
        OutOfReach(),
        still_open(),
        still_open(parked="no_journal"),
    ]
    for reply in replies:
        house.gateway.answers("inquire_operation", reply)
        house.clock.advance(30.0)
        await house.edge.tick()
    told = house.heard.doubts
    assert [(one.asked, one.answer) for one in told] == [
        (1, "no_answer"),
        (2, "asking"),
        (3, "no_journal"),
    ]
    assert {(one.operation_id, one.sale) for one in told} == {(operation, sale.id)}
    assert told[-1].at == house.clock.now()


async def test_a_payment_that_runs_is_asked_after_in_silence(house: Any) -> None:
    sale = await house.open()
    await house.pay(sale)
    house.gateway.answers("inquire_operation", still_open(in_doubt=False))
    house.clock.advance(10.0)
    await house.edge.tick()
    assert house.sale(sale).tenders[0].state is TenderState.IN_PROGRESS
    assert house.heard.doubts == []


async def test_a_touch_that_broke_off_is_presumed_by_the_stores_rules_and_asked_seldom(
    house: Any, build: Any
) -> None:
    rule = BrandRule(
        brand="nanaco",
        media="emoney",
        counts_as_sold_until_shown_otherwise=True,
        investigation_days=1,
    )
    await house.configure(rules=(rule,))
    sale = await house.open()
    tender = await house.pay(sale)
    operation = tender.operations[0].id
    broke_off = build.concluded(Outcome.INCOMPLETE, brand="nanaco", operation_id=operation)
    await house.tell(broke_off)
    kept = house.sale(sale).tenders[0]
    assert (kept.presumed, kept.investigate_until) == ("sold", "2026-11-21")
    house.gateway.answers("inquire_operation", broke_off)
    house.clock.advance(60.0)
    await house.edge.tick()
    asked = len(house.gateway.commands(InquireOperation))
    for _ in range(10):
        house.clock.advance(300.0)
        await house.edge.tick()
    assert len(house.gateway.commands(InquireOperation)) == asked
    house.clock.advance(900.0)
    await house.edge.tick()
    assert len(house.gateway.commands(InquireOperation)) == asked + 1


async def test_after_its_last_day_a_doubt_is_asked_about_no_more_but_still_ends(
    house: Any, build: Any
) -> None:
    await house.configure()
    sale = await house.open()
    tender = await house.pay(sale)
    operation = tender.operations[0].id
    broke_off = build.concluded(Outcome.INCOMPLETE, operation_id=operation)
    await house.tell(broke_off)
    house.clock.advance(60 * 86_400.0)
    await house.edge.tick()
    assert house.names(sale)[-1] == "investigation_ended"
    assert house.gateway.commands(InquireOperation) == []
    house.restart()
    await house.edge.restart()
    assert len(house.resolver) == 0
    await house.beat(number=2)
    await house.tell(build.concluded(operation_id=operation))
    assert house.sale(sale).paid == 165
