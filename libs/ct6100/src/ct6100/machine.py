"""The state of one CT-6100 and what all its acts do with it: keep, send, show, conclude."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from ct6100.effects import (
    Keep,
    KeepMerchantNumber,
    KeptEntry,
    Memory,
    Output,
    Print,
    ScreenChanged,
    Send,
    WakeAt,
)
from ct6100.glass import KIND_NAMES, Glass, render
from ct6100.journal import JournalBook
from ct6100.messages import LinkMessage, Progress, Result
from ct6100.paper import JST
from ct6100.records import (
    Abilities,
    EntryState,
    Kind,
    MerchantMask,
    Outcome,
    Phase,
    Screen,
    Slip,
)
from ct6100.screens import PHASES, ScreenName

SLIP_NUMBER_MAX: Final = 99_999
"""Five digits; after it comes 00001."""

RESULT_AGAIN: Final = timedelta(seconds=3)
"""A box that is alive has stored a result long before; one that is not does not mind."""

RESENT_MAX: Final = 8
"""Results sent again at once: the link sends one at a time, the rest come the next time."""

BOOT_SHIFT: Final = 32
"""Bits of the screen's sequence that count within one power-on; above them the power-ons."""


HELD_MAX: Final = 20
"""Slips that wait for paper. With one waiting it takes no operation; the rest are 再印字's."""


class TerminalSettings(Struct, frozen=True, kw_only=True):
    """What is set up when a terminal is installed."""

    serial: str
    model: str = "CT-6100"
    merchant_name: str = ""
    merchant_phone: str = ""
    first_slip_number: int = 119
    """Of a terminal that is new; the manual's first sample is 00119."""
    abilities: Abilities = Abilities()
    sign_pad: bool = False
    """With one, the PIN may be skipped and the slip asks for a signature."""
    journal_horizon: int = 3_000
    """Entries kept: more days of a busy register than a box is ever cut off."""
    tells_merchant_number: bool = True
    """Whether its link knows `AskMerchantNumber`; it is no ability of `Hello`, but asked for."""


class Work(Struct, kw_only=True):
    """The operation on the glass. Gone with the power; what must last is in the journal."""

    operation_id: str
    """"" of a void or return that somebody does by hand, without the register."""
    kind: Kind
    amount: int
    asked_slip: str = ""
    asked_order: str = ""
    """Which payment the register wants given back, if it said so; nobody sees it on the glass."""
    media: str = ""
    brand: str = ""
    condition: str = ""
    entry: str = ""
    masked: str = ""
    """The number, masked for the slip already."""
    merchant_mask: MerchantMask | None = None
    """The same of an e-money, masked for the merchant's copy."""
    mark: str = ""
    """By what the terminal knows this card or e-money again."""
    atc: str = ""
    outcome: str = ""
    """`Presented.outcome`, for whoever plays the centre."""
    pin_length: int = 0
    """Only how many digits were typed: the PIN itself is never kept."""
    signature: bool = False
    number: int = 0
    """Of its journal entry, once it has one."""
    slip_number: str = ""
    reason: str = ""
    order_number: str = ""
    typed: str = ""
    """Digits on the glass that are not taken yet: amount, slip number or order number."""
    refused: str = ""
    """Why the last thing that a hand did was refused; "" once something else is taken."""
    original: KeptEntry | None = None
    """The payment that is given back, once it was found."""

    @property
    def by_hand(self) -> bool:
        """Whether no register asked for it."""
        return not self.operation_id


class Browsing(Struct, frozen=True, kw_only=True):
    """Where somebody is in the history (再印字)."""

    media: str
    page: int = 0
    picked: int = 0
    """Number of the entry whose details are shown."""


class Machine:
    """Mutable state; `out` gathers the effects of the stimulus under way, in order."""

    def __init__(
        self,
        settings: TerminalSettings,
        memory: Memory | None,
        book: JournalBook,
        merchant_numbers: dict[int, MerchantMask],
    ) -> None:
        self.settings = settings
        self.abilities = settings.abilities
        self.book = book
        self.merchant_numbers = merchant_numbers
        self.screen = ScreenName.OFF
        self.work: Work | None = None
        self.browsing: Browsing | None = None
        self.connected = False
        self.paper = True
        self.held: list[Print] = []
        """Slips that wait for paper. Gone with the power: 再印字 prints them from the journal."""
        self.shown = render(ScreenName.OFF, Glass())
        self.screens_shown = 0
        self.notice_until: datetime | None = None
        self.answer_by: datetime | None = None
        self.inquire_at: datetime | None = None
        self.results_at: datetime | None = None
        self.out: list[Output] = []
        self._memory = memory
        self._wake_at: datetime | None = None

    @property
    def memory(self) -> Memory:
        """The kept memory; there is one from the first power-on."""
        assert self._memory is not None  # noqa: S101 - house style 12: our own bug
        return self._memory

    @property
    def memory_or_none(self) -> Memory | None:
        """The kept memory, if this terminal ever had power."""
        return self._memory

    @property
    def phase(self) -> Phase:
        """How far the operation on the glass is."""
        return PHASES[self.screen]

    @property
    def open_work(self) -> Work | None:
        """The operation that has no outcome yet."""
        return self.work if self.phase in (Phase.AWAITING_CUSTOMER, Phase.READ) else None

    @property
    def sequence(self) -> int:
        """Of the screen that is shown: only grows, across power-offs too."""
        return (self.memory.boots << BOOT_SHIFT) + self.screens_shown

    def echo(self, operation_id: str | None) -> str | None:
        """Return the id, if there is one and this link can echo it."""
        return operation_id or None if self.abilities.echo else None

    def send(self, message: LinkMessage) -> None:
        """Send it, if a register is connected."""
        if self.connected:
            self.out.append(Send(message=message))

    def keep(
        self, memory: Memory, entry: KeptEntry | None = None, *, may_wait: bool = False
    ) -> None:
        """Change what survives power-off."""
        dropped: list[KeptEntry] = []
        if entry is not None:
            self.book.put(entry)
            dropped = self.book.drop_old(memory.not_stored)
        for old in dropped:
            self.merchant_numbers.pop(old.number, None)
        if dropped:
            memory = structs.replace(
                memory,
                dropped_until=dropped[-1].at,
                dropped_number=dropped[-1].number,
                touches=tuple(t for t in memory.touches if t.number > dropped[-1].number),
            )
        self._memory = memory
        numbers = tuple(old.number for old in dropped)
        self.out.append(Keep(memory=memory, entry=entry, dropped=numbers, may_wait=may_wait))

    def keep_merchant_number(self, number: int, mask: MerchantMask) -> None:
        """Keep the merchant's mask of an entry that was just kept."""
        self.merchant_numbers[number] = mask
        self.out.append(KeepMerchantNumber(number=number, mask=mask))

    def show(self, name: ScreenName) -> None:
        """Put a screen on the glass; tells the register when anything on it changed."""
        phase_before, self.screen = self.phase, name
        screen = self.render()
        if screen == self.shown and phase_before is self.phase:
            return
        self.shown = screen
        if name is not ScreenName.OFF:
            self.screens_shown += 1
        self.out.append(ScreenChanged(screen=screen))
        if self.abilities.progress and name not in (ScreenName.OFF, ScreenName.FROZEN):
            self.send(
                Progress(
                    sequence=self.sequence,
                    phase=self.phase,
                    screen=screen,
                    operation_id=self.echo(self.work.operation_id if self.work else None),
                )
            )

    def render(self) -> Screen:
        """Return what the glass shows. A frozen one still shows what it showed."""
        if self.screen is ScreenName.FROZEN:
            return structs.replace(self.shown, name=str(ScreenName.FROZEN), keys=())
        return render(self.screen, self.glass())

    def glass(self) -> Glass:
        """Return what the screens are drawn from."""
        work, browsing = self.work, self.browsing
        if self.screen is ScreenName.PAPER_OUT:
            slip = self.held[-1].slip
            return Glass(amount=slip.amount, slip_number=slip.slip_number, kind=slip.transaction)
        if work is not None:
            return Glass(
                amount=work.amount,
                brand=work.brand,
                condition=work.condition,
                pin_length=work.pin_length if self.screen is ScreenName.ENTER_PIN else 0,
                sign_pad=self.settings.sign_pad,
                slip_number=work.slip_number,
                reason=work.reason,
                order_number=work.order_number,
                kind=KIND_NAMES[work.kind] if work.original is not None else "",
                typed=work.typed,
                by_hand=work.by_hand,
                refused=work.refused,
                entry=work.original,
            )
        if browsing is not None:
            return Glass(
                history=(lines := self.book.lines(browsing.media, browsing.page)),
                entry=(picked := self.book.get(browsing.picked)),
                given_back=frozenset(
                    each.number
                    for each in (*lines, picked)
                    if each is not None and self.book.is_given_back(each)
                ),
            )
        return Glass()

    def write_entry(
        self, work: Work, state: EntryState, slip: Slip | None, now: datetime
    ) -> KeptEntry:
        """Return the new entry of an operation, with the next numbers. It is not kept yet."""
        original = work.original
        return KeptEntry(
            number=self.memory.next_number,
            slip_number=work.slip_number,
            terminal_business_date=self.memory.business_date,
            kind=work.kind,
            state=state,
            amount=work.amount,
            at=now,
            operation_id=work.operation_id or None,
            media=work.media,
            brand=work.brand,
            entry=work.entry,
            reason=work.reason,
            order_number=None if original is None else original.order_number,
            voids=None if original is None else original.slip_number,
            slip=slip,
            mark=work.mark,
        )

    def take_numbers(self, *, concluded: bool) -> Memory:
        """Return the memory after an entry took the next numbers."""
        memory = self.memory
        number = memory.next_number
        return structs.replace(
            memory,
            next_number=number + 1,
            next_slip=memory.next_slip % SLIP_NUMBER_MAX + 1,
            not_stored=(*memory.not_stored, number) if concluded else memory.not_stored,
        )

    def conclude(self, entry: KeptEntry, now: datetime) -> None:
        """Keep the entry of an operation that has its outcome; then tell and print it.

        An `incomplete` one may be concluded once more, when its card shows what it came to.
        """
        memory = self.memory
        if entry.number >= memory.next_number:
            memory = self.take_numbers(concluded=True)
        elif entry.number not in memory.not_stored:
            memory = structs.replace(memory, not_stored=(*memory.not_stored, entry.number))
        if entry.state is not EntryState.INCOMPLETE:
            touches = tuple(each for each in memory.touches if each.number != entry.number)
            memory = structs.replace(memory, touches=touches)
        self.keep(memory, entry)
        self.send(self.result(entry))
        self.results_at = self.results_at or now + RESULT_AGAIN
        if entry.slip is not None and entry.state is EntryState.APPROVED:
            mask = self.merchant_numbers.get(entry.number)
            self.print(Print(slip=entry.slip, merchant_number=mask))

    def print(self, what: Print) -> None:
        """Print it, or hold it until there is paper; what was taken stands either way."""
        if self.paper:
            self.out.append(what)
        else:
            self.held = [*self.held, what][-HELD_MAX:]

    def print_held(self) -> None:
        """Print what waited for paper, in its order."""
        held, self.held = self.held, []
        self.out += held

    def set_clock(self, by: timedelta) -> None:
        """Move all that is waited for along with the clock."""
        for name in ("notice_until", "answer_by", "inquire_at", "results_at"):
            at: datetime | None = getattr(self, name)
            setattr(self, name, None if at is None else at + by)

    def result(self, entry: KeptEntry) -> Result:
        """Return the result that tells this entry to the register."""
        return Result(
            number=entry.number,
            slip_number=entry.slip_number,
            terminal_business_date=entry.terminal_business_date,
            kind=entry.kind,
            outcome=Outcome(entry.state),
            amount=entry.amount,
            at=entry.at,
            operation_id=self.echo(entry.operation_id),
            media=entry.media,
            brand=entry.brand,
            entry=entry.entry,
            reason=entry.reason,
            order_number=entry.order_number,
            voids=entry.voids,
            slip=entry.slip if entry.state is EntryState.APPROVED else None,
        )

    def send_results(self, now: datetime) -> None:
        """Send the oldest results that are not stored yet; and again later."""
        for number in self.memory.not_stored[:RESENT_MAX]:
            entry = self.book.get(number)
            if entry is not None:
                self.send(self.result(entry))
        self.results_at = now + RESULT_AGAIN if self.memory.not_stored else None

    def tell_wake(self, *, again: bool) -> None:
        """Emit `WakeAt` when the next deadline is another than last told, or `again`."""
        results_at = self.results_at if self.connected else None
        times = (self.notice_until, self.answer_by, self.inquire_at, results_at)
        wake_at = min((time for time in times if time is not None), default=None)
        if wake_at != self._wake_at or (again and wake_at is not None):
            self._wake_at = wake_at
            self.out.append(WakeAt(at=wake_at))


def on_the_clock(now: datetime) -> datetime:
    """Return a time as the terminal's clock tells it: in its zone, whole milliseconds."""
    local = now.astimezone(JST)
    return local.replace(microsecond=local.microsecond // 1_000 * 1_000)
