"""Merchant's numbers: asked for until the box says, kept as they come, never asked for again."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.slips import (
    MerchantNumberPending,
    NoMerchantNumber,
    ReadMerchantNumber,
    SealedMerchantNumber,
)
from receipts.arrivals import Doorbell
from receipts.model import MerchantNumber, NumberState
from receipts.numbers import ASK_FIRST_S, ASK_LONGEST_S, DUE_MAX, QUICK_PAUSES_S, Numbers
from receipts.ports import OutOfReach, Unanswered
from testkit.clock import START

PENDING = MerchantNumberPending()


def sealed(command: ReadMerchantNumber) -> SealedMerchantNumber:
    return SealedMerchantNumber(
        operation_id=command.operation_id, key_id="0" * 16, sealed="c2VhbGVk"
    )


class Desk:
    """`Numbers` over a shop's record, box and clock."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop
        self.numbers = Numbers(shop.record, shop.box, Doorbell(), shop.clock)

    async def wanted(self, **more: Any) -> MerchantNumber:
        slip = self.shop.slip("emoney")
        given = MerchantNumber(
            operation_id=slip.operation_id,
            company="DEMO",
            store="S001",
            terminal="T1",
            state=NumberState.WANTED,
            asked=0,
            ask_at=START,
        )
        number = replace(given, **more)
        await self.shop.record.keep_slip(slip, number)
        return number

    async def known(self, number: MerchantNumber) -> MerchantNumber:
        found = await self.shop.record.number(number.operation_id)
        assert found is not None
        return found

    def say(self, *words: Any) -> None:
        self.shop.box.words["read_number"] = list(words)


@pytest.fixture
def desk(shop: Any) -> Desk:
    return Desk(shop)


async def test_the_box_of_its_terminal_is_asked_and_what_it_sealed_is_kept(desk: Desk) -> None:
    number = await desk.wanted()
    desk.say(sealed)
    assert await desk.numbers.ask(number) is NumberState.SEALED
    assert desk.shop.box.heard == [
        ReadMerchantNumber(operation_id=number.operation_id, terminal="T1")
    ]
    known = await desk.known(number)
    assert (known.state, known.key_id, known.sealed, known.asked) == (
        NumberState.SEALED,
        "0" * 16,
        "c2VhbGVk",
        1,
    )


async def test_one_that_never_will_be_is_kept_as_none(desk: Desk) -> None:
    number = await desk.wanted()
    desk.say(NoMerchantNumber())
    assert await desk.numbers.ask(number) is NumberState.NONE
    assert (await desk.known(number)).state is NumberState.NONE


@pytest.mark.parametrize("word", [PENDING, OutOfReach("away"), Unanswered("?")])
async def test_whatever_is_no_answer_is_asked_again_later(desk: Desk, word: Any) -> None:
    number = await desk.wanted()
    desk.say(word)
    assert await desk.numbers.ask(number) is NumberState.WANTED
    known = await desk.known(number)
    assert (known.asked, known.ask_at) == (1, START + timedelta(seconds=ASK_FIRST_S))


async def test_another_operations_number_is_not_taken(desk: Desk) -> None:
    number = await desk.wanted()
    desk.say(sealed(ReadMerchantNumber(operation_id=desk.shop.ids.uuid(), terminal="T1")))
    assert await desk.numbers.ask(number) is NumberState.WANTED
    assert (await desk.known(number)).sealed == ""


@pytest.mark.parametrize(
    ("asked", "pause_s"),
    [(0, 0.2), (1, 0.4), (4, 3.2), (10, 204.8), (11, ASK_LONGEST_S), (10_000, ASK_LONGEST_S)],
)
async def test_pauses_double_up_to_the_longest(desk: Desk, asked: int, pause_s: float) -> None:
    number = await desk.wanted(asked=asked)
    desk.say(PENDING)
    await desk.numbers.ask(number)
    assert (await desk.known(number)).ask_at == START + timedelta(seconds=pause_s)


async def test_a_round_asks_for_what_is_due_and_for_nothing_else(desk: Desk) -> None:
    due = await desk.wanted()
    await desk.wanted(ask_at=START + timedelta(seconds=1))
    await desk.wanted(state=NumberState.NONE)
    desk.say(sealed)
    assert await desk.numbers.tick() == 1
    assert [one.operation_id for one in desk.shop.box.heard] == [due.operation_id]
    assert await desk.numbers.tick() == 0


async def test_a_round_is_bounded(desk: Desk) -> None:
    for _ in range(DUE_MAX + 1):
        await desk.wanted()
    desk.say(PENDING)
    assert await desk.numbers.tick() == DUE_MAX


async def test_one_that_has_just_come_is_asked_for_until_it_is_there(desk: Desk) -> None:
    number = await desk.wanted()
    desk.say(PENDING, PENDING, sealed)
    assert await desk.numbers.settle(number) is NumberState.SEALED
    assert len(desk.shop.box.heard) == 3
    assert (await desk.known(number)).state is NumberState.SEALED


async def test_one_that_another_process_has_settled_is_not_asked_for(desk: Desk) -> None:
    number = await desk.wanted()
    await desk.shop.record.keep_number(replace(number, state=NumberState.NONE))
    await desk.numbers.settle(number)
    assert not desk.shop.box.heard


async def test_one_that_does_not_come_at_once_is_left_to_the_rounds(desk: Desk) -> None:
    number = await desk.wanted()
    desk.say(PENDING)
    assert await desk.numbers.settle(number) is NumberState.WANTED
    assert len(desk.shop.box.heard) == len(QUICK_PAUSES_S)
