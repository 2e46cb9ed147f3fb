import pytest

from ct6100.messages import Result, Started
from testkit.http import TerminalClient, until
from testkit.simulator_process import TO_THE_READER, SimulatorProcess, connected


def test_a_card_is_paid_by_hand_and_both_sides_say_so(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    with connected(simulator) as box:
        operation = box.pay(12_650)
        box.until(Started)
        for key in TO_THE_READER:
            terminal.press(key)
        terminal.present("card", brand="VISA", entry="ic")
        terminal.enter("1234")
        terminal.press("セット")
        result = box.until(Result)
        terminal.until_screen("approved", "home")
    assert (result.outcome, result.amount, result.brand) == ("approved", 12_650, "VISA")
    assert result.operation_id == operation
    entry = terminal.journal()[0]
    assert (entry["state"], entry["amount"], entry["slip_number"]) == (
        "approved",
        12_650,
        result.slip_number,
    )


@pytest.mark.parametrize(
    ("media", "brand"), [("card", "AMEX"), ("emoney", "QUICPay"), ("code", "PayPay")]
)
def test_a_customer_who_always_pays_needs_nobody(
    simulator: SimulatorProcess, terminal: TerminalClient, media: str, brand: str
) -> None:
    terminal.autopilot(on=True, media=media, brand=brand, think_ms=0)
    with connected(simulator) as box:
        for count in (1, 2, 3):
            box.pay(100 + count)
            result = box.until(Result, count)
            assert (result.outcome, result.amount, result.media) == (
                "approved",
                100 + count,
                media,
            )
            assert (result.order_number is not None) == (media == "code")


def test_one_who_thinks_still_pays(simulator: SimulatorProcess, terminal: TerminalClient) -> None:
    terminal.autopilot(on=True, think_ms=20)
    with connected(simulator) as box:
        box.pay()
        assert box.until(Result).outcome == "approved"


def test_a_card_that_is_declined_is_declined(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    with connected(simulator) as box:
        box.pay()
        box.until(Started)
        for key in TO_THE_READER:
            terminal.press(key)
        terminal.present("card", brand="VISA", entry="contactless", outcome="declined")
        assert box.until(Result).reason == "card_declined"
        terminal.press("確認")
        assert terminal.screen()["name"] == "home"


def test_slips_hang_at_the_mouth_until_they_are_torn_off(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    terminal.autopilot(on=True, think_ms=0)
    with connected(simulator) as box:
        box.pay()
        box.until(Result)
    assert terminal.send("POST", f"/api/terminals/{terminal.serial}/tear", {}).status == 200


def test_the_day_is_closed_by_hand_only_at_home(
    simulator: SimulatorProcess, terminal: TerminalClient
) -> None:
    path = f"/api/terminals/{terminal.serial}/close_day"
    with connected(simulator) as box:
        box.pay()
        box.until(Started)
        refused = terminal.send("POST", path)
        assert (refused.status, refused.body["code"]) == (409, "not_taken")
        terminal.press("リセット")
        before = simulator.view()["business_date"]
        assert terminal.send("POST", path).body["business_date"] > before
    until(lambda: simulator.view()["link"] == "disconnected", "the box to be gone")
