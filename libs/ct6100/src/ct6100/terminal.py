"""The CT-6100's own behaviour as a machine without I/O: screens, keys, journal, day, power.

Deterministic: time comes with each stimulus, approvals come from the centre (`CallCentre`). What
leads where is the table of `ct6100.transitions`; what is done on the way is `ct6100.acts`.
"""

from datetime import datetime

from ct6100.acting import Given
from ct6100.acts import step, trigger_of
from ct6100.centre import OUTCOMES, inquire, settle
from ct6100.effects import Beep, Kept, KeptEntry, Output
from ct6100.glass import choices
from ct6100.journal import JournalBook
from ct6100.machine import Machine, TerminalSettings, on_the_clock
from ct6100.records import Abilities, EntryState, Phase, Screen
from ct6100.register_side import close_day, hello, on_message, roll_over
from ct6100.screens import Key, ScreenName
from ct6100.stimuli import (
    AbilitiesSet,
    CentreAnswered,
    ClockSet,
    DayClosedByHand,
    DayRolledOver,
    DigitsEntered,
    Hung,
    KeyPressed,
    LinkClosed,
    LinkOpened,
    MessageReceived,
    PaperPutIn,
    PaperRanOut,
    PowerOff,
    PowerOn,
    Presented,
    Stimulus,
    TimePassed,
)
from ct6100.transitions import TABLE, Happening, Trigger

__all__ = ["Terminal", "TerminalSettings"]


class Terminal:
    """One CT-6100. Starts powered off; `kept` is what a former life left on its disk."""

    def __init__(self, settings: TerminalSettings, kept: Kept | None = None) -> None:
        book = JournalBook(kept.entries if kept else (), settings.journal_horizon)
        numbers = dict(kept.merchant_numbers) if kept else {}
        self._machine = Machine(settings, kept.memory if kept else None, book, numbers)

    @property
    def screen(self) -> Screen:
        """What the glass shows; its name is `off` without power and `frozen` when it hangs."""
        return self._machine.shown

    @property
    def phase(self) -> Phase:
        """How far the operation on the glass has come."""
        return self._machine.phase

    @property
    def powered(self) -> bool:
        """Whether it is switched on."""
        return self._machine.screen is not ScreenName.OFF

    @property
    def frozen(self) -> bool:
        """Whether it hangs: only cutting the power helps."""
        return self._machine.screen is ScreenName.FROZEN

    @property
    def operation_id(self) -> str | None:
        """The open operation, echo ability or not."""
        work = self._machine.open_work
        return work.operation_id or None if work else None

    @property
    def asked_back(self) -> KeptEntry | None:
        """The payment that the register wants given back; a person reads its number there."""
        work = self._machine.open_work
        if work is None or not (work.asked_slip or work.asked_order):
            return None
        slip, order = work.asked_slip or None, work.asked_order or None
        return self._machine.book.paid(None, slip_number=slip, order_number=order)

    @property
    def abilities(self) -> Abilities:
        """What its link can do just now."""
        return self._machine.abilities

    @property
    def entries(self) -> tuple[KeptEntry, ...]:
        """The journal, oldest first."""
        return tuple(self._machine.book)

    @property
    def incomplete(self) -> tuple[KeptEntry, ...]:
        """E-money that broke off (処理未了) and that its card can still settle, oldest first."""
        memory = self._machine.memory_or_none
        touches = () if memory is None else memory.touches
        entries = (self._machine.book.get(touch.number) for touch in touches)
        return tuple(each for each in entries if each and each.state is EntryState.INCOMPLETE)

    def snapshot(self) -> Kept | None:
        """What would survive if the power went now; None before the first power-on."""
        machine = self._machine
        memory = machine.memory_or_none
        if memory is None:
            return None
        numbers = dict(machine.merchant_numbers)
        return Kept(memory=memory, entries=self.entries, merchant_numbers=numbers)

    def handle(self, stimulus: Stimulus, now: datetime) -> list[Output]:
        """Return what the terminal does about it, in order. `now` is its own (aware) clock."""
        machine = self._machine
        self._dispatch(stimulus, on_the_clock(now))
        if machine.held and not machine.paper:
            self._take(Happening.NO_PAPER, Given(now=on_the_clock(now)))
        machine.tell_wake(again=isinstance(stimulus, TimePassed))
        out, machine.out = machine.out, []
        return out

    def _dispatch(  # noqa: C901, PLR0912 - one case for each stimulus
        self, stimulus: Stimulus, now: datetime
    ) -> None:
        machine, given = self._machine, Given(now=now)
        match stimulus:
            case PowerOn():
                self._take(Happening.POWER_ON, given)
            case PowerOff():
                self._take(Happening.POWER_OFF, given)
            case AbilitiesSet():
                machine.abilities = stimulus.abilities
                if self._works:
                    machine.send(hello(machine, now))
            case _ if not self._works:
                pass
            case LinkOpened() | LinkClosed():
                machine.connected = False
            case MessageReceived():
                on_message(machine, stimulus.message, now)
            case KeyPressed():
                self._on_key(stimulus.label, now)
            case DigitsEntered():
                self._use(Happening.DIGITS, Given(now=now, digits=stimulus.digits))
            case Presented():
                self._on_presented(stimulus, now)
            case CentreAnswered():
                self._on_centre(stimulus, now)
            case TimePassed():
                self._on_time(now)
            case DayClosedByHand():
                self._on_close_by_hand(now)
            case DayRolledOver():
                machine.send(roll_over(machine, now))
            case Hung():
                self._take(Happening.HANG, given)
            case PaperRanOut():
                machine.paper = False
            case PaperPutIn():
                self._on_paper(given)
            case ClockSet():
                machine.set_clock(stimulus.by)

    @property
    def _works(self) -> bool:
        return self.powered and not self.frozen

    def _take(self, trigger: Trigger, given: Given) -> bool:
        row = TABLE.get((self._machine.screen, trigger))
        if row is not None:
            step(self._machine, row, given)
        return row is not None

    def _use(self, trigger: Trigger, given: Given) -> None:
        """Take what a hand does, or beep."""
        if not self._take(trigger, given):
            self._machine.out.append(Beep(reason=f"{trigger} does nothing here"))

    def _on_key(self, label: str, now: datetime) -> None:
        machine = self._machine
        given = Given(now=now, label=label)
        if label not in machine.shown.keys:
            machine.out.append(Beep(reason="no such key on the glass"))
        elif label in choices(machine.screen, machine.glass()):
            self._use(Happening.CHOICE, given)
        else:
            self._use(Key(label), given)

    def _on_presented(self, presented: Presented, now: datetime) -> None:
        work = self._machine.open_work
        trigger = trigger_of(presented, work.amount if work else 0)
        self._use(trigger, Given(now=now, presented=presented))

    def _on_centre(self, answer: CentreAnswered, now: datetime) -> None:
        """Take the centre's answer; one that is late or came before changes nothing.

        What the card itself showed at its next touch replaces an `incomplete` outcome, once.
        """
        machine, trigger = self._machine, OUTCOMES[answer.outcome]
        entry = machine.book.get(answer.number)
        if entry is None:
            return
        if entry.state is EntryState.INCOMPLETE and answer.touched_again:
            if trigger in {Happening.APPROVED, Happening.DECLINED}:
                settle(machine, entry, answer, now)
                machine.show(machine.screen)
            return
        if entry.state is not EntryState.PENDING or answer.touched_again:
            return
        if machine.open_work is not None and machine.open_work.number == answer.number:
            self._take(trigger, Given(now=now, answer=answer))
        elif trigger is not Happening.NO_ANSWER:
            settle(machine, entry, answer, now)
            machine.show(machine.screen)

    def _on_time(self, now: datetime) -> None:
        machine = self._machine
        if machine.notice_until is not None and now >= machine.notice_until:
            machine.notice_until = None
            self._take(Happening.TIME_UP, Given(now=now))
        if machine.answer_by is not None and now >= machine.answer_by:
            self._take(Happening.NO_ANSWER, Given(now=now))
        if machine.inquire_at is not None and now >= machine.inquire_at:
            inquire(machine, now)
        if machine.connected and machine.results_at is not None and now >= machine.results_at:
            machine.send_results(now)

    def _on_paper(self, given: Given) -> None:
        self._machine.paper = True
        if not self._take(Happening.PAPER_IN, given):
            self._machine.print_held()

    def _on_close_by_hand(self, now: datetime) -> None:
        machine = self._machine
        answer = close_day(machine, machine.memory.business_date, now)
        if isinstance(answer, str):
            machine.out.append(Beep(reason=answer))
        else:
            machine.send(answer)
