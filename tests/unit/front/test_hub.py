"""Who hears what, and who is let go."""

import asyncio

import pytest

from front import hub
from front.hub import Hub, RegisterTopic, SaleTopic, Told
from front.model import Refused

SALE = SaleTopic("C", "sale")
REGISTER = RegisterTopic("C", "S", "R1")


def sale(sequence: int) -> Told:
    return Told("sale", b"%d" % sequence, sequence)


def screen(name: bytes, about: str = "T1") -> Told:
    return Told("screen", name, about=about)


async def drained(listener: hub.Listener) -> list[bytes]:
    told: list[bytes] = []
    while (one := await listener.next(0.001)) is not None:
        told.append(one.payload)
    return told


async def test_a_listener_hears_its_topic_in_order_and_no_other() -> None:
    house = Hub()
    mine, other = house.listen(SALE, "a"), house.listen(SaleTopic("D", "sale"), "b")
    for listener in house.listeners(SALE):
        listener.tell(sale(1))
        listener.tell(sale(2))
    assert await drained(mine) == [b"1", b"2"]
    assert await drained(other) == []


async def test_an_unread_screen_gives_way_to_a_newer_one() -> None:
    listener = Hub().listen(REGISTER, "a")
    for told in (screen(b"one"), sale(1), screen(b"two"), screen(b"x", about="T2")):
        listener.tell(told)
    assert await drained(listener) == [b"two", b"1", b"x"]


async def test_a_slow_listener_is_dropped_and_hears_nothing_more() -> None:
    listener = Hub().listen(SALE, "a")
    for number in range(hub.QUEUED_MAX + 1):
        listener.tell(sale(number))
    assert listener.closed == "slow"
    assert await listener.next(0.001) is None


async def test_a_waiting_listener_is_woken() -> None:
    listener = Hub().listen(SALE, "a")
    waiting = asyncio.create_task(listener.next(10))
    await asyncio.sleep(0)
    listener.tell(sale(1))
    assert await waiting == sale(1)


async def test_a_closed_house_ends_every_stream_and_opens_none() -> None:
    house = Hub()
    listener = house.listen(SALE, "a")
    waiting = asyncio.create_task(listener.next(10))
    await asyncio.sleep(0)
    house.close()
    assert await waiting is None
    assert listener.closed == "stopping"
    with pytest.raises(Refused, match="service_unavailable"):
        house.listen(SALE, "a")


def test_one_session_does_not_take_all_places() -> None:
    house = Hub()
    mine = [house.listen(SALE, "a") for _ in range(hub.LISTENERS_PER_SESSION_MAX)]
    with pytest.raises(Refused, match="too_many_listeners"):
        house.listen(SALE, "a")
    house.listen(SALE, "b")
    house.leave(mine[0])
    house.listen(SALE, "a")


def test_the_house_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "LISTENERS_MAX", 2)
    house = Hub()
    house.listen(SALE, "a")
    house.listen(SALE, "b")
    with pytest.raises(Refused, match="service_unavailable"):
        house.listen(SALE, "c")


def test_who_left_is_forgotten_everywhere() -> None:
    house = Hub()
    listener = house.listen(SALE, "a")
    house.follow(listener, {"op": 1})
    assert list(house.followers("op")) == [listener]
    house.leave(listener)
    house.leave(listener)
    assert list(house.followers("op")) == []
    assert list(house.listeners(SALE)) == []
    assert len(house) == 0


def test_an_operation_that_ended_is_followed_no_longer() -> None:
    house = Hub()
    listener = house.listen(SALE, "a")
    house.follow(listener, {"old": 1})
    house.follow(listener, {"new": 2})
    assert list(house.followers("old")) == []
    assert list(house.followers("new")) == [listener]
