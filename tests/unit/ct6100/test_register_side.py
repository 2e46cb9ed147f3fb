import pytest
from msgspec import structs

from ct6100.effects import Froze
from ct6100.messages import (
    Abort,
    AbortAnswer,
    AskStatus,
    Connect,
    ConnectRefused,
    Disconnect,
    Hello,
    NotSupported,
    Ping,
    Pong,
    Progress,
    Result,
    ResultStored,
    Start,
    Started,
    StartRefused,
    Status,
)
from ct6100.records import Abilities, Kind, Outcome, Phase
from ct6100.stimuli import (
    AbilitiesSet,
    LinkClosed,
    LinkOpened,
    Presented,
)
from testkit.terminals import AMEX, MERCHANT, TO_THE_READER, TerminalBench

ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")


def test_the_same_start_again_never_pays_twice() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 165)
    assert [type(m) for m in bench.start("op-1", 165)] == [Started]
    bench.press(*TO_THE_READER)
    bench.do(AMEX)
    assert bench.start("op-1", 165) == bench.told(Started)
    assert bench.told(Started)[0].again
    bench.answer("approved")
    result = bench.told(Result)[0]
    bench.press("確認")
    assert bench.start("op-1", 165)[1] == result
    assert bench.screen == "home"
    assert len(bench.terminal.entries) == 1


def test_the_same_operation_with_another_amount_is_refused() -> None:
    bench = TerminalBench().on()
    bench.start("op-1", 165)
    for amount in (166, 165_000):
        bench.start("op-1", amount)
        assert bench.told(StartRefused)[0].reason == "content_differs"
    bench.press("リセット")
    bench.start("op-1", 166)
    assert bench.told(StartRefused)[0].reason == "content_differs"


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (Start(operation_id="x", kind=Kind.PAYMENT, amount=0), "bad_amount"),
        (Start(operation_id="x", kind=Kind.PAYMENT, amount=10_000_000), "bad_amount"),
        (Start(operation_id="", kind=Kind.PAYMENT, amount=1), "bad_id"),
        (Start(operation_id="x" * 65, kind=Kind.PAYMENT, amount=1), "bad_id"),
        (Start(operation_id="x", kind=Kind.VOID, amount=0), "bad_amount"),
        (Start(operation_id="", kind=Kind.RETURN, amount=1), "bad_id"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused_with_its_reason(start: Start, reason: str) -> None:
    bench = TerminalBench().on()
    bench.say(start)
    assert bench.told(StartRefused)[0].reason == reason
    assert bench.screen == "home"


def test_a_second_operation_is_refused_as_busy_and_one_in_a_menu_as_not_home() -> None:
    bench = TerminalBench().on()
    bench.press("業務")
    bench.start("op-1")
    assert bench.told(StartRefused)[0].reason == "not_home"
    bench.press("戻る")
    bench.start("op-1")
    bench.start("op-2")
    refused = bench.told(StartRefused)[0]
    assert (refused.reason, refused.open_operation_id) == ("busy", "op-1")


def test_an_abort_is_taken_before_the_read_and_refused_after_it() -> None:
    bench = TerminalBench().on()
    bench.start("op-1")
    bench.press(*TO_THE_READER)
    bench.say(Abort(operation_id="op-2"))
    assert bench.told(AbortAnswer)[0].answer == "not_this"
    bench.say(Abort(operation_id="op-1"))
    assert bench.told(AbortAnswer)[0].answer == "taken"
    assert bench.told(Result)[0].reason == "aborted"
    assert bench.screen == "home"
    bench.say(Abort(operation_id="op-1"))
    assert bench.told(AbortAnswer)[0].answer == "concluded"
    assert bench.told(Result)[0].outcome is Outcome.CANCELLED
    bench.pay("op-3")
    bench.say(Abort(operation_id="op-3"))
    assert bench.told(AbortAnswer)[0].answer == "already_read"
    assert bench.screen == "centre"


def test_a_result_is_sent_again_until_the_register_has_stored_it() -> None:
    bench = TerminalBench().on()
    bench.pay()
    bench.answer("approved")
    result = bench.told(Result)[0]
    bench.wait(3)
    assert bench.told(Result) == [result]
    bench.do(LinkClosed())
    bench.wait(3)
    assert bench.told(Result) == []
    bench.do(LinkOpened())
    bench.say(Connect(register="S001"))
    assert [type(message) for message in bench.sent()] == [Hello, Result]
    bench.say(ResultStored(number=result.number))
    bench.wait(3)
    assert bench.told(Result) == []
    bench.cut_power()
    assert bench.told(Result) == []


def test_saying_goodbye_in_front_of_another_screen_than_home_freezes_it() -> None:
    bench = TerminalBench().on()
    bench.say(Disconnect())
    assert not bench.terminal.frozen
    bench.say(Connect(register="S001"))
    bench.pay()
    bench.say(Disconnect())
    assert any(isinstance(effect, Froze) for effect in bench.effects)
    assert bench.screen == "frozen"
    assert "センタ通信中" in bench.terminal.screen.lines
    bench.answer("approved")
    bench.say(Ping(request=1))
    bench.press("確認")
    assert bench.effects == []
    bench.cut_power()
    assert bench.screen == "home"
    bench.answer("approved")
    assert bench.told(Result)[0].outcome is Outcome.APPROVED


def test_a_lost_link_freezes_nothing_and_the_payment_goes_on() -> None:
    bench = TerminalBench().on()
    bench.start("op-1")
    bench.press(*TO_THE_READER)
    bench.do(LinkClosed())
    assert bench.effects == []
    bench.do(AMEX)
    bench.answer("approved")
    assert bench.sent() == []
    bench.do(LinkOpened())
    bench.say(Connect(register="S001"))
    assert bench.told(Result)[0].operation_id == "op-1"


def test_a_register_introduces_itself_first_and_speaks_our_version() -> None:
    bench = TerminalBench().on()
    bench.do(LinkOpened())
    bench.say(Ping(request=1))
    assert bench.sent() == []
    bench.start("op-1")
    assert bench.told(StartRefused)[0].reason == "not_connected"
    bench.say(Connect(register="S001", version=2))
    assert bench.sent() == [ConnectRefused(reason="version", version=1)]
    bench.say(Ping(request=1))
    assert bench.sent() == []
    bench.say(Connect(register="S001"))
    assert bench.say(Ping(request=7)) == [Pong(request=7)]


def test_status_and_hello_tell_the_open_operation_and_how_far_the_journal_goes() -> None:
    bench = TerminalBench().on()
    hello = bench.told(Hello)[0]
    assert (hello.serial, hello.journal_first, hello.journal_last) == ("CT6100-S001-T1", None, None)
    bench.pay("op-1")
    bench.say(AskStatus(request=5))
    status = bench.told(Status)[0]
    assert (status.request, status.operation_id, status.phase) == (5, "op-1", Phase.READ)
    assert (status.journal_first, status.journal_last, status.pending) == (1, 1, 1)
    assert status.screen == bench.terminal.screen
    bench.answer("approved")
    bench.say(AskStatus(request=6))
    status = bench.told(Status)[0]
    assert (status.operation_id, status.phase, status.pending) == (None, Phase.DONE, 0)


def test_progress_counts_up_across_power_cuts_and_carries_the_operation() -> None:
    bench = TerminalBench().on()
    bench.start("op-1")
    progress = bench.told(Progress)[0]
    assert (progress.operation_id, progress.phase) == ("op-1", Phase.AWAITING_CUSTOMER)
    bench.press("リセット")
    later = bench.told(Progress)[0]
    assert (later.operation_id, later.phase) == (None, Phase.IDLE)
    assert later.sequence > progress.sequence
    bench.cut_power()
    assert bench.told(Hello)[0].sequence > later.sequence


def test_abilities_can_be_missing_and_their_change_is_told() -> None:
    bench = TerminalBench().on()
    bench.do(AbilitiesSet(abilities=Abilities(abort=False, progress=False, echo=False)))
    assert not bench.told(Hello)[0].abilities.abort
    bench.start("op-1")
    assert bench.told(Progress) == []
    bench.say(Abort(operation_id="op-1"))
    assert bench.sent() == [NotSupported(ability="abort")]
    bench.start("op-1")
    assert bench.told(StartRefused)[0].reason == "busy"
    assert bench.told(StartRefused)[0].open_operation_id is None
    bench.press("リセット")
    assert bench.told(Result)[0].operation_id is None


def test_an_abort_without_echo_stops_whatever_is_on_the_glass() -> None:
    settings = structs.replace(MERCHANT, abilities=Abilities(echo=False))
    bench = TerminalBench(settings).on()
    bench.start("op-1")
    bench.say(Abort(operation_id="another"))
    assert bench.told(AbortAnswer)[0].answer == "taken"


def test_storing_a_result_that_nobody_waits_for_changes_nothing() -> None:
    bench = TerminalBench().on()
    bench.say(ResultStored(number=99))
    assert bench.effects == []


def test_a_goodbye_at_home_changes_nothing_on_the_glass() -> None:
    bench = TerminalBench().on()
    assert bench.say(Disconnect()) == []
    assert bench.effects == []
