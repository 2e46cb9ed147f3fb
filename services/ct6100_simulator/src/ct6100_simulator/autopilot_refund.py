"""A cashier who gives back what the register asks for: what they do next at each screen. Pure.

They read the slip or order number from the register, and go by what stands on the glass.
"""

from typing import Final

from msgspec import structs

from ct6100.glass import REFUSALS
from ct6100.records import MEDIA_CARD, MEDIA_CODE, MEDIA_EMONEY, JournalEntry, Screen
from ct6100.screens import Key, ScreenName
from ct6100.stimuli import DigitsEntered, KeyPressed, Presented
from ct6100_simulator.model import Present
from ct6100_simulator.wallet import presented

_KEYS: Final[dict[str, Key]] = {
    ScreenName.REFUND_CARD_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_CARD_MATCH: Key.MATCHES,
    ScreenName.REFUND_CARD_EXECUTE: Key.EXECUTE,
    ScreenName.REFUND_EMONEY_MENU: Key.REFUND,
    ScreenName.REFUND_EMONEY_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_CODE_AMOUNT: Key.CONFIRM,
    ScreenName.REFUND_CODE_EXECUTE: Key.EXECUTE,
    ScreenName.REFUND_READ_CODE: Key.BY_HAND,
}
"""Screens with one thing to do."""

_MEDIA_KEYS: Final[dict[str, Key]] = {
    MEDIA_CARD: Key.CREDIT,
    MEDIA_EMONEY: Key.EMONEY,
    MEDIA_CODE: Key.CODE,
}

_CONDITIONS: Final = (Key.LUMP_SUM, Key.INSTALMENTS, Key.REVOLVING, Key.BONUS)

_TRY_RETURN: Final = f"※ {REFUSALS['void_on_other_day']}"


Action = KeyPressed | DigitsEntered | Presented


def give_back(screen: Screen, paid: JournalEntry | None, presented_before: int) -> Action | None:
    """Return what they do; what the terminal refuses or does not know is given up (リセット)."""
    if paid is None or (_refused(screen) and screen.lines[-1] != _TRY_RETURN):
        return KeyPressed(label=Key.RESET)
    match screen.name:
        case ScreenName.REFUND_CARD_SLIP | ScreenName.REFUND_EMONEY_SLIP:
            return _type(screen, paid.slip_number)
        case ScreenName.REFUND_CODE_ORDER:
            return _type(screen, paid.order_number or "")
        case ScreenName.REFUND_READ_CARD | ScreenName.REFUND_TOUCH_EMONEY:
            return _hold_out(paid, presented_before)
        case _:
            label = _key(screen, paid)
            return None if label is None else KeyPressed(label=label)


def _key(screen: Screen, paid: JournalEntry) -> str | None:
    match screen.name:
        case ScreenName.REFUND_MEDIA:
            return _MEDIA_KEYS.get(paid.media, Key.RESET)
        case ScreenName.REFUND_CARD_KIND | ScreenName.REFUND_EMONEY_KIND:
            return Key.RETURN if _refused(screen) else Key.VOID
        case ScreenName.REFUND_EMONEY_BRAND:
            return paid.brand if paid.brand in screen.keys else Key.RESET
        case ScreenName.REFUND_CARD_CONDITION:
            condition = paid.slip.payment_condition if paid.slip is not None else ""
            return next((each for each in _CONDITIONS if condition.startswith(each)), Key.RESET)
        case name:
            return _KEYS.get(name)


def _refused(screen: Screen) -> bool:
    return bool(screen.lines) and screen.lines[-1].startswith("※")


def _type(screen: Screen, number: str) -> Action:
    if not number:
        return KeyPressed(label=Key.RESET)
    typed = any(line.endswith(f" {number}") for line in screen.lines)
    return KeyPressed(label=Key.SET) if typed else DigitsEntered(digits=number)


def _hold_out(paid: JournalEntry, presented_before: int) -> Presented:
    kind = "card" if paid.media == MEDIA_CARD else "emoney"
    held = presented(Present(kind=kind, brand=paid.brand), presented_before)
    return structs.replace(held, entry=paid.entry)
