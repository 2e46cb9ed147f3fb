"""A store is within reach while its present gateway beats, and no longer."""

from datetime import UTC, datetime
from typing import Any

from checkout.presence import Presence
from contracts.operations import (
    PRESENCE_LAPSES_S,
    CommandStamp,
    Heartbeat,
    InquireOperation,
    TerminalSeen,
)

AT = datetime(2026, 11, 22, tzinfo=UTC)


def beat(epoch: int = 1, number: int = 1, link: str = "connected") -> Heartbeat:
    seen = TerminalSeen(terminal="T1", link=link, screen="home")
    return Heartbeat(epoch=epoch, number=number, at=AT, terminals=(seen,))


def heard(presence: Presence, now: float, **told: Any) -> bool:
    return presence.heard("DEMO", "S001", beat(**told), now)


def test_the_last_heartbeat_stamps_commands_until_it_lapses() -> None:
    presence = Presence()
    assert presence.stamp("DEMO", "S001", 10.0) is None
    heard(presence, 10.0, number=7)
    assert presence.stamp("DEMO", "S001", 10.0) == CommandStamp(epoch=1, heartbeat=7)
    assert presence.stamp("DEMO", "S001", 10.0 + PRESENCE_LAPSES_S) is not None
    assert presence.stamp("DEMO", "S001", 10.1 + PRESENCE_LAPSES_S) is None
    assert presence.stamp("DEMO", "S002", 10.0) is None
    assert presence.stamp("OTHER", "S001", 10.0) is None


def test_a_late_heartbeat_does_not_turn_the_number_back() -> None:
    presence = Presence()
    heard(presence, 10.0, number=7)
    heard(presence, 10.1, number=6)
    assert presence.stamp("DEMO", "S001", 10.1) == CommandStamp(epoch=1, heartbeat=7)


def test_a_replaced_gateway_is_not_there_any_more() -> None:
    presence = Presence()
    heard(presence, 10.0, epoch=1)
    presence.epoch_taken("DEMO", "S001", 2)
    assert presence.stamp("DEMO", "S001", 10.0) is None
    assert not heard(presence, 10.1, epoch=1)
    assert presence.stamp("DEMO", "S001", 10.1) is None
    assert heard(presence, 10.2, epoch=2, number=1)
    assert presence.stamp("DEMO", "S001", 10.2) == CommandStamp(epoch=2, heartbeat=1)
    presence.epoch_taken("DEMO", "S001", 1)
    assert presence.epoch("DEMO", "S001") == 2


def test_what_came_back_is_told_once() -> None:
    presence = Presence()
    assert heard(presence, 10.0, link="disconnected")
    assert not heard(presence, 11.0, link="disconnected")
    assert heard(presence, 12.0)
    assert not heard(presence, 13.0)
    assert heard(presence, 13.1 + PRESENCE_LAPSES_S)


def test_a_greeting_is_as_good_as_a_heartbeat() -> None:
    presence = Presence()
    assert not presence.known("DEMO", "S001")
    presence.greeted("DEMO", "S001", 1, 4, 10.0)
    assert presence.known("DEMO", "S001")
    assert presence.stamp("DEMO", "S001", 10.0) == CommandStamp(epoch=1, heartbeat=4)
    presence.epoch_taken("DEMO", "S001", 3)
    presence.greeted("DEMO", "S001", 2, 5, 11.0)
    assert presence.stamp("DEMO", "S001", 11.0) is None


async def test_heartbeats_of_a_replaced_box_or_of_another_store_do_not_put_a_question_off(
    house: Any,
) -> None:
    tender = await house.pay(await house.open())
    operation = tender.operations[0].id
    await house.beat(epoch=2)
    seen = TerminalSeen(terminal="T1", link="connected", screen="home", operation_id=operation)
    for number in range(2, 10):
        house.clock.advance(1.0)
        await house.beat(operation=operation, epoch=1, number=number)
        elsewhere = Heartbeat(epoch=9, number=number, at=house.clock.now(), terminals=(seen,))
        await house.edge.on_heartbeat("DEMO", "S002", elsewhere)
        await house.edge.tick()
    assert house.gateway.commands(InquireOperation)
