import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.identifiers import ID_PATTERN
from ct6100.effects import CallCentre
from ct6100.messages import LinkMessage, Pong, Result
from ct6100.records import Kind, Outcome
from ct6100_simulator.faults import (
    REBOOT_S,
    AtScreen,
    Faults,
    arm,
    breaks_off,
    deliver,
    disarm,
    forgot_held,
    freezes_now,
    hardware,
    released,
    seen,
    struck,
)
from ct6100_simulator.model import SetFault

CALM = Faults()
OURS = "019a9fd1-0000-7000-8000-000000000001"
NO_TIME = timedelta()


def result(number: int) -> Result:
    return Result(
        number=number,
        slip_number="00119",
        terminal_business_date="2026-05-25",
        kind=Kind.PAYMENT,
        outcome=Outcome.APPROVED,
        amount=165,
        at=datetime(2026, 5, 25, tzinfo=UTC),
        operation_id=OURS,
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
    assert [(each.delay_s, each.releases) for each in deliveries] == [(10, (1, "approved"))]
    assert sent(faults, result(1))[1] == []
    assert sent(released(faults, (1, "approved")), result(1))[1] == [result(1)]
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


def test_a_fault_is_taken_away_however_often_it_would_still_have_struck() -> None:
    faults = arm(arm(CALM, SetFault(fault="answer_twice", times=9)), SetFault(fault="paper_out"))
    assert [each.spec.name for each in disarm(faults, "answer_twice").armed] == ["paper_out"]


# --- results that lie ---


def test_a_wrong_amount_is_told_by_this_result_and_its_repeats_and_by_no_other() -> None:
    faults, (lie,) = sent(arm(CALM, SetFault(fault="wrong_amount", amount=999)), result(1))
    assert lie == structs.replace(result(1), amount=999)
    assert faults.armed == ()
    assert sent(faults, result(1))[1] == [lie]
    assert sent(faults, result(2))[1] == [result(2)]
    assert not faults.quiet


def test_an_amount_that_is_right_by_chance_is_no_lie_and_the_fault_stays_armed() -> None:
    armed = arm(CALM, SetFault(fault="wrong_amount", amount=165))
    assert sent(armed, result(1)) == (armed, [result(1)])


def test_a_foreign_operation_is_nobodys_unless_it_is_told_whose() -> None:
    faults, (lie,) = sent(arm(CALM, SetFault(fault="foreign_operation")), result(7))
    assert isinstance(lie, Result)
    assert re.fullmatch(ID_PATTERN, lie.operation_id or "")
    assert lie == structs.replace(result(7), operation_id=lie.operation_id)
    assert sent(faults, result(7))[1] == [lie]
    armed = arm(CALM, SetFault(fault="foreign_operation", operation_id="op-4"))
    (told,) = sent(armed, result(8))[1]
    assert told == structs.replace(result(8), operation_id="op-4")


def test_two_results_with_nobodys_operation_are_two_operations() -> None:
    armed = arm(CALM, SetFault(fault="foreign_operation", times=2))
    faults, (first,) = sent(armed, result(1))
    _, (second,) = sent(faults, result(2))
    assert first != structs.replace(result(1), operation_id=OURS)
    assert getattr(first, "operation_id", "") != getattr(second, "operation_id", "")


def test_without_an_echo_there_is_no_operation_to_lie_about() -> None:
    armed = arm(CALM, SetFault(fault="foreign_operation"))
    silent = structs.replace(result(1), operation_id=None)
    assert sent(armed, silent) == (armed, [silent])


def test_a_result_can_lie_about_both_and_come_late_and_only_then() -> None:
    faults = CALM
    for asked in (
        SetFault(fault="wrong_amount", amount=1),
        SetFault(fault="foreign_operation", operation_id="op-4"),
        SetFault(fault="answer_late", seconds=5),
    ):
        faults = arm(faults, asked)
    faults, (delivery,) = deliver(faults, result(1))
    lie = structs.replace(result(1), amount=1, operation_id="op-4")
    assert (delivery.message, delivery.delay_s) == (lie, 5)
    assert faults.armed == ()


def test_what_an_incomplete_came_to_is_another_result_and_true() -> None:
    faults, _ = sent(
        arm(CALM, SetFault(fault="answer_lost")),
        structs.replace(result(1), outcome=Outcome.INCOMPLETE),
    )
    assert sent(faults, result(1))[1] == [result(1)]


# --- as a screen appears, as the centre is called ---


@pytest.mark.parametrize(
    ("asked", "strike"),
    [
        (SetFault(fault="link_drop_at", screen="centre"), AtScreen(drops_link=True)),
        (SetFault(fault="freeze", screen="centre"), AtScreen(freezes=True)),
        (SetFault(fault="reboot_at", screen="centre"), AtScreen(reboot_s=REBOOT_S)),
        (SetFault(fault="reboot_at", screen="centre", seconds=0), AtScreen(reboot_s=0)),
    ],
)
def test_what_waits_for_a_screen_strikes_on_it_once(asked: SetFault, strike: AtScreen) -> None:
    armed = arm(CALM, asked)
    assert seen(armed, "read_card") == (armed, AtScreen())
    left, struck_now = seen(armed, "centre")
    assert struck_now == strike
    assert left.armed == ()


def test_a_freeze_without_a_screen_waits_for_none() -> None:
    armed = arm(CALM, SetFault(fault="freeze"))
    assert freezes_now(armed)
    assert seen(armed, "centre") == (armed, AtScreen())
    assert not freezes_now(arm(CALM, SetFault(fault="freeze", screen="centre")))
    assert not freezes_now(CALM)


def test_a_calm_device_has_paper_the_right_time_and_whole_frames() -> None:
    state = hardware(CALM)
    assert (state.split, state.nak_every, state.paper, state.skew) == (None, None, True, NO_TIME)


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        (SetFault(fault="answer_split", bytes=3), {"split": 3}),
        (SetFault(fault="nak_every", n=4), {"nak_every": 4}),
        (SetFault(fault="paper_out"), {"paper": False}),
        (SetFault(fault="clock_skew", seconds=-90), {"skew": timedelta(seconds=-90)}),
    ],
)
def test_some_faults_are_a_state_for_as_long_as_they_are_armed(
    asked: SetFault, state: dict[str, object]
) -> None:
    armed = arm(CALM, asked)
    assert structs.asdict(hardware(armed)) == structs.asdict(hardware(CALM)) | state
    assert struck(armed, asked.fault) == armed
    assert hardware(disarm(armed, asked.fault)) == hardware(CALM)


def touch(media: str, brand: str) -> CallCentre:
    return CallCentre(
        number=1,
        inquiry=False,
        kind=Kind.PAYMENT,
        amount=165,
        media=media,
        brand=brand,
        outcome="approved",
    )


@pytest.mark.parametrize(
    ("brand", "media", "touched", "breaks"),
    [
        (None, "emoney", "WAON", "yes"),
        (None, "emoney", "iD", "yes"),
        ("WAON", "emoney", "WAON", "yes"),
        ("WAON", "emoney", "iD", "no"),
        (None, "card", "VISA", "no"),
        (None, "code", "PayPay", "no"),
    ],
)
def test_a_touch_of_that_brand_breaks_off_or_of_any(
    brand: str | None, media: str, touched: str, breaks: str
) -> None:
    armed = arm(CALM, SetFault(fault="incomplete", brand=brand))
    assert (breaks_off(armed, touch(media, touched)) is not None) is (breaks == "yes")
    assert breaks_off(CALM, touch(media, touched)) is None
