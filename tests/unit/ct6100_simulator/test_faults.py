from datetime import UTC, datetime

import pytest

from ct6100.messages import LinkMessage, Pong, Result
from ct6100.records import Kind, Outcome
from ct6100_simulator.errors import FaultParameterError, UnknownFaultError
from ct6100_simulator.faults import (
    FAULTS,
    Faults,
    arm,
    deliver,
    forgot_held,
    released,
    struck,
)
from ct6100_simulator.model import SetFault

CALM = Faults()


def result(number: int) -> Result:
    return Result(
        number=number,
        slip_number="00119",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=165,
        at=datetime(2026, 5, 25, tzinfo=UTC),
    )


def sent(faults: Faults, message: LinkMessage) -> tuple[Faults, list[LinkMessage]]:
    left, deliveries = deliver(faults, message)
    return left, [delivery.message for delivery in deliveries]


def test_without_faults_all_leaves_as_it_is() -> None:
    assert sent(CALM, result(1)) == (CALM, [result(1)])
    assert sent(CALM, Pong(request=1)) == (CALM, [Pong(request=1)])


def test_a_lost_result_stays_lost_however_often_it_is_repeated_but_the_next_arrives() -> None:
    faults, messages = sent(arm(CALM, SetFault(fault="answer_lost")), result(1))
    assert messages == []
    assert sent(faults, result(1))[1] == []
    assert sent(faults, result(2))[1] == [result(2)]


def test_a_fault_about_results_leaves_other_messages_alone() -> None:
    faults = arm(CALM, SetFault(fault="answer_lost"))
    assert sent(faults, Pong(request=1)) == (faults, [Pong(request=1)])


def test_a_late_result_is_held_with_its_repeats_until_its_time() -> None:
    faults, deliveries = deliver(arm(CALM, SetFault(fault="answer_late", seconds=10)), result(1))
    assert [(each.delay_s, each.releases) for each in deliveries] == [(10, 1)]
    assert sent(faults, result(1))[1] == []
    assert sent(released(faults, 1), result(1))[1] == [result(1)]
    assert sent(forgot_held(faults), result(1))[1] == [result(1)]


def test_a_doubled_result_is_doubled_once() -> None:
    faults, messages = sent(arm(CALM, SetFault(fault="answer_twice")), result(1))
    assert messages == [result(1)] * 2
    assert sent(faults, result(1))[1] == [result(1)]


def test_a_fault_strikes_as_often_as_it_was_told() -> None:
    faults = arm(CALM, SetFault(fault="answer_lost", times=2))
    for number in (1, 2):
        faults, messages = sent(faults, result(number))
        assert messages == []
    assert sent(faults, result(3))[1] == [result(3)]


def test_one_without_a_limit_stays_armed() -> None:
    faults = arm(CALM, SetFault(fault="slow_centre", seconds=1))
    assert struck(faults, "slow_centre") == faults


def test_a_fault_of_one_screen_is_found_on_that_screen_only() -> None:
    faults = arm(CALM, SetFault(fault="link_drop_at", screen="centre"))
    assert faults.find("link_drop_at", "centre") is not None
    assert faults.find("link_drop_at", "home") is None


def test_the_same_fault_again_takes_the_place_of_the_first() -> None:
    faults = arm(CALM, SetFault(fault="slow_centre", seconds=1))
    faults = arm(faults, SetFault(fault="slow_centre", seconds=2))
    assert [fault.asked.seconds for fault in faults.armed] == [2]


def test_an_unknown_fault_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UnknownFaultError) as caught:
        arm(CALM, SetFault(fault="paper_jam"))
    assert caught.value.known == tuple(FAULTS)


@pytest.mark.parametrize(
    ("fault", "parameter"),
    [(spec.name, each.name) for spec in FAULTS.values() for each in spec.parameters],
)
def test_a_parameter_that_is_needed_is_asked_for(fault: str, parameter: str) -> None:
    with pytest.raises(FaultParameterError) as caught:
        arm(CALM, SetFault(fault=fault))
    assert caught.value.parameter == parameter
