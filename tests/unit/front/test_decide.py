"""The rules of the door."""

from datetime import UTC, datetime

import msgspec
import pytest

from contracts.envelope import Role
from contracts.operations import Abilities, TerminalStatus
from contracts.stores import RegisterEntry, StoreConfiguration, StoreSettings, TerminalEntry
from front import decide
from front.live import Sight
from front.model import Refused
from front.routes import ROUTES

AT = datetime(2026, 11, 20, tzinfo=UTC)
ENTRY = TerminalEntry(
    terminal="T1", model="CT-6100", serial="X1", host="h", port=1, paired_register="R1"
)
STORE = StoreConfiguration(
    company="C",
    store="S",
    name="s",
    version=1,
    terminal_option=True,
    registers=(RegisterEntry(register="R1", name="1"), RegisterEntry(register="R2", name="2")),
    terminals=(ENTRY,),
    settings=StoreSettings(),
)


def status(link: str, round_trip_ms: float | None = None) -> TerminalStatus:
    return TerminalStatus(
        terminal="T1",
        serial="X1",
        model="CT-6100",
        paired_register="R1",
        link=link,
        screen="home",
        terminal_business_date="2026-11-20",
        last_seen_at=AT,
        operation_id=None,
        round_trip_ms=round_trip_ms,
    )


def test_a_check_that_came_back_says_how_fast() -> None:
    view = decide.check_view(status("connected", 1.5))
    assert (view.connected, view.round_trip_ms, view.advice) == (True, 1.5, ())


@pytest.mark.parametrize("told", [None, status("disconnected"), status("connected")])
def test_a_check_that_failed_advises_in_the_manuals_order(told: TerminalStatus | None) -> None:
    view = decide.check_view(told)
    assert not view.connected
    assert [step.code for step in view.advice] == ["check_again", "power_cycle"]


def test_without_the_gateway_a_terminal_is_unknown_but_was_seen() -> None:
    sight = Sight(link="connected", screen="home", seen_at=AT)
    view = decide.terminal_view(ENTRY, sight, None)
    assert (view.link, view.screen, view.last_seen_at) == ("unknown", None, AT)
    assert (view.model, view.paired_register) == ("CT-6100", "R1")


def test_a_disconnected_terminal_shows_no_screen() -> None:
    assert decide.terminal_view(ENTRY, Sight(), status("disconnected")).screen is None
    assert decide.terminal_view(ENTRY, Sight(), status("connected")).screen == "home"


def test_what_a_link_can_do_is_told_while_its_gateway_answers() -> None:
    guided = msgspec.structs.replace(status("connected"), abilities=Abilities(abort=False))
    assert decide.terminal_view(ENTRY, Sight(), guided).abilities == Abilities(abort=False)
    assert decide.terminal_view(ENTRY, Sight(), None).abilities is None


def test_a_register_without_a_terminal_holds_none_and_an_unknown_one_is_refused() -> None:
    assert decide.terminals_held(STORE, "R1") == ("T1",)
    assert decide.terminals_held(STORE, "R2") == ()
    with pytest.raises(Refused, match="unknown_register"):
        decide.terminals_held(STORE, "R9")
    with pytest.raises(Refused, match="unknown_terminal"):
        decide.terminal_of(STORE, "T9")


def test_a_person_of_one_store_has_no_business_in_another() -> None:
    decide.permit_store((), "S2")
    decide.permit_store(("S1", "S2"), "S2")
    with pytest.raises(Refused, match="not_permitted"):
        decide.permit_store(("S1",), "S2")


def test_who_only_reads_changes_nothing() -> None:
    for route in ROUTES:
        if route.roles is not None and route.command is not None and route.method != "GET":
            assert not route.roles & {Role.AUDITOR, Role.PARTNER}
