"""What is heard of terminals, and when it stops counting."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from contracts.operations import Heartbeat, Phase, Screen, ScreenShown, TerminalSeen
from contracts.sales import DoubtAsked
from contracts.seats import SeatView
from front.live import Live

AT = datetime(2026, 11, 20, tzinfo=UTC)
OPERATION = "00000000-0000-7000-8000-000000000001"


def beat(number: int = 1, *, epoch: int = 1, link: str = "connected") -> Heartbeat:
    seen = TerminalSeen(terminal="T1", link=link, screen="home")
    return Heartbeat(epoch=epoch, number=number, at=AT, terminals=(seen,))


def shown(sequence: int, name: str = "read_card") -> ScreenShown:
    return ScreenShown(
        terminal="T1",
        operation_id=OPERATION,
        sequence=sequence,
        phase=Phase.AWAITING_CUSTOMER,
        screen=Screen(name=name),
        at=AT,
    )


def test_a_terminal_that_was_never_heard_is_unknown() -> None:
    assert Live().sight("C", "S", "T1").link == "unknown"


def test_a_heartbeat_tells_only_what_changed() -> None:
    live = Live()
    assert [seen.terminal for seen in live.on_heartbeat("C", "S", beat(1), 0.0)] == ["T1"]
    assert live.on_heartbeat("C", "S", beat(2), 1.0) == []
    assert live.on_heartbeat("C", "S", beat(3, link="disconnected"), 2.0)
    assert live.sight("C", "S", "T1").link == "disconnected"


def test_a_store_that_falls_silent_leaves_its_terminals_unknown_once() -> None:
    live = Live()
    live.on_heartbeat("C", "S", beat(1), 10.0)
    live.on_screen("C", "S", shown(1))
    assert live.lapse(13.0) == []
    assert live.present("C", "S", 13.0)
    assert live.lapse(14.0) == [("C", "S", "T1")]
    assert live.lapse(15.0) == []
    assert live.sight("C", "S", "T1").link == "unknown"
    assert live.sight("C", "S", "T1").seen_at == AT
    assert live.shown("C", "S", "T1") is None
    assert not live.present("C", "S", 15.0)


def test_a_store_that_comes_back_is_told_again() -> None:
    live = Live()
    live.on_heartbeat("C", "S", beat(1), 10.0)
    live.lapse(20.0)
    assert live.on_heartbeat("C", "S", beat(2), 21.0)
    assert live.present("C", "S", 21.0)


def test_an_older_screen_is_ignored() -> None:
    live = Live()
    assert live.on_screen("C", "S", shown(2, "pin"))
    assert not live.on_screen("C", "S", shown(1, "read_card"))
    assert not live.on_screen("C", "S", shown(2, "pin"))
    assert live.sight("C", "S", "T1").screen == "pin"


def test_a_new_gateway_counts_its_screens_from_the_start() -> None:
    live = Live()
    live.on_heartbeat("C", "S", beat(1, epoch=1), 0.0)
    live.on_screen("C", "S", shown(50, "pin"))
    live.on_heartbeat("C", "S", beat(1, epoch=2), 1.0)
    assert live.on_screen("C", "S", shown(1, "home"))


def test_a_gateway_back_from_the_dead_is_not_heard() -> None:
    live = Live()
    live.on_heartbeat("C", "S", beat(1, epoch=2), 0.0)
    assert live.on_heartbeat("C", "S", beat(9, epoch=1, link="disconnected"), 1.0) == []
    assert live.sight("C", "S", "T1").link == "connected"


def test_the_same_terminal_code_in_another_store_is_another_terminal() -> None:
    live = Live()
    live.on_screen("C", "S1", shown(1))
    assert live.sight("C", "S2", "T1").link == "unknown"
    assert live.sight("D", "S1", "T1").link == "unknown"


def test_an_operations_screen_is_found_by_its_id() -> None:
    live = Live()
    live.on_screen("C", "S", shown(1, "pin"))
    screen = live.screen_of(OPERATION)
    assert screen is not None
    assert screen.name == "pin"
    assert live.screen_of("00000000-0000-7000-8000-000000000002") is None


def asked(seconds: int, count: int = 1, operation: str = OPERATION) -> DoubtAsked:
    at = AT + timedelta(seconds=seconds)
    return DoubtAsked(operation_id=operation, sale=operation, asked=count, at=at, answer="working")


def test_a_doubt_is_known_by_the_last_question_about_it() -> None:
    live = Live()
    assert live.on_doubt(asked(2, 7))
    assert not live.on_doubt(asked(1, 6))
    assert live.doubt_of(OPERATION) == asked(2, 7)
    # Another process goes on asking, and counts from its own start.
    assert live.on_doubt(asked(3, 1))
    assert live.doubt_of(OPERATION) == asked(3, 1)


def test_only_so_many_doubts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("front.live.DOUBTS_MAX", 2)
    live = Live()
    operations = [f"00000000-0000-7000-8000-{number:012x}" for number in range(3)]
    for operation in operations:
        live.on_doubt(asked(1, operation=operation))
    assert [live.doubt_of(operation) is not None for operation in operations] == [
        False,
        True,
        True,
    ]


def seat(minutes: int, page: str, store: str = "S") -> SeatView:
    since = AT + timedelta(minutes=minutes)
    return SeatView(store=store, register="R1", page=page, operator="cashier", since=since)


def test_a_seat_that_was_taken_meanwhile_is_not_told_any_more() -> None:
    live = Live()
    assert live.on_seat("C", seat(1, "page-one"))
    assert live.on_seat("C", seat(2, "page-two"))
    assert not live.on_seat("C", seat(1, "page-one"))
    assert live.on_seat("D", seat(1, "page-one"))
    assert live.on_seat("C", seat(1, "page-one", store="S2"))


def test_a_terminal_put_in_the_place_of_another_is_seen_although_it_counts_from_the_start() -> None:
    live = Live()
    live.on_screen("C", "S", shown(500))
    later = msgspec.structs.replace(shown(1, "amount"), at=AT + timedelta(seconds=9))
    assert live.on_screen("C", "S", later)
    assert live.sight("C", "S", "T1").screen == "amount"
    assert not live.on_screen("C", "S", shown(1))
