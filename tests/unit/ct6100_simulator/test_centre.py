from datetime import UTC, datetime

import pytest
from msgspec import structs

from ct6100.effects import CallCentre
from ct6100.records import Kind
from ct6100_simulator import centre
from ct6100_simulator.faults import Faults, arm
from ct6100_simulator.model import Booking, SetFault

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


def book(call: CallCentre, faults: Faults = CALM, serial: str = SERIAL) -> Booking:
    return centre.book(call, faults, serial, NOW)[0]


def test_the_sample_card_gets_the_codes_of_the_sample_slips() -> None:
    sale = book(call())
    void = book(call(kind=Kind.VOID))
    assert (sale.outcome, sale.approval_code, sale.processing_number, sale.arc) == (
        "approved",
        "000000",
        "",
        "Y1",
    )
    assert (void.approval_code, void.processing_number, void.arc) == ("949477", "949477", "")


@pytest.mark.parametrize("outcome", ["approved", "declined", "incomplete"])
def test_what_was_presented_decides(outcome: str) -> None:
    booking = book(call(media="emoney", brand="iD", outcome=outcome))
    assert booking.outcome == outcome


def test_a_decline_that_was_armed_wins_and_names_its_reason() -> None:
    faults = arm(CALM, SetFault(fault="decline", code="G12"))
    booking = book(call(), faults)
    assert (booking.outcome, booking.reason) == ("declined", "G12")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (SetFault(fault="decline", code="G12"), "decline"),
        (SetFault(fault="incomplete", brand="WAON"), "incomplete"),
        (SetFault(fault="incomplete", brand="iD"), None),
    ],
)
def test_the_fault_that_decided_is_named_and_one_that_did_not_is_not(
    asked: SetFault, fault: str | None
) -> None:
    touch = call(media="emoney", brand="WAON")
    assert centre.book(touch, arm(CALM, asked), SERIAL, NOW)[1] == fault


@pytest.mark.parametrize(
    ("brand", "told", "shows"),
    [
        ("WAON", None, "approved"),
        ("楽天Edy", None, "approved"),
        ("交通系", None, "approved"),
        ("nanaco", None, "approved"),
        ("iD", None, "declined"),
        ("QUICPay", None, "declined"),
        ("nanaco", "declined", "declined"),
        ("iD", "approved", "approved"),
    ],
)
def test_a_touch_that_broke_off_is_incomplete_until_its_card_shows_what_it_came_to(
    brand: str, told: str | None, shows: str
) -> None:
    touch = call(media="emoney", brand=brand)
    booking = book(touch, arm(CALM, SetFault(fault="incomplete", outcome=told)))
    for asked, outcome in (
        (touch, "incomplete"),
        (structs.replace(touch, inquiry=True), "incomplete"),
        (structs.replace(touch, inquiry=True, touched_again=True), shows),
    ):
        answer = centre.answer(asked, booking)
        assert (answer.outcome, answer.touched_again) == (outcome, asked.touched_again)


def test_a_card_says_nothing_of_a_touch_that_did_not_break_off() -> None:
    again = structs.replace(call(media="emoney", brand="iD"), inquiry=True, touched_again=True)
    assert centre.answer(again, book(call(media="emoney", brand="iD"))).outcome == "approved"
    assert centre.answer(again, None).outcome == "unknown"


def test_an_order_number_is_digits_and_differs_by_terminal_and_number() -> None:
    numbers = [
        book(call(media="code", brand="PayPay", number=n), serial=serial).order_number
        for serial in (SERIAL, "CT6100-S001-T2")
        for n in (1, 2)
    ]
    assert len(set(numbers)) == 4
    assert all(number is not None and number.isdigit() for number in numbers)


def test_an_inquiry_about_an_unknown_number_says_so() -> None:
    answer = centre.answer(call(number=7), None)
    assert (answer.number, answer.outcome) == (7, "unknown")


def test_an_answer_repeats_the_booking() -> None:
    booking = book(call())
    assert centre.answer(call(), booking).approval_code == booking.approval_code


def test_a_slow_centre_takes_its_time() -> None:
    slow = arm(CALM, SetFault(fault="slow_centre", seconds=8))
    assert centre.latency_s(slow, 0.15) == 8
    assert centre.latency_s(CALM, 0.15) == 0.15
