"""機器一覧: what is amiss with a box, and how boxes are found."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from contracts.operations import PRESENCE_LAPSES_S, Heartbeat, TerminalSeen
from contracts.stores import (
    RegisterEntry,
    StoreConfiguration,
    StoreSettings,
    TerminalEntry,
)
from front import fleet
from front.fleet import FleetBox, FleetQuery
from front.live import Live

AT: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def a_store(store: str = "S001", *, option: bool = True, version: int = 7) -> StoreConfiguration:
    return StoreConfiguration(
        company="DEMO",
        store=store,
        name=f"店 {store}",
        version=version,
        terminal_option=option,
        registers=(RegisterEntry(register="R1", name="レジ1"),),
        terminals=(
            TerminalEntry(
                terminal="T1",
                model="CT-6100",
                serial=f"CT6100-{store}-T1",
                host="127.0.0.1",
                port=9000,
                paired_register="R1",
            ),
        ),
        settings=StoreSettings(),
    )


def hear(live: Live, store: str = "S001", *, ahead_s: float = 0.0, **more: Any) -> None:
    seen = TerminalSeen(
        terminal="T1",
        link=more.pop("link", "connected"),
        screen="home",
        in_doubt=more.pop("in_doubt", 0),
    )
    usual: dict[str, Any] = {"epoch": 1, "number": 1, "version": "0.4.0", "configuration": 7}
    beat = Heartbeat(at=AT + timedelta(seconds=ahead_s), terminals=(seen,), **(usual | more))
    live.on_heartbeat("DEMO", store, beat, 100.0)
    live.on_box("DEMO", store, beat, AT)


def the_box(live: Live, *, now_s: float = 101.0, option: bool = True, version: int = 7) -> FleetBox:
    store = a_store(option=option, version=version)
    return fleet.view((store,), live, now_s, FleetQuery()).boxes[0]


def test_a_box_that_beats_is_well() -> None:
    live = Live()
    hear(live)
    box = the_box(live)
    assert box.troubles == ()
    assert (box.present, box.version, box.configuration, box.clock_skew_ms) == (True, "0.4.0", 7, 0)
    assert (box.terminals[0].link, box.terminals[0].screen) == ("connected", "home")


@pytest.mark.parametrize(
    ("heard", "trouble"),
    [
        ({"link": "disconnected"}, "terminal_away"),
        ({"in_doubt": 2}, "in_doubt"),
        ({"configuration": 6}, "behind"),
        ({"ahead_s": 2.5}, "clock"),
        ({"ahead_s": -2.5}, "clock"),
    ],
)
def test_what_is_amiss_is_named(heard: dict[str, Any], trouble: str) -> None:
    live = Live()
    hear(live, **heard)
    assert the_box(live).troubles == (trouble,)


def test_a_silent_box_is_away_and_its_terminals_are_unknown_but_its_doubts_remain() -> None:
    live = Live()
    hear(live, in_doubt=1)
    box = the_box(live, now_s=100.0 + PRESENCE_LAPSES_S + 1)
    assert box.troubles == ("away", "in_doubt")
    assert (box.terminals[0].link, box.terminals[0].screen) == ("unknown", None)
    assert (box.last_seen_at, box.in_doubt) == (AT, 1)


def test_a_store_without_the_option_misses_no_box() -> None:
    assert the_box(Live(), option=False).troubles == ()
    assert the_box(Live()).troubles == ("never_seen",)


def test_a_box_that_was_replaced_says_nothing_any_more() -> None:
    live = Live()
    hear(live, epoch=2)
    hear(live, epoch=1, version="0.1.0")
    assert the_box(live).version == "0.4.0"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (FleetQuery(), ["S001", "S002", "S003"]),
        (FleetQuery(text="s002-t1"), ["S002"]),
        (FleetQuery(text="店 S003"), ["S003"]),
        (FleetQuery(trouble="any"), ["S002", "S003"]),
        (FleetQuery(trouble="in_doubt"), ["S002"]),
        (FleetQuery(trouble="never_seen", text="S00"), ["S003"]),
        (FleetQuery(trouble="clock"), []),
    ],
)
def test_boxes_are_found_by_text_and_by_what_is_amiss(query: FleetQuery, found: list[str]) -> None:
    live = Live()
    hear(live)
    hear(live, "S002", in_doubt=1)
    stores = tuple(a_store(f"S00{number}") for number in (1, 2, 3))
    view = fleet.view(stores, live, 101.0, query)
    assert [one.store for one in view.boxes] == found
    assert view.stores == 3
