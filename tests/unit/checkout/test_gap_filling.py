"""What was lost at the end of an epoch is found by what the gateway says it delivered."""

from typing import Any

import pytest

from checkout.facts import Edge
from checkout.gap_filling import REPLAY_PAUSE_S, GapFilling
from checkout.ports import OutOfReach
from contracts.operations import (
    Delivered,
    Evidence,
    ForeignResultSeen,
    Heartbeat,
    OperationKind,
    Outcome,
    ReplayFacts,
    ReplayPromised,
)

EPOCH = ("DEMO", "S001", 1)


@pytest.fixture
def filling(house: Any) -> GapFilling:
    return GapFilling(house.store, house.gateway, house.clock)


def asked(house: Any) -> list[tuple[int, int, int]]:
    return [
        (command.epoch, command.from_sequence, command.to_sequence)
        for command in house.gateway.commands(ReplayFacts)
    ]


async def test_what_was_delivered_and_never_came_is_asked_for(
    house: Any, filling: GapFilling
) -> None:
    await filling.know(EPOCH)
    filling.came(EPOCH, 1)
    filling.delivered(EPOCH, 3)
    await filling.tick()
    assert asked(house) == []
    house.clock.advance(REPLAY_PAUSE_S)
    assert filling.next_due() == house.clock.monotonic()
    await filling.tick()
    assert asked(house) == [(1, 2, 3)]


async def test_what_was_on_its_way_is_not_asked_for(house: Any, filling: GapFilling) -> None:
    filling.delivered(EPOCH, 2)
    await filling.know(EPOCH)
    filling.came(EPOCH, 1)
    filling.came(EPOCH, 2)
    filling.delivered(EPOCH, 2)
    house.clock.advance(REPLAY_PAUSE_S)
    await filling.tick()
    assert asked(house) == []
    assert filling.next_due() is None


async def test_an_epoch_that_nothing_came_of_is_asked_for_too(
    house: Any, filling: GapFilling
) -> None:
    filling.delivered(EPOCH, 1)
    house.clock.advance(REPLAY_PAUSE_S)
    await filling.tick()
    assert asked(house) == [(1, 1, 1)]


async def test_what_another_process_took_in_is_not_asked_for(
    house: Any, filling: GapFilling
) -> None:
    await filling.know(EPOCH)
    await house.store.keep_cursor(*EPOCH, 7)
    filling.delivered(EPOCH, 7)
    house.clock.advance(REPLAY_PAUSE_S)
    await filling.tick()
    assert asked(house) == []


async def test_an_epoch_that_ended_is_asked_for_its_rest_once(
    house: Any, filling: GapFilling
) -> None:
    await filling.know(EPOCH)
    filling.came(EPOCH, 1)
    filling.ended_before(("DEMO", "S002", 9))
    filling.ended_before(EPOCH)
    assert filling.next_due() is None
    filling.ended_before(("DEMO", "S001", 2))
    house.gateway.answers("replay_facts", OutOfReach())
    house.clock.advance(REPLAY_PAUSE_S)
    await filling.tick()
    house.gateway.answers("replay_facts", ReplayPromised(first_kept=1))
    house.clock.advance(REPLAY_PAUSE_S)
    await filling.tick()
    assert asked(house) == [(1, 2, 1001), (1, 2, 1001)]
    assert filling.next_due() is None


async def test_a_foreign_charge_lost_at_the_end_of_an_epoch_is_found_by_the_next_heartbeats(
    house: Any,
) -> None:
    """The stream lost it, nothing comes after it, and no question is ever asked about it."""
    sale = await house.open()
    edge: Edge = house.edge
    lost = ForeignResultSeen(
        terminal="T1",
        serial="CT6100-S001-T1",
        kind=OperationKind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=None,
        echoed_operation_id=None,
        evidence=Evidence(source="result", at=house.clock.now()),
    )
    for number in range(2, 14):
        house.clock.advance(1.0)
        beat = Heartbeat(
            epoch=1,
            number=number,
            at=house.clock.now(),
            delivered=Delivered(epoch=1, sequence=1),
        )
        await edge.on_heartbeat("DEMO", "S001", beat)
        await edge.tick()
    assert asked(house) == [(1, 1, 1)]
    await house.tell(lost, sequence=1)
    assert [case.kind for case in house.sale(sale).cases] == ["foreign_result"]
    house.clock.advance(100.0)
    await edge.tick()
    assert len(asked(house)) == 1
