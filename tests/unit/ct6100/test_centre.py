from ct6100.effects import Keep
from ct6100.messages import (
    Result,
    ResultStored,
)
from ct6100.records import EntryState, Outcome, Phase
from ct6100.stimuli import CentreAnswered
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench


def test_the_pending_entry_is_kept_before_the_centre_is_asked() -> None:
    bench = TerminalBench().on()
    bench.start()
    bench.press(*TO_THE_READER)
    effects = bench.do(AMEX)
    assert isinstance(effects[0], Keep)
    assert effects[0].entry is not None
    assert effects[0].entry.state is EntryState.PENDING
    assert effects[1] in bench.asked()


def test_a_declined_card_is_shown_with_its_reason_until_somebody_confirms() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("declined")
    result = bench.told(Result)[0]
    assert (result.outcome, result.reason, result.slip) == (Outcome.DECLINED, "G12", None)
    assert bench.screen == "declined"
    assert "理由 G12" in bench.terminal.screen.lines
    assert bench.printed() == []
    bench.wait(60)
    assert bench.screen == "declined"
    bench.press("確認")
    assert bench.screen == "home"


def test_a_payment_cut_off_at_the_centre_is_asked_about_at_power_on() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1", 165)
    bench.cut_power()
    assert [call.inquiry for call in bench.all_calls] == [False, True]
    assert bench.screen == "home"
    assert bench.entry().state is EntryState.PENDING
    bench.wait(3)
    assert [call.inquiry for call in bench.asked()] == [True]
    bench.answer("approved")
    result = bench.told(Result)[0]
    assert (result.operation_id, result.outcome, result.amount) == ("op-1", "approved", 165)
    assert bench.printed()[0].slip.approval_code == "000000"
    assert bench.screen == "home"
    bench.wait(3)
    assert bench.asked() == []


def test_a_centre_that_never_heard_of_it_means_that_nothing_was_taken() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.cut_power()
    bench.answer("unknown")
    result = bench.told(Result)[0]
    assert (result.outcome, result.reason) == (Outcome.CANCELLED, "not_at_centre")
    bench.answer("approved")
    assert bench.effects == []


def test_a_silent_centre_leaves_the_entry_pending_and_is_asked_until_it_answers() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("unknown")
    assert bench.effects == []
    bench.wait(30)
    assert bench.screen == "centre_silent"
    assert bench.terminal.phase is Phase.READ
    bench.wait(3)
    assert [call.inquiry for call in bench.asked()] == [True]
    bench.answer("unreachable")
    assert bench.told(Result) == []
    bench.press("確認")
    assert bench.screen == "home"
    bench.wait(3)
    assert len(bench.asked()) == 1
    bench.answer("unreachable")
    bench.answer("declined")
    assert bench.told(Result)[0].outcome is Outcome.DECLINED


def test_an_unreachable_centre_is_asked_again_and_may_swear_off_on_the_glass() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("unreachable")
    assert bench.screen == "centre_silent"
    bench.answer("unknown")
    assert bench.screen == "home"
    assert bench.told(Result)[0].reason == "not_at_centre"


def test_a_late_or_doubled_answer_of_the_centre_changes_nothing() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.answer("approved")
    bench.answer("declined")
    assert bench.effects == []
    bench.pay("op-2")
    bench.answer("approved", number=1)
    assert bench.effects == []
    assert bench.screen == "centre"
    bench.answer("approved", number=99)
    assert bench.effects == []


def test_a_decline_always_has_a_reason_and_an_approval_none() -> None:
    for outcome, reason, told in (
        ("declined", "", "declined"),
        ("declined", "理由G12", "G12"),
        ("approved", "00", ""),
    ):
        bench = TerminalBench().on()
        bench.pay()
        bench.do(CentreAnswered(number=1, outcome=outcome, reason=reason))
        assert bench.told(Result)[0].reason == told


def test_only_what_nobody_waits_for_on_the_glass_is_inquired_about() -> None:
    bench = TerminalBench().on()
    bench.pay("op-1")
    bench.cut_power()
    bench.pay("op-2")
    bench.wait(3)
    assert [call.number for call in bench.asked()] == [1]


def test_an_answer_ends_the_wait_for_it() -> None:
    bench = TerminalBench().on()
    bench.pay()
    assert bench.wake_at is not None
    bench.answer("approved")
    bench.say(ResultStored(number=1))
    bench.press("確認")
    assert bench.wake_at is None
