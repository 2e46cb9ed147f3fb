"""A CT-6100 on a workbench: everything it emits is gathered, its disk is a twin in memory."""

from datetime import datetime, timedelta, timezone
from typing import Final, TypeVar

from msgspec import structs

from ct6100.effects import (
    Beep,
    CallCentre,
    Keep,
    KeepMerchantNumber,
    Kept,
    KeptEntry,
    Output,
    Print,
    ScreenChanged,
    Send,
    WakeAt,
)
from ct6100.messages import Connect, LinkMessage, Progress, Start
from ct6100.records import Kind
from ct6100.stimuli import (
    CentreAnswered,
    DigitsEntered,
    KeyPressed,
    LinkOpened,
    MessageReceived,
    PowerOff,
    PowerOn,
    Presented,
    Stimulus,
    TimePassed,
)
from ct6100.terminal import Terminal, TerminalSettings

JST: Final = timezone(timedelta(hours=9), "JST")
MORNING: Final = datetime(2026, 5, 25, 15, 45, 5, tzinfo=JST)
"""When the manual's first sample slip was printed."""

MERCHANT: Final = TerminalSettings(
    serial="CT6100-S001-T1",
    merchant_name="(DXテスト)開発統括部RF検証ルーム",
    merchant_phone="999-999-999",
)
AMEX: Final = Presented(
    media="card", brand="AMEX", entry="contactless", number="377782123456304", atc="0034"
)
TO_THE_READER: Final = ("クレジットカード・銀聯", "セット", "一括", "実行")

MessageT = TypeVar("MessageT", bound=LinkMessage)


def written(disk: Kept | None, effect: Keep | KeepMerchantNumber) -> Kept:
    """Return what a terminal's disk holds after one more write."""
    numbers = {} if disk is None else dict(disk.merchant_numbers)
    if isinstance(effect, KeepMerchantNumber):
        assert disk is not None, "its entry is kept before"  # noqa: S101 - our own bug
        numbers[effect.number] = effect.mask
        return structs.replace(disk, merchant_numbers=numbers)
    held = {} if disk is None else {entry.number: entry for entry in disk.entries}
    if effect.entry is not None:
        held[effect.entry.number] = effect.entry
    for number in effect.dropped:
        del held[number]
        numbers.pop(number, None)
    return Kept(memory=effect.memory, entries=tuple(held.values()), merchant_numbers=numbers)


class TerminalBench:
    """A terminal, its clock, its disk, and what it has done since last asked."""

    def __init__(self, settings: TerminalSettings = MERCHANT, kept: Kept | None = None) -> None:
        self.settings = settings
        self.terminal = Terminal(settings, kept)
        self.now = MORNING
        self.disk = kept
        self.wake_at: datetime | None = None
        self.effects: list[Output] = []
        self.all_calls: list[CallCentre] = []

    @property
    def screen(self) -> str:
        """The name of the screen on its glass."""
        return self.terminal.screen.name

    def do(self, *stimuli: Stimulus) -> list[Output]:
        """Let these happen and return what came of them."""
        self.effects = []
        for stimulus in stimuli:
            for effect in self.terminal.handle(stimulus, self.now):
                self._take(effect)
        return self.effects

    def on(self) -> "TerminalBench":
        """Switch it on and connect a register."""
        self.do(PowerOn(), LinkOpened(), MessageReceived(message=Connect(register="S001")))
        return self

    def say(self, message: LinkMessage) -> list[LinkMessage]:
        """Let the register say something; returns the terminal's answers."""
        self.do(MessageReceived(message=message))
        return self.sent()

    def start(self, operation_id: str = "op-1", amount: int = 165) -> list[LinkMessage]:
        """Let the register start a payment."""
        return self.say(Start(operation_id=operation_id, kind=Kind.PAYMENT, amount=amount))

    def start_refund(
        self,
        slip_number: str | None = None,
        amount: int = 165,
        *,
        operation_id: str = "refund-1",
        kind: Kind = Kind.VOID,
        order_number: str | None = None,
    ) -> list[LinkMessage]:
        """Let the register start a void or return."""
        return self.say(
            Start(
                operation_id=operation_id,
                kind=kind,
                amount=amount,
                original_slip_number=slip_number,
                original_order_number=order_number,
            )
        )

    def to_the_reader_again(self, slip_number: str = "00119", kind: str = "取消") -> None:
        """Go through the void or return of a card payment until its card is wanted."""
        self.press("クレジット", "確認")
        self.digits(slip_number)
        self.press("セット", "一致", kind, "実行")

    def press(self, *labels: str) -> list[Output]:
        """Tap keys, one after the other."""
        return self.do(*(KeyPressed(label=label) for label in labels))

    def digits(self, digits: str) -> list[Output]:
        """Type on the number pad."""
        return self.do(DigitsEntered(digits=digits))

    def pay(self, operation_id: str = "op-1", amount: int = 165) -> None:
        """Take a card payment up to the moment when the centre is asked."""
        self.start(operation_id, amount)
        self.press(*TO_THE_READER)
        self.do(AMEX)

    def answer(
        self,
        outcome: str = "approved",
        number: int | None = None,
        *,
        order_number: str | None = None,
    ) -> list[Output]:
        """Let the centre answer the last question, or that of a journal number."""
        asked = self.all_calls[-1].number if number is None else number
        return self.do(
            CentreAnswered(
                number=asked,
                outcome=outcome,
                reason="G12" if outcome == "declined" else "",
                approval_code="000000",
                arc="Y1",
                order_number=f"CODE-{asked}" if order_number is None else order_number,
                inquiry_number="000000",
            )
        )

    def touched_again(self, outcome: str, number: int) -> list[Output]:
        """Let the card of an incomplete entry show what became of it."""
        return self.do(
            CentreAnswered(
                number=number, outcome=outcome, inquiry_number="000000", touched_again=True
            )
        )

    def wait(self, seconds: float) -> list[Output]:
        """Let time pass and the terminal's alarm ring."""
        self.now += timedelta(seconds=seconds)
        return self.do(TimePassed())

    def cut_power(self) -> None:
        """Cut it and switch it on again, with only what its disk holds."""
        self.do(PowerOff())
        self.terminal = Terminal(self.settings, self.disk)
        self.on()

    def sent(self) -> list[LinkMessage]:
        """Return the messages of the last `do`, but for progress."""
        messages = [effect.message for effect in self.effects if isinstance(effect, Send)]
        return [message for message in messages if not isinstance(message, Progress)]

    def told(self, kind: type[MessageT]) -> list[MessageT]:
        """Return the messages of one kind of the last `do`."""
        messages = [effect.message for effect in self.effects if isinstance(effect, Send)]
        return [message for message in messages if isinstance(message, kind)]

    def shown(self) -> list[str]:
        """Return the names of the screens that the last `do` led through."""
        return [effect.screen.name for effect in self.effects if isinstance(effect, ScreenChanged)]

    def printed(self) -> list[Print]:
        """Return what the last `do` printed."""
        return [effect for effect in self.effects if isinstance(effect, Print)]

    def asked(self) -> list[CallCentre]:
        """Return what the last `do` asked the centre."""
        return [effect for effect in self.effects if isinstance(effect, CallCentre)]

    def beeps(self) -> list[str]:
        """Return for which reasons the last `do` refused something."""
        return [effect.reason for effect in self.effects if isinstance(effect, Beep)]

    def beeped(self) -> bool:
        """Whether the last `do` refused something."""
        return any(isinstance(effect, Beep) for effect in self.effects)

    def entry(self) -> KeptEntry:
        """Return the newest journal entry."""
        return self.terminal.entries[-1]

    def _take(self, effect: Output) -> None:
        self.effects.append(effect)
        match effect:
            case Keep() | KeepMerchantNumber():
                self.disk = written(self.disk, effect)
            case WakeAt():
                self.wake_at = effect.at
            case CallCentre():
                self.all_calls.append(effect)
            case _:
                pass
