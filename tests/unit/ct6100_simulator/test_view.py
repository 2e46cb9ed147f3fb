import pytest

from ct6100.records import Abilities, Phase
from ct6100.screens import Glass, ScreenName, render
from ct6100_simulator.faults import Faults, arm
from ct6100_simulator.model import Autopilot, Place, SetFault
from ct6100_simulator.view import HINTS, TerminalView, terminal_view

PLACE = Place(company="DEMO", store="S001", terminal="T1", serial="CT6100-S001-T1")


def view(name: ScreenName, *, powered: bool = True, faults: Faults | None = None) -> TerminalView:
    return terminal_view(
        PLACE,
        address="127.0.0.1:9600",
        powered=powered,
        connected=True,
        screen=render(name, Glass(amount=165)),
        phase=Phase.IDLE,
        operation_id=None,
        business_date="2026-05-25",
        abilities=Abilities(),
        faults=faults or Faults(),
        autopilot=Autopilot(on=False),
    )


@pytest.mark.parametrize("name", list(ScreenName))
def test_every_screen_has_a_hint(name: ScreenName) -> None:
    assert view(name).hint in HINTS


@pytest.mark.parametrize(
    ("name", "places"),
    [
        (ScreenName.READ_CARD, ("ic", "contactless", "magnetic")),
        (ScreenName.TOUCH_EMONEY, ("contactless",)),
        (ScreenName.READ_CODE, ("code",)),
        (ScreenName.HOME, ()),
    ],
)
def test_only_the_readers_that_wait_are_lit(name: ScreenName, places: tuple[str, ...]) -> None:
    assert view(name).places == places


def test_digits_are_typed_for_the_pin_only() -> None:
    assert [name for name in ScreenName if view(name).digits] == [ScreenName.ENTER_PIN]


def test_power_and_armed_faults_are_told() -> None:
    asked = SetFault(fault="slow_centre", seconds=3)
    shown = view(ScreenName.OFF, powered=False, faults=arm(Faults(), asked))
    assert (shown.power, shown.faults) == ("off", (asked,))
