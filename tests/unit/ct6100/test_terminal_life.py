"""Any life of a terminal: keys, cards, registers, centres and power cuts in any order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs

from ct6100.codec import encode
from ct6100.effects import CallCentre, Keep, Output, Send
from ct6100.messages import (
    Abort,
    AskJournal,
    CloseDay,
    Connect,
    Disconnect,
    Progress,
    Result,
    ResultStored,
)
from ct6100.records import EntryState, Outcome, Phase
from ct6100.stimuli import CentreAnswered, LinkClosed, LinkOpened, Presented
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench

OPERATIONS = st.sampled_from(["op-1", "op-2", "op-3", "op-4", "op-5", "op-6"])
PRESENTED = st.sampled_from(
    [
        AMEX,
        structs.replace(AMEX, entry="ic"),
        structs.replace(AMEX, entry="magnetic"),
        Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421"),
        Presented(media="code", brand="PayPay", entry="code", number="1"),
    ]
)


class TerminalLife(RuleBasedStateMachine):
    """The bench's disk is what survives; the centre books each number at most once."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = TerminalBench().on()
        self.approved: dict[str, int] = {}
        self.results: dict[int, Result] = {}
        self.slips: set[tuple[str, str, int]] = set()
        self.sequence = 0
        self.watch()

    def watch(self) -> None:
        """Hold each effect against what was promised."""
        kept: set[tuple[int, EntryState]] = set()
        for effect in self.bench.effects:
            self.check(effect, kept)

    def check(self, effect: Output, kept: set[tuple[int, EntryState]]) -> None:
        match effect:
            case Keep(entry=entry) if entry is not None:
                kept.add((entry.number, entry.state))
                self.slips.add((entry.terminal_business_date, entry.slip_number, entry.number))
            case CallCentre(inquiry=False):
                assert (effect.number, EntryState.PENDING) in kept
            case Send(message=Result() as result):
                encode(result)
                first = self.results.setdefault(result.number, result)
                assert first == result
                if first is result:
                    assert (result.number, EntryState(result.outcome)) in kept
                    self.count(result)
            case Send(message=Progress() as progress):
                assert progress.sequence > self.sequence
                self.sequence = progress.sequence
            case Send():
                encode(effect.message)
            case _:
                pass

    def count(self, result: Result) -> None:
        if result.outcome is Outcome.APPROVED:
            assert result.operation_id is not None
            self.approved[result.operation_id] = self.approved.get(result.operation_id, 0) + 1

    @rule(operation=OPERATIONS)
    def start(self, operation: str) -> None:
        self.bench.start(operation, 20_000 if operation == "op-4" else 165)
        self.watch()

    @rule(operation=OPERATIONS, presented=PRESENTED)
    def start_and_go_to_the_reader(self, operation: str, presented: Presented) -> None:
        self.start(operation)
        ways = {"card": TO_THE_READER, "emoney": ("電子マネー", "iD", "確認")}
        self.bench.press(*ways.get(presented.media, ("コード支払い", "セット")))
        self.watch()
        self.present(presented)

    @rule(data=st.data(), times=st.integers(1, 4))
    def press(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            keys = self.bench.terminal.screen.keys
            label = data.draw(st.sampled_from([*keys, "リボ"]))
            self.bench.press(label)
            self.watch()

    @rule(presented=PRESENTED)
    def present(self, presented: Presented) -> None:
        self.bench.do(presented)
        self.watch()

    @rule(digits=st.sampled_from(["1234", "1", "x"]))
    def type_digits(self, digits: str) -> None:
        self.bench.digits(digits)
        self.watch()

    @precondition(lambda self: self.bench.all_calls)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["approved", "approved", "declined", "incomplete", "unreachable"]),
    )
    def answer(self, data: st.DataObject, outcome: str) -> None:
        call = data.draw(st.sampled_from(self.bench.all_calls[-4:]))
        self.bench.do(CentreAnswered(number=call.number, outcome=outcome))
        self.watch()

    @rule(seconds=st.sampled_from([0, 1, 3, 30, 100_000]))
    def wait(self, seconds: int) -> None:
        self.bench.wait(seconds)
        self.watch()

    @rule(operation=OPERATIONS)
    def abort(self, operation: str) -> None:
        self.bench.say(Abort(operation_id=operation))
        self.watch()

    @precondition(lambda self: self.results)
    @rule(data=st.data())
    def store(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.results)))
        self.bench.say(ResultStored(number=number))
        self.watch()

    @rule()
    def reconnect(self) -> None:
        self.bench.do(LinkClosed(), LinkOpened())
        self.bench.say(Connect(register="S001"))
        self.watch()

    @rule()
    def say_goodbye(self) -> None:
        at_rest = self.bench.screen in {"home", "frozen", "off"}
        self.bench.say(Disconnect())
        assert at_rest or self.bench.terminal.frozen
        self.bench.say(Connect(register="S001"))
        self.watch()

    @rule()
    def close_day(self) -> None:
        day = "" if self.bench.disk is None else self.bench.disk.memory.business_date
        self.bench.say(CloseDay(request=1, terminal_business_date=day))
        self.watch()

    @rule()
    def cut_power(self) -> None:
        self.bench.cut_power()
        self.watch()

    @invariant()
    def nothing_is_approved_twice(self) -> None:
        assert all(count == 1 for count in self.approved.values())

    @invariant()
    def the_disk_is_the_journal(self) -> None:
        assert self.bench.terminal.snapshot() == self.bench.disk

    @invariant()
    def slip_numbers_of_a_day_are_told_apart(self) -> None:
        assert len({(day, slip) for day, slip, _ in self.slips}) == len(self.slips)

    @invariant()
    def the_journal_agrees_with_the_results(self) -> None:
        for entry in self.bench.terminal.entries:
            result = self.results.get(entry.number)
            if result is not None:
                assert (entry.state, entry.amount) == (result.outcome, result.amount)
            elif entry.state is not EntryState.PENDING and self.bench.disk is not None:
                assert entry.number in self.bench.disk.memory.not_stored

    @invariant()
    def an_open_operation_has_an_entry_only_once_it_was_read(self) -> None:
        open_id = self.bench.terminal.operation_id
        if self.bench.terminal.phase is Phase.AWAITING_CUSTOMER:
            assert open_id is not None
            assert all(entry.operation_id != open_id for entry in self.bench.terminal.entries)

    def teardown(self) -> None:
        self.bench.cut_power()
        self.watch()
        self.bench.say(AskJournal(request=1))
        for message in self.bench.sent():
            encode(message)


TestTerminalLife = TerminalLife.TestCase
TestTerminalLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
