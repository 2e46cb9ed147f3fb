"""Any life of a terminal: keys, cards, registers, centres and power cuts in any order."""

from datetime import timedelta

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
from ct6100.records import EntryState, Kind, Outcome, Phase
from ct6100.stimuli import (
    CentreAnswered,
    ClockSet,
    DayRolledOver,
    Hung,
    LinkClosed,
    LinkOpened,
    PaperPutIn,
    PaperRanOut,
    Presented,
    Stimulus,
)
from testkit.terminals import AMEX, TO_THE_READER, TerminalBench

REFUNDS = st.sampled_from(["refund-1", "refund-2", "by hand"])
OPERATIONS = st.sampled_from(["op-1", "op-2", "op-3", "op-4", "op-5", "op-6"])
ID = Presented(media="emoney", brand="iD", entry="contactless", number="6900111100230421")
CARDS = [AMEX, structs.replace(AMEX, entry="ic"), structs.replace(AMEX, entry="magnetic"), ID]
PRESENTED = st.sampled_from(
    [
        *CARDS,
        Presented(media="code", brand="PayPay", entry="code", number="1"),
    ]
)


def assert_comes_to(broken_off: Result, result: Result) -> None:
    """Only an incomplete outcome is ever replaced, and nothing about it but what it came to."""
    assert broken_off.outcome is Outcome.INCOMPLETE
    assert result.outcome in {Outcome.APPROVED, Outcome.DECLINED}
    assert result == structs.replace(
        broken_off, outcome=result.outcome, reason=result.reason, slip=result.slip
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
                first = self.results.get(result.number)
                if first is not None and first != result:
                    assert_comes_to(first, result)
                if first != result:
                    self.results[result.number] = result
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
            if result.operation_id is None:
                assert result.kind is not Kind.PAYMENT  # given back by hand
                return
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

    @rule(operation=OPERATIONS, card=st.sampled_from(CARDS))
    def pay_in_full(self, operation: str, card: Presented) -> None:
        self.start_and_go_to_the_reader(operation, card)
        self.answer_last("approved")

    def answer_last(self, outcome: str) -> None:
        """Let the centre answer what it was asked last, if anything, and come home."""
        if self.bench.all_calls:
            self.bench.do(CentreAnswered(number=self.bench.all_calls[-1].number, outcome=outcome))
            self.watch()
        self.bench.press("確認")
        self.watch()

    @rule(operation=REFUNDS, kind=st.sampled_from(["取消", "返品"]), data=st.data())
    def give_back(self, operation: str, kind: str, data: st.DataObject) -> None:
        """Go for one of the last entries, paid or not, as far as the terminal goes along."""
        entry = data.draw(st.sampled_from([*self.bench.terminal.entries[-3:], None]))
        slip = "00119" if entry is None else entry.slip_number
        amount = 165 if entry is None else entry.amount
        if operation == "by hand":
            self.bench.press("業務", "クレジット")
            self.bench.digits(str(amount))
        else:
            self.bench.start_refund(slip, amount, operation_id=operation)
        self.watch()
        if entry is not None and entry.media == "emoney":
            self.bench.press("電子マネー", "iD", "取消返品", "確認")
        elif entry is not None and entry.media == "code":
            self.bench.press("コード支払い", "確認", "実行", "マニュアル")
            slip = entry.order_number or "0"
        else:
            self.bench.press("クレジット", "確認")
        self.watch()
        self.bench.digits(slip)
        self.bench.press("セット", "一致", kind, "実行")
        self.watch()
        card = next((each for each in CARDS if entry and each.entry == entry.entry), AMEX)
        self.bench.do(ID if entry is not None and entry.media == "emoney" else card)
        self.bench.press("一括")
        self.watch()
        self.answer_last(data.draw(st.sampled_from(["approved", "approved", "unreachable"])))

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
        answer = CentreAnswered(
            number=call.number, outcome=outcome, order_number=f"{call.number:06}"
        )
        self.bench.do(answer)
        self.watch()

    @precondition(lambda self: self.bench.all_calls)
    @rule(data=st.data(), outcome=st.sampled_from(["approved", "declined", "incomplete"]))
    def let_a_card_show_what_it_knows(self, data: st.DataObject, outcome: str) -> None:
        call = data.draw(st.sampled_from(self.bench.all_calls[-6:]))
        self.bench.touched_again(outcome, call.number)
        self.watch()

    @rule(trouble=st.sampled_from([PaperRanOut(), PaperPutIn(), DayRolledOver(), Hung()]))
    def have_trouble(self, trouble: Stimulus) -> None:
        self.bench.do(trouble)
        self.watch()

    @rule(hours=st.sampled_from([-48, -1, 1, 48]))
    def move_the_clock(self, hours: int) -> None:
        self.bench.now += timedelta(hours=hours)
        self.bench.do(ClockSet(by=timedelta(hours=hours)))
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
            same = result is not None and entry.state == result.outcome
            if same and result is not None:
                assert (entry.amount, entry.slip_number) == (result.amount, result.slip_number)
            elif entry.state is not EntryState.PENDING and self.bench.disk is not None:
                assert entry.number in self.bench.disk.memory.not_stored

    @invariant()
    def an_open_operation_has_an_entry_only_once_it_was_read(self) -> None:
        open_id = self.bench.terminal.operation_id
        if self.bench.terminal.phase is Phase.AWAITING_CUSTOMER:
            by_hand = open_id is None
            assert not by_hand or self.bench.screen.startswith("refund_")
            assert by_hand or all(
                entry.operation_id != open_id for entry in self.bench.terminal.entries
            )

    @invariant()
    def no_payment_is_given_back_twice_or_before_it_was_paid(self) -> None:
        entries = self.bench.terminal.entries
        approved = [entry for entry in entries if entry.state is EntryState.APPROVED]
        paid = {e.slip_number: e for e in approved if e.kind is Kind.PAYMENT}
        voids = [entry for entry in approved if entry.kind is not Kind.PAYMENT]
        assert len({entry.voids for entry in voids}) == len(voids)
        for entry in voids:
            assert entry.voids is not None
            original = paid[entry.voids]
            assert original.number < entry.number
            assert (original.amount, original.brand) == (entry.amount, entry.brand)
            assert (original.entry, original.mark) == (entry.entry, entry.mark)

    def teardown(self) -> None:
        self.bench.cut_power()
        self.watch()
        self.bench.say(AskJournal(request=1))
        for message in self.bench.sent():
            encode(message)


TestTerminalLife = TerminalLife.TestCase
TestTerminalLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
