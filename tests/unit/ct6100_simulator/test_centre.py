from datetime import UTC, datetime

import pytest

from ct6100.effects import CallCentre
from ct6100.records import Kind
from ct6100_simulator import centre
from ct6100_simulator.faults import Faults, arm
from ct6100_simulator.model import SetFault

NOW = datetime(2026, 5, 25, 6, 45, 5, tzinfo=UTC)
SERIAL = "CT6100-S001-T1"
CALM = Faults()


def call(
    media: str = "card",
    brand: str = "AMEX",
    outcome: str = "approved",
    number: int = 1,
    kind: Kind = Kind.PAYMENT,
) -> CallCentre:
    return CallCentre(
        number=number,
        inquiry=False,
        kind=kind,
        amount=165,
        media=media,
        brand=brand,
        outcome=outcome,
    )


def test_the_sample_card_gets_the_codes_of_the_sample_slips() -> None:
    sale = centre.book(call(), CALM, SERIAL, NOW)
    void = centre.book(call(kind=Kind.VOID), CALM, SERIAL, NOW)
    assert (sale.outcome, sale.approval_code, sale.processing_number, sale.arc) == (
        "approved",
        "000000",
        "",
        "Y1",
    )
    assert (void.approval_code, void.processing_number, void.arc) == ("949477", "949477", "")


@pytest.mark.parametrize("outcome", ["approved", "declined", "incomplete"])
def test_what_was_presented_decides(outcome: str) -> None:
    booking = centre.book(call(media="emoney", brand="iD", outcome=outcome), CALM, SERIAL, NOW)
    assert booking.outcome == outcome


def test_a_decline_that_was_armed_wins_and_names_its_reason() -> None:
    faults = arm(CALM, SetFault(fault="decline", code="G12"))
    booking = centre.book(call(), faults, SERIAL, NOW)
    assert (booking.outcome, booking.reason) == ("declined", "G12")


def test_an_order_number_is_digits_and_differs_by_terminal_and_number() -> None:
    numbers = [
        centre.book(call(media="code", brand="PayPay", number=n), CALM, serial, NOW).order_number
        for serial in (SERIAL, "CT6100-S001-T2")
        for n in (1, 2)
    ]
    assert len(set(numbers)) == 4
    assert all(number is not None and number.isdigit() for number in numbers)


def test_an_inquiry_about_an_unknown_number_says_so() -> None:
    answer = centre.answer(call(number=7), None)
    assert (answer.number, answer.outcome) == (7, "unknown")


def test_an_answer_repeats_the_booking() -> None:
    booking = centre.book(call(), CALM, SERIAL, NOW)
    assert centre.answer(call(), booking).approval_code == booking.approval_code


def test_a_slow_centre_takes_its_time() -> None:
    slow = arm(CALM, SetFault(fault="slow_centre", seconds=8))
    assert centre.latency_s(slow, 0.15) == 8
    assert centre.latency_s(CALM, 0.15) == 0.15
