"""取消返品 at a terminal, key by key: for the register that asks for it, or by hand alone (4-5)."""

import random
from collections.abc import Callable
from typing import Final

from ct6100.effects import KeptEntry
from ct6100.records import EntryState, Kind
from ct6100.screens import REFUND_SCREENS, Key, ScreenName
from ct6100.stimuli import DigitsEntered, KeyPressed, Stimulus
from simulated.device import Device
from simulated.story import Story
from simulated.virtual import chance

ACTS_MAX: Final = 24
"""Who gets nowhere after so many taps gives up: リセット."""

FORBIDDEN: Final = "QUICPay"
"""Some providers forbid what the terminal would do: by hand that happens all the same."""

MEDIA_KEYS: Final = {"card": Key.CREDIT, "emoney": Key.EMONEY, "code": Key.CODE}

_NEXT: Final[dict[str, str]] = {
    ScreenName.REFUND_CARD_MATCH: Key.MATCHES,
    ScreenName.REFUND_CARD_EXECUTE: Key.EXECUTE,
    ScreenName.REFUND_EMONEY_MENU: Key.REFUND,
    ScreenName.REFUND_CODE_EXECUTE: Key.EXECUTE,
    ScreenName.REFUND_READ_CODE: Key.BY_HAND,
    ScreenName.REFUND_CARD_CONDITION: Key.LUMP_SUM,
}

_TAKEN_BY: Final[dict[str, str]] = {
    ScreenName.REFUND_CARD_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_EMONEY_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_CODE_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_CARD_SLIP: Key.SET,
    ScreenName.REFUND_EMONEY_SLIP: Key.SET,
    ScreenName.REFUND_CODE_ORDER: Key.SET,
}

_AMOUNTS: Final = frozenset(
    {
        ScreenName.REFUND_CARD_AMOUNT,
        ScreenName.REFUND_EMONEY_AMOUNT,
        ScreenName.REFUND_CODE_AMOUNT,
    }
)

SCREENS: Final = frozenset({ScreenName.BUSINESS, *REFUND_SCREENS})

Present = Callable[[KeptEntry], Stimulus]


class GivingBack:
    """Knows which payment is to go back, and what to tap for it."""

    def __init__(self, device: Device, rng: random.Random, story: Story, present: Present) -> None:
        self._device = device
        self._rng = rng
        self._story = story
        self._present = present
        self._by_hand: KeptEntry | None = None
        self._typed = ""
        self._acts = 0

    def at_home(self) -> None:
        """Whatever was begun is over."""
        self._by_hand, self._typed, self._acts = None, "", 0

    def next(self, screen: str, *, trouble: bool) -> Stimulus | None:
        """Return what is done in front of one of `SCREENS`."""
        if screen == ScreenName.BUSINESS:
            return self._begin_by_hand(trouble=trouble)
        paid = self._device.terminal.asked_back or self._by_hand
        self._acts += 1
        if paid is None or self._acts > ACTS_MAX:
            return KeyPressed(label=Key.RESET)
        if screen in _TAKEN_BY:
            return self._type(screen, paid)
        label = _NEXT.get(screen) or self._choice(screen, paid, trouble=trouble)
        return self._present(paid) if label is None else KeyPressed(label=label)

    def _begin_by_hand(self, *, trouble: bool) -> Stimulus:
        paid = [
            entry
            for entry in self._device.entries
            if (entry.kind, entry.state) == (Kind.PAYMENT, EntryState.APPROVED)
        ]
        if not trouble or not paid or chance(self._rng, 0.3):
            return KeyPressed(label=Key.BACK)
        doubtful = [entry for entry in paid if entry.brand == FORBIDDEN]
        self._by_hand = self._rng.choice(doubtful or paid)
        self._story.count("customer: cancels on the terminal alone")
        return KeyPressed(label=MEDIA_KEYS[self._by_hand.media])

    def _type(self, screen: str, paid: KeptEntry) -> Stimulus:
        fixed = screen in _AMOUNTS and self._by_hand is None
        if fixed or self._typed == screen:
            self._typed = ""
            return KeyPressed(label=_TAKEN_BY[screen])
        self._typed = screen
        if screen in _AMOUNTS:
            return DigitsEntered(digits=str(paid.amount))
        by_order = screen == ScreenName.REFUND_CODE_ORDER
        return DigitsEntered(digits=(by_order and paid.order_number) or paid.slip_number)

    def _choice(self, screen: str, paid: KeptEntry, *, trouble: bool) -> str | None:
        match screen:
            case ScreenName.REFUND_MEDIA:
                return MEDIA_KEYS[paid.media]
            case ScreenName.REFUND_EMONEY_BRAND:
                return paid.brand
            case ScreenName.REFUND_CARD_KIND | ScreenName.REFUND_EMONEY_KIND:
                same_day = paid.terminal_business_date == self._device.business_date
                if trouble and chance(self._rng, 0.1):
                    same_day = not same_day  # refused by the terminal, and tapped anew
                return Key.VOID if same_day else Key.RETURN
            case _:
                return None
