import pytest

from ct6100.glass import AMOUNTS, Glass, render
from ct6100.records import Abilities, Phase
from ct6100.screens import ScreenName
from ct6100_simulator.faults import Faults, arm
from ct6100_simulator.model import Autopilot, Place, SetFault
from ct6100_simulator.view import HINTS, TerminalView, terminal_view

PLACE = Place(company="DEMO", store="S001", terminal="T1", serial="CT6100-S001-T1")


def view(
    name: ScreenName,
    *,
    powered: bool = True,
    faults: Faults | None = None,
    by_hand: bool = False,
) -> TerminalView:
    return terminal_view(
        PLACE,
        address="127.0.0.1:9600",
        powered=powered,
        connected=True,
        screen=render(name, Glass(amount=165, by_hand=by_hand)),
        phase=Phase.IDLE,
        operation_id=None,
        business_date="2026-05-25",
        abilities=Abilities(),
        faults=faults or Faults(),
        autopilot=Autopilot(on=False),
        incomplete=(),
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
        (ScreenName.REFUND_READ_CARD, ("ic", "contactless", "magnetic")),
        (ScreenName.REFUND_TOUCH_EMONEY, ("contactless",)),
        (ScreenName.REFUND_READ_CODE, ()),
        (ScreenName.HOME, ()),
    ],
)
def test_only_the_readers_that_wait_are_lit(name: ScreenName, places: tuple[str, ...]) -> None:
    assert view(name).places == places


def test_digits_are_typed_where_the_glass_takes_some() -> None:
    typed = ("enter_pin", "refund_card_slip", "refund_emoney_slip", "refund_code_order")
    assert [name for name in ScreenName if view(name).digits] == list(typed)
    by_hand = [name for name in ScreenName if view(name, by_hand=True).digits]
    assert {*by_hand} - {*typed} == AMOUNTS


def test_power_and_armed_faults_are_told() -> None:
    asked = SetFault(fault="slow_centre", seconds=3)
    shown = view(ScreenName.OFF, powered=False, faults=arm(Faults(), asked))
    assert (shown.power, shown.faults) == ("off", (asked,))
